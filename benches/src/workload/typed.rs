//! Kinds of object of the typed tables.

use std::sync::Arc;

use super::array::{array, generation_of, is_whole};
use super::int::{scattered, values_of_integers};
use super::shape::INT_KEY_BITS;
use super::{Shape, ShapeKind};

/// `u64` to `u64`, both below 2 to `BITS`.
#[derive(Debug)]
pub struct U64s<const BITS: u32>;

/// As small as in [`Ints`](super::Ints), as most numbers are.
pub type SmallU64s = U64s<INT_KEY_BITS>;
/// Of all 64 bits, as hashes are: no small integers for Heirloom.
pub type WideU64s = U64s<{ u64::BITS }>;

impl<const BITS: u32> Shape for U64s<BITS> {
    values_of_integers!();

    const KIND: ShapeKind = if BITS == u64::BITS {
        ShapeKind::WideU64s
    } else {
        ShapeKind::U64s
    };

    #[inline]
    fn key(index: u32) -> u64 {
        scattered(index, BITS)
    }
}

/// `String` to `String`: a read makes a string of the caller's own, whoever is read, and its letters are looked at.
#[derive(Debug)]
pub struct Strings;

/// Letters of a key, and of each part of a value.
const LETTERS: usize = 16;
/// Parts of a value. Each is the key with other letters at the end, which tell the generation.
const PARTS: usize = 4;
/// Letters of a part that are the key's. The others have as many bits as [`GENERATIONS`](super::GENERATIONS).
const KEY_LETTERS: usize = 13;
/// The bits of a letter say which of the first 16 letters of the alphabet it is.
const FIRST_LETTER: u8 = b'a';

/// The letters of a word, those of its highest bits first.
#[inline]
fn letters(word: u64) -> [u8; LETTERS] {
    let mut letters = [0; LETTERS];
    letters[..8].copy_from_slice(&spread(word >> 32));
    letters[8..].copy_from_slice(&spread(word & u64::from(u32::MAX)));
    letters
}

/// Eight letters of 32 bits: four bits for each, spread over the bytes of a word by halves of halves.
#[inline]
fn spread(half: u64) -> [u8; 8] {
    let pairs = (half | half << 16) & 0x0000_FFFF_0000_FFFF;
    let bytes = (pairs | pairs << 8) & 0x00FF_00FF_00FF_00FF;
    let nibbles = (bytes | bytes << 4) & 0x0F0F_0F0F_0F0F_0F0F;
    (nibbles + u64::from_ne_bytes([FIRST_LETTER; 8])).to_be_bytes()
}

/// Letters as a text.
#[inline]
fn text(letters: &[u8; LETTERS]) -> &str {
    std::str::from_utf8(letters).expect("letters of the alphabet are a text")
}

/// The parts of a value, if it has as many letters as it should.
#[inline]
fn parts(value: &str) -> Option<&[[u8; LETTERS]; PARTS]> {
    let (parts, rest) = value.as_bytes().as_chunks();
    if rest.is_empty() {
        parts.try_into().ok()
    } else {
        None
    }
}

/// Whether this part of a value is of such a key.
#[inline]
fn begins_as(part: &[u8; LETTERS], key: &str) -> bool {
    part.first_chunk::<KEY_LETTERS>() == key.as_bytes().first_chunk()
}

impl Shape for Strings {
    type Key = String;
    type Value = String;
    const KIND: ShapeKind = ShapeKind::Strings;

    fn key(index: u32) -> String {
        let mut key = String::with_capacity(LETTERS);
        Self::set_key(&mut key, index);
        key
    }

    #[inline]
    fn set_key(key: &mut String, index: u32) {
        key.clear();
        key.push_str(text(&letters(scattered(index, u64::BITS))));
    }

    #[inline]
    fn value(key: &String, generation: u64) -> String {
        let mut part = letters(generation);
        part[..KEY_LETTERS].copy_from_slice(&key.as_bytes()[..KEY_LETTERS]);
        text(&part).repeat(PARTS)
    }

    #[inline]
    fn seems_right(key: &String, value: &String) -> bool {
        parts(value).is_some_and(|parts| parts[0] == parts[PARTS - 1] && begins_as(&parts[0], key))
    }

    #[inline]
    fn is_right(key: &String, value: &String) -> bool {
        parts(value).is_some_and(|parts| {
            let same = parts.iter().all(|part| *part == parts[0]);
            same && begins_as(&parts[0], key)
        })
    }
}

/// `u64` to `Arc<[u8; 256]>`: a write brings an `Arc` of its own, as a program does that has just loaded something, and a
/// read clones it.
#[derive(Debug)]
pub struct Arcs;

impl Shape for Arcs {
    type Key = u64;
    type Value = Arc<[u8; 256]>;
    const KIND: ShapeKind = ShapeKind::Arcs;

    #[inline]
    fn key(index: u32) -> u64 {
        scattered(index, INT_KEY_BITS)
    }

    #[inline]
    fn value(key: &u64, generation: u64) -> Self::Value {
        Arc::new(array(*key, generation))
    }

    /// The word that stands beside the count of references, which the clone has brought into the cache: another one would
    /// be another miss, which has nothing to do with the tables.
    #[inline]
    fn seems_right(key: &u64, value: &Self::Value) -> bool {
        generation_of(value, *key).is_some()
    }

    #[inline]
    fn is_right(key: &u64, value: &Self::Value) -> bool {
        is_whole(value, *key)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::workload::GENERATIONS;

    /// Keys differ, and values are right for their keys only.
    fn keys_have_values_of_their_own<S: Shape>() {
        let keys: HashSet<S::Key> = (0..10_000).map(S::key).collect();
        assert_eq!(keys.len(), 10_000);
        let (mut key, other) = (S::key(0), S::key(8));
        S::set_key(&mut key, 7);
        assert!(key == S::key(7));
        for generation in [0, 42, GENERATIONS - 1] {
            let value = S::value(&key, generation);
            assert!(S::seems_right(&key, &value) && S::is_right(&key, &value));
            assert!(!S::seems_right(&other, &value) && !S::is_right(&other, &value));
        }
    }

    #[test]
    fn every_key_has_values_of_its_own() {
        keys_have_values_of_their_own::<SmallU64s>();
        keys_have_values_of_their_own::<WideU64s>();
        keys_have_values_of_their_own::<Strings>();
        keys_have_values_of_their_own::<Arcs>();
    }

    #[test]
    fn keys_are_as_wide_as_they_are_said_to_be() {
        assert!((0..10_000).all(|index| SmallU64s::key(index) < 1 << INT_KEY_BITS));
        assert!((0..10_000).any(|index| WideU64s::key(index) > u64::MAX / 2));
    }

    #[test]
    fn strings_have_16_and_64_letters() {
        let key = Strings::key(7);
        let value = Strings::value(&key, 4_095);
        assert_eq!((key.len(), value.len()), (16, 64));
        assert!(value.ends_with("ppp") && value.starts_with(&key[..13]));
        assert!(
            (key + &value)
                .bytes()
                .all(|letter| (b'a'..=b'p').contains(&letter))
        );
    }

    #[test]
    fn a_string_of_two_generations_is_wrong() {
        let key = Strings::key(7);
        let (old, new) = (Strings::value(&key, 1), Strings::value(&key, 2));
        let torn = old[..32].to_owned() + &new[32..];
        assert!(!Strings::seems_right(&key, &torn) && !Strings::is_right(&key, &torn));
        assert!(!Strings::seems_right(&key, &old[1..].to_owned()));
    }
}
