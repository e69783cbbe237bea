//! How it is measured: slices of time on threads that live as long as the run, and what is built from them.

pub(crate) mod calls;
pub mod cells;
pub mod child;
pub mod counter;
pub mod episodes;
pub mod growth;
pub mod memory;
pub mod ordered;
pub mod parked;
pub mod points;
pub mod select;
#[cfg(test)]
mod short;

use std::hint::black_box;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use crate::machine::{Waiting, Waits};
use crate::plan::Plan;

/// A thing for a thread to do.
type Job = Box<dyn FnOnce() + Send>;

/// Threads that wait for work. Contenders keep state per thread (pins, magazines, collectors), and a program's
/// threads live long, so these do, too.
#[derive(Debug)]
pub struct Pool {
    workers: Vec<Sender<Job>>,
}

impl Pool {
    /// Starts this many threads. They end when the pool is dropped.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        Self {
            workers: (0..threads).map(|_| worker()).collect(),
        }
    }

    /// Runs each job on a thread of its own, calls `conduct` meanwhile, and waits for all.
    fn run<R: Send + 'static>(
        &self,
        jobs: Vec<impl FnOnce() -> R + Send + 'static>,
        conduct: impl FnOnce(),
    ) -> Vec<R> {
        assert!(jobs.len() <= self.workers.len(), "more jobs than threads");
        let (sender, receiver) = channel();
        for (job, worker) in jobs.into_iter().zip(&self.workers) {
            let sender = sender.clone();
            let job: Job = Box::new(move || drop(sender.send(job())));
            worker.send(job).expect("workers live as long as the pool");
        }
        drop(sender);
        conduct();
        receiver.iter().collect()
    }
}

/// Starts a thread that does what it is sent.
fn worker() -> Sender<Job> {
    let (sender, receiver) = channel::<Job>();
    thread::spawn(move || receiver.iter().for_each(|job| job()));
    sender
}

/// How long a slice is.
#[derive(Clone, Copy, Debug)]
pub struct SliceTimes {
    /// The part that is not counted.
    pub warm_up: Duration,
    /// The part that is.
    pub timed: Duration,
}

impl From<&Plan> for SliceTimes {
    fn from(plan: &Plan) -> Self {
        Self {
            warm_up: plan.warm_up,
            timed: plan.timed,
        }
    }
}

/// What a thread does in a slice, a block at a time.
pub trait Worker: Send + 'static {
    /// Does one block of operations.
    fn block(&mut self) -> Tally;
}

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// All operations.
    pub operations: u64,
    /// Those that were reads of an object that is there.
    pub reads: u64,
    /// Those reads that found it.
    pub found: u64,
    /// Those that gave a value of the right key.
    pub right: u64,
}

impl Tally {
    /// So many operations that are not looked at.
    #[inline]
    #[must_use]
    pub fn of(operations: usize) -> Self {
        Self {
            operations: operations as u64,
            ..Self::default()
        }
    }

    /// Notes a read and what it gave.
    #[inline]
    pub fn note<V>(&mut self, value: Option<V>, seems_right: impl FnOnce(V) -> bool) {
        self.reads += 1;
        if let Some(value) = value {
            self.found += 1;
            self.right += u64::from(seems_right(black_box(value)));
        }
    }

    /// The sum of two.
    fn plus(self, other: Self) -> Self {
        Self {
            operations: self.operations + other.operations,
            reads: self.reads + other.reads,
            found: self.found + other.found,
            right: self.right + other.right,
        }
    }
}

/// What a slice came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    /// Operations a second, all threads together.
    pub rate: f64,
    /// The slowest thread's operations a second, divided by the mean of all threads: 1 is fair, 0 is starved.
    pub fairness: f64,
    /// The share of the threads' time in which they were ready but others had the cores.
    pub waited: f64,
    /// What was done, warm-up included.
    pub tally: Tally,
}

/// The worker warms up.
const WARM_UP: u8 = 0;
/// The worker's operations count.
const TIMED: u8 = 1;
/// The worker stops after its block.
const STOP: u8 = 2;

/// Lets the workers run side by side for one slice.
///
/// The conductor sleeps and flips a flag; the workers look at it between blocks. Each divides its own count by
/// its own time, so that a conductor that oversleeps, or a worker that starts late, does no harm.
pub fn slice<W: Worker>(pool: &Pool, workers: Vec<W>, times: SliceTimes) -> Sample {
    let phase = Arc::new(AtomicU8::new(WARM_UP));
    let start = Arc::new(Barrier::new(workers.len() + 1));
    let job = |worker: W| {
        let (phase, start) = (Arc::clone(&phase), Arc::clone(&start));
        move || {
            start.wait();
            run_phases(worker, &phase)
        }
    };
    let parts = pool.run(workers.into_iter().map(job).collect(), || {
        conduct(&phase, &start, times)
    });
    total(&parts)
}

/// What one worker did in the counted part of a slice.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    operations: u64,
    elapsed: Duration,
    waited: Duration,
    /// Warm-up included.
    tally: Tally,
}

impl Part {
    /// Adds more of the same slice, and whether it counts.
    fn add(&mut self, more: &Self, waited: Duration, counts: bool) {
        self.tally = self.tally.plus(more.tally);
        if counts {
            self.operations += more.operations;
            self.elapsed += more.elapsed;
            self.waited += waited.min(more.elapsed);
        }
    }

    /// Operations a second of the clock.
    fn rate(&self) -> f64 {
        self.operations as f64 / self.elapsed.as_secs_f64()
    }

    /// Operations a second in which the thread had a core, or waited for a lock.
    fn rate_on_core(&self) -> f64 {
        let on_core = self.elapsed.saturating_sub(self.waited);
        self.operations as f64 / on_core.max(self.elapsed / ON_CORE_MIN).as_secs_f64()
    }
}

/// At least one part in so many of a slice is taken to be on a core, whatever the kernel says.
const ON_CORE_MIN: u32 = 20;

/// All threads together.
///
/// The time that one thread waited for a core is taken off: it belongs to what else runs on the machine. That of
/// several isn't, for while one of them waits, the others are alone with the table, and that must not count as if
/// they had contended for it.
fn total(parts: &[Part]) -> Sample {
    let rates: Vec<f64> = parts.iter().map(Part::rate_on_core).collect();
    let slowest = rates.iter().copied().fold(f64::INFINITY, f64::min);
    let on_core: f64 = rates.iter().sum();
    let elapsed: Duration = parts.iter().map(|part| part.elapsed).sum();
    let waited: Duration = parts.iter().map(|part| part.waited).sum();
    Sample {
        rate: if parts.len() == 1 {
            on_core
        } else {
            parts.iter().map(Part::rate).sum()
        },
        fairness: slowest * parts.len() as f64 / on_core,
        waited: waited.as_secs_f64() / elapsed.as_secs_f64(),
        tally: parts
            .iter()
            .fold(Tally::default(), |sum, part| sum.plus(part.tally)),
    }
}

/// Tells the workers when to start counting and when to stop.
fn conduct(phase: &AtomicU8, start: &Barrier, times: SliceTimes) {
    start.wait();
    thread::sleep(times.warm_up);
    phase.store(TIMED, Ordering::Relaxed);
    thread::sleep(times.timed);
    phase.store(STOP, Ordering::Relaxed);
}

/// One worker's part of a slice.
///
/// A block that outlasts the slice is its measure, with no warm-up before it: what takes so long, such as a scan of a
/// large table, finds little in the caches anyway, and would take twice as long.
fn run_phases<W: Worker>(mut worker: W, phase: &AtomicU8) -> Part {
    let mut first = Timing::begin();
    let mut warm = worker.block();
    if phase.load(Ordering::Relaxed) == STOP {
        return first.part(warm, Tally::default());
    }
    while phase.load(Ordering::Relaxed) == WARM_UP {
        warm = warm.plus(worker.block());
    }
    let mut timing = Timing::begin();
    let mut timed = worker.block();
    while phase.load(Ordering::Relaxed) == TIMED {
        timed = timed.plus(worker.block());
    }
    timing.part(timed, warm)
}

/// The clock, and the thread's waits, since a beginning.
struct Timing {
    waits: Waits,
    begin: Instant,
}

impl Timing {
    fn begin() -> Self {
        Self {
            waits: Waits::begin(Waiting::This),
            begin: Instant::now(),
        }
    }

    /// What was done since, and what had been done before.
    fn part(&mut self, timed: Tally, warm: Tally) -> Part {
        let elapsed = self.begin.elapsed();
        Part {
            operations: timed.operations,
            elapsed,
            waited: self.waits.since_last().min(elapsed),
            tally: warm.plus(timed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A worker whose block takes a millisecond and is ten operations.
    struct Sleeper;

    impl Worker for Sleeper {
        fn block(&mut self) -> Tally {
            thread::sleep(Duration::from_millis(1));
            Tally {
                operations: 10,
                reads: 5,
                found: 5,
                right: 5,
            }
        }
    }

    #[test]
    fn a_block_longer_than_the_slice_is_its_measure() {
        let part = run_phases(Sleeper, &AtomicU8::new(STOP));
        assert_eq!((part.operations, part.tally.operations), (10, 10));
        assert!(part.elapsed >= Duration::from_millis(1));
    }

    #[test]
    fn a_slice_counts_all_threads() {
        let times = SliceTimes {
            warm_up: Duration::from_millis(5),
            timed: Duration::from_millis(50),
        };
        let sample = slice(&Pool::new(2), vec![Sleeper, Sleeper], times);
        assert!(
            sample.rate > 2_000.0 && sample.rate <= 20_000.0,
            "{}",
            sample.rate
        );
        assert!(
            sample.fairness > 0.5 && sample.fairness <= 1.0,
            "{}",
            sample.fairness
        );
        assert_eq!(sample.tally.operations, 2 * sample.tally.reads);
    }
}
