//! What happened in a cache, counted.

use super::removal::RemovalCause;
use crate::engine::count::Counts;
use crate::sync::{AtomicU64, Ordering};
use std::time::Duration;

/// What happened in a cache since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStatistics {
    /// Lookups of a key that had an object.
    pub hits: u64,
    /// Lookups of a key that had none.
    pub misses: u64,
    /// Objects that went because there were too many or they were too large.
    pub evictions: u64,
    /// Objects that were taken out because their time was over.
    pub expirations: u64,
    /// Values that were loaded because they were asked for.
    pub loads: u64,
    /// Loads that failed.
    pub failed_loads: u64,
    /// How long all loads took together.
    pub load_time: Duration,
}

/// The counters. Lookups are counted per thread, what is rarer is not.
pub(super) struct Tally {
    hits: Counts,
    misses: Counts,
    evictions: AtomicU64,
    expirations: AtomicU64,
    loads: AtomicU64,
    failed_loads: AtomicU64,
    load_nanos: AtomicU64,
}

impl Tally {
    pub(super) fn new() -> Tally {
        let zero = || AtomicU64::new(0);
        Tally {
            hits: Counts::new(),
            misses: Counts::new(),
            evictions: zero(),
            expirations: zero(),
            loads: zero(),
            failed_loads: zero(),
            load_nanos: zero(),
        }
    }

    #[inline(always)]
    pub(super) fn count_lookup(&self, found: bool) {
        let counts = if found { &self.hits } else { &self.misses };
        counts.add(0, 1);
    }

    pub(super) fn count_removal(&self, cause: RemovalCause) {
        let counter = match cause {
            RemovalCause::Expired => &self.expirations,
            RemovalCause::Evicted => &self.evictions,
            RemovalCause::Invalidated | RemovalCause::Replaced | RemovalCause::Deleted => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_load(&self, took: Duration, succeeded: bool) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.load_nanos.fetch_add(nanos, Ordering::Relaxed);
        let loads = if succeeded {
            &self.loads
        } else {
            &self.failed_loads
        };
        loads.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn statistics(&self) -> CacheStatistics {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CacheStatistics {
            hits: self.hits.sum(0),
            misses: self.misses.sum(0),
            evictions: read(&self.evictions),
            expirations: read(&self.expirations),
            loads: read(&self.loads),
            failed_loads: read(&self.failed_loads),
            load_time: Duration::from_nanos(read(&self.load_nanos)),
        }
    }
}
