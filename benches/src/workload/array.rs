//! Values that are arrays: each word is made of the key and of a generation, so that a torn array is noticed.

use super::GENERATIONS;

/// Bytes of a word.
const WORD_BYTES: usize = 8;

/// The value of a key that begins with this word.
#[inline]
pub(super) fn array<const BYTES: usize>(first: u64, generation: u64) -> [u8; BYTES] {
    let mut value = [0; BYTES];
    let words = value.as_chunks_mut::<WORD_BYTES>().0;
    for (at, word) in words.iter_mut().enumerate() {
        *word = (base(first, at) ^ generation).to_le_bytes();
    }
    value
}

/// The generation of a value, as its first word says; `None` if that is another key's.
#[inline]
pub(super) fn generation_of<const BYTES: usize>(value: &[u8; BYTES], first: u64) -> Option<u64> {
    let generation = word(value, 0) ^ first;
    (generation < GENERATIONS).then_some(generation)
}

/// Whether word `at` is the key's, and of this generation.
#[inline]
pub(super) fn has_word<const BYTES: usize>(
    value: &[u8; BYTES],
    first: u64,
    generation: u64,
    at: usize,
) -> bool {
    word(value, at) ^ generation == base(first, at)
}

/// Whether all words are the key's, and of one generation.
#[inline]
pub(super) fn is_whole<const BYTES: usize>(value: &[u8; BYTES], first: u64) -> bool {
    generation_of(value, first).is_some_and(|generation| {
        (0..BYTES / WORD_BYTES).all(|at| has_word(value, first, generation, at))
    })
}

/// Word `at` of a value.
#[inline]
fn word<const BYTES: usize>(value: &[u8; BYTES], at: usize) -> u64 {
    u64::from_le_bytes(value.as_chunks().0[at])
}

/// What word `at` of a value is made of, besides its generation.
#[inline]
fn base(first: u64, at: usize) -> u64 {
    first.rotate_left(8 * at as u32)
}
