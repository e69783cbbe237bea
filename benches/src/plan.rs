//! How much is measured: the full run, and the smoke run.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::contender::Label;
use crate::workload::{KeyDistribution, ShapeKind, Work};

/// What is compared with what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// Hash tables.
    #[default]
    Hash,
    /// Ordered tables.
    Ordered,
    /// Match specifications.
    Select,
    /// Typed tables.
    Typed,
}

/// Heirloom, the maps that its hash tables are compared with, and ETS, which has no types and comes last.
const HASH_CONTENDERS: &[Label] = &[
    Label::Heirloom,
    Label::Dashmap,
    Label::Papaya,
    Label::SccHashMap,
    Label::SccHashIndex,
    Label::RwLockHashbrown,
    Label::Ets,
];

impl Comparison {
    /// As the command line names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hash => "hash",
            Self::Ordered => "ordered",
            Self::Select => "select",
            Self::Typed => "typed",
        }
    }

    /// Who takes part, in the order of the report's columns.
    #[must_use]
    pub fn contenders(self) -> &'static [Label] {
        match self {
            Self::Hash => HASH_CONTENDERS,
            Self::Typed => HASH_CONTENDERS.split_last().map_or(&[], |(_, maps)| maps),
            Self::Ordered => &[
                Label::Heirloom,
                Label::CrossbeamSkipMap,
                Label::SccTreeIndex,
                Label::RwLockBtreemap,
                Label::Ets,
            ],
            Self::Select => &[
                Label::Heirloom,
                Label::FilterFold,
                Label::FilterTerms,
                Label::FilterRows,
                Label::Ets,
            ],
        }
    }

    /// Whether ETS takes part.
    #[must_use]
    pub fn has_ets(self) -> bool {
        self.contenders().contains(&Label::Ets)
    }

    /// Kinds of object.
    #[must_use]
    pub fn shapes(self) -> &'static [ShapeKind] {
        match self {
            Self::Hash => &[ShapeKind::Ints, ShapeKind::Binaries],
            Self::Ordered => &[ShapeKind::OrderedInts, ShapeKind::Named],
            Self::Select => &[ShapeKind::SetOrders, ShapeKind::OrderedOrders],
            Self::Typed => &[
                ShapeKind::U64s,
                ShapeKind::WideU64s,
                ShapeKind::Strings,
                ShapeKind::Arcs,
            ],
        }
    }

    /// What is done, in an order in which one piece of work leaves the table as the next one needs it.
    #[must_use]
    pub fn works(self) -> &'static [Work] {
        match self {
            Self::Hash | Self::Typed => &Work::HASH,
            Self::Ordered => &Work::ORDERED,
            Self::Select => &Work::SELECTS,
        }
    }

    /// Which parts there are.
    #[must_use]
    pub fn sections(self) -> &'static [Section] {
        match self {
            Self::Hash => &Section::ALL,
            Self::Ordered => &[Section::Memory, Section::Cells],
            Self::Select => &[Section::Cells],
            Self::Typed => &[Section::Memory, Section::Cells, Section::Counter],
        }
    }

    /// Which keys are drawn.
    #[must_use]
    pub fn keys(self) -> &'static [KeyDistribution] {
        match self {
            Self::Hash | Self::Typed => &KeyDistribution::ALL,
            Self::Ordered | Self::Select => &[KeyDistribution::Uniform],
        }
    }

    /// What is counted up, where there is something to count.
    #[must_use]
    pub fn counts(self) -> ShapeKind {
        match self {
            Self::Typed => ShapeKind::U64s,
            Self::Hash | Self::Ordered | Self::Select => ShapeKind::Ints,
        }
    }

    /// The crates whose versions belong beside the results.
    #[must_use]
    pub fn crates(self) -> &'static [&'static str] {
        match self {
            Self::Hash | Self::Typed => &[
                "heirloom",
                "dashmap",
                "papaya",
                "scc",
                "hashbrown",
                "foldhash",
            ],
            Self::Ordered => &["heirloom", "crossbeam-skiplist", "scc"],
            Self::Select => &["heirloom", "hashbrown", "foldhash"],
        }
    }

    /// Numbers of objects, ascending.
    fn objects(self) -> Vec<u32> {
        match self {
            Self::Hash | Self::Ordered | Self::Typed => vec![1_000, 100_000, 4_000_000],
            Self::Select => vec![1_000_000],
        }
    }

    /// Length of a slice. The ordered tables have more cells.
    fn slice(self) -> Duration {
        match self {
            Self::Hash | Self::Select | Self::Typed => Duration::from_millis(100),
            Self::Ordered => Duration::from_millis(75),
        }
    }

    /// Numbers of threads, ascending.
    fn threads(self, cores: usize) -> Vec<usize> {
        let mut threads = match self {
            Self::Hash | Self::Ordered | Self::Typed => vec![1, 2, cores],
            Self::Select => vec![1],
        };
        threads.sort_unstable();
        threads.dedup();
        threads
    }
}

/// A part of a comparison.
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
    /// What is compared.
    #[serde(default)]
    pub comparison: Comparison,
    /// Whether this is the smoke run, whose figures are not to be quoted.
    pub quick: bool,
    /// Numbers of objects, ascending.
    pub objects: Vec<u32>,
    /// Kinds of object.
    pub shapes: Vec<ShapeKind>,
    /// What is done.
    #[serde(default)]
    pub works: Vec<Work>,
    /// Which keys are drawn.
    #[serde(default)]
    pub keys: Vec<KeyDistribution>,
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
    /// A cell that has taken so long has only as many rounds as a median needs.
    #[serde(default)]
    pub cell_time_max: Duration,
    /// How often each contender grows from nothing.
    pub growth_rounds: usize,
    /// Overwrites while a reader is parked.
    pub parked_overwrites: u64,
    /// Longest time for these overwrites.
    pub parked_time_max: Duration,
}

impl Plan {
    /// The run whose figures count: about ten minutes with two cores.
    #[must_use]
    pub fn full(comparison: Comparison, cores: usize) -> Self {
        Self {
            comparison,
            quick: false,
            objects: comparison.objects(),
            shapes: comparison.shapes().to_vec(),
            works: comparison.works().to_vec(),
            keys: comparison.keys().to_vec(),
            threads: comparison.threads(cores),
            contenders: comparison.contenders().to_vec(),
            sections: comparison.sections().to_vec(),
            rounds: 5,
            warm_up: comparison.slice() / 5,
            timed: comparison.slice() * 4 / 5,
            cell_time_max: Duration::from_secs(10),
            growth_rounds: 3,
            parked_overwrites: 1_000_000,
            parked_time_max: Duration::from_secs(3),
        }
    }

    /// The smoke run: everything once, about a minute, with a largest table that is an eighth of the full run's.
    #[must_use]
    pub fn quick(comparison: Comparison, cores: usize) -> Self {
        let full = Self::full(comparison, cores);
        let mut objects = full.objects.clone();
        if let Some(largest) = objects.last_mut() {
            *largest /= QUICK_SMALLER;
        }
        Self {
            quick: true,
            objects,
            rounds: 3,
            warm_up: Duration::from_millis(4),
            timed: Duration::from_millis(12),
            cell_time_max: Duration::from_secs(1),
            growth_rounds: 1,
            parked_overwrites: 200_000,
            parked_time_max: Duration::from_millis(500),
            ..full
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

    /// The contenders that are in this process.
    pub fn rust_contenders(&self) -> impl Iterator<Item = Label> + '_ {
        self.contenders
            .iter()
            .copied()
            .filter(|&label| label != Label::Ets)
    }
}

/// The largest table of a smoke run is smaller by this factor.
const QUICK_SMALLER: u32 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smoke_run_has_all_kinds_of_work() {
        let comparisons = [
            Comparison::Hash,
            Comparison::Ordered,
            Comparison::Select,
            Comparison::Typed,
        ];
        for comparison in comparisons {
            let (quick, full) = (Plan::quick(comparison, 2), Plan::full(comparison, 2));
            assert_eq!(quick.works, full.works);
            assert!(quick.objects_max() < full.objects_max());
            assert_eq!(quick.threads.first(), Some(&1));
        }
    }
}
