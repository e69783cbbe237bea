//! Terms nested a million deep, on a thread with a stack of 64 KiB.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::term::{Limits, OrderKey, ParseErrorKind, Term, TermBuilder, TermError};

/// Depth of nesting.
const DEPTH: usize = 1_000_000;
/// Size of the stack in bytes.
const STACK_BYTES: usize = 64 * 1024;

/// The forms of nesting: what opens, what is innermost, what closes.
const FORMS: &[(&str, &str, &str)] = &[
    ("{", "1", "}"),
    ("[", "1", "]"),
    ("{a,", "1.5", ",b}"),
    ("[a|", "b", "]"),
    ("#{k => ", "1", "}"),
    ("#{", "1", " => v}"),
    ("{[#{k => ", "1", "}|t]}"),
];

fn on_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(test)
        .expect("a thread");
    thread.join().expect("the test passes");
}

fn nested(form: &(&str, &str, &str), innermost: &str) -> String {
    let (open, _, close) = form;
    format!("{}{innermost}{}", open.repeat(DEPTH), close.repeat(DEPTH))
}

fn unlimited() -> Limits {
    Limits::default().with_depth_max(usize::MAX)
}

#[test]
fn the_default_limit_stops_deep_text() {
    on_small_stack(|| {
        for form in FORMS {
            let error = nested(form, form.1).parse::<Term>().expect_err("too deep");
            assert_eq!(
                error.kind,
                ParseErrorKind::TooDeep {
                    depth_max: Limits::DEPTH_MAX_DEFAULT
                }
            );
        }
    });
}

#[test]
fn everything_works_at_depth() {
    on_small_stack(|| {
        for form in FORMS {
            let text = nested(form, form.1);
            let term = Term::parse(&text, &unlimited()).expect("only depth was in the way");
            let other =
                Term::parse(&nested(form, "z"), &unlimited()).expect("only depth was in the way");
            assert_eq!(
                Term::parse(&term.to_string(), &unlimited()),
                Ok(term.clone())
            );
            assert_ne!(term, other);
            assert!(term < other);
            assert!(term.numeric_cmp(other.as_ref()).is_lt());
            assert!(OrderKey::numeric(term.as_ref()) < OrderKey::numeric(other.as_ref()));
            assert!(OrderKey::exact(term.as_ref()) < OrderKey::exact(other.as_ref()));
            assert_eq!(hash(&term), hash(&term.clone()));
            assert_ne!(
                term.as_ref().hash_numeric(1),
                other.as_ref().hash_numeric(1)
            );
            let inside = Term::tuple([&term, &other]).expect("a tuple");
            assert_eq!(inside.element(1).map(|part| part.to_term()), Some(term));
        }
    });
}

fn hash(term: &Term) -> u64 {
    let mut hasher = DefaultHasher::new();
    term.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn built_deep_and_dropped() -> Result<(), TermError> {
    let mut builder = TermBuilder::new();
    builder.push_nil()?;
    for _ in 0..DEPTH {
        builder.make_tuple(1)?;
        builder.make_list(1)?;
    }
    let term = builder.finish()?;
    on_small_stack(move || drop(term));
    Ok(())
}
