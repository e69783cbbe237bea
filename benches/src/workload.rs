//! What is stored and what is asked: objects, mixes of operations, and streams of keys.
//!
//! # Streams
//!
//! An operation is a `u32`: an index into the key space, and a bit that says read or write (insert or delete in
//! churn). The key is computed from the index by one or two multiplications, the same for every contender, so no
//! table of keys competes with the contenders for the cache. Each thread has a stream of its own, walked from
//! front to back again and again, starting somewhere else in each round.
//!
//! The length of a stream is a compromise. A short one would turn a table of 4 M objects into one of as many as
//! the stream names, and its re-walk would find all of them in the cache. A long one takes cache lines from the
//! contender, but only at the rate at which it is read: one line in 16 operations, fetched ahead by the hardware,
//! against one to three lines in each operation on a table that doesn't fit. So a stream has at least four draws
//! per object up to 2^20 draws (4 MiB), and for 4 M objects that names about a million different objects per thread: many
//! times what the caches hold, and more than a slice gets through.

use std::hash::Hash;
use std::sync::Arc;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution as _, Zipf};
use serde::{Deserialize, Serialize};

use crate::contender::heirloom::HeirloomShape;

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
/// Values are made in this many generations, so that an overwriting insert changes the value.
pub const GENERATIONS: u64 = 4096;
/// Exponent of the skewed distribution, YCSB's.
pub const ZIPF_EXPONENT: f64 = 0.99;

/// 2^64 divided by the golden ratio, made odd: neighbouring indices become distant keys.
const SCATTER_A: u64 = 0x9E37_79B9_7F4A_7C15;
/// Another odd constant, for the second word of a binary key (from MurmurHash3's finaliser).
const SCATTER_B: u64 = 0xC2B2_AE3D_27D4_EB4F;
/// Keys stay below 2^59, which is a small integer for Heirloom and for the BEAM alike.
const INT_KEY_BITS: u32 = 59;
/// A prime above any number of objects used here and below 2^31: scatters the ranks of Zipf's distribution.
const RANK_STEP: u64 = 1_610_612_741;

/// The kinds of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum ShapeKind {
    /// `{int, int}`: 8-byte key, 8-byte value.
    Ints,
    /// `{binary16, binary64}`: 16-byte key, 64-byte value.
    Binaries,
}

impl ShapeKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Ints, Self::Binaries];

    /// As an Erlang programmer would write it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Ints => "{int, int}",
            Self::Binaries => "{binary16, binary64}",
        }
    }
}

/// A kind of object, as the loops see it.
pub trait Shape: HeirloomShape + Send + Sync + Sized + 'static {
    /// What an object is found by.
    type Key: Copy + Eq + Hash + Send + Sync + 'static;
    /// What a read hands out.
    type Value: Copy + Send + Sync + 'static;
    /// Which kind this is.
    const KIND: ShapeKind;

    /// The key with this index. Different indices have different keys.
    fn key(index: u32) -> Self::Key;
    /// A value for this key; `generation` is below [`GENERATIONS`].
    fn value(key: &Self::Key, generation: u64) -> Self::Value;
    /// Whether the value may be one of this key's: a cheap look, for the timed loops.
    fn seems_right(key: &Self::Key, value: &Self::Value) -> bool;
    /// Whether the value is one of this key's, whole and of one generation.
    fn is_right(key: &Self::Key, value: &Self::Value) -> bool;
}

/// `{int, int}`.
#[derive(Debug)]
pub struct Ints;

impl Shape for Ints {
    type Key = u64;
    type Value = u64;
    const KIND: ShapeKind = ShapeKind::Ints;

    #[inline]
    fn key(index: u32) -> u64 {
        (u64::from(index) + 1).wrapping_mul(SCATTER_A) & ((1 << INT_KEY_BITS) - 1)
    }

    #[inline]
    fn value(key: &u64, generation: u64) -> u64 {
        (key & !(GENERATIONS - 1)) | generation
    }

    #[inline]
    fn seems_right(key: &u64, value: &u64) -> bool {
        (key ^ value) < GENERATIONS
    }

    #[inline]
    fn is_right(key: &u64, value: &u64) -> bool {
        Self::seems_right(key, value)
    }
}

/// `{binary16, binary64}`.
#[derive(Debug)]
pub struct Binaries;

/// Words in a value of [`Binaries`].
const BINARY_VALUE_WORDS: usize = 8;

impl Binaries {
    /// The word that a key's values are made of.
    #[inline]
    fn first_word(key: &[u8; 16]) -> u64 {
        u64::from_le_bytes(key.as_chunks().0[0])
    }

    /// Word `at` of a value.
    #[inline]
    fn value_word(value: &[u8; 64], at: usize) -> u64 {
        u64::from_le_bytes(value.as_chunks().0[at])
    }

    /// What word `at` of a value is made of, besides its generation.
    #[inline]
    fn base(first: u64, at: usize) -> u64 {
        first.rotate_left(8 * at as u32)
    }
}

impl Shape for Binaries {
    type Key = [u8; 16];
    type Value = [u8; 64];
    const KIND: ShapeKind = ShapeKind::Binaries;

    #[inline]
    fn key(index: u32) -> [u8; 16] {
        let number = u64::from(index) + 1;
        let mut key = [0; 16];
        key[..8].copy_from_slice(&number.wrapping_mul(SCATTER_A).to_le_bytes());
        key[8..].copy_from_slice(&number.wrapping_mul(SCATTER_B).to_le_bytes());
        key
    }

    #[inline]
    fn value(key: &[u8; 16], generation: u64) -> [u8; 64] {
        let first = Self::first_word(key);
        let mut value = [0; 64];
        for (at, chunk) in value.as_chunks_mut::<8>().0.iter_mut().enumerate() {
            *chunk = (Self::base(first, at) ^ generation).to_le_bytes();
        }
        value
    }

    #[inline]
    fn seems_right(key: &[u8; 16], value: &[u8; 64]) -> bool {
        let (first, last) = (Self::first_word(key), BINARY_VALUE_WORDS - 1);
        let generation = Self::value_word(value, 0) ^ first;
        generation < GENERATIONS
            && Self::value_word(value, last) ^ generation == Self::base(first, last)
    }

    #[inline]
    fn is_right(key: &[u8; 16], value: &[u8; 64]) -> bool {
        let first = Self::first_word(key);
        let generation = Self::value_word(value, 0) ^ first;
        let whole = (0..BINARY_VALUE_WORDS)
            .all(|at| Self::value_word(value, at) ^ generation == Self::base(first, at));
        whole && generation < GENERATIONS
    }
}

/// What the operations of a cell are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mix {
    /// Every operation reads an object that is there.
    Reads100,
    /// One operation in 20 overwrites an object.
    Reads95,
    /// Every other operation overwrites an object.
    Reads50,
    /// Inserts and deletes, half and half, over twice as many keys as the table has objects.
    Churn,
}

impl Mix {
    /// Every mix; churn last, because it changes which keys are there.
    pub const ALL: [Self; 4] = [Self::Reads100, Self::Reads95, Self::Reads50, Self::Churn];

    /// For a table's row.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Reads100 => "100 % reads",
            Self::Reads95 => "95 % reads",
            Self::Reads50 => "50 % reads",
            Self::Churn => "churn",
        }
    }

    /// Share of the operations that have [`WRITE_BIT`] set.
    fn write_share(self) -> f64 {
        match self {
            Self::Reads100 => 0.0,
            Self::Reads95 => 0.05,
            Self::Reads50 | Self::Churn => 0.5,
        }
    }

    /// How many keys the operations draw from.
    fn key_space(self, objects: u32) -> u32 {
        if self == Self::Churn {
            objects * 2
        } else {
            objects
        }
    }
}

/// Which keys are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyDistribution {
    /// Each with the same probability.
    Uniform,
    /// Rank r with a probability proportional to r^-0.99.
    Zipf,
}

impl KeyDistribution {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Uniform, Self::Zipf];

    /// For a table's row.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Zipf => "zipf",
        }
    }
}

/// One combination that every contender is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// What is stored.
    pub shape: ShapeKind,
    /// How many objects are in the table.
    pub objects: u32,
    /// What is done.
    pub mix: Mix,
    /// With which keys.
    pub keys: KeyDistribution,
    /// By how many threads.
    pub threads: usize,
}

impl Cell {
    /// Whether every operation is a read.
    #[must_use]
    pub fn reads_only(&self) -> bool {
        self.mix == Mix::Reads100
    }

    /// One line that names the cell.
    #[must_use]
    pub fn title(&self) -> String {
        let (shape, objects) = (self.shape.title(), count_title(self.objects));
        let (mix, keys, threads) = (self.mix.title(), self.keys.title(), self.threads);
        format!("{shape} {objects}, {mix}, {keys}, {threads} T")
    }
}

/// `1 K`, `100 K`, `4 M`.
#[must_use]
pub fn count_title(count: u32) -> String {
    match count {
        _ if count >= 1_000_000 && count.is_multiple_of(1_000_000) => {
            format!("{} M", count / 1_000_000)
        }
        _ if count >= 1_000 && count.is_multiple_of(1_000) => format!("{} K", count / 1_000),
        _ => count.to_string(),
    }
}

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
    let space = cell.mix.key_space(cell.objects);
    let length = (space as usize * 4)
        .next_power_of_two()
        .clamp(STREAM_OPERATIONS_MIN, STREAM_OPERATIONS_MAX);
    let mut random = SmallRng::seed_from_u64(SCATTER_A ^ thread);
    let mut draw = index_source(cell.keys, space);
    let share = cell.mix.write_share();
    (0..length)
        .map(|_| {
            draw(&mut random)
                | if random.random_bool(share) {
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

/// Spreads ranks over the key space, one to one, so that hot keys were not inserted one after the other.
fn scatter(rank: u64, space: u32) -> u32 {
    ((rank * RANK_STEP + RANK_STEP / 2) % u64::from(space)) as u32
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// A cell with the given mix and keys.
    fn cell(mix: Mix, keys: KeyDistribution) -> Cell {
        Cell {
            shape: ShapeKind::Ints,
            objects: 1_000,
            mix,
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
    fn keys_differ_and_are_small_integers() {
        let keys: HashSet<u64> = (0..10_000).map(Ints::key).collect();
        assert_eq!(keys.len(), 10_000);
        assert!(keys.iter().all(|&key| key < 1 << 59));
        let keys: HashSet<[u8; 16]> = (0..10_000).map(Binaries::key).collect();
        assert_eq!(keys.len(), 10_000);
    }

    #[test]
    fn a_value_is_right_for_its_key_only() {
        let (key, other) = (Binaries::key(7), Binaries::key(8));
        let value = Binaries::value(&key, 42);
        assert!(Binaries::is_right(&key, &value) && Binaries::seems_right(&key, &value));
        assert!(!Binaries::is_right(&other, &value) && !Binaries::seems_right(&other, &value));
        assert!(Ints::is_right(
            &Ints::key(7),
            &Ints::value(&Ints::key(7), 4095)
        ));
        assert!(!Ints::is_right(
            &Ints::key(8),
            &Ints::value(&Ints::key(7), 0)
        ));
    }

    #[test]
    fn a_torn_value_is_wrong() {
        let key = Binaries::key(7);
        let (mut torn, newer) = (Binaries::value(&key, 1), Binaries::value(&key, 2));
        torn[32..].copy_from_slice(&newer[32..]);
        assert!(!Binaries::is_right(&key, &torn) && !Binaries::seems_right(&key, &torn));
    }

    #[test]
    fn mixes_have_their_shares() {
        for (mix, share) in [
            (Mix::Reads100, 0.0),
            (Mix::Reads95, 0.05),
            (Mix::Reads50, 0.5),
            (Mix::Churn, 0.5),
        ] {
            let (counts, writes) = counts(&cell(mix, KeyDistribution::Uniform));
            let all: usize = counts.iter().sum();
            assert!((writes as f64 / all as f64 - share).abs() < 0.01);
            assert_eq!(counts[1_500] > 0, mix == Mix::Churn);
        }
    }

    #[test]
    fn zipf_has_a_hot_key_and_reaches_most() {
        let (mut counts, _) = counts(&cell(Mix::Reads100, KeyDistribution::Zipf));
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
