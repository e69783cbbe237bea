//! Rate limiters: a fixed window, a sliding window, a token bucket. Each call is O(1), and who is gone is forgotten.

use heirloom::{Clock, ManualClock, Set, TableError};
use std::time::Duration;

const LIMIT: u64 = 3;
const WINDOW: Duration = Duration::from_secs(10);

/// The first call opens a window of ten seconds, in which there are three.
struct FixedWindow(Set<String, u64>);

impl FixedWindow {
    fn new(clock: &ManualClock) -> Result<FixedWindow, TableError> {
        let calls = Set::options("calls").ttl(WINDOW).clock(clock.clone());
        Ok(FixedWindow(calls.create()?))
    }

    fn admits(&self, user: &str) -> Result<bool, TableError> {
        // The counter goes with its window.
        Ok(self.0.fetch_add(user.to_owned(), 1)? < LIMIT)
    }
}

/// Three calls in any ten seconds, as if those of the last window had come evenly.
struct SlidingWindow {
    calls: Set<(String, u64), u64>,
    clock: ManualClock,
}

impl SlidingWindow {
    fn new(clock: &ManualClock) -> Result<SlidingWindow, TableError> {
        let calls = Set::options("calls").ttl(2 * WINDOW).clock(clock.clone());
        Ok(SlidingWindow {
            calls: calls.create()?,
            clock: clock.clone(),
        })
    }

    fn admits(&self, user: &str) -> Result<bool, TableError> {
        let windows = self.clock.now().as_secs_f64() / WINDOW.as_secs_f64();
        let window = windows as u64;
        let in_window = |window| self.calls.get(&(user.to_owned(), window));
        let before = in_window(window.wrapping_sub(1))?.unwrap_or(0) as f64;
        let now = in_window(window)?.unwrap_or(0) as f64;
        if before * (1.0 - windows.fract()) + now >= LIMIT as f64 {
            return Ok(false);
        }
        self.calls.fetch_add((user.to_owned(), window), 1)?;
        Ok(true)
    }
}

/// A bucket of three tokens; every call takes one, and one comes back every three seconds and a bit.
struct TokenBucket {
    buckets: Set<String, (f64, f64)>,
    clock: ManualClock,
}

impl TokenBucket {
    fn new(clock: &ManualClock) -> Result<TokenBucket, TableError> {
        // A bucket that was not used for so long is full again, and need not be kept.
        let buckets = Set::options("buckets").idle(WINDOW).clock(clock.clone());
        Ok(TokenBucket {
            buckets: buckets.create()?,
            clock: clock.clone(),
        })
    }

    fn admits(&self, user: &str) -> Result<bool, TableError> {
        let now = self.clock.now().as_secs_f64();
        let mut admitted = false;
        let take = |(tokens, since): (f64, f64)| {
            let rate = LIMIT as f64 / WINDOW.as_secs_f64();
            let tokens = (tokens + (now - since) * rate).min(LIMIT as f64);
            admitted = tokens >= 1.0;
            (if admitted { tokens - 1.0 } else { tokens }, now)
        };
        self.buckets
            .insert_new(user.to_owned(), (LIMIT as f64, now))?;
        self.buckets.update(user, take)?;
        Ok(admitted)
    }
}

fn main() -> Result<(), TableError> {
    let clock = ManualClock::new();
    let fixed = FixedWindow::new(&clock)?;
    let sliding = SlidingWindow::new(&clock)?;
    let bucket = TokenBucket::new(&clock)?;
    let mut admitted = [0; 3];
    for second in 0..30 {
        for _ in 0..2 {
            let answers = [
                fixed.admits("ann")?,
                sliding.admits("ann")?,
                bucket.admits("ann")?,
            ];
            for (count, admits) in admitted.iter_mut().zip(answers) {
                *count += u64::from(admits);
            }
        }
        println!("after {second} s: {admitted:?} calls of ann's were admitted");
        clock.advance(Duration::from_secs(1));
    }
    assert!(admitted.iter().all(|count| (9..=12).contains(count)));
    assert!(fixed.admits("bob")? && sliding.admits("bob")? && bucket.admits("bob")?);
    Ok(())
}
