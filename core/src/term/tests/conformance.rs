//! Terms as a real Erlang wrote them, and its verdicts on their order.

use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};

use crate::term::{Term, TermRef};

/// The files of vectors.
fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance");
    let entries = fs::read_dir(folder).expect("the vectors are part of the repository");
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "vectors")
        })
        .collect()
}

/// The terms of one file, one a line. The files are Latin-1: bytes are characters.
fn terms(path: &Path) -> Vec<(String, Term)> {
    let text: String = fs::read(path)
        .expect("a readable file")
        .into_iter()
        .map(char::from)
        .collect();
    let parse = |line: &str| {
        line.parse()
            .unwrap_or_else(|error| panic!("{}: {line}: {error}", path.display()))
    };
    text.lines()
        .map(|line| (line.to_owned(), parse(line)))
        .collect()
}

#[test]
fn every_line_parses_and_prints() {
    let mut lines = 0;
    for path in files() {
        for (line, term) in terms(&path) {
            let printed = term.to_string();
            assert_eq!(printed.parse::<Term>().as_ref(), Ok(&term), "{line}");
            // Erlang prints maps in an order of its own.
            assert!(
                line.contains("#{") || format!("{printed}.") == line,
                "{line}\nprinted as\n{printed}"
            );
            lines += 1;
        }
    }
    assert!(lines > 40_000, "only {lines} lines of vectors");
}

/// The verdicts on the order: lines of the forms that [`check_comparison`] and [`check_sorted`]
/// show.
pub(super) fn order_lines() -> Vec<(String, Term)> {
    let path = files()
        .into_iter()
        .find(|path| path.ends_with("term_order.vectors"));
    terms(&path.expect("the vectors of the order"))
}

pub(super) fn element(term: &Term, position: usize) -> TermRef<'_> {
    term.element(position).expect("the line's form is known")
}

#[test]
fn order_is_erlangs() {
    let mut comparisons = 0;
    for (line, term) in order_lines() {
        match element(&term, 1).as_atom().map(|atom| atom.as_str()) {
            Some("compare") => check_comparison(&term, &line),
            Some("sorted") => check_sorted(element(&term, 2), &line),
            _ => continue,
        }
        comparisons += 1;
    }
    assert!(comparisons > 500, "only {comparisons} comparisons");
}

/// `{compare, A, B, less | equal | greater, Exact}`
fn check_comparison(line: &Term, text: &str) {
    let (a, b) = (element(line, 2), element(line, 3));
    let expected = match element(line, 4).as_atom().map(|atom| atom.as_str()) {
        Some("less") => Ordering::Less,
        Some("equal") => Ordering::Equal,
        _ => Ordering::Greater,
    };
    let exact = element(line, 5).as_bool().expect("true or false");
    assert_eq!(a.numeric_cmp(b), expected, "{text}");
    assert_eq!(b.numeric_cmp(a), expected.reverse(), "{text}");
    assert_eq!(a.numeric_eq(b), expected.is_eq(), "{text}");
    assert_eq!(a.exact_eq(b), exact, "{text}");
    assert_eq!(a.exact_cmp(b).is_eq(), exact, "{text}");
    assert!(
        a.hash_numeric(1) == b.hash_numeric(1) || expected.is_ne(),
        "{text}"
    );
    assert!(a.hash_exact(1) == b.hash_exact(1) || !exact, "{text}");
    assert!(expected.is_eq() || a.exact_cmp(b) == expected, "{text}");
}

/// `{sorted, List}`
fn check_sorted(list: TermRef<'_>, text: &str) {
    let elements: Vec<_> = list.list_elements().expect("a list").collect();
    assert!(
        elements
            .windows(2)
            .all(|pair| pair[0].numeric_cmp(pair[1]).is_le()),
        "{text}"
    );
}
