//! Keys and values that are integers.

use super::{GENERATIONS, SCATTER_A};

/// The key with this index: of so many bits, spread evenly, different for each index.
#[inline]
pub(super) fn scattered(index: u32, bits: u32) -> u64 {
    (u64::from(index) + 1).wrapping_mul(SCATTER_A) & (u64::MAX >> (u64::BITS - bits))
}

/// The value of a key.
#[inline]
pub(super) fn value_of(key: u64, generation: u64) -> u64 {
    (key & !(GENERATIONS - 1)) | generation
}

/// Whether a value may be one of this key's.
#[inline]
#[must_use]
pub fn belongs(value: u64, key: u64) -> bool {
    (key ^ value) < GENERATIONS
}
