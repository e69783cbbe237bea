//! A list of objects on their way out of a table.

use super::record::{self, ROW_ROOT, RowBuffer, object_term};
use crate::slab::CELL_WORDS_MAX;
use crate::sync::{Arc, AtomicU64};
use crate::term::{Term, TermRef};

/// Words of an object that is neither small nor large.
const WORDS_USUAL: usize = 16;

/// Objects that were copied out of a table: small ones one behind the other in one block,
/// large ones by reference.
#[derive(Default)]
pub(crate) struct Objects {
    words: Vec<u64>,
    entries: Vec<Entry>,
}

enum Entry {
    Words { start: usize, end: usize },
    Shared(Arc<[u64]>),
}

impl Objects {
    pub(crate) fn clear(&mut self) {
        self.truncate(Mark {
            words: 0,
            entries: 0,
        });
    }

    /// Makes room for so many objects of the usual size.
    pub(super) fn reserve(&mut self, count: usize) {
        self.entries.reserve(count);
        self.words.reserve(count * WORDS_USUAL + CELL_WORDS_MAX);
    }

    /// For how many words there is memory.
    pub(super) fn capacity(&self) -> usize {
        self.words.capacity()
    }

    pub(super) fn push_row(&mut self, row: &[u64]) {
        let start = self.words.len();
        self.words.extend_from_slice(row);
        let end = self.words.len();
        self.entries.push(Entry::Words { start, end });
    }

    /// Appends the row whose first word is `head`, straight out of its cell. False if it can be none.
    #[inline]
    pub(super) fn push_cell(&mut self, cell: &[AtomicU64], head: u64) -> bool {
        let start = self.words.len();
        self.words
            .reserve(record::words_of(head).min(CELL_WORDS_MAX));
        let to = self.words.spare_capacity_mut().as_mut_ptr().cast::<u64>();
        // SAFETY: the spare capacity begins at `to`, and `reserve` has just made it as much as the row can have.
        let Some(words) = (unsafe { record::copy_row_to(to, cell, head) }) else {
            return false;
        };
        let end = start + words;
        // SAFETY: `copy_row_to` wrote these words, at most as many as were reserved.
        unsafe { self.words.set_len(end) };
        self.entries.push(Entry::Words { start, end });
        true
    }

    pub(super) fn push_shared(&mut self, block: Arc<[u64]>) {
        self.entries.push(Entry::Shared(block));
    }

    /// Appends the object in a buffer.
    pub(super) fn push_buffer(&mut self, buffer: &RowBuffer) {
        match buffer.shared() {
            None => self.push_row(buffer.row()),
            Some(block) => self.push_shared(Arc::clone(block)),
        }
    }

    /// Appends one of another list.
    pub(super) fn push_from(&mut self, other: &Objects, index: usize) {
        match &other.entries[index] {
            Entry::Words { start, end } => self.push_row(&other.words[*start..*end]),
            Entry::Shared(block) => self.push_shared(Arc::clone(block)),
        }
    }

    /// Where the list ends now.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            words: self.words.len(),
            entries: self.entries.len(),
        }
    }

    /// Forgets what came after a mark.
    pub(super) fn truncate(&mut self, mark: Mark) {
        self.words.truncate(mark.words);
        self.entries.truncate(mark.entries);
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    fn words_of(&self, index: usize) -> &[u64] {
        match &self.entries[index] {
            Entry::Words { start, end } => &self.words[*start..*end],
            Entry::Shared(block) => block,
        }
    }

    /// One of them, without a copy.
    pub(crate) fn get(&self, index: usize) -> TermRef<'_> {
        object_term(self.words_of(index))
    }

    /// One of them on its own; a large one by reference.
    pub(crate) fn to_term(&self, index: usize) -> Term {
        match &self.entries[index] {
            Entry::Words { start, end } => Term::from_parts(ROW_ROOT, &self.words[*start..*end]),
            Entry::Shared(block) => Term::from_shared(ROW_ROOT, Arc::clone(block)),
        }
    }
}

/// A place in a list of objects.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    words: usize,
    entries: usize,
}
