//! What a reader costs that stays in the middle of a read: memory for each overwrite, or a writer that waits.

use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use super::child::Task;
use super::points::fill;
use crate::contender::{Hashed, HashedVisitor, Label, visit_hashed};
use crate::error::CompareError;
use crate::machine::own_resident_bytes;
use crate::plan::Plan;
use crate::results::Parked;
use crate::workload::{GENERATIONS, Ints, Shape};

/// Keys that are overwritten in turn; the reader holds one of them.
const OBJECTS: u32 = 1_000;
/// The index of the reader's key.
const HELD_INDEX: u32 = 500;
/// Overwrites before the reader comes, so that whatever grows at first has grown.
const FREE_OVERWRITES: u64 = 200_000;
/// Overwrites between two looks at the clock.
const BLOCK: u64 = 500;

/// Measures every Rust contender, each in a fresh process. ETS copies what it reads, so nothing can be held.
///
/// # Errors
/// A child that fails.
pub fn run(plan: &Plan) -> Result<Vec<Parked>, CompareError> {
    let milliseconds = plan.parked_time_max.as_millis() as u64;
    let overwrites = plan.parked_overwrites;
    let child = |contender| {
        Task::Parked {
            contender,
            overwrites,
            milliseconds,
        }
        .in_child()
    };
    plan.rust_contenders().map(child).collect()
}

/// Measures a contender in this process.
///
/// # Errors
/// A label that is not a Rust map, or a `/proc` that is not as on Linux.
pub fn measure(label: Label, overwrites: u64, milliseconds: u64) -> Result<Parked, CompareError> {
    let time_max = Duration::from_millis(milliseconds);
    visit_hashed::<Ints, _>(
        label,
        Park {
            overwrites,
            time_max,
        },
    )
    .unwrap_or_else(|| {
        Err(CompareError::Child {
            arguments: Vec::new(),
            output: format!("{label:?} has no reader to park"),
        })
    })
}

/// Parks a reader and overwrites meanwhile.
struct Park {
    overwrites: u64,
    time_max: Duration,
}

impl HashedVisitor for Park {
    type Output = Result<Parked, CompareError>;

    fn visit<S: Shape, C: Hashed<S>>(self) -> Self::Output {
        let table = C::create()?;
        fill(&table, OBJECTS);
        let all: Vec<S::Key> = (0..OBJECTS).map(S::key).collect();
        let free = overwrite::<S, C>(&table, &all, FREE_OVERWRITES, self.time_max);
        let parked =
            with_parked_reader::<S, C, _>(&table, || self.while_parked::<S, C>(&table, &all));
        let (blocked_share, written) = parked?;
        Ok(Parked {
            label: C::LABEL,
            blocked_share,
            overwrites: written.as_ref().map_or(0, |(written, _)| written.count),
            bytes_per_overwrite: written
                .as_ref()
                .map(|(written, bytes)| *bytes as f64 / written.count as f64),
            free_nanoseconds: free.nanoseconds(),
            parked_nanoseconds: written.as_ref().map(|(written, _)| written.nanoseconds()),
        })
    }
}

impl Park {
    /// The share of keys whose writers would wait, and what overwriting the others came to, with the growth in bytes.
    fn while_parked<S: Shape, C: Hashed<S>>(
        &self,
        table: &C,
        all: &[S::Key],
    ) -> Result<(f64, Option<(Written, u64)>), CompareError> {
        let free: Vec<S::Key> = all
            .iter()
            .filter(|key| table.try_write(key, S::value(key, 1)))
            .cloned()
            .collect();
        let blocked_share = 1.0 - free.len() as f64 / all.len() as f64;
        if free.is_empty() {
            return Ok((blocked_share, None));
        }
        let before = own_resident_bytes()?;
        let written = overwrite::<S, C>(table, &free, self.overwrites, self.time_max);
        let growth = own_resident_bytes()?.saturating_sub(before);
        Ok((blocked_share, Some((written, growth))))
    }
}

/// Runs `meanwhile` while another thread is in the middle of a read.
fn with_parked_reader<S: Shape, C: Hashed<S>, R>(table: &C, meanwhile: impl FnOnce() -> R) -> R {
    let (arrived, arrival) = channel();
    let (release, released) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            table.hold_read(&S::key(HELD_INDEX), || {
                let _ = arrived.send(());
                let _ = released.recv();
            });
        });
        assert!(arrival.recv().is_ok(), "the reader finds its key and stays");
        let result = meanwhile();
        drop(release);
        result
    })
}

/// What a run of overwrites came to.
struct Written {
    count: u64,
    time: Duration,
}

impl Written {
    /// The time of one.
    fn nanoseconds(&self) -> f64 {
        self.time.as_nanos() as f64 / self.count.max(1) as f64
    }
}

/// Overwrites the keys in turn, `count` times in all or until the time is up.
fn overwrite<S: Shape, C: Hashed<S>>(
    table: &C,
    keys: &[S::Key],
    count: u64,
    time_max: Duration,
) -> Written {
    let begin = Instant::now();
    let mut turn = keys.iter().cycle();
    let mut done = 0;
    while done < count && begin.elapsed() < time_max {
        for key in turn.by_ref().take(BLOCK as usize) {
            table.write(key, S::value(key, done / BLOCK % GENERATIONS));
        }
        done += BLOCK;
    }
    Written {
        count: done,
        time: begin.elapsed(),
    }
}
