//! Objects whose time is over, or that have to go; and how long one lives.

use super::find::Place;
use super::hold::Held;
use super::{Admission, GateChanged, HashTable, Key};
use crate::engine::leave::is_due;
use crate::engine::lifetime::{Moment, RemovalCause};
use crate::engine::record::RowBuffer;
use crate::slab::CellIndex;
use crate::term::{TermError, TermRef};
use std::time::Duration;

impl HashTable {
    /// Takes this very record out, if it is the key's and, where its time is to be over, it is. Whether it was taken out.
    pub(crate) fn remove_record(
        &self,
        key: TermRef<'_>,
        record: CellIndex,
        cause: RemovalCause,
        moment: Moment,
    ) -> bool {
        let key = self.key(key);
        let generation = self.generation();
        let Some((mut held, place)) = self.hold_object(&key) else {
            return false;
        };
        let is_meant = place.slot.as_record() == Some(record);
        if !is_meant || !is_due(&self.rows, place.slot, cause, moment) {
            return false;
        }
        held.begin_writing();
        self.take_out(&mut held, &place);
        let generation = held.generation_like(generation);
        drop(held);
        self.discard(place.slot, cause);
        self.count(generation, -1, -1, false);
        true
    }

    /// Gives the object of a key another lifespan, which begins now. Whether there is such an object.
    pub(crate) fn set_lifespan(
        &self,
        key: TermRef<'_>,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        let Some((mut held, place)) = self.hold_object(&self.key(key)) else {
            return admission.holds().map(|()| false);
        };
        // Who has seen the time that it had finds the bucket changed.
        held.begin_writing();
        admission.holds()?;
        Ok(self.rows.set_lifespan(place.slot, admission.birth))
    }

    /// Tags the object of a key. Whether there is such an object.
    pub(crate) fn tag(
        &self,
        key: TermRef<'_>,
        tag: TermRef<'_>,
        admission: &Admission<'_>,
    ) -> Result<Result<bool, TermError>, GateChanged> {
        let found = self.hold_object(&self.key(key));
        admission.holds()?;
        Ok(found.map_or(Ok(false), |(_held, place)| {
            self.rows.tag(place.slot, tag, admission.birth.moment)
        }))
    }

    /// How long the object of a key lives on; see `Engine::time_left`.
    pub(crate) fn time_left(&self, key: TermRef<'_>, moment: Moment) -> Option<Option<Duration>> {
        let (_held, place) = self.hold_object(&self.key(key))?;
        self.rows.time_left(place.slot, moment)
    }

    /// Holds the bucket of a key that is there.
    fn hold_object(&self, key: &Key<'_>) -> Option<(Held<'_>, Place<'_>)> {
        self.help_resize();
        let held = self.hold(key.hash);
        let place = self.search_held(&held, key, &mut RowBuffer::new())?;
        Some((held, place))
    }
}
