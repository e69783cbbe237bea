//! Holding a bucket: the lock, the writing phase, and what follows from letting go.

use super::HashTable;
use super::array::Array;
use super::find::{Place, Spot};
use super::header::{self, FORWARDED, LOCKED, OVERFLOW};
use super::line::{Content, LINE_WORDS, LINK_SLOT, Line};
use crate::engine::lifetime::{Moment, RemovalCause};
use crate::engine::slot::Slot;
use crate::mutant::{self, Mutant};
use crate::slab::CellIndex;
use crate::sync::{Backoff, Ordering, barrier_after_rmw};

/// A bucket that nobody else can change until this is dropped. Readers go on until
/// `begin_writing`.
pub(super) struct Held<'t> {
    spot: Spot<'t>,
    /// The header to leave behind, but for its version: changed with the overflow flag and
    /// the generation.
    header: u64,
    writing: bool,
}

impl<'t> Held<'t> {
    pub(super) fn spot(&self) -> &Spot<'t> {
        &self.spot
    }

    /// From here on readers wait, and what is stored appears to them all at once.
    pub(super) fn begin_writing(&mut self) {
        if !self.writing {
            self.writing = true;
            // A read-modify-write, not a store: the writer's later reads of other buckets
            // must not be done before others can see this one as being written.
            let header = self.spot.line.header();
            let marked = header::marked_as_written(self.header);
            header.swap(marked, Ordering::AcqRel);
            barrier_after_rmw();
        }
    }

    /// Lets go early of readers that wait, and keeps the lock: the change so far is visible.
    pub(super) fn end_writing(&mut self) {
        debug_assert!(self.writing);
        self.writing = false;
        self.header = header::next_version(self.header);
        self.spot.header = self.header;
        // Release: pairs with the Acquire in `locate`.
        let header = self.spot.line.header();
        header.store(self.header | LOCKED, Ordering::Release);
    }

    pub(super) fn set_generation(&mut self, generation: u64) {
        self.header = header::with_generation(self.header, generation);
        self.spot.header = self.header;
    }

    /// The number of the generation that the bucket is of, given one that is it or a later
    /// one.
    pub(super) fn generation_like(&self, later: u64) -> u64 {
        header::generation_before(self.header, later)
    }

    fn set_overflow(&mut self, overflow: bool) {
        self.header = (self.header & !OVERFLOW) | if overflow { OVERFLOW } else { 0 };
        self.spot.header = self.header;
    }

    /// A bucket that is not in use yet, to be filled by the caller alone.
    pub(super) fn unpublished(array: &'t Array, bucket: u64, header: u64) -> Held<'t> {
        let line = array.line(bucket);
        line.clear();
        let spot = Spot {
            array,
            bucket,
            line,
            header,
            held: true,
            moment: Moment::NONE,
        };
        Held {
            spot,
            header,
            writing: false,
        }
    }

    /// Brings an unpublished bucket into use, and keeps it locked.
    pub(super) fn publish(&self) {
        // Release: pairs with the Acquire in `locate`.
        let header = self.spot.line.header();
        header.store(self.header | LOCKED, Ordering::Release);
    }

    /// Lets go of the bucket for good: its content is in the next array.
    pub(super) fn forward(self) {
        let header = header::next_version(self.header) | FORWARDED;
        let left = std::mem::ManuallyDrop::new(self);
        let header = if mutant::is_on(Mutant::NoForwarding) {
            header & !FORWARDED
        } else {
            header
        };
        // Release: who sees the mark finds the new buckets filled.
        left.spot.line.header().store(header, Ordering::Release);
    }
}

impl Drop for Held<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        let header = if self.writing {
            header::next_version(self.header)
        } else {
            self.header
        };
        // Release: pairs with the Acquire in `locate`.
        self.spot.line.header().store(header, Ordering::Release);
    }
}

impl HashTable {
    /// Takes a bucket for writing, if it still is as it was found.
    #[inline(always)]
    pub(super) fn try_hold<'t>(&self, spot: &Spot<'t>) -> Option<Held<'t>> {
        debug_assert!(!spot.held);
        let header = spot.line.header();
        let marked = header::marked_as_written(spot.header);
        if mutant::is_on(Mutant::NoBucketLock) {
            header.store(marked, Ordering::Relaxed);
        } else {
            // Acquire: pairs with the Release of the last holder.
            header
                .compare_exchange(spot.header, marked, Ordering::AcqRel, Ordering::Relaxed)
                .ok()?;
        }
        barrier_after_rmw();
        Some(Held {
            spot: Spot {
                held: true,
                ..*spot
            },
            header: spot.header,
            writing: true,
        })
    }

    /// Takes the bucket of a hash as soon as it is free. What it holds of a generation that
    /// was deleted is taken out.
    pub(super) fn hold(&self, hash: u64) -> Held<'_> {
        let mut backoff = Backoff::default();
        loop {
            let spot = self.locate(hash);
            if !spot.is_locked()
                && let Some(held) = self.hold_quietly(&spot)
            {
                return self.renewed(held, self.generation());
            }
            backoff.wait();
        }
    }

    /// Takes a bucket, if it still is as it was found; readers do not notice.
    pub(super) fn hold_quietly<'t>(&self, spot: &Spot<'t>) -> Option<Held<'t>> {
        let header = spot.line.header();
        header
            .compare_exchange(
                spot.header,
                spot.header | LOCKED,
                Ordering::AcqRel,
                Ordering::Relaxed,
            )
            .ok()?;
        barrier_after_rmw();
        Some(Held {
            spot: Spot {
                held: true,
                ..*spot
            },
            header: spot.header,
            writing: false,
        })
    }

    /// Empties a held bucket if it is of an earlier generation than this one, which is the present
    /// one or was so after the bucket was held.
    pub(super) fn renewed<'t>(&'t self, mut held: Held<'t>, generation: u64) -> Held<'t> {
        if header::is_of_generation(held.header, generation) {
            return held;
        }
        held.begin_writing();
        for slot in self.take_all(&mut held) {
            // Nobody finds it any more: the bucket is being written, and what comes
            // after is another version.
            self.discard(slot, RemovalCause::Deleted, Moment::NONE);
        }
        held.set_generation(generation);
        held.end_writing();
        held
    }

    /// Takes everything out of a bucket that is being written, and frees its other lines.
    pub(super) fn take_all<'t>(&'t self, held: &mut Held<'t>) -> Vec<Slot> {
        let slots = self.contents_of(held.spot());
        let slots = slots.map(|content| content.slot).collect();
        for cell in self.lines_of(held) {
            self.rows.slab.free(cell);
        }
        held.spot.line.clear();
        held.set_overflow(false);
        slots
    }

    /// The lines of a bucket, the first one first.
    pub(super) fn lines<'t>(&'t self, spot: &Spot<'t>) -> impl Iterator<Item = Line<'t>> {
        let spot = *spot;
        std::iter::successors(Some(spot.line), move |&line| self.line_after(&spot, line))
    }

    /// What the occupied slots of a bucket hold.
    pub(super) fn contents_of<'t>(&'t self, spot: &Spot<'t>) -> impl Iterator<Item = Content> {
        self.lines(spot).flat_map(|line| {
            let mut occupied = line.occupied();
            std::iter::from_fn(move || {
                let index = occupied.pop()?;
                Some(line.content(index))
            })
        })
    }

    /// The cells of a held bucket's lines, but for the first line, which is in the array.
    pub(super) fn lines_of(&self, held: &Held<'_>) -> Vec<CellIndex> {
        let count = self.lines(held.spot()).count() - 1;
        self.lines(held.spot())
            .take(count)
            .filter_map(Line::link)
            .collect()
    }

    /// Puts something new into a bucket that is being written. True if the bucket had
    /// no room and got another line.
    pub(super) fn put_in<'t>(&'t self, held: &mut Held<'t>, content: Content) -> bool {
        let mut last = held.spot.line;
        loop {
            let next = self.line_after(&held.spot, last);
            if let Some(index) = last.vacant(next.is_some()) {
                last.put_content(index, content);
                return false;
            }
            match next {
                Some(next) => last = next,
                None => break,
            }
        }
        self.add_line(held, last, content);
        true
    }

    /// Hangs a new line on the full line `last`; what is in its last slot moves there, too.
    fn add_line<'t>(&'t self, held: &mut Held<'t>, last: Line<'t>, content: Content) {
        let cell = self.rows.slab.allocate(LINE_WORDS);
        let Some(added) = self.rows.slab.cell(cell).and_then(Line::in_cell) else {
            unreachable!("a cell of LINE_WORDS words has room for a line");
        };
        added.clear();
        added.set_has_next(false);
        added.put_content(0, last.content(LINK_SLOT));
        added.put_content(1, content);
        last.put(LINK_SLOT, Slot::record(cell, 0), 0);
        self.mark_next(held, last, true);
    }

    fn mark_next<'t>(&self, held: &mut Held<'t>, line: Line<'t>, has_next: bool) {
        if std::ptr::eq(line.header(), held.spot.line.header()) {
            held.set_overflow(has_next);
        } else {
            line.set_has_next(has_next);
        }
    }

    /// Empties one slot of a bucket that is being written. A slot of its last line fills the
    /// gap, and a last line that is empty then goes. Not before: a bucket that loses and gains one in turn would
    /// give a line back each time.
    pub(super) fn take_out<'t>(&'t self, held: &mut Held<'t>, place: &Place<'t>) {
        let mut before_last = None;
        let mut last = held.spot.line;
        while let Some(next) = self.line_after(&held.spot, last) {
            before_last = Some(last);
            last = next;
        }
        place.line.take_out(place.index);
        let Some(before_last) = before_last else {
            return;
        };
        if !std::ptr::eq(place.line.header(), last.header())
            && let Some(index) = last.occupied().pop()
        {
            place.line.put_content(place.index, last.content(index));
            last.take_out(index);
        }
        if last.occupied().pop().is_none() {
            self.take_off_last(held, before_last);
        }
    }

    fn take_off_last<'t>(&'t self, held: &mut Held<'t>, before_last: Line<'t>) {
        let link = before_last.link();
        before_last.take_out(LINK_SLOT);
        self.mark_next(held, before_last, false);
        if let Some(cell) = link {
            self.rows.slab.free(cell);
        }
    }
}
