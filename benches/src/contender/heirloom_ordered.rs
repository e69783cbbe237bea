//! Heirloom's ordered tables: ranges by `fold_range`, scans by `foldl` and `foldr`, which hand out views and make no
//! terms, and `pop_first`.

use std::ops::ControlFlow::{Break, Continue};

use ::heirloom::TermRef;

use super::Ordered;
use super::heirloom::{HeirloomTable, TermShape, VALUE_POSITION, accepted};
use crate::workload::{Named, OrderedInts, OrderedShape};

/// Where the key is in an object.
const KEY_POSITION: usize = 1;

/// How keys that are terms become words.
pub trait HeirloomOrdered: TermShape {
    /// The word of a key; see [`OrderedShape::word`].
    fn word_of(key: TermRef<'_>) -> Option<u64>;
}

impl HeirloomOrdered for OrderedInts {
    #[inline]
    fn word_of(key: TermRef<'_>) -> Option<u64> {
        key.as_u64()
    }
}

impl HeirloomOrdered for Named {
    #[inline]
    fn word_of(key: TermRef<'_>) -> Option<u64> {
        let name = key.element(1)?.as_bytes()?;
        Some(Named::word_of_parts(name, key.element(2)?.as_u64()?))
    }
}

/// An object's key as a word, and its value.
#[inline]
fn words<S: OrderedShape>(object: TermRef<'_>) -> Option<(u64, u64)> {
    let word = S::word_of(object.element(KEY_POSITION)?)?;
    Some((word, S::value_of(object.element(VALUE_POSITION)?)?))
}

/// Visits an object. One that is no object of this shape is left out, and missed by those who count.
#[inline]
fn show<S: OrderedShape>(object: TermRef<'_>, visit: &mut impl FnMut(u64, u64)) {
    if let Some((word, value)) = words::<S>(object) {
        visit(word, value);
    }
}

impl<S: OrderedShape> Ordered<S> for HeirloomTable<S> {
    fn range(&self, from: &S::Key, objects: usize, mut visit: impl FnMut(u64, u64)) {
        let range = S::key_term(from)..;
        let folded = self.table.fold_range(range, objects, |left, object| {
            show::<S>(object, &mut visit);
            if left > 1 {
                Continue(left - 1)
            } else {
                Break(0)
            }
        });
        accepted(folded);
    }

    fn scan(&self, mut visit: impl FnMut(u64, u64)) {
        accepted(
            self.table
                .foldl((), |(), object| show::<S>(object, &mut visit)),
        );
    }

    fn scan_reversed(&self, mut visit: impl FnMut(u64, u64)) {
        accepted(
            self.table
                .foldr((), |(), object| show::<S>(object, &mut visit)),
        );
    }

    #[inline]
    fn pop_first(&self) -> Option<(u64, u64)> {
        let object = accepted(self.table.pop_first())?;
        words::<S>(object.as_ref())
    }
}
