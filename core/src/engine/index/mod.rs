//! Secondary indexes: which keys have objects with this element at a position that is not the key's.
//!
//! ```text
//!  objects   {1, red, ...} {2, blue, ...} {3, red, ...}
//!
//!  entries   {{blue, 2}, 1}  {{red, 1}, 1}  {{red, 3}, 1}       in a tree of our own: element, key, number of records
//! ```
//!
//! An entry is there *before* the first record that it is about can be found in the table, and goes *after* the last one has been
//! taken out. So an index may name a key too much, but never one too little: who asks it then looks at the object itself, and what that
//! is at this moment counts. No lock of the table is needed for that, and an object that is moved from one element to
//! another is found under the one that it has, in the same step in which it gets it.
//!
//! An entry counts its records, rather than there being one for each: where an object is replaced by another with the same element, the
//! entry stays, and a walk through the index meets it whenever it passes there.

#[cfg(all(test, heirloom_loom))]
mod loom_models;

use super::walk::{Direction, Edge, Piece};
use super::{Admission, Care, Change, Counted, Engine, Objects, Tree};
use crate::matchspec::KeyPrefix;
use crate::mutant::{self, Mutant};
use crate::sync::AtomicU64;
use crate::term::order_key::OrderKey;
use crate::term::{Term, TermError, TermRef};
use std::convert::Infallible;

/// Where an entry's number of records is.
const COUNT: usize = 2;

/// See the module.
pub(crate) struct Index {
    /// Which element of an object is looked for, from 1.
    position: usize,
    /// Which one is its key.
    key_position: usize,
    /// Whether keys are different that are equal as numbers.
    has_exact_keys: bool,
    entries: Tree,
    /// Nobody changes it.
    gate: AtomicU64,
}

impl Index {
    pub(crate) fn new(position: usize, key_position: usize, has_exact_keys: bool) -> Index {
        Index {
            position,
            key_position,
            has_exact_keys,
            entries: Tree::new(1, Care::default()),
            gate: AtomicU64::new(0),
        }
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn bytes(&self) -> usize {
        self.entries.bytes()
    }

    /// Counts the record of an object that nobody can find yet. Objects that are too short have no entry.
    pub(super) fn add(&self, object: TermRef<'_>) {
        let Some(entry) = self.entry(object) else {
            return;
        };
        // Somebody else may enter or remove it at the same time.
        while !self.count(&entry) && !self.enter(&entry) {}
    }

    /// Counts one more in an entry, if it is there.
    fn count(&self, entry: &Term) -> bool {
        if mutant::is_on(Mutant::EntryCountedApart) {
            let mut found = Objects::default();
            self.entries.fetch_all(entry.as_ref(), &mut found);
            return found.len() > 0 && self.put(entry, count_of(found.get(0)) + 1, false);
        }
        let admission = self.admission();
        let counted = self.entries.add(entry.as_ref(), COUNT, 1, &admission);
        // Entries of large elements and keys are not changed in place.
        matches!(counted, Ok(Counted::Value(_))) || self.recount(entry, |count| count + 1)
    }

    /// Makes the number of records of an entry what `recount` says, if it is there; without any it goes.
    fn recount(&self, entry: &Term, recount: impl Fn(u64) -> u64) -> bool {
        let recounted = self
            .entries
            .update(entry.as_ref(), &self.admission(), |present| {
                Ok::<_, Infallible>(match recount(count_of(present)) {
                    0 => Change::Remove,
                    count => Change::Replace(object_of(entry.as_ref(), count)),
                })
            });
        matches!(recounted, Ok(Some(Ok(()))))
    }

    /// Begins an entry, if it is not there.
    fn enter(&self, entry: &Term) -> bool {
        self.put(entry, 1, true)
    }

    fn put(&self, entry: &Term, count: u64, only_new: bool) -> bool {
        let object = object_of(entry.as_ref(), count);
        let words = object.as_ref().words();
        self.entries.insert(words, only_new, &self.admission()) == Ok(true)
    }

    /// Takes the record of an object away that nobody can find any more.
    pub(super) fn remove(&self, object: TermRef<'_>) {
        let Some(entry) = self.entry(object) else {
            return;
        };
        let was_there = self.recount(&entry, |count| count.saturating_sub(1));
        debug_assert!(
            was_there || mutant::is_on(Mutant::EntryCountedApart),
            "it was counted"
        );
    }

    /// Gives memory back that entries had.
    pub(super) fn give_back(&self) {
        self.entries.give_back();
    }

    /// The keys that have an object with this element; also some that had or will have one, or have one that is equal as a
    /// number.
    fn keys(&self, element: TermRef<'_>) -> Vec<Term> {
        let mut keys = Vec::new();
        for arity in ENTRY_ARITIES {
            let prefix = KeyPrefix {
                arity,
                elements: vec![element.to_term()],
            };
            let (lower, upper) = (
                Edge::BeforePrefix(prefix.clone()),
                Edge::AfterPrefix(prefix),
            );
            let mut walk = self.entries.walk_between(lower, upper, Direction::Forwards);
            let mut piece = Piece::default();
            while walk.read(&self.entries, &mut piece) {
                let found = (0..piece.len()).filter_map(|index| piece.key(index).element(2));
                keys.extend(found.map(TermRef::to_term));
                walk.advance(&piece, piece.len());
            }
        }
        keys
    }

    /// What stands in the tree for an object: `{Element, Key}`, or with a third element where the tree would take the
    /// key for another.
    fn entry(&self, object: TermRef<'_>) -> Option<Term> {
        let element = object.element(self.position)?;
        let key = object.element(self.key_position)?;
        let floats = self.has_exact_keys.then(|| floats_of(key)).flatten();
        Some(tuple(match &floats {
            None => Term::tuple([element, key]),
            Some(floats) => Term::tuple([element, key, floats.as_ref()]),
        }))
    }

    fn admission(&self) -> Admission<'_> {
        Admission::new(&self.gate, 0)
    }
}

impl Engine {
    /// The objects that have this element at a position, if there is an index of it: each as it is at some moment of the call.
    pub(crate) fn read_index(&self, position: usize, element: TermRef<'_>) -> Option<Objects> {
        let index = self.rows().index(position)?;
        let (mut found, mut objects) = (Objects::default(), Objects::default());
        for key in index.keys(element) {
            found.clear();
            self.fetch_used(key.as_ref(), &mut found);
            for number in 0..found.len() {
                let own = found.get(number).element(position);
                let is_meant = own.is_some_and(|own| own.exact_eq(element));
                if is_meant || mutant::is_on(Mutant::IndexBelieved) {
                    objects.push_from(&found, number);
                }
            }
        }
        Some(objects)
    }
}

/// How many elements entries have.
const ENTRY_ARITIES: [usize; 2] = [2, 3];

/// Which whole numbers of a key are floats, if some are: what the order of trees knows nothing of.
fn floats_of(key: TermRef<'_>) -> Option<Term> {
    let [numeric, exact] = [OrderKey::numeric(key), OrderKey::exact(key)];
    // See the format: an exact encoding goes on with the kinds of whole numbers, and one byte where all are integers.
    let kinds = &exact.as_bytes()[numeric.as_bytes().len()..];
    (kinds.len() > 1).then(|| Term::from(kinds))
}

fn object_of(entry: TermRef<'_>, count: u64) -> Term {
    tuple(Term::tuple([entry, Term::from(count).as_ref()]))
}

fn count_of(object: TermRef<'_>) -> u64 {
    object
        .element(COUNT)
        .and_then(TermRef::as_u64)
        .unwrap_or_default()
}

fn tuple(tuple: Result<Term, TermError>) -> Term {
    tuple.unwrap_or_else(|_| unreachable!("a tuple of two or three"))
}

#[cfg(all(test, not(heirloom_loom)))]
mod tests {
    use super::*;

    #[test]
    fn entries_come_and_go_with_their_records() {
        for has_exact_keys in [false, true] {
            let index = Index::new(2, 1, has_exact_keys);
            let object = |text: &str| text.parse::<Term>().expect("a term");
            let keys = |element: &str| {
                let keys = index.keys(object(element).as_ref());
                keys.iter().map(Term::to_string).collect::<Vec<_>>()
            };
            for text in ["{1,a}", "{2,a}", "{1,a,more}", "{3,b}", "{9}"] {
                index.add(object(text).as_ref());
            }
            assert_eq!(keys("a"), ["1", "2"]);
            index.remove(object("{1,a}").as_ref());
            assert_eq!(keys("a"), ["1", "2"]);
            index.remove(object("{1,a,more}").as_ref());
            assert_eq!(keys("a"), ["2"]);
            // Keys and elements that are equal as numbers.
            for text in ["{1,7}", "{1.0,7.0}", "{{0.0,-0.0},7}", "{{0,0},7}"] {
                index.add(object(text).as_ref());
            }
            let expected = if has_exact_keys {
                vec!["1", "{0,0}", "1.0", "{0.0,-0.0}"]
            } else {
                vec!["1", "{0.0,-0.0}"]
            };
            assert_eq!(keys("7.0"), expected);
            for text in ["{1,7}", "{1.0,7.0}", "{{0.0,-0.0},7}", "{{0,0},7}"] {
                index.remove(object(text).as_ref());
            }
            for text in ["{2,a}", "{3,b}", "{9}"] {
                index.remove(object(text).as_ref());
            }
            assert_eq!(index.entries.len(), 0);
        }
    }
}
