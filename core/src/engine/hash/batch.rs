//! Lists: many objects inserted as if at once.
//!
//! The objects are sorted by hash, and their buckets are locked in that order. Bucket order is
//! hash order in every array, so two lists, or a list and a migration, never wait for each
//! other in a circle. With all buckets locked the insertion is planned, and carried out in
//! one of two ways:
//!
//! * **Up to [`SHORT_MAX`] keys**: all buckets are marked as being written, then all are written,
//!   then all are released. Nobody can read one of the objects before all are there. Readers of
//!   these buckets wait for as long as that takes, a few nanoseconds an object.
//!
//! * **More**: readers would wait too long. So each object is first published as a PENDING record
//!   ([`pending`](crate::engine::pending)), and one store to the stamp of the list makes all of it visible. Then the slots
//!   become the new ones, bucket by bucket, and the locks go.
//!
//! A key that occurs several times in a list is inserted once: a `set` keeps the last object, a
//! bag gets them all in one record.

use super::bag::{BAG_ROWS_MAX, Exchange};
use super::hold::Held;
use super::line::Content;
use super::{Admission, Duplicates, GateChanged, HashTable, Key};
use crate::engine::lifetime::{Birth, Moment, RemovalCause};
use crate::engine::pending::Stamp;
use crate::engine::record::{RowBuffer, object_term};
use crate::engine::slot::Slot;
use crate::mutant::{self, Mutant};
use crate::slab::CellIndex;
use hashbrown::HashTable as Table;
use std::collections::HashMap;

/// The most keys that are written while readers wait.
pub(crate) const SHORT_MAX: usize = if cfg!(any(feature = "tight", heirloom_loom)) {
    2
} else {
    64
};

/// The objects of one key in a list.
struct KeyGroup<'a> {
    key: Key<'a>,
    /// Which bucket of those held.
    held: usize,
    /// Their slots, in the order of the list; of a `set` only the last one's.
    slots: Vec<(Slot, &'a [u64])>,
    plan: Plan,
    /// In a cache: objects that a bag has already, and whose lives begin anew.
    renewed: Vec<Exchange>,
    /// The same of those that are over: they go, and the new ones come last.
    gone: Vec<CellIndex>,
}

impl KeyGroup<'_> {
    /// Does with the rows of a bag what is to be done with those that it has already.
    fn change(&self, rows: &mut Vec<CellIndex>) {
        let renewed = self.renewed.iter().map(|own| (own.old, Some(own.new)));
        let gone = self.gone.iter().map(|&old| (old, None));
        let changes: HashMap<_, _> = renewed.chain(gone).collect();
        if !changes.is_empty() {
            let change = |row: &CellIndex| changes.get(row).copied().unwrap_or(Some(*row));
            *rows = rows.iter().filter_map(change).collect();
        }
    }
}

/// What is to be done for one key.
enum Plan {
    /// Nothing: all objects are there already.
    Nothing,
    /// A slot's content takes the place of another, or a free one.
    Put { new: Slot, old: Option<Slot> },
    /// Rows are appended to a long bag where it is, and some renewed.
    Append { bag: Slot, rows: Vec<CellIndex> },
}

impl HashTable {
    /// Inserts objects, given as the words of their tuples: all of them, or none if `only_new`
    /// and one of their keys is there already. True if they were inserted. Atomic and
    /// isolated whatever their number. Complexity: O(n log n).
    pub(crate) fn insert_list(
        &self,
        objects: &[&[u64]],
        only_new: bool,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        let mut groups = self.group_by_key(objects, admission.birth);
        let long = groups.len() > SHORT_MAX;
        if long {
            self.reserve(groups.len());
        }
        self.help_resize();
        let (mut held, generation) = self.hold_all(&mut groups);
        if only_new && self.any_is_there(&held, &groups, admission.birth.moment) {
            let refused = admission.holds().map(|()| false);
            drop(held);
            self.discard_slots(&groups);
            return refused;
        }
        let mut effects = Effects::default();
        for group in &mut groups {
            let moment = admission.birth.moment;
            self.plan(&held[group.held], group, long, moment, &mut effects);
        }
        let written = if long {
            self.write_with_stamp(&mut held, &groups, admission)
        } else {
            self.write_at_once(&mut held, &groups, admission)
        };
        drop(held);
        if let Err(changed) = written {
            self.discard_plans(&groups);
            return Err(changed);
        }
        let Effects { objects, keys, .. } = effects;
        effects.free_leftover(self, admission.birth.moment);
        self.count(generation, objects, keys, keys != 0);
        for group in &groups {
            if let Plan::Put { old: None, .. } = group.plan {
                self.admit(group.key.hash);
            }
        }
        Ok(true)
    }

    /// The objects by key, in the order of hashes, each with a slot of its own.
    fn group_by_key<'a>(&self, objects: &[&'a [u64]], birth: Birth) -> Vec<KeyGroup<'a>> {
        let mut keyed: Vec<(Key<'a>, &'a [u64])> = objects
            .iter()
            .map(|&object| (self.key_of_object(object), object))
            .collect();
        keyed.sort_by(|(a, _), (b, _)| {
            let by_hash = a.hash.cmp(&b.hash);
            by_hash.then_with(|| a.term.exact_cmp(b.term))
        });
        let mut groups = Vec::new();
        for same in keyed.chunk_by(|(a, _), (b, _)| a.hash == b.hash && a.term.exact_eq(b.term)) {
            let kept = match self.duplicates {
                Duplicates::Replace => &same[same.len() - 1..],
                _ => same,
            };
            let slots = kept
                .iter()
                .map(|&(key, object)| (self.store_object(object, key.hash, birth), object));
            groups.push(KeyGroup {
                key: same[0].0,
                held: 0,
                slots: slots.collect(),
                plan: Plan::Nothing,
                renewed: Vec::new(),
                gone: Vec::new(),
            });
        }
        groups
    }

    /// Holds the buckets of all keys, all of one generation, which is returned, too.
    fn hold_all(&self, groups: &mut [KeyGroup<'_>]) -> (Vec<Held<'_>>, u64) {
        let mut held: Vec<Held<'_>> = Vec::new();
        for group in groups {
            let same_bucket = held.last().is_some_and(|last| {
                let spot = last.spot();
                spot.array.index(group.key.hash) == spot.bucket
            });
            if !same_bucket {
                held.push(self.hold(group.key.hash));
            }
            group.held = held.len() - 1;
        }
        // Everything may have been deleted between the first lock and the last. One generation
        // for all: what is deleted after this, is deleted with the whole list.
        let generation = self.generation();
        let renew = |held| self.renewed(held, generation);
        (held.into_iter().map(renew).collect(), generation)
    }

    fn any_is_there(&self, held: &[Held<'_>], groups: &[KeyGroup<'_>], moment: Moment) -> bool {
        let mut buffer = RowBuffer::new();
        groups.iter().any(|group| {
            let bucket = &held[group.held];
            let place = self.search_held(bucket, &group.key, &mut buffer);
            let mut is_any = false;
            if let Some(place) = place {
                self.each_object(bucket, &place, |slot| {
                    is_any |= !self.rows.is_over(slot, moment);
                });
            }
            is_any
        })
    }

    fn discard_slots(&self, groups: &[KeyGroup<'_>]) {
        for &(slot, _) in groups.iter().flat_map(|group| &group.slots) {
            self.discard_unseen(slot);
        }
    }

    /// Frees what was prepared and planned, when it comes to nothing.
    fn discard_plans(&self, groups: &[KeyGroup<'_>]) {
        for group in groups {
            if let Plan::Put { new, .. } = group.plan {
                self.free_bag_record(new);
            }
        }
        self.discard_slots(groups);
    }

    /// Decides what is to be done for one key.
    fn plan(
        &self,
        held: &Held<'_>,
        group: &mut KeyGroup<'_>,
        long: bool,
        moment: Moment,
        effects: &mut Effects,
    ) {
        let mut buffer = RowBuffer::new();
        let place = self.search_held(held, &group.key, &mut buffer);
        let old = place.map(|place| place.slot);
        if self.duplicates == Duplicates::Replace {
            let (new, _) = group.slots[0];
            effects.slots.extend(old.map(|old| (old, true)));
            group.plan = Plan::Put { new, old };
            effects.objects += i64::from(old.is_none());
            effects.keys += i64::from(old.is_none());
            return;
        }
        let rows = self.rows_to_add(held, group, old, moment, effects);
        effects.objects += rows.len() as i64 - group.gone.len() as i64;
        effects.keys += i64::from(old.is_none());
        group.plan = match old {
            _ if rows.is_empty() && group.renewed.is_empty() => Plan::Nothing,
            None => Plan::Put {
                new: self.record_of_rows(&rows, group.key.hash),
                old: None,
            },
            Some(old) if !long && self.long_bag(old).is_some() => Plan::Append { bag: old, rows },
            Some(old) => {
                let mut all = self.rows_of_record(held, old);
                group.change(&mut all);
                all.extend(rows);
                if self.is_bag(old) {
                    effects.bags.push(old);
                }
                Plan::Put {
                    new: self.record_of_rows(&all, group.key.hash),
                    old: Some(old),
                }
            }
        };
    }

    /// The rows of a bag's group that are not there yet. The others are left over; in a cache those that are there already are.
    fn rows_to_add(
        &self,
        held: &Held<'_>,
        group: &mut KeyGroup<'_>,
        old: Option<Slot>,
        moment: Moment,
        effects: &mut Effects,
    ) -> Vec<CellIndex> {
        if self.duplicates == Duplicates::Any {
            let rows = group.slots.iter().filter_map(|(slot, _)| slot.as_record());
            return rows.collect();
        }
        let mut seen: Table<&[u64]> = Table::new();
        let mut rows = Vec::new();
        for &(slot, object) in &group.slots {
            let term = object_term(object);
            let hash = term.hash_exact(self.seed);
            let is_same = |other: &&[u64]| object_term(other).exact_eq(term);
            if seen.find(hash, is_same).is_some() {
                effects.slots.push((slot, false));
                continue;
            }
            let rehash = |object: &&[u64]| object_term(object).hash_exact(self.seed);
            seen.insert_unique(hash, object, rehash);
            let present = old.and_then(|old| self.row_in_bag(held, old, object));
            let (Some(old), Some(new)) = (present, slot.as_record()) else {
                rows.extend(slot.as_record());
                continue;
            };
            if self.rows.tails().is_none() {
                effects.slots.push((slot, false));
                continue;
            }
            // Over or not: calls may differ about that, and no bag has an object twice.
            effects.slots.push((Slot::record(old, 0), true));
            if self.row_is_over(old, moment) {
                group.gone.push(old);
                rows.push(new);
            } else {
                group.renewed.push(Exchange { old, new });
            }
        }
        rows
    }

    /// Writes all keys while readers wait. The gate is asked when they do: whoever changed it and
    /// reads one of these buckets, finds the list refused or waits for it.
    fn write_at_once<'t>(
        &'t self,
        held: &mut [Held<'t>],
        groups: &[KeyGroup<'_>],
        admission: &Admission<'_>,
    ) -> Result<(), GateChanged> {
        if mutant::is_on(Mutant::BatchBucketByBucket) {
            for group in groups {
                held[group.held].begin_writing();
                self.write_plan(held, group);
                held[group.held].end_writing();
            }
            return Ok(());
        }
        held.iter_mut().for_each(Held::begin_writing);
        admission.holds()?;
        for group in groups {
            self.write_plan(held, group);
            self.succeed(group, admission.birth);
        }
        Ok(())
    }

    /// What is renewed was used as often as what it takes the place of. The caller is writing the group's bucket.
    fn succeed(&self, group: &KeyGroup<'_>, birth: Birth) {
        for &Exchange { old, new } in &group.renewed {
            let [new, old] = [new, old].map(|row| Slot::record(row, 0));
            self.rows.succeed(new, old, birth);
        }
    }

    fn write_plan<'t>(&'t self, held: &mut [Held<'t>], group: &KeyGroup<'_>) {
        match &group.plan {
            Plan::Nothing => {}
            Plan::Put { new, .. } => self.set_slot(held, group, *new),
            Plan::Append { bag, rows } => {
                if let Some(cell) = self.long_bag(*bag) {
                    self.exchange_rows(cell, &group.renewed);
                    self.drop_rows(cell, &group.gone);
                    rows.iter().for_each(|&row| self.append(cell, row));
                }
            }
        }
    }

    /// Makes `slot` that of a key, in a bucket that is being written.
    fn set_slot<'t>(&'t self, held: &mut [Held<'t>], group: &KeyGroup<'_>, slot: Slot) {
        let mut buffer = RowBuffer::new();
        // Sought anew: the key before may have moved it when it needed room.
        match self.search_held(&held[group.held], &group.key, &mut buffer) {
            Some(place) => place.line.set_slot(place.index, slot),
            None => {
                let content = Content::new(slot, group.key.hash);
                self.put_in(&mut held[group.held], content);
            }
        }
    }

    /// Writes all keys so that no reader waits for more than one bucket.
    fn write_with_stamp<'t>(
        &'t self,
        held: &mut [Held<'t>],
        groups: &[KeyGroup<'_>],
        admission: &Admission<'_>,
    ) -> Result<(), GateChanged> {
        let stamp = Stamp::new(&self.rows.slab);
        let mut pending = Vec::with_capacity(groups.len());
        self.write_by_bucket(held, groups, |held, group| {
            if let Plan::Put { new, old } = group.plan {
                let cell = stamp.pending(new, old);
                pending.push(cell);
                self.set_slot(held, group, Slot::record(cell, group.key.hash));
            }
        });
        let decided = stamp.decide(admission);
        self.write_by_bucket(held, groups, |held, group| {
            match group.plan {
                Plan::Put { new, .. } if decided.is_ok() => self.set_slot(held, group, new),
                Plan::Put { old: Some(old), .. } => self.set_slot(held, group, old),
                Plan::Put { old: None, .. } => self.unset_slot(held, group),
                _ => {}
            }
            if decided.is_ok() {
                self.succeed(group, admission.birth);
            }
        });
        pending
            .into_iter()
            .for_each(|cell| self.rows.slab.free(cell));
        decided
    }

    /// Writes one bucket after the other; readers wait for one at a time.
    fn write_by_bucket<'t>(
        &'t self,
        held: &mut [Held<'t>],
        groups: &[KeyGroup<'_>],
        mut write: impl FnMut(&mut [Held<'t>], &KeyGroup<'_>),
    ) {
        for same_bucket in groups.chunk_by(|a, b| a.held == b.held) {
            let bucket = same_bucket[0].held;
            held[bucket].begin_writing();
            for group in same_bucket {
                write(held, group);
            }
            held[bucket].end_writing();
        }
    }

    /// Takes a key out again that was not there before.
    fn unset_slot<'t>(&'t self, held: &mut [Held<'t>], group: &KeyGroup<'_>) {
        let mut buffer = RowBuffer::new();
        let bucket = &mut held[group.held];
        if let Some(place) = self.search_held(bucket, &group.key, &mut buffer) {
            self.take_out(bucket, &place);
        }
    }
}

/// What else comes of a list.
#[derive(Default)]
struct Effects {
    /// By how much the table grows.
    objects: i64,
    keys: i64,
    /// Slots that are left over with all that belongs to them, and whether they were in the table.
    slots: Vec<(Slot, bool)>,
    /// Slots of a bag whose rows live on in another record.
    bags: Vec<Slot>,
}

impl Effects {
    /// Frees what is left over, when nothing is held any more.
    fn free_leftover(self, table: &HashTable, moment: Moment) {
        for (slot, was_seen) in self.slots {
            if was_seen {
                table.discard(slot, RemovalCause::Replaced, moment);
            } else {
                table.discard_unseen(slot);
            }
        }
        self.bags
            .into_iter()
            .for_each(|slot| table.free_bag_record(slot));
    }
}

// A bag's record fits into a cell.
const _: () = assert!(BAG_ROWS_MAX < crate::slab::CELL_WORDS_MAX);
