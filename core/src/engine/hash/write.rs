//! Writing one object.
//!
//! Every operation here has the same three steps: *seek* (like a reader), *prepare* (whatever
//! needs memory or time), *commit* (hold the bucket from the version that was seen, store a
//! few words, let go). An operation that loses its bucket to another writer between the first
//! and the last step begins again; the second time it seeks while it holds.

use super::find::{Place, Search, Spot};
use super::hold::Held;
use super::line::Content;
use super::{Admission, Duplicates, GateChanged, HashTable, Key};
use crate::engine::change::{Change, Counted, VALUE_POSITION, add_words};
use crate::engine::lifetime::{Lifespan, Moment, RemovalCause};
use crate::engine::objects::Objects;
use crate::engine::reclaim::pin;
use crate::engine::record::{
    self, BAG, LONG_BAG, ROW, ROW_ROOT, RowBuffer, SHARED, SharedAddress, object_of_pair,
    object_term,
};
use crate::engine::rows::Fresh;
use crate::engine::slot::Slot;
use crate::slab::CellIndex;
use crate::sync::{Arc, AtomicU64, Ordering};
use crate::term::layout::small_value;
use crate::term::{Term, TermRef};

/// How often an operation seeks without holding the bucket.
const FREE_SEEKS: u32 = 2;

/// A key's place, and the bucket it is in, held or not.
pub(super) struct Sought<'t> {
    pub(super) spot: Spot<'t>,
    held: Option<Held<'t>>,
    pub(super) place: Option<Place<'t>>,
}

/// What was taken out with a key.
struct Gone {
    objects: i64,
    /// Whether the time of one of them was not over.
    lived: bool,
}

impl HashTable {
    /// Finds a key's place for a change. The first `FREE_SEEKS` times nothing is held.
    pub(super) fn seek<'t>(
        &'t self,
        key: &Key<'_>,
        tries: &mut u32,
        buffer: &mut RowBuffer,
    ) -> Sought<'t> {
        while *tries < FREE_SEEKS {
            *tries += 1;
            let spot = self.locate(key.hash);
            if spot.is_locked() || !self.is_live(&spot) {
                break;
            }
            let place = match self.search(&spot, key, None, buffer) {
                Search::Found(place) => Some(place),
                Search::Absent => None,
                Search::Torn => continue,
                Search::NeedsPin => break,
            };
            return Sought {
                spot,
                held: None,
                place,
            };
        }
        self.seek_holding(key, buffer)
    }

    /// Finds a key's place and holds its bucket.
    pub(super) fn seek_holding<'t>(&'t self, key: &Key<'_>, buffer: &mut RowBuffer) -> Sought<'t> {
        let held = self.hold(key.hash);
        let place = self.search_held(&held, key, buffer);
        Sought {
            spot: *held.spot(),
            held: Some(held),
            place,
        }
    }

    /// Finds a key's place in a bucket that is held.
    pub(super) fn search_held<'t>(
        &'t self,
        held: &Held<'t>,
        key: &Key<'_>,
        buffer: &mut RowBuffer,
    ) -> Option<Place<'t>> {
        match self.search(held.spot(), key, None, buffer) {
            Search::Found(place) => Some(place),
            _ => None,
        }
    }

    /// Holds the bucket for writing, if it is still as it was when the key was sought.
    pub(super) fn commit<'t>(&'t self, sought: Sought<'t>) -> Option<Held<'t>> {
        match sought.held {
            Some(mut held) => {
                held.begin_writing();
                Some(held)
            }
            None => self.try_hold(&sought.spot),
        }
    }

    /// As `insert`, with the key that the object has.
    pub(crate) fn insert_object(
        &self,
        object: &[u64],
        only_new: bool,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        self.insert(&self.key_of_object(object), object, only_new, admission)
    }

    /// Inserts an object into a `set`: over the one with its key, unless `only_new`. True if it
    /// was inserted. Atomic.
    #[inline(always)]
    pub(crate) fn insert(
        &self,
        key: &Key<'_>,
        object: &[u64],
        only_new: bool,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        debug_assert_eq!(self.duplicates, Duplicates::Replace);
        self.help_resize();
        let mut buffer = RowBuffer::new();
        let mut fresh = Fresh::none(&self.rows);
        let mut tries = 0;
        loop {
            let sought = self.seek(key, &mut tries, &mut buffer);
            let done = match sought.place {
                Some(place)
                    if only_new && !self.rows.is_over(place.slot, admission.birth.moment) =>
                {
                    if sought.spot.is_unchanged() {
                        admission.holds()?;
                        return Ok(false);
                    }
                    None
                }
                Some(place) => self.replace(sought, &place, key, object, &mut fresh, admission)?,
                None => self.insert_absent(sought, key, object, &mut fresh, admission)?,
            };
            if let Some(()) = done {
                return Ok(true);
            }
        }
    }

    /// Puts an object in the place of another with its key. `None` if the bucket was lost.
    fn replace(
        &self,
        sought: Sought<'_>,
        place: &Place<'_>,
        key: &Key<'_>,
        object: &[u64],
        fresh: &mut Fresh<'_>,
        admission: &Admission<'_>,
    ) -> Result<Option<()>, GateChanged> {
        if let Some(cell) = self.row_to_overwrite(place.slot, object) {
            let Some(held) = self.commit(sought) else {
                return Ok(None);
            };
            admission.holds()?;
            record::write_row(cell, object);
            drop(held);
            return Ok(Some(()));
        }
        fresh.prepare(|| self.store_object(object, key.hash, admission.birth));
        let Some(held) = self.commit(sought) else {
            return Ok(None);
        };
        admission.holds()?;
        let slot = fresh.take();
        self.rows.succeed(slot, place.slot, admission.birth);
        place.line.set_slot(place.index, slot);
        self.note_use(place);
        drop(held);
        let moment = admission.birth.moment;
        self.discard(place.slot, RemovalCause::Replaced, moment);
        Ok(Some(()))
    }

    /// The cell of a row that another object fits into exactly.
    #[inline(always)]
    fn row_to_overwrite(&self, slot: Slot, object: &[u64]) -> Option<&[AtomicU64]> {
        if self.as_pair(object).is_some() {
            return None;
        }
        self.rows.cell_to_overwrite(slot.as_record()?, object)
    }

    /// Inserts an object whose key is not there. `None` if the bucket was lost.
    fn insert_absent(
        &self,
        sought: Sought<'_>,
        key: &Key<'_>,
        object: &[u64],
        fresh: &mut Fresh<'_>,
        admission: &Admission<'_>,
    ) -> Result<Option<()>, GateChanged> {
        fresh.prepare(|| self.store_object(object, key.hash, admission.birth));
        let generation = self.generation();
        let Some(mut held) = self.commit(sought) else {
            return Ok(None);
        };
        admission.holds()?;
        let overflowed = self.put_in(&mut held, Content::new(fresh.take(), key.hash));
        let generation = held.generation_like(generation);
        drop(held);
        self.count(generation, 1, 1, overflowed);
        self.admit(key.hash);
        Ok(Some(()))
    }

    /// Takes all objects of a key out, and appends them to `taken` if that is wanted. True if
    /// there were any. Atomic.
    pub(crate) fn remove(
        &self,
        key: &Key<'_>,
        taken: Option<&mut Objects>,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        self.help_resize();
        let mut buffer = RowBuffer::new();
        let mut tries = 0;
        loop {
            let sought = self.seek(key, &mut tries, &mut buffer);
            let Some(place) = sought.place else {
                if sought.spot.is_unchanged() {
                    admission.holds()?;
                    return Ok(false);
                }
                continue;
            };
            let generation = self.generation();
            let Some(mut held) = self.commit(sought) else {
                continue;
            };
            admission.holds()?;
            self.take_out(&mut held, &place);
            let generation = held.generation_like(generation);
            drop(held);
            let gone = self.take_slot(place.slot, taken, admission.birth.moment);
            self.count(generation, -gone.objects, -1, false);
            if !gone.lived {
                self.rows.tell_expired(key.term);
            }
            return Ok(gone.lived);
        }
    }

    /// Changes the object of a key in a `set` as `change` says. `change` sees a copy, may be
    /// called several times, and its answer counts only if the object has not changed
    /// meanwhile. `None` if there is no such key. Atomic.
    pub(crate) fn update<E>(
        &self,
        key: &Key<'_>,
        admission: &Admission<'_>,
        mut change: impl FnMut(TermRef<'_>) -> Result<Change, E>,
    ) -> Result<Option<Result<(), E>>, GateChanged> {
        self.help_resize();
        let admission = &admission.giving(Lifespan::OfFormer);
        let mut buffer = RowBuffer::new();
        let mut fresh = Fresh::none(&self.rows);
        let mut tries = 0;
        loop {
            let sought = self.seek(key, &mut tries, &mut buffer);
            let is_over = |place: &Place<'_>| self.rows.is_over(place.slot, admission.birth.moment);
            let Some(place) = sought.place.filter(|place| !is_over(place)) else {
                if sought.spot.is_unchanged() {
                    admission.holds()?;
                    return Ok(None);
                }
                continue;
            };
            let Some(object) = self.copy_object(&sought.spot, place.slot, &mut buffer) else {
                continue;
            };
            let decision = match change(object.as_term(&buffer)) {
                Ok(decision) => decision,
                Err(error) => {
                    // The object was there when it was copied; who may know that, counts now.
                    admission.holds()?;
                    return Ok(Some(Err(error)));
                }
            };
            if self.apply(sought, &place, key, decision, &mut fresh, admission)? {
                return Ok(Some(Ok(())));
            }
        }
    }

    /// Carries a decision out; false if the bucket was lost.
    fn apply(
        &self,
        sought: Sought<'_>,
        place: &Place<'_>,
        key: &Key<'_>,
        decision: Change,
        fresh: &mut Fresh<'_>,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        match decision {
            Change::Keep => {
                admission.holds()?;
                Ok(sought.spot.is_unchanged())
            }
            Change::Replace(object) => {
                fresh.discard();
                let words = object.as_ref();
                let done = self.replace(sought, place, key, words.words(), fresh, admission)?;
                Ok(done.is_some())
            }
            Change::Remove => {
                let generation = self.generation();
                let Some(mut held) = self.commit(sought) else {
                    return Ok(false);
                };
                admission.holds()?;
                self.take_out(&mut held, place);
                let generation = held.generation_like(generation);
                drop(held);
                self.discard(place.slot, RemovalCause::Deleted, Moment::NONE);
                self.count(generation, -1, -1, false);
                Ok(true)
            }
        }
    }

    /// The object in a slot of a `set`, copied or by reference.
    fn copy_object(
        &self,
        spot: &Spot<'_>,
        slot: Slot,
        buffer: &mut RowBuffer,
    ) -> Option<CopiedObject> {
        if let Some((key, value)) = slot.as_pair() {
            buffer.set_pair(object_of_pair(key, value));
            return spot.is_unchanged().then_some(CopiedObject::Row);
        }
        if let Some(bits) = slot.as_bare() {
            buffer.set_row(&self.kinds.object(bits));
            return spot.is_unchanged().then_some(CopiedObject::Row);
        }
        let cell = self.rows.slab.cell(slot.as_record()?)?;
        let head = cell[0].load(Ordering::Relaxed);
        if record::form_of(head) == ROW {
            return (buffer.copy_row(cell, head) && spot.is_unchanged())
                .then_some(CopiedObject::Row);
        }
        if record::form_of(head) != SHARED {
            return None;
        }
        // The address counts only if the record is still there after the pin.
        let _pin = pin();
        let address = SharedAddress::read(cell)?;
        if !spot.is_unchanged() {
            return None;
        }
        // SAFETY: pinned, and the record was in the bucket after that.
        Some(CopiedObject::Shared(unsafe { address.share() }))
    }

    /// Adds to a counter that is a small integer, before and after, in place: element
    /// `position` (from 1) of the object of a key in a `set`. Atomic.
    pub(crate) fn add(
        &self,
        key: &Key<'_>,
        position: usize,
        increment: i64,
        admission: &Admission<'_>,
    ) -> Result<Counted, GateChanged> {
        self.help_resize();
        let mut buffer = RowBuffer::new();
        let mut tries = 0;
        loop {
            let sought = self.seek(key, &mut tries, &mut buffer);
            let Some(place) = sought.place else {
                return Ok(Counted::NotSimple);
            };
            let Some(word) = self.counter_word(&place, position) else {
                return Ok(Counted::NotSimple);
            };
            if self.rows.is_over(place.slot, admission.birth.moment) {
                return Ok(Counted::NotSimple);
            }
            let slot = place.slot;
            let Some(held) = self.commit(sought) else {
                continue;
            };
            admission.holds()?;
            let Some(sum) = add_words(word.load(Ordering::Relaxed), increment) else {
                return Ok(Counted::NotSimple);
            };
            word.store(sum, Ordering::Relaxed);
            if let Some(record) = slot.as_record() {
                self.rows.note_use(record, admission.birth.moment, || true);
            }
            self.note_use(&place);
            drop(held);
            return Ok(Counted::Value(small_value(sum)));
        }
    }

    /// The word of an element that is not the key, in a pair or a row.
    fn counter_word<'t>(&'t self, place: &Place<'t>, position: usize) -> Option<&'t AtomicU64> {
        let Some(cell) = place.slot.as_record() else {
            let is_value = position == VALUE_POSITION && !place.slot.is_bare();
            return is_value.then(|| place.line.value_word(place.index));
        };
        let cell = self.rows.slab.cell(cell)?;
        let head = cell[0].load(Ordering::Relaxed);
        let arity = record::arity_of(head);
        let usable = record::form_of(head) == ROW
            && position != self.key_position
            && self.rows.index(position).is_none()
            && (1..=arity).contains(&position);
        usable.then(|| cell.get(position)).flatten()
    }

    /// Deletes this very object; of a `duplicate_bag` all its copies. Returns how many objects that
    /// were. Atomic.
    pub(crate) fn remove_object(
        &self,
        key: &Key<'_>,
        object: &[u64],
        admission: &Admission<'_>,
    ) -> Result<u64, GateChanged> {
        if self.duplicates == Duplicates::Replace {
            return self.remove_only_object(key, object, admission);
        }
        self.help_resize();
        let mut buffer = RowBuffer::new();
        let sought = self.seek_holding(key, &mut buffer);
        let Some(mut held) = sought.held else {
            unreachable!("it was sought holding");
        };
        // Before the gate is asked, so that whoever changes it and then reads has to wait.
        held.begin_writing();
        admission.holds()?;
        let Some(place) = sought.place else {
            return Ok(0);
        };
        let Some(thinned) = self.thin_object(&held, &place, object) else {
            return Ok(0);
        };
        let moment = admission.birth.moment;
        let removed = thinned.removed().iter();
        let lived = removed.filter(|&&row| !self.row_is_over(row, moment));
        let lived = lived.count() as u64;
        self.finish_thinning(held, &place, thinned, RemovalCause::Deleted, moment);
        if lived == 0 {
            self.rows.tell_expired(key.term);
        }
        Ok(lived)
    }

    /// As `remove_object`, in a `set`.
    fn remove_only_object(
        &self,
        key: &Key<'_>,
        object: &[u64],
        admission: &Admission<'_>,
    ) -> Result<u64, GateChanged> {
        let wanted = object_term(object);
        let mut same = false;
        let compare = |present: TermRef<'_>| {
            same = present.exact_eq(wanted);
            Ok::<_, std::convert::Infallible>(if same { Change::Remove } else { Change::Keep })
        };
        let is_there = self.update(key, admission, compare)?.is_some();
        Ok(u64::from(is_there && same))
    }

    /// Adds to the numbers of objects and keys, and sees to it that the array fits them.
    #[inline(always)]
    pub(super) fn count(&self, generation: u64, objects: i64, keys: i64, overflowed: bool) {
        let mut look = overflowed;
        if objects != 0 {
            look |= self.counts.add(generation, objects);
        }
        if keys != 0 && self.duplicates != Duplicates::Replace {
            look |= self.keys.add(generation, keys);
        }
        if look {
            self.look_at_size();
        }
    }

    /// Appends the objects of a slot that was taken out of the table to `taken`, but for those that were over, and frees its
    /// record.
    fn take_slot(&self, slot: Slot, taken: Option<&mut Objects>, moment: Moment) -> Gone {
        let lone = self.lone_spot().at(moment);
        let gone = match self.rows_of_bag_slot(&lone, slot) {
            Some(rows) => Gone {
                objects: rows.len() as i64,
                lived: rows.iter().any(|&row| !self.row_is_over(row, moment)),
            },
            None => Gone {
                objects: 1,
                lived: !self.rows.is_over(slot, moment),
            },
        };
        if let Some(taken) = taken {
            let whole = self.copy_slot(&lone, slot, &pin(), taken);
            debug_assert!(whole.is_some(), "what is out of reach does not change");
        }
        self.discard(slot, RemovalCause::Deleted, moment);
        gone
    }

    /// The rows of a slot that holds the record of a bag; `None` if it holds none, or the bucket changed meanwhile.
    pub(super) fn rows_of_bag_slot(&self, spot: &Spot<'_>, slot: Slot) -> Option<Vec<CellIndex>> {
        let cell = self.rows.slab.cell(slot.as_record()?)?;
        let head = cell[0].load(Ordering::Relaxed);
        let is_bag = matches!(record::form_of(head), BAG | LONG_BAG);
        is_bag.then(|| self.rows_of_bag(spot, cell, head)).flatten()
    }

    /// A spot that stands for "nobody can change this": for records out of reach of others.
    pub(super) fn lone_spot(&self) -> Spot<'_> {
        let root = self.root();
        Spot {
            array: root,
            bucket: 0,
            line: root.line(0),
            header: 0,
            held: true,
            moment: Moment::NONE,
        }
    }

    /// Frees what belongs to a slot that is not published any more. Of what was over at this moment the cause is that.
    pub(super) fn discard(&self, slot: Slot, cause: RemovalCause, moment: Moment) {
        let [_, value] = slot.words();
        match (slot.as_record(), self.rows.rounds()) {
            (Some(record), _) => self.discard_record(record, cause, moment),
            (None, None) => self.rows.discard_pair(value),
            (None, Some(rounds)) => {
                let object = || self.object_of_pair(slot);
                self.rows.discard_cached_pair(rounds, value, object, cause);
            }
        }
        if let Some(rounds) = self.rows.rounds()
            && cause == RemovalCause::Deleted
        {
            rounds.dismiss(self.hash_of_slot(slot));
        }
    }

    /// The object of a pair, bare or not.
    fn object_of_pair(&self, slot: Slot) -> Term {
        match slot.as_bare() {
            Some(bits) => Term::from_parts(ROW_ROOT, &self.kinds.object(bits)),
            None => {
                let [key, value] = slot.words();
                Term::from_parts(ROW_ROOT, &object_of_pair(key, value))
            }
        }
    }

    /// Frees what belongs to a slot that never was published.
    pub(super) fn discard_unseen(&self, slot: Slot) {
        if let Some(record) = slot.as_record() {
            self.rows.discard_unseen(record);
        }
    }

    /// As `discard`, for a record with all that belongs to it.
    pub(super) fn discard_record(&self, record: CellIndex, cause: RemovalCause, moment: Moment) {
        let Some(cell) = self.rows.slab.cell(record) else {
            return;
        };
        match record::form_of(cell[0].load(Ordering::Relaxed)) {
            ROW | SHARED => {
                let is_over = self.row_is_over(record, moment);
                self.rows.discard(record, cause.or_expired(is_over));
            }
            _ => {
                let bag = Slot::record(record, 0);
                let rows = self.rows_of_bag_slot(&self.lone_spot(), bag);
                let rows = rows.unwrap_or_default();
                rows.into_iter()
                    .for_each(|row| self.discard_record(row, cause, moment));
                self.free_bag_record(bag);
            }
        }
    }
}

/// An object on its way to a change.
enum CopiedObject {
    /// In the buffer.
    Row,
    Shared(Arc<[u64]>),
}

impl CopiedObject {
    fn as_term<'a>(&'a self, buffer: &'a RowBuffer) -> TermRef<'a> {
        match self {
            CopiedObject::Row => object_term(buffer.row()),
            CopiedObject::Shared(block) => object_term(block),
        }
    }
}
