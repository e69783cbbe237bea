//! Bags: the objects of one key, oldest first.
//!
//! ```text
//!  BAG       [head] row1 row2 … rowN                       N up to BAG_ROWS_MAX
//!
//!  LONG_BAG  [head] first count index
//!                     |           |
//!                     v           v  (a heap object; only the bucket's holder looks at it)
//!              [next used r1 r2 … ]    Index: hash of an object -> row, and where it is listed
//!                 |
//!                 v
//!              [next used r31 0 … ]    0 = taken out
//! ```
//!
//! A bag's record is replaced as a whole while it is short. A long one is changed in place,
//! by a word or two, under `WRITING`; its index makes the search for an equal object, for
//! `delete_object` and for the duplicate check of `bag`, independent of the number of objects.
//! When more than half of a long list has been taken out, it is written anew.
//!
//! The recursion of records ends here: a row of a bag is a ROW or a SHARED record. In a cache the rows have tails, and the
//! last words of all other cells here are left free: see `Rows::tail_words`.

use super::find::{Place, Spot};
use super::hold::Held;
use super::{Duplicates, HashTable};
use crate::engine::lifetime::{Moment, RemovalCause};
use crate::engine::record::{self, BAG, LONG_BAG, RowBuffer, SHARED, SharedAddress, object_term};
use crate::engine::slot::Slot;
use crate::slab::{CellIndex, Slab};
use crate::sync::{AtomicU64, Ordering};
use hashbrown::HashTable as Table;

/// The most objects that a key has in a BAG record.
pub(super) const BAG_ROWS_MAX: usize = if cfg!(any(feature = "tight", heirloom_loom)) {
    2
} else {
    16
};

/// A long bag with no more objects than this becomes a BAG record again.
const LONG_ROWS_MIN: u64 = BAG_ROWS_MAX as u64 / 2;

/// Words of a list cell: link, number of entries in use, entries.
const LIST_CELL_WORDS: usize = if cfg!(any(feature = "tight", heirloom_loom)) {
    4
} else {
    64
};
const LIST_NEXT: usize = 0;
const LIST_USED: usize = 1;
const LIST_FIRST: usize = 2;
const LIST_ENTRIES: usize = LIST_CELL_WORDS - LIST_FIRST;

/// Words of a LONG_BAG record behind its head.
const LONG_LIST: usize = 1;
const LONG_COUNT: usize = 2;
const LONG_INDEX: usize = 3;

/// Where the objects of a long bag are listed.
struct Index {
    entries: Table<Entry>,
    last: CellIndex,
    /// Entries used in all list cells, taken out or not.
    listed: u64,
}

/// What a long bag's index is counted as; its entries are not.
const INDEX_BYTES: u64 = size_of::<Index>() as u64;

#[derive(Clone, Copy)]
struct Entry {
    hash: u64,
    row: CellIndex,
    list: CellIndex,
    position: usize,
}

/// A row that takes another one's place in a bag.
#[derive(Clone, Copy)]
pub(super) struct Exchange {
    pub(super) old: CellIndex,
    pub(super) new: CellIndex,
}

/// What became of a bag out of which objects were taken.
#[must_use = "its rows would not be freed"]
pub(super) struct Thinned {
    removed: Vec<CellIndex>,
    left: Left,
}

/// What is left of a bag.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    /// The same record, with fewer objects.
    Same,
    /// Another record.
    Other(Slot),
    Nothing,
}

impl Thinned {
    /// The rows that were taken out.
    pub(super) fn removed(&self) -> &[CellIndex] {
        &self.removed
    }
}

impl HashTable {
    /// The oldest row of a bag's record; `None` if the bucket changed meanwhile.
    pub(super) fn first_of_bag(
        &self,
        spot: &Spot<'_>,
        cell: &[AtomicU64],
        head: u64,
    ) -> Option<CellIndex> {
        self.first_such(spot, cell, head, |_| true)?
    }

    /// The same of those rows whose time is not over: `Some(None)` if there is none.
    pub(super) fn first_living_of_bag(
        &self,
        spot: &Spot<'_>,
        cell: &[AtomicU64],
        head: u64,
    ) -> Option<Option<CellIndex>> {
        self.first_such(spot, cell, head, |row| !self.row_is_over(row, spot.moment))
    }

    #[inline(always)]
    fn first_such(
        &self,
        spot: &Spot<'_>,
        cell: &[AtomicU64],
        head: u64,
        is_such: impl Fn(CellIndex) -> bool,
    ) -> Option<Option<CellIndex>> {
        if record::form_of(head) == BAG {
            let rows = cell.get(1..record::words_of(head))?.iter();
            let mut rows = rows.map(|row| row.load(Ordering::Relaxed));
            let first = rows.find(|&row| is_such(row));
            return spot.is_unchanged().then_some(first);
        }
        let mut list = cell.get(LONG_LIST)?.load(Ordering::Relaxed);
        while list != 0 {
            let (next, rows) = read_list_cell(&self.rows.slab, list)?;
            let first = rows.into_iter().find(|&row| row != 0 && is_such(row));
            // Before row or link are believed: a changing list could lead in a circle.
            if !spot.is_unchanged() {
                return None;
            }
            if first.is_some() {
                return Some(first);
            }
            list = next;
        }
        Some(None)
    }

    /// Whether the time of a bag's row is over. To be believed when it was in the bag all the time.
    pub(super) fn row_is_over(&self, row: CellIndex, moment: Moment) -> bool {
        self.rows.is_over(Slot::record(row, 0), moment)
    }

    /// Each object of a place, in a bucket that is held, as a slot of its own.
    pub(super) fn each_object(
        &self,
        held: &Held<'_>,
        place: &Place<'_>,
        mut visit: impl FnMut(Slot),
    ) {
        if self.duplicates == Duplicates::Replace || place.slot.as_record().is_none() {
            return visit(place.slot);
        }
        let rows = self.rows_of_record(held, place.slot).into_iter();
        rows.for_each(|row| visit(Slot::record(row, 0)));
    }

    /// The rows of a bag's record, oldest first; `None` if the bucket changed meanwhile.
    pub(super) fn rows_of_bag(
        &self,
        spot: &Spot<'_>,
        cell: &[AtomicU64],
        head: u64,
    ) -> Option<Vec<CellIndex>> {
        let mut rows = Vec::new();
        if record::form_of(head) == BAG {
            let count = record::words_of(head).checked_sub(1)?;
            let entries = cell.get(1..1 + count)?;
            rows.extend(entries.iter().map(|row| row.load(Ordering::Relaxed)));
            return spot.is_unchanged().then_some(rows);
        }
        let mut list = cell.get(LONG_LIST)?.load(Ordering::Relaxed);
        while list != 0 {
            let (next, entries) = read_list_cell(&self.rows.slab, list)?;
            // Before the next cell is believed: a changing list could lead in a circle.
            if !spot.is_unchanged() {
                return None;
            }
            rows.extend(entries.into_iter().filter(|&row| row != 0));
            list = next;
        }
        Some(rows)
    }

    /// The rows of a record of any form but PENDING, in a held bucket.
    pub(super) fn rows_of_record(&self, held: &Held<'_>, slot: Slot) -> Vec<CellIndex> {
        let Some(index) = slot.as_record() else {
            return Vec::new();
        };
        let Some(cell) = self.rows.slab.cell(index) else {
            return Vec::new();
        };
        let head = cell[0].load(Ordering::Relaxed);
        match record::form_of(head) {
            BAG | LONG_BAG => self
                .rows_of_bag(held.spot(), cell, head)
                .unwrap_or_default(),
            _ => vec![index],
        }
    }

    /// Whether a row, in a held bucket, is exactly this object.
    pub(super) fn row_is(&self, row: CellIndex, object: &[u64], buffer: &mut RowBuffer) -> bool {
        let Some(cell) = self.rows.slab.cell(row) else {
            return false;
        };
        let head = cell[0].load(Ordering::Relaxed);
        if record::form_of(head) != SHARED {
            return buffer.copy_row(cell, head)
                && object_term(buffer.row()).exact_eq(object_term(object));
        }
        SharedAddress::read(cell).is_some_and(|address| {
            // SAFETY: the bucket is held by the caller, so the record keeps its reference.
            let block = unsafe { address.share() };
            object_term(&block).exact_eq(object_term(object))
        })
    }

    /// The row of a bag that is held that is this object.
    pub(super) fn row_in_bag(
        &self,
        held: &Held<'_>,
        slot: Slot,
        object: &[u64],
    ) -> Option<CellIndex> {
        let mut buffer = RowBuffer::new();
        let mut is_it = |row| self.row_is(row, object, &mut buffer);
        if let Some(cell) = self.long_bag(slot) {
            let hash = self.hash_of_object(object);
            let found = with_index(cell, |index| index.find(hash, is_it));
            return found.map(|entry| entry.row);
        }
        let mut rows = self.rows_of_record(held, slot).into_iter();
        rows.find(|&row| is_it(row))
    }

    /// Whether a slot that is held has a record of several rows, and not that of one.
    pub(super) fn is_bag(&self, slot: Slot) -> bool {
        let cell = slot.as_record().and_then(|cell| self.rows.slab.cell(cell));
        let head = cell.map(|cell| cell[0].load(Ordering::Relaxed));
        matches!(head.map(record::form_of), Some(BAG | LONG_BAG))
    }

    /// The cell of a record if it is a LONG_BAG.
    pub(super) fn long_bag(&self, slot: Slot) -> Option<&[AtomicU64]> {
        let cell = self.rows.slab.cell(slot.as_record()?)?;
        let head = cell[0].load(Ordering::Relaxed);
        (record::form_of(head) == LONG_BAG).then_some(cell)
    }

    fn hash_of_object(&self, object: &[u64]) -> u64 {
        object_term(object).hash_exact(self.seed)
    }

    /// The hash of a row as a whole. Nobody may free the row meanwhile: its bucket is held, or it is not published yet, or the
    /// caller has it in hand to take it out.
    fn hash_of_row(&self, row: CellIndex, buffer: &mut RowBuffer) -> u64 {
        let Some(cell) = self.rows.slab.cell(row) else {
            return 0;
        };
        let head = cell[0].load(Ordering::Relaxed);
        if record::form_of(head) == SHARED {
            // SAFETY: nobody frees the row, which is the caller's duty above; so the record keeps its reference.
            let block = SharedAddress::read(cell).map(|address| unsafe { address.share() });
            return block.map_or(0, |block| self.hash_of_object(&block));
        }
        if buffer.copy_row(cell, head) {
            self.hash_of_object(buffer.row())
        } else {
            0
        }
    }

    /// A record for these rows, of the form that suits their number. Complexity: O(rows).
    pub(super) fn record_of_rows(&self, rows: &[CellIndex], hash: u64) -> Slot {
        let cell = match rows {
            [only] => *only,
            few if few.len() <= BAG_ROWS_MAX => self.write_bag(BAG, few),
            many => self.long_record(many),
        };
        Slot::record(cell, hash)
    }

    fn write_bag(&self, form: u64, words: &[u64]) -> CellIndex {
        record::write_record(&self.rows.slab, form, words, self.rows.tail_words())
    }

    fn long_record(&self, rows: &[CellIndex]) -> CellIndex {
        let first = self.new_list_cell();
        let index = Box::new(Index {
            entries: Table::with_capacity(rows.len()),
            last: first,
            listed: 0,
        });
        self.rows.add_outside(INDEX_BYTES);
        let address = Box::into_raw(index).expose_provenance() as u64;
        let record = self.write_bag(LONG_BAG, &[first, 0, address]);
        if let Some(cell) = self.rows.slab.cell(record) {
            for &row in rows {
                self.append(cell, row);
            }
        }
        record
    }

    /// Adds a row to a LONG_BAG record that is ours alone or being written. Complexity: O(1),
    /// amortised over the growth of its index.
    pub(super) fn append(&self, cell: &[AtomicU64], row: CellIndex) {
        let mut buffer = RowBuffer::new();
        let hash = self.hash_of_row(row, &mut buffer);
        with_index(cell, |index| {
            let position = (index.listed % LIST_ENTRIES as u64) as usize;
            if index.listed > 0 && position == 0 {
                let fresh = self.new_list_cell();
                store(&self.rows.slab, index.last, LIST_NEXT, fresh);
                index.last = fresh;
            }
            store(&self.rows.slab, index.last, LIST_FIRST + position, row);
            store(&self.rows.slab, index.last, LIST_USED, position as u64 + 1);
            index.listed += 1;
            let entry = Entry {
                hash,
                row,
                list: index.last,
                position,
            };
            index.entries.insert_unique(hash, entry, |entry| entry.hash);
        });
        let count = cell[LONG_COUNT].load(Ordering::Relaxed);
        cell[LONG_COUNT].store(count + 1, Ordering::Relaxed);
    }

    fn new_list_cell(&self) -> CellIndex {
        let list = self
            .rows
            .slab
            .allocate(LIST_CELL_WORDS + self.rows.tail_words());
        store(&self.rows.slab, list, LIST_NEXT, 0);
        store(&self.rows.slab, list, LIST_USED, 0);
        list
    }

    /// Puts rows into the places of others, which are objects of the same hashes, in a LONG_BAG record that is being written.
    pub(super) fn exchange_rows(&self, cell: &[AtomicU64], exchanged: &[Exchange]) {
        let mut buffer = RowBuffer::new();
        for &Exchange { old, new } in exchanged {
            let hash = self.hash_of_row(old, &mut buffer);
            with_index(cell, |index| {
                let same = |entry: &Entry| entry.row == old;
                if let Some(entry) = index.entries.find_mut(hash, same) {
                    entry.row = new;
                    store(
                        &self.rows.slab,
                        entry.list,
                        LIST_FIRST + entry.position,
                        new,
                    );
                }
            });
        }
    }

    /// Takes rows out of a LONG_BAG record that is being written.
    pub(super) fn drop_rows(&self, cell: &[AtomicU64], rows: &[CellIndex]) {
        for &row in rows {
            let hash = self.hash_of_row(row, &mut RowBuffer::new());
            let dropped = self.thin_long(cell, hash, 1, |other| other == row);
            debug_assert_eq!(dropped, [row]);
        }
    }

    /// Takes all copies of an object out of a bag whose bucket is being written. Nothing is changed, and `None` returned, if
    /// there is none.
    pub(super) fn thin_object(
        &self,
        held: &Held<'_>,
        place: &Place<'_>,
        object: &[u64],
    ) -> Option<Thinned> {
        let mut buffer = RowBuffer::new();
        let hash = || self.hash_of_object(object);
        self.thin(held, place, hash, usize::MAX, |row| {
            self.row_is(row, object, &mut buffer)
        })
    }

    /// The same of this very row.
    pub(super) fn thin_row(
        &self,
        held: &Held<'_>,
        place: &Place<'_>,
        row: CellIndex,
    ) -> Option<Thinned> {
        let hash = || self.hash_of_row(row, &mut RowBuffer::new());
        self.thin(held, place, hash, 1, |other| other == row)
    }

    /// Takes those rows out that are meant, `most` at most, all of which are objects of the same hash.
    fn thin(
        &self,
        held: &Held<'_>,
        place: &Place<'_>,
        hash: impl FnOnce() -> u64,
        most: usize,
        mut is_meant: impl FnMut(CellIndex) -> bool,
    ) -> Option<Thinned> {
        let key_hash = self.hash_of_slot(place.slot);
        if let Some(cell) = self.long_bag(place.slot) {
            let removed = self.thin_long(cell, hash(), most, is_meant);
            let is_any = !removed.is_empty();
            return is_any.then(|| self.settle_long(held, place.slot, cell, key_hash, removed));
        }
        let rows = self.rows_of_record(held, place.slot);
        let (removed, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|&row| is_meant(row));
        let left = match (removed.is_empty(), rows.is_empty()) {
            (true, _) => return None,
            (false, true) => Left::Nothing,
            (false, false) => Left::Other(self.record_of_rows(&rows, key_hash)),
        };
        Some(Thinned { removed, left })
    }

    /// Returns the rows that it has taken out.
    fn thin_long(
        &self,
        cell: &[AtomicU64],
        hash: u64,
        most: usize,
        mut is_meant: impl FnMut(CellIndex) -> bool,
    ) -> Vec<CellIndex> {
        let mut removed = Vec::new();
        with_index(cell, |index| {
            while removed.len() < most
                && let Some(entry) = index.take(hash, &mut is_meant)
            {
                store(&self.rows.slab, entry.list, LIST_FIRST + entry.position, 0);
                self.drop_empty_front(cell, index);
                let count = cell[LONG_COUNT].load(Ordering::Relaxed);
                cell[LONG_COUNT].store(count - 1, Ordering::Relaxed);
                removed.push(entry.row);
            }
        });
        removed
    }

    /// Frees the first list cell of a long bag if all its entries are taken out: a bag used as a
    /// queue is emptied from that side, and its oldest object must be found at once.
    fn drop_empty_front(&self, cell: &[AtomicU64], index: &mut Index) {
        let first = cell[LONG_LIST].load(Ordering::Relaxed);
        let Some((next, entries)) = read_list_cell(&self.rows.slab, first) else {
            return;
        };
        if next != 0 && entries.iter().all(|&row| row == 0) {
            cell[LONG_LIST].store(next, Ordering::Relaxed);
            index.listed -= LIST_ENTRIES as u64;
            self.rows.slab.free(first);
        }
    }

    /// After objects were taken out of a long bag: whether it stays as it is.
    fn settle_long(
        &self,
        held: &Held<'_>,
        slot: Slot,
        cell: &[AtomicU64],
        key_hash: u64,
        removed: Vec<CellIndex>,
    ) -> Thinned {
        let count = cell[LONG_COUNT].load(Ordering::Relaxed);
        let listed = with_index(cell, |index| index.listed);
        let left = if count == 0 {
            Left::Nothing
        } else if count > LONG_ROWS_MIN && count * 2 > listed {
            Left::Same
        } else {
            let rows = self.rows_of_record(held, slot);
            Left::Other(self.record_of_rows(&rows, key_hash))
        };
        Thinned { removed, left }
    }

    /// Ends what `thin` has begun: puts what is left in the bag's place, lets go of the bucket, and frees what was taken out.
    pub(super) fn finish_thinning<'t>(
        &'t self,
        mut held: Held<'t>,
        place: &Place<'t>,
        thinned: Thinned,
        cause: RemovalCause,
        moment: Moment,
    ) {
        let generation = held.generation_like(self.generation());
        match thinned.left {
            Left::Same => {}
            Left::Other(slot) => place.line.set_slot(place.index, slot),
            Left::Nothing => self.take_out(&mut held, place),
        }
        drop(held);
        if thinned.left != Left::Same {
            self.free_bag_record(place.slot);
        }
        for &row in &thinned.removed {
            self.discard_record(row, cause, moment);
        }
        let keys = if thinned.left == Left::Nothing { -1 } else { 0 };
        self.count(generation, -(thinned.removed.len() as i64), keys, false);
    }

    /// Frees a slot's record if it is that of a bag, but not its rows. It is unpublished.
    pub(super) fn free_bag_record(&self, slot: Slot) {
        let Some(record) = slot.as_record().filter(|_| self.is_bag(slot)) else {
            return;
        };
        if let Some(cell) = self.long_bag(slot) {
            let mut list = cell[LONG_LIST].load(Ordering::Relaxed);
            while list != 0 {
                let next = load(&self.rows.slab, list, LIST_NEXT);
                self.rows.slab.free(list);
                list = next;
            }
            self.rows.subtract_outside(INDEX_BYTES);
            let address = cell[LONG_INDEX].load(Ordering::Relaxed);
            let index = std::ptr::with_exposed_provenance_mut::<Index>(address as usize);
            // SAFETY: made by `Box::into_raw` in `long_record`; the record is unpublished and
            // freed once, by the caller, and only holders of its bucket ever looked at it.
            drop(unsafe { Box::from_raw(index) });
        }
        self.rows.slab.free(record);
    }
}

impl Index {
    /// An entry with this hash whose row passes the test.
    fn find(&self, hash: u64, mut is_it: impl FnMut(CellIndex) -> bool) -> Option<Entry> {
        let same = |entry: &Entry| entry.hash == hash && is_it(entry.row);
        self.entries.find(hash, same).copied()
    }

    /// The same, which is no entry any more.
    fn take(&mut self, hash: u64, mut is_it: impl FnMut(CellIndex) -> bool) -> Option<Entry> {
        let same = |entry: &Entry| entry.hash == hash && is_it(entry.row);
        let entry = self.entries.find_entry(hash, same).ok()?;
        Some(entry.remove().0)
    }
}

/// Works with the index of a LONG_BAG record whose bucket the caller holds (or which is not
/// published yet).
fn with_index<R>(cell: &[AtomicU64], work: impl FnOnce(&mut Index) -> R) -> R {
    let address = cell[LONG_INDEX].load(Ordering::Relaxed);
    let index = std::ptr::with_exposed_provenance_mut::<Index>(address as usize);
    // SAFETY: the address is that of the box made in `long_record`, which lives as long as the
    // record; holders of the bucket are one at a time, each ordered after the one before.
    work(unsafe { &mut *index })
}

/// The link and the entries of a list cell; `None` if it can be none.
fn read_list_cell(slab: &Slab, list: CellIndex) -> Option<(CellIndex, Vec<CellIndex>)> {
    let cell = slab.cell(list)?;
    let used = cell.get(LIST_USED)?.load(Ordering::Relaxed) as usize;
    let entries = cell.get(LIST_FIRST..)?.get(..used)?;
    let rows = entries.iter().map(|row| row.load(Ordering::Relaxed));
    Some((cell[LIST_NEXT].load(Ordering::Relaxed), rows.collect()))
}

fn load(slab: &Slab, cell: CellIndex, word: usize) -> u64 {
    slab.cell(cell)
        .map_or(0, |cell| cell[word].load(Ordering::Relaxed))
}

fn store(slab: &Slab, cell: CellIndex, word: usize, value: u64) {
    if let Some(cell) = slab.cell(cell) {
        cell[word].store(value, Ordering::Relaxed);
    }
}
