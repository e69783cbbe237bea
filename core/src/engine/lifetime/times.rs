//! How long objects live: what is asked for, what they have left, and when the next is over.

use super::Lifetimes;
use super::expiry::{self, Expiry};
use super::limits::{Birth, Lifespan};
use super::moment::{Moment, millis_up};
use super::tail::{Queue, Tail};
use crate::slab::{CellIndex, Slab};
use crate::sync::{AtomicU64, lock};
use std::time::Duration;

/// An object lives longer than it need by up to this part of the time that it may be idle, one in so many.
const IDLE_SLACK: u64 = 8;

impl Lifetimes {
    /// When a call happens that begins now. Asks the clock, so the caller holds nothing.
    ///
    /// Where objects are kept that are stale, all calls but those who want such live ahead of the clock by as long as these
    /// are kept. So an object that such a call makes is due so much later, and for all of them it is over before it is due.
    pub(in crate::engine) fn moment(&self) -> Moment {
        self.moment_ahead(self.limits.stale, false)
    }

    /// The same for a call that also wants what is stale, or takes out what is not even that.
    pub(in crate::engine) fn moment_of_stale(&self) -> Moment {
        self.moment_ahead(Duration::ZERO, true)
    }

    fn moment_ahead(&self, ahead: Duration, takes_stale: bool) -> Moment {
        match self.expiry {
            Some(_) => {
                let time = self.clock.now().saturating_add(ahead);
                Moment::of_clock(time, takes_stale)
            }
            None => Moment::NONE,
        }
    }

    /// The latest time and the first time at which an object may expire that begins now, in milliseconds; 0 for never.
    pub(super) fn times(&self, lifespan: Lifespan, moment: Moment) -> [u64; 2] {
        let now = moment.millis_up();
        let ttl = match lifespan {
            Lifespan::OfTable => self.limits.ttl,
            Lifespan::Of(ttl) => ttl,
            Lifespan::OfFormer => None,
        };
        let hard = ttl.map_or(0, |ttl| now.saturating_add(millis_up(ttl)));
        [hard, self.first_due(hard, now)]
    }

    /// When an object expires that is used now, and in any case at the time `hard`.
    pub(super) fn first_due(&self, hard: u64, now: u64) -> u64 {
        let Some(idle) = self.limits.idle else {
            return hard;
        };
        let idle = millis_up(idle);
        // A while longer than it need be, so that it is not moved with each use.
        let unused = now.saturating_add(idle).saturating_add(idle / IDLE_SLACK);
        if hard == 0 { unused } else { unused.min(hard) }
    }

    /// Where objects are forgotten that nobody uses: lets one live on that is used now. `is_there` says whether the record is in
    /// the table still.
    #[cold]
    pub(super) fn prolong(
        &self,
        slab: &Slab,
        record: CellIndex,
        moment: Moment,
        is_there: impl Fn() -> bool,
    ) {
        let (Some(idle), Some(expiry)) = (self.limits.idle, &self.expiry) else {
            return;
        };
        let (tail, now) = (Tail::of(slab, record), moment.millis_up());
        let enough = now.saturating_add(millis_up(idle));
        let is_enough = |due: u64, hard: u64| {
            due == 0 || expiry::millis_of(due) >= enough || expiry::millis_of(due) == hard
        };
        if is_enough(tail.due(), tail.hard()) {
            return;
        }
        let _queues = lock(self.shard(record));
        // Under the lock nobody frees it; so if it is in the table now, it is in the cell.
        let is_listed = is_there() && tail.queue() != Queue::Nowhere;
        if is_listed && !is_enough(tail.due(), tail.hard()) {
            self.move_due(expiry, tail, record, self.first_due(tail.hard(), now));
        }
    }

    /// Gives an object another time; the caller holds the lock of its shard.
    pub(super) fn move_due(&self, expiry: &Expiry, tail: Tail<'_>, record: CellIndex, millis: u64) {
        let before = tail.due();
        if before != 0 && expiry::millis_of(before) == millis {
            return;
        }
        let due = if millis == 0 {
            0
        } else {
            expiry.add(millis, record)
        };
        tail.set_due(due);
        if before != 0 {
            expiry.remove(before, record);
        }
    }

    /// Gives an object in the table another lifespan, which begins now. The caller holds its bucket or leaf.
    pub(in crate::engine) fn set_lifespan(&self, slab: &Slab, record: CellIndex, birth: Birth) {
        let Some(expiry) = &self.expiry else {
            return;
        };
        let _queues = lock(self.shard(record));
        let tail = Tail::of(slab, record);
        let [hard, due] = self.times(birth.lifespan, birth.moment);
        if self.limits.idle.is_some() {
            tail.set_hard(hard);
        }
        self.move_due(expiry, tail, record, due);
    }

    /// How long an object lives on; `None` if for ever.
    pub(in crate::engine) fn time_left(
        &self,
        cell: &[AtomicU64],
        moment: Moment,
    ) -> Option<Duration> {
        let due = self.expiry.as_ref().map_or(0, |_| Tail::new(cell).due());
        let left = expiry::millis_of(due).saturating_sub(moment.millis());
        (due != 0).then(|| Duration::from_millis(left))
    }

    /// Whether objects may expire.
    pub(crate) fn is_timed(&self) -> bool {
        self.expiry.is_some()
    }

    /// Whether objects are kept that are stale.
    pub(crate) fn keeps_stale(&self) -> bool {
        !self.limits.stale.is_zero()
    }

    /// How many objects are over but still in the table.
    pub(in crate::engine) fn overdue(&self) -> u64 {
        let moment = self.moment();
        let expiry = self.expiry.as_ref();
        expiry.map_or(0, |expiry| expiry.count_due(moment.millis()))
    }

    /// How long it is until the next object expires.
    pub(crate) fn next_expiry(&self) -> Option<Duration> {
        let now = self.moment_of_stale().millis();
        let next = self.expiry.as_ref()?.next()?;
        Some(Duration::from_millis(next.saturating_sub(now)))
    }
}
