//! Requests that are drawn; the same in every run.

use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand_distr::{Distribution as _, Zipf};

/// Exponent of Zipf's distribution: flatter than YCSB's, so that the size of the cache matters.
const EXPONENT: f64 = 0.9;
/// Draws for each key that can be drawn.
const DRAWS_PER_KEY: usize = 8;
/// Requests between two scans.
const BETWEEN_SCANS: usize = 100_000;
/// Keys in a scan.
const SCAN_KEYS: u64 = 20_000;
/// Above all keys that are drawn.
const SCANNED_FROM: u64 = 1 << 32;
/// How often a loop goes round.
const LAPS: usize = 20;
/// Where every stream of draws begins.
const SEED: u64 = 0xCAC4E;

/// So many draws; the keys are ranks, the most frequent one first.
pub(super) fn zipf(draws: usize) -> Vec<u64> {
    let keys = (draws / DRAWS_PER_KEY).max(1) as f64;
    let zipf = Zipf::new(keys, EXPONENT).expect("at least one key, and a positive exponent");
    let mut random = SmallRng::seed_from_u64(SEED);
    (0..draws)
        .map(|_| zipf.sample(&mut random) as u64)
        .collect()
}

/// The requests, with runs of keys between them that never come again.
pub(super) fn with_scans(requests: Vec<u64>) -> Vec<u64> {
    let scan = |number: usize| {
        let first = SCANNED_FROM + number as u64 * SCAN_KEYS;
        first..first + SCAN_KEYS
    };
    let stretches = requests.chunks(BETWEEN_SCANS).enumerate();
    stretches
        .flat_map(|(number, stretch)| stretch.iter().copied().chain(scan(number)))
        .collect()
}

/// A range of so many keys, again and again.
pub(super) fn looped(keys: u64) -> Vec<u64> {
    std::iter::repeat_n(0..keys, LAPS).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rank_is_drawn_most_and_always_alike() {
        let draws = zipf(80_000);
        assert_eq!(draws, zipf(80_000));
        assert!(draws.iter().all(|rank| (1..=10_000).contains(rank)));
        let share = |rank| {
            let count = draws.iter().filter(|&&drawn| drawn == rank).count();
            count as f64 / draws.len() as f64
        };
        // Its share of 10,000 with exponent 0.9 is 1 / (sum of r^-0.9), about 0.06.
        assert!((share(1) - 0.06).abs() < 0.01, "{}", share(1));
        assert!(share(1) > share(2) && share(2) > share(20));
    }

    #[test]
    fn scanned_keys_never_come_again() {
        let requests = with_scans(vec![7; 2 * BETWEEN_SCANS]);
        let mut scanned: Vec<u64> = requests.iter().copied().filter(|&key| key != 7).collect();
        assert_eq!(scanned.len() as u64, 2 * SCAN_KEYS);
        assert_eq!(requests.len(), 2 * BETWEEN_SCANS + scanned.len());
        scanned.dedup();
        assert!(scanned.is_sorted() && scanned.len() as u64 == 2 * SCAN_KEYS);
        assert_eq!(requests[BETWEEN_SCANS], SCANNED_FROM);
    }

    #[test]
    fn a_loop_goes_round() {
        let requests = looped(3);
        assert_eq!(requests[..7], [0, 1, 2, 0, 1, 2, 0]);
        assert_eq!(requests.len(), 3 * LAPS);
    }
}
