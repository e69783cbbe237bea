//! Specifications that a real Erlang has run.

use std::fs;
use std::path::Path;

use crate::matchspec::{MatchSpec, match_spec_run};
use crate::term::{Term, TermRef};

/// The lines of the vectors. The file is Latin-1: bytes are characters.
fn lines() -> Vec<Term> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/match_spec.vectors");
    let bytes = fs::read(path).expect("the vectors are part of the repository");
    let text: String = bytes.into_iter().map(char::from).collect();
    text.lines()
        .map(|line| line.parse().expect("a term"))
        .collect()
}

fn element(term: TermRef<'_>, position: usize) -> TermRef<'_> {
    term.element(position).expect("the line's form is known")
}

/// `{run, Spec, Objects, {ok, Results} | {error, badarg}}`
fn check(line: TermRef<'_>) {
    let expected = element(line, 4);
    let answer = MatchSpec::from_term(element(line, 2))
        .map(|spec| match_spec_run(&element(line, 3), &spec).expect("it fits the limits"));
    match (answer, element(expected, 1).to_string().as_str()) {
        (Ok(results), "ok") => assert!(
            results.exact_eq(element(expected, 2)),
            "{line}\ngave\n{results}"
        ),
        (Err(_), "error") => {}
        (answer, _) => panic!("{line}\ngave\n{answer:?}"),
    }
}

#[test]
fn results_are_erlangs() {
    let mut checked = 0;
    for line in lines() {
        let is_run = element(line.as_ref(), 1).to_string() == "run";
        if is_run {
            check(line.as_ref());
            checked += 1;
        }
    }
    assert!(checked > 2_000, "only {checked} specifications");
}
