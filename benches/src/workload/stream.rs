//! Streams of keys, drawn beforehand.
//!
//! An operation is a `u32`: an index into the key space, and a bit that says read or write (insert or delete in
//! churn). Each thread has a stream of its own, walked from front to back again and again, starting somewhere else in
//! each round.
//!
//! The length of a stream is a compromise. A short one would turn a table of 4 M objects into one of as many as
//! the stream names, and its re-walk would find all of them in the cache. A long one takes cache lines from the
//! contender, but only at the rate at which it is read: one line in 16 operations, fetched ahead by the hardware,
//! against one to three lines in each operation on a table that doesn't fit. So a stream has at least four draws
//! per object up to 2^20 draws (4 MiB), and for 4 M objects that names about a million different objects per thread: many
//! times what the caches hold, and more than a slice gets through.

use std::sync::Arc;

use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution as _, Zipf};

use super::{Cell, KeyDistribution, SCATTER_A};

/// Set in an operation that writes; in churn, in one that deletes.
pub const WRITE_BIT: u32 = 1 << 31;
/// The index of the key in an operation.
pub const INDEX_MASK: u32 = WRITE_BIT - 1;
/// Fewest operations in a stream.
pub const STREAM_OPERATIONS_MIN: usize = 1 << 16;
/// Most operations in a stream: 4 MiB.
pub const STREAM_OPERATIONS_MAX: usize = 1 << 20;
/// Operations between two looks at the clock; a divisor of every stream's length.
pub const BLOCK_OPERATIONS: usize = 256;
/// Exponent of the skewed distribution, YCSB's.
const ZIPF_EXPONENT: f64 = 0.99;
/// A prime above any number of objects used here and below 2^31: scatters the ranks of Zipf's distribution.
const RANK_STEP: u64 = 1_610_612_741;

/// The operations of one thread, drawn beforehand. The length is a power of two.
pub type Stream = Arc<[u32]>;

/// Draws one stream for each of the cell's threads. The same cell always gets the same streams.
#[must_use]
pub fn streams(cell: &Cell) -> Vec<Stream> {
    (0..cell.threads)
        .map(|thread| stream(cell, thread as u64))
        .collect()
}

/// Draws the stream of one thread.
fn stream(cell: &Cell, thread: u64) -> Stream {
    let space = cell.work.key_space(cell.objects);
    drawn(cell.keys, space, cell.work.write_share(), thread)
}

/// Draws operations on the keys with indices below `space`, this share of them writes; the same for each thread at any time.
#[must_use]
pub fn drawn(keys: KeyDistribution, space: u32, write_share: f64, thread: u64) -> Stream {
    let length = (space as usize * 4)
        .next_power_of_two()
        .clamp(STREAM_OPERATIONS_MIN, STREAM_OPERATIONS_MAX);
    let mut random = SmallRng::seed_from_u64(SCATTER_A ^ thread);
    let mut draw = index_source(keys, space);
    (0..length)
        .map(|_| {
            draw(&mut random)
                | if random.random_bool(write_share) {
                    WRITE_BIT
                } else {
                    0
                }
        })
        .collect()
}

/// What draws the indices of keys below `space`.
fn index_source(keys: KeyDistribution, space: u32) -> Box<dyn FnMut(&mut SmallRng) -> u32> {
    let zipf = Zipf::new(f64::from(space), ZIPF_EXPONENT);
    match (keys, zipf) {
        (KeyDistribution::Zipf, Ok(zipf)) => {
            Box::new(move |random| scatter(zipf.sample(random) as u64 - 1, space))
        }
        _ => Box::new(move |random| random.random_range(0..space)),
    }
}

/// The indices below `count` in random order, always the same.
#[must_use]
pub fn shuffled(count: u32) -> Vec<u32> {
    let mut indices: Vec<u32> = (0..count).collect();
    indices.shuffle(&mut SmallRng::seed_from_u64(SCATTER_A));
    indices
}

/// A place in a stream.
#[derive(Clone, Debug)]
pub struct Walk {
    stream: Stream,
    at: usize,
}

impl Walk {
    /// Where a thread starts in this round: at a different place each time, at the beginning of a block.
    #[must_use]
    pub fn start(stream: &Stream, round: usize) -> Self {
        let blocks = stream.len() / BLOCK_OPERATIONS;
        Self {
            stream: Stream::clone(stream),
            at: (round * blocks * 5 / 8) % blocks * BLOCK_OPERATIONS,
        }
    }

    /// The next block of operations; after the last one, the first.
    #[inline]
    pub fn next_block(&mut self) -> &[u32] {
        self.next_part(BLOCK_OPERATIONS)
    }

    /// The next operations, so many as is given each time: a divisor of [`BLOCK_OPERATIONS`].
    #[inline]
    pub fn next_part(&mut self, operations: usize) -> &[u32] {
        let at = self.at;
        self.at = (at + operations) % self.stream.len();
        &self.stream[at..at + operations]
    }
}

/// Spreads ranks over the key space, one to one, so that hot keys were not inserted one after the other.
fn scatter(rank: u64, space: u32) -> u32 {
    ((rank * RANK_STEP + RANK_STEP / 2) % u64::from(space)) as u32
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::workload::{ShapeKind, Work};

    /// A cell with the given work and keys.
    fn cell(work: Work, keys: KeyDistribution) -> Cell {
        Cell {
            shape: ShapeKind::Ints,
            objects: 1_000,
            work,
            keys,
            threads: 2,
        }
    }

    /// How many operations of a cell's first stream are on each index, and how many have the write bit.
    fn counts(cell: &Cell) -> (Vec<usize>, usize) {
        let mut counts = vec![0; 2 * cell.objects as usize];
        let stream = &streams(cell)[0];
        stream
            .iter()
            .for_each(|operation| counts[(operation & INDEX_MASK) as usize] += 1);
        (
            counts,
            stream
                .iter()
                .filter(|&operation| operation & WRITE_BIT != 0)
                .count(),
        )
    }

    #[test]
    fn mixes_have_their_shares() {
        for (work, share) in [
            (Work::Reads100, 0.0),
            (Work::Reads95, 0.05),
            (Work::Reads50, 0.5),
            (Work::Churn, 0.5),
        ] {
            let (counts, writes) = counts(&cell(work, KeyDistribution::Uniform));
            let all: usize = counts.iter().sum();
            assert!((writes as f64 / all as f64 - share).abs() < 0.01);
            assert_eq!(counts[1_500] > 0, work == Work::Churn);
        }
    }

    #[test]
    fn zipf_has_a_hot_key_and_reaches_most() {
        let (mut counts, _) = counts(&cell(Work::Reads100, KeyDistribution::Zipf));
        let all: usize = counts.iter().sum();
        let reached = counts.iter().filter(|&&count| count > 0).count();
        counts.sort_unstable_by(|left, right| right.cmp(left));
        // The first rank's share of 1,000 with exponent 0.99 is 1 / (sum of r^-0.99), about 0.13.
        assert!(
            (counts[0] as f64 / all as f64 - 0.13).abs() < 0.02,
            "{}",
            counts[0]
        );
        assert!(reached > 950, "{reached}");
    }

    #[test]
    fn scattered_ranks_are_a_permutation() {
        for space in [1_000, 100_000, 2_000] {
            let seen: HashSet<u32> = (0..u64::from(space))
                .map(|rank| scatter(rank, space))
                .collect();
            assert_eq!(seen.len(), space as usize);
        }
    }
}
