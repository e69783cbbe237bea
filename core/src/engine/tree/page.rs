//! A page: eight cache lines that hold up to thirty keys, or the way to as many pages.
//!
//! ```text
//!  word 0     latch: version and lock bits, see `latch`
//!  word 1     cell of the page (40 bits) | level, 0 for a leaf (8) | number of entries (8)
//!  word 2     leaf: unused.  inner: objects below, if that was counted, see `rank`
//!  word 3     cell of the row with the smallest key this page may have, 0 if a head says it all
//!  word 4..   heads, ascending; NO_HEAD where there is no entry
//!  word 34..  leaf: the second words of slots.  inner: address of a page | whether it has such a row
//! ```
//!
//! The heads stand together so that a search touches few lines: these are all asked for when the
//! page is entered. (Masstree does this; the heads are those of its keys' slices, and Graefe's "poor man's
//! normalized keys".)
//!
//! All words but the latch change only under `WRITING`, or while nobody can see the page.

use crate::slab::{CACHE_LINE_WORDS, CellIndex, prefetch};
use crate::sync::{AtomicU64, Ordering};
use std::ops::Range;

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

/// Heads are counted in groups of so many.
const GROUP: usize = if ENTRIES.is_multiple_of(6) { 6 } else { 2 };
const GROUPS: usize = ENTRIES / GROUP;
const _: () = assert!(GROUP * GROUPS == ENTRIES);

const LATCH: usize = 0;
const SHAPE: usize = 1;
const BELOW: usize = 2;
const FENCE: usize = 3;
const HEADS: usize = 4;
const WORDS: usize = HEADS + ENTRIES;

/// The head of an entry that is none; greater than that of any term.
pub(super) const NO_HEAD: u64 = u64::MAX;

const LEVEL_SHIFT: u32 = 8;
const CELL_SHIFT: u32 = 16;
const BYTE: u64 = 0xff;

/// What an inner page says of a page below it: where it is, and whether its smallest key is told by a
/// row rather than by its head alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Child(u64);

impl Child {
    const HAS_FENCE: u64 = 1;

    pub(super) fn new(page: Page<'_>, has_fence: bool) -> Child {
        let address = page.words.as_ptr().expose_provenance() as u64;
        debug_assert_eq!(address & Child::HAS_FENCE, 0);
        Child(address | u64::from(has_fence))
    }

    #[inline(always)]
    pub(super) fn word(self) -> u64 {
        self.0
    }

    #[inline(always)]
    pub(super) fn has_fence(self) -> bool {
        self.0 & Child::HAS_FENCE != 0
    }

    pub(super) fn is(self, page: Page<'_>) -> bool {
        self.0 & !Child::HAS_FENCE == page.words.as_ptr().addr() as u64
    }

    /// Asks the processor for all of the page. Harmless for any word.
    #[inline(always)]
    pub(super) fn prefetch(self) {
        let address = (self.0 & !Child::HAS_FENCE) as usize;
        let words = std::ptr::with_exposed_provenance::<AtomicU64>(address);
        for line in (0..PAGE_WORDS).step_by(CACHE_LINE_WORDS) {
            prefetch(words.wrapping_add(line));
        }
    }

    /// The page.
    ///
    /// # Safety
    /// This was read from an inner page of a tree that lives as long as the result, and that page was
    /// seen to be unchanged afterwards. (So this is what was stored there, and memory of pages stays
    /// what it is as long as the tree.)
    #[inline(always)]
    pub(super) unsafe fn page<'t>(self) -> Page<'t> {
        let address = (self.0 & !Child::HAS_FENCE) as usize;
        let words = std::ptr::with_exposed_provenance::<[AtomicU64; PAGE_WORDS]>(address);
        // SAFETY: the caller's promise: the address is that of a page.
        let words = unsafe { &*words };
        Page { words }
    }
}

/// A view of one page. Read in the middle of a change, it may say anything.
#[derive(Clone, Copy)]
pub(super) struct Page<'t> {
    words: &'t [AtomicU64; PAGE_WORDS],
}

impl<'t> Page<'t> {
    /// The page in a cell.
    #[inline(always)]
    pub(super) fn in_cell(words: &'t [AtomicU64]) -> Option<Page<'t>> {
        let words = words.first_chunk()?;
        Some(Page { words })
    }

    /// The cell that the page is in.
    pub(super) fn cell(self) -> CellIndex {
        self.load(SHAPE) >> CELL_SHIFT
    }

    /// Makes this an empty page.
    pub(super) fn reset(self, cell: CellIndex, level: usize) {
        self.store(SHAPE, cell << CELL_SHIFT | (level as u64) << LEVEL_SHIFT);
        self.store(FENCE, 0);
        self.fill_up(0);
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
        (self.load(SHAPE) >> LEVEL_SHIFT & BYTE) as usize
    }

    /// How many entries there are; never more than a page has.
    #[inline(always)]
    pub(super) fn count(self) -> usize {
        ((self.load(SHAPE) & BYTE) as usize).min(ENTRIES)
    }

    fn set_count(self, count: usize) {
        self.store(SHAPE, self.load(SHAPE) & !BYTE | count as u64);
    }

    /// Takes the heads away from where there is no entry.
    fn fill_up(self, count: usize) {
        for index in count..ENTRIES {
            self.store(HEADS + index, NO_HEAD);
        }
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

    /// An entry as a whole, if the page has as many.
    #[inline(always)]
    pub(super) fn entry(self, index: usize) -> Option<(u64, u64)> {
        (index < ENTRIES).then(|| (self.head(index), self.word(index)))
    }

    /// The entries of a range, as far as a page has so many. It may have been found in the midst of a change.
    #[inline(always)]
    pub(super) fn entries(
        self,
        range: Range<usize>,
    ) -> impl DoubleEndedIterator<Item = (u64, u64)> + ExactSizeIterator + Clone + 't {
        let end = range.end.min(ENTRIES);
        let start = range.start.min(end);
        let words = |from: usize| &self.words[from + start..from + end];
        let load = |word: &AtomicU64| word.load(Ordering::Relaxed);
        let entries = words(HEADS).iter().zip(words(WORDS));
        entries.map(move |(head, word)| (load(head), load(word)))
    }

    /// What an inner page's entry leads to.
    #[inline(always)]
    pub(super) fn child(self, index: usize) -> Child {
        Child(self.word(index))
    }

    /// Which entry of an inner page leads to a page.
    pub(super) fn index_of(self, page: Page<'_>) -> Option<usize> {
        (0..self.count()).find(|&index| self.child(index).is(page))
    }

    /// How many heads are below this one.
    #[inline(always)]
    pub(super) fn heads_below(self, head: u64) -> usize {
        self.count_heads(|own| own < head)
    }

    /// How many heads are not above this one, which is that of a term.
    #[inline(always)]
    pub(super) fn heads_up_to(self, head: u64) -> usize {
        self.count_heads(|own| own <= head)
    }

    /// How many heads, the first ones, are like that. First it is found in which of some groups the last
    /// one is, then where there: so a handful of comparisons wait for nothing, and a few for
    /// these. (A binary search waits at each step.)
    #[inline(always)]
    fn count_heads(self, is_counted: impl Fn(u64) -> bool) -> usize {
        let counted = |index: usize| usize::from(is_counted(self.head(index)));
        let group: usize = (1..GROUPS).map(|group| counted(group * GROUP - 1)).sum();
        let first = group * GROUP;
        first + (first..first + GROUP).map(counted).sum::<usize>()
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
        self.store(HEADS + count - 1, NO_HEAD);
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
        self.fill_up(count);
        self.set_count(count);
    }
}

#[cfg(all(test, not(heirloom_loom)))]
mod tests {
    use super::*;

    fn with_page(heads: &[u64], test: impl FnOnce(Page<'_>)) {
        let words: Vec<AtomicU64> = (0..PAGE_WORDS).map(|_| AtomicU64::new(0)).collect();
        let page = Page::in_cell(&words).expect("enough words");
        page.reset(1, 0);
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
                    let up_to = heads.partition_point(|&own| own <= head);
                    assert_eq!(page.heads_below(head), below);
                    assert_eq!(page.heads_up_to(head), up_to);
                }
                assert_eq!(page.heads_up_to(NO_HEAD - 1), count);
            });
        }
    }

    #[test]
    fn a_range_that_cannot_be_gives_what_there_is() {
        with_page(&[1, 3], |page| {
            let heads = |range: Range<usize>| -> Vec<u64> {
                page.entries(range).map(|(head, _)| head).collect()
            };
            assert_eq!(heads(0..2), [1, 3]);
            let (later, earlier) = (2, 1);
            assert_eq!(heads(later..earlier), [0; 0]);
            assert_eq!(heads(ENTRIES + 1..ENTRIES + 9), [0; 0]);
            assert_eq!(heads(0..ENTRIES + 9).len(), ENTRIES);
        });
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
