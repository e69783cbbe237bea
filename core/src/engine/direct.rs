//! The short way, for what most calls are: a key of one word, in the first line of a bucket that
//! nobody is changing, with a plain row.
//!
//! Everything here answers `None` when it is not that simple, and has done nothing then; the
//! caller goes the general way. What is found is the same; only the questions that have one
//! answer here are not asked.

use super::header::{self, LOCKED};
use super::line::{self, Line};
use super::record::{self, ROW, RowBuffer};
use super::{Admission, GateChanged, HashTable, Key};
use crate::mutant::{self, Mutant};
use crate::slab::Slab;
use crate::sync::{AtomicU64, Ordering, barrier_after_rmw, fence};
use crate::term::hash_of_word;
use crate::term::layout::{SMALL, small as small_word, small_value, tag};

/// A row, and the bucket as it was when the row was found in it.
struct Found<'t> {
    line: Line<'t>,
    header: u64,
    cell: &'t [AtomicU64],
    head: u64,
}

impl HashTable {
    /// Finds the row of a key. Nothing is certain before the header has been looked at again.
    #[inline(always)]
    fn find_directly(&self, key: u64, hash: u64) -> Option<Found<'_>> {
        let array = self.root();
        let line = array.line(array.index(hash));
        // Acquire: pairs with the Release that ends each change.
        let header = line.header().load(Ordering::Acquire);
        if !header::is_quiet(header, self.generation()) {
            return None;
        }
        let mut fitting = line.tagged(line::tag_of(hash));
        while let Some(index) = fitting.pop() {
            let slot = line.slot(index);
            if !line::slot_has_hash(slot, hash) {
                continue;
            }
            let cell = self.slab.cell(line::cell_of(slot))?;
            let word = cell.get(self.key_position)?.load(Ordering::Relaxed);
            let head = cell[0].load(Ordering::Relaxed);
            let is_it = word == key && record::form_of(head) == ROW;
            return is_it.then_some(Found {
                line,
                header,
                cell,
                head,
            });
        }
        None
    }

    /// Copies the object of a key that is one word into `buffer`.
    #[inline(always)]
    pub(crate) fn fetch_directly(&self, key: u64, buffer: &mut RowBuffer) -> Option<()> {
        let found = self.find_directly(key, hash_of_word(key, self.seed))?;
        if !buffer.copy_short_row(found.cell, found.head) {
            return None;
        }
        // Acquire: see `Spot::is_unchanged`.
        fence(Ordering::Acquire);
        let now = found.line.header().load(Ordering::Relaxed);
        let is_whole =
            header::same_content(found.header, now) || mutant::is_on(Mutant::NoValidation);
        is_whole.then_some(())
    }

    /// Writes an object over the one of its key, if it fits into its place exactly.
    #[inline(always)]
    pub(super) fn overwrite_directly(
        &self,
        key: &Key<'_>,
        object: &[u64],
        admission: &Admission<'_>,
    ) -> Option<Result<(), GateChanged>> {
        let found = self.find_to_write(key)?;
        if !Slab::fits_exactly(found.cell, object.len()) {
            return None;
        }
        let _writing = Writing::begin(&found)?;
        if let Err(changed) = admission.holds() {
            return Some(Err(changed));
        }
        record::write_row(found.cell, object);
        Some(Ok(()))
    }

    /// Adds to a counter that is a small integer, before and after.
    #[inline(always)]
    pub(super) fn add_directly(
        &self,
        key: &Key<'_>,
        position: usize,
        increment: i64,
        admission: &Admission<'_>,
    ) -> Option<Result<i64, GateChanged>> {
        let found = self.find_to_write(key)?;
        let in_tuple = position <= record::arity_of(found.head) && position != self.key_position;
        let word = found
            .cell
            .get(position)
            .filter(|_| in_tuple && position != 0)?;
        let _writing = Writing::begin(&found)?;
        if let Err(changed) = admission.holds() {
            return Some(Err(changed));
        }
        let sum = add_words(word.load(Ordering::Relaxed), increment)?;
        word.store(sum, Ordering::Relaxed);
        Some(Ok(small_value(sum)))
    }

    #[inline(always)]
    fn find_to_write(&self, key: &Key<'_>) -> Option<Found<'_>> {
        if !key.term.is_immediate() {
            return None;
        }
        let found = self.find_directly(key.term.root(), key.hash)?;
        (found.header & LOCKED == 0).then_some(found)
    }
}

/// The word of the sum of a word that is a small integer and a number, if it is one, too.
#[inline(always)]
pub(super) fn add_words(word: u64, increment: i64) -> Option<u64> {
    if tag(word) != SMALL {
        return None;
    }
    small_word(small_value(word).checked_add(increment)?)
}

/// A bucket that is being written, until this is dropped.
struct Writing<'t> {
    header: &'t AtomicU64,
    before: u64,
}

impl<'t> Writing<'t> {
    /// Takes the bucket from the version in which the row was found; see `HashTable::try_hold`.
    #[inline(always)]
    fn begin(found: &Found<'t>) -> Option<Writing<'t>> {
        let header = found.line.header();
        let marked = header::marked_as_written(found.header);
        if mutant::is_on(Mutant::NoBucketLock) {
            header.store(marked, Ordering::Relaxed);
        } else {
            // Acquire: pairs with the Release of the last holder.
            header
                .compare_exchange(found.header, marked, Ordering::AcqRel, Ordering::Relaxed)
                .ok()?;
        }
        barrier_after_rmw();
        Some(Writing {
            header,
            before: found.header,
        })
    }
}

impl Drop for Writing<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        // Release: pairs with the Acquire in `locate`.
        self.header
            .store(header::next_version(self.before), Ordering::Release);
    }
}
