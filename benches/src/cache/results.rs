//! What a run finds out: the file it leaves, and all that the report is made from.

use serde::{Deserialize, Serialize};

use super::contender::Label;
use super::plan::{Plan, Work};
use super::workload::Workload;
use crate::machine::Machine;
use crate::results::{Conduct, Timed};
use crate::workload::count_title;

/// Everything that one run measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Results {
    /// On what.
    pub machine: Machine,
    /// How much.
    pub plan: Plan,
    /// The share of the cores' time that other processes (and the machine's host) took during the run.
    pub others_share: f64,
    /// How long the run took.
    pub seconds: f64,
    /// Memory per object.
    pub memory: Vec<Memory>,
    /// Operations a second.
    pub throughput: Vec<Throughput>,
    /// Hit ratios.
    pub hit_ratios: Vec<HitRatio>,
    /// When objects expire.
    pub expiry: Vec<Expiry>,
    /// Calls while all objects are over at once.
    pub burst: Vec<Timed<Label>>,
}

/// Memory of one cache, in a process that holds nothing else.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Memory {
    /// Who.
    pub label: Label,
    /// For how many objects.
    pub capacity: u32,
    /// After as many were inserted.
    pub filled: Held,
    /// After as many others were inserted.
    pub turned_over: Held,
}

impl Memory {
    /// The higher overhead of the two.
    #[must_use]
    pub fn overhead(&self) -> f64 {
        self.filled.overhead().max(self.turned_over.overhead())
    }
}

/// Key and value.
const PAYLOAD_BYTES: f64 = 16.0;

/// How much a cache holds, and in how much memory.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Held {
    /// Objects.
    pub objects: u64,
    /// Growth of the process's resident memory since there was no cache.
    pub resident_bytes: u64,
}

impl Held {
    /// Bytes for each object, less key and value.
    #[must_use]
    pub fn overhead(&self) -> f64 {
        self.resident_bytes as f64 / self.objects as f64 - PAYLOAD_BYTES
    }
}

/// What is done with caches of which size by how many threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// For how many objects.
    pub capacity: u32,
    /// What is done.
    pub work: Work,
    /// By how many threads.
    pub threads: usize,
}

impl Cell {
    /// In one line.
    #[must_use]
    pub fn title(&self) -> String {
        let capacity = count_title(self.capacity);
        format!("{capacity}, {}, {} T", self.work.title(), self.threads)
    }
}

/// Throughput of one contender in one cell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Throughput {
    /// Where.
    pub cell: Cell,
    /// Who.
    pub label: Label,
    /// Operations a second, all threads together: the median of the rounds.
    pub rate: f64,
    /// The same in each round.
    pub rounds: Vec<f64>,
    /// What else there is to say about the rounds.
    #[serde(flatten)]
    pub conduct: Conduct,
    /// The share of the lookups that found an object.
    pub hits: f64,
}

/// How often a key was there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HitRatio {
    /// Which requests.
    pub workload: Workload,
    /// For how many objects.
    pub capacity: u64,
    /// How many different keys were asked for.
    pub footprint: u64,
    /// How many requests there were.
    pub requests: u64,
    /// Who.
    pub label: Label,
    /// How many of them found an object.
    pub hits: u64,
    /// How many objects the cache had in the end.
    pub objects: u64,
}

impl HitRatio {
    /// Hits in a hundred requests.
    #[must_use]
    pub fn percent(&self) -> f64 {
        self.hits as f64 * 100.0 / self.requests as f64
    }
}

/// When objects were gone.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Expiry {
    /// Who.
    pub label: Label,
    /// The earliest miss, in milliseconds after the object's time was over; negative if it came too early.
    pub first_miss: Option<f64>,
    /// The latest hit, in the same way; negative if no object was found too late.
    pub last_hit: Option<f64>,
    /// How many were still there when waiting ended.
    pub remaining: usize,
}
