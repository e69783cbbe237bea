//! The beginning of a key as one word, for trees in memory.
//!
//! Where two heads differ, the terms differ the same way; where they are equal, nothing is known, unless
//! both terms are small integers: each of those has a head of its own, from which it can be had back.
//!
//! ```text
//!  0                   integers below all small ones, and floats like that
//!  1 .. 2^61           small integers, and the floats from each one up to the next
//!  2^61 + 1            integers above, and floats like that
//!  30.. (first byte)   everything else: the first eight bytes of its numeric encoding
//! ```

use super::encode::{self, ByteBuffer};
use super::{KeyPrefix, OrderKey, tag};
use crate::term::TermRef;
use crate::term::layout::{self, SMALL_MAX, SMALL_MIN, node};
use crate::term::number::Number;

/// The head of the smallest small integer.
const FIRST_SMALL: u64 = 1;
/// What lies below all small integers.
const BELOW_SMALL: u64 = FIRST_SMALL - 1;
/// What lies above them.
const ABOVE_SMALL: u64 = head_of_small(SMALL_MAX) + 1;

/// The head of a small integer.
#[inline(always)]
pub(crate) const fn head_of_small(value: i64) -> u64 {
    value.wrapping_sub(SMALL_MIN).cast_unsigned() + FIRST_SMALL
}

/// The small integer that has this head, if there is one.
#[inline(always)]
pub(crate) const fn small_of_head(head: u64) -> i64 {
    (head.wrapping_sub(FIRST_SMALL))
        .cast_signed()
        .wrapping_add(SMALL_MIN)
}

/// The head of a term.
#[inline]
pub(crate) fn head_of(term: TermRef<'_>) -> u64 {
    match Number::of(node(term.root(), term.words())) {
        Some(Number::Small(value)) => head_of_small(value),
        Some(Number::Float(value)) => head_of_float(value),
        Some(Number::Big { negative: true, .. }) => BELOW_SMALL,
        Some(Number::Big { .. }) => ABOVE_SMALL,
        None => head_of_text(term).unwrap_or_else(|| head_of_bytes(term)),
    }
}

/// The head of a bit string, or of a short tuple that begins with one, if the string is long enough to fill the head and
/// needs no escapes: what keys often are, so it is not put together byte by byte.
fn head_of_text(term: TermRef<'_>) -> Option<u64> {
    let (text, before, count) = match layout::tag(term.root()) {
        layout::BITS => (term, u64::from(tag::BITS), 1),
        layout::TUPLE => {
            let arity = u8::try_from(term.arity()?).ok()?;
            let before = [tag::TUPLE + 1, arity, tag::BITS].map(u64::from);
            let before = before[0] << 16 | before[1] << 8 | before[2];
            (term.element(1)?, before, 3)
        }
        _ => return None,
    };
    let (header, words) = text.bit_words()?;
    let wanted = u64::BITS - 8 * count;
    let first = u64::from_be(*words.first()?) >> (8 * count);
    let is_plain = layout::bits_length(header) >= wanted as usize && !has_zero(first, wanted);
    is_plain.then(|| before << wanted | first)
}

/// Whether one of the bytes in the lowest `bits` bits of a word is zero. (The test is in "Hacker's Delight" by H. Warren.)
#[inline]
fn has_zero(word: u64, bits: u32) -> bool {
    const LOW: u64 = u64::MAX / 0xff;
    let filled = word | u64::MAX << bits;
    filled.wrapping_sub(LOW) & !filled & LOW << 7 != 0
}

/// The head of the integer below a float.
fn head_of_float(value: f64) -> u64 {
    let floor = value.floor();
    if floor < SMALL_MIN as f64 {
        BELOW_SMALL
    } else if floor >= -(SMALL_MIN as f64) {
        ABOVE_SMALL
    } else {
        head_of_small(floor as i64)
    }
}

#[inline(never)]
fn head_of_bytes(term: TermRef<'_>) -> u64 {
    let mut first = FirstBytes::default();
    encode::numeric(term, &mut first);
    first.head()
}

impl KeyPrefix {
    /// Heads between which those of all keys with this beginning are: no key in front of these has a
    /// greater one than the first, none behind a smaller one than the second.
    pub(crate) fn heads(&self) -> [u64; 2] {
        let range = self.range();
        [range.start, range.end].map(|edge| OrderKey::head(&edge))
    }
}

/// Takes the first eight bytes and forgets the others.
#[derive(Default)]
struct FirstBytes {
    bytes: u64,
    count: u32,
}

impl FirstBytes {
    fn head(&self) -> u64 {
        let missing = size_of::<u64>() as u32 - self.count;
        self.bytes.checked_shl(8 * missing).unwrap_or(0)
    }
}

impl ByteBuffer for FirstBytes {
    #[inline]
    fn push(&mut self, byte: u8) {
        if self.count < size_of::<u64>() as u32 {
            self.bytes = self.bytes << 8 | u64::from(byte);
            self.count += 1;
        }
    }

    #[inline]
    fn append(&mut self, bytes: &[u8]) {
        for &byte in bytes.iter().take(self.room()) {
            self.push(byte);
        }
    }

    #[inline]
    fn room(&self) -> usize {
        size_of::<u64>() - self.count as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::term::Term;

    fn terms() -> Vec<Term> {
        let texts = [
            "-100000000000000000000000",
            "-1.0e300",
            "-1152921504606846977",
            "-1152921504606846976",
            "-1152921504606846976.0",
            "-2.5",
            "-2",
            "-2.0",
            "-1",
            "-0.5",
            "0",
            "0.0",
            "-0.0",
            "0.5",
            "1",
            "1.0",
            "1.5",
            "2",
            "1152921504606846975",
            "1152921504606846976",
            "1152921504606846976.0",
            "1.0e300",
            "a",
            "abcdefgh",
            "abcdefghi",
            "zz",
            "{}",
            "{1}",
            "{a,b}",
            "{a,c}",
            "{1,2,3}",
            "#{}",
            "#{a => 1}",
            "[]",
            "[1]",
            "[a|b]",
            "<<>>",
            "<<0>>",
            "<<1,2,3>>",
            "<<\"abcdefghij\">>",
            "<<\"abcdefghik\">>",
            "<<1:3>>",
        ];
        texts
            .iter()
            .map(|text| text.parse().expect("a term"))
            .collect()
    }

    #[test]
    fn heads_are_in_the_order_of_terms() {
        let terms = terms();
        for a in &terms {
            for b in &terms {
                let (a, b) = (a.as_ref(), b.as_ref());
                let by_head = head_of(a).cmp(&head_of(b));
                assert!(by_head.is_eq() || by_head == a.numeric_cmp(b), "{a} {b}");
            }
        }
    }

    #[test]
    fn the_short_way_to_a_head_leads_to_the_same() {
        let zeros = [
            "<<1,2,3,4,5,0,7,8>>",
            "{<<1,2,3,4,0,6>>,1}",
            "<<1,2,3,4,5,6,7:7>>",
        ];
        let long = [
            "<<1,2,3,4,5,6,7>>",
            "<<255,1,128,127,5,6,7,0>>",
            "{<<1,2,3,4,5>>}",
            "{}",
            "{1,2}",
        ];
        let others = zeros.iter().chain(&long);
        let others = others.map(|text| text.parse().expect("a term"));
        let mut short = 0;
        for term in terms().into_iter().chain(others) {
            let term = term.as_ref();
            let Some(head) = head_of_text(term) else {
                continue;
            };
            assert_eq!(head, head_of_bytes(term), "{term}");
            short += 1;
        }
        assert_eq!(short, 5, "of those that can go it");
    }

    #[test]
    fn a_small_integer_is_had_back() {
        for value in [SMALL_MIN, -1, 0, 1, 42, SMALL_MAX] {
            assert_eq!(small_of_head(head_of_small(value)), value);
            assert_eq!(head_of(Term::from(value).as_ref()), head_of_small(value));
        }
    }
}
