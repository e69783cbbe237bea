//! Erlang values as the model sees them: plain Rust data that shares nothing with the terms of the
//! crate.
//!
//! Equality of two [`Value`]s is Erlang's exact equality (`=:=`), floats by their bits. Their order
//! is Erlang's, made total ([`order`](super::order)).

use num_bigint::BigInt;
use std::collections::BTreeMap;
use std::fmt;

/// A value. Process and table identifiers stand by the number that the test gave them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Value {
    Integer(BigInt),
    /// The bits of a finite float: 0.0 and -0.0 differ, as under `=:=`.
    Float(u64),
    Atom(String),
    Process(usize),
    Table(usize),
    Tuple(Vec<Value>),
    Map(BTreeMap<Value, Value>),
    /// The elements and, in an improper list, what follows them: never a list itself.
    List(Vec<Value>, Option<Box<Value>>),
    /// A bit string: its bytes, unused bits of the last one zero, and its length in bits.
    Bits(Vec<u8>, usize),
}

impl Value {
    pub fn integer(integer: impl Into<BigInt>) -> Value {
        Value::Integer(integer.into())
    }

    pub fn float(float: f64) -> Value {
        assert!(float.is_finite(), "Erlang has no such float");
        Value::Float(float.to_bits())
    }

    pub fn atom(text: &str) -> Value {
        Value::Atom(text.to_owned())
    }

    pub fn bool(truth: bool) -> Value {
        Value::atom(if truth { "true" } else { "false" })
    }

    pub fn binary(bytes: impl Into<Vec<u8>>) -> Value {
        let bytes = bytes.into();
        let bit_length = bytes.len() * 8;
        Value::Bits(bytes, bit_length)
    }

    /// Erlang's string: the list of the characters' numbers.
    pub fn string(text: &str) -> Value {
        Value::list(
            text.chars()
                .map(|character| Value::integer(u32::from(character))),
        )
    }

    pub fn list(elements: impl IntoIterator<Item = Value>) -> Value {
        Value::List(elements.into_iter().collect(), None)
    }

    pub fn tuple(elements: impl IntoIterator<Item = Value>) -> Value {
        Value::Tuple(elements.into_iter().collect())
    }

    /// The elements of a tuple.
    pub fn as_tuple(&self) -> Option<&[Value]> {
        match self {
            Value::Tuple(elements) => Some(elements),
            _ => None,
        }
    }

    /// The elements of a proper list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(elements, None) => Some(elements),
            _ => None,
        }
    }

    pub fn as_integer(&self) -> Option<&BigInt> {
        match self {
            Value::Integer(integer) => Some(integer),
            _ => None,
        }
    }

    /// The integer, if it is a number from 1 that can be a position.
    pub fn as_position(&self) -> Option<usize> {
        self.as_integer()
            .and_then(|integer| usize::try_from(integer).ok())
            .filter(|&position| position > 0)
    }

    pub fn as_atom(&self) -> Option<&str> {
        match self {
            Value::Atom(text) => Some(text),
            _ => None,
        }
    }
}

/// Prints what follows each element but the last.
fn separated<T>(
    out: &mut fmt::Formatter<'_>,
    items: impl IntoIterator<Item = T>,
    mut print: impl FnMut(&mut fmt::Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    for (position, item) in items.into_iter().enumerate() {
        if position > 0 {
            out.write_str(", ")?;
        }
        print(out, item)?;
    }
    Ok(())
}

/// Bytes that a failing test need not print whole.
const BYTES_PRINTED_MAX: usize = 24;

fn print_bits(out: &mut fmt::Formatter<'_>, bytes: &[u8], bit_length: usize) -> fmt::Result {
    if bytes.len() > BYTES_PRINTED_MAX {
        return write!(out, "<<{} bits from {:?}…>>", bit_length, &bytes[..8]);
    }
    let spare = bytes.len() * 8 - bit_length;
    out.write_str("<<")?;
    separated(out, bytes.iter().enumerate(), |out, (position, byte)| {
        if spare > 0 && position + 1 == bytes.len() {
            write!(out, "{}:{}", byte >> spare, 8 - spare)
        } else {
            write!(out, "{byte}")
        }
    })?;
    out.write_str(">>")
}

/// Close to Erlang's own syntax, so that a failing sequence can be tried in an Erlang shell.
impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Integer(integer) => write!(out, "{integer}"),
            Value::Float(bits) => write!(out, "{:?}", f64::from_bits(*bits)),
            Value::Atom(text) => write!(out, "'{text}'"),
            Value::Process(number) => write!(out, "process_{number}"),
            Value::Table(number) => write!(out, "table_{number}"),
            Value::Tuple(elements) => {
                out.write_str("{")?;
                separated(out, elements, |out, element| write!(out, "{element:?}"))?;
                out.write_str("}")
            }
            Value::Map(entries) => {
                out.write_str("#{")?;
                separated(out, entries, |out, (key, value)| {
                    write!(out, "{key:?} => {value:?}")
                })?;
                out.write_str("}")
            }
            Value::List(elements, tail) => {
                out.write_str("[")?;
                separated(out, elements, |out, element| write!(out, "{element:?}"))?;
                if let Some(tail) = tail {
                    write!(out, " | {tail:?}")?;
                }
                out.write_str("]")
            }
            Value::Bits(bytes, bit_length) => print_bits(out, bytes, *bit_length),
        }
    }
}
