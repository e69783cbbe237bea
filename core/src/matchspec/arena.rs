//! Values that a specification needs or makes: its constants, and what a run puts together.
//!
//! ```text
//!  words:  [ 0 ][ box ][ box ][ box … ]      boxes of finished values, children before parents
//! ```
//!
//! The first word belongs to nobody. A root at offset 0 would promise that the block is the term's
//! own and canonical ([`TermRef::from_parts`]); so only a result that is ([`Arena::begin_result`]) begins there, and is then all
//! that there is, parents before children.

use std::ops::Range;

use num_bigint::{BigInt, Sign};
use smallvec::SmallVec;

use crate::term::layout::{BOXED, CONS, MAP, NIL, TUPLE, boxed_header, pointer};
use crate::term::{
    Origin, TermError, TermRef, append_bits, append_float, append_integer, append_term,
    limbs_of_integer,
};

/// Words that a run may make before it allocates.
const INLINE_WORDS: usize = 32;

/// A block of values, any of which can be looked at while others are added.
#[derive(Clone, Debug)]
pub(super) struct Arena {
    words: SmallVec<[u64; INLINE_WORDS]>,
}

impl Arena {
    pub(super) fn new() -> Arena {
        let mut words = SmallVec::new();
        words.push(0);
        Arena { words }
    }

    /// Forgets all values.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.words.resize(1, 0);
    }

    /// Forgets all values and lets the next one begin at offset 0. What is written then in the order of a canonical
    /// block is one.
    #[inline]
    pub(super) fn begin_result(&mut self) {
        self.words.clear();
    }

    /// The block of all values.
    #[inline]
    pub(super) fn words(&self) -> &[u64] {
        &self.words
    }

    /// The value of a word that one of the methods below has returned.
    #[inline]
    pub(super) fn view(&self, word: u64) -> TermRef<'_> {
        TermRef::from_parts(word, &self.words)
    }

    /// A copy of a term from elsewhere.
    pub(super) fn copy(&mut self, term: TermRef<'_>) -> u64 {
        append_term(term, &mut self.words)
    }

    /// An integer of up to 128 bits.
    pub(super) fn integer(&mut self, value: i128) -> Result<u64, TermError> {
        let magnitude = value.unsigned_abs();
        let limbs = [magnitude as u64, (magnitude >> 64) as u64];
        append_integer(&mut self.words, value < 0, &limbs)
    }

    /// An integer of any size.
    pub(super) fn big_integer(&mut self, value: &BigInt) -> Result<u64, TermError> {
        let limbs = limbs_of_integer(value);
        append_integer(&mut self.words, value.sign() == Sign::Minus, &limbs)
    }

    /// A float.
    pub(super) fn float(&mut self, value: f64) -> Result<u64, TermError> {
        append_float(&mut self.words, value)
    }

    /// A binary.
    pub(super) fn bytes(&mut self, bytes: &[u8], origin: Origin) -> u64 {
        append_bits(&mut self.words, bytes, bytes.len() * 8, origin)
    }

    /// A tuple of values of this arena.
    pub(super) fn tuple(&mut self, elements: impl ExactSizeIterator<Item = u64>) -> u64 {
        let at = self.words.len();
        self.words.push(elements.len() as u64);
        self.words.extend(elements);
        pointer(TUPLE, at)
    }

    /// A tuple whose elements are set later: its word, and where they belong.
    #[inline]
    pub(super) fn open_tuple(&mut self, arity: usize) -> (u64, Range<usize>) {
        let at = self.words.len();
        let end = at + 1 + arity;
        self.words.push(arity as u64);
        self.words.resize(end, NIL);
        (pointer(TUPLE, at), at + 1..end)
    }

    /// A list cell whose head and tail are set later: its word, and where they belong.
    #[inline]
    pub(super) fn open_cell(&mut self) -> (u64, Range<usize>) {
        let at = self.words.len();
        self.words.extend([NIL, NIL]);
        (pointer(CONS, at), at..at + 2)
    }

    /// Puts a value where one of the two before said.
    #[inline]
    pub(super) fn set(&mut self, at: usize, word: u64) {
        self.words[at] = word;
    }

    /// A list of values of this arena that ends in `tail`.
    pub(super) fn list(
        &mut self,
        elements: impl DoubleEndedIterator<Item = u64>,
        tail: u64,
    ) -> u64 {
        elements.rev().fold(tail, |tail, head| {
            let at = self.words.len();
            self.words.extend([head, tail]);
            pointer(CONS, at)
        })
    }

    /// A map of keys and values of this arena. Of equal keys the last one counts.
    pub(super) fn map(&mut self, mut pairs: Vec<(u64, u64)>) -> u64 {
        // The sort keeps equal keys in their order, and the reversal puts the last one first.
        pairs.reverse();
        pairs.sort_by(|(a, _), (b, _)| self.view(*a).key_cmp(self.view(*b)));
        pairs.dedup_by(|(a, _), (b, _)| self.view(*a).key_cmp(self.view(*b)).is_eq());
        let at = self.words.len();
        self.words.push(boxed_header(pairs.len(), MAP));
        self.words.extend(pairs.iter().map(|(key, _)| *key));
        self.words.extend(pairs.iter().map(|(_, value)| *value));
        pointer(BOXED, at)
    }
}
