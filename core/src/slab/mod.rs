//! A type-stable slab: cells of fixed size classes, named by index, never unmapped.
//!
//! ```text
//!  index (40 bits)   chunk number (22) | word offset (18)
//!                         |                  |
//!  Directory   +----------v---+              |
//!              | base, sizes  |---> chunk    v
//!              |     ...      |     +-----+-----+-----+-----+-
//!              +--------------+     |cell |cell |cell |cell |   all of one class
//!                                   +-----+-----+-----+-----+-
//! ```
//!
//! **Type-stable** means: what was a cell once can be read as one for as long as the slab
//! lives, whatever has become of it since. So a reader needs neither a guard nor a reference
//! count: it copies the words it found, and asks its bucket afterwards whether they were the
//! right ones. Cells are reused at once, and a reader that stops for an hour holds nothing up.
//! (The idea is the SLAB_TYPESAFE_BY_RCU of the Linux kernel's slab, with a version check in
//! place of the grace period.)
//!
//! **Who may write a cell**: whoever allocated it, until it is published; then the holder of
//! the bucket it is published in.
//!
//! Each thread keeps a handful of free cells of each class ([`Magazine`], after Bonwick's
//! slab allocator); the slab's mutex is taken once for each few dozen cells.

mod chunk;
mod class;
mod pages;
mod stripes;

pub(crate) use class::CELL_WORDS_MAX;
pub(crate) use pages::{Pages, WORD_BYTES};
pub(crate) use stripes::Stripes;

use crate::mutant::{self, Mutant};
use crate::sync::{AtomicPtr, AtomicU64, Mutex, Ordering, fence, lock};
use chunk::Chunks;
use class::{CLASS_WORDS, CLASSES, class_of};
use std::cell::UnsafeCell;

/// Words of a cache line.
pub(crate) const CACHE_LINE_WORDS: usize = 8;

/// Names a cell: chunk number and word offset, [`CELL_INDEX_BITS`] bits. Never 0.
pub(crate) type CellIndex = u64;

/// Bits of a cell index.
pub(crate) const CELL_INDEX_BITS: u32 = 40;
/// Bits of the word offset in a chunk: 2^18 words are 2 MiB.
pub(super) const CELL_OFFSET_BITS: u32 = 18;
/// The largest number of chunks: 8 TiB of cells.
const CHUNKS_MAX: usize = 1 << (CELL_INDEX_BITS - CELL_OFFSET_BITS);

/// Cells that a thread keeps of a class at most, and half of which move at a time between a
/// thread and the slab.
const MAGAZINE_CELLS: usize = if cfg!(any(feature = "tight", heirloom_loom)) {
    4
} else {
    64
};

/// Where a chunk lies: written once, before any index that names the chunk is given out.
struct Entry {
    base: AtomicPtr<AtomicU64>,
    /// Words of a cell in the low half, words of the chunk in the high half; at first those of
    /// a chunk that no cell fits in.
    sizes: AtomicU64,
}

/// The entries of all chunks, with room for more.
type Directory = Box<[Entry]>;

/// The free cells that one thread keeps of one class.
struct Magazine {
    count: usize,
    cells: [CellIndex; MAGAZINE_CELLS],
}

/// What one thread keeps in a slab. Only the thread whose stripe it is touches it.
#[derive(Default)]
struct Spare {
    magazines: UnsafeCell<[Option<Box<Magazine>>; CLASSES]>,
}

// SAFETY: `magazines` is only reached through `Stripes::mine`, which gives a stripe to one
// thread at a time and orders one user before the next.
unsafe impl Sync for Spare {}

/// The slab itself; see the module.
pub(crate) struct Slab {
    /// How many entries there are for sure where `entries` points to.
    capacity: AtomicU64,
    /// The first entry of the directory in use.
    entries: AtomicPtr<Entry>,
    spare: Stripes<Spare>,
    /// 1 while so little of the memory is in use that no thread should keep free cells.
    sparse: AtomicU64,
    chunks: Mutex<State>,
}

struct State {
    chunks: Chunks,
    /// The directory in use is the last one. The others stay for readers that still look at
    /// them; each is half as large as the next.
    directories: Vec<Directory>,
}

impl Slab {
    /// An empty slab. Index 0 is never given out, so that 0 can mean "none".
    pub(crate) fn new() -> Slab {
        let first = new_directory(4);
        let mut chunks = Chunks::new();
        reserve_index_zero(&mut chunks);
        install(&chunks, &first, 0);
        let state = State {
            chunks,
            directories: vec![first],
        };
        Slab {
            capacity: AtomicU64::new(4),
            entries: AtomicPtr::new(first_entry(&state.directories)),
            spare: Stripes::new(),
            sparse: AtomicU64::new(0),
            chunks: Mutex::new(state),
        }
    }

    /// The words of a cell, as many as its class has. `None` for a number that names no
    /// cell: one that was read from memory in the middle of a change.
    #[inline(always)]
    pub(crate) fn cell(&self, index: CellIndex) -> Option<&[AtomicU64]> {
        // Acquire: pairs with the Release in `extend`. Before `entries`, which is stored first:
        // what it points to has at least this many.
        let capacity = self.capacity.load(Ordering::Acquire);
        let number = index >> CELL_OFFSET_BITS;
        if number >= capacity {
            return None;
        }
        let entries = self.entries.load(Ordering::Acquire);
        // SAFETY: `entries` points to at least `capacity` entries of a directory that stays until
        // the slab is dropped.
        let entry = unsafe { &*entries.add(number as usize) };
        // Acquire: pairs with the Release in `install`, so that `base` is there too.
        let sizes = entry.sizes.load(Ordering::Acquire);
        let (cell_words, chunk_words) = (sizes & u64::from(u32::MAX), sizes >> 32);
        let offset = index & ((1 << CELL_OFFSET_BITS) - 1);
        if offset + cell_words > chunk_words {
            return None;
        }
        let base = entry.base.load(Ordering::Relaxed);
        // SAFETY: `base` is the start of `chunk_words` atomic words that stay mapped until
        // the slab is dropped, and the range was just checked against them.
        Some(unsafe { std::slice::from_raw_parts(base.add(offset as usize), cell_words as usize) })
    }

    /// Asks the processor to fetch a cell's first two lines. Harmless for any number.
    #[inline(always)]
    pub(crate) fn prefetch(&self, index: CellIndex) {
        if let Some(cell) = self.cell(index) {
            prefetch(cell.as_ptr());
            // It need not begin a line, so a word further on may be in the second one.
            let further = (cell.len() - 1).min(CACHE_LINE_WORDS);
            prefetch(&raw const cell[further]);
        }
    }

    /// A cell of at least `words` words (1 to [`CELL_WORDS_MAX`]), with any content, for the
    /// caller alone.
    pub(crate) fn allocate(&self, words: usize) -> CellIndex {
        let class = class_of(words);
        let spare = self.spare.mine();
        // SAFETY: `spare` is exclusively ours (see `Spare`), and nothing called below reaches
        // this stripe again.
        let magazines = unsafe { &mut *spare.magazines.get() };
        let magazine = magazines[class].get_or_insert_with(Magazine::empty);
        if magazine.count == 0 {
            self.refill(class, magazine);
        }
        magazine.count -= 1;
        let index = magazine.cells[magazine.count];
        // A reader that still holds this cell's former place and sees one of the words we are
        // about to write must also see that the former place's bucket has changed. Release:
        // pairs with the Acquire fence of that reader, before its version check.
        if !mutant::is_on(Mutant::NoFenceOnReuse) {
            fence(Ordering::Release);
        }
        index
    }

    /// Gives a cell back. The caller has unpublished it; readers may still look at it.
    pub(crate) fn free(&self, index: CellIndex) {
        let Some(cell) = self.cell(index) else {
            debug_assert!(false, "freed a cell that is none");
            return;
        };
        let class = class_of(cell.len());
        let spare = self.spare.mine();
        // SAFETY: as in `allocate`.
        let magazines = unsafe { &mut *spare.magazines.get() };
        let magazine = magazines[class].get_or_insert_with(Magazine::empty);
        if magazine.count == MAGAZINE_CELLS {
            self.spill(magazine, MAGAZINE_CELLS / 2);
        }
        magazine.cells[magazine.count] = index;
        magazine.count += 1;
        // Relaxed: it is advice.
        if self.sparse.load(Ordering::Relaxed) != 0 {
            self.spill(magazine, magazine.count);
        }
    }

    /// Whether a cell of `words` words would come from the class that `cell` is of.
    #[inline(always)]
    pub(crate) fn fits_exactly(cell: &[AtomicU64], words: usize) -> bool {
        words <= cell.len() && CLASS_WORDS[class_of(words)] == cell.len()
    }

    /// Bytes of the chunks that are ours at the moment.
    pub(crate) fn held_bytes(&self) -> usize {
        lock(&self.chunks).chunks.held_bytes()
    }

    /// Gives all the free cells of the calling thread back to the slab.
    pub(crate) fn give_all_back(&self) {
        let spare = self.spare.mine();
        // SAFETY: as in `allocate`.
        let magazines = unsafe { &mut *spare.magazines.get() };
        for magazine in magazines.iter_mut().flatten() {
            self.spill(magazine, magazine.count);
        }
    }

    #[cold]
    fn refill(&self, class: usize, magazine: &mut Magazine) {
        let mut state = lock(&self.chunks);
        while magazine.count < MAGAZINE_CELLS / 2 {
            match state.chunks.take(class) {
                Some(index) => {
                    magazine.cells[magazine.count] = index;
                    magazine.count += 1;
                }
                None if magazine.count > 0 => break,
                None => self.extend(&mut state, class),
            }
        }
        self.note_use(&state);
        // The lowest index is used first: neighbours in time become neighbours in memory.
        magazine.cells[..magazine.count].reverse();
    }

    /// Gives the `count` cells back that were returned longest ago; the others are still in the
    /// cache.
    #[cold]
    fn spill(&self, magazine: &mut Magazine, count: usize) {
        let mut state = lock(&self.chunks);
        for &index in &magazine.cells[..count] {
            state.chunks.put_back(index);
        }
        self.note_use(&state);
        drop(state);
        magazine.cells.copy_within(count.., 0);
        magazine.count -= count;
    }

    fn note_use(&self, state: &State) {
        let sparse = u64::from(state.chunks.is_sparse());
        self.sparse.store(sparse, Ordering::Relaxed);
    }

    /// Adds a chunk, and a larger directory if the present one is full.
    fn extend(&self, state: &mut State, class: usize) {
        if let Err(chunks) = state.chunks.grow(class, CHUNKS_MAX) {
            // 8 TiB of rows: the machine's memory ends long before, and the allocator's own
            // answer to that is the same.
            panic!("a table's slab is full: {chunks} chunks");
        }
        let Some(present) = state.directories.last() else {
            unreachable!("a slab begins with a directory");
        };
        let chunks = state.chunks.blocks().len();
        if chunks <= present.len() {
            install(&state.chunks, present, chunks - 1);
            return;
        }
        let larger = new_directory(present.len() * 2);
        install(&state.chunks, &larger, 0);
        let capacity = larger.len() as u64;
        state.directories.push(larger);
        // Release, and in this order: pairs with the Acquire loads in `cell`.
        self.entries
            .store(first_entry(&state.directories), Ordering::Release);
        self.capacity.store(capacity, Ordering::Release);
    }
}

impl Magazine {
    fn empty() -> Box<Magazine> {
        Box::new(Magazine {
            count: 0,
            cells: [0; MAGAZINE_CELLS],
        })
    }
}

/// The first cell of the first chunk is index 0: it is taken and never given out.
fn reserve_index_zero(chunks: &mut Chunks) {
    let smallest = 0;
    let grown = chunks.grow(smallest, CHUNKS_MAX);
    let zero = chunks.take(smallest);
    debug_assert!(grown.is_ok() && zero == Some(0));
}

fn new_directory(entries: usize) -> Directory {
    let entries = (0..entries).map(|_| Entry {
        base: AtomicPtr::new(std::ptr::null_mut()),
        sizes: AtomicU64::new(1),
    });
    entries.collect()
}

/// Where the entries of the last directory lie.
fn first_entry(directories: &[Directory]) -> *mut Entry {
    let last = directories.last().map_or(&[][..], |directory| directory);
    last.as_ptr().cast_mut()
}

/// Writes the directory's entries from number `first` on.
fn install(chunks: &Chunks, directory: &[Entry], first: usize) {
    for (entry, (pages, class)) in directory.iter().zip(chunks.blocks()).skip(first) {
        let words = pages.words();
        entry
            .base
            .store(words.as_ptr().cast_mut(), Ordering::Relaxed);
        let sizes = (words.len() as u64) << 32 | CLASS_WORDS[class] as u64;
        // Release: pairs with the Acquire in `cell`.
        entry.sizes.store(sizes, Ordering::Release);
    }
}

/// Asks the processor to bring in the line at `address` for reading; a hint without effect otherwise.
#[inline(always)]
pub(crate) fn prefetch(address: *const AtomicU64) {
    #[cfg(all(target_arch = "x86_64", not(heirloom_loom)))]
    // SAFETY: a prefetch is a hint, it does not access memory; any address will do.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(address.cast());
    }
    #[cfg(any(not(target_arch = "x86_64"), heirloom_loom))]
    let _ = address;
}
