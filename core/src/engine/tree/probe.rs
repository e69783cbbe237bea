//! What is looked for in a tree: a key, or a place between keys.

use super::page::NO_HEAD;
use crate::engine::record::ROW_ROOT;
use crate::engine::slot::FINGERPRINT_BITS;
use crate::engine::walk::Edge;
use crate::matchspec::KeyPrefix;
use crate::term::order_key::head::head_of;
use crate::term::{self, TermRef};
use std::cmp::Ordering;

/// See the module. Like a key it has a head, by which most of the way is found.
#[derive(Clone, Copy)]
pub(super) struct Probe<'a> {
    pub(super) head: u64,
    target: Target<'a>,
}

#[derive(Clone, Copy)]
enum Target<'a> {
    Key(TermRef<'a>),
    Before(TermRef<'a>),
    After(TermRef<'a>),
    BeforePrefix(&'a KeyPrefix),
    AfterPrefix(&'a KeyPrefix),
    Lowest,
    Highest,
}

impl<'a> Probe<'a> {
    /// In front of all keys.
    pub(super) const LOWEST: Probe<'static> = Probe {
        head: 0,
        target: Target::Lowest,
    };

    /// Behind all keys.
    pub(super) const HIGHEST: Probe<'static> = Probe {
        // Above the head of any term, and below what stands for none.
        head: NO_HEAD - 1,
        target: Target::Highest,
    };

    #[inline(always)]
    pub(super) fn key(key: TermRef<'a>) -> Probe<'a> {
        Probe {
            head: head_of(key),
            target: Target::Key(key),
        }
    }

    /// A place; `end` is what an open one is.
    pub(super) fn place(edge: &'a Edge, end: Probe<'a>) -> Probe<'a> {
        match edge {
            Edge::End => end,
            Edge::Before(key) => Probe::before(key.as_ref()),
            Edge::After(key) => Probe::after(key.as_ref()),
            Edge::BeforePrefix(prefix) => Probe {
                head: heads_of(prefix)[0],
                target: Target::BeforePrefix(prefix),
            },
            Edge::AfterPrefix(prefix) => Probe {
                head: heads_of(prefix)[1],
                target: Target::AfterPrefix(prefix),
            },
        }
    }

    /// Directly in front of where a key is or would be.
    pub(super) fn before(key: TermRef<'a>) -> Probe<'a> {
        Probe {
            head: head_of(key),
            target: Target::Before(key),
        }
    }

    /// Directly behind it.
    pub(super) fn after(key: TermRef<'a>) -> Probe<'a> {
        Probe {
            head: head_of(key),
            target: Target::After(key),
        }
    }

    /// Some bits of the key's hash, which agrees with the table's equality. 0 for a place between keys.
    pub(super) fn fingerprint(&self) -> u64 {
        match self.target {
            Target::Key(key) => fingerprint_of(key),
            _ => 0,
        }
    }

    /// Whether a key is looked for, not a place between keys.
    pub(super) fn is_key(&self) -> bool {
        matches!(self.target, Target::Key(_))
    }

    /// Where a key of the same head stands, seen from here: equal only if it is the one that is
    /// looked for.
    pub(super) fn compare(&self, key: TermRef<'_>) -> Ordering {
        match self.target {
            Target::Key(own) if is_same_word(key, own) => Ordering::Equal,
            Target::Key(own) => key.numeric_cmp(own),
            Target::Before(own) => key.numeric_cmp(own).then(Ordering::Greater),
            Target::After(own) => key.numeric_cmp(own).then(Ordering::Less),
            Target::BeforePrefix(prefix) => compare_beginning(key, prefix).then(Ordering::Greater),
            Target::AfterPrefix(prefix) => compare_beginning(key, prefix).then(Ordering::Less),
            Target::Lowest => Ordering::Greater,
            Target::Highest => Ordering::Less,
        }
    }
}

/// Some bits of a key's hash, for its [`Slot`](crate::engine::slot::Slot). Without a seed: who chooses keys that are alike
/// brings about no more comparisons than a leaf has entries.
pub(super) fn fingerprint_of(key: TermRef<'_>) -> u64 {
    key.hash_numeric(0) >> (u64::BITS - FINGERPRINT_BITS)
}

fn is_same_word(a: TermRef<'_>, b: TermRef<'_>) -> bool {
    a.is_immediate() && a.root() == b.root()
}

/// Where a key stands, seen from the keys with a beginning: equal if it is one of them.
fn compare_beginning(key: TermRef<'_>, prefix: &KeyPrefix) -> Ordering {
    let Some(arity) = key.arity() else {
        // Any tuple will do, to tell what comes before tuples from what comes after.
        return key.numeric_cmp(TermRef::from_parts(ROW_ROOT, &[0]));
    };
    let elements = key.elements().into_iter().flatten();
    let elements = elements
        .zip(&prefix.elements)
        .map(|(element, known)| element.numeric_cmp(known.as_ref()));
    let by_arity = arity.cmp(&prefix.arity);
    by_arity.then_with(|| elements.fold(Ordering::Equal, Ordering::then))
}

/// Heads of the places in front of and behind all keys with a beginning.
fn heads_of(prefix: &KeyPrefix) -> [u64; 2] {
    let open = term::KeyPrefix::new().open_tuple(prefix.arity);
    let elements = prefix.elements.iter();
    elements
        .fold(open, |known, element| known.bind(element.as_ref()))
        .heads()
}
