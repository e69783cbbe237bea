//! Specifications nested a million deep, on a thread with a stack of 64 KiB.

use crate::matchspec::{MatchSpec, RunOptions, SpecError};
use crate::term::{Limits, Term};

/// Depth of nesting.
const DEPTH: usize = 1_000_000;
/// Size of the stack in bytes.
const STACK_BYTES: usize = 64 * 1024;

fn on_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(test)
        .expect("a thread");
    thread.join().expect("the test passes");
}

/// A term in text of any depth.
fn deep(text: &str) -> Term {
    let limits = Limits::default().with_depth_max(usize::MAX);
    Term::parse(text, &limits).expect("only depth was in the way")
}

fn nested(open: &str, innermost: &str, close: &str) -> String {
    format!("{}{innermost}{}", open.repeat(DEPTH), close.repeat(DEPTH))
}

#[test]
fn heads_of_any_depth_match() {
    on_small_stack(|| {
        for (open, close) in [
            ("{", "}"),
            ("[", "]"),
            ("{a,", ",b}"),
            ("#{k => ", "}"),
            ("[a|", "]"),
        ] {
            let head = nested(open, "'$1'", close);
            let spec = deep(&format!("[{{{head},[],['$1']}}]"));
            let spec = MatchSpec::from_term(spec.as_ref()).expect("a specification");
            let object = deep(&nested(open, "here", close));
            let result = spec.run(object.as_ref()).expect("within the limits");
            assert_eq!(result, Some(Term::atom("here").expect("an atom")), "{open}");
            assert!(!spec.key_access(1).to_string().is_empty());
            assert!(!spec.keeps_key(1));
        }
    });
}

#[test]
fn expressions_of_any_depth_run() {
    on_small_stack(|| {
        let object = deep("{a,1}");
        for (open, innermost, close) in [
            ("{{", "'$1'", "}}"),
            ("{'not',", "{'not',true}", "}"),
            ("{'+',1,", "1", "}"),
            ("{'andalso',true,", "true", "}"),
            ("{'and',true,", "true", "}"),
            ("#{'$1' => ", "'$1'", "}"),
            ("[", "'$_'", "]"),
            ("{{", "constant", "}}"),
        ] {
            let expression = nested(open, innermost, close);
            let head = "{'$1','_'}";
            let text =
                format!("[{{{head},[{expression},false],[x]}},{{{head},[],[{expression}]}}]");
            let spec = MatchSpec::from_term(deep(&text).as_ref()).expect("a specification");
            assert!(spec.run(object.as_ref()).is_ok(), "{open}");
            assert!(!spec.keeps_key(1), "{open}");
            // As many as the two clauses take whose expression is a constant.
            let few = RunOptions::default().with_steps_max(11);
            let error = spec.select(object.as_ref(), &few).err();
            let is_constant = innermost == "constant";
            assert_eq!(error.is_none(), is_constant, "{open}: {error:?}");
        }
    });
}

#[test]
fn errors_at_any_depth_are_told() {
    on_small_stack(|| {
        let expression = nested("{'not',", "'$9'", "}");
        let spec = deep(&format!("[{{{{'$1'}},[{expression}],[true]}}]"));
        let error = MatchSpec::from_term(spec.as_ref()).expect_err("it is unbound");
        assert!(matches!(error, SpecError::Unbound { variable: 9, .. }));
    });
}

#[test]
fn rebuilding_a_deep_key_is_seen() {
    on_small_stack(|| {
        let key = nested("{", "'$1'", "}");
        let rebuilt = nested("{{", "'$1'", "}}");
        let spec = deep(&format!("[{{{{{key}}},[],[{{{{{rebuilt}}}}}]}}]"));
        let spec = MatchSpec::from_term(spec.as_ref()).expect("a specification");
        assert!(spec.keeps_key(1));
    });
}
