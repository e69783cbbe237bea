//! Short slices, for the tests of runners.

use std::time::Duration;

use super::cells::Runner;
use super::{Pool, Sample, SliceTimes};
use crate::workload::{Cell, KeyDistribution, ShapeKind, Work, streams};

/// Objects in the runner's table.
pub(super) const OBJECTS: u32 = 1_000;

/// A slice with two threads.
pub(super) fn slice(runner: &mut dyn Runner, pool: &Pool, shape: ShapeKind, work: Work) -> Sample {
    let cell = Cell {
        shape,
        objects: OBJECTS,
        work,
        keys: KeyDistribution::Uniform,
        threads: 2,
    };
    let times = SliceTimes {
        warm_up: Duration::from_millis(1),
        timed: Duration::from_millis(3),
    };
    let prepared = runner.prepare(&cell, &streams(&cell));
    prepared
        .and_then(|()| runner.slice(pool, times, 1))
        .expect("a slice runs")
}
