//! Reading: copies out of the table, checked afterwards.

use super::find::{Place, Search, Spot};
use super::line;
use super::{HashTable, Key};
use crate::engine::lifetime::{self, Moment};
use crate::engine::objects::Objects;
use crate::engine::pending;
use crate::engine::reclaim::{Pin, pin};
use crate::engine::record::{
    self, BAG, LONG_BAG, PENDING, ROW, RowBuffer, SHARED, SharedAddress, object_of_pair,
};
use crate::engine::slot::Slot;
use crate::slab::CellIndex;
use crate::sync::{Arc, AtomicU64, Ordering};

/// How often a reader tries before it takes the bucket's lock, which bounds its wait
/// whatever the writers do.
pub(super) const TRIES: u32 = if cfg!(heirloom_loom) { 2 } else { 64 };

/// One attempt's end.
enum Attempt {
    /// Whether there is an object; it is in the buffer.
    Done(bool),
    Again,
    NeedsPin,
}

/// Objects, and the records that they were copied from, if that is of interest.
struct Copies<'t> {
    objects: &'t mut Objects,
    records: Option<Vec<CellIndex>>,
}

impl HashTable {
    /// Copies the object of a key (of a bag: the oldest) into `buffer`, if there is one. Wait-free in practice: it stores nothing and
    /// tries again only while somebody changes the same bucket.
    pub(crate) fn fetch(&self, key: &Key<'_>, buffer: &mut RowBuffer) -> bool {
        self.fetch_at(key, self.rows.moment(), buffer)
    }

    /// As `fetch`, as it is at this moment.
    pub(crate) fn fetch_at(&self, key: &Key<'_>, moment: Moment, buffer: &mut RowBuffer) -> bool {
        buffer.forget_shared();
        let spot = self.locate(key.hash).at(moment);
        let found = match self.try_fetch(&spot, key, None, buffer) {
            Attempt::Done(found) => found,
            _ => self.fetch_slowly(key, moment, buffer),
        };
        self.rows.count_lookup(found);
        found
    }

    #[cold]
    fn fetch_slowly(&self, key: &Key<'_>, moment: Moment, buffer: &mut RowBuffer) -> bool {
        let pin = pin();
        for _ in 0..TRIES {
            let spot = self.locate(key.hash).at(moment);
            if let Attempt::Done(found) = self.try_fetch(&spot, key, Some(&pin), buffer) {
                return found;
            }
        }
        let held = self.hold(key.hash);
        match self.try_fetch(&held.spot().at(moment), key, Some(&pin), buffer) {
            Attempt::Done(found) => found,
            _ => unreachable!("nothing changes in a held bucket"),
        }
    }

    #[inline(always)]
    fn try_fetch(
        &self,
        spot: &Spot<'_>,
        key: &Key<'_>,
        pin: Option<&Pin>,
        buffer: &mut RowBuffer,
    ) -> Attempt {
        if !self.is_live(spot) {
            return Attempt::Done(false);
        }
        match self.search(spot, key, pin, buffer) {
            Search::Found(place) => {
                let attempt = self.fetch_slot(spot, place.slot, pin, buffer);
                if let Attempt::Done(true) = attempt {
                    self.note_seen(spot, &place);
                }
                attempt
            }
            Search::Absent if spot.is_unchanged() => Attempt::Done(false),
            Search::NeedsPin => Attempt::NeedsPin,
            _ => Attempt::Again,
        }
    }

    #[inline(always)]
    fn fetch_slot(
        &self,
        spot: &Spot<'_>,
        slot: Slot,
        pin: Option<&Pin>,
        buffer: &mut RowBuffer,
    ) -> Attempt {
        match (slot.as_pair(), slot.as_record()) {
            (Some((key, value)), _) => {
                buffer.set_pair(object_of_pair(key, value));
                if spot.is_unchanged() {
                    Attempt::Done(true)
                } else {
                    Attempt::Again
                }
            }
            (None, Some(cell)) => self.fetch_record(spot, cell, pin, buffer),
            (None, None) => self.fetch_bare(spot, slot, buffer),
        }
    }

    fn fetch_bare(&self, spot: &Spot<'_>, slot: Slot, buffer: &mut RowBuffer) -> Attempt {
        match slot.as_bare() {
            Some(bits) if spot.is_unchanged() => {
                buffer.set_row(&self.kinds.object(bits));
                Attempt::Done(true)
            }
            _ => Attempt::Again,
        }
    }

    #[inline(always)]
    fn fetch_record(
        &self,
        spot: &Spot<'_>,
        record: CellIndex,
        pin: Option<&Pin>,
        buffer: &mut RowBuffer,
    ) -> Attempt {
        let Some(cell) = self.rows.slab.cell(record) else {
            return Attempt::Again;
        };
        let head = cell[0].load(Ordering::Relaxed);
        if !record::is_object(head) {
            return self.fetch_form(spot, cell, head, pin, buffer);
        }
        let is_over = lifetime::is_over(cell, spot.moment);
        if record::form_of(head) != ROW {
            let attempt = self.fetch_form(spot, cell, head, pin, buffer);
            return self.seen_by(spot, record, is_over, attempt);
        }
        if buffer.copy_row(cell, head) && spot.is_unchanged() {
            self.seen_by(spot, record, is_over, Attempt::Done(true))
        } else {
            Attempt::Again
        }
    }

    /// The attempt's end as it looks to somebody for whom the object it found may be over.
    #[inline(always)]
    fn seen_by(
        &self,
        spot: &Spot<'_>,
        record: CellIndex,
        is_over: bool,
        attempt: Attempt,
    ) -> Attempt {
        match attempt {
            Attempt::Done(true) if is_over => Attempt::Done(false),
            Attempt::Done(true) => {
                self.rows
                    .note_use(record, spot.moment, || spot.is_unchanged());
                Attempt::Done(true)
            }
            other => other,
        }
    }

    /// As `fetch_record`, for the records that are no row.
    #[cold]
    fn fetch_form(
        &self,
        spot: &Spot<'_>,
        cell: &[AtomicU64],
        head: u64,
        pin: Option<&Pin>,
        buffer: &mut RowBuffer,
    ) -> Attempt {
        match record::form_of(head) {
            SHARED if pin.is_none() && !spot.held => Attempt::NeedsPin,
            SHARED => match self.share(spot, cell) {
                Some(block) => {
                    buffer.set_shared(block);
                    Attempt::Done(true)
                }
                None => Attempt::Again,
            },
            BAG | LONG_BAG => match self.first_living_of_bag(spot, cell, head) {
                Some(Some(first)) => self.fetch_record(spot, first, pin, buffer),
                Some(None) => Attempt::Done(false),
                None => Attempt::Again,
            },
            PENDING => match pending::decided_slot(&self.rows.slab, cell) {
                Some(Slot::NONE) if spot.is_unchanged() => Attempt::Done(false),
                Some(decided) if decided != Slot::NONE => {
                    self.fetch_slot(spot, decided, pin, buffer)
                }
                _ => Attempt::Again,
            },
            _ => Attempt::Again,
        }
    }

    /// The block of a SHARED record. The caller holds the bucket, or pinned the epoch before
    /// it located the spot.
    fn share(&self, spot: &Spot<'_>, cell: &[AtomicU64]) -> Option<Arc<[u64]>> {
        let address = SharedAddress::read(cell)?;
        if !spot.is_unchanged() {
            return None;
        }
        // SAFETY: the caller's duty above; the record was in the bucket just now.
        Some(unsafe { address.share() })
    }

    /// All objects of a key, oldest first, behind what `objects` has already. They are what
    /// the key had at one moment.
    pub(crate) fn fetch_all(&self, key: &Key<'_>, objects: &mut Objects) {
        self.fetch_all_seen(key, objects, false);
    }

    /// The same; in a cache it is a use of each.
    pub(crate) fn fetch_used(&self, key: &Key<'_>, objects: &mut Objects) {
        let start = objects.len();
        self.fetch_all_seen(key, objects, self.rows.lifetimes().is_some());
        self.rows.count_lookup(objects.len() > start);
    }

    fn fetch_all_seen(&self, key: &Key<'_>, objects: &mut Objects, is_use: bool) {
        let mut buffer = RowBuffer::new();
        let start = objects.mark();
        let moment = self.rows.moment();
        let pin = pin();
        let mut fetch = |spot: &Spot<'_>| {
            objects.truncate(start);
            let mut copies = Copies {
                objects,
                records: is_use.then(Vec::new),
            };
            let place = self.try_fetch_all(spot, key, &pin, &mut buffer, &mut copies)?;
            if let (Some(place), Some(records)) = (place, copies.records) {
                self.note_all_seen(spot, &place, &records);
            }
            Some(())
        };
        for _ in 0..TRIES {
            if fetch(&self.locate(key.hash).at(moment)).is_some() {
                return;
            }
        }
        let held = self.hold(key.hash);
        let done = fetch(&held.spot().at(moment));
        debug_assert!(done.is_some(), "nothing changes in a held bucket");
    }

    /// Where the objects are that it has copied, if there are such; `None` if the bucket changed meanwhile.
    fn try_fetch_all<'t>(
        &'t self,
        spot: &Spot<'t>,
        key: &Key<'_>,
        pin: &Pin,
        buffer: &mut RowBuffer,
        copies: &mut Copies<'_>,
    ) -> Option<Option<Place<'t>>> {
        if !self.is_live(spot) {
            return Some(None);
        }
        let place = match self.search(spot, key, Some(pin), buffer) {
            Search::Found(place) => {
                self.copy_slot_of(spot, place.slot, pin, copies)?;
                Some(place)
            }
            Search::Absent => None,
            _ => return None,
        };
        spot.is_unchanged().then_some(place)
    }

    /// Takes note that all objects of a place were seen, which are in these records. The spot has not changed until then.
    fn note_all_seen(&self, spot: &Spot<'_>, place: &Place<'_>, records: &[CellIndex]) {
        self.note_seen(spot, place);
        for &record in records {
            self.rows
                .note_use(record, spot.moment, || spot.is_unchanged());
        }
    }

    /// Copies all objects of a slot; `None` if the bucket changed meanwhile. The pin was taken
    /// before the spot was located.
    pub(super) fn copy_slot(
        &self,
        spot: &Spot<'_>,
        slot: Slot,
        pin: &Pin,
        objects: &mut Objects,
    ) -> Option<()> {
        let records = None;
        self.copy_slot_of(spot, slot, pin, &mut Copies { objects, records })
    }

    fn copy_slot_of(
        &self,
        spot: &Spot<'_>,
        slot: Slot,
        pin: &Pin,
        copies: &mut Copies<'_>,
    ) -> Option<()> {
        if let Some((key, value)) = slot.as_pair() {
            copies.objects.push_row(&object_of_pair(key, value));
            return Some(());
        }
        if let Some(bits) = slot.as_bare() {
            copies.objects.push_row(&self.kinds.object(bits));
            return Some(());
        }
        self.copy_record(spot, slot.as_record()?, pin, copies)
    }

    #[allow(clippy::only_used_in_recursion, reason = "the pin is a witness")]
    fn copy_record(
        &self,
        spot: &Spot<'_>,
        record: CellIndex,
        pin: &Pin,
        copies: &mut Copies<'_>,
    ) -> Option<()> {
        let cell = self.rows.slab.cell(record)?;
        let head = cell[0].load(Ordering::Relaxed);
        if record::is_object(head) {
            if lifetime::is_over(cell, spot.moment) {
                return Some(());
            }
            copies.records.iter_mut().for_each(|all| all.push(record));
        }
        match record::form_of(head) {
            ROW => {
                if !copies.objects.push_cell(cell, head) {
                    return None;
                }
            }
            SHARED => copies.objects.push_shared(self.share(spot, cell)?),
            BAG | LONG_BAG => {
                for row in self.rows_of_bag(spot, cell, head)? {
                    self.copy_record(spot, row, pin, copies)?;
                }
            }
            PENDING => {
                let decided = pending::decided_slot(&self.rows.slab, cell)?;
                // A bag's old and new record may only be followed while they are there.
                if !spot.is_unchanged() {
                    return None;
                }
                if decided != Slot::NONE {
                    self.copy_slot_of(spot, decided, pin, copies)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// Asks for the line of a key's bucket.
    #[inline]
    pub(crate) fn prefetch_bucket(&self, key: &Key<'_>) {
        self.root().line_of(key.hash).prefetch();
    }

    /// Asks for a key's record, if it has one. Its bucket should have arrived.
    #[inline]
    pub(crate) fn prefetch_record(&self, key: &Key<'_>) {
        let line = self.root().line_of(key.hash);
        if let Some(index) = line.tagged(line::tag_of(key.hash)).pop()
            && let Some(cell) = line.slot(index).as_record()
        {
            self.rows.slab.prefetch(cell);
        }
    }

    /// Whether there is an object with this key.
    #[inline]
    pub(crate) fn contains(&self, key: &Key<'_>) -> bool {
        let mut buffer = RowBuffer::new();
        self.fetch(key, &mut buffer)
    }
}

#[cfg(all(test, not(heirloom_loom)))]
mod tests {
    use super::*;
    use crate::engine::{Admission, Duplicates};
    use crate::slab::CELL_WORDS_MAX;

    /// A read that begins anew, because the table's gate changed, uses its buffer twice.
    #[test]
    fn a_buffer_forgets_the_large_object_that_it_had() {
        let table = HashTable::new(Duplicates::Replace, 1, 1, crate::engine::Care::default());
        let gate = AtomicU64::new(0);
        let admission = Admission::new(&gate, 0);
        let mut large = vec![8; CELL_WORDS_MAX + 1];
        large[0] = CELL_WORDS_MAX as u64;
        let mut buffer = RowBuffer::new();
        for object in [&large[..], &[3, 8, 16, 24], &[2, 8, 16]] {
            let key = table.key_of_object(object);
            assert_eq!(table.insert(&key, object, false, &admission), Ok(true));
            assert!(table.fetch(&key, &mut buffer));
            assert_eq!(buffer.object().words(), object);
        }
    }
}
