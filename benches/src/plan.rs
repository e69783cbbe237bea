//! How much is measured: the full run, and the smoke run.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::contender::Label;
use crate::workload::ShapeKind;

/// A part of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// Memory per object, each contender in a process of its own.
    Memory,
    /// The slowest insert while a table grows.
    Growth,
    /// Memory growth while a reader is parked.
    Parked,
    /// The machine's load latency.
    Limits,
    /// Throughput in every cell.
    Cells,
    /// Counting up one hot key.
    Counter,
}

impl Section {
    /// Every part, in the order in which they run.
    pub const ALL: [Self; 6] = [
        Self::Memory,
        Self::Growth,
        Self::Parked,
        Self::Limits,
        Self::Cells,
        Self::Counter,
    ];
}

/// What a run measures, and how long.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// Whether this is the smoke run, whose figures are not to be quoted.
    pub quick: bool,
    /// Numbers of objects, ascending.
    pub objects: Vec<u32>,
    /// Kinds of object.
    pub shapes: Vec<ShapeKind>,
    /// Numbers of threads, ascending.
    pub threads: Vec<usize>,
    /// Who takes part.
    pub contenders: Vec<Label>,
    /// Which parts run.
    pub sections: Vec<Section>,
    /// Rounds of a cell; the figure is their median.
    pub rounds: usize,
    /// Length of a slice's warm-up, which is not counted.
    pub warm_up: Duration,
    /// Length of a slice's counted part.
    pub timed: Duration,
    /// How often each contender grows from nothing.
    pub growth_rounds: usize,
    /// Overwrites while a reader is parked.
    pub parked_overwrites: u64,
    /// Longest time for these overwrites.
    pub parked_time_max: Duration,
}

impl Plan {
    /// The run whose figures count: about ten minutes with two threads.
    #[must_use]
    pub fn full(cores: usize) -> Self {
        let mut threads = vec![1, 2, cores];
        threads.sort_unstable();
        threads.dedup();
        Self {
            quick: false,
            objects: vec![1_000, 100_000, 4_000_000],
            shapes: ShapeKind::ALL.to_vec(),
            threads,
            contenders: Label::TABLES.to_vec(),
            sections: Section::ALL.to_vec(),
            rounds: 5,
            warm_up: Duration::from_millis(20),
            timed: Duration::from_millis(80),
            growth_rounds: 3,
            parked_overwrites: 1_000_000,
            parked_time_max: Duration::from_secs(3),
        }
    }

    /// The smoke run: everything once, about a minute, with a largest table that is an eighth of the full run's.
    #[must_use]
    pub fn quick(cores: usize) -> Self {
        Self {
            quick: true,
            objects: vec![1_000, 100_000, 500_000],
            rounds: 3,
            warm_up: Duration::from_millis(4),
            timed: Duration::from_millis(12),
            growth_rounds: 1,
            parked_overwrites: 200_000,
            parked_time_max: Duration::from_millis(500),
            ..Self::full(cores)
        }
    }

    /// The largest number of objects, for the parts that look at one table only.
    #[must_use]
    pub fn objects_max(&self) -> u32 {
        self.objects.last().copied().unwrap_or(1_000)
    }

    /// Whether this part runs.
    #[must_use]
    pub fn has(&self, section: Section) -> bool {
        self.sections.contains(&section)
    }

    /// The contenders that are Rust maps.
    pub fn rust_contenders(&self) -> impl Iterator<Item = Label> + '_ {
        self.contenders
            .iter()
            .copied()
            .filter(|&label| label != Label::Ets)
    }
}
