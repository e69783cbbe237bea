//! How evenly hashes spread. The tables choose a bucket by the high bits and a tag by the low ones.

use crate::term::{Term, ToTerm};

/// Keys per family.
const KEYS: usize = 1 << 14;
/// Buckets, and values of a tag, that the keys are spread over.
const BUCKETS: usize = 1 << 8;

/// Families of keys as programs use them: dense, strided, short texts, pairs.
fn families() -> Vec<(&'static str, Vec<Term>)> {
    fn family<T: ToTerm>(make: impl Fn(u64) -> T) -> Vec<Term> {
        (0..KEYS as u64)
            .map(|n| make(n).to_term().expect("a term"))
            .collect()
    }
    vec![
        ("dense", family(|n| n)),
        ("strided", family(|n| n << 40)),
        ("large", family(|n| (n << 48) | (1 << 63))),
        ("floats", family(|n| n as f64)),
        ("texts", family(|n| n.to_string())),
        ("long texts", family(|n| format!("{n:>40}"))),
        ("pairs", family(|n| (n >> 7, n & 127))),
        ("lists", family(|n| vec![n >> 7, n & 127])),
    ]
}

/// The chi-square statistic of a distribution, over its degrees of freedom: about 1 where it is
/// random.
fn chi_square(places: impl Iterator<Item = usize>) -> f64 {
    let mut counts = vec![0f64; BUCKETS];
    places.for_each(|place| counts[place] += 1.0);
    let expected = KEYS as f64 / BUCKETS as f64;
    counts
        .iter()
        .map(|count| (count - expected).powi(2) / expected)
        .sum::<f64>()
        / (BUCKETS - 1) as f64
}

#[test]
fn high_and_low_bits_are_even() {
    for (name, keys) in families() {
        for seed in [0, 1, u64::MAX, 0x9e37_79b9_7f4a_7c15] {
            let hashes: Vec<u64> = keys
                .iter()
                .map(|key| key.as_ref().hash_exact(seed))
                .collect();
            let high = chi_square(hashes.iter().map(|hash| (hash >> 56) as usize));
            let low = chi_square(hashes.iter().map(|hash| (hash & 255) as usize));
            // For 255 degrees of freedom the standard deviation is 0.09.
            assert!(
                (0.6..1.45).contains(&high),
                "{name}, seed {seed:x}: high bits {high}"
            );
            assert!(
                (0.6..1.45).contains(&low),
                "{name}, seed {seed:x}: low bits {low}"
            );
        }
    }
}

#[test]
fn every_bit_of_a_word_changes_half_of_the_hash() {
    const SAMPLES: u64 = 256;
    for bit in 0..60 {
        let mut changed = [0u32; 64];
        for sample in 0..SAMPLES {
            let key = (sample.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 5) as i64;
            let hash = |key: i64| key.with_term(|term| term.hash_exact(42)).expect("a term");
            let difference = hash(key) ^ hash(key ^ 1 << bit);
            (0..64).for_each(|out| changed[out] += (difference >> out & 1) as u32);
        }
        for (out, count) in changed.iter().enumerate() {
            assert!(
                (70..186).contains(count),
                "bit {bit} changes bit {out} {count} times in {SAMPLES}"
            );
        }
    }
}

#[test]
fn nothing_collides() {
    for (name, keys) in families() {
        let mut hashes: Vec<u64> = keys.iter().map(|key| key.as_ref().hash_exact(7)).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), KEYS, "{name}");
    }
}
