//! The words that terms are made of.
//!
//! A term is a *root word* and a *block* of words that boxed words refer to by offset. An offset is
//! an index into the block.
//!
//! ```text
//!  63                                                          3 2   0
//! +--------------------------------------------------------------+-----+
//! | payload: a value, or an offset into the block                | tag |
//! +--------------------------------------------------------------+-----+
//!
//!  tag            payload      what stands at the offset
//!  0 SMALL        i61          -
//!  1 ATOM         atom index   -
//!  2 IMMEDIATE    58 bits : sub-tag (3 bits); nil, process id, table id
//!  3 FLOAT        offset   ->  [ IEEE 754 bits ]
//!  4 CONS         offset   ->  [ head ][ tail ]
//!  5 TUPLE        offset   ->  [ arity ][ element 1 ] … [ element n ]
//!  6 BITS         offset   ->  [ bit length << 1 | origin ][ 64 bits ] …
//!                              byte i of the string is byte i in memory, unused bits are zero
//!  7 BOXED        offset   ->  [ count << 3 | kind ] …
//!                              kind 0, 1: an integer's magnitude in `count` limbs, least
//!                                         significant first (1: a negative integer)
//!                              kind 2:    a map: `count` keys in ascending key order, then
//!                                         their values
//! ```
//!
//! **Canonical form.** The block holds exactly what the root reaches, depth first in pre-order,
//! nothing shared: a boxed root's box is at offset 0, then come the boxes of its first child, and
//! so on. Two exactly equal terms therefore have equal words, but for the origin bit of bit
//! strings. Integers that fit 61 bits are always SMALL.

/// Bits of a word that hold its tag.
pub(crate) const TAG_BITS: u32 = 3;
/// Selects the tag of a word.
pub(crate) const TAG_MASK: u64 = (1 << TAG_BITS) - 1;

/// Tag of an integer that fits 61 bits.
pub(crate) const SMALL: u64 = 0;
/// Tag of an atom: the payload is its index in the atom table.
pub(crate) const ATOM: u64 = 1;
/// Tag of other values that need no box.
pub(crate) const IMMEDIATE: u64 = 2;
/// Tag of a boxed float.
pub(crate) const FLOAT: u64 = 3;
/// Tag of a list cell.
pub(crate) const CONS: u64 = 4;
/// Tag of a tuple.
pub(crate) const TUPLE: u64 = 5;
/// Tag of a bit string.
pub(crate) const BITS: u64 = 6;
/// Tag of what a kind in the header tells apart: large integers and maps.
pub(crate) const BOXED: u64 = 7;

/// Bits of an [`IMMEDIATE`] word that hold tag and sub-tag.
const SUB_TAG_BITS: u32 = 6;
/// Selects tag and sub-tag of an [`IMMEDIATE`] word.
pub(crate) const SUB_TAG_MASK: u64 = (1 << SUB_TAG_BITS) - 1;
/// Tag and sub-tag of a process id.
pub(crate) const PID: u64 = 1 << TAG_BITS | IMMEDIATE;
/// Tag and sub-tag of a table id.
pub(crate) const TABLE_ID: u64 = 2 << TAG_BITS | IMMEDIATE;
/// The empty list.
pub(crate) const NIL: u64 = IMMEDIATE;
/// The largest payload of a process id or table id: 58 bits.
pub(crate) const IDENTIFIER_MAX: u64 = u64::MAX >> SUB_TAG_BITS;

/// The least integer that needs no box: -2^60.
pub(crate) const SMALL_MIN: i64 = -(1 << 60);
/// The greatest integer that needs no box: 2^60 - 1.
pub(crate) const SMALL_MAX: i64 = (1 << 60) - 1;

/// Header kind of a large integer above zero; the negative one is this plus 1.
pub(crate) const BIG_POSITIVE: u64 = 0;
/// Header kind of a large integer below zero.
pub(crate) const BIG_NEGATIVE: u64 = 1;
/// Header kind of a map.
pub(crate) const MAP: u64 = 2;

/// Bit of a bit string's header: set where the bytes came from raw bytes, clear where they came
/// from text.
pub(crate) const ORIGIN_RAW: u64 = 1;

/// The greatest number of elements in a tuple, as in Erlang.
pub(crate) const TUPLE_ARITY_MAX: usize = (1 << 24) - 1;
/// The greatest size of an integer in bits, as in Erlang.
pub(crate) const INTEGER_BITS_MAX: u64 = (1 << 22) - 1;

/// The tag of a word.
#[inline]
pub(crate) const fn tag(word: u64) -> u64 {
    word & TAG_MASK
}

/// Whether a word is a whole value: integer, atom, nil or identifier.
#[inline]
pub(crate) const fn is_immediate(word: u64) -> bool {
    tag(word) <= IMMEDIATE
}

/// The offset of a boxed word.
#[inline]
pub(crate) const fn offset(word: u64) -> usize {
    (word >> TAG_BITS) as usize
}

/// The word that refers to a box.
#[inline]
pub(crate) const fn pointer(tag: u64, offset: usize) -> u64 {
    (offset as u64) << TAG_BITS | tag
}

/// The word of an integer, if it fits.
#[inline]
pub(crate) const fn small(value: i64) -> Option<u64> {
    if value >= SMALL_MIN && value <= SMALL_MAX {
        Some((value << TAG_BITS) as u64)
    } else {
        None
    }
}

/// The word of an integer that is known to fit 61 bits.
#[inline]
pub(crate) const fn small_from_i64(value: i64) -> u64 {
    (value << TAG_BITS) as u64
}

/// The integer in a [`SMALL`] word.
#[inline]
pub(crate) const fn small_value(word: u64) -> i64 {
    (word as i64) >> TAG_BITS
}

/// The word of an identifier.
#[inline]
pub(crate) const fn identifier(sub_tag: u64, payload: u64) -> u64 {
    payload << SUB_TAG_BITS | sub_tag
}

/// The payload of an identifier's word.
#[inline]
pub(crate) const fn identifier_payload(word: u64) -> u64 {
    word >> SUB_TAG_BITS
}

/// The header of a large integer or map.
#[inline]
pub(crate) const fn boxed_header(count: usize, kind: u64) -> u64 {
    (count as u64) << TAG_BITS | kind
}

/// Splits the header of a large integer or map into count and kind.
#[inline]
pub(crate) const fn boxed_parts(header: u64) -> (usize, u64) {
    ((header >> TAG_BITS) as usize, header & TAG_MASK)
}

/// The header of a bit string.
#[inline]
pub(crate) const fn bits_header(bit_length: usize, origin: u64) -> u64 {
    (bit_length as u64) << 1 | origin
}

/// The number of bits that a bit string's header announces.
#[inline]
pub(crate) const fn bits_length(header: u64) -> usize {
    (header >> 1) as usize
}

/// How many words hold so many bits.
#[inline]
pub(crate) const fn words_of_bits(bit_length: usize) -> usize {
    bit_length.div_ceil(64)
}

/// What a word refers to, decoded once for the code that does not count nanoseconds.
#[derive(Clone, Copy)]
pub(crate) enum Node<'a> {
    /// An integer that fits 61 bits.
    Small(i64),
    /// An atom, by index.
    Atom(u32),
    /// A process id's payload.
    Pid(u64),
    /// A table id's payload.
    TableId(u64),
    /// The empty list.
    Nil,
    /// A float, never NaN or infinite.
    Float(f64),
    /// An integer beyond 61 bits.
    Big { negative: bool, limbs: &'a [u64] },
    /// A list cell whose head and tail stand at `at`.
    Cons { at: usize },
    /// A tuple whose elements begin at `at`.
    Tuple { at: usize, arity: usize },
    /// A bit string.
    Bits { header: u64, words: &'a [u64] },
    /// A map whose keys begin at `at`, its values at `at + count`.
    Map { at: usize, count: usize },
}

/// The header of the bit string at an offset, and its words.
#[inline(always)]
pub(crate) fn bits_parts(words: &[u64], at: usize) -> (u64, &[u64]) {
    let header = words[at];
    (
        header,
        &words[at + 1..][..words_of_bits(bits_length(header))],
    )
}

/// Decodes a word of a block.
#[inline]
pub(crate) fn node(word: u64, words: &[u64]) -> Node<'_> {
    let at = offset(word);
    match tag(word) {
        SMALL => Node::Small(small_value(word)),
        ATOM => Node::Atom(at as u32),
        IMMEDIATE => match word & SUB_TAG_MASK {
            PID => Node::Pid(identifier_payload(word)),
            TABLE_ID => Node::TableId(identifier_payload(word)),
            _ => Node::Nil,
        },
        FLOAT => Node::Float(f64::from_bits(words[at])),
        CONS => Node::Cons { at },
        TUPLE => Node::Tuple {
            at: at + 1,
            arity: words[at] as usize,
        },
        BITS => {
            let (header, words) = bits_parts(words, at);
            Node::Bits { header, words }
        }
        _ => match boxed_parts(words[at]) {
            (count, MAP) => Node::Map { at: at + 1, count },
            (count, kind) => Node::Big {
                negative: kind == BIG_NEGATIVE,
                limbs: &words[at + 1..][..count],
            },
        },
    }
}
