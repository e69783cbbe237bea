//! How many objects a table has, counted by many threads without meeting.
//!
//! Each thread adds up its own changes in its stripe ([`Stripes`]), so a count may be negative
//! in one stripe and positive in another; the sum is the size. It is exact whenever nobody is
//! in the middle of a change. (The idea is that of LongAdder in Java and of the decentralised
//! counters of Erlang's ETS.)
//!
//! A count belongs to a *generation* of the table: `delete_all_objects` begins a new one, and
//! what was counted in the old one is void. So that nobody has to stop for that, the number of
//! the generation is in the same word as the count:
//!
//! ```text
//!  63          40 39                             0
//! +--------------+--------------------------------+
//! |  generation  |  objects (two's complement)    |
//! +--------------+--------------------------------+
//! ```

use crate::mutant::{self, Mutant};
use crate::slab::Stripes;
use crate::sync::{AtomicU64, Ordering};

const COUNT_BITS: u32 = 40;
const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;
const GENERATION_BITS: u32 = 64 - COUNT_BITS;
const GENERATION_MASK: u64 = (1 << GENERATION_BITS) - 1;

/// One thread's share. Only its thread writes it.
pub(super) struct Count(AtomicU64);

impl Default for Count {
    fn default() -> Count {
        Count(AtomicU64::new(0))
    }
}

/// How often a thread looks at the whole table's size: at each multiple of this many objects
/// in its own share.
const LOOK_EVERY: u64 = if cfg!(any(feature = "tight", heirloom_loom)) {
    1
} else {
    64
};

impl Count {
    /// Adds `change` to the count of this generation. True if it is time to look whether the
    /// table should grow or shrink.
    #[inline(always)]
    fn add(&self, generation: u64, change: i64) -> bool {
        let word = self.0.load(Ordering::Relaxed);
        let (counted_in, count) = (word >> COUNT_BITS, word & COUNT_MASK);
        let generation = generation & GENERATION_MASK;
        let base = if counted_in == generation || mutant::is_on(Mutant::CountWithoutGeneration) {
            count
        } else if is_newer(generation, counted_in) {
            0
        } else {
            // The objects counted here are deleted already.
            return false;
        };
        let count = base.wrapping_add(change as u64) & COUNT_MASK;
        // Release: who reads this size and then the table finds the objects in it.
        self.0
            .store(generation << COUNT_BITS | count, Ordering::Release);
        count.is_multiple_of(LOOK_EVERY)
    }

    /// The count, if it is of this generation.
    fn get(&self, generation: u64) -> i64 {
        let word = self.0.load(Ordering::Acquire);
        let current = word >> COUNT_BITS == generation & GENERATION_MASK
            || mutant::is_on(Mutant::CountWithoutGeneration);
        if !current {
            return 0;
        }
        // Moves the sign bit of the 40 bits to the top and back.
        ((word << GENERATION_BITS) as i64) >> GENERATION_BITS
    }
}

/// Whether generation `a` began after `b`; both modulo 2^24.
fn is_newer(a: u64, b: u64) -> bool {
    let ahead = a.wrapping_sub(b) & GENERATION_MASK;
    ahead != 0 && ahead < 1 << (GENERATION_BITS - 1)
}

/// All shares of a table.
pub(super) struct Counts(Stripes<Count>);

impl Counts {
    pub(super) fn new() -> Counts {
        Counts(Stripes::new())
    }

    /// Adds to the calling thread's share; see [`Count::add`].
    #[inline(always)]
    pub(super) fn add(&self, generation: u64, change: i64) -> bool {
        self.0.mine().add(generation, change)
    }

    /// The number of objects of this generation.
    pub(super) fn sum(&self, generation: u64) -> u64 {
        let sum: i64 = self.0.all().map(|count| count.get(generation)).sum();
        // Negative for a moment, when a deletion was counted before the insertion it undid.
        sum.max(0) as u64
    }
}

#[cfg(all(test, not(heirloom_loom)))]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_also_when_one_is_negative() {
        let count = Count::default();
        count.add(0, 5);
        count.add(0, -8);
        assert_eq!(count.get(0), -3);
    }

    #[test]
    fn a_new_generation_starts_from_nothing() {
        let count = Count::default();
        count.add(3, 5);
        assert_eq!(count.get(4), 0);
        count.add(4, 1);
        assert_eq!(count.get(4), 1);
        count.add(3, 1);
        assert_eq!(count.get(4), 1);
    }

    #[test]
    fn generations_wrap() {
        let count = Count::default();
        count.add(GENERATION_MASK, 5);
        count.add(GENERATION_MASK + 1, 2);
        assert_eq!(count.get(GENERATION_MASK + 1), 2);
    }
}
