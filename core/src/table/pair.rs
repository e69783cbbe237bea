//! The short ways to objects of two one-word elements, which most calls take.
//!
//! They answer `None` where they do not lead there: the caller goes the general way then, which also
//! finds out what is wrong. They are inlined into the caller and call nothing, so that all they look
//! at stays in registers.

use super::Table;
use crate::engine::{Admission, HashTable, PairWords, object_of_pair};
use crate::term::{Immediate, ToTerm};
use std::ops::RangeInclusive;

impl Table {
    /// The object of a key, if there is one.
    #[inline(always)]
    pub(crate) fn get_pair(&self, key: &impl ToTerm) -> Option<Option<PairWords>> {
        let Immediate(key) = key.immediate()?;
        let admission = self.shared.gate.reader()?;
        let value = self.engine().get_word(key)?;
        admission.holds().ok()?;
        Some(value.map(|value| object_of_pair(key, value)))
    }

    /// Inserts an object, with `only_new` not over another; true if it was inserted.
    #[inline(always)]
    pub(crate) fn put_pair(&self, object: &impl ToTerm, only_new: bool) -> Option<bool> {
        let [Immediate(key), Immediate(value)] = object.immediate_pair()?;
        let (engine, admission) = self.pairs_to_write()?;
        let inserted = engine.put_pair(key, value, only_new, &admission);
        inserted?.ok()
    }

    /// Takes the object of a key out, if there is one; its second element.
    #[inline(always)]
    pub(crate) fn remove_pair(&self, key: &impl ToTerm) -> Option<Option<u64>> {
        let Immediate(key) = key.immediate()?;
        let (engine, admission) = self.pairs_to_write()?;
        engine.remove_pair(key, &admission)?.ok()
    }

    /// Puts another second element in the place of one, if the object of a key still has that; whether it had.
    #[inline(always)]
    pub(crate) fn exchange_pair(&self, key: u64, values: [u64; 2]) -> Option<bool> {
        let (engine, admission) = self.pairs_to_write()?;
        engine.exchange_pair(key, values, &admission)?.ok()
    }

    /// Adds to the second element of the object of a key, if that is within these bounds, before and after; the word of the sum.
    #[inline(always)]
    pub(crate) fn add_to_pair(
        &self,
        key: &impl ToTerm,
        increment: i64,
        bounds: &RangeInclusive<i64>,
    ) -> Option<u64> {
        let Immediate(key) = key.immediate()?;
        let (engine, admission) = self.pairs_to_write()?;
        engine.add_to_pair(key, increment, bounds, &admission)?.ok()
    }

    /// Whether the caller has short ways to write, too.
    #[inline(always)]
    pub(crate) fn writes_pairs(&self) -> bool {
        self.pairs_to_write().is_some()
    }

    /// The engine whose pairs may be written, and the right to do it.
    #[inline(always)]
    fn pairs_to_write(&self) -> Option<(&HashTable, Admission<'_>)> {
        let engine = self.engine().as_hash()?;
        if !engine.has_plain_pairs() {
            return None;
        }
        Some((engine, self.shared.gate.writer()?))
    }
}
