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

/// What the shapes of integers have in common, in an `impl Shape`: all but where their keys lie.
macro_rules! values_of_integers {
    () => {
        type Key = u64;
        type Value = u64;

        #[inline]
        fn value(key: &u64, generation: u64) -> u64 {
            $crate::workload::int::value_of(*key, generation)
        }

        #[inline]
        fn seems_right(key: &u64, value: &u64) -> bool {
            $crate::workload::int::belongs(*value, *key)
        }

        #[inline]
        fn is_right(key: &u64, value: &u64) -> bool {
            $crate::workload::int::belongs(*value, *key)
        }
    };
}
pub(super) use values_of_integers;
