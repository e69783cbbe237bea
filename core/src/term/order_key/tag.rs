//! The bytes that encodings of terms begin with, in the order of the terms; and those that end
//! their parts. The table in the [module's documentation](super) says what stands behind each.

/// An integer below zero whose magnitude has more than eight bytes.
pub(super) const NEGATIVE_LONG: u8 = 0x0F;
/// A number below zero, less the number of bytes of its whole part's magnitude.
pub(super) const NEGATIVE: u8 = 0x18;
/// A number from zero on, plus the number of bytes of its whole part's magnitude.
pub(super) const POSITIVE: u8 = 0x19;
/// An integer above zero whose magnitude has more than eight bytes.
pub(super) const POSITIVE_LONG: u8 = 0x22;
/// A float in a key of a map: after all integers.
pub(super) const KEY_FLOAT: u8 = 0x2F;
/// An atom.
pub(super) const ATOM: u8 = 0x30;
/// A table id, which Erlang counts among the references.
pub(super) const TABLE_ID: u8 = 0x34;
/// A process id.
pub(super) const PID: u8 = 0x40;
/// A tuple, plus the number of bytes of its arity.
pub(super) const TUPLE: u8 = 0x48;
/// A map, plus the number of bytes of its size.
pub(super) const MAP: u8 = 0x50;
/// The empty list.
pub(super) const NIL: u8 = 0x58;
/// A list cell.
pub(super) const CONS: u8 = 0x5C;
/// A bit string.
pub(super) const BITS: u8 = 0x60;

/// Ends an escaped text and the representations of an exact key: less than any byte that could
/// stand there instead.
pub(super) const END: u8 = 0x00;
/// Behind a zero that does not end an escaped text.
pub(super) const ESCAPED: u8 = 0xFF;
/// Between whole part and fraction of a number below zero: less than [`NEGATIVE_END`], since the
/// fraction makes the number less.
pub(super) const NEGATIVE_FRACTION: u8 = 0x01;
/// Ends an integer below zero.
pub(super) const NEGATIVE_END: u8 = 0xFF;
/// Between whole part and fraction of a number above zero: more than any tag, since the fraction
/// makes the number greater whatever follows.
pub(super) const FRACTION: u8 = 0xFE;
