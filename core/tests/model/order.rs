//! Erlang's order of terms, and which terms are one key of an `ordered_set`.

use super::value::Value;
use num_bigint::BigInt;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// How an integer and a float compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Numbers {
    /// `==`: as numbers.
    ByValue,
    /// `=:=`: every integer comes before every float, -0.0 before 0.0. So Erlang compares the keys
    /// of maps.
    ByType,
}

/// Erlang's `<`, `==` and `>`.
pub fn compare(a: &Value, b: &Value) -> Ordering {
    order(a, b, Numbers::ByValue)
}

/// Erlang's order; of values that are equal but not the same, integers come before floats.
impl Ord for Value {
    fn cmp(&self, other: &Value) -> Ordering {
        compare(self, other).then_with(|| order(self, other, Numbers::ByType))
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Value) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One value for all that are equal under `==`: floats that are whole become integers, but not in
/// the keys of maps.
pub fn representative(value: &Value) -> Value {
    let each = |values: &[Value]| values.iter().map(representative).collect();
    match value {
        Value::Float(bits) if f64::from_bits(*bits).fract() == 0.0 => {
            Value::Integer(whole(f64::from_bits(*bits)))
        }
        Value::Tuple(elements) => Value::Tuple(each(elements)),
        Value::List(elements, tail) => Value::List(
            each(elements),
            tail.as_ref().map(|tail| Box::new(representative(tail))),
        ),
        Value::Map(entries) => Value::Map(
            entries
                .iter()
                .map(|(key, value)| (key.clone(), representative(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// The integer of a float without its fraction, by way of the digits, of which Rust prints all.
pub fn whole(float: f64) -> BigInt {
    format!("{:.0}", float.trunc())
        .parse()
        .expect("digits of an integer")
}

/// Number, atom, reference, process, tuple, map, empty list, list, bit string.
fn rank(value: &Value, numbers: Numbers) -> u8 {
    match value {
        Value::Integer(_) => 0,
        Value::Float(_) => u8::from(numbers == Numbers::ByType),
        Value::Atom(_) => 2,
        Value::Table(_) => 3,
        Value::Process(_) => 4,
        Value::Tuple(_) => 5,
        Value::Map(_) => 6,
        Value::List(elements, _) if elements.is_empty() => 7,
        Value::List(..) => RANK_OF_LIST,
        Value::Bits(..) => 9,
    }
}

const RANK_OF_LIST: u8 = 8;

fn order(a: &Value, b: &Value, numbers: Numbers) -> Ordering {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (Value::Float(a), Value::Float(b)) => {
            floats(f64::from_bits(*a), f64::from_bits(*b), numbers)
        }
        (Value::Integer(a), Value::Float(b)) if numbers == Numbers::ByValue => {
            integer_and_float(a, f64::from_bits(*b))
        }
        (Value::Float(a), Value::Integer(b)) if numbers == Numbers::ByValue => {
            integer_and_float(b, f64::from_bits(*a)).reverse()
        }
        (Value::Atom(a), Value::Atom(b)) => a.cmp(b),
        (Value::Table(a), Value::Table(b)) | (Value::Process(a), Value::Process(b)) => a.cmp(b),
        (Value::Tuple(a), Value::Tuple(b)) => {
            let by_arity = a.len().cmp(&b.len());
            by_arity.then_with(|| pairs(a, b, numbers))
        }
        (Value::Map(a), Value::Map(b)) => maps(a, b, numbers),
        (Value::List(a, a_tail), Value::List(b, b_tail)) => {
            let by_elements = pairs(a, b, numbers);
            by_elements.then_with(|| ends((a, a_tail), (b, b_tail), numbers))
        }
        (Value::Bits(a, a_length), Value::Bits(b, b_length)) => {
            bits((a, *a_length), (b, *b_length))
        }
        _ => rank(a, numbers).cmp(&rank(b, numbers)),
    }
}

fn floats(a: f64, b: f64, numbers: Numbers) -> Ordering {
    match numbers {
        Numbers::ByValue => a.partial_cmp(&b).expect("floats are finite"),
        Numbers::ByType => a.total_cmp(&b),
    }
}

/// Without loss, however large the integer is.
fn integer_and_float(integer: &BigInt, float: f64) -> Ordering {
    let by_whole = integer.cmp(&whole(float));
    by_whole.then_with(|| floats(0.0, float.fract(), Numbers::ByValue))
}

/// As far as both go.
fn pairs<'v>(
    a: impl IntoIterator<Item = &'v Value>,
    b: impl IntoIterator<Item = &'v Value>,
    numbers: Numbers,
) -> Ordering {
    let mut orders = a.into_iter().zip(b).map(|(a, b)| order(a, b, numbers));
    orders
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// What is left of two lists that are equal as far as both go: of one at least that is its tail.
fn ends(
    (a, a_tail): (&[Value], &Option<Box<Value>>),
    (b, b_tail): (&[Value], &Option<Box<Value>>),
    numbers: Numbers,
) -> Ordering {
    let nil = Value::List(vec![], None);
    let [a_end, b_end] = [a_tail, b_tail].map(|tail| tail.as_deref().unwrap_or(&nil));
    match a.len().cmp(&b.len()) {
        Ordering::Less => rank(a_end, numbers).cmp(&RANK_OF_LIST),
        Ordering::Greater => RANK_OF_LIST.cmp(&rank(b_end, numbers)),
        Ordering::Equal if a_tail.is_none() && b_tail.is_none() => Ordering::Equal,
        Ordering::Equal => order(a_end, b_end, numbers),
    }
}

/// By size, then by the keys, then by the values in the order of the keys.
fn maps(a: &BTreeMap<Value, Value>, b: &BTreeMap<Value, Value>, numbers: Numbers) -> Ordering {
    let [a, b] = [a, b].map(|map| {
        let mut entries: Vec<(&Value, &Value)> = map.iter().collect();
        entries.sort_by(|(a, _), (b, _)| order(a, b, Numbers::ByType));
        entries
    });
    let by_size = a.len().cmp(&b.len());
    by_size
        .then_with(|| pairs(keys(&a), keys(&b), Numbers::ByType))
        .then_with(|| pairs(values(&a), values(&b), numbers))
}

fn keys<'v>(entries: &[(&'v Value, &'v Value)]) -> impl Iterator<Item = &'v Value> {
    entries.iter().map(|entry| entry.0)
}

fn values<'v>(entries: &[(&'v Value, &'v Value)]) -> impl Iterator<Item = &'v Value> {
    entries.iter().map(|entry| entry.1)
}

/// Bit by bit; of two that are equal as far as both go the shorter one is smaller.
fn bits((a, a_length): (&[u8], usize), (b, b_length): (&[u8], usize)) -> Ordering {
    let common = a_length.min(b_length);
    let whole_bytes = common / 8;
    let last = |bytes: &[u8]| match common % 8 {
        0 => 0,
        rest => bytes[whole_bytes] >> (8 - rest),
    };
    let by_bytes = a[..whole_bytes].cmp(&b[..whole_bytes]);
    by_bytes
        .then_with(|| last(a).cmp(&last(b)))
        .then_with(|| a_length.cmp(&b_length))
}
