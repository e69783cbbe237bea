//! A list of objects on their way out of a table.

use super::record::{ROW_ROOT, RowBuffer, object_term};
use crate::sync::Arc;
use crate::term::{Term, TermRef};

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

    pub(super) fn push_row(&mut self, row: &[u64]) {
        let start = self.words.len();
        self.words.extend_from_slice(row);
        let end = self.words.len();
        self.entries.push(Entry::Words { start, end });
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
