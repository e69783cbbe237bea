//! What a run finds out: the file it leaves, and all that the report is made from.

use serde::{Deserialize, Serialize};

use crate::contender::Label;
use crate::machine::Machine;
use crate::measure::Sample;
use crate::plan::Plan;
use crate::workload::{Cell, ShapeKind};

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
    /// The slowest insert while growing.
    pub growth: Vec<Timed<Label>>,
    /// A reader that stays.
    pub parked: Vec<Parked>,
    /// The machine's load latency.
    pub limits: Vec<LoadLatency>,
    /// Throughput.
    pub cells: Vec<Throughput>,
    /// Counting up a hot key.
    pub counters: Vec<CounterRate>,
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
    /// Reads that gave nothing although the object was there, in all rounds ([`Label::may_miss`]).
    pub misses: u64,
}

impl Throughput {
    /// From the rounds of a cell.
    #[must_use]
    pub fn new(cell: &Cell, label: Label, samples: &[Sample]) -> Self {
        let rounds: Vec<f64> = samples.iter().map(|sample| sample.rate).collect();
        let misses = samples
            .iter()
            .map(|sample| sample.tally.reads.saturating_sub(sample.tally.found))
            .sum();
        Self {
            cell: *cell,
            label,
            rate: median(&rounds),
            rounds,
            conduct: Conduct::of(samples),
            misses,
        }
    }

    /// Nanoseconds that one thread spends on an operation.
    #[must_use]
    pub fn nanoseconds(&self) -> f64 {
        self.cell.threads as f64 * 1e9 / self.rate
    }
}

/// Memory of one contender, in a process that holds nothing else.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Memory {
    /// Who.
    pub label: Label,
    /// What is stored.
    pub shape: ShapeKind,
    /// How many objects.
    pub objects: u32,
    /// Growth of the process's resident memory, in bytes.
    pub resident_bytes: u64,
    /// What the table says of itself, if it does.
    pub own_count_bytes: Option<u64>,
    /// On the way there, if somebody looked.
    #[serde(default)]
    pub growing: Option<Growing>,
}

/// Resident bytes for each object while a table grew by the same factor from one look to the next, over a few doublings: so a
/// phase in which everything is there twice has its weight whatever the number of objects in the end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Growing {
    /// The most.
    pub most: f64,
    /// With how many objects that was.
    pub most_at: u32,
    /// The mean.
    pub mean: f64,
}

impl Growing {
    /// From numbers of objects and the resident bytes with them; `None` without any.
    #[must_use]
    pub fn of(looks: &[(u32, u64)]) -> Option<Self> {
        let each = |&(objects, bytes): &(u32, u64)| (bytes as f64 / f64::from(objects), objects);
        let (most, most_at) = looks
            .iter()
            .map(each)
            .max_by(|left, right| left.0.total_cmp(&right.0))?;
        let sum: f64 = looks.iter().map(|look| each(look).0).sum();
        Some(Self {
            most,
            most_at,
            mean: sum / looks.len() as f64,
        })
    }
}

impl Memory {
    /// Resident bytes for each object.
    #[must_use]
    pub fn bytes_per_object(&self) -> f64 {
        self.resident_bytes as f64 / f64::from(self.objects)
    }
}

/// How long single calls took, and what of that is the machine's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Timed<L> {
    /// Who; `None` for the machine itself: a thread that only reads the clock, for as long.
    pub label: Option<L>,
    /// One for each time that it was done.
    pub rounds: Vec<CallTimes>,
}

impl<L> Timed<L> {
    /// Before it was done.
    #[must_use]
    pub fn new(label: Option<L>) -> Self {
        Self {
            label,
            rounds: Vec::new(),
        }
    }

    /// The slowest call of the quietest round. The same is done in every round, so what it costs can't be
    /// less than this; what else there is in the other rounds came from outside.
    #[must_use]
    pub fn slowest(&self) -> Option<&CallTimes> {
        self.rounds
            .iter()
            .min_by_key(|times| times.slowest_nanoseconds)
    }
}

/// How long many calls took, each for itself.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct CallTimes {
    /// Half of them were at most this.
    pub median_nanoseconds: u64,
    /// All but one in ten thousand were at most this.
    pub most_nanoseconds: u64,
    /// The slowest one.
    pub slowest_nanoseconds: u64,
    /// All of them together.
    pub seconds: f64,
}

/// What happens to a writer and to memory while a reader stays in the middle of a read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Parked {
    /// Who.
    pub label: Label,
    /// The share of the keys whose writers would wait for the reader. The others were overwritten.
    pub blocked_share: f64,
    /// Overwrites done while the reader stayed.
    pub overwrites: u64,
    /// Growth of resident memory for each of these; `None` if every key was blocked.
    pub bytes_per_overwrite: Option<f64>,
    /// Time of an overwrite before the reader came.
    pub free_nanoseconds: f64,
    /// Time of an overwrite while it stayed.
    pub parked_nanoseconds: Option<f64>,
}

/// What a load from memory costs in an array of this size.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoadLatency {
    /// The kind of object whose table is about this large.
    pub shape: ShapeKind,
    /// The number of objects.
    pub objects: u32,
    /// The array's size.
    pub bytes: u64,
    /// A load whose address is the previous load's result.
    pub dependent_nanoseconds: f64,
    /// Loads from random lines that do not wait for each other: time a thread spends on each, by number of threads.
    pub independent_nanoseconds: Vec<(usize, f64)>,
}

/// How fast one hot key is counted up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CounterRate {
    /// Who.
    pub label: Label,
    /// By how many threads.
    pub threads: usize,
    /// Increments a second, all threads together: the median of the rounds.
    pub rate: f64,
    /// The same in each round.
    pub rounds: Vec<f64>,
    /// What else there is to say about the rounds.
    #[serde(flatten)]
    pub conduct: Conduct,
}

impl CounterRate {
    /// From the rounds.
    #[must_use]
    pub fn new(label: Label, threads: usize, samples: &[Sample]) -> Self {
        let rounds: Vec<f64> = samples.iter().map(|sample| sample.rate).collect();
        Self {
            label,
            threads,
            rate: median(&rounds),
            rounds,
            conduct: Conduct::of(samples),
        }
    }
}

/// How fairly the threads went, and how far they were left alone; medians of the rounds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Conduct {
    /// The slowest thread's operations a second, divided by the mean of all threads: 1 is fair.
    pub fairness: f64,
    /// The share of the threads' time in which they were ready but others had the cores.
    pub waited: f64,
}

impl Conduct {
    /// The medians.
    pub(crate) fn of(samples: &[Sample]) -> Self {
        let of =
            |figure: fn(&Sample) -> f64| median(&samples.iter().map(figure).collect::<Vec<f64>>());
        Self {
            fairness: of(|sample| sample.fairness),
            waited: of(|sample| sample.waited),
        }
    }
}

/// The middle one of the values, or the mean of the middle two; 0 of none.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        length if length % 2 == 0 => f64::midpoint(sorted[half - 1], sorted[half]),
        _ => sorted[half],
    }
}

#[cfg(test)]
mod tests {
    use super::{Growing, median};

    #[test]
    fn the_most_and_the_mean_of_some_looks() {
        assert_eq!(Growing::of(&[]), None);
        let growing = Growing {
            most: 50.0,
            most_at: 200,
            mean: 40.0,
        };
        assert_eq!(
            Growing::of(&[(100, 3_000), (200, 10_000), (400, 16_000)]),
            Some(growing)
        );
    }

    #[test]
    fn median_of_few_values() {
        assert_eq!(median(&[]), 0.0);
        assert_eq!(median(&[3.0]), 3.0);
        assert_eq!(median(&[9.0, 1.0]), 5.0);
        assert_eq!(median(&[9.0, 1.0, 2.0]), 2.0);
    }
}
