//! Arithmetic as Erlang does it: integers of any size, floats that are never infinite.

use num_bigint::{BigInt, BigUint, Sign};

use super::function::{Binary, Unary};
use super::run::Fault;
use crate::term::Number;
use crate::term::layout::INTEGER_BITS_MAX;

/// A number that an operation gives.
#[derive(Debug, PartialEq)]
pub(super) enum Numeral {
    Integer(i128),
    Big(BigInt),
    /// May be infinite, which makes the operation fail.
    Float(f64),
}

/// The greatest shift that stays within 128 bits for any integer of 61 bits.
const SHORT_SHIFT_MAX: i64 = 64;
/// Bits of a float's significand below the highest.
const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS - 1;
/// What is added to a float's exponent in its bits.
const EXPONENT_BIAS: i64 = f64::MAX_EXP as i64 - 1;

/// Steps that an operation takes beyond the words of its result: products and quotients of large
/// integers cost their sizes multiplied.
pub(super) fn steps(operation: Binary, a: Number<'_>, b: Number<'_>) -> usize {
    match (operation, a, b) {
        (
            Binary::Multiply | Binary::Quotient | Binary::Remainder,
            Number::Big { limbs: a, .. },
            Number::Big { limbs: b, .. },
        ) => a.len().saturating_mul(b.len()),
        _ => 0,
    }
}

/// An operation on one number.
pub(super) fn unary(operation: Unary, number: Number<'_>) -> Result<Numeral, Fault> {
    match (operation, number) {
        (Unary::Float, _) => Ok(Numeral::Float(to_float(number)?)),
        (Unary::BitNot, Number::Float(_)) => Err(Fault::Failed),
        (_, Number::Float(value)) => Ok(unary_float(operation, value)),
        (_, Number::Small(value)) => Ok(Numeral::Integer(unary_small(operation, value.into()))),
        (_, Number::Big { negative, limbs }) => {
            Ok(Numeral::Big(unary_big(operation, big(negative, limbs))))
        }
    }
}

fn unary_small(operation: Unary, value: i128) -> i128 {
    match operation {
        Unary::Minus => -value,
        Unary::Abs => value.abs(),
        Unary::BitNot => !value,
        _ => value,
    }
}

fn unary_big(operation: Unary, value: BigInt) -> BigInt {
    match operation {
        Unary::Minus => -value,
        Unary::Abs => BigInt::from(value.into_parts().1),
        Unary::BitNot => !value,
        _ => value,
    }
}

fn unary_float(operation: Unary, value: f64) -> Numeral {
    match operation {
        Unary::Minus => Numeral::Float(-value),
        Unary::Abs => Numeral::Float(value.abs()),
        Unary::Round => whole(value.round()),
        Unary::Trunc => whole(value.trunc()),
        Unary::Ceil => whole(value.ceil()),
        Unary::Floor => whole(value.floor()),
        _ => Numeral::Float(value),
    }
}

/// The integer of a float without fraction.
fn whole(value: f64) -> Numeral {
    if value.abs() < 2f64.powi(100) {
        return Numeral::Integer(value as i128);
    }
    let bits = value.to_bits();
    let exponent =
        (bits >> FRACTION_BITS & 0x7ff) as i64 - EXPONENT_BIAS - i64::from(FRACTION_BITS);
    let significand = bits & ((1 << FRACTION_BITS) - 1) | 1 << FRACTION_BITS;
    let magnitude = BigInt::from(significand) << exponent;
    Numeral::Big(if value < 0.0 { -magnitude } else { magnitude })
}

/// An operation on two numbers.
pub(super) fn binary(operation: Binary, a: Number<'_>, b: Number<'_>) -> Result<Numeral, Fault> {
    use Number::{Float, Small};
    match (operation, a, b) {
        (Binary::Divide, ..) | (_, Float(_), _) | (_, _, Float(_)) => {
            floats(operation, to_float(a)?, to_float(b)?)
        }
        (Binary::ShiftLeft, ..) => shift(a, b, false),
        (Binary::ShiftRight, ..) => shift(a, b, true),
        (_, Small(a), Small(b)) => smalls(operation, a.into(), b.into()),
        _ => bigs(operation, to_big(a)?, to_big(b)?),
    }
}

/// Operations of which one side at least is a float, and divisions.
fn floats(operation: Binary, x: f64, y: f64) -> Result<Numeral, Fault> {
    let value = match operation {
        Binary::Add => x + y,
        Binary::Subtract => x - y,
        Binary::Multiply => x * y,
        Binary::Divide if y != 0.0 => x / y,
        _ => return Err(Fault::Failed),
    };
    Ok(Numeral::Float(value))
}

/// Operations on integers of 61 bits, whose results fit 128.
fn smalls(operation: Binary, a: i128, b: i128) -> Result<Numeral, Fault> {
    let value = match operation {
        Binary::Add => a + b,
        Binary::Subtract => a - b,
        Binary::Multiply => a * b,
        Binary::Quotient => a.checked_div(b).ok_or(Fault::Failed)?,
        Binary::Remainder => a.checked_rem(b).ok_or(Fault::Failed)?,
        Binary::BitAnd => a & b,
        Binary::BitOr => a | b,
        Binary::BitXor => a ^ b,
        Binary::Divide | Binary::ShiftLeft | Binary::ShiftRight => return Err(Fault::Failed),
    };
    Ok(Numeral::Integer(value))
}

/// Operations on integers of any size.
fn bigs(operation: Binary, a: BigInt, b: BigInt) -> Result<Numeral, Fault> {
    let value = match operation {
        Binary::Add => a + b,
        Binary::Subtract => a - b,
        Binary::Multiply if a.bits() + b.bits() > INTEGER_BITS_MAX + 1 => {
            return Err(Fault::Failed);
        }
        Binary::Multiply => a * b,
        Binary::Quotient => a.checked_div(&b).ok_or(Fault::Failed)?,
        Binary::Remainder if b.sign() == Sign::NoSign => return Err(Fault::Failed),
        Binary::Remainder => a % b,
        Binary::BitAnd => a & b,
        Binary::BitOr => a | b,
        Binary::BitXor => a ^ b,
        Binary::Divide | Binary::ShiftLeft | Binary::ShiftRight => return Err(Fault::Failed),
    };
    Ok(Numeral::Big(value))
}

/// `bsl`, and `bsr` which is the same with the other sign.
fn shift(value: Number<'_>, by: Number<'_>, right: bool) -> Result<Numeral, Fault> {
    let left = match by {
        Number::Small(by) if right => -by,
        Number::Small(by) => by,
        Number::Big { negative, .. } if negative == right => i64::MAX,
        _ => i64::MIN,
    };
    match value {
        Number::Small(0) => Ok(Numeral::Integer(0)),
        Number::Small(value) if (0..=SHORT_SHIFT_MAX).contains(&left) => {
            Ok(Numeral::Integer(i128::from(value) << left))
        }
        _ if left > INTEGER_BITS_MAX as i64 => Err(Fault::Failed),
        _ if left >= 0 => Ok(Numeral::Big(to_big(value)? << left)),
        _ => shift_right(value, left.unsigned_abs()),
    }
}

/// Shifts towards the lower end; negative integers are rounded down.
fn shift_right(value: Number<'_>, by: u64) -> Result<Numeral, Fault> {
    match value {
        Number::Small(value) => Ok(Numeral::Integer((value >> by.min(63)).into())),
        _ => Ok(Numeral::Big(to_big(value)? >> by.min(INTEGER_BITS_MAX))),
    }
}

fn big(negative: bool, limbs: &[u64]) -> BigInt {
    let digits = limbs
        .iter()
        .flat_map(|limb| [*limb as u32, (limb >> 32) as u32])
        .collect();
    let sign = if negative { Sign::Minus } else { Sign::Plus };
    BigInt::from_biguint(sign, BigUint::new(digits))
}

/// An integer of any size.
fn to_big(number: Number<'_>) -> Result<BigInt, Fault> {
    match number {
        Number::Small(value) => Ok(BigInt::from(value)),
        Number::Big { negative, limbs } => Ok(big(negative, limbs)),
        Number::Float(_) => Err(Fault::Failed),
    }
}

/// A number as a float, if it is not too large for one.
fn to_float(number: Number<'_>) -> Result<f64, Fault> {
    let value = match number {
        Number::Small(value) => value as f64,
        Number::Float(value) => value,
        Number::Big { negative, limbs } => {
            // Limb by limb from the top, each addition rounded, as Erlang does.
            let base = 2f64.powi(64);
            let magnitude = limbs
                .iter()
                .rev()
                .fold(0.0, |sum, &limb| sum * base + limb as f64);
            if negative { -magnitude } else { magnitude }
        }
    };
    value.is_finite().then_some(value).ok_or(Fault::Failed)
}
