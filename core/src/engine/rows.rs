//! Where objects lie that are no pairs: small ones in cells, large ones in blocks of their own.

use super::reclaim;
use super::record::{self, ROW, SHARED, SharedAddress};
use super::slot::Slot;
use crate::slab::{CELL_WORDS_MAX, CellIndex, Slab, WORD_BYTES};
use crate::sync::{AtomicU64, Ordering};

/// The memory of one table's objects.
pub(super) struct Rows {
    pub(super) slab: Slab,
    /// Bytes outside of the slab: of large objects, and of what else an engine adds.
    outside_bytes: AtomicU64,
}

impl Rows {
    pub(super) fn new() -> Rows {
        Rows {
            slab: Slab::new(),
            outside_bytes: AtomicU64::new(0),
        }
    }

    /// Bytes of the cells and of all that lies outside.
    pub(super) fn bytes(&self) -> usize {
        self.slab.held_bytes() + self.outside_bytes() as usize
    }

    /// Bytes that do not go with the slab when it is dropped.
    pub(super) fn outside_bytes(&self) -> u64 {
        self.outside_bytes.load(Ordering::Relaxed)
    }

    pub(super) fn add_outside(&self, bytes: u64) {
        self.outside_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn subtract_outside(&self, bytes: u64) {
        self.outside_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Writes an object into a new record.
    pub(super) fn store(&self, object: &[u64]) -> CellIndex {
        if object.len() > CELL_WORDS_MAX {
            self.add_outside((object.len() * WORD_BYTES) as u64);
        }
        record::store_row(&self.slab, object)
    }

    /// The cell of a record, if it is a row that an object fits into exactly.
    #[inline(always)]
    pub(super) fn cell_to_overwrite(
        &self,
        record: CellIndex,
        object: &[u64],
    ) -> Option<&[AtomicU64]> {
        let cell = self.slab.cell(record)?;
        let head = cell[0].load(Ordering::Relaxed);
        let fits = record::form_of(head) == ROW
            && object.len() <= CELL_WORDS_MAX
            && Slab::fits_exactly(cell, object.len());
        fits.then_some(cell)
    }

    /// Frees the record of one object. The caller has unpublished it.
    pub(super) fn discard(&self, record: CellIndex) {
        let Some(cell) = self.slab.cell(record) else {
            return;
        };
        let is_shared = record::form_of(cell[0].load(Ordering::Relaxed)) == SHARED;
        if let Some(address) = SharedAddress::read(cell).filter(|_| is_shared) {
            self.subtract_outside(address.bytes());
            // SAFETY: the record is unpublished by the caller and freed once.
            unsafe { reclaim::retire(address) };
        }
        self.slab.free(record);
    }
}

/// What is to go into a slot but is not published yet; it is freed unless it is taken.
pub(super) struct Fresh<'t> {
    rows: &'t Rows,
    slot: Option<Slot>,
}

impl<'t> Fresh<'t> {
    pub(super) fn none(rows: &'t Rows) -> Fresh<'t> {
        Fresh { rows, slot: None }
    }

    /// Makes the slot, unless an earlier round did.
    pub(super) fn prepare(&mut self, make: impl FnOnce() -> Slot) {
        if self.slot.is_none() {
            self.slot = Some(make());
        }
    }

    /// The slot, to be published; `prepare` came before.
    pub(super) fn take(&mut self) -> Slot {
        self.slot.take().unwrap_or(Slot::NONE)
    }

    /// Frees what a round that was lost had made.
    pub(super) fn discard(&mut self) {
        if let Some(record) = self.slot.take().and_then(Slot::as_record) {
            self.rows.discard(record);
        }
    }
}

impl Drop for Fresh<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.slot.is_some() {
            self.discard();
        }
    }
}
