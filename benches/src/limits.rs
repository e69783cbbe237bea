//! What the machine's memory allows: the time of a load, in arrays as large as the tables.
//!
//! A read that finds nothing in the cache can't be faster than one dependent load if nothing overlaps with it, nor
//! than one independent load if everything does. So the first bounds a lookup that is waited for, and the second
//! one of many in flight.

use std::hint::black_box;
use std::sync::Arc;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::contender::Label;
use crate::measure::{Pool, SliceTimes, Tally, Worker, slice};
use crate::plan::Plan;
use crate::results::{LoadLatency, Memory, median};
use crate::workload::ShapeKind;

/// A cache line. Each names another.
#[derive(Clone)]
#[repr(align(64))]
struct Line {
    next: u32,
}

/// The size of a cache line.
const LINE_BYTES: u64 = 64;
/// Loads in one block.
const BLOCK_LOADS: u64 = 1 << 12;
/// Times that each figure is taken; the median counts.
const ROUNDS: usize = 3;
/// Bytes that an object is taken to occupy where Heirloom's memory was not measured.
const BYTES_PER_OBJECT: [(ShapeKind, u64); 2] = [(ShapeKind::Ints, 48), (ShapeKind::Binaries, 144)];

/// Measures an array for each kind and number of objects, of the size Heirloom's table has with them.
#[must_use]
pub fn run(plan: &Plan, pool: &Pool, memory: &[Memory]) -> Vec<LoadLatency> {
    let mut results = Vec::new();
    for &shape in &plan.shapes {
        let each = bytes_per_object(shape, memory);
        for &objects in &plan.objects {
            results.push(measure(
                plan,
                pool,
                shape,
                objects,
                u64::from(objects) * each,
            ));
        }
    }
    results
}

/// What an object of this shape occupies in Heirloom.
fn bytes_per_object(shape: ShapeKind, memory: &[Memory]) -> u64 {
    let measured = memory
        .iter()
        .find(|memory| memory.label == Label::Heirloom && memory.shape == shape);
    let assumed = BYTES_PER_OBJECT
        .iter()
        .find(|(kind, _)| *kind == shape)
        .map_or(LINE_BYTES, |(_, bytes)| *bytes);
    measured.map_or(assumed, |memory| memory.bytes_per_object() as u64)
}

/// Measures one array.
fn measure(plan: &Plan, pool: &Pool, shape: ShapeKind, objects: u32, bytes: u64) -> LoadLatency {
    let lines: Arc<[Line]> = one_cycle((bytes / LINE_BYTES).max(2) as u32).into();
    let times = SliceTimes {
        warm_up: plan.timed,
        timed: plan.timed,
    };
    let dependent = rounds(|| {
        1e9 / slice(
            pool,
            vec![Chase {
                lines: Arc::clone(&lines),
                at: 0,
            }],
            times,
        )
        .rate
    });
    let independent = |&threads: &usize| {
        let worker = |thread| Scatter {
            lines: Arc::clone(&lines),
            counter: thread << 40,
        };
        let run = || slice(pool, (0..threads as u64).map(worker).collect(), times).rate;
        (threads, rounds(|| threads as f64 * 1e9 / run()))
    };
    LoadLatency {
        shape,
        objects,
        bytes,
        dependent_nanoseconds: dependent,
        independent_nanoseconds: plan.threads.iter().map(independent).collect(),
    }
}

/// The median of a few runs.
fn rounds(mut run: impl FnMut() -> f64) -> f64 {
    median(&(0..ROUNDS).map(|_| run()).collect::<Vec<f64>>())
}

/// Lines that name each other in one cycle through all of them, in random order (Sattolo's algorithm).
fn one_cycle(count: u32) -> Vec<Line> {
    let mut random = SmallRng::seed_from_u64(1);
    let mut lines: Vec<Line> = (0..count).map(|next| Line { next }).collect();
    for last in (1..count).rev() {
        lines.swap(last as usize, random.random_range(0..last) as usize);
    }
    lines
}

/// Follows the lines: each load waits for the one before.
struct Chase {
    lines: Arc<[Line]>,
    at: u32,
}

impl Worker for Chase {
    fn block(&mut self) -> Tally {
        for _ in 0..BLOCK_LOADS {
            self.at = self.lines[self.at as usize].next;
        }
        Tally::of(BLOCK_LOADS as usize)
    }
}

/// Reads lines at random: no load waits for another.
struct Scatter {
    lines: Arc<[Line]>,
    counter: u64,
}

impl Worker for Scatter {
    fn block(&mut self) -> Tally {
        let mut sum = 0_u32;
        for counter in self.counter..self.counter + BLOCK_LOADS {
            let at = (u128::from(scatter(counter)) * self.lines.len() as u128) >> 64;
            sum = sum.wrapping_add(self.lines[at as usize].next);
        }
        black_box(sum);
        self.counter += BLOCK_LOADS;
        Tally::of(BLOCK_LOADS as usize)
    }
}

/// A random-looking number for each counter, computed without waiting for the one before (two steps of MurmurHash3's
/// finaliser).
#[inline]
fn scatter(counter: u64) -> u64 {
    let mixed = counter.wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    (mixed ^ (mixed >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cycle_reaches_every_line() {
        let lines = one_cycle(1_000);
        let (mut at, mut steps) = (0, 0);
        loop {
            at = lines[at as usize].next;
            steps += 1;
            if at == 0 {
                break;
            }
        }
        assert_eq!(steps, 1_000);
    }
}
