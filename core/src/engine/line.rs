//! A line: the tags and slots that one cache line holds.
//!
//! ```text
//!  word 0   header of the bucket; in an overflow line, whether another line follows
//!  word 1   tags: byte i describes slot i, 0 = empty; the rest is reserved for cache bits
//!  word 2.. slots: 40 bits of cell index | bits 47..24 of the object's hash; 0 = empty
//! ```
//!
//! The words of a line change only under `WRITING`. A line whose bucket overflows has the
//! cell index of the next line in its last slot, under tag 0.

use super::header::OVERFLOW;
use crate::slab::CellIndex;
use crate::sync::{AtomicU64, Ordering};

/// Slots of a line.
pub(super) const SLOTS: usize = if cfg!(any(feature = "tight", heirloom_loom)) {
    2
} else {
    6
};

/// Words of a line: 64 bytes, except in the tight configuration.
pub(super) const LINE_WORDS: usize = 2 + SLOTS;

const HEADER: usize = 0;
const TAGS: usize = 1;
const FIRST_SLOT: usize = 2;

/// The slot that holds the link when a line has a successor.
pub(super) const LINK_SLOT: usize = SLOTS - 1;

/// The bytes of the tags word that are tags.
const TAG_BYTES: u64 = (1 << (8 * SLOTS)) - 1;
const EACH_BYTE: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

const HASH_BITS_IN_SLOT: u32 = 24;
const HASH_SHIFT: u32 = 24;
const SLOT_HASH_MASK: u64 = (1 << HASH_BITS_IN_SLOT) - 1;

// A slot is a cell index and its part of the hash, nothing else.
const _: () = assert!(crate::slab::CELL_INDEX_BITS + HASH_BITS_IN_SLOT == 64);
// Tags of all slots fit into their word.
const _: () = assert!(SLOTS <= 6);

/// A slot word; 0 is an empty one.
pub(super) type Slot = u64;

/// The slot word of the record in `cell` whose key has this hash.
#[inline(always)]
pub(super) fn slot_of(cell: CellIndex, hash: u64) -> Slot {
    cell << HASH_BITS_IN_SLOT | slot_hash(hash)
}

/// The part of a hash that a slot keeps.
#[inline(always)]
pub(super) fn slot_hash(hash: u64) -> u64 {
    (hash >> HASH_SHIFT) & SLOT_HASH_MASK
}

/// The cell that a slot names.
#[inline(always)]
pub(super) fn cell_of(slot: Slot) -> CellIndex {
    slot >> HASH_BITS_IN_SLOT
}

/// Whether the slot can belong to a key with this hash.
#[inline(always)]
pub(super) fn slot_has_hash(slot: Slot, hash: u64) -> bool {
    (slot ^ (hash >> HASH_SHIFT)) & SLOT_HASH_MASK == 0
}

/// The least and the greatest hash that a slot can be of, given a lower bound of it that is less
/// than 2^48 away.
pub(super) fn hashes_of_slot(slot: Slot, lower_bound: u64) -> (u64, u64) {
    let known = (slot & SLOT_HASH_MASK) << HASH_SHIFT;
    let base = lower_bound & !((1 << 48) - 1);
    let candidate = base | known;
    // The bound's own low bits are unknown to the slot: compare without them.
    let least = if candidate >> HASH_SHIFT < lower_bound >> HASH_SHIFT {
        candidate.wrapping_add(1 << 48)
    } else {
        candidate
    };
    (least, least | ((1 << HASH_SHIFT) - 1))
}

/// The tag of a hash: its low byte, which the bucket index does not use; never 0.
#[inline(always)]
pub(super) fn tag_of(hash: u64) -> u8 {
    (hash as u8).max(1)
}

/// The set of slots of a line that fit something, lowest first.
#[derive(Clone, Copy)]
pub(super) struct SlotSet(u64);

impl SlotSet {
    /// Takes out the lowest slot.
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let slot = self.0.trailing_zeros() as usize / 8;
        self.0 &= self.0 - 1;
        Some(slot)
    }
}

/// The bytes of `word` that are zero, exactly: a carry never crosses into the next byte, so
/// nothing is reported that is not there.
#[inline(always)]
fn zero_bytes(word: u64) -> u64 {
    !(((word & !HIGH_BITS) + !HIGH_BITS) | word) & HIGH_BITS
}

/// A view of one line.
#[derive(Clone, Copy)]
pub(super) struct Line<'a>(&'a [AtomicU64; LINE_WORDS]);

impl<'a> Line<'a> {
    #[inline(always)]
    pub(super) fn new(words: &'a [AtomicU64; LINE_WORDS]) -> Line<'a> {
        Line(words)
    }

    /// The line in a cell; `None` if the cell is too small to be one.
    pub(super) fn in_cell(cell: &'a [AtomicU64]) -> Option<Line<'a>> {
        cell.first_chunk().map(Line)
    }

    #[inline(always)]
    pub(super) fn header(self) -> &'a AtomicU64 {
        &self.0[HEADER]
    }

    #[inline(always)]
    fn tags(self) -> u64 {
        self.0[TAGS].load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub(super) fn slot(self, index: usize) -> Slot {
        self.0[FIRST_SLOT + index].load(Ordering::Relaxed)
    }

    /// The slots whose tag is `tag`.
    #[inline(always)]
    pub(super) fn tagged(self, tag: u8) -> SlotSet {
        let difference = self.tags() ^ (EACH_BYTE * u64::from(tag));
        SlotSet(zero_bytes(difference) & TAG_BYTES)
    }

    /// The slots that hold a record.
    pub(super) fn occupied(self) -> SlotSet {
        SlotSet(!zero_bytes(self.tags()) & HIGH_BITS & TAG_BYTES)
    }

    /// A slot that is free, in a line that has a successor or not.
    pub(super) fn vacant(self, has_next: bool) -> Option<usize> {
        let mut free = SlotSet(zero_bytes(self.tags()) & TAG_BYTES);
        let slot = free.pop()?;
        (!(has_next && slot == LINK_SLOT)).then_some(slot)
    }

    /// Changes the record of an occupied slot.
    #[inline(always)]
    pub(super) fn set_slot(self, index: usize, slot: Slot) {
        self.0[FIRST_SLOT + index].store(slot, Ordering::Relaxed);
    }

    /// Puts a record into an empty slot, or takes one out (tag 0, slot 0), or sets the link
    /// (tag 0).
    #[inline(always)]
    pub(super) fn put(self, index: usize, slot: Slot, tag: u8) {
        self.set_slot(index, slot);
        let shift = 8 * index;
        let tags = (self.tags() & !(0xff << shift)) | u64::from(tag) << shift;
        self.0[TAGS].store(tags, Ordering::Relaxed);
    }

    /// The tag of a slot.
    pub(super) fn tag(self, index: usize) -> u8 {
        (self.tags() >> (8 * index)) as u8
    }

    /// Empties the line, the header excepted.
    pub(super) fn clear(self) {
        for word in &self.0[TAGS..] {
            word.store(0, Ordering::Relaxed);
        }
    }

    /// For an overflow line: whether another one follows.
    pub(super) fn has_next(self) -> bool {
        self.header().load(Ordering::Relaxed) & OVERFLOW != 0
    }

    /// For an overflow line: says whether another one follows.
    pub(super) fn set_has_next(self, has_next: bool) {
        let word = if has_next { OVERFLOW } else { 0 };
        self.header().store(word, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_bytes_are_found_exactly() {
        for word in [
            0u64,
            1,
            0x100,
            0x0001_0000,
            u64::MAX,
            0x80,
            0x0180_0001_0100,
        ] {
            for byte in 0..8 {
                let is_zero = (word >> (8 * byte)) & 0xff == 0;
                assert_eq!(
                    zero_bytes(word) >> (8 * byte + 7) & 1 == 1,
                    is_zero,
                    "{word:x}"
                );
            }
        }
    }

    #[test]
    fn a_slot_gives_back_cell_and_hash() {
        let hash = 0x0123_4567_89ab_cdef;
        let slot = slot_of(0xff_ffff_ffff, hash);
        assert_eq!(cell_of(slot), 0xff_ffff_ffff);
        assert!(slot_has_hash(slot, hash));
        assert!(!slot_has_hash(slot, hash ^ 1 << 24));
        for bound in [hash, hash - (1 << 47), hash & !0xff_ffff, hash - (1 << 30)] {
            let (least, most) = hashes_of_slot(slot, bound);
            assert!(least <= hash && hash <= most && most - least < 1 << 24);
        }
    }

    #[test]
    fn records_are_put_found_and_taken_out() {
        let words = std::array::from_fn(|_| AtomicU64::new(0));
        let line = Line::new(&words);
        assert_eq!(line.vacant(false), Some(0));
        for index in 0..SLOTS {
            line.put(index, index as u64 + 10, 7);
        }
        assert_eq!(line.vacant(false), None);
        let mut found = line.tagged(7);
        let indexes: Vec<usize> = std::iter::from_fn(|| found.pop()).collect();
        assert_eq!(indexes, (0..SLOTS).collect::<Vec<_>>());
        assert!(line.tagged(8).pop().is_none());
        line.put(LINK_SLOT, 99, 0);
        assert_eq!(line.vacant(true), None);
        assert_eq!(line.vacant(false), Some(LINK_SLOT));
    }
}
