//! Work that uses itself up, such as inserts of what isn't there, or taking out the least object.
//!
//! It is cut into *episodes*. All threads do one together, a block at a time, whoever comes first; then one of them
//! makes everything as it was, off the clock; and so on until the slice's time is over. The threads wait for each other
//! before and after each episode by spinning, for an episode with a small table is over before a sleeper wakes.

use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use super::{Part, Pool, STOP, Sample, SliceTimes, TIMED, Tally, WARM_UP, total};
use crate::machine::{Waiting, Waits};

/// What is done in an episode.
pub trait Episode: Send + Sync + 'static {
    /// How many blocks it has.
    fn blocks(&self) -> usize;
    /// Does one of them.
    fn block(&self, at: usize) -> Tally;
    /// Makes everything as it was before the episode.
    fn restore(&self);
}

/// A slice takes at most so many times as long as its counted part would if nothing had to be restored.
const RESTORING_MAX: u32 = 3;

/// Lets the threads do episodes side by side for one slice.
pub fn slice<E: Episode>(pool: &Pool, episode: E, threads: usize, times: SliceTimes) -> Sample {
    let ring = Arc::new(Ring {
        episode,
        gate: Gate::new(threads),
        next: AtomicUsize::new(0),
        phase: AtomicU8::new(WARM_UP),
        begin: Instant::now(),
        times,
    });
    let job = |thread| {
        let ring = Arc::clone(&ring);
        move || ring.run(thread == 0)
    };
    total(&pool.run((0..threads).map(job).collect(), || ()))
}

/// What the threads of a slice share.
struct Ring<E> {
    episode: E,
    gate: Gate,
    /// The block that comes next.
    next: AtomicUsize,
    phase: AtomicU8,
    begin: Instant,
    times: SliceTimes,
}

impl<E: Episode> Ring<E> {
    /// One thread's part of the slice. The leader restores.
    fn run(&self, leads: bool) -> Part {
        let mut part = Part::default();
        let mut waits = Waits::begin(Waiting::This);
        loop {
            self.gate.pass();
            let phase = self.phase.load(Ordering::Relaxed);
            if phase == STOP {
                return part;
            }
            waits.since_last();
            let did = self.episode();
            self.gate.pass();
            part.add(&did, waits.since_last(), phase == TIMED);
            if leads {
                self.episode.restore();
                self.next.store(0, Ordering::Relaxed);
                self.phase
                    .store(self.next_phase(phase, &part), Ordering::Relaxed);
            }
        }
    }

    /// Blocks until there are no more.
    fn episode(&self) -> Part {
        let begin = Instant::now();
        let mut tally = Tally::default();
        loop {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            if at >= self.episode.blocks() {
                break;
            }
            tally = tally.plus(self.episode.block(at));
        }
        Part {
            operations: tally.operations,
            elapsed: begin.elapsed(),
            tally,
            ..Part::default()
        }
    }

    /// What the next episode is for. Its counted part is as long as a slice's, restoring left out.
    fn next_phase(&self, phase: u8, part: &Part) -> u8 {
        let SliceTimes { warm_up, timed } = self.times;
        let over = self.begin.elapsed();
        match phase {
            WARM_UP if over < warm_up => WARM_UP,
            WARM_UP => TIMED,
            _ if part.elapsed >= timed || over > (warm_up + timed) * RESTORING_MAX => STOP,
            phase => phase,
        }
    }
}

/// Where threads wait until all are there.
struct Gate {
    threads: usize,
    arrivals: AtomicUsize,
}

/// Looks at a gate between two offers to let others have the core.
const SPINS: u32 = 1 << 10;

impl Gate {
    fn new(threads: usize) -> Self {
        Self {
            threads,
            arrivals: AtomicUsize::new(0),
        }
    }

    /// Waits for the others. What a thread did before is seen by all after.
    fn pass(&self) {
        // AcqRel, and Acquire below: each arrival hands on what those before it did.
        let arrival = self.arrivals.fetch_add(1, Ordering::AcqRel);
        let all = (arrival / self.threads + 1) * self.threads;
        let mut spins = 0;
        while self.arrivals.load(Ordering::Acquire) < all {
            spins += 1;
            if spins % SPINS == 0 {
                thread::yield_now();
            }
            spin_loop();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const BLOCKS: usize = 10;
    const RESTORING: Duration = Duration::from_millis(20);

    /// Blocks that take no time, and a restoring that does.
    #[derive(Default)]
    struct Counted {
        done: [AtomicUsize; BLOCKS],
        /// Blocks that were not done exactly once in an episode.
        wrong: AtomicUsize,
    }

    impl Episode for Arc<Counted> {
        fn blocks(&self) -> usize {
            BLOCKS
        }

        fn block(&self, at: usize) -> Tally {
            self.done[at].fetch_add(1, Ordering::Relaxed);
            Tally::of(1)
        }

        fn restore(&self) {
            thread::sleep(RESTORING);
            let not_once = self
                .done
                .iter()
                .filter(|count| count.swap(0, Ordering::Relaxed) != 1);
            self.wrong.fetch_add(not_once.count(), Ordering::Relaxed);
        }
    }

    #[test]
    fn each_block_is_done_once_and_restoring_is_not_counted() {
        let times = SliceTimes {
            warm_up: RESTORING / 2,
            timed: RESTORING,
        };
        let counted = Arc::new(Counted::default());
        let sample = slice(&Pool::new(2), Arc::clone(&counted), 2, times);
        assert_eq!(counted.wrong.load(Ordering::Relaxed), 0);
        assert_eq!(sample.tally.operations % BLOCKS as u64, 0);
        // With restoring among them there would be as many as this; half as many again for luck with the clock.
        let restoring_counted = 1.5 * BLOCKS as f64 / RESTORING.as_secs_f64();
        assert!(sample.rate > restoring_counted, "{}", sample.rate);
    }
}
