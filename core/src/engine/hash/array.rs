//! The bucket array: as many buckets as one likes, in the order of their hashes.
//!
//! Bucket `i` of `n` holds the hashes `h` with `h * n / 2^64 == i` (multiplied out in 128
//! bits). So bucket order is hash order for every `n`, and when `n` buckets become `m`, each
//! group of `n / gcd` neighbours becomes a group of `m / gcd` neighbours that share nothing
//! with any other group:
//!
//! ```text
//!   n = 4    | 0        | 1        | 2        | 3        |      growth by 3/2:
//!            +----------+----------+----------+----------+      two buckets become three
//!   m = 6    | 0     | 1     | 2   | 3     | 4     | 5   |
//! ```

use super::line::{LINE_WORDS, Line};
use crate::slab::{Pages, WORD_BYTES};
use crate::sync::{AtomicPtr, AtomicU64, Ordering};
use std::ptr;

/// The smallest array.
pub(super) const BUCKETS_MIN: u64 = if cfg!(any(feature = "tight", heirloom_loom)) {
    2
} else {
    4
};

/// One array of buckets. It stays mapped as long as its table; when its content has moved on
/// it waits to be used again, in another life.
pub(super) struct Array {
    buckets: u64,
    /// The first word of `pages`, so that a reader does not ask where they lie.
    base: *const AtomicU64,
    pages: Pages,
    /// The array that the content is moving to; null while it stays.
    pub(super) next: AtomicPtr<Array>,
    /// How often the array was taken into use.
    life: AtomicU64,
    /// How many groups nobody has undertaken to move yet; they are the lowest. 0 when no migration
    /// is under way, so a claim is good whenever it succeeds.
    unclaimed: AtomicU64,
    /// How many groups have moved.
    finished: AtomicU64,
    /// How many buckets of each stretch of [`STRETCH_BUCKETS`] have moved.
    moved: Box<[AtomicU64]>,
}

/// Buckets whose memory goes back at once, when all of them have moved: two mebibytes.
const STRETCH_BUCKETS: u64 = (2 << 20) / (LINE_WORDS * WORD_BYTES) as u64;

/// How the buckets of one array correspond to those of another.
#[derive(Clone, Copy)]
pub(super) struct Groups {
    /// How many groups there are.
    pub(super) count: u64,
    /// Buckets of a group in the old array.
    pub(super) from: u64,
    /// Buckets of a group in the new array.
    pub(super) to: u64,
}

// SAFETY: `base` points into `pages`, which this array owns and never moves; the words are
// atomics.
unsafe impl Send for Array {}
// SAFETY: as above.
unsafe impl Sync for Array {}

impl Array {
    pub(super) fn new(buckets: u64) -> Array {
        let pages = Pages::zeroed(buckets as usize * LINE_WORDS);
        Array {
            buckets,
            base: pages.words().as_ptr(),
            pages,
            next: AtomicPtr::new(ptr::null_mut()),
            life: AtomicU64::new(0),
            unclaimed: AtomicU64::new(0),
            finished: AtomicU64::new(0),
            moved: (0..buckets.div_ceil(STRETCH_BUCKETS))
                .map(|_| AtomicU64::new(0))
                .collect(),
        }
    }

    #[inline(always)]
    pub(super) fn buckets(&self) -> u64 {
        self.buckets
    }

    /// The bucket of a hash.
    #[inline(always)]
    pub(super) fn index(&self, hash: u64) -> u64 {
        ((u128::from(hash) * u128::from(self.buckets)) >> 64) as u64
    }

    /// The smallest hash of a bucket; 2^64 for the one behind the last.
    pub(super) fn lower_bound(&self, bucket: u64) -> u128 {
        (u128::from(bucket) << 64).div_ceil(u128::from(self.buckets))
    }

    /// The first line of a bucket.
    #[inline(always)]
    pub(super) fn line(&self, bucket: u64) -> Line<'_> {
        debug_assert!(bucket < self.buckets);
        // SAFETY: `base` is the start of `buckets * LINE_WORDS` words that live as long as
        // `self`, and callers get their bucket numbers from `index` or from below `buckets`.
        let words = unsafe { self.base.add(bucket as usize * LINE_WORDS) };
        // SAFETY: as above: a whole line lies there.
        Line::new(unsafe { &*words.cast::<[AtomicU64; LINE_WORDS]>() })
    }

    /// The first line of a hash's bucket.
    #[inline(always)]
    pub(super) fn line_of(&self, hash: u64) -> Line<'_> {
        self.line(self.index(hash))
    }

    /// Bytes of the array while it is in use.
    pub(super) fn bytes(&self) -> usize {
        self.buckets as usize * LINE_WORDS * WORD_BYTES
    }

    /// Takes note that these buckets have moved, and gives the memory of each stretch that
    /// has moved as a whole back to the system.
    pub(super) fn note_moved(&self, buckets: std::ops::Range<u64>) {
        let mut start = buckets.start;
        while start < buckets.end {
            let stretch = start / STRETCH_BUCKETS;
            let first = stretch * STRETCH_BUCKETS;
            let end = self.buckets.min(first + STRETCH_BUCKETS);
            let part = end.min(buckets.end) - start;
            // AcqRel: who completes a stretch comes after everybody who moved a part of it.
            let before = self.moved[stretch as usize].fetch_add(part, Ordering::AcqRel);
            if before + part == end - first {
                let words = |bucket: u64| bucket as usize * LINE_WORDS;
                self.pages.release(words(first), words(end));
            }
            start += part;
        }
    }

    pub(super) fn life(&self) -> u64 {
        self.life.load(Ordering::Relaxed)
    }

    /// Takes the array into use. The caller holds the table's `arrays` lock.
    pub(super) fn begin_life(&self) {
        self.life.store(self.life() + 1, Ordering::Relaxed);
        for stretch in &self.moved {
            stretch.store(0, Ordering::Relaxed);
        }
    }

    /// Begins to move the content to `next`, in `groups` groups. The caller holds the table's
    /// `arrays` lock.
    pub(super) fn begin_migration(&self, next: *mut Array, groups: u64) {
        self.finished.store(0, Ordering::Relaxed);
        // Release: pairs with the Acquire of those who follow `next`.
        self.next.store(next, Ordering::Release);
        // Release: who claims a group (Acquire) sees `next` and `finished`.
        self.unclaimed.store(groups, Ordering::Release);
    }

    /// Ends it: the array is empty and out of use.
    pub(super) fn end_migration(&self) {
        self.next.store(ptr::null_mut(), Ordering::Release);
    }

    /// Undertakes to move up to `most` groups, whose numbers are returned. Until they are reported
    /// to `finish`, the migration cannot end.
    pub(super) fn claim(&self, most: u64) -> Option<std::ops::Range<u64>> {
        let take = |left: u64| (left > 0).then(|| left.saturating_sub(most));
        // Acquire: pairs with the Release in `begin_migration`.
        let taken = self
            .unclaimed
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, take);
        taken.ok().map(|left| left.saturating_sub(most)..left)
    }

    /// Whether all groups are undertaken.
    pub(super) fn is_claimed(&self) -> bool {
        self.unclaimed.load(Ordering::Relaxed) == 0
    }

    /// Reports `moved` groups as moved; true for the report that completes `count`.
    pub(super) fn finish(&self, moved: u64, count: u64) -> bool {
        // AcqRel: the last reporter has seen what all the others did.
        self.finished.fetch_add(moved, Ordering::AcqRel) + moved == count
    }
}

impl Groups {
    pub(super) fn between(from: &Array, to: &Array) -> Groups {
        let count = gcd(from.buckets, to.buckets);
        Groups {
            count,
            from: from.buckets / count,
            to: to.buckets / count,
        }
    }
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The next larger size: powers of two and one and a half times powers of two alternate, so
/// that a table is never more than half as large again as it need be.
pub(super) fn larger(buckets: u64) -> u64 {
    if buckets.is_power_of_two() {
        buckets / 2 * 3
    } else {
        buckets / 3 * 4
    }
}

/// The next smaller size, and not below [`BUCKETS_MIN`].
pub(super) fn smaller(buckets: u64) -> u64 {
    let size = if buckets.is_power_of_two() {
        buckets / 4 * 3
    } else {
        buckets / 3 * 2
    };
    size.max(BUCKETS_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_go_up_and_down_the_same_stairs() {
        let mut size = 4;
        for _ in 0..40 {
            let up = larger(size);
            assert!(up > size && up <= size * 3 / 2);
            assert_eq!(smaller(up), size);
            size = up;
        }
        assert_eq!(smaller(BUCKETS_MIN), BUCKETS_MIN);
    }

    #[test]
    fn a_bucket_begins_at_its_lower_bound() {
        for buckets in [2, 3, 6, 1024, 3 << 9] {
            let array = Array::new(buckets);
            for bucket in 1..buckets {
                let bound = array.lower_bound(bucket) as u64;
                assert_eq!(array.index(bound), bucket);
                assert_eq!(array.index(bound - 1), bucket - 1);
            }
            assert_eq!(array.lower_bound(buckets), 1 << 64);
        }
    }

    #[test]
    fn groups_cover_both_arrays() {
        for (old, new) in [(4, 6), (6, 8), (8, 6), (6, 4), (8, 2), (2, 3)] {
            let (from, to) = (Array::new(old), Array::new(new));
            let groups = Groups::between(&from, &to);
            assert_eq!(
                (groups.count * groups.from, groups.count * groups.to),
                (old, new)
            );
            for group in 0..groups.count {
                assert_eq!(
                    from.lower_bound(group * groups.from),
                    to.lower_bound(group * groups.to)
                );
            }
        }
    }
}
