//! Lists: many objects inserted as if at once.
//!
//! Each object is first put into the tree as a pending record ([`pending`](crate::engine::pending)), like any
//! single one, in the order of keys. That takes no lock but that of one leaf at a time: other writers of a key
//! whose record is pending wait, so the record itself is the lock on its key. And since all lists place
//! theirs in the order of keys, none waits for another in a circle. One store to the stamp makes the list
//! visible; then each record is replaced by what it stands for.

use super::descend::Path;
use super::latch::Seen;
use super::probe::Probe;
use super::write::Sought;
use super::{Admission, GateChanged, Tree};
use crate::engine::lifetime::{Birth, RemovalCause};
use crate::engine::pending::Stamp;
use crate::engine::record::RowBuffer;
use crate::engine::slot::Slot;
use crate::slab::CellIndex;
use crate::sync::read;

/// An object of a list that is in the tree as a pending record.
struct Placed<'a> {
    probe: Probe<'a>,
    pending: CellIndex,
    new: Slot,
    old: Option<Slot>,
}

impl Tree {
    /// Inserts objects, given as the words of their tuples: all of them, or none if `only_new`
    /// and one of their keys is there already. True if they were inserted. Atomic and
    /// isolated whatever their number. Complexity: O(n log n).
    pub(crate) fn insert_list(
        &self,
        objects: &[&[u64]],
        only_new: bool,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        let objects = self.last_of_each_key(objects);
        // Nothing is deleted as a whole while the list is under way: it would be torn.
        let _under_way = read(&self.clearing);
        let stamp = Stamp::new(&self.rows.slab);
        let mut placed = Vec::with_capacity(objects.len());
        for object in &objects {
            match self.place(&stamp, object, only_new, admission.birth) {
                Some(pending) => placed.push(pending),
                None => break,
            }
        }
        let decided = if placed.len() == objects.len() {
            stamp.decide(admission).map(|()| true)
        } else {
            admission.holds().map(|()| false)
        };
        let inserted = decided == Ok(true);
        let grown = placed.iter().filter(|placed| placed.old.is_none()).count();
        for placed in placed {
            self.settle(placed, inserted);
        }
        if inserted {
            self.counts.add(self.root().generation(), grown as i64);
        }
        decided
    }

    /// The objects in the order of their keys; of one key the last.
    fn last_of_each_key<'a>(&self, objects: &[&'a [u64]]) -> Vec<&'a [u64]> {
        let key = |object: &&'a [u64]| self.key_of_words(object);
        let mut sorted = objects.to_vec();
        sorted.sort_by(|a, b| key(a).numeric_cmp(key(b)));
        let same_key = |a: &&'a [u64], b: &&'a [u64]| key(a).numeric_eq(key(b));
        let last = |same: &[&'a [u64]]| same.last().copied();
        sorted.chunk_by(same_key).filter_map(last).collect()
    }

    /// Puts a pending record for an object into the tree. `None` if its key is there already and only
    /// new ones are wanted.
    fn place<'a>(
        &self,
        stamp: &Stamp<'_>,
        object: &'a [u64],
        only_new: bool,
        birth: Birth,
    ) -> Option<Placed<'a>> {
        let probe = Probe::key(self.key_of_words(object));
        let new = self.store_object(object, probe.head, birth);
        let mut buffer = RowBuffer::new();
        let (mut tries, mut path) = (0, Path::new());
        loop {
            let sought = self.seek(&probe, &mut tries, &mut buffer, &mut path);
            if only_new && self.has_object(&sought, birth.moment) {
                if sought.leaf.is_unchanged() {
                    self.discard_unseen(new);
                    return None;
                }
                continue;
            }
            let old = sought
                .place
                .ok()
                .map(|index| self.slot(&sought.leaf, index));
            let pending = stamp.pending(new, old);
            let slot = Slot::marked_record(pending, probe.head, probe.fingerprint());
            if self.publish(sought, &path, &probe, slot) {
                return Some(Placed {
                    probe,
                    pending,
                    new,
                    old,
                });
            }
            self.rows.slab.free(pending);
        }
    }

    /// Puts a slot where a key is or would be; false if the leaf was lost or had to be split.
    fn publish(&self, sought: Sought<'_>, path: &Path<'_>, probe: &Probe<'_>, slot: Slot) -> bool {
        let [_, word] = slot.words();
        match sought.place {
            Ok(index) => {
                let held = self.commit(sought);
                held.is_some_and(|held| {
                    held.page.set_word(index, word);
                    true
                })
            }
            Err(index) => {
                let held = self.commit_with_room(sought, probe);
                held.is_some_and(|held| {
                    self.insert_entry(held, path, probe, index, word);
                    true
                })
            }
        }
    }

    /// Replaces a pending record by what it stands for, and frees the rest.
    fn settle(&self, placed: Placed<'_>, inserted: bool) {
        let (kept, lost) = if inserted {
            (Some(placed.new), placed.old)
        } else {
            (placed.old, Some(placed.new))
        };
        while !self.try_settle(&placed, kept) {}
        self.rows.slab.free(placed.pending);
        match lost {
            Some(lost) if inserted => self.discard(lost, RemovalCause::Replaced),
            Some(lost) => self.discard_unseen(lost),
            None => {}
        }
    }

    /// False if the leaf was lost.
    fn try_settle(&self, placed: &Placed<'_>, kept: Option<Slot>) -> bool {
        let (mut buffer, mut path) = (RowBuffer::new(), Path::new());
        let sought = self.seek_any(&placed.probe, &mut 0, &mut buffer, &mut path);
        let Ok(index) = sought.place else {
            debug_assert!(!is_certain(&sought.leaf), "nobody else takes it out");
            return false;
        };
        let Some(held) = self.commit(sought) else {
            return false;
        };
        match kept.map(Slot::words) {
            Some([_, word]) => held.page.set_word(index, word),
            None => {
                self.remove_entry(held, &path, &placed.probe, index);
            }
        }
        true
    }
}

fn is_certain(leaf: &Seen<'_>) -> bool {
    leaf.is_unchanged()
}
