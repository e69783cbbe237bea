//! A bucket's header word: who may do what with the bucket, and which version it is.
//!
//! ```text
//!  63                         16 15           8 7    5  4    3     2    1    0
//! +-----------------------------+--------------+------+----+-----+----+----+----+
//! |           version           |  generation  |  -   |OVER| USE |FWD |LOCK|WRIT|
//! +-----------------------------+--------------+------+----+-----+----+----+----+
//! ```
//!
//! The word 0 means that the bucket is not in use (its array is being filled, or its memory
//! went back to the system): start again from the root.

/// Set by the lock's holder while it changes the bucket's words: readers wait.
pub(super) const WRITING: u64 = 1;

/// Set by the lock's holder from beginning to end: other writers wait, readers take no
/// notice.
pub(super) const LOCKED: u64 = 1 << 1;

/// Set for good when the bucket's content has moved to the next array: everybody follows.
pub(super) const FORWARDED: u64 = 1 << 2;

/// Set in each header that is not 0, so that one comparison tells a bucket in use.
const IN_USE: u64 = 1 << 3;

/// Set while a line of overflow hangs on the last slot. Changes only together with the
/// version.
pub(super) const OVERFLOW: u64 = 1 << 4;

const GENERATION_SHIFT: u32 = 8;
const GENERATION_MASK: u64 = 0xff << GENERATION_SHIFT;

/// Added to the header by each change of the bucket.
const VERSION_STEP: u64 = 1 << 16;

/// Where the number of the array's lives sits in the version: a retired array that is used
/// again begins with versions that no reader of its former life can hold.
const LIFE_SHIFT: u32 = 46;

/// The header of a new, empty bucket.
pub(super) fn fresh(life: u64, generation: u64) -> u64 {
    with_generation((life << LIFE_SHIFT) | VERSION_STEP | IN_USE, generation)
}

/// The header with the low bits of a table's generation in it.
#[inline(always)]
pub(super) fn with_generation(header: u64, generation: u64) -> u64 {
    (header & !GENERATION_MASK) | ((generation << GENERATION_SHIFT) & GENERATION_MASK)
}

/// Whether the bucket's content is of this generation of the table, and not of one that was
/// deleted as a whole.
#[inline(always)]
pub(super) fn is_of_generation(header: u64, generation: u64) -> bool {
    (header ^ (generation << GENERATION_SHIFT)) & GENERATION_MASK == 0
}

/// The *quiet mark* of a generation: its number, and below it what the header of a bucket has that
/// is in use, of this generation, and not being written.
pub(super) fn quiet_mark(generation: u64) -> u64 {
    generation << GENERATION_SHIFT | IN_USE
}

/// What is added to a generation's quiet mark for the next one's.
pub(super) const NEXT_MARK: u64 = 1 << GENERATION_SHIFT;

/// The generation of a quiet mark.
#[inline(always)]
pub(super) fn generation_of(mark: u64) -> u64 {
    mark >> GENERATION_SHIFT
}

/// Whether the bucket is in use, of the generation of this quiet mark, and not being written.
#[inline(always)]
pub(super) fn is_quiet(header: u64, mark: u64) -> bool {
    (header ^ mark) & (GENERATION_MASK | IN_USE | FORWARDED | WRITING) == 0
}

/// The header of a bucket that is being written.
#[inline(always)]
pub(super) fn marked_as_written(header: u64) -> u64 {
    header | LOCKED | WRITING
}

/// The last generation, up to `later`, that a bucket with this header can be of.
pub(super) fn generation_before(header: u64, later: u64) -> u64 {
    let behind = later.wrapping_sub(header >> GENERATION_SHIFT) & 0xff;
    later - behind
}

/// The header after a change, with the lock released.
#[inline(always)]
pub(super) fn next_version(header: u64) -> u64 {
    (header & !(WRITING | LOCKED)).wrapping_add(VERSION_STEP)
}

/// Whether a reader that began with `before` may trust what it read, now that the header is
/// `after`. Somebody's lock does not matter, as long as nothing was written.
#[inline(always)]
pub(super) fn same_content(before: u64, after: u64) -> bool {
    (before ^ after) & !LOCKED == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_seen_and_a_lock_is_not() {
        let header = fresh(3, 0x1ff) | OVERFLOW;
        assert!(same_content(header, header | LOCKED));
        assert!(!same_content(header, header | LOCKED | WRITING));
        let after = next_version(header | LOCKED | WRITING);
        assert!(!same_content(header, after));
        assert_eq!(after & (LOCKED | WRITING), 0);
        assert_ne!(after & OVERFLOW, 0);
    }

    #[test]
    fn a_quiet_bucket_is_told_from_others() {
        let mark = quiet_mark(0x1ff);
        assert_eq!(generation_of(mark + NEXT_MARK), 0x200);
        let header = fresh(3, 0x1ff) | OVERFLOW;
        assert!(is_quiet(header, mark) && is_quiet(header | LOCKED, mark));
        for other in [header | WRITING, header | FORWARDED, 0, fresh(3, 0x1fe)] {
            assert!(!is_quiet(other, mark));
        }
    }

    #[test]
    fn generations_are_told_apart() {
        let header = fresh(0, 7);
        assert!(is_of_generation(header, 7));
        assert!(is_of_generation(header, 7 + 256));
        assert!(!is_of_generation(header, 8));
        assert!(is_of_generation(with_generation(header, 8), 8));
    }

    #[test]
    fn a_generation_is_completed_from_a_later_one() {
        let header = fresh(0, 0x2fe);
        assert_eq!(generation_before(header, 0x2fe), 0x2fe);
        assert_eq!(generation_before(header, 0x301), 0x2fe);
    }

    #[test]
    fn lives_do_not_share_versions() {
        assert!(fresh(1, 0) > fresh(0, 0) + (VERSION_STEP << 20));
    }
}
