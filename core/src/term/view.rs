//! The borrowed view of a term, on which everything that reads terms is written.

use std::cmp::Ordering;
use std::fmt;

use num_bigint::{BigInt, BigUint, Sign};
use smallvec::SmallVec;

use super::error::ConvertError;
use super::from_term::FromTerm;
use super::iterate::{Elements, ListElements, MapPairs};
use super::layout::{
    ATOM, BITS, CONS, NIL, Node, ORIGIN_RAW, PID, SMALL, SUB_TAG_MASK, TABLE_ID, TUPLE,
    bits_length, bits_parts, identifier_payload, is_immediate, node, offset, small_value, tag,
};
use super::write::STACK_WORDS;
use super::{Atom, Pid, TableId, Term, compare, copy, hash};

/// The kinds of terms, in no particular order. The order of *terms* is [`TermRef::numeric_cmp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TermKind {
    /// A whole number of any size.
    Integer,
    /// A finite floating-point number.
    Float,
    /// An atom, booleans included.
    Atom,
    /// The id of a table.
    TableId,
    /// The id of a process.
    Pid,
    /// A tuple.
    Tuple,
    /// A map.
    Map,
    /// The empty list.
    Nil,
    /// A list with at least one element, proper or improper.
    List,
    /// A bit string, most often a binary: one of whole bytes.
    BitString,
}

impl fmt::Display for TermKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            TermKind::Integer => "an integer",
            TermKind::Float => "a float",
            TermKind::Atom => "an atom",
            TermKind::TableId => "a table id",
            TermKind::Pid => "a process id",
            TermKind::Tuple => "a tuple",
            TermKind::Map => "a map",
            TermKind::Nil => "an empty list",
            TermKind::List => "a list",
            TermKind::BitString => "a bit string",
        })
    }
}

/// Where the bytes of a binary came from. Equality, order and hashes don't see it; it lets
/// languages that tell text from bytes get back what they put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Text, such as Rust's `&str`, or anything that came from Erlang.
    Text,
    /// Raw bytes, such as Rust's `&[u8]`.
    Raw,
}

/// The bits of a bit string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits<'a> {
    bytes: &'a [u8],
    bit_length: usize,
}

impl<'a> Bits<'a> {
    /// The bytes; unused bits at the end of the last one are zero.
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The length in bits.
    pub fn bit_length(self) -> usize {
        self.bit_length
    }
}

/// A term that lives elsewhere: in a [`Term`], in a table, or in the buffer of a call. Copying it
/// copies no term.
///
/// It has no `==`, because terms have two equalities: [`exact_eq`](TermRef::exact_eq), in which 1
/// and 1.0 differ, and [`numeric_eq`](TermRef::numeric_eq), in which they don't.
#[derive(Clone, Copy)]
pub struct TermRef<'a> {
    pub(super) root: u64,
    pub(super) words: &'a [u64],
}

impl<'a> TermRef<'a> {
    /// The term of a root word over a block.
    ///
    /// A root at offset 0 promises that `words` is exactly its canonical block; any other root may
    /// be part of a larger one.
    #[inline]
    pub(crate) const fn from_parts(root: u64, words: &'a [u64]) -> TermRef<'a> {
        TermRef { root, words }
    }

    /// A term that is one word.
    #[inline]
    pub(crate) const fn from_immediate(word: u64) -> TermRef<'static> {
        TermRef {
            root: word,
            words: &[],
        }
    }

    /// The root word.
    #[inline]
    pub(crate) const fn root(self) -> u64 {
        self.root
    }

    /// The block that the root refers to; larger than the term where the term is part of another.
    #[inline]
    pub(crate) const fn words(self) -> &'a [u64] {
        self.words
    }

    /// Whether the root word is the whole term: an integer of 61 bits, an atom, the empty list or
    /// an identifier.
    #[inline]
    pub(crate) const fn is_immediate(self) -> bool {
        is_immediate(self.root)
    }

    /// Whether [`words`](Self::words) is exactly the term's canonical block, to be copied as it is.
    /// (Of an immediate term no words are needed.)
    #[inline]
    pub(crate) const fn is_canonical(self) -> bool {
        self.is_immediate() || offset(self.root) == 0
    }

    /// The term of another word of the same block.
    #[inline]
    pub(super) const fn at(self, word: u64) -> TermRef<'a> {
        TermRef {
            root: word,
            words: self.words,
        }
    }

    #[inline]
    pub(super) fn node(self) -> Node<'a> {
        node(self.root, self.words)
    }

    /// What kind of term this is.
    pub fn kind(self) -> TermKind {
        match self.node() {
            Node::Small(_) | Node::Big { .. } => TermKind::Integer,
            Node::Float(_) => TermKind::Float,
            Node::Atom(_) => TermKind::Atom,
            Node::Pid(_) => TermKind::Pid,
            Node::TableId(_) => TermKind::TableId,
            Node::Nil => TermKind::Nil,
            Node::Cons { .. } => TermKind::List,
            Node::Tuple { .. } => TermKind::Tuple,
            Node::Map { .. } => TermKind::Map,
            Node::Bits { .. } => TermKind::BitString,
        }
    }

    /// The integer, if this is one that fits.
    #[inline]
    pub fn as_i64(self) -> Option<i64> {
        if tag(self.root) == SMALL {
            return Some(small_value(self.root));
        }
        large_i64(self.root, self.words)
    }

    /// The integer, if this is one that fits.
    #[inline]
    pub fn as_u64(self) -> Option<u64> {
        if tag(self.root) == SMALL {
            return u64::try_from(small_value(self.root)).ok();
        }
        large_u64(self.root, self.words)
    }

    /// The integer, if this is one that fits.
    pub fn as_i128(self) -> Option<i128> {
        match self.node() {
            Node::Small(value) => Some(i128::from(value)),
            Node::Big { negative, limbs } => {
                let magnitude = magnitude_u128(limbs)?;
                // The magnitude of the least value is one more than that of the greatest.
                if negative {
                    0i128.checked_sub_unsigned(magnitude)
                } else {
                    0i128.checked_add_unsigned(magnitude)
                }
            }
            _ => None,
        }
    }

    /// The integer, if this is one that fits.
    pub fn as_u128(self) -> Option<u128> {
        match self.node() {
            Node::Small(value) => u128::try_from(value).ok(),
            Node::Big {
                negative: false,
                limbs,
            } => magnitude_u128(limbs),
            _ => None,
        }
    }

    /// The integer, if this is one. Allocates.
    pub fn to_big_integer(self) -> Option<BigInt> {
        match self.node() {
            Node::Small(value) => Some(BigInt::from(value)),
            Node::Big { negative, limbs } => {
                let digits = limbs
                    .iter()
                    .flat_map(|limb| [*limb as u32, (limb >> 32) as u32])
                    .collect();
                let sign = if negative { Sign::Minus } else { Sign::Plus };
                Some(BigInt::from_biguint(sign, BigUint::new(digits)))
            }
            _ => None,
        }
    }

    /// The float, if this is one. Integers are not converted.
    #[inline]
    pub fn as_f64(self) -> Option<f64> {
        match self.node() {
            Node::Float(value) => Some(value),
            _ => None,
        }
    }

    /// The atom, if this is one.
    #[inline]
    pub fn as_atom(self) -> Option<Atom> {
        (tag(self.root) == ATOM).then(|| Atom::from_index(offset(self.root) as u32))
    }

    /// Whether this is the atom `true` or `false`, and which.
    #[inline]
    pub fn as_bool(self) -> Option<bool> {
        self.as_atom().and_then(Atom::as_bool)
    }

    /// The process id, if this is one.
    #[inline]
    pub fn as_pid(self) -> Option<Pid> {
        (self.root & SUB_TAG_MASK == PID).then(|| Pid::from_raw(identifier_payload(self.root)))
    }

    /// The table id, if this is one.
    #[inline]
    pub fn as_table_id(self) -> Option<TableId> {
        (self.root & SUB_TAG_MASK == TABLE_ID)
            .then(|| TableId::from_raw(identifier_payload(self.root)))
    }

    /// The bits, if this is a bit string.
    #[inline]
    pub fn as_bits(self) -> Option<Bits<'a>> {
        let (header, words) = self.bit_words()?;
        let bit_length = bits_length(header);
        let bytes = bytemuck::cast_slice::<u64, u8>(words);
        Some(Bits {
            bytes: &bytes[..bit_length.div_ceil(8)],
            bit_length,
        })
    }

    /// Header and words of a bit string.
    #[inline]
    pub(crate) fn bit_words(self) -> Option<(u64, &'a [u64])> {
        if tag(self.root) != BITS {
            return None;
        }
        Some(bits_parts(self.words, offset(self.root)))
    }

    /// The bytes, if this is a binary: a bit string of whole bytes.
    #[inline]
    pub fn as_bytes(self) -> Option<&'a [u8]> {
        self.as_bits()
            .filter(|bits| bits.bit_length % 8 == 0)
            .map(Bits::bytes)
    }

    /// The text, if this is a binary of valid UTF-8.
    pub fn as_str(self) -> Option<&'a str> {
        self.as_bytes()
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// Where the bits of a bit string came from.
    pub fn origin(self) -> Option<Origin> {
        match self.node() {
            Node::Bits { header, .. } if header & ORIGIN_RAW != 0 => Some(Origin::Raw),
            Node::Bits { .. } => Some(Origin::Text),
            _ => None,
        }
    }

    /// The number of elements, if this is a tuple.
    #[inline]
    pub fn arity(self) -> Option<usize> {
        (tag(self.root) == TUPLE).then(|| self.words[offset(self.root)] as usize)
    }

    /// The element of a tuple at a position; the first is at 1, as in Erlang.
    #[inline]
    pub fn element(self, position: usize) -> Option<TermRef<'a>> {
        let arity = self.arity()?;
        let inside = position >= 1 && position <= arity;
        inside.then(|| self.at(self.words[offset(self.root) + position]))
    }

    /// The elements of a tuple.
    pub fn elements(self) -> Option<Elements<'a>> {
        match self.node() {
            Node::Tuple { at, arity } => Some(Elements::new(self.words, at, arity)),
            _ => None,
        }
    }

    /// Whether this is the empty list.
    #[inline]
    pub fn is_nil(self) -> bool {
        self.root == NIL
    }

    /// Head and tail, if this is a list with at least one element.
    #[inline]
    pub fn uncons(self) -> Option<(TermRef<'a>, TermRef<'a>)> {
        let at = offset(self.root);
        (tag(self.root) == CONS).then(|| (self.at(self.words[at]), self.at(self.words[at + 1])))
    }

    /// The elements of a list, proper or not; empty for the empty list, `None` for what is no list.
    ///
    /// What is left of the iterator when it ends says whether the list was proper:
    /// [`ListElements::tail`].
    pub fn list_elements(self) -> Option<ListElements<'a>> {
        (self.is_nil() || tag(self.root) == CONS).then(|| ListElements::new(self))
    }

    /// The number of elements, if this is a proper list. Walks the list.
    pub fn list_length(self) -> Option<usize> {
        let mut elements = self.list_elements()?;
        let length = elements.by_ref().count();
        elements.tail().is_nil().then_some(length)
    }

    /// The number of keys, if this is a map.
    pub fn map_size(self) -> Option<usize> {
        match self.node() {
            Node::Map { count, .. } => Some(count),
            _ => None,
        }
    }

    /// The value of an exactly equal key, if this is a map that has it. O(log n) comparisons.
    pub fn map_get(self, key: TermRef<'_>) -> Option<TermRef<'a>> {
        let Node::Map { at, count } = self.node() else {
            return None;
        };
        let keys = &self.words[at..at + count];
        let found = keys
            .binary_search_by(|&word| compare::key_cmp(self.at(word), key))
            .ok()?;
        Some(self.at(self.words[at + count + found]))
    }

    /// The pairs of a map, in ascending order of keys (integers before floats, otherwise the order
    /// of terms).
    pub fn map_pairs(self) -> Option<MapPairs<'a>> {
        match self.node() {
            Node::Map { at, count } => Some(MapPairs::new(self.words, at, count)),
            _ => None,
        }
    }

    /// The value of a Rust type.
    ///
    /// # Errors
    /// [`ConvertError`] where the term is of another kind or out of the type's range.
    pub fn convert<T: FromTerm<'a>>(self) -> Result<T, ConvertError> {
        T::from_term(self)
    }

    /// A copy of the term that owns its words. Up to six words need no allocation.
    pub fn to_term(self) -> Term {
        self.with_canonical(Term::from_parts)
    }

    /// Calls `f` with root and words of the term's canonical block; they are copied only where they
    /// don't stand that way already.
    #[inline]
    pub(crate) fn with_canonical<R>(self, f: impl FnOnce(u64, &[u64]) -> R) -> R {
        if self.is_immediate() {
            f(self.root, &[])
        } else if self.is_canonical() {
            f(self.root, self.words)
        } else {
            let mut words: SmallVec<[u64; STACK_WORDS]> = SmallVec::new();
            let root = copy::append(self, &mut words);
            f(root, &words)
        }
    }

    /// Erlang's `=:=`: same kinds, same values, same bits of floats. `1` and `1.0` differ, and so
    /// do `0.0` and `-0.0`.
    #[inline]
    pub fn exact_eq(self, other: TermRef<'_>) -> bool {
        if self.is_immediate() || other.is_immediate() {
            self.root == other.root
        } else {
            compare::boxed_eq(self, other)
        }
    }

    /// Erlang's `==`: numbers by value, also inside tuples, lists and values of maps; keys of maps
    /// exactly.
    #[inline]
    pub fn numeric_eq(self, other: TermRef<'_>) -> bool {
        self.numeric_cmp(other) == Ordering::Equal
    }

    /// Erlang's order: number < atom < reference < process id < tuple < map < empty list < list <
    /// bit string. Numbers compare by value and without loss, so `1` and `1.0` are equal in it.
    /// Tuples and maps compare by size first, lists element by element.
    #[inline]
    pub fn numeric_cmp(self, other: TermRef<'_>) -> Ordering {
        if tag(self.root) == SMALL && tag(other.root) == SMALL {
            return small_value(self.root).cmp(&small_value(other.root));
        }
        compare::numeric_cmp(self, other)
    }

    /// [`numeric_cmp`](Self::numeric_cmp) made total: where it finds no difference, the first
    /// integer that stands opposite a float is less, and `-0.0` is less than `0.0`.
    #[inline]
    pub fn exact_cmp(self, other: TermRef<'_>) -> Ordering {
        if tag(self.root) == SMALL && tag(other.root) == SMALL {
            return small_value(self.root).cmp(&small_value(other.root));
        }
        compare::exact_cmp(self, other)
    }

    /// The order of keys inside a map: integers before floats whatever their values.
    #[inline]
    pub(crate) fn key_cmp(self, other: TermRef<'_>) -> Ordering {
        compare::key_cmp(self, other)
    }

    /// A hash that agrees with [`exact_eq`](Self::exact_eq), spread over all 64 bits: that of a table
    /// of the kinds `set`, `bag` and `duplicate_bag`. It is good for this run of the program only,
    /// since atoms hash by the order in which they came. Linear in the term's words.
    #[inline]
    pub fn hash_exact(self, seed: u64) -> u64 {
        if self.is_immediate() {
            return hash::immediate(self.root, seed);
        }
        match self.bit_words() {
            Some((header, words)) => hash::bit_string(header, words, seed),
            None => hash::boxed(self, seed, false),
        }
    }

    /// A hash that agrees with [`numeric_eq`](Self::numeric_eq), spread over all 64 bits: 1 and 1.0
    /// hash alike. Otherwise as [`hash_exact`](Self::hash_exact).
    #[inline]
    pub fn hash_numeric(self, seed: u64) -> u64 {
        if self.is_immediate() {
            hash::immediate(self.root, seed)
        } else {
            hash::boxed(self, seed, true)
        }
    }
}

/// As `TermRef::as_i64`, out of the way of those that ask for small integers. It takes the term's parts since these are
/// passed in registers.
#[cold]
#[inline(never)]
fn large_i64(root: u64, words: &[u64]) -> Option<i64> {
    i64::try_from(TermRef::from_parts(root, words).as_i128()?).ok()
}

/// As `TermRef::as_u64`, likewise.
#[cold]
#[inline(never)]
fn large_u64(root: u64, words: &[u64]) -> Option<u64> {
    u64::try_from(TermRef::from_parts(root, words).as_i128()?).ok()
}

/// A magnitude of at most two limbs.
fn magnitude_u128(limbs: &[u64]) -> Option<u128> {
    match *limbs {
        [low] => Some(u128::from(low)),
        [low, high] => Some(u128::from(high) << 64 | u128::from(low)),
        _ => None,
    }
}
