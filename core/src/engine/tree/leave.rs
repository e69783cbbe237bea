//! Objects whose time is over, or that have to go; and how long one lives.

use super::descend::Path;
use super::latch::Held;
use super::probe::Probe;
use super::write::Way;
use super::{Admission, GateChanged, Tree};
use crate::engine::leave::is_due;
use crate::engine::lifetime::{Moment, RemovalCause};
use crate::engine::record::RowBuffer;
use crate::engine::slot::Slot;
use crate::slab::CellIndex;
use crate::term::{TermError, TermRef};
use std::time::Duration;

/// An object whose leaf is held.
struct Found<'t> {
    held: Held<'t>,
    path: Path<'t>,
    index: usize,
    slot: Slot,
}

impl Tree {
    /// Takes this very record out, if it is the key's and, where its time is to be over, it is. Whether it was taken out.
    pub(crate) fn remove_record(
        &self,
        key: TermRef<'_>,
        record: CellIndex,
        cause: RemovalCause,
        moment: Moment,
    ) -> bool {
        let probe = Probe::key(key);
        let Some(mut found) = self.hold_object(&probe) else {
            return false;
        };
        let is_meant = found.slot.as_record() == Some(record);
        if !is_meant || !is_due(&self.rows, found.slot, cause, moment) {
            return false;
        }
        found.held.begin_writing();
        let Found {
            held,
            path,
            index,
            slot,
        } = found;
        let way = Way {
            probe: &probe,
            path: &path,
        };
        self.take_entry(held, way, index, slot, cause);
        true
    }

    /// Gives the object of a key another lifespan, which begins now. Whether there is such an object.
    pub(crate) fn set_lifespan(
        &self,
        key: TermRef<'_>,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        let Some(mut found) = self.hold_object(&Probe::key(key)) else {
            return admission.holds().map(|()| false);
        };
        // Who has seen the time that it had finds the leaf changed.
        found.held.begin_writing();
        admission.holds()?;
        Ok(self.rows.set_lifespan(found.slot, admission.birth))
    }

    /// Tags the object of a key. Whether there is such an object.
    pub(crate) fn tag(
        &self,
        key: TermRef<'_>,
        tag: TermRef<'_>,
        admission: &Admission<'_>,
    ) -> Result<Result<bool, TermError>, GateChanged> {
        let found = self.hold_object(&Probe::key(key));
        admission.holds()?;
        Ok(found.map_or(Ok(false), |found| {
            self.rows.tag(found.slot, tag, admission.birth.moment)
        }))
    }

    /// How long the object of a key lives on; see `Engine::time_left`.
    pub(crate) fn time_left(&self, key: TermRef<'_>, moment: Moment) -> Option<Option<Duration>> {
        let found = self.hold_object(&Probe::key(key))?;
        self.rows.time_left(found.slot, moment)
    }

    /// Holds the leaf of a key that is there. What a list is about to decide is waited for.
    fn hold_object(&self, probe: &Probe<'_>) -> Option<Found<'_>> {
        let mut path = Path::new();
        // No free seek.
        let mut tries = u32::MAX;
        let sought = self.seek(probe, &mut tries, &mut RowBuffer::new(), &mut path);
        let index = sought.place.ok()?;
        let slot = self.slot(&sought.leaf, index);
        let held = sought.held?;
        Some(Found {
            held,
            path,
            index,
            slot,
        })
    }
}
