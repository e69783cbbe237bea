//! How it is measured: slices of time on threads that live as long as the run, and what is built from them.

pub mod cells;
pub mod child;
pub mod counter;
pub mod growth;
pub mod memory;
pub mod parked;

use std::hint::black_box;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

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
    let samples = pool.run(workers.into_iter().map(job).collect(), || {
        conduct(&phase, &start, times)
    });
    total(&samples)
}

/// All threads together.
fn total(samples: &[(f64, Tally)]) -> Sample {
    let rate: f64 = samples.iter().map(|(rate, _)| rate).sum();
    let slowest = samples
        .iter()
        .map(|(rate, _)| *rate)
        .fold(f64::INFINITY, f64::min);
    let tally = samples
        .iter()
        .fold(Tally::default(), |sum, (_, tally)| sum.plus(*tally));
    Sample {
        rate,
        fairness: slowest * samples.len() as f64 / rate,
        tally,
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

/// One worker's part of a slice: its operations a second, and what it did.
fn run_phases<W: Worker>(mut worker: W, phase: &AtomicU8) -> (f64, Tally) {
    let mut warm = Tally::default();
    while phase.load(Ordering::Relaxed) == WARM_UP {
        warm = warm.plus(worker.block());
    }
    let begin = Instant::now();
    let mut timed = worker.block();
    while phase.load(Ordering::Relaxed) == TIMED {
        timed = timed.plus(worker.block());
    }
    let rate = timed.operations as f64 / begin.elapsed().as_secs_f64();
    (rate, warm.plus(timed))
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
