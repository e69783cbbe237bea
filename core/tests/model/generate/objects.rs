//! Random objects, and arguments of the calls that change them.

use super::super::value::Value;
use super::values::{integer, key, power_of_two, value};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A good object of a table whose keys are at `key_position`.
pub fn object(key_position: usize) -> impl Strategy<Value = Value> {
    (key(), vec(value(), 0..5), vec(integer(), key_position - 1)).prop_map(
        |(key, after, mut elements)| {
            elements.push(key);
            elements.extend(after);
            Value::Tuple(elements)
        },
    )
}

/// What is no object, or none of this table.
pub fn bad_object(key_position: usize) -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::atom("no_tuple")),
        Just(Value::integer(7)),
        Just(Value::tuple([])),
        vec(integer(), key_position - 1).prop_map(Value::Tuple),
        object(key_position)
            .prop_map(|object| Value::List(vec![object], Some(Box::new(Value::atom("tail"))))),
    ]
}

/// An argument of `insert` or `insert_new`.
pub fn insertion(key_position: usize) -> impl Strategy<Value = Value> {
    let list = |length| vec(object(key_position), length).prop_map(Value::list);
    let one_bad = (
        vec(object(key_position), 0..4),
        bad_object(key_position),
        vec(object(key_position), 0..2),
    );
    prop_oneof![
        10 => object(key_position),
        4 => list(0..4usize),
        1 => list(5..30usize),
        1 => list(65..90usize),
        1 => bad_object(key_position),
        1 => one_bad.prop_map(|(before, bad, after)| Value::list(before.into_iter().chain([bad]).chain(after))),
    ]
}

pub fn position() -> impl Strategy<Value = usize> {
    prop_oneof![12 => 1..4usize, 4 => 1..6usize, 1 => Just(0), 1 => select(&[1000, usize::MAX][..])]
}

/// A position as a term: mostly one behind the key, sometimes any, sometimes none.
fn position_value(key_position: usize) -> impl Strategy<Value = Value> {
    let behind_key = key_position as i64 + 1;
    prop_oneof![
        30 => (behind_key..behind_key + 2).prop_map(Value::integer),
        6 => (1..6i64).prop_map(Value::integer),
        1 => (-1..1i64).prop_map(Value::integer),
        1 => select(vec![Value::float(2.0), Value::atom("two"), Value::Integer(power_of_two(64))]),
    ]
}

fn increment() -> impl Strategy<Value = Value> {
    prop_oneof![20 => integer(), 1 => select(vec![Value::float(1.0), Value::atom("x")])]
}

fn counter_operation(key_position: usize) -> impl Strategy<Value = Value> {
    let four = (
        position_value(key_position),
        increment(),
        increment(),
        increment(),
    );
    prop_oneof![
        4 => (position_value(key_position), increment()).prop_map(|(position, step)| Value::tuple([position, step])),
        2 => four.prop_map(|(position, step, threshold, set)| Value::tuple([position, step, threshold, set])),
    ]
}

pub fn counter_operations(key_position: usize) -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => increment(),
        4 => counter_operation(key_position),
        3 => vec(counter_operation(key_position), 0..4).prop_map(Value::list),
        1 => bad_updates(),
    ]
}

pub fn element_changes(key_position: usize) -> impl Strategy<Value = Value> {
    let change = || {
        (position_value(key_position), value())
            .prop_map(|(position, value)| Value::tuple([position, value]))
    };
    prop_oneof![4 => change(), 3 => vec(change(), 0..4).prop_map(Value::list), 1 => bad_updates()]
}

/// What is neither an operation nor a change.
fn bad_updates() -> impl Strategy<Value = Value> {
    let one = || Value::tuple([Value::integer(2), Value::integer(1)]);
    select(vec![
        Value::tuple([]),
        Value::tuple([Value::integer(2), Value::integer(1), Value::integer(5)]),
        Value::list([one(), Value::integer(1)]),
        Value::List(vec![one()], Some(Box::new(Value::atom("tail")))),
        Value::atom("garbage"),
        Value::float(1.0),
    ])
}

pub fn default_object(key_position: usize) -> impl Strategy<Value = Value> {
    prop_oneof![9 => object(key_position), 1 => bad_object(key_position)]
}
