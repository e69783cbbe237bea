//! Writing one object.
//!
//! As in the hash tables: *seek* like a reader, *prepare* what needs memory or time, *commit* by holding the
//! leaf from the version that was seen. Whoever loses the leaf twice holds it before seeking.

use super::descend::Path;
use super::latch::{Held, Seen};
use super::page::{ENTRIES, FEW};
use super::probe::Probe;
use super::{Admission, GateChanged, Tree};
use crate::engine::Objects;
use crate::engine::change::{Change, Counted, VALUE_POSITION, add_words};
use crate::engine::lifetime::{Lifespan, Moment, RemovalCause};
use crate::engine::record::{self, ROW, RowBuffer, object_term};
use crate::engine::rows::Fresh;
use crate::engine::slot::Slot;
use crate::sync::{AtomicU64, Backoff, Ordering, give_way};
use crate::term::TermRef;
use crate::term::layout::small_value;

/// How often an operation seeks without holding the leaf.
const FREE_SEEKS: u32 = 2;

/// Where a key is or would be, and the leaf, held or not.
pub(super) struct Sought<'t> {
    pub(super) leaf: Seen<'t>,
    pub(super) held: Option<Held<'t>>,
    /// Its entry, or the one that it would be in front of.
    pub(super) place: Result<usize, usize>,
}

/// What was looked for, and the way that was found.
#[derive(Clone, Copy)]
pub(super) struct Way<'a, 't> {
    pub(super) probe: &'a Probe<'a>,
    pub(super) path: &'a Path<'t>,
}

impl Tree {
    /// Finds a key's place for a change. The first `FREE_SEEKS` times nothing is held. What a list is
    /// about to decide is waited for.
    ///
    /// Inlined, as `seek_any` is: what is found is six words, which take longer to hand over than to find.
    #[inline(always)]
    pub(super) fn seek<'t>(
        &'t self,
        probe: &Probe<'_>,
        tries: &mut u32,
        buffer: &mut RowBuffer,
        path: &mut Path<'t>,
    ) -> Sought<'t> {
        let mut backoff = Backoff::default();
        loop {
            let sought = self.seek_any(probe, tries, buffer, path);
            let is_pending = sought.place.is_ok_and(|index| {
                let slot = self.slot(&sought.leaf, index);
                self.pending_cell(slot).is_some()
            });
            if !is_pending {
                return sought;
            }
            drop(sought);
            backoff.wait();
        }
    }

    /// As `seek`, also where a list is under way.
    #[inline(always)]
    pub(super) fn seek_any<'t>(
        &'t self,
        probe: &Probe<'_>,
        tries: &mut u32,
        buffer: &mut RowBuffer,
        path: &mut Path<'t>,
    ) -> Sought<'t> {
        while *tries < FREE_SEEKS {
            *tries += 1;
            let leaf = self.leaf_with_path(probe, path);
            if leaf.is_locked() {
                break;
            }
            if let Some(place) = self.search(&leaf, probe, buffer) {
                return Sought {
                    leaf,
                    held: None,
                    place,
                };
            }
        }
        self.seek_holding(probe, buffer, path)
    }

    #[cold]
    fn seek_holding<'t>(
        &'t self,
        probe: &Probe<'_>,
        buffer: &mut RowBuffer,
        path: &mut Path<'t>,
    ) -> Sought<'t> {
        let Some(held) = self.hold_page(0, probe, path) else {
            unreachable!("there is always a leaf");
        };
        let leaf = held.seen();
        let Some(place) = self.search(&leaf, probe, buffer) else {
            unreachable!("nothing changes in a held leaf");
        };
        Sought {
            leaf,
            held: Some(held),
            place,
        }
    }

    /// Holds the leaf for writing, if it is still as it was when the key was sought.
    pub(super) fn commit<'t>(&self, sought: Sought<'t>) -> Option<Held<'t>> {
        let Some(mut held) = sought.held else {
            let held = sought.leaf.hold();
            if held.is_none() {
                give_way(sought.leaf.page.latch());
            }
            return held;
        };
        held.begin_writing();
        Some(held)
    }

    /// Inserts an object: over the one with its key, unless `only_new`. True if it was inserted.
    /// Atomic.
    pub(crate) fn insert(
        &self,
        object: &[u64],
        only_new: bool,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        let probe = Probe::key(self.key_of_words(object));
        let mut buffer = RowBuffer::new();
        let mut fresh = Fresh::none(&self.rows);
        let (mut tries, mut path) = (0, Path::new());
        loop {
            let sought = self.seek(&probe, &mut tries, &mut buffer, &mut path);
            let done = match sought.place {
                Ok(_) if only_new && self.has_object(&sought, admission.birth.moment) => {
                    if sought.leaf.is_unchanged() {
                        admission.holds()?;
                        return Ok(false);
                    }
                    None
                }
                Ok(index) => self.replace(sought, index, &probe, object, &mut fresh, admission)?,
                Err(index) => {
                    let way = Way {
                        probe: &probe,
                        path: &path,
                    };
                    self.insert_absent(sought, index, way, object, &mut fresh, admission)?
                }
            };
            if let Some(()) = done {
                return Ok(true);
            }
        }
    }

    /// Puts an object in the place of another with its key. `None` if the leaf was lost.
    fn replace(
        &self,
        sought: Sought<'_>,
        index: usize,
        probe: &Probe<'_>,
        object: &[u64],
        fresh: &mut Fresh<'_>,
        admission: &Admission<'_>,
    ) -> Result<Option<()>, GateChanged> {
        let old = self.slot(&sought.leaf, index);
        if let Some(cell) = self.row_to_overwrite(old, object) {
            let Some(_held) = self.commit(sought) else {
                return Ok(None);
            };
            admission.holds()?;
            record::write_row(cell, object);
            return Ok(Some(()));
        }
        fresh.prepare(|| self.store_object(object, probe.head, admission.birth));
        let Some(held) = self.commit(sought) else {
            return Ok(None);
        };
        admission.holds()?;
        let slot = fresh.take();
        self.rows.succeed(slot, old, admission.birth);
        let [_, word] = slot.words();
        held.page.set_word(index, word);
        drop(held);
        let is_over = self.rows.is_over(old, admission.birth.moment);
        self.discard(old, RemovalCause::Replaced.or_expired(is_over));
        Ok(Some(()))
    }

    /// The cell of a row that another object fits into exactly.
    fn row_to_overwrite(&self, slot: Slot, object: &[u64]) -> Option<&[AtomicU64]> {
        if self.as_pair(object).is_some() {
            return None;
        }
        self.rows.cell_to_overwrite(slot.as_record()?, object)
    }

    /// Inserts an object whose key is not there. `None` if the leaf was lost or had to be split.
    fn insert_absent(
        &self,
        sought: Sought<'_>,
        index: usize,
        Way { probe, path }: Way<'_, '_>,
        object: &[u64],
        fresh: &mut Fresh<'_>,
        admission: &Admission<'_>,
    ) -> Result<Option<()>, GateChanged> {
        fresh.prepare(|| self.store_object(object, probe.head, admission.birth));
        let Some(held) = self.commit_with_room(sought, probe) else {
            return Ok(None);
        };
        admission.holds()?;
        let [_, word] = fresh.take().words();
        let generation = self.insert_entry(held, path, probe, index, word);
        self.counts.add(generation, 1);
        Ok(Some(()))
    }

    /// Holds a leaf that has room for one more; one that has none is split instead.
    pub(super) fn commit_with_room<'t>(
        &self,
        sought: Sought<'t>,
        probe: &Probe<'_>,
    ) -> Option<Held<'t>> {
        if sought.leaf.page.count() == ENTRIES {
            drop(sought);
            self.split(0, probe);
            return None;
        }
        self.commit(sought)
    }

    /// Puts an entry into a leaf that has room for it, and lets the leaf go. Returns the generation of
    /// the table it was put into.
    pub(super) fn insert_entry(
        &self,
        held: Held<'_>,
        path: &Path<'_>,
        probe: &Probe<'_>,
        index: usize,
        word: u64,
    ) -> u64 {
        let generation = path.root.generation();
        self.forget_counts(path, held.page, probe);
        held.page.insert(index, probe.head, word);
        generation
    }

    /// Takes an entry out of a leaf, lets the leaf go, and merges it if hardly anything is left. Returns
    /// the generation of the table it was taken from.
    pub(super) fn remove_entry(
        &self,
        held: Held<'_>,
        path: &Path<'_>,
        probe: &Probe<'_>,
        index: usize,
    ) -> u64 {
        let generation = path.root.generation();
        let is_alone = path.steps.is_empty();
        self.forget_counts(path, held.page, probe);
        held.page.remove(index);
        let left = held.page.count();
        drop(held);
        if is_worth_merging(left) && !is_alone {
            self.merge(0, probe);
        }
        generation
    }

    /// Takes the object of a key out, and appends it to `taken` if that is wanted. True if there was
    /// one. Atomic.
    pub(crate) fn remove(
        &self,
        key: TermRef<'_>,
        taken: Option<&mut Objects>,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        let probe = Probe::key(key);
        let mut buffer = RowBuffer::new();
        let (mut tries, mut path) = (0, Path::new());
        loop {
            let sought = self.seek(&probe, &mut tries, &mut buffer, &mut path);
            let Ok(index) = sought.place else {
                if sought.leaf.is_unchanged() {
                    admission.holds()?;
                    return Ok(false);
                }
                continue;
            };
            let slot = self.slot(&sought.leaf, index);
            let Some(held) = self.commit(sought) else {
                continue;
            };
            admission.holds()?;
            let is_over = self.rows.is_over(slot, admission.birth.moment);
            let cause = RemovalCause::Deleted.or_expired(is_over);
            if let Some(taken) = taken.filter(|_| !is_over) {
                self.take_object(&held, slot, taken);
            }
            let way = Way {
                probe: &probe,
                path: &path,
            };
            self.take_entry(held, way, index, slot, cause);
            if is_over {
                self.rows.tell_expired(key);
            }
            return Ok(!is_over);
        }
    }

    /// Appends the object of a slot in a held leaf to what was taken.
    fn take_object(&self, held: &Held<'_>, slot: Slot, taken: &mut Objects) {
        let mut buffer = RowBuffer::new();
        let copied = self.copy_slot(&held.seen(), slot, &mut buffer);
        debug_assert_eq!(copied, Some(true), "nothing changes in a held leaf");
        taken.push_buffer(&buffer);
    }

    /// Takes an entry out for good.
    pub(super) fn take_entry(
        &self,
        held: Held<'_>,
        Way { probe, path }: Way<'_, '_>,
        index: usize,
        slot: Slot,
        cause: RemovalCause,
    ) {
        let generation = self.remove_entry(held, path, probe, index);
        self.discard(slot, cause);
        self.counts.add(generation, -1);
    }

    /// Changes the object of a key as `change` says, who sees a copy, may be called several times, and
    /// whose answer counts only if the object has not changed meanwhile. `None` if there is no such
    /// key. Atomic.
    pub(crate) fn update<E>(
        &self,
        key: TermRef<'_>,
        admission: &Admission<'_>,
        mut change: impl FnMut(TermRef<'_>) -> Result<Change, E>,
    ) -> Result<Option<Result<(), E>>, GateChanged> {
        let probe = Probe::key(key);
        let admission = &admission.giving(Lifespan::OfFormer);
        let mut buffer = RowBuffer::new();
        let mut fresh = Fresh::none(&self.rows);
        let (mut tries, mut path) = (0, Path::new());
        loop {
            let sought = self.seek(&probe, &mut tries, &mut buffer, &mut path);
            let is_there = self.has_object(&sought, admission.birth.moment);
            let Some(index) = sought.place.ok().filter(|_| is_there) else {
                if sought.leaf.is_unchanged() {
                    admission.holds()?;
                    return Ok(None);
                }
                continue;
            };
            let slot = self.slot(&sought.leaf, index);
            if self.copy_slot(&sought.leaf, slot, &mut buffer) != Some(true) {
                continue;
            }
            let decision = match change(buffer.object()) {
                Ok(decision) => decision,
                Err(error) => {
                    admission.holds()?;
                    return Ok(Some(Err(error)));
                }
            };
            let way = Way {
                probe: &probe,
                path: &path,
            };
            if self.apply(sought, index, way, decision, &mut fresh, admission)? {
                return Ok(Some(Ok(())));
            }
        }
    }

    /// Carries a decision out; false if the leaf was lost.
    fn apply(
        &self,
        sought: Sought<'_>,
        index: usize,
        Way { probe, path }: Way<'_, '_>,
        decision: Change,
        fresh: &mut Fresh<'_>,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        match decision {
            Change::Keep => {
                admission.holds()?;
                Ok(sought.leaf.is_unchanged())
            }
            Change::Replace(object) => {
                fresh.discard();
                let object = object.as_ref();
                let done = self.replace(sought, index, probe, object.words(), fresh, admission)?;
                Ok(done.is_some())
            }
            Change::Remove => {
                let slot = self.slot(&sought.leaf, index);
                let Some(held) = self.commit(sought) else {
                    return Ok(false);
                };
                admission.holds()?;
                self.take_entry(
                    held,
                    Way { probe, path },
                    index,
                    slot,
                    RemovalCause::Deleted,
                );
                Ok(true)
            }
        }
    }

    /// Adds to a counter that is a small integer, before and after, in place: element
    /// `position` (from 1) of the object of a key. Atomic.
    pub(crate) fn add(
        &self,
        key: TermRef<'_>,
        position: usize,
        increment: i64,
        admission: &Admission<'_>,
    ) -> Result<Counted, GateChanged> {
        let probe = Probe::key(key);
        let mut buffer = RowBuffer::new();
        let (mut tries, mut path) = (0, Path::new());
        loop {
            let sought = self.seek(&probe, &mut tries, &mut buffer, &mut path);
            let Ok(index) = sought.place else {
                return Ok(Counted::NotSimple);
            };
            let Some(word) = self.counter_word(&sought.leaf, index, position) else {
                return Ok(Counted::NotSimple);
            };
            if !self.has_object(&sought, admission.birth.moment) {
                return Ok(Counted::NotSimple);
            }
            let slot = self.slot(&sought.leaf, index);
            let Some(_held) = self.commit(sought) else {
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
            return Ok(Counted::Value(small_value(sum)));
        }
    }

    /// The word of an element that is not the key, in a pair or a row.
    fn counter_word<'t>(
        &'t self,
        leaf: &Seen<'t>,
        index: usize,
        position: usize,
    ) -> Option<&'t AtomicU64> {
        let Some(row) = self.slot(leaf, index).as_record() else {
            return (position == VALUE_POSITION).then(|| leaf.page.word_at(index));
        };
        let cell = self.rows.slab.cell(row)?;
        let head = cell[0].load(Ordering::Relaxed);
        let usable = record::form_of(head) == ROW
            && position != self.key_position
            && self.rows.index(position).is_none()
            && (1..=record::arity_of(head)).contains(&position);
        usable.then(|| cell.get(position)).flatten()
    }

    /// Deletes this very object. Atomic.
    pub(crate) fn remove_object(
        &self,
        object: &[u64],
        admission: &Admission<'_>,
    ) -> Result<u64, GateChanged> {
        let wanted = object_term(object);
        let mut same = false;
        let found = self.update(self.key_of_words(object), admission, |present| {
            same = present.exact_eq(wanted);
            Ok::<_, std::convert::Infallible>(if same { Change::Remove } else { Change::Keep })
        })?;
        Ok(u64::from(found.is_some() && same))
    }

    /// Whether what was sought is there for somebody at this moment.
    pub(super) fn has_object(&self, sought: &Sought<'_>, moment: Moment) -> bool {
        let is_there = |index| !self.rows.is_over(self.slot(&sought.leaf, index), moment);
        sought.place.is_ok_and(is_there)
    }

    /// Frees what belongs to a slot that is not published any more.
    pub(super) fn discard(&self, slot: Slot, cause: RemovalCause) {
        match (slot.as_record(), slot.as_pair()) {
            (Some(record), _) => self.rows.discard(record, cause),
            (None, Some((_, value))) => self.rows.discard_pair(value),
            (None, None) => {}
        }
    }

    /// Frees what belongs to a slot that never was published.
    pub(super) fn discard_unseen(&self, slot: Slot) {
        if let Some(record) = slot.as_record() {
            self.rows.discard_unseen(record);
        }
    }
}

/// Whether a leaf in which so many entries are left is to be merged. If its neighbours were too full or busy, it is tried
/// again when half of these are gone, not each time: where the first object is taken again and again, the next leaf is full.
fn is_worth_merging(left: usize) -> bool {
    left < FEW && (left + 1).is_power_of_two()
}
