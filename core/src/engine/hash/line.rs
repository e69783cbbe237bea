//! A line: the tags and slots that two neighbouring cache lines hold.
//!
//! ```text
//!  word 0   header of the bucket; in an overflow line, whether another line follows
//!  word 1   tags: byte i describes slot i, 0 = empty, its highest bit says that the slot is bare; in the last byte bit i says
//!           that the object in slot i was used, where that is of interest
//!  word 2.. slots of two words:
//!             pair      key            | value              an object of two one-word elements
//!             record    hash of key    | cell index, RECORD anything else: what the cell holds
//!             bare pair bits of key    | bits of value      an object of two plain values
//! ```
//!
//! A pair needs no memory but its slot, and a read of it touches the line alone. What tells the first two
//! apart is the tag of the second word, which no one-word value has.
//!
//! The words of a line change only under `WRITING`, but for the bits of use, which readers set; that one of them is lost to a writer,
//! or set in a line of the array for the object that came after, does no harm. A line whose bucket overflows has the
//! cell index of the next line in its last slot, under tag 0.

use super::header::OVERFLOW;
use crate::engine::slot::Slot;
use crate::slab::{CellIndex, prefetch};
use crate::sync::{AtomicU64, Ordering};

/// Slots of a line.
pub(super) const SLOTS: usize = if cfg!(any(feature = "tight", heirloom_loom)) {
    2
} else {
    7
};

/// Words of a line: 128 bytes, except in the tight configuration.
pub(super) const LINE_WORDS: usize = 2 + 2 * SLOTS;

const HEADER: usize = 0;
const TAGS: usize = 1;
const FIRST_SLOT: usize = 2;

/// The slot that holds the link when a line has a successor.
pub(super) const LINK_SLOT: usize = SLOTS - 1;

/// A set of all slots.
const ALL_SLOTS: u32 = (1 << SLOTS) - 1;

// Tags of all slots fit into their word.
const _: () = assert!(SLOTS <= 7);

/// Set in the tags of bare slots.
const BARE: u8 = 0x80;
/// [`BARE`] in the tags of all slots.
const ALL_BARE: u64 = 0x8080_8080_8080_8080;

/// The bit of the tags' word that says that the object of a slot was used.
#[inline(always)]
fn use_bit(index: usize) -> u64 {
    1 << (56 + index)
}

/// The tag of a hash: its low bits, which the bucket index does not use; never 0.
#[inline(always)]
pub(super) fn tag_of(hash: u64) -> u8 {
    (hash as u8 & !BARE).max(1)
}

/// The set of slots of a line that fit something: a bit for each, lowest first.
#[derive(Clone, Copy)]
pub(super) struct SlotSet(u32);

impl SlotSet {
    /// Takes out the lowest slot.
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let slot = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(slot)
    }

    /// The bytes of `tags` that are `tag`.
    #[inline(always)]
    fn of_tag(tags: u64, tag: u8) -> SlotSet {
        // SAFETY: SSE2 is part of x86-64.
        #[cfg(target_arch = "x86_64")]
        let found = unsafe {
            use std::arch::x86_64 as sse2;
            let equal = sse2::_mm_cmpeq_epi8(
                sse2::_mm_cvtsi64_si128(tags.cast_signed()),
                sse2::_mm_set1_epi8(tag.cast_signed()),
            );
            sse2::_mm_movemask_epi8(equal).cast_unsigned()
        };
        #[cfg(not(target_arch = "x86_64"))]
        let found = {
            let bytes = tags.to_le_bytes();
            let bit = |index: usize| u32::from(bytes[index] == tag) << index;
            (0..SLOTS).fold(0, |found, index| found | bit(index))
        };
        SlotSet(found & ALL_SLOTS)
    }
}

/// What is in a slot, and what its line says of it.
#[derive(Clone, Copy)]
pub(super) struct Content {
    pub(super) slot: Slot,
    tag: u8,
    is_used: bool,
}

impl Content {
    /// Something new, for a key of this hash.
    #[inline(always)]
    pub(super) fn new(slot: Slot, hash: u64) -> Content {
        Content {
            slot,
            tag: tag_of(hash),
            is_used: false,
        }
    }
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
        Slot::of(self.words(index), self.tag_byte(index) & BARE != 0)
    }

    /// The words of a slot.
    #[inline(always)]
    pub(super) fn words(self, index: usize) -> [u64; 2] {
        let words = self.slot_words(index).each_ref();
        words.map(|word| word.load(Ordering::Relaxed))
    }

    #[inline(always)]
    fn slot_words(self, index: usize) -> &'a [AtomicU64; 2] {
        let (slots, _) = self.0[FIRST_SLOT..].as_chunks();
        &slots[index]
    }

    /// Where the value of a pair is.
    #[inline(always)]
    pub(super) fn value_word(self, index: usize) -> &'a AtomicU64 {
        &self.slot_words(index)[1]
    }

    /// The cell of the next line, if this one has one.
    #[inline(always)]
    pub(super) fn link(self) -> Option<CellIndex> {
        self.slot(LINK_SLOT).as_record()
    }

    /// Asks the processor for the line.
    #[inline(always)]
    pub(super) fn prefetch(self) {
        prefetch(self.header());
        self.prefetch_rest();
    }

    /// Asks the processor for the part of the line that the header is not in.
    #[inline(always)]
    pub(super) fn prefetch_rest(self) {
        prefetch(&self.0[LINE_WORDS / 2]);
    }

    /// Asks the processor for the line after the next one, for those who go through them all.
    #[inline(always)]
    pub(super) fn prefetch_ahead(self) {
        let ahead = self.0.as_ptr().wrapping_add(2 * LINE_WORDS);
        prefetch(ahead);
        prefetch(ahead.wrapping_add(LINE_WORDS / 2));
    }

    /// The slots whose tag is `tag`.
    #[inline(always)]
    pub(super) fn tagged(self, tag: u8) -> SlotSet {
        SlotSet::of_tag(self.tags() & !ALL_BARE, tag)
    }

    /// The bare slots whose tag is `tag`.
    #[inline(always)]
    pub(super) fn bare_tagged(self, tag: u8) -> SlotSet {
        SlotSet::of_tag(self.tags(), tag | BARE)
    }

    /// The other slots whose tag is `tag`.
    #[inline(always)]
    pub(super) fn not_bare_tagged(self, tag: u8) -> SlotSet {
        SlotSet::of_tag(self.tags(), tag)
    }

    /// The slots that hold something.
    #[inline(always)]
    pub(super) fn occupied(self) -> SlotSet {
        SlotSet(!self.empty().0 & ALL_SLOTS)
    }

    #[inline(always)]
    fn empty(self) -> SlotSet {
        SlotSet::of_tag(self.tags(), 0)
    }

    /// A slot that is free, in a line that has a successor or not.
    #[inline(always)]
    pub(super) fn vacant(self, has_next: bool) -> Option<usize> {
        let slot = self.empty().pop()?;
        (!(has_next && slot == LINK_SLOT)).then_some(slot)
    }

    /// Changes what an occupied slot holds.
    #[inline(always)]
    pub(super) fn set_slot(self, index: usize, slot: Slot) {
        let byte = self.tag_byte(index);
        if (byte & BARE != 0) == slot.is_bare() {
            self.set_words(index, slot);
        } else {
            self.put(index, slot, byte & !BARE);
        }
    }

    #[inline(always)]
    fn set_words(self, index: usize, slot: Slot) {
        let [first, second] = self.slot_words(index);
        let [new_first, new_second] = slot.words();
        first.store(new_first, Ordering::Relaxed);
        second.store(new_second, Ordering::Relaxed);
    }

    /// Empties a slot.
    #[inline(always)]
    pub(super) fn take_out(self, index: usize) {
        self.put(index, Slot::NONE, 0);
    }

    /// Fills an empty slot, or makes it the link (tag 0).
    #[inline(always)]
    pub(super) fn put(self, index: usize, slot: Slot, tag: u8) {
        self.set_words(index, slot);
        let byte = if slot.is_bare() { tag | BARE } else { tag };
        let shift = 8 * index;
        let others = !(0xff << shift) & !use_bit(index);
        let tags = (self.tags() & others) | u64::from(byte) << shift;
        self.0[TAGS].store(tags, Ordering::Relaxed);
    }

    /// What an occupied slot holds, to be put elsewhere.
    #[inline(always)]
    pub(super) fn content(self, index: usize) -> Content {
        Content {
            slot: self.slot(index),
            tag: self.tag(index),
            is_used: self.is_used(index),
        }
    }

    /// Fills an empty slot.
    #[inline(always)]
    pub(super) fn put_content(self, index: usize, content: Content) {
        self.put(index, content.slot, content.tag);
        if content.is_used {
            self.note_use(index);
        }
    }

    /// Takes note that the object of a slot is used. One that is used often costs no store.
    #[inline(always)]
    pub(super) fn note_use(self, index: usize) {
        if !self.is_used(index) {
            self.0[TAGS].fetch_or(use_bit(index), Ordering::Relaxed);
        }
    }

    /// Whether the object of a slot was used.
    #[inline(always)]
    pub(super) fn is_used(self, index: usize) -> bool {
        self.tags() & use_bit(index) != 0
    }

    /// Forgets that the object of a slot was used.
    pub(super) fn forget_use(self, index: usize) {
        self.0[TAGS].fetch_and(!use_bit(index), Ordering::Relaxed);
    }

    /// The tag of a slot.
    #[inline(always)]
    pub(super) fn tag(self, index: usize) -> u8 {
        self.tag_byte(index) & !BARE
    }

    #[inline(always)]
    fn tag_byte(self, index: usize) -> u8 {
        (self.tags() >> (8 * index)) as u8
    }

    /// Empties the line, the header excepted.
    pub(super) fn clear(self) {
        for word in &self.0[TAGS..] {
            word.store(0, Ordering::Relaxed);
        }
    }

    /// For an overflow line: whether another one follows.
    #[inline(always)]
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
    fn the_slots_of_a_tag_are_found() {
        let words = std::array::from_fn(|_| AtomicU64::new(0));
        let line = Line::new(&words);
        for tag in 0..BARE {
            let other = tag ^ 1;
            for wanted in 0..1usize << SLOTS {
                for index in 0..SLOTS {
                    let is_wanted = wanted >> index & 1 == 1;
                    let own = if is_wanted { tag } else { other };
                    let slot = Slot::of([0, 0], own != 0 && index % 2 == 0);
                    line.put(index, slot, own);
                }
                let mut found = line.tagged(tag);
                let found: Vec<usize> = std::iter::from_fn(|| found.pop()).collect();
                let expected = (0..SLOTS).filter(|index| wanted >> index & 1 == 1);
                assert_eq!(found, expected.collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_slot_may_become_bare_and_be_so_no_longer() {
        let words = std::array::from_fn(|_| AtomicU64::new(0));
        let line = Line::new(&words);
        let (bare, pair) = (Slot::bare(1, u64::MAX), Slot::pair(8, 16));
        line.put(0, pair, 5);
        line.put(1, bare, 5);
        for (first, second) in [(bare, pair), (pair, bare)] {
            line.set_slot(0, first);
            line.set_slot(1, second);
            assert_eq!((line.slot(0), line.slot(1)), (first, second));
            assert_eq!((line.tag(0), line.tag(1)), (5, 5));
            let bare_index = usize::from(second.is_bare());
            assert_eq!(line.bare_tagged(5).pop(), Some(bare_index));
            assert_eq!(line.not_bare_tagged(5).pop(), Some(1 - bare_index));
        }
    }

    #[test]
    fn slots_are_filled_and_emptied() {
        let words = std::array::from_fn(|_| AtomicU64::new(0));
        let line = Line::new(&words);
        assert_eq!(line.vacant(false), Some(0));
        for index in 0..SLOTS {
            line.put(index, Slot::pair(index as u64, 0), tag_of(7));
        }
        assert_eq!(line.vacant(false), None);
        line.put(LINK_SLOT, Slot::record(99, 0), 0);
        assert_eq!(line.link(), Some(99));
        assert_eq!(line.vacant(true), None);
        assert_eq!(line.vacant(false), Some(LINK_SLOT));
    }
}
