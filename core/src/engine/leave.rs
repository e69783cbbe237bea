//! Taking objects out of a table that are over or too many. See [`lifetime`](super::lifetime) for who frees what.

use super::lifetime::{Leaving, Lifetimes, Moment, RemovalCause};
use super::record::RowBuffer;
use super::rows::Rows;
use super::slot::Slot;
use super::{Admission, Engine, GateChanged};
use crate::mutant::{self, Mutant};
use crate::sync::Backoff;
use crate::term::{TermError, TermRef};
use std::time::Duration;

/// How often all objects with a tag are looked for. Each time it is those that came since the last.
const INVALIDATION_ROUNDS: usize = 64;

impl Engine {
    pub(super) fn rows(&self) -> &Rows {
        match self {
            Engine::Hash(table) => &table.rows,
            Engine::Tree(tree) => &tree.rows,
        }
    }

    /// Whether objects are what they seem, and stay until they are deleted.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        self.rows().is_plain()
    }

    /// What is known of the objects' lives, in a cache.
    #[inline(always)]
    pub(crate) fn lifetimes(&self) -> Option<&Lifetimes> {
        self.rows().lifetimes()
    }

    /// When a call happens that begins now. The caller holds nothing.
    #[inline(always)]
    pub(crate) fn moment(&self) -> Moment {
        self.rows().moment()
    }

    /// As `fetch`, also what is stale.
    pub(crate) fn fetch_stale(&self, key: TermRef<'_>, buffer: &mut RowBuffer) -> bool {
        let moment = self.rows().moment_of_stale();
        match self {
            Engine::Hash(table) => table.fetch_at(&table.key(key), moment, buffer),
            Engine::Tree(tree) => tree.fetch_at(key, moment, buffer),
        }
    }

    /// Takes out up to `most` objects that are over; how many it were.
    pub(crate) fn expire(&self, most: usize) -> usize {
        let Some(lifetimes) = self.lifetimes() else {
            return 0;
        };
        let moment = lifetimes.moment_of_stale();
        let next = || lifetimes.next_expired(&self.rows().slab, moment);
        let mut count = 0;
        for leaving in std::iter::from_fn(next).take(most) {
            self.see_off(lifetimes, &leaving, RemovalCause::Expired, moment);
            count += 1;
        }
        count
    }

    /// Evicts objects until they are not too many any more. How many of these others have just brought is for these to
    /// see to.
    pub(crate) fn make_room(&self) {
        let Some(lifetimes) = self.lifetimes() else {
            return;
        };
        if let Some(table) = self.as_hash() {
            table.make_rounds();
        }
        while let Some(leaving) = lifetimes.next_evicted(&self.rows().slab) {
            let cause = RemovalCause::Evicted;
            if !self.see_off(lifetimes, &leaving, cause, Moment::NONE) {
                // It was not there yet. Who brings it makes room for it.
                return;
            }
        }
    }

    /// Takes an object out that was taken in hand, if it is there; whether it was.
    fn see_off(
        &self,
        lifetimes: &Lifetimes,
        leaving: &Leaving,
        cause: RemovalCause,
        moment: Moment,
    ) -> bool {
        let rows = self.rows();
        // Nobody else frees the record.
        let object = rows.object_of_own(leaving.record);
        let Some(key) = object.as_ref().element(self.key_position()) else {
            unreachable!("every object has a key");
        };
        let removed = match self {
            Engine::Hash(table) => table.remove_record(key, leaving.record, cause, moment),
            Engine::Tree(tree) => tree.remove_record(key, leaving.record, cause, moment),
        };
        if removed && cause == RemovalCause::Evicted {
            lifetimes.remember(leaving, key.hash_numeric(0));
        }
        if lifetimes.left(&rows.slab, leaving) {
            rows.free(leaving.record);
        }
        if removed {
            self.tell_changed(key);
        }
        removed
    }

    /// Gives the objects of a key another lifespan, which begins now; whether there are such. Atomic.
    pub(crate) fn set_lifespan(
        &self,
        key: TermRef<'_>,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        match self {
            Engine::Hash(table) => table.set_lifespan(key, admission),
            Engine::Tree(tree) => tree.set_lifespan(key, admission),
        }
    }

    /// Tags the objects of a key; whether there are such. Atomic.
    pub(crate) fn tag(
        &self,
        key: TermRef<'_>,
        tag: TermRef<'_>,
        admission: &Admission<'_>,
    ) -> Result<Result<bool, TermError>, GateChanged> {
        match self {
            Engine::Hash(table) => table.tag(key, tag, admission),
            Engine::Tree(tree) => tree.tag(key, tag, admission),
        }
    }

    /// Takes out the objects that have a tag; how many it were.
    pub(crate) fn invalidate(&self, tag: TermRef<'_>) -> u64 {
        let Some(lifetimes) = self.lifetimes() else {
            return 0;
        };
        let mut gone = 0;
        let mut backoff = Backoff::default();
        // Again for those that somebody else had in hand, and for those that others took the places of. Not for ever: others
        // may go on and on to tag new ones.
        for _ in 0..INVALIDATION_ROUNDS {
            let tagged = lifetimes.tagged(tag);
            if tagged.is_empty() {
                break;
            }
            let before = gone;
            for record in tagged {
                if let Some(leaving) = lifetimes.take_tagged(&self.rows().slab, record, tag) {
                    let cause = RemovalCause::Invalidated;
                    gone += u64::from(self.see_off(lifetimes, &leaving, cause, Moment::NONE));
                }
            }
            if gone == before {
                backoff.wait();
            }
        }
        gone
    }

    /// How long those objects of a key live on that live longest, if there are such: `Some(None)` if for ever.
    pub(crate) fn time_left(&self, key: TermRef<'_>) -> Option<Option<Duration>> {
        let moment = self.moment();
        match self {
            Engine::Hash(table) => table.time_left(key, moment),
            Engine::Tree(tree) => tree.time_left(key, moment),
        }
    }
}

/// Whether an object may be taken out for this reason that its bucket or leaf is held for now.
pub(super) fn is_due(rows: &Rows, slot: Slot, cause: RemovalCause, moment: Moment) -> bool {
    cause != RemovalCause::Expired
        || rows.is_over(slot, moment)
        || mutant::is_on(Mutant::ExpiryNotAskedAgain)
}
