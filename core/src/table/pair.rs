//! The short ways to objects of two one-word elements, which most calls take.
//!
//! They answer `None` where they do not lead there: the caller goes the general way then, which also
//! finds out what is wrong. They are inlined into the caller and call nothing, so that all they look
//! at stays in registers.

use super::Table;
use crate::engine::{PairWords, object_of_pair};
use crate::term::{Immediate, Term, ToTerm};

impl Table {
    /// The object of a key, if there is one.
    #[inline(always)]
    pub(crate) fn get_pair(&self, key: &impl ToTerm) -> Option<Option<PairWords>> {
        let Immediate(key) = key.immediate()?;
        let admission = self.shared.gate.reader()?;
        let value = self.engine().get_pair(key)?;
        if value.is_none() && !self.engine().is_plain() {
            // A cache counts what is not found.
            return None;
        }
        admission.holds().ok()?;
        Some(value.map(|value| object_of_pair(key, value)))
    }

    /// Inserts an object, with `only_new` not over another; true if it was inserted.
    #[inline(always)]
    pub(super) fn put_pair(&self, object: &impl ToTerm, only_new: bool) -> Option<bool> {
        let [Immediate(key), Immediate(value)] = object.immediate_pair()?;
        let engine = self
            .engine()
            .as_hash()
            .filter(|engine| engine.has_plain_pairs())?;
        let admission = self.shared.gate.writer()?;
        let inserted = engine.put_pair(key, value, only_new, &admission);
        inserted?.ok()
    }

    /// Deletes the object of a key, if there is one.
    #[inline(always)]
    pub(super) fn remove_pair(&self, key: &impl ToTerm) -> Option<()> {
        let Immediate(key) = key.immediate()?;
        let admission = self.shared.gate.writer()?;
        let engine = self.engine().as_hash()?;
        if !engine.has_plain_pairs() {
            return None;
        }
        let removed = engine.remove_pair(key, &admission);
        removed?.ok().map(drop)
    }

    /// Adds to the second element of the object of a key, and returns the sum.
    #[inline(always)]
    pub(super) fn add_to_pair(&self, key: &impl ToTerm, increment: i64) -> Option<Term> {
        let Immediate(key) = key.immediate()?;
        let admission = self.shared.gate.writer()?;
        let engine = self.engine().as_hash()?;
        if !engine.has_plain_pairs() {
            return None;
        }
        let sum = engine.add_to_pair(key, increment, &admission);
        sum?.ok().map(Term::from_immediate)
    }
}
