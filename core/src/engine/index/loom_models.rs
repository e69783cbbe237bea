//! Models of indexes: this very code under loom.

use super::*;
use crate::engine::{Duplicates, HashTable};
use crate::loom_support::{check_within, spawn};
use crate::sync::{Arc, set_thread_slot};
use crate::term::layout::small;

const KEY: usize = 1;
const ELEMENT: usize = 2;

fn word(number: i64) -> u64 {
    small(number).expect("a small number")
}

fn term(number: i64) -> TermRef<'static> {
    TermRef::from_immediate(word(number))
}

fn object(element: i64) -> Term {
    Term::tuple([term(1), term(element)]).expect("a short tuple")
}

#[test]
fn an_entry_is_there_as_long_as_one_of_its_records() {
    check_within(2, Mutant::EntryCountedApart, || {
        let index = Arc::new(Index::new(ELEMENT, KEY, true));
        // What appears on first use is there: making it orders threads.
        for slot in [1, 0] {
            set_thread_slot(slot);
            index.add(object(8).as_ref());
            index.remove(object(8).as_ref());
        }
        index.add(object(7).as_ref());
        let remover = Arc::clone(&index);
        let remover = spawn(1, move || remover.remove(object(7).as_ref()));
        index.add(object(7).as_ref());
        let removed = remover.join().is_ok();
        let is_there = index.keys(term(7)).len() == 1;
        index.remove(object(7).as_ref());
        removed && is_there && index.entries.len() == 0
    });
}

/// A table with an index, and a gate that nobody changes.
struct Bench {
    engine: Engine,
    gate: AtomicU64,
}

impl Bench {
    fn new() -> Arc<Bench> {
        let care = Care {
            indexes: vec![Index::new(ELEMENT, KEY, true)],
            ..Care::default()
        };
        let bench = Arc::new(Bench {
            engine: Engine::Hash(HashTable::new(Duplicates::Replace, KEY, 1, care)),
            gate: AtomicU64::new(0),
        });
        for slot in [1, 0] {
            set_thread_slot(slot);
            bench.insert(6);
        }
        bench
    }

    fn insert(&self, element: i64) {
        let admission = Admission::new(&self.gate, 0);
        let words = [2, word(1), word(element)];
        assert_eq!(self.engine.insert(&words, false, &admission), Ok(true));
    }

    /// The elements of the objects that are found by this one.
    fn found(&self, element: i64) -> Vec<Option<i64>> {
        let found = self.engine.read_index(ELEMENT, term(element));
        let found = found.expect("there is an index");
        let element = |number| found.get(number).element(ELEMENT)?.as_i64();
        (0..found.len()).map(element).collect()
    }
}

#[test]
fn an_object_is_found_by_the_element_that_it_has() {
    check_within(2, Mutant::IndexBelieved, || {
        let bench = Bench::new();
        bench.insert(7);
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || writer.insert(8));
        // Who finds it under the new element does not find it under the old one any more; and who does not, finds
        // it under the old one or finds it moved.
        let new = bench.found(8);
        let old = bench.found(7);
        let is_right = matches!((&new[..], &old[..]), ([Some(8)], []) | ([], [Some(7)] | []));
        writer.join().is_ok() && is_right && bench.found(8) == [Some(8)]
    });
}
