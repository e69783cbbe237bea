//! Objects whose time is over, or that have to go; and how long one lives.

use super::find::Place;
use super::hold::Held;
use super::{Admission, Duplicates, GateChanged, HashTable, Key};
use crate::engine::leave::is_due;
use crate::engine::lifetime::{Moment, RemovalCause};
use crate::engine::record::RowBuffer;
use crate::engine::slot::Slot;
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
        let Some((mut held, place)) = self.hold_object(&self.key(key)) else {
            return false;
        };
        // Nobody else frees the record, in the table or not.
        if !is_due(&self.rows, Slot::record(record, 0), cause, moment) {
            return false;
        }
        if self.duplicates != Duplicates::Replace {
            held.begin_writing();
            let thinned = self.thin_row(&held, &place, record);
            let is_there = thinned.is_some();
            if let Some(thinned) = thinned {
                self.finish_thinning(held, &place, thinned, cause, Moment::NONE);
            }
            return is_there;
        }
        if place.slot.as_record() != Some(record) {
            return false;
        }
        held.begin_writing();
        let generation = held.generation_like(self.generation());
        self.take_out(&mut held, &place);
        drop(held);
        self.discard(place.slot, cause, Moment::NONE);
        self.count(generation, -1, -1, false);
        true
    }

    /// Gives the objects of a key another lifespan, which begins now. Whether there are such.
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
        let mut is_any = false;
        self.each_object(&held, &place, |slot| {
            is_any |= self.rows.set_lifespan(slot, admission.birth);
        });
        Ok(is_any)
    }

    /// Tags the objects of a key. Whether there are such.
    pub(crate) fn tag(
        &self,
        key: TermRef<'_>,
        tag: TermRef<'_>,
        admission: &Admission<'_>,
    ) -> Result<Result<bool, TermError>, GateChanged> {
        let found = self.hold_object(&self.key(key));
        admission.holds()?;
        let (mut is_any, mut failed) = (false, None);
        if let Some((held, place)) = found {
            self.each_object(&held, &place, |slot| {
                match self.rows.tag(slot, tag, admission.birth.moment) {
                    Ok(tagged) => is_any |= tagged,
                    Err(error) => failed = Some(error),
                }
            });
        }
        Ok(failed.map_or(Ok(is_any), Err))
    }

    /// How long the objects of a key live on; see `Engine::time_left`.
    pub(crate) fn time_left(&self, key: TermRef<'_>, moment: Moment) -> Option<Option<Duration>> {
        let (held, place) = self.hold_object(&self.key(key))?;
        let mut longest = None;
        self.each_object(&held, &place, |slot| {
            let left = self.rows.time_left(slot, moment);
            // What never ends is the longest; what is over is none.
            let order = |left: Option<Option<Duration>>| left.map(|left| (left.is_none(), left));
            if order(left) > order(longest) {
                longest = left;
            }
        });
        longest
    }

    /// Holds the bucket of a key that is there.
    fn hold_object(&self, key: &Key<'_>) -> Option<(Held<'_>, Place<'_>)> {
        self.help_resize();
        let held = self.hold(key.hash);
        let place = self.search_held(&held, key, &mut RowBuffer::new())?;
        Some((held, place))
    }
}
