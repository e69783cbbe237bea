//! Putting other objects in the places of those that a key of a bag has.
//!
//! Their order and number stay, so nothing is counted: one slot is exchanged for another.

use super::find::{Place, Spot};
use super::write::Sought;
use super::{Admission, GateChanged, HashTable, Key};
use crate::engine::lifetime::{Birth, Lifespan, Moment, RemovalCause};
use crate::engine::objects::Objects;
use crate::engine::reclaim::{Pin, pin};
use crate::engine::record::RowBuffer;
use crate::engine::slot::Slot;
use crate::slab::CellIndex;
use crate::term::Term;

/// What a key had in the moment that counts.
struct Former {
    /// The objects that were not over.
    objects: Objects,
    /// All objects, each in a slot of its own, and whether it was over.
    slots: Vec<(Slot, bool)>,
}

impl HashTable {
    /// Changes the objects of a key of a bag as `change` says; see `Engine::rewrite`.
    pub(crate) fn rewrite<E>(
        &self,
        key: &Key<'_>,
        admission: &Admission<'_>,
        mut change: impl FnMut(&Objects) -> Result<Option<Vec<Term>>, E>,
    ) -> Result<Result<bool, E>, GateChanged> {
        self.help_resize();
        let admission = &admission.giving(Lifespan::OfFormer);
        // Before the bucket is found, as whoever copies large objects out of it must.
        let pin = pin();
        let mut buffer = RowBuffer::new();
        let mut tries = 0;
        loop {
            let sought = self.seek(key, &mut tries, &mut buffer);
            let Some(place) = sought.place else {
                if sought.spot.is_unchanged() {
                    admission.holds()?;
                    return Ok(Ok(false));
                }
                continue;
            };
            let spot = sought.spot.at(admission.birth.moment);
            let Some(former) = self.former_at(&spot, &place, &pin) else {
                continue;
            };
            if former.objects.len() == 0 {
                admission.holds()?;
                return Ok(Ok(false));
            }
            let others = match change(&former.objects) {
                Ok(Some(others)) => others,
                Ok(None) => return admission.holds().map(|()| Ok(true)),
                Err(error) => return Ok(Err(error)),
            };
            debug_assert_eq!(others.len(), former.objects.len(), "as many as there were");
            let fresh = self.store_objects(&others, admission.birth);
            if self.exchange(sought, &place, &former, &fresh, admission)? {
                return Ok(Ok(true));
            }
        }
    }

    /// What a place had at one moment; `None` if the bucket changed meanwhile.
    fn former_at(&self, spot: &Spot<'_>, place: &Place<'_>, pin: &Pin) -> Option<Former> {
        let slots = match self.rows_of_bag_slot(spot, place.slot) {
            Some(rows) => rows.into_iter().map(|row| Slot::record(row, 0)).collect(),
            None => vec![place.slot],
        };
        let is_over = |slot: &Slot| self.rows.is_over(*slot, spot.moment);
        let slots: Vec<_> = slots
            .into_iter()
            .map(|slot| (slot, is_over(&slot)))
            .collect();
        let mut objects = Objects::default();
        for &(slot, _) in slots.iter().filter(|(_, is_over)| !is_over) {
            self.copy_slot(&spot.at(Moment::NONE), slot, pin, &mut objects)?;
        }
        spot.is_unchanged().then_some(Former { objects, slots })
    }

    /// Rows for objects of one key, which nobody has seen yet.
    fn store_objects(&self, objects: &[Term], birth: Birth) -> Vec<CellIndex> {
        let store = |object: &Term| {
            let words = object.as_ref().words();
            self.rows.store(words, self.key_position, birth)
        };
        objects.iter().map(store).collect()
    }

    /// Puts rows in the places of those that were not over; false if the bucket was lost. Whichever are not in the bucket
    /// afterwards are freed, with all that belongs to them.
    fn exchange(
        &self,
        sought: Sought<'_>,
        place: &Place<'_>,
        former: &Former,
        fresh: &[CellIndex],
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        let replaced = former.slots.iter().filter(|(_, is_over)| !is_over);
        let replaced = replaced.map(|&(slot, _)| slot);
        let mut others = fresh.iter().copied();
        let rows: Vec<CellIndex> = former
            .slots
            .iter()
            .filter_map(|&(slot, is_over)| {
                if is_over {
                    slot.as_record()
                } else {
                    others.next()
                }
            })
            .collect();
        let slot = self.record_of_rows(&rows, self.hash_of_slot(place.slot));
        let exchanged = match self.commit(sought) {
            None => Ok(false),
            Some(_held) => admission.holds().map(|()| {
                for (&row, former) in fresh.iter().zip(replaced.clone()) {
                    self.rows
                        .succeed(Slot::record(row, 0), former, admission.birth);
                }
                place.line.set_slot(place.index, slot);
                true
            }),
        };
        if exchanged == Ok(true) {
            self.free_bag_record(place.slot);
            replaced.for_each(|slot| self.discard(slot, RemovalCause::Replaced, Moment::NONE));
        } else {
            self.free_bag_record(slot);
            fresh.iter().for_each(|&row| self.rows.discard_unseen(row));
        }
        exchanged
    }
}
