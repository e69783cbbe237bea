//! Writing terms straight into canonical form.
//!
//! A [`Writer`] appends boxes depth first in pre-order: first a container's own words, its elements
//! still zero, then each element in turn. The place for an element's word is a [`Slot`], handed to
//! the element's [`ToTerm::write`](super::ToTerm::write).
//!
//! Everything that reads terms trusts their words, so no code of a user may put a word in a wrong
//! place. A slot is used up by filling it, cannot leave the call that it was made for, and fits no
//! other writer: both carry a *brand*, a lifetime that is another one in each conversion. What is
//! not filled stays 0, which is the integer.

use std::marker::PhantomData;

use num_bigint::{BigInt, Sign};
use smallvec::SmallVec;

use super::copy::{self, WordBuffer};
use super::error::TermError;
use super::layout::{
    BIG_NEGATIVE, BIG_POSITIVE, BITS, BOXED, CONS, FLOAT, INTEGER_BITS_MAX, MAP, ORIGIN_RAW, TUPLE,
    bits_header, boxed_header, pointer, small,
};
use super::number::{magnitude_bits, to_small, trimmed};
use super::{Origin, TermRef};

/// Words that a term may have before its writer allocates.
pub(crate) const STACK_WORDS: usize = 32;

/// Ties slots to their writer: invariant, so that no lifetime can be taken for another.
type Brand<'w> = PhantomData<fn(&'w ()) -> &'w ()>;

/// The place where one value's root word goes. Made by [`Writer`]s, consumed by
/// [`ToTerm::write`](super::ToTerm::write).
///
/// A slot belongs to the writer that it came with. It cannot be kept for later:
///
/// ```compile_fail
/// # use heirloom::{Slot, ToTerm, Writer};
/// # use std::cell::Cell;
/// thread_local! {
///     static KEPT: Cell<Option<Slot<'static>>> = const { Cell::new(None) };
/// }
/// struct Keeper;
///
/// impl ToTerm for Keeper {
///     fn write<'w>(&self, _writer: &mut Writer<'w>, at: Slot<'w>) {
///         KEPT.set(Some(at));
///     }
/// }
/// ```
///
/// And no other writer takes it:
///
/// ```compile_fail
/// # use heirloom::{Slot, ToTerm, Writer};
/// # use std::cell::Cell;
/// struct Stray<'s>(Cell<Option<Slot<'s>>>);
///
/// impl ToTerm for Stray<'_> {
///     fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
///         1.write(writer, self.0.take().unwrap_or(at));
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Slot<'w> {
    index: usize,
    brand: Brand<'w>,
}

impl<'w> Slot<'w> {
    /// The term itself rather than a part of it.
    pub(super) const ROOT: Slot<'w> = Slot::at(usize::MAX);

    const fn at(index: usize) -> Slot<'w> {
        Slot {
            index,
            brand: PhantomData,
        }
    }
}

/// Takes a value's words while it becomes a term; see [`ToTerm`](super::ToTerm). Small terms are
/// written on the stack.
///
/// A writer remembers the first error and gives it instead of the term.
#[derive(Debug)]
pub struct Writer<'w> {
    root: u64,
    words: SmallVec<[u64; STACK_WORDS]>,
    error: Option<TermError>,
    brand: Brand<'w>,
}

impl<'w> Writer<'w> {
    #[inline]
    pub(super) fn new() -> Writer<'w> {
        Writer {
            root: 0,
            words: SmallVec::new(),
            error: None,
            brand: PhantomData,
        }
    }

    /// The finished term.
    #[inline]
    pub(super) fn finish(&mut self) -> Result<TermRef<'_>, TermError> {
        match self.error.take() {
            None => Ok(TermRef::from_parts(self.root, &self.words)),
            Some(error) => Err(error),
        }
    }

    /// Remembers an error; the first one counts.
    #[cold]
    pub(super) fn fail(&mut self, error: TermError) {
        self.error.get_or_insert(error);
    }

    /// Puts a word into a slot.
    #[inline]
    pub(super) fn word(&mut self, at: Slot<'w>, word: u64) {
        if at.index == Slot::ROOT.index {
            self.root = word;
        } else {
            self.words[at.index] = word;
        }
    }

    #[inline]
    fn set_pointer(&mut self, at: Slot<'w>, tag: u64) {
        let offset = self.words.len();
        self.word(at, pointer(tag, offset));
    }

    /// Puts the word of a box just appended into a slot, or remembers why there is none.
    #[inline]
    fn appended(&mut self, at: Slot<'w>, word: Result<u64, TermError>) {
        match word {
            Ok(word) => self.word(at, word),
            Err(error) => self.fail(error),
        }
    }

    /// A finite float; anything else is an error.
    #[inline]
    pub(super) fn float(&mut self, at: Slot<'w>, value: f64) {
        let word = append_float(&mut self.words, value);
        self.appended(at, word);
    }

    /// An integer of sign and magnitude.
    pub(super) fn integer(&mut self, at: Slot<'w>, negative: bool, limbs: &[u64]) {
        let word = append_integer(&mut self.words, negative, limbs);
        self.appended(at, word);
    }

    /// An integer of any size.
    pub(super) fn big_integer(&mut self, at: Slot<'w>, value: &BigInt) {
        self.integer(at, value.sign() == Sign::Minus, &limbs(value));
    }

    /// A binary.
    #[inline]
    pub(super) fn bytes(&mut self, at: Slot<'w>, bytes: &[u8], origin: Origin) {
        let word = append_bits(&mut self.words, bytes, bytes.len() * 8, origin);
        self.word(at, word);
    }

    /// A tuple without its elements, and the slot of its first element; the others follow.
    #[inline]
    pub(super) fn tuple(&mut self, at: Slot<'w>, arity: usize) -> usize {
        self.set_pointer(at, TUPLE);
        self.words.push(arity as u64);
        self.zeros(arity)
    }

    /// A list cell; the slots of its head and of its tail.
    #[inline]
    pub(super) fn cell(&mut self, at: Slot<'w>) -> (Slot<'w>, Slot<'w>) {
        self.set_pointer(at, CONS);
        let head = self.zeros(2);
        (Slot::at(head), Slot::at(head + 1))
    }

    /// A map without its keys and values, and the slot of its first key; the other keys follow,
    /// then the values. The keys have to be written in ascending key order.
    pub(super) fn map(&mut self, at: Slot<'w>, count: usize) -> usize {
        self.set_pointer(at, BOXED);
        self.words.push(boxed_header(count, MAP));
        self.zeros(2 * count)
    }

    /// A copy of a term.
    #[inline]
    pub(super) fn term(&mut self, at: Slot<'w>, term: TermRef<'_>) {
        let root = copy::append(term, &mut self.words);
        self.word(at, root);
    }

    /// One of the consecutive slots that begin at what `tuple` or `map` returned.
    #[inline]
    pub(super) fn slot(first: usize, index: usize) -> Slot<'w> {
        Slot::at(first + index)
    }

    /// Appends words to be filled later; returns where they begin.
    #[inline]
    fn zeros(&mut self, count: usize) -> usize {
        let first = self.words.len();
        self.words.resize(first + count, 0);
        first
    }
}

/// The limbs of a magnitude, least significant first.
pub(crate) fn limbs(value: &BigInt) -> SmallVec<[u64; 8]> {
    value.iter_u64_digits().collect()
}

/// Appends the box of a float; returns the word that refers to it.
#[inline]
pub(crate) fn append_float<B: WordBuffer>(words: &mut B, value: f64) -> Result<u64, TermError> {
    if !value.is_finite() {
        return Err(TermError::NotFinite { value });
    }
    let offset = words.len();
    words.append(&[value.to_bits()]);
    Ok(pointer(FLOAT, offset))
}

/// Appends the box of an integer, if it needs one; returns its word. Leading zero limbs are
/// allowed.
pub(crate) fn append_integer<B: WordBuffer>(
    words: &mut B,
    negative: bool,
    limbs: &[u64],
) -> Result<u64, TermError> {
    let limbs = trimmed(limbs);
    if let Some(word) = to_small(negative, limbs).and_then(small) {
        return Ok(word);
    }
    let bits = magnitude_bits(limbs);
    if bits > INTEGER_BITS_MAX {
        return Err(TermError::IntegerTooLarge {
            bits,
            bits_max: INTEGER_BITS_MAX,
        });
    }
    let offset = words.len();
    words.append(&[boxed_header(
        limbs.len(),
        if negative { BIG_NEGATIVE } else { BIG_POSITIVE },
    )]);
    words.append(limbs);
    Ok(pointer(BOXED, offset))
}

/// The header of the box of a binary.
#[inline]
pub(super) fn binary_header(bytes: usize, origin: Origin) -> u64 {
    bits_header_of(bytes * 8, origin)
}

#[inline]
fn bits_header_of(bit_length: usize, origin: Origin) -> u64 {
    let raw = if origin == Origin::Raw { ORIGIN_RAW } else { 0 };
    bits_header(bit_length, raw)
}

/// Words of bytes that are copied at once.
const COPIED_WORDS: usize = 16;

/// The words of `block` with these bytes behind the first `start`, unused bytes zero.
#[inline]
fn block_with<'a>(block: &'a mut [u64], start: usize, bytes: &[u8]) -> &'a [u64] {
    let end = start + bytes.len().div_ceil(size_of::<u64>());
    if let Some(last) = block[start..end].last_mut() {
        *last = 0;
    }
    bytemuck::cast_slice_mut(&mut block[start..])[..bytes.len()].copy_from_slice(bytes);
    &block[..end]
}

/// Appends the box of a bit string; returns the word that refers to it. The bytes are exactly those
/// that hold the bits, unused bits zero.
#[inline]
pub(crate) fn append_bits<B: WordBuffer>(
    words: &mut B,
    bytes: &[u8],
    bit_length: usize,
    origin: Origin,
) -> u64 {
    let offset = words.len();
    // The header and what fits beside it are appended at once.
    let mut block = [0; 1 + COPIED_WORDS];
    block[0] = bits_header_of(bit_length, origin);
    let mut parts = bytes.chunks(COPIED_WORDS * size_of::<u64>());
    let first = parts.next().unwrap_or_default();
    words.append(block_with(&mut block, 1, first));
    for part in parts {
        words.append(block_with(&mut block, 0, part));
    }
    pointer(BITS, offset)
}
