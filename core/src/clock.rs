//! Where tables that forget get the time from.

use crate::sync::{Arc, AtomicU64, Ordering};
use std::fmt;
use std::panic::RefUnwindSafe;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Tells the time to tables whose objects expire.
///
/// Tables ask it whenever they want to know whether an object has expired, so it should be quick; it is never asked
/// while anything is locked.
pub trait Clock: fmt::Debug + Send + Sync + RefUnwindSafe + 'static {
    /// The time since a moment that stays the same. It never goes back.
    fn now(&self) -> Duration;
}

/// The system's monotonic clock, which all tables use that are told of no other.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        START.elapsed()
    }
}

/// A clock that stands still until it is told to go on: for tests. Clones are the same clock.
///
/// ```
/// use heirloom::{ManualClock, Table};
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let codes = Table::set("codes").ttl(Duration::from_secs(60)).clock(clock.clone()).create()?;
/// codes.insert(("ann", 1234))?;
/// clock.advance(Duration::from_secs(59));
/// assert!(codes.member("ann")?);
/// clock.advance(Duration::from_secs(1));
/// assert!(!codes.member("ann")?);
/// # Ok::<(), heirloom::TableError>(())
/// ```
#[derive(Clone, Default)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// A clock that says 0.
    pub fn new() -> ManualClock {
        ManualClock::default()
    }

    /// Lets time pass. Beyond 584 years it stands still.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        let later = |now: u64| Some(now.saturating_add(by));
        // Release and Acquire: who sees the time sees what was done before it came.
        let advanced = self
            .0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, later);
        debug_assert!(advanced.is_ok());
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManualClock").field(&self.now()).finish()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Acquire))
    }
}
