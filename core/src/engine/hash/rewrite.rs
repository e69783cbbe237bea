//! Putting other objects in the places of those that a key of a bag has.
//!
//! Their order and number stay: one slot is exchanged for another. Only what was over goes on the way.

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
    /// The objects that were not over, and where each of them was.
    objects: Objects,
    slots: Vec<Slot>,
    /// How many were over.
    over: usize,
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
        let mut slots = match self.rows_of_bag_slot(spot, place.slot) {
            Some(rows) => rows.into_iter().map(|row| Slot::record(row, 0)).collect(),
            None => vec![place.slot],
        };
        let all = slots.len();
        slots.retain(|&slot| !self.rows.is_over(slot, spot.moment));
        let mut objects = Objects::default();
        for &slot in &slots {
            self.copy_slot(&spot.at(Moment::NONE), slot, pin, &mut objects)?;
        }
        let over = all - slots.len();
        spot.is_unchanged().then_some(Former {
            objects,
            slots,
            over,
        })
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
        let slot = self.record_of_rows(fresh, self.hash_of_slot(place.slot));
        let generation = self.generation();
        let exchanged = match self.commit(sought) {
            None => Ok(None),
            Some(held) => admission.holds().map(|()| {
                for (&row, &former) in fresh.iter().zip(&former.slots) {
                    let row = Slot::record(row, 0);
                    self.rows.succeed(row, former, admission.birth);
                }
                place.line.set_slot(place.index, slot);
                Some(held.generation_like(generation))
            }),
        };
        match exchanged {
            Ok(Some(generation)) => {
                let moment = admission.birth.moment;
                self.discard(place.slot, RemovalCause::Replaced, moment);
                self.count(generation, -(former.over as i64), 0, false);
                Ok(true)
            }
            lost => {
                self.free_bag_record(slot);
                fresh.iter().for_each(|&row| self.rows.discard_unseen(row));
                lost.map(|_| false)
            }
        }
    }
}
