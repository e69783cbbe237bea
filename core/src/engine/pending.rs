//! Lists under way: how many objects become visible with one store.
//!
//! Each object of a list is first published as a PENDING record, which names what was there, what is to
//! be there, and a *stamp* that all of them share:
//!
//! ```text
//! slot --> PENDING [ stamp | new | old ]         stamp: UNDECIDED, DECIDING, COMMITTED
//!                      |      |     `--> the slot before, or none
//!                      |      `--> the slot after
//!                      `--> one word, shared by all pending records of the list; and which of the slots are bare
//! ```
//!
//! A reader that meets one loads the stamp and takes the one or the other; it waits only while
//! the list asks the table's gate a last time. One store to the stamp makes the whole list
//! visible. (Stamps resolve writes of many words in RDCSS and in Jiffy in the same way.)

use super::record::{self, PENDING};
use super::slot::Slot;
use super::{Admission, GateChanged};
use crate::mutant::{self, Mutant};
use crate::slab::{CellIndex, Slab};
use crate::sync::{AtomicU64, Ordering, barrier_after_rmw};

/// Words of a PENDING record behind its head.
const PENDING_STAMP: usize = 1;
const PENDING_NEW: usize = 2;
const PENDING_OLD: usize = 4;

/// Bits of a record's first word: which of its slots are bare. Above them is the stamp's cell.
const NEW_IS_BARE: u64 = 1;
const OLD_IS_BARE: u64 = 2;
const BARE_BITS: u32 = 2;

/// A stamp's word: the old records count.
const UNDECIDED: u64 = 0;
/// A stamp's word: the new records count.
const COMMITTED: u64 = 1;
/// A stamp's word: one or the other will be said in a moment.
const DECIDING: u64 = 2;

/// Words of the cell that a stamp is in.
const STAMP_WORDS: usize = 1;

/// The stamp of a list. Its cell is free again when this is dropped: by then no record names it.
pub(super) struct Stamp<'t> {
    slab: &'t Slab,
    cell: CellIndex,
}

impl<'t> Stamp<'t> {
    pub(super) fn new(slab: &'t Slab) -> Stamp<'t> {
        let cell = slab.allocate(STAMP_WORDS);
        let stamp = Stamp { slab, cell };
        if let Some(word) = stamp.word() {
            word.store(UNDECIDED, Ordering::Relaxed);
        }
        stamp
    }

    fn word(&self) -> Option<&'t AtomicU64> {
        self.slab.cell(self.cell)?.first()
    }

    /// A record that stands for `new` or `old` as this stamp will say.
    pub(super) fn pending(&self, new: Slot, old: Option<Slot>) -> CellIndex {
        let slots = [new, old.unwrap_or(Slot::NONE)];
        let bits = slots.map(|slot| u64::from(slot.is_bare()));
        let [new_bit, old_bit] = [bits[0] * NEW_IS_BARE, bits[1] * OLD_IS_BARE];
        let stamp = self.cell << BARE_BITS | new_bit | old_bit;
        let [new, old] = slots.map(Slot::words);
        let words = [stamp, new[0], new[1], old[0], old[1]];
        record::write_record(self.slab, PENDING, &words, 0)
    }

    /// The moment at which a list is inserted, or comes to nothing because the table's gate has
    /// changed. While the gate is asked readers wait, as they do for a bucket being written.
    pub(super) fn decide(&self, admission: &Admission<'_>) -> Result<(), GateChanged> {
        let Some(word) = self.word() else {
            return Err(GateChanged);
        };
        // A read-modify-write and the barrier: the gate, and later reads of the caller, come
        // after this, which readers see.
        word.swap(DECIDING, Ordering::AcqRel);
        barrier_after_rmw();
        let decided = admission.holds();
        let outcome = if decided.is_ok() {
            COMMITTED
        } else {
            UNDECIDED
        };
        // Release: pairs with the Acquire in `decided_slot`.
        word.store(outcome, Ordering::Release);
        decided
    }
}

impl Drop for Stamp<'_> {
    fn drop(&mut self) {
        self.slab.free(self.cell);
    }
}

/// The slot that counts in a PENDING record now, perhaps [`Slot::NONE`]. To be believed when the
/// bucket or page has not changed.
pub(super) fn decided_slot(slab: &Slab, cell: &[AtomicU64]) -> Option<Slot> {
    let named = cell.get(PENDING_STAMP)?.load(Ordering::Relaxed);
    let stamp = slab.cell(named >> BARE_BITS)?;
    // Acquire: pairs with the Release in `decide`.
    let status = stamp[0].load(Ordering::Acquire);
    if status == DECIDING {
        return None;
    }
    let committed = status == COMMITTED || mutant::is_on(Mutant::NoCommitStamp);
    if committed {
        slot_at(cell, PENDING_NEW, named & NEW_IS_BARE != 0)
    } else {
        slot_at(cell, PENDING_OLD, named & OLD_IS_BARE != 0)
    }
}

/// One of the two slots of a PENDING record: both are of the same key.
pub(super) fn either_slot(cell: &[AtomicU64]) -> Option<Slot> {
    let named = cell.get(PENDING_STAMP)?.load(Ordering::Relaxed);
    slot_at(cell, PENDING_NEW, named & NEW_IS_BARE != 0)
}

fn slot_at(cell: &[AtomicU64], word: usize, is_bare: bool) -> Option<Slot> {
    let words = cell.get(word..)?.first_chunk::<2>()?;
    let words = words.each_ref().map(|word| word.load(Ordering::Relaxed));
    Some(Slot::of(words, is_bare))
}
