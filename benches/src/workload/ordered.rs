//! Kinds of object of the ordered tables.
//!
//! Keys must be random here, and not only spread evenly as a hash table's are: multiples of the golden ratio would
//! come in three distances only, all leaves of a tree would fill and split at the same time, and what a tree occupies
//! would depend on the number of objects most of all.

use crate::contender::heirloom_ordered::HeirloomOrdered;

use super::int::{belongs, value_of, values_of_integers};
use super::{SCATTER_A, SCATTER_B, Shape, ShapeKind, shuffled};

/// Bits of an integer key that is found by its index; those above all others have one more.
const INT_BITS: u32 = 58;
/// Bits of a name that tell names apart.
const NAME_BITS: u32 = 54;
/// Objects of one name have the numbers below 2 to this.
const NUMBER_BITS: u32 = 4;
/// Objects of one name.
const NUMBERS: u32 = 1 << NUMBER_BITS;
/// Bytes of a name.
const NAME_BYTES: usize = 16;

/// A kind of object in an ordered table. Its value is an integer.
pub trait OrderedShape: Shape<Value = u64> + HeirloomOrdered {
    /// The key in one word. Words are ordered as the keys of [`Shape::key`] are, and have at most 59 bits.
    fn word(key: &Self::Key) -> u64;
    /// The word of the key with this index.
    fn word_at(index: u32) -> u64;
    /// Makes a key one that is above all of [`Shape::key`]. They ascend with the index. Allocates nothing.
    fn set_ascending(key: &mut Self::Key, index: u32);
}

/// A random-looking number of `bits` bits, different for each index: multiplications by odd numbers and shifts to the
/// right by half of the bits can be undone.
#[inline]
pub(super) fn mixed(index: u32, bits: u32) -> u64 {
    let mask = (1 << bits) - 1;
    let mix = |number: u64, factor: u64| {
        let product = number.wrapping_mul(factor) & mask;
        product ^ (product >> (bits / 2))
    };
    mix(mix(u64::from(index) + 1, SCATTER_A), SCATTER_B)
}

/// `{int, int}`.
#[derive(Debug)]
pub struct OrderedInts;

impl Shape for OrderedInts {
    values_of_integers!();

    const KIND: ShapeKind = ShapeKind::OrderedInts;

    #[inline]
    fn key(index: u32) -> u64 {
        mixed(index, INT_BITS)
    }
}

impl OrderedShape for OrderedInts {
    #[inline]
    fn word(key: &u64) -> u64 {
        *key
    }

    #[inline]
    fn word_at(index: u32) -> u64 {
        Self::key(index)
    }

    #[inline]
    fn set_ascending(key: &mut u64, index: u32) {
        *key = (1 << INT_BITS) + u64::from(index);
    }
}

/// `{{binary16, int}, int}`: each name has 16 objects.
#[derive(Debug)]
pub struct Named;

/// The key of a Rust program whose names are of any length, as binaries are: the name is on the heap.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamedKey {
    /// 16 bytes.
    pub name: Box<[u8]>,
    /// Which of the name's objects.
    pub number: u64,
}

impl Named {
    /// The word that a name begins with: random from its first bit on, 0 in its last bits.
    #[inline]
    fn name_word(index: u32) -> u64 {
        mixed(index / NUMBERS, NAME_BITS) << (u64::BITS - NAME_BITS)
    }

    /// The word of a key with this name and number.
    #[inline]
    #[must_use]
    pub fn word_of_parts(name: &[u8], number: u64) -> u64 {
        let first = name.first_chunk().copied().unwrap_or_default();
        Self::joined(u64::from_be_bytes(first), number)
    }

    /// The same, where the first eight bytes of the name are known.
    #[inline]
    fn joined(name_word: u64, number: u64) -> u64 {
        (name_word >> (u64::BITS - NAME_BITS - NUMBER_BITS)) | number
    }
}

impl Shape for Named {
    type Key = NamedKey;
    type Value = u64;
    const KIND: ShapeKind = ShapeKind::Named;

    fn key(index: u32) -> NamedKey {
        let mut key = NamedKey {
            name: Box::new([0; NAME_BYTES]),
            number: 0,
        };
        Self::set_key(&mut key, index);
        key
    }

    #[inline]
    fn set_key(key: &mut NamedKey, index: u32) {
        let word = Self::name_word(index);
        key.name[..8].copy_from_slice(&word.to_be_bytes());
        key.name[8..].copy_from_slice(&word.wrapping_mul(SCATTER_B).to_be_bytes());
        key.number = u64::from(index % NUMBERS);
    }

    /// The objects of a name don't come one after the other.
    fn filling(objects: u32) -> impl Iterator<Item = u32> {
        shuffled(objects).into_iter()
    }

    #[inline]
    fn value(key: &NamedKey, generation: u64) -> u64 {
        value_of(Self::word(key), generation)
    }

    #[inline]
    fn seems_right(key: &NamedKey, value: &u64) -> bool {
        belongs(*value, Self::word(key))
    }

    #[inline]
    fn is_right(key: &NamedKey, value: &u64) -> bool {
        Self::seems_right(key, value)
    }
}

impl OrderedShape for Named {
    #[inline]
    fn word(key: &NamedKey) -> u64 {
        Self::word_of_parts(&key.name, key.number)
    }

    #[inline]
    fn word_at(index: u32) -> u64 {
        Self::joined(Self::name_word(index), u64::from(index % NUMBERS))
    }

    /// All under one name, as a log's entries are.
    #[inline]
    fn set_ascending(key: &mut NamedKey, index: u32) {
        key.name.fill(u8::MAX);
        key.number = u64::from(index);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const KEYS: u32 = 20_000;

    /// Keys differ, and are ordered as their words are.
    fn words_stand_for_keys<S: OrderedShape>() {
        let keys: BTreeMap<S::Key, u32> = (0..KEYS).map(|index| (S::key(index), index)).collect();
        assert_eq!(keys.len(), KEYS as usize);
        assert!(keys.keys().map(S::word).is_sorted_by(|a, b| a < b));
        for (key, &index) in &keys {
            assert_eq!(S::word(key), S::word_at(index));
            assert!(S::word(key) < 1 << 59);
        }
    }

    #[test]
    fn words_are_ordered_as_keys_are() {
        words_stand_for_keys::<OrderedInts>();
        words_stand_for_keys::<Named>();
    }

    /// What is inserted in ascending order comes after everything else.
    fn ascending_keys_are_last<S: OrderedShape>() {
        let mut key = S::key(0);
        let mut last = (0..KEYS).map(S::key).max().expect("there are keys");
        for index in 0..KEYS {
            S::set_ascending(&mut key, index);
            assert!(key > last);
            last.clone_from(&key);
        }
    }

    #[test]
    fn ascending_keys_are_above_all_others() {
        ascending_keys_are_last::<OrderedInts>();
        ascending_keys_are_last::<Named>();
    }

    #[test]
    fn a_value_is_right_for_its_key_only() {
        let (key, other) = (Named::key(1), Named::key(100));
        let value = Named::value(&key, 4095);
        assert!(Named::is_right(&key, &value) && !Named::is_right(&other, &value));
        let (key, other) = (OrderedInts::key(1), OrderedInts::key(2));
        let value = OrderedInts::value(&key, 4095);
        assert!(OrderedInts::is_right(&key, &value) && !OrderedInts::is_right(&other, &value));
    }
}
