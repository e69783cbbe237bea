//! Putting other objects in the places of those that a key of a bag has.
//!
//! Their order and number stay, so nothing is counted: one slot is exchanged for another.

use super::find::{Place, Spot};
use super::write::Sought;
use super::{Admission, GateChanged, HashTable, Key};
use crate::engine::lifetime::{Birth, RemovalCause};
use crate::engine::objects::Objects;
use crate::engine::reclaim::{Pin, pin};
use crate::engine::record::RowBuffer;
use crate::engine::slot::Slot;
use crate::term::Term;

impl HashTable {
    /// Changes the objects of a key of a bag as `change` says; see `Engine::rewrite`.
    pub(crate) fn rewrite<E>(
        &self,
        key: &Key<'_>,
        admission: &Admission<'_>,
        mut change: impl FnMut(&Objects) -> Result<Option<Vec<Term>>, E>,
    ) -> Result<Result<bool, E>, GateChanged> {
        self.help_resize();
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
            let Some(objects) = self.objects_at(&sought.spot, &place, &pin) else {
                continue;
            };
            let others = match change(&objects) {
                Ok(Some(others)) => others,
                Ok(None) => return admission.holds().map(|()| Ok(true)),
                Err(error) => return Ok(Err(error)),
            };
            debug_assert_eq!(others.len(), objects.len(), "as many as there were");
            let slot = self.store_objects(&others, key.hash);
            if self.exchange(sought, &place, slot, admission)? {
                return Ok(Ok(true));
            }
        }
    }

    /// The objects of a place as they were at one moment; `None` if the bucket changed meanwhile.
    fn objects_at(&self, spot: &Spot<'_>, place: &Place<'_>, pin: &Pin) -> Option<Objects> {
        let mut objects = Objects::default();
        self.copy_slot(spot, place.slot, pin, &mut objects)?;
        spot.is_unchanged().then_some(objects)
    }

    /// A slot for objects of one key, which nobody has seen yet.
    fn store_objects(&self, objects: &[Term], hash: u64) -> Slot {
        let store = |object: &Term| {
            let words = object.as_ref().words();
            self.rows.store(words, self.key_position, Birth::NONE)
        };
        let rows: Vec<_> = objects.iter().map(store).collect();
        self.record_of_rows(&rows, hash)
    }

    /// Puts a slot in the place of another; false if the bucket was lost. Whichever is not in the bucket
    /// afterwards is freed, with all that belongs to it.
    fn exchange(
        &self,
        sought: Sought<'_>,
        place: &Place<'_>,
        slot: Slot,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        let exchanged = match self.commit(sought) {
            None => Ok(false),
            Some(_held) => admission.holds().map(|()| {
                place.line.set_slot(place.index, slot);
                true
            }),
        };
        if exchanged == Ok(true) {
            self.discard(place.slot, RemovalCause::Replaced);
        } else {
            self.discard(slot, RemovalCause::Deleted);
        }
        exchanged
    }
}
