//! Arithmetic as Erlang does it: integers of any size, floats that are never infinite.

use super::super::order::whole;
use super::super::value::Value;
use super::function::{Answer, Failed};
use num_bigint::BigInt;

/// Shifts to the left beyond this are refused by Erlang and by the crate, if not at the same point:
/// no test goes there.
const SHIFT_MAX: u64 = 1 << 16;

/// A function of one number.
pub fn of_one(name: &str, a: &Value) -> Answer {
    match a {
        Value::Integer(integer) => of_integer(name, integer),
        Value::Float(bits) => of_float(name, f64::from_bits(*bits)),
        _ => Err(Failed),
    }
}

fn of_integer(name: &str, integer: &BigInt) -> Answer {
    match name {
        "+" | "round" | "trunc" | "ceil" | "floor" => Ok(Value::integer(integer.clone())),
        "-" => Ok(Value::integer(-integer)),
        "abs" => Ok(Value::integer(integer.magnitude().clone())),
        "bnot" => Ok(Value::integer(!integer)),
        "float" => float(as_float(integer)),
        _ => Err(Failed),
    }
}

fn of_float(name: &str, value: f64) -> Answer {
    match name {
        "+" | "float" => float(value),
        "-" => float(-value),
        "abs" => float(value.abs()),
        "round" => Ok(Value::integer(whole(value.round()))),
        "trunc" => Ok(Value::integer(whole(value))),
        "ceil" => Ok(Value::integer(whole(value.ceil()))),
        "floor" => Ok(Value::integer(whole(value.floor()))),
        _ => Err(Failed),
    }
}

/// A function of two numbers.
pub fn of_two(name: &str, a: &Value, b: &Value) -> Answer {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) if name != "/" => of_integers(name, a, b),
        _ => of_floats(name, to_float(a)?, to_float(b)?),
    }
}

fn of_integers(name: &str, a: &BigInt, b: &BigInt) -> Answer {
    let is_zero = *b == BigInt::ZERO;
    Ok(Value::integer(match name {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "div" | "rem" if is_zero => return Err(Failed),
        "div" => a / b,
        "rem" => a % b,
        "band" => a & b,
        "bor" => a | b,
        "bxor" => a ^ b,
        "bsl" => shifted(a, b)?,
        "bsr" => shifted(a, &-b)?,
        _ => return Err(Failed),
    }))
}

fn of_floats(name: &str, a: f64, b: f64) -> Answer {
    match name {
        "+" => float(a + b),
        "-" => float(a - b),
        "*" => float(a * b),
        "/" if b != 0.0 => float(a / b),
        _ => Err(Failed),
    }
}

/// To the left, or to the right where `by` is negative: rounded down then.
fn shifted(value: &BigInt, by: &BigInt) -> Result<BigInt, Failed> {
    let distance = u64::try_from(by.magnitude()).unwrap_or(u64::MAX);
    if *by < BigInt::ZERO {
        return Ok(value >> distance.min(SHIFT_MAX));
    }
    match distance {
        _ if *value == BigInt::ZERO => Ok(BigInt::ZERO),
        0..=SHIFT_MAX => Ok(value << distance),
        _ => Err(Failed),
    }
}

fn float(value: f64) -> Answer {
    if value.is_finite() {
        Ok(Value::float(value))
    } else {
        Err(Failed)
    }
}

fn to_float(value: &Value) -> Result<f64, Failed> {
    let value = match value {
        Value::Integer(integer) => as_float(integer),
        Value::Float(bits) => f64::from_bits(*bits),
        _ => return Err(Failed),
    };
    value.is_finite().then_some(value).ok_or(Failed)
}

/// Perhaps infinite. Erlang rounds after each 64 bits, from the top.
fn as_float(integer: &BigInt) -> f64 {
    let digits = integer.magnitude().to_u64_digits();
    let add = |sum: f64, digit: &u64| sum * 2f64.powi(64) + *digit as f64;
    let magnitude = digits.iter().rev().fold(0.0, add);
    if *integer < BigInt::ZERO {
        -magnitude
    } else {
        magnitude
    }
}
