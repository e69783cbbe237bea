//! Kinds of object, and those of the hash tables.

use std::hash::Hash;

use serde::{Deserialize, Serialize};

use super::array::{array, generation_of, has_word, is_whole};
use super::int::{scattered, values_of_integers};
use super::{SCATTER_A, SCATTER_B};

/// Keys stay below 2^59, which is a small integer for Heirloom and for the BEAM alike.
pub(super) const INT_KEY_BITS: u32 = 59;

/// The kinds of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum ShapeKind {
    /// `{int, int}` in a hash table: 8-byte key, 8-byte value.
    Ints,
    /// `{binary16, binary64}` in a hash table: 16-byte key, 64-byte value.
    Binaries,
    /// `{int, int}` in an ordered table.
    OrderedInts,
    /// `{{binary16, int}, int}` in an ordered table.
    Named,
    /// Orders, `{{customer, number}, amount, state}`, in a hash table.
    SetOrders,
    /// The same in an ordered table.
    OrderedOrders,
    /// `u64` to `u64` in a typed table, as small as in [`Ints`](Self::Ints).
    U64s,
    /// The same with integers of all 64 bits.
    WideU64s,
    /// `String` to `String` in a typed table: 16 letters and 64.
    Strings,
    /// `u64` to `Arc<[u8; 256]>` in a typed table of live values.
    Arcs,
}

impl ShapeKind {
    /// As an Erlang programmer would write it; of typed tables, as a Rust programmer would.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Ints | Self::OrderedInts => "{int, int}",
            Self::Binaries => "{binary16, binary64}",
            Self::Named => "{{binary16, int}, int}",
            Self::SetOrders => "set of {{int, int}, int, atom}",
            Self::OrderedOrders => "ordered_set of {{int, int}, int, atom}",
            Self::U64s => "u64 -> u64",
            Self::WideU64s => "u64 -> u64 of 64 bits",
            Self::Strings => "String -> String",
            Self::Arcs => "u64 -> Arc<[u8; 256]>",
        }
    }
}

/// A kind of object, as the loops see it.
pub trait Shape: Send + Sync + Sized + 'static {
    /// What an object is found by.
    type Key: Clone + Ord + Hash + Send + Sync + 'static;
    /// What a read hands out.
    type Value: Clone + Send + Sync + 'static;
    /// Which kind this is.
    const KIND: ShapeKind;

    /// The key with this index. Different indices have different keys.
    fn key(index: u32) -> Self::Key;
    /// Makes a key the one with this index. Allocates nothing.
    #[inline]
    fn set_key(key: &mut Self::Key, index: u32) {
        *key = Self::key(index);
    }
    /// The indices below `objects` in the order in which a table is filled.
    fn filling(objects: u32) -> impl Iterator<Item = u32> {
        0..objects
    }
    /// A value for this key; `generation` is below [`GENERATIONS`](super::GENERATIONS).
    fn value(key: &Self::Key, generation: u64) -> Self::Value;
    /// Whether the value may be one of this key's: a cheap look, for the timed loops.
    fn seems_right(key: &Self::Key, value: &Self::Value) -> bool;
    /// Whether the value is one of this key's, whole and of one generation.
    fn is_right(key: &Self::Key, value: &Self::Value) -> bool;
}

/// `{int, int}`.
#[derive(Debug)]
pub struct Ints;

impl Shape for Ints {
    values_of_integers!();

    const KIND: ShapeKind = ShapeKind::Ints;

    #[inline]
    fn key(index: u32) -> u64 {
        scattered(index, INT_KEY_BITS)
    }
}

/// `{binary16, binary64}`.
#[derive(Debug)]
pub struct Binaries;

/// The last word in a value of [`Binaries`].
const BINARY_VALUE_LAST: usize = 7;

impl Binaries {
    /// The word that a key's values are made of.
    #[inline]
    fn first_word(key: &[u8; 16]) -> u64 {
        u64::from_le_bytes(key.as_chunks().0[0])
    }
}

impl Shape for Binaries {
    type Key = [u8; 16];
    type Value = [u8; 64];
    const KIND: ShapeKind = ShapeKind::Binaries;

    #[inline]
    fn key(index: u32) -> [u8; 16] {
        let number = u64::from(index) + 1;
        let mut key = [0; 16];
        key[..8].copy_from_slice(&number.wrapping_mul(SCATTER_A).to_le_bytes());
        key[8..].copy_from_slice(&number.wrapping_mul(SCATTER_B).to_le_bytes());
        key
    }

    #[inline]
    fn value(key: &[u8; 16], generation: u64) -> [u8; 64] {
        array(Self::first_word(key), generation)
    }

    #[inline]
    fn seems_right(key: &[u8; 16], value: &[u8; 64]) -> bool {
        let first = Self::first_word(key);
        generation_of(value, first)
            .is_some_and(|generation| has_word(value, first, generation, BINARY_VALUE_LAST))
    }

    #[inline]
    fn is_right(key: &[u8; 16], value: &[u8; 64]) -> bool {
        is_whole(value, Self::first_word(key))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn keys_differ_and_are_small_integers() {
        let keys: HashSet<u64> = (0..10_000).map(Ints::key).collect();
        assert_eq!(keys.len(), 10_000);
        assert!(keys.iter().all(|&key| key < 1 << 59));
        let keys: HashSet<[u8; 16]> = (0..10_000).map(Binaries::key).collect();
        assert_eq!(keys.len(), 10_000);
    }

    #[test]
    fn a_value_is_right_for_its_key_only() {
        let (key, other) = (Binaries::key(7), Binaries::key(8));
        let value = Binaries::value(&key, 42);
        assert!(Binaries::is_right(&key, &value) && Binaries::seems_right(&key, &value));
        assert!(!Binaries::is_right(&other, &value) && !Binaries::seems_right(&other, &value));
        assert!(Ints::is_right(
            &Ints::key(7),
            &Ints::value(&Ints::key(7), 4095)
        ));
        assert!(!Ints::is_right(
            &Ints::key(8),
            &Ints::value(&Ints::key(7), 0)
        ));
    }

    #[test]
    fn a_torn_value_is_wrong() {
        let key = Binaries::key(7);
        let (mut torn, newer) = (Binaries::value(&key, 1), Binaries::value(&key, 2));
        torn[32..].copy_from_slice(&newer[32..]);
        assert!(!Binaries::is_right(&key, &torn) && !Binaries::seems_right(&key, &torn));
    }
}
