//! The short ways to objects of two one-word elements, or of two plain values, which most calls take.
//!
//! They answer `None` where they do not lead there: the caller goes the general way then, which also
//! finds out what is wrong. They are inlined into the caller and call nothing, so that all they look
//! at stays in registers.
//!
//! Who has terms goes by their words; a table of bare pairs has no short ways for him. Who has Rust's own values goes by
//! what is [plain](Plain) in them, and either way is short.

use super::Table;
use crate::engine::{
    Admission, Bits, GateChanged, HashTable, PairKinds, PairWords, Words, object_of_pair,
};
use crate::term::{Immediate, Plain, ToTerm};
use std::ops::RangeInclusive;

impl Table {
    /// The object of a key, if there is one.
    #[inline(always)]
    pub(crate) fn get_pair(&self, key: &impl ToTerm) -> Option<Option<PairWords>> {
        let Immediate(key) = key.immediate()?;
        Some(self.get_word(key)?.map(|value| object_of_pair(key, value)))
    }

    #[inline(always)]
    fn get_word(&self, key: u64) -> Option<Option<u64>> {
        let admission = self.shared.gate.reader()?;
        let value = self.engine().get_word(key)?;
        admission.holds().ok()?;
        Some(value)
    }

    /// Inserts an object, with `only_new` not over another; true if it was inserted.
    #[inline(always)]
    pub(crate) fn put_pair(&self, object: &impl ToTerm, only_new: bool) -> Option<bool> {
        let [Immediate(key), Immediate(value)] = object.immediate_pair()?;
        let (engine, admission) = self.pairs_to_write()?;
        let inserted = engine.put_pair::<Words>(key, value, only_new, &admission);
        inserted?.ok()
    }

    /// Takes the object of a key out, if there is one; its second element.
    #[inline(always)]
    pub(crate) fn remove_pair(&self, key: &impl ToTerm) -> Option<Option<u64>> {
        let Immediate(key) = key.immediate()?;
        let (engine, admission) = self.pairs_to_write()?;
        engine.remove_pair::<Words>(key, &admission)?.ok()
    }

    /// Adds to the second element of the object of a key, if that is within these bounds, before and after; the sum.
    #[inline(always)]
    pub(crate) fn add_to_pair(
        &self,
        key: &impl ToTerm,
        increment: i64,
        bounds: &RangeInclusive<i64>,
    ) -> Option<i64> {
        let Immediate(key) = key.immediate()?;
        self.add_to_plain(Plain::Word(key), increment, bounds)
    }

    /// The second element of the object of a key, if there is one.
    #[inline(always)]
    pub(crate) fn get_plain(&self, key: Plain) -> Option<Option<Plain>> {
        let Some(kinds) = self.bare_pairs() else {
            let value = self.get_word(key.word()?)?;
            return Some(value.map(Plain::Word));
        };
        let key = kinds.key.bits_of(key)?;
        let admission = self.shared.gate.reader()?;
        let value = self.engine().get_bits(key)?;
        admission.holds().ok()?;
        Some(value.map(|bits| kinds.value.value_of(bits)))
    }

    /// Inserts an object, with `only_new` not over another; true if it was inserted.
    #[inline(always)]
    pub(crate) fn put_plain(&self, object: [Plain; 2], only_new: bool) -> Option<bool> {
        let (engine, admission) = self.pairs_to_write()?;
        let (kinds, [key, value]) = (engine.kinds(), object);
        let (key, value) = (kinds.key.bits_of(key)?, kinds.value.bits_of(value)?);
        let inserted = if kinds.are_bare() {
            engine.put_pair::<Bits>(key, value, only_new, &admission)
        } else {
            engine.put_pair::<Words>(key, value, only_new, &admission)
        };
        inserted?.ok()
    }

    /// Takes the object of a key out, if there is one; its second element.
    #[inline(always)]
    pub(crate) fn remove_plain(&self, key: Plain) -> Option<Option<Plain>> {
        let (engine, admission) = self.pairs_to_write()?;
        let kinds = engine.kinds();
        let key = kinds.key.bits_of(key)?;
        let removed = if kinds.are_bare() {
            engine.remove_pair::<Bits>(key, &admission)
        } else {
            engine.remove_pair::<Words>(key, &admission)
        };
        let value = removed?.ok()?;
        Some(value.map(|bits| kinds.value.value_of(bits)))
    }

    /// Puts another second element in the place of one, if the object of a key still has that; whether it had.
    #[inline(always)]
    pub(crate) fn exchange_plain(&self, key: Plain, values: [Plain; 2]) -> Option<bool> {
        let (engine, admission) = self.pairs_to_write()?;
        let kinds = engine.kinds();
        let key = kinds.key.bits_of(key)?;
        let [old, new] = values.map(|value| kinds.value.bits_of(value));
        let values = [old?, new?];
        let exchanged = if kinds.are_bare() {
            engine.exchange_pair::<Bits>(key, values, &admission)
        } else {
            engine.exchange_pair::<Words>(key, values, &admission)
        };
        exchanged?.ok()
    }

    /// As `add_to_pair`.
    #[inline(always)]
    pub(crate) fn add_to_plain(
        &self,
        key: Plain,
        increment: i64,
        bounds: &RangeInclusive<i64>,
    ) -> Option<i64> {
        let (engine, admission) = self.pairs_to_write()?;
        let kinds = engine.kinds();
        let key = kinds.key.bits_of(key)?;
        let sum: Option<Result<i64, GateChanged>> = if kinds.are_bare() {
            engine.add_to_pair::<Bits>(key, increment, bounds, &admission)
        } else {
            engine.add_to_pair::<Words>(key, increment, bounds, &admission)
        };
        sum?.ok()
    }

    /// Whether the caller has short ways to write, too.
    #[inline(always)]
    pub(crate) fn writes_pairs(&self) -> bool {
        self.pairs_to_write().is_some()
    }

    /// What the elements of pairs are, if these are bare.
    #[inline(always)]
    fn bare_pairs(&self) -> Option<PairKinds> {
        let kinds = self.engine().as_hash()?.kinds();
        kinds.are_bare().then_some(kinds)
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
