//! Keys as bytes: an encoding of terms whose byte order is the order of the terms.
//!
//! Two encodings compared byte by byte, as `memcmp` does and the shorter one first where it is the
//! beginning of the other, say what comparing the terms would say. So a tree that knows nothing but
//! bytes keeps terms in Erlang's order. The encoding goes one way only: objects are stored whole,
//! beside the bytes of their key, and what need not be read back may be small (1 and 1.0 are the
//! same bytes) and simple.
//!
//! ```text
//!  term                                bytes, tags in hexadecimal
//!  integer below 0, n <= 8 bytes       18-n  ~magnitude  FF
//!  integer below 0, longer             0F    ~length as 4 bytes  ~magnitude  FF
//!  0                                   19
//!  integer above 0, n <= 8 bytes       19+n  magnitude
//!  integer above 0, longer             22    length as 4 bytes  magnitude
//!  float, a whole number               as the integer
//!  float below 0, with a fraction      as its whole part, 18 if that is 0, without FF
//!                                            01  ~bits of the fraction
//!  float above 0, with a fraction      as its whole part  FE  bits of the fraction
//!  float in a key of a map             2F    IEEE 754 bits: the sign's turned over, all if below 0
//!  atom                                30    escaped text  00
//!  table id (a reference)              34    number as 8 bytes
//!  process id                          40    number as 8 bytes
//!  tuple, n bytes of arity             48+n  arity  elements
//!  map, n bytes of size                50+n  size  keys in ascending order  values
//!  empty list                          58
//!  list                                5C    head  tail
//!  bit string                          60    escaped bytes  00  bits in the last byte, 1 to 8
//!
//!  escaped: a byte 00 is followed by FF.  ~: all bits turned over.  38 and 3C are left for
//!  Erlang's functions and ports. A fraction is a float between 0 and 1; taking off the whole part
//!  loses nothing. Magnitudes, arities and sizes have no leading zeros, and 0 has no bytes at all;
//!  the highest byte comes first, as everywhere.
//! ```
//!
//! **What may follow.** An encoding may be the beginning of another: that of 1 of that of 1.5, that
//! of `a` of that of `'a\0'`. But where it is, the other goes on with a byte of at least
//! [`tag::FRACTION`], and whatever follows a whole term inside a tuple, list or map is a tag, which
//! is less. So terms keep their order whatever comes after them, and a beginning with that byte
//! added is an upper bound for all that begins so ([`KeyPrefix`]).
//!
//! **Exact keys.** The exact order is the numeric one, and only where that finds no difference, the
//! first number that is an integer here and a float there, or 0.0 here and -0.0 there. So the exact
//! encoding is the numeric one followed by what it left out:
//!
//! ```text
//!  each whole number outside of keys of maps, in the order of the encoding:
//!      01 integer   02 -0.0   03 another float
//!  without the integers at the end; then 00
//! ```
//!
//! No exact encoding is the beginning of another, so anything may stand behind one, such as a
//! number that tells the objects of a bag apart.
//!
//! **Cost.** Encoding takes time linear in the bytes written, and memory beyond them only for what
//! is nested (nothing recurses). A list costs one byte a cell beside its elements. A text of up to
//! 29 bytes without zeros fits the 32 that an [`OrderKey`] holds itself.
//!
//! **Where it comes from.** sext by Ulf Wiger (<https://github.com/uwiger/sext>) is the model: tags
//! in the order of the types, complemented negative numbers, whole part and fraction of a float
//! apart, prefixes for keys of which only the beginning is known. The escaping is that of
//! FoundationDB's tuple layer. Not as in sext: bytes stay aligned, maps are in Erlang's order, and
//! 1 and 1.0 may be one key. Sizes of tuples and maps take as many bytes as they need, so that the
//! [head] of a tuple reaches into its elements.
//!
//! [head]: OrderKey::head

mod encode;
pub(crate) mod head;
mod number;
mod prefix;
mod representation;
mod short;
mod tag;

use std::fmt;

use smallvec::SmallVec;

pub use prefix::KeyPrefix;

use super::TermRef;

/// Bytes that a key holds without an allocation: an integer of 61 bits, a text of up to 29 bytes,
/// or a tuple of a few short parts.
const INLINE_BYTES: usize = 32;

/// Bytes of a key, in place as long as they are few.
type KeyBytes = SmallVec<[u8; INLINE_BYTES]>;

/// A term as bytes whose order is that of the terms: for trees and stores that compare bytes.
///
/// There are two encodings, and bytes of the one mean nothing beside bytes of the other:
/// * [`numeric`](OrderKey::numeric) compares as [`TermRef::numeric_cmp`]: 1 and 1.0 are the same
///   bytes. It is for ordered sets.
/// * [`exact`](OrderKey::exact) compares as [`TermRef::exact_cmp`], so the bytes are equal only
///   where the terms are exactly equal. No exact encoding is the beginning of another.
///
/// Bytes cannot be made terms again. They are the same in all runs of all programs, as far as
/// the term means the same there: ids of processes and tables don't.
///
/// # Ranges
/// A range of keys is a half-open range of bytes:
///
/// | keys | bytes |
/// |---|---|
/// | `from..` | from `from` on |
/// | above `from` | from `from.past()` on |
/// | `..to` | up to `to` |
/// | `..=to` | up to `to.past()` |
/// | tuples and lists of which only the beginning is known | [`KeyPrefix`] |
///
/// Numeric bytes bound exact keys too, as `==` and `<` compare: from `numeric(1)` up to
/// `numeric(1).past()` stand the exact keys 1 and 1.0 and no others.
///
/// ```
/// # use heirloom::{OrderKey, term};
/// let (user, later) = (term!({user, 9})?, term!({user, 10.5})?);
/// assert!(OrderKey::numeric(user.as_ref()) < OrderKey::numeric(later.as_ref()));
///
/// let (integer, float) = (term!(1)?, term!(1.0)?);
/// assert_eq!(OrderKey::numeric(integer.as_ref()), OrderKey::numeric(float.as_ref()));
/// assert!(OrderKey::exact(integer.as_ref()) < OrderKey::exact(float.as_ref()));
/// # Ok::<(), heirloom::TermError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct OrderKey {
    bytes: KeyBytes,
}

impl OrderKey {
    /// The number of this format, for stores that keep such bytes to write down. Bytes of different
    /// formats cannot be compared.
    pub const FORMAT: u8 = 1;

    /// The bytes that compare as [`TermRef::numeric_cmp`].
    #[inline]
    pub fn numeric(term: TermRef<'_>) -> OrderKey {
        match short::numeric(term) {
            Some(bytes) => OrderKey { bytes },
            None => OrderKey::walked(term, encode::numeric),
        }
    }

    /// The bytes that compare as [`TermRef::exact_cmp`].
    #[inline]
    pub fn exact(term: TermRef<'_>) -> OrderKey {
        match short::exact(term) {
            Some(bytes) => OrderKey { bytes },
            None => OrderKey::walked(term, encode::exact),
        }
    }

    /// The bytes that a walk over the term finds.
    #[inline(never)]
    fn walked(term: TermRef<'_>, encode: fn(TermRef<'_>, &mut KeyBytes)) -> OrderKey {
        let mut bytes = KeyBytes::new();
        encode(term, &mut bytes);
        OrderKey { bytes }
    }

    /// Appends the bytes of [`numeric`](Self::numeric).
    pub fn append_numeric(term: TermRef<'_>, out: &mut Vec<u8>) {
        encode::numeric(term, out);
    }

    /// Appends the bytes of [`exact`](Self::exact).
    pub fn append_exact(term: TermRef<'_>, out: &mut Vec<u8>) {
        encode::exact(term, out);
    }

    /// An upper bound, itself left out, that lets this key in, and nothing else that the key itself
    /// as a bound would not.
    #[must_use]
    pub fn past(mut self) -> OrderKey {
        self.bytes.push(tag::FRACTION);
        self
    }

    /// The bytes.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The first eight bytes as a number; see [`head_of`](Self::head_of).
    #[inline]
    pub fn head(&self) -> u64 {
        OrderKey::head_of(&self.bytes)
    }

    /// The first eight bytes of a key as a number, the highest first; missing ones are zero.
    ///
    /// Where two heads differ, the keys differ the same way. Where they are equal, all the bytes
    /// have to be compared. An integer of up to 56 bits fits its numeric head; a tuple of up to 255
    /// elements leaves six bytes to the first of them.
    #[inline]
    pub fn head_of(bytes: &[u8]) -> u64 {
        match bytes.first_chunk() {
            Some(head) => u64::from_be_bytes(*head),
            None => short_head(bytes),
        }
    }
}

/// The head of fewer than eight bytes.
#[inline]
fn short_head(bytes: &[u8]) -> u64 {
    let mut head = [0; size_of::<u64>()];
    head[..bytes.len()].copy_from_slice(bytes);
    u64::from_be_bytes(head)
}

impl AsRef<[u8]> for OrderKey {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// In hexadecimal: `OrderKey(1a01)`.
impl fmt::Debug for OrderKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OrderKey(")?;
        for byte in &self.bytes {
            write!(formatter, "{byte:02x}")?;
        }
        formatter.write_str(")")
    }
}

#[cfg(test)]
mod tests;
