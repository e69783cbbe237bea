//! What is asked of a cache, request by request: two traces, and three streams that are made here.

mod generated;
mod trace;

use std::rc::Rc;

use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

use crate::contender::hasher;
use crate::error::CompareError;

/// To be printed beside every figure from a trace.
pub const CITATION: &str = "\
[1] Trace of N. Megiddo and D. S. Modha, \"ARC: A Self-Tuning, Low Overhead Replacement Cache\", USENIX FAST 03,
pp. 115-130.";

/// Sizes of the cache, as parts in a hundred of the keys that are asked for.
const CAPACITY_PERCENTS: [u64; 4] = [1, 5, 10, 25];
/// Sizes of the cache where a loop goes round a little more than the cache holds.
const LOOPED_CAPACITIES: [u64; 4] = [2_000, 10_000, 20_000, 50_000];

/// A source of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// Reads of a database.
    Oltp,
    /// Reads of a workstation's disk.
    P3,
    /// Zipf's distribution.
    Zipf,
    /// The same, and every so often a run of keys that never come again.
    ZipfScans,
    /// A range again and again, a tenth larger than the cache.
    Loop,
}

impl Workload {
    /// Every source, in the order of the report.
    pub const ALL: [Self; 5] = [
        Self::Oltp,
        Self::P3,
        Self::Zipf,
        Self::ZipfScans,
        Self::Loop,
    ];

    /// For the report; `[1]` stands for [`CITATION`].
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Oltp => "OLTP [1]",
            Self::P3 => "P3 [1]",
            Self::Zipf => "Zipf 0.9",
            Self::ZipfScans => "Zipf 0.9 and scans",
            Self::Loop => "loop",
        }
    }

    /// Whether figures must stand beside [`CITATION`].
    #[must_use]
    pub fn is_cited(self) -> bool {
        matches!(self, Self::Oltp | Self::P3)
    }

    /// The requests for each size of cache; `draws` from Zipf's distribution where it is used.
    ///
    /// # Errors
    /// A trace that can't be read.
    pub fn cases(self, draws: usize) -> Result<Vec<Case>, CompareError> {
        Ok(match self {
            Self::Oltp => by_percents(trace::read("OLTP")?),
            Self::P3 => by_percents(trace::read("P3")?),
            Self::Zipf => by_percents(generated::zipf(draws)),
            Self::ZipfScans => by_percents(generated::with_scans(generated::zipf(draws))),
            Self::Loop => LOOPED_CAPACITIES.map(looped).into(),
        })
    }
}

/// Requests to a cache of one size.
#[derive(Clone, Debug)]
pub struct Case {
    /// How many objects it may hold.
    pub capacity: u64,
    /// How many different keys are asked for.
    pub footprint: u64,
    /// The keys, in order.
    pub requests: Rc<[u64]>,
}

/// The same requests to caches of several sizes.
fn by_percents(requests: Vec<u64>) -> Vec<Case> {
    let mut keys = HashSet::with_hasher(hasher());
    keys.extend(requests.iter().copied());
    let footprint = keys.len() as u64;
    let requests: Rc<[u64]> = requests.into();
    let case = |percent| Case {
        capacity: footprint * percent / 100,
        footprint,
        requests: Rc::clone(&requests),
    };
    CAPACITY_PERCENTS.map(case).into()
}

/// A loop for a cache of this size.
fn looped(capacity: u64) -> Case {
    let footprint = capacity * 11 / 10;
    Case {
        capacity,
        footprint,
        requests: generated::looped(footprint).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacities_are_parts_of_the_footprint() {
        let cases = by_percents((0..1_000).chain(0..500).collect());
        assert!(cases.iter().all(|case| case.footprint == 1_000));
        let capacities: Vec<u64> = cases.iter().map(|case| case.capacity).collect();
        assert_eq!(capacities, [10, 50, 100, 250]);
    }

    #[test]
    fn a_loop_is_larger_than_its_cache() {
        let case = looped(2_000);
        assert_eq!(case.footprint, 2_200);
        assert_eq!(case.requests.iter().max(), Some(&2_199));
    }
}
