//! Numbers as bytes: by value, and as keys of maps.

use super::encode::ByteBuffer;
use super::tag;
use crate::term::number::{Number, magnitude_bits, trimmed};

/// Floats below it in magnitude have a whole part of one limb.
const TWO_TO_64: f64 = 2.0 * (1u64 << 63) as f64;
/// Bits of a float below its exponent.
const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS - 1;
/// The exponent, as it stands in the bits, of a float that has the value of its significand.
const EXPONENT_OF_WHOLE: u64 = f64::MAX_EXP as u64 - 1 + FRACTION_BITS as u64;
/// Limbs of the greatest float.
const FLOAT_LIMBS: usize = f64::MAX_EXP as usize / u64::BITS as usize;

/// Appends a number by its value.
#[inline]
pub(super) fn append<B: ByteBuffer>(number: Number<'_>, out: &mut B) {
    match number {
        Number::Small(value) => integer(value < 0, &[value.unsigned_abs()], out),
        Number::Big { negative, limbs } => integer(negative, limbs, out),
        Number::Float(value) => float(value, out),
    }
}

/// Appends a number as a key of a map has it: integers before floats whatever their values, `-0.0`
/// directly before `0.0`.
pub(super) fn append_key<B: ByteBuffer>(number: Number<'_>, out: &mut B) {
    let Number::Float(value) = number else {
        return append(number, out);
    };
    let bits = value.to_bits();
    // The bits of a float below zero grow with its magnitude.
    let ascending = if value.is_sign_negative() {
        !bits
    } else {
        bits | 1 << (u64::BITS - 1)
    };
    out.push(tag::KEY_FLOAT);
    out.append(&ascending.to_be_bytes());
}

/// An integer of trimmed limbs; the limb of a small one may be zero.
#[inline]
fn integer<B: ByteBuffer>(negative: bool, limbs: &[u64], out: &mut B) {
    match *limbs {
        [magnitude] => append_short(negative, magnitude, out),
        _ => long(negative, limbs, out),
    }
    if negative {
        out.push(tag::NEGATIVE_END);
    }
}

fn float<B: ByteBuffer>(value: f64, out: &mut B) {
    let whole = value.trunc();
    let fraction = (value - whole).abs();
    if fraction == 0.0 {
        whole_float(value, out);
    } else if value < 0.0 {
        append_short(true, whole.abs() as u64, out);
        out.push(tag::NEGATIVE_FRACTION);
        out.append(&(!fraction.to_bits()).to_be_bytes());
    } else {
        append_short(false, whole as u64, out);
        out.push(tag::FRACTION);
        out.append(&fraction.to_bits().to_be_bytes());
    }
}

/// A float without a fraction, as the integer of its value. (`-0.0` is not below zero.)
fn whole_float<B: ByteBuffer>(value: f64, out: &mut B) {
    let (negative, magnitude) = (value < 0.0, value.abs());
    if magnitude < TWO_TO_64 {
        integer(negative, &[magnitude as u64], out);
    } else {
        integer(negative, trimmed(&limbs_of(magnitude)), out);
    }
}

/// The limbs of a float of at least 2^64: its significand, shifted.
fn limbs_of(magnitude: f64) -> [u64; FLOAT_LIMBS] {
    let bits = magnitude.to_bits();
    let hidden = 1 << FRACTION_BITS;
    let significand = bits & (hidden - 1) | hidden;
    let shift = ((bits >> FRACTION_BITS) - EXPONENT_OF_WHOLE) as usize;
    let (limb, shift) = (shift / 64, shift % 64);
    let shifted = u128::from(significand) << shift;
    let mut limbs = [0; FLOAT_LIMBS];
    limbs[limb] = shifted as u64;
    // What reaches beyond the last limb is zero: the greatest float has 1024 bits.
    if let Some(next) = limbs.get_mut(limb + 1) {
        *next = (shifted >> 64) as u64;
    }
    limbs
}

/// The highest bytes of a word of 16, and how many count; the others are zero.
type HighBytes = (u128, usize);

/// An integer of 64 bits as a whole.
#[inline]
pub(super) fn short_integer(value: i64) -> HighBytes {
    let (bytes, count) = short(value < 0, value.unsigned_abs());
    if value < 0 {
        let end = u128::from(tag::NEGATIVE_END) << (u128::BITS - 8) >> (8 * count);
        (bytes | end, count + 1)
    } else {
        (bytes, count)
    }
}

/// An integer of up to eight bytes, without its end. Longer magnitudes come later above zero and
/// earlier below.
#[inline]
fn short(negative: bool, magnitude: u64) -> HighBytes {
    let used = bytes_used(magnitude);
    if negative {
        tagged(tag::NEGATIVE - used, !magnitude, used)
    } else {
        tagged(tag::POSITIVE + used, magnitude, used)
    }
}

/// How many bytes a magnitude has without leading zeros.
#[inline]
fn bytes_used(magnitude: u64) -> u8 {
    (u64::BITS - magnitude.leading_zeros()).div_ceil(8) as u8
}

/// A tag, and the lowest `count` bytes of a word behind it.
#[inline]
fn tagged(tag: u8, word: u64, count: u8) -> HighBytes {
    let high = word.unbounded_shl(u64::BITS - 8 * u32::from(count));
    let encoded = u128::from(tag) << 120 | u128::from(high) << 56;
    (encoded, 1 + usize::from(count))
}

/// Appends the tag of a tuple or map and its size in as few bytes as it needs.
pub(super) fn append_size<B: ByteBuffer>(tag: u8, size: usize, out: &mut B) {
    let used = bytes_used(size as u64);
    let (bytes, count) = tagged(tag + used, size as u64, used);
    out.append(&bytes.to_be_bytes()[..count]);
}

/// Appends an integer of up to eight bytes, without its end.
#[inline]
fn append_short<B: ByteBuffer>(negative: bool, magnitude: u64, out: &mut B) {
    let (bytes, count) = short(negative, magnitude);
    out.append(&bytes.to_be_bytes()[..count]);
}

/// An integer of more than eight bytes, without its end.
fn long<B: ByteBuffer>(negative: bool, limbs: &[u64], out: &mut B) {
    let (tag, turned) = if negative {
        (tag::NEGATIVE_LONG, u64::MAX)
    } else {
        (tag::POSITIVE_LONG, 0)
    };
    // Integers have at most 2^22 bits.
    let length = magnitude_bits(limbs).div_ceil(8) as u32;
    let unused = size_of_val(limbs) - length as usize;
    out.push(tag);
    out.append(&(length ^ turned as u32).to_be_bytes());
    let mut highest_first = limbs.iter().rev().map(|limb| (limb ^ turned).to_be_bytes());
    out.append(&highest_first.next().unwrap_or_default()[unused..]);
    highest_first.for_each(|bytes| out.append(&bytes));
}
