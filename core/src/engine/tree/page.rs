//! A page: eight cache lines that hold up to thirty keys, or the way to as many pages.
//!
//! ```text
//!  word 0     latch: version and lock bits, see `latch`
//!  word 1     level in the low half, 0 for a leaf; number of entries in the high half
//!  word 2     leaf: unused.  inner: objects below, if that was counted, see `rank`
//!  word 3     cell of the row with the smallest key this page may have, 0 if a head says it all
//!  word 4..   heads, ascending
//!  word 34..  leaf: the second words of slots.  inner: page << 1 | whether it has such a row
//! ```
//!
//! The heads stand together so that a search touches few lines: these are all asked for when the
//! page is entered. (Masstree does this; the heads are those of its keys' slices, and Graefe's "poor man's
//! normalized keys".)
//!
//! All words but the latch change only under `WRITING`, or while nobody can see the page.

use crate::slab::{CACHE_LINE_WORDS, CellIndex, prefetch};
use crate::sync::{AtomicU64, Ordering};

/// Entries of a page.
pub(super) const ENTRIES: usize = SIZES.entries;

/// A page with fewer entries is merged with a neighbour, if both fit into one with room to spare.
pub(super) const FEW: usize = SIZES.few;

/// The most entries that a merged page has.
pub(super) const MERGED_MAX: usize = SIZES.merged_max;

struct Sizes {
    entries: usize,
    few: usize,
    merged_max: usize,
}

const SIZES: Sizes = if cfg!(heirloom_loom) {
    Sizes {
        entries: 2,
        few: 1,
        merged_max: 1,
    }
} else if cfg!(feature = "tight") {
    Sizes {
        entries: 4,
        few: 2,
        merged_max: 3,
    }
} else {
    Sizes {
        entries: 30,
        few: 8,
        merged_max: 20,
    }
};

/// Words of a page: 512 bytes, except in the tight configuration.
pub(super) const PAGE_WORDS: usize = WORDS + ENTRIES;

const LATCH: usize = 0;
const SHAPE: usize = 1;
const BELOW: usize = 2;
const FENCE: usize = 3;
const HEADS: usize = 4;
const WORDS: usize = HEADS + ENTRIES;

const COUNT_SHIFT: u32 = 32;

/// What an inner page says of a page below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Child(u64);

impl Child {
    /// A page, and whether its smallest key is told by a row rather than by its head alone.
    pub(super) fn new(page: CellIndex, has_fence: bool) -> Child {
        Child(page << 1 | u64::from(has_fence))
    }

    pub(super) fn page(self) -> CellIndex {
        self.0 >> 1
    }

    pub(super) fn word(self) -> u64 {
        self.0
    }

    pub(super) fn has_fence(self) -> bool {
        self.0 & 1 != 0
    }
}

/// A view of one page. Read in the middle of a change, it may say anything.
#[derive(Clone, Copy)]
pub(super) struct Page<'t> {
    words: &'t [AtomicU64; PAGE_WORDS],
    cell: CellIndex,
}

impl<'t> Page<'t> {
    /// The page in a cell.
    #[inline(always)]
    pub(super) fn in_cell(words: &'t [AtomicU64], cell: CellIndex) -> Option<Page<'t>> {
        let words = words.first_chunk()?;
        Some(Page { words, cell })
    }

    #[inline(always)]
    pub(super) fn cell(self) -> CellIndex {
        self.cell
    }

    #[inline(always)]
    pub(super) fn latch(self) -> &'t AtomicU64 {
        &self.words[LATCH]
    }

    /// Where the number of objects below an inner page is.
    pub(super) fn below(self) -> &'t AtomicU64 {
        &self.words[BELOW]
    }

    #[inline(always)]
    fn load(self, word: usize) -> u64 {
        self.words[word].load(Ordering::Relaxed)
    }

    fn store(self, word: usize, value: u64) {
        self.words[word].store(value, Ordering::Relaxed);
    }

    /// How far the page is above the leaves.
    #[inline(always)]
    pub(super) fn level(self) -> usize {
        self.load(SHAPE) as u32 as usize
    }

    /// How many entries there are; never more than a page has.
    #[inline(always)]
    pub(super) fn count(self) -> usize {
        ((self.load(SHAPE) >> COUNT_SHIFT) as usize).min(ENTRIES)
    }

    pub(super) fn set_shape(self, level: usize, count: usize) {
        self.store(SHAPE, (count as u64) << COUNT_SHIFT | level as u64);
    }

    fn set_count(self, count: usize) {
        self.set_shape(self.level(), count);
    }

    /// The cell of the row with the smallest key this page may have; 0 if there is none.
    pub(super) fn fence(self) -> CellIndex {
        self.load(FENCE)
    }

    pub(super) fn set_fence(self, row: CellIndex) {
        self.store(FENCE, row);
    }

    #[inline(always)]
    pub(super) fn head(self, index: usize) -> u64 {
        self.load(HEADS + index)
    }

    /// The word of an entry: of a leaf, the second one of its slot.
    #[inline(always)]
    pub(super) fn word(self, index: usize) -> u64 {
        self.load(WORDS + index)
    }

    /// Where the word of an entry is.
    pub(super) fn word_at(self, index: usize) -> &'t AtomicU64 {
        &self.words[WORDS + index]
    }

    /// What an inner page's entry leads to.
    #[inline(always)]
    pub(super) fn child(self, index: usize) -> Child {
        Child(self.word(index))
    }

    /// Which entry of an inner page leads to a page.
    pub(super) fn index_of(self, page: CellIndex) -> Option<usize> {
        (0..self.count()).find(|&index| self.child(index).page() == page)
    }

    /// The first of the entries `from..to` whose head is not below `head`; `to` if there is none.
    #[inline(always)]
    pub(super) fn first_from(self, from: usize, to: usize, head: u64) -> usize {
        self.partition(from, to, |own| own < head)
    }

    /// The first of the entries `from..to` whose head is above `head`; `to` if there is none.
    #[inline(always)]
    pub(super) fn first_above(self, from: usize, to: usize, head: u64) -> usize {
        self.partition(from, to, |own| own <= head)
    }

    /// Binary search without a branch that depends on what is found.
    #[inline(always)]
    fn partition(self, from: usize, to: usize, is_before: impl Fn(u64) -> bool) -> usize {
        let (mut base, mut size) = (from, to - from);
        while size > 1 {
            let half = size / 2;
            let skipped = if is_before(self.head(base + half - 1)) {
                half
            } else {
                0
            };
            base += skipped;
            size -= half;
        }
        base + usize::from(size == 1 && is_before(self.head(base)))
    }

    /// Asks the processor for the lines that a search looks at.
    #[inline(always)]
    pub(super) fn prefetch(self) {
        for line in self.words[..WORDS].chunks(CACHE_LINE_WORDS) {
            prefetch(&raw const line[0]);
        }
    }

    /// Changes the word of an entry.
    pub(super) fn set_word(self, index: usize, word: u64) {
        self.store(WORDS + index, word);
    }

    fn set(self, index: usize, head: u64, word: u64) {
        self.store(HEADS + index, head);
        self.store(WORDS + index, word);
    }

    /// Puts an entry in front of entry `index`. There is room.
    pub(super) fn insert(self, index: usize, head: u64, word: u64) {
        let count = self.count();
        for to in (index + 1..=count).rev() {
            self.set(to, self.head(to - 1), self.word(to - 1));
        }
        self.set(index, head, word);
        self.set_count(count + 1);
    }

    /// Takes an entry out.
    pub(super) fn remove(self, index: usize) {
        let count = self.count();
        for to in index..count - 1 {
            self.set(to, self.head(to + 1), self.word(to + 1));
        }
        self.set_count(count - 1);
    }

    /// Appends the entries of another page from `from` on. There is room.
    pub(super) fn append(self, other: Page<'_>, from: usize) {
        let count = self.count();
        let added = other.count() - from;
        for index in 0..added {
            self.set(
                count + index,
                other.head(from + index),
                other.word(from + index),
            );
        }
        self.set_count(count + added);
    }

    /// Forgets the entries from `count` on.
    pub(super) fn truncate(self, count: usize) {
        self.set_count(count);
    }
}

#[cfg(all(test, not(heirloom_loom)))]
mod tests {
    use super::*;

    fn with_page(heads: &[u64], test: impl FnOnce(Page<'_>)) {
        let words: Vec<AtomicU64> = (0..PAGE_WORDS).map(|_| AtomicU64::new(0)).collect();
        let page = Page::in_cell(&words, 1).expect("enough words");
        for (index, &head) in heads.iter().enumerate() {
            page.insert(index, head, head * 10);
        }
        test(page);
    }

    #[test]
    fn entries_are_found() {
        for count in 0..=ENTRIES {
            let heads: Vec<u64> = (0..count as u64).map(|index| index / 2 * 2 + 1).collect();
            with_page(&heads, |page| {
                for head in 0..count as u64 + 3 {
                    let below = heads.partition_point(|&own| own < head);
                    let not_above = heads.partition_point(|&own| own <= head);
                    assert_eq!(page.first_from(0, count, head), below);
                    assert_eq!(page.first_above(0, count, head), not_above);
                }
            });
        }
    }

    #[test]
    fn entries_move_aside_and_close_up() {
        with_page(&[1, 5], |page| {
            page.insert(1, 3, 30);
            let entries = |page: Page<'_>| -> Vec<(u64, u64)> {
                let entry = |index| (page.head(index), page.word(index));
                (0..page.count()).map(entry).collect()
            };
            assert_eq!(entries(page), [(1, 10), (3, 30), (5, 50)]);
            page.remove(0);
            assert_eq!(entries(page), [(3, 30), (5, 50)]);
            with_page(&[], |other| {
                other.append(page, 1);
                assert_eq!(entries(other), [(5, 50)]);
            });
            page.truncate(1);
            assert_eq!(entries(page), [(3, 30)]);
        });
    }
}
