//! How much is measured: the full run, and the smoke run.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::contender::Label;
use super::workload::Workload;
use crate::measure::SliceTimes;

/// A part of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// Memory per object, each contender in a process of its own.
    Memory,
    /// Operations a second.
    Throughput,
    /// Hit ratios.
    HitRatios,
    /// How punctually objects expire.
    Expiry,
    /// How long single calls take when all objects are over at once.
    Burst,
}

/// What threads do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// Only lookups, whether there is an object or not.
    Get,
    /// 95 % lookups, 5 % inserts.
    Mixed,
    /// Lookups, and an insert after each miss.
    GetOrInsert,
}

impl Work {
    /// For the report.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Mixed => "95 % get, 5 % insert",
            Self::GetOrInsert => "get or insert",
        }
    }

    /// The share of inserts that do not depend on a lookup.
    #[must_use]
    pub fn insert_share(self) -> f64 {
        match self {
            Self::Mixed => 0.05,
            Self::Get | Self::GetOrInsert => 0.0,
        }
    }
}

/// What a run measures, and how long.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// Whether this is the smoke run, whose times are not to be quoted.
    pub quick: bool,
    /// Who takes part.
    pub contenders: Vec<Label>,
    /// Which parts run.
    pub sections: Vec<Section>,
    /// What threads do.
    pub works: Vec<Work>,
    /// How many keys they ask for.
    pub universe: u32,
    /// Sizes of the caches.
    pub capacities: Vec<u32>,
    /// Numbers of threads, ascending.
    pub threads: Vec<usize>,
    /// Rounds of a cell; the figure is their median.
    pub rounds: usize,
    /// Length of a slice's warm-up, which is not counted.
    pub warm_up: Duration,
    /// Length of a slice's counted part.
    pub timed: Duration,
    /// The size of the cache whose memory is measured.
    pub memory_objects: u32,
    /// Where hit ratios are measured.
    pub workloads: Vec<Workload>,
    /// Draws from Zipf's distribution for a hit ratio.
    pub draws: usize,
    /// How many objects expire.
    pub expiring_objects: u32,
    /// How long they live.
    pub ttl: Duration,
    /// How many objects are over at once.
    pub burst_objects: u32,
    /// How long those live: longer than it takes to insert them.
    pub burst_ttl: Duration,
    /// How often that is done.
    pub burst_rounds: usize,
}

impl Plan {
    /// The run whose figures count.
    #[must_use]
    pub fn full() -> Self {
        Self {
            quick: false,
            contenders: Label::ALL.to_vec(),
            sections: vec![
                Section::Memory,
                Section::Throughput,
                Section::HitRatios,
                Section::Expiry,
                Section::Burst,
            ],
            works: vec![Work::Get, Work::Mixed, Work::GetOrInsert],
            universe: 1_000_000,
            capacities: vec![100_000, 2_000_000],
            threads: vec![1, 2],
            rounds: 5,
            warm_up: Duration::from_millis(25),
            timed: Duration::from_millis(100),
            memory_objects: 1_000_000,
            workloads: Workload::ALL.to_vec(),
            draws: 4_000_000,
            expiring_objects: 10_000,
            ttl: Duration::from_millis(200),
            burst_objects: 1_000_000,
            burst_ttl: Duration::from_secs(4),
            burst_rounds: 5,
        }
    }

    /// The smoke run: everything once, with short slices and fewer draws. The traces are asked whole, since a part of one
    /// has another hit ratio.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            quick: true,
            rounds: 3,
            warm_up: Duration::from_millis(5),
            timed: Duration::from_millis(20),
            memory_objects: 125_000,
            draws: 500_000,
            burst_objects: 100_000,
            burst_ttl: Duration::from_secs(1),
            burst_rounds: 1,
            ..Self::full()
        }
    }

    /// Whether this part runs.
    #[must_use]
    pub fn has(&self, section: Section) -> bool {
        self.sections.contains(&section)
    }

    /// The peers that take part.
    pub fn peers(&self) -> impl Iterator<Item = Label> + '_ {
        self.contenders
            .iter()
            .copied()
            .filter(|label| label.is_peer())
    }
}

impl From<&Plan> for SliceTimes {
    fn from(plan: &Plan) -> Self {
        Self {
            warm_up: plan.warm_up,
            timed: plan.timed,
        }
    }
}
