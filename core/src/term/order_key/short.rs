//! A short way for the most usual keys: small integers, and short bit strings without zero bytes.
//!
//! Their bytes are put together in place, without the walk; and since there is nothing in them but
//! one integer, or no number at all, the exact encoding is the numeric one and its end.

use super::{INLINE_BYTES, KeyBytes, encode, number, tag};
use crate::term::TermRef;
use crate::term::layout::{Node, bits_length};

/// Bytes of a bit string besides its own, its end in an exact key included.
const BITS_FRAME_BYTES: usize = 4;
/// The longest bit string that is encoded here.
const BITS_BYTES_MAX: usize = INLINE_BYTES - BITS_FRAME_BYTES;

/// The numeric encoding, if the term is one of those.
#[inline]
pub(super) fn numeric(term: TermRef<'_>) -> Option<KeyBytes> {
    let (bytes, count) = bytes(term)?;
    Some(KeyBytes::from_buf_and_len(bytes, count))
}

/// The exact encoding, if the term is one of those.
#[inline]
pub(super) fn exact(term: TermRef<'_>) -> Option<KeyBytes> {
    let (mut bytes, count) = bytes(term)?;
    bytes[count] = tag::END;
    Some(KeyBytes::from_buf_and_len(bytes, count + 1))
}

/// The bytes of the numeric encoding, their number, and room for one more.
#[inline]
fn bytes(term: TermRef<'_>) -> Option<([u8; INLINE_BYTES], usize)> {
    match term.node() {
        Node::Small(value) => Some(integer(value)),
        Node::Bits { header, words } => bits(bits_length(header), bytemuck::cast_slice(words)),
        _ => None,
    }
}

/// The integer is put together in one register: what has just been written byte by byte cannot be
/// read as a whole without a wait.
#[inline]
fn integer(value: i64) -> ([u8; INLINE_BYTES], usize) {
    let (encoded, count) = number::short_integer(value);
    let mut bytes = [0; INLINE_BYTES];
    bytes[..size_of::<u128>()].copy_from_slice(&encoded.to_be_bytes());
    (bytes, count)
}

#[inline]
fn bits(bit_length: usize, bytes: &[u8]) -> Option<([u8; INLINE_BYTES], usize)> {
    let length = bit_length.div_ceil(8);
    if length > BITS_BYTES_MAX || bytes[..length].contains(&0) {
        return None;
    }
    let mut encoded = [0; INLINE_BYTES];
    encoded[0] = tag::BITS;
    encoded[1..][..length].copy_from_slice(&bytes[..length]);
    encoded[1 + length] = tag::END;
    encoded[2 + length] = encode::bits_in_last_byte(bit_length);
    Some((encoded, 3 + length))
}
