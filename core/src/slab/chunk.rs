//! Chunks: the blocks that cells are cut from, and the bookkeeping of which cells are free.
//!
//! Everything here happens under the slab's mutex, a few dozen cells at a time; threads
//! take and return single cells in their own stripes.

use super::class::{CLASS_WORDS, CLASSES};
use super::pages::{Pages, WORD_BYTES};
use super::{CELL_OFFSET_BITS, CellIndex};

/// Words of a class's first chunk; each further one has [`CHUNK_GROWTH`] times as many, up to
/// [`CHUNK_WORDS_MAX`]. Small tables stay small, large ones have few chunks.
const CHUNK_WORDS_MIN: usize = if cfg!(any(feature = "tight", heirloom_loom)) {
    32
} else {
    512
};
const CHUNK_GROWTH: usize = 8;
const CHUNK_WORDS_MAX: usize = if cfg!(any(heirloom_loom, heirloom_shuttle)) {
    CHUNK_WORDS_MIN * 2
} else {
    1 << CELL_OFFSET_BITS
};

/// One block cut into cells of one class, for good: what was a cell of this class once can
/// be read as one for ever.
struct Chunk {
    pages: Pages,
    class: usize,
    cells: usize,
    free: usize,
    /// One bit a cell, set while the cell is free.
    free_map: Box<[u64]>,
    /// No set bit lies in a word of `free_map` before this one.
    free_hint: usize,
    /// The operating system has the memory; it returns when a cell is taken.
    released: bool,
}

const MAP_BITS: usize = u64::BITS as usize;

impl Chunk {
    fn new(class: usize, words: usize) -> Chunk {
        let cells = words / CLASS_WORDS[class];
        let mut free_map = vec![u64::MAX; cells.div_ceil(MAP_BITS)].into_boxed_slice();
        if !cells.is_multiple_of(MAP_BITS) {
            free_map[cells / MAP_BITS] = (1 << (cells % MAP_BITS)) - 1;
        }
        Chunk {
            pages: Pages::zeroed(words),
            class,
            cells,
            free: cells,
            free_map,
            free_hint: 0,
            released: false,
        }
    }

    fn bytes(&self) -> usize {
        self.pages.words().len() * WORD_BYTES
    }

    /// Takes the free cell that lies lowest.
    fn take(&mut self) -> Option<usize> {
        while let Some(bits) = self.free_map.get_mut(self.free_hint) {
            if *bits != 0 {
                let cell = self.free_hint * MAP_BITS + bits.trailing_zeros() as usize;
                *bits &= *bits - 1;
                self.free -= 1;
                return Some(cell);
            }
            self.free_hint += 1;
        }
        None
    }

    fn put_back(&mut self, cell: usize) {
        let word = cell / MAP_BITS;
        debug_assert_eq!(
            self.free_map[word] >> (cell % MAP_BITS) & 1,
            0,
            "freed twice"
        );
        self.free_map[word] |= 1 << (cell % MAP_BITS);
        self.free_hint = self.free_hint.min(word);
        self.free += 1;
    }
}

/// All chunks of a slab.
pub(super) struct Chunks {
    chunks: Vec<Chunk>,
    /// For each class the chunks that have a free cell.
    partial: [Vec<usize>; CLASSES],
    /// For each class how many chunks were made.
    made: [u32; CLASSES],
    /// For each class an empty chunk whose memory was kept, so that a table that hovers
    /// around a chunk's edge does not ask the system for the same pages again and again.
    kept: [Option<usize>; CLASSES],
    /// Bytes of the chunks whose memory is ours now.
    held_bytes: usize,
    /// Bytes of the cells that are not free.
    taken_bytes: usize,
}

/// Up to this many bytes of chunks, nobody asks how much of them is in use.
const SPARSE_BYTES_MIN: usize = 4 << 20;

impl Chunks {
    pub(super) fn new() -> Chunks {
        Chunks {
            chunks: Vec::new(),
            partial: std::array::from_fn(|_| Vec::new()),
            made: [0; CLASSES],
            kept: [None; CLASSES],
            held_bytes: 0,
            taken_bytes: 0,
        }
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Whether less than a quarter of the memory is in use. A few cells kept by threads can then
    /// keep much memory from going back.
    pub(super) fn is_sparse(&self) -> bool {
        self.held_bytes > SPARSE_BYTES_MIN && self.taken_bytes < self.held_bytes / 4
    }

    /// Each chunk's words and class, in the order of their numbers.
    pub(super) fn blocks(&self) -> impl ExactSizeIterator<Item = (&Pages, usize)> {
        self.chunks.iter().map(|chunk| (&chunk.pages, chunk.class))
    }

    /// Takes a free cell of this class, or `None` if a new chunk is needed.
    pub(super) fn take(&mut self, class: usize) -> Option<CellIndex> {
        let number = *self.partial[class].last()?;
        let chunk = &mut self.chunks[number];
        if chunk.released {
            chunk.released = false;
            self.held_bytes += chunk.bytes();
        }
        if self.kept[class] == Some(number) {
            self.kept[class] = None;
        }
        let cell = chunk.take()?;
        if chunk.free == 0 {
            self.partial[class].pop();
        }
        self.taken_bytes += CLASS_WORDS[class] * WORD_BYTES;
        let offset = cell * CLASS_WORDS[class];
        Some((number << CELL_OFFSET_BITS | offset) as CellIndex)
    }

    /// Makes one more chunk of this class. `Err` with the number of chunks if that is all an
    /// index can name.
    pub(super) fn grow(&mut self, class: usize, chunks_max: usize) -> Result<(), usize> {
        if self.chunks.len() >= chunks_max {
            return Err(self.chunks.len());
        }
        let growth = CHUNK_GROWTH.saturating_pow(self.made[class]);
        let words = CHUNK_WORDS_MIN
            .saturating_mul(growth)
            .min(CHUNK_WORDS_MAX)
            .max(CLASS_WORDS[class]);
        let chunk = Chunk::new(class, words);
        self.made[class] += 1;
        self.held_bytes += chunk.bytes();
        self.partial[class].push(self.chunks.len());
        self.chunks.push(chunk);
        Ok(())
    }

    /// Takes a cell back. A chunk all of whose cells are back gives its memory back, if the
    /// class has another empty one already.
    pub(super) fn put_back(&mut self, index: CellIndex) {
        let number = (index >> CELL_OFFSET_BITS) as usize;
        let chunk = &mut self.chunks[number];
        let class = chunk.class;
        let offset = index as usize & ((1 << CELL_OFFSET_BITS) - 1);
        chunk.put_back(offset / CLASS_WORDS[class]);
        self.taken_bytes -= CLASS_WORDS[class] * WORD_BYTES;
        if chunk.free == 1 {
            self.partial[class].push(number);
        }
        if chunk.free == chunk.cells {
            self.emptied(class, number);
        }
    }

    /// Keeps the first empty chunk of a class, releases every other one.
    fn emptied(&mut self, class: usize, number: usize) {
        if self.kept[class].is_none() {
            self.kept[class] = Some(number);
            return;
        }
        let chunk = &mut self.chunks[number];
        if chunk.pages.release(0, chunk.pages.words().len()) {
            chunk.released = true;
            self.held_bytes -= chunk.bytes();
        }
    }
}
