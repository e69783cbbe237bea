//! Selections, held against the naive way: the specification run over the list of all objects.

mod against_list;
mod changes;
mod errors;
mod in_parts;
mod iterators;
mod ordered;

use super::*;
use crate::matchspec::MatchSpec;
use crate::term::Term;

/// The kinds of tables that a test goes through.
const KINDS: [Kind; 4] = [Kind::Set, Kind::OrderedSet, Kind::Bag, Kind::DuplicateBag];

fn public(kind: Kind) -> Table {
    with_key_at(kind, 1)
}

fn with_key_at(kind: Kind, key_position: usize) -> Table {
    options::TableOptions::new(kind, Ok(Atom::new("t").expect("short")))
        .public()
        .key_position(key_position)
        .create()
        .expect("the root process is alive")
}

/// A table of these objects.
fn filled(kind: Kind, objects: &[Term]) -> Table {
    let table = public(kind);
    table.insert_many(objects).expect("public");
    table
}

fn term(text: &str) -> Term {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn spec(text: &str) -> MatchSpec {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// `{Key, Value}` of integers.
fn pair(key: i64, value: i64) -> Term {
    Term::tuple([key, value]).expect("a tuple")
}

fn sorted(mut terms: Vec<Term>) -> Vec<Term> {
    terms.sort();
    terms
}

/// What a specification gives for a list of objects, in order.
fn naive(spec: &MatchSpec, objects: &[Term]) -> Vec<Term> {
    let result = |object: &Term| spec.run(object.as_ref()).expect("a few steps");
    objects.iter().filter_map(result).collect()
}

/// All results of a selection that is gone on with to its end, chunk by chunk.
fn all_chunks(table: &Table, first: Selection) -> Vec<Vec<Term>> {
    let mut chunks = vec![first.results];
    let mut rest = first.continuation;
    while let Some(continuation) = rest {
        let next = table.select_continue(continuation).expect("public");
        chunks.push(next.results);
        rest = next.continuation;
    }
    chunks
}
