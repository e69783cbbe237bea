//! The compiled language does what the naive interpreter does.

use proptest::collection::vec;
use proptest::prelude::*;

use super::naive::{self, MANY, ONE, THREE, TWO};
use crate::matchspec::{KeyAccess, MatchSpec, RunOptions};
use crate::term::{Term, ToTerm};

fn made<T: ToTerm>(value: T) -> Term {
    value.to_term().expect("a term")
}

fn text(text: &str) -> Term {
    text.parse().expect("a term")
}

/// Values of a small world, so that patterns match and comparisons hold now and then.
fn leaf() -> impl Strategy<Value = Term> {
    let literals = [
        "0",
        "1",
        "2",
        "-3",
        "0.0",
        "-0.0",
        "1.0",
        "2.5",
        "1.0e300",
        "a",
        "b",
        "true",
        "false",
        "[]",
        "{}",
        "#{}",
        "<<>>",
        "<<\"abc\">>",
        "<<5:3>>",
        "\"ab\"",
        "1152921504606846976",
        "-1152921504606846977",
        "18446744073709551617",
        "-18446744073709551616",
        "4194304",
    ];
    prop::sample::select(literals.map(text).to_vec())
}

fn tuple(parts: Vec<Term>) -> Term {
    Term::tuple(parts).expect("a tuple")
}

fn list(parts: Vec<Term>) -> Term {
    Term::list(parts).expect("a list")
}

/// A map of those pairs whose keys are not there yet.
fn map(mut pairs: Vec<(Term, Term)>) -> Term {
    pairs.sort();
    pairs.dedup_by(|(a, _), (b, _)| a == b);
    Term::map(pairs).expect("no duplicates")
}

/// Tuples, lists and maps of parts.
fn containers(part: impl Strategy<Value = Term> + Clone + 'static) -> impl Strategy<Value = Term> {
    prop_oneof![
        3 => vec(part.clone(), 1..4).prop_map(tuple),
        1 => vec(part.clone(), 0..3).prop_map(list),
        1 => (part.clone(), part.clone())
            .prop_map(|(head, tail)| Term::improper_list([head], tail).expect("a list")),
        1 => vec((part.clone(), part), 0..3).prop_map(map),
    ]
}

fn value() -> impl Strategy<Value = Term> {
    leaf().prop_recursive(2, 8, 3, containers)
}

fn object() -> impl Strategy<Value = Term> {
    prop_oneof![
        8 => vec(value(), 1..4).prop_map(tuple),
        1 => value(),
    ]
}

fn variable() -> impl Strategy<Value = Term> {
    prop::sample::select(["'$0'", "'$1'", "'$2'", "'$10'"].map(text).to_vec())
}

fn head() -> impl Strategy<Value = Term> {
    let part = prop_oneof![
        4 => variable(),
        2 => Just(text("'_'")),
        2 => leaf(),
    ];
    let pattern = part.prop_recursive(2, 8, 3, containers);
    prop_oneof![
        4 => (variable(), variable()).prop_map(|(a, b)| tuple(vec![a, b])),
        6 => vec(pattern.clone(), 1..4).prop_map(tuple),
        1 => pattern,
    ]
}

/// A call of one of some functions.
fn calls(
    names: &'static [&'static str],
    argument: impl Strategy<Value = Term>,
    counts: std::ops::RangeInclusive<usize>,
) -> impl Strategy<Value = Term> {
    let name = prop::sample::select(names);
    (name, vec(argument, counts)).prop_map(|(name, arguments)| {
        let name = Term::atom(name).expect("a short text");
        tuple(std::iter::once(name).chain(arguments).collect())
    })
}

fn expression() -> impl Strategy<Value = Term> {
    let part = prop_oneof![
        4 => prop::sample::select(["'$1'", "'$2'", "'$_'", "'$$'"].map(text).to_vec()),
        3 => leaf().prop_filter("tuples are calls", |term| term.arity().is_none()),
        1 => value().prop_map(|term| tuple(vec![text("const"), term])),
        1 => prop::sample::select(["'$0'", "{}", "{node}", "{self}", "{no_such,1}", "'_'"].map(text).to_vec()),
    ];
    part.prop_recursive(3, 16, 3, |part| {
        prop_oneof![
            3 => calls(ONE, part.clone(), 1..=1),
            6 => calls(TWO, part.clone(), 2..=2),
            1 => calls(THREE, part.clone(), 3..=3),
            3 => calls(MANY, part.clone(), 1..=3),
            2 => vec(part.clone(), 0..3).prop_map(|parts| tuple(vec![tuple(parts)])),
            1 => vec(part.clone(), 0..3).prop_map(list),
            1 => vec((part.clone(), part), 0..3).prop_map(map),
        ]
    })
}

/// A guard that is often true.
fn guard() -> impl Strategy<Value = Term> {
    let key = prop::sample::select(["'$1'", "{element,1,'$_'}", "'$2'"].map(text).to_vec());
    let comparison = prop::sample::select(&TWO[18..26]);
    let compared = (comparison, key, value()).prop_map(|(name, key, value)| {
        let name = Term::atom(name).expect("a short text");
        tuple(vec![name, key, tuple(vec![text("const"), value])])
    });
    prop_oneof![
        4 => compared,
        2 => Just(text("true")),
        3 => expression(),
    ]
}

fn clause() -> impl Strategy<Value = Term> {
    (head(), vec(guard(), 0..3), vec(expression(), 1..3))
        .prop_map(|(head, guards, body)| tuple(vec![head, list(guards), list(body)]))
}

fn spec() -> impl Strategy<Value = Term> {
    vec(clause(), 1..4).prop_map(list)
}

/// Whether a key is among those that a specification may match.
fn admits(access: &KeyAccess, key: &Term) -> bool {
    use std::ops::RangeBounds;
    match access {
        KeyAccess::Nothing => false,
        KeyAccess::Keys(keys) => keys.contains(key),
        KeyAccess::Prefix(prefix) => {
            key.arity() == Some(prefix.arity)
                && key.elements().is_some_and(|elements| {
                    let mut pairs = elements.zip(&prefix.elements);
                    pairs.all(|(element, expected)| element.exact_eq(expected.as_ref()))
                })
        }
        KeyAccess::Range(range) => {
            let bounds = (
                range.lower.as_ref().map(Numeric),
                range.upper.as_ref().map(Numeric),
            );
            bounds.contains(&Numeric(key))
        }
        KeyAccess::Every => true,
    }
}

/// A term in the order in which 1 and 1.0 are equal.
struct Numeric<'a>(&'a Term);

impl PartialEq for Numeric<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.numeric_eq(other.0.as_ref())
    }
}

impl PartialOrd for Numeric<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.0.numeric_cmp(other.0.as_ref()))
    }
}

/// The naive answer and the compiled one; both may be that this is no specification.
pub(super) fn check(spec: &Term, object: &Term) -> Result<(), TestCaseError> {
    let expected = naive::select(spec, object);
    let compiled = MatchSpec::new(spec).ok();
    prop_assert_eq!(compiled.is_some(), expected.is_some(), "{}", spec);
    let (Some(compiled), Some(expected)) = (compiled, expected) else {
        return Ok(());
    };
    let answer = compiled.run(object.as_ref());
    prop_assert_eq!(answer.as_ref(), Ok(&expected), "{} of {}", spec, object);
    if let (Ok(Some(answer)), Some(expected)) = (&answer, &expected) {
        // Both are canonical: equal terms have blocks of one size.
        let size = |term: &Term| term.as_ref().words().len();
        prop_assert_eq!(size(answer), size(expected), "{} of {}", spec, object);
    }
    let options = RunOptions::default();
    let is_true = compiled.is_true(object.as_ref(), &options);
    prop_assert_eq!(is_true, Ok(expected == Some(text("true"))));
    if expected.is_some() {
        check_keys(&compiled, object, expected)?;
    }
    Ok(())
}

/// What a specification says about keys is true of an object that it matches.
fn check_keys(spec: &MatchSpec, object: &Term, result: Option<Term>) -> Result<(), TestCaseError> {
    for position in 1..=3 {
        let Some(key) = object.element(position).map(|key| key.to_term()) else {
            continue;
        };
        let access = spec.key_access(position);
        prop_assert!(admits(&access, &key), "{}: {} of {}", spec, access, object);
        let new_key = result.as_ref().and_then(|result| result.element(position));
        prop_assert!(
            !spec.keeps_key(position) || new_key.is_some_and(|new| new.exact_eq(key.as_ref())),
            "{}: {:?} of {}",
            spec,
            result,
            object
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn compiled_and_naive_agree(spec in spec(), objects in vec(object(), 1..4)) {
        for object in &objects {
            check(&spec, object)?;
        }
    }

    #[test]
    fn expressions_agree(expression in expression(), a in value(), b in value()) {
        let body = tuple(vec![text("{'$1','$2'}"), Term::NIL, list(vec![expression.clone()])]);
        let object = tuple(vec![a, b]);
        check(&list(vec![body]), &object)?;
        let guard = tuple(vec![text("{'$1','$2'}"), list(vec![expression]), text("['$$']")]);
        check(&list(vec![guard]), &object)?;
    }

    #[test]
    fn an_object_inside_another_term_is_the_same(spec in spec(), a in object(), b in object()) {
        let whole = made((&a, &b));
        let (Ok(spec), Some(part)) = (MatchSpec::new(&spec), whole.element(2)) else {
            return Ok(());
        };
        prop_assert_eq!(spec.run(part), spec.run(b.as_ref()));
    }

    #[test]
    fn any_term_is_a_specification_or_an_error(term in value(), object in object()) {
        for term in [term.clone(), list(vec![term.clone()]), list(vec![tuple(vec![object.clone(), term.clone(), term])])] {
            if let Ok(spec) = MatchSpec::new(&term) {
                prop_assert!(spec.run(object.as_ref()).is_ok());
            }
        }
    }
}
