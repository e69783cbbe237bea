//! The functions of guards and bodies.

use super::super::order::compare;
use super::super::value::Value;
use super::number;
use super::pattern::rest;
use num_bigint::BigInt;

/// What Erlang raises an exception for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed;

pub type Answer = Result<Value, Failed>;

/// What a node is called that is in no network.
const NODE: &str = "nonode@nohost";

const OF_ONE: &[&str] = &[
    "is_atom",
    "is_float",
    "is_integer",
    "is_list",
    "is_number",
    "is_pid",
    "is_port",
    "is_reference",
    "is_tuple",
    "is_map",
    "is_binary",
    "is_bitstring",
    "is_boolean",
    "is_function",
    "hd",
    "tl",
    "length",
    "size",
    "tuple_size",
    "map_size",
    "byte_size",
    "bit_size",
    "node",
    "abs",
    "float",
    "round",
    "trunc",
    "ceil",
    "floor",
    "+",
    "-",
    "bnot",
    "not",
];
const OF_TWO: &[&str] = &[
    "is_function",
    "is_map_key",
    "element",
    "map_get",
    "binary_part",
    "max",
    "min",
    "+",
    "-",
    "*",
    "/",
    "div",
    "rem",
    "band",
    "bor",
    "bxor",
    "bsl",
    "bsr",
    "<",
    "=<",
    ">",
    ">=",
    "==",
    "/=",
    "=:=",
    "=/=",
    "xor",
];
const OF_THREE: &[&str] = &["is_record", "binary_part"];
/// Any number of arguments from one on.
const OF_MANY: &[&str] = &["and", "or", "andalso", "andthen", "orelse"];

/// Whether there is such a function or special form, with so many arguments.
pub fn exists(name: &str, arguments: usize) -> bool {
    let names = match arguments {
        0 => return ["self", "node"].contains(&name),
        1 => OF_ONE,
        2 => OF_TWO,
        3 => OF_THREE,
        _ => &[],
    };
    names.contains(&name) || OF_MANY.contains(&name)
}

/// `true` or `false`.
pub fn truth(value: &Value) -> Result<bool, Failed> {
    match value.as_atom() {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        _ => Err(Failed),
    }
}

/// The value of a function for these arguments.
pub fn call(name: &str, arguments: &[Value]) -> Answer {
    match (name, arguments) {
        ("and" | "or", arguments) => {
            let truths = arguments.iter().map(truth).collect::<Result<Vec<_>, _>>()?;
            let all = !truths.contains(&false);
            Ok(Value::bool(if name == "and" {
                all
            } else {
                truths.contains(&true)
            }))
        }
        ("node", []) => Ok(Value::atom(NODE)),
        (name, [a]) => of_one(name, a),
        ("binary_part", [bits, place]) => match place.as_tuple() {
            Some([start, length]) => binary_part(bits, start, length),
            _ => Err(Failed),
        },
        (name, [a, b]) => of_two(name, a, b),
        ("binary_part", [bits, start, length]) => binary_part(bits, start, length),
        ("is_record", [record, tag, size]) => is_record(record, tag, size),
        _ => Err(Failed),
    }
}

fn of_one(name: &str, a: &Value) -> Answer {
    match name {
        "not" => Ok(Value::bool(!truth(a)?)),
        "hd" | "tl" => part_of_list(name, a),
        "node" => match a {
            Value::Process(_) | Value::Table(_) => Ok(Value::atom(NODE)),
            _ => Err(Failed),
        },
        _ => match (is_of_type(name, a), size(name, a)) {
            (Some(is), _) => Ok(Value::bool(is)),
            (_, Some(size)) => Ok(Value::integer(size?)),
            _ => number::of_one(name, a),
        },
    }
}

/// The answer of a type test, if `name` is one.
fn is_of_type(name: &str, a: &Value) -> Option<bool> {
    Some(match name {
        "is_atom" => matches!(a, Value::Atom(_)),
        "is_float" => matches!(a, Value::Float(_)),
        "is_integer" => matches!(a, Value::Integer(_)),
        "is_number" => matches!(a, Value::Integer(_) | Value::Float(_)),
        "is_list" => matches!(a, Value::List(..)),
        "is_tuple" => matches!(a, Value::Tuple(_)),
        "is_map" => matches!(a, Value::Map(_)),
        "is_pid" => matches!(a, Value::Process(_)),
        "is_reference" => matches!(a, Value::Table(_)),
        "is_bitstring" => matches!(a, Value::Bits(..)),
        "is_binary" => as_binary(a).is_some(),
        "is_boolean" => truth(a).is_ok(),
        // No value is one.
        "is_port" | "is_function" => false,
        _ => return None,
    })
}

/// The answer of a function that counts, if `name` is one.
fn size(name: &str, a: &Value) -> Option<Result<usize, Failed>> {
    let size = match (name, a) {
        ("length", list) => list.as_list().map(<[Value]>::len),
        ("size" | "tuple_size", Value::Tuple(elements)) => Some(elements.len()),
        ("size", Value::Bits(_, bit_length)) => Some(bit_length / 8),
        ("byte_size", Value::Bits(_, bit_length)) => Some(bit_length.div_ceil(8)),
        ("bit_size", Value::Bits(_, bit_length)) => Some(*bit_length),
        ("map_size", Value::Map(entries)) => Some(entries.len()),
        ("size" | "tuple_size" | "byte_size" | "bit_size" | "map_size", _) => None,
        _ => return None,
    };
    Some(size.ok_or(Failed))
}

fn part_of_list(name: &str, a: &Value) -> Answer {
    match a {
        Value::List(elements, _) if elements.is_empty() => Err(Failed),
        Value::List(elements, _) if name == "hd" => Ok(elements[0].clone()),
        Value::List(elements, tail) => Ok(rest(&elements[1..], tail)),
        _ => Err(Failed),
    }
}

fn of_two(name: &str, a: &Value, b: &Value) -> Answer {
    let order = compare(a, b);
    let first_if = |is_first: bool| Ok(if is_first { a } else { b }.clone());
    match name {
        "<" => Ok(Value::bool(order.is_lt())),
        "=<" => Ok(Value::bool(order.is_le())),
        ">" => Ok(Value::bool(order.is_gt())),
        ">=" => Ok(Value::bool(order.is_ge())),
        "==" => Ok(Value::bool(order.is_eq())),
        "/=" => Ok(Value::bool(order.is_ne())),
        "=:=" => Ok(Value::bool(a == b)),
        "=/=" => Ok(Value::bool(a != b)),
        "max" => first_if(order.is_ge()),
        "min" => first_if(order.is_le()),
        "xor" => Ok(Value::bool(truth(a)? != truth(b)?)),
        "element" => {
            let position = a.as_position().ok_or(Failed)?;
            let elements = b.as_tuple().ok_or(Failed)?;
            elements.get(position - 1).cloned().ok_or(Failed)
        }
        "map_get" => entries(b)?.get(a).cloned().ok_or(Failed),
        "is_map_key" => Ok(Value::bool(entries(b)?.contains_key(a))),
        "is_function" => match b {
            Value::Integer(arity) if *arity >= BigInt::ZERO => Ok(Value::bool(false)),
            _ => Err(Failed),
        },
        _ => number::of_two(name, a, b),
    }
}

fn entries(value: &Value) -> Result<&std::collections::BTreeMap<Value, Value>, Failed> {
    match value {
        Value::Map(entries) => Ok(entries),
        _ => Err(Failed),
    }
}

/// Whether it is a tuple of that size with the tag in front. Size and tag must be what they can be.
fn is_record(record: &Value, tag: &Value, size: &Value) -> Answer {
    tag.as_atom().ok_or(Failed)?;
    let size = size.as_integer().ok_or(Failed)?;
    // Erlang wants an integer of one word.
    let size = i64::try_from(size).map_err(|_| Failed)?;
    if !(-(1 << 59)..1 << 59).contains(&size) {
        return Err(Failed);
    }
    let elements = record.as_tuple().unwrap_or_default();
    let is_record = elements.first() == Some(tag) && elements.len() as i64 == size;
    Ok(Value::bool(is_record))
}

/// The bytes of a bit string that is a binary.
fn as_binary(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Bits(bytes, bit_length) if bit_length % 8 == 0 => Some(bytes),
        _ => None,
    }
}

/// So many bytes from the start on, or, if the length is negative, so many before it.
fn binary_part(bits: &Value, start: &Value, length: &Value) -> Answer {
    let bytes = as_binary(bits).ok_or(Failed)?;
    let integer = |value: &Value| {
        let integer = value.as_integer().ok_or(Failed)?;
        i32::try_from(integer).map(i64::from).map_err(|_| Failed)
    };
    let start = integer(start)?;
    let end = start + integer(length)?;
    let place = |at: i64| usize::try_from(at).map_err(|_| Failed);
    let part = bytes.get(place(start.min(end))?..place(start.max(end))?);
    Ok(Value::binary(part.ok_or(Failed)?))
}
