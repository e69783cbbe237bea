//! Random keys and values.

use super::super::text;
use super::super::value::Value;
use num_bigint::BigInt;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::OnceLock;

/// Sizes in bytes of the binaries in objects and keys: beside and beyond 1 KiB, from which on an
/// object is stored apart.
const LARGE_BYTES: [usize; 4] = [900, 1_010, 1_500, 5_000];

fn large_binary(size: usize, last: u8) -> Value {
    let mut bytes = vec![b'x'; size];
    bytes[size - 1] = last;
    Value::binary(bytes)
}

pub fn power_of_two(exponent: u32) -> BigInt {
    BigInt::from(1) << exponent
}

/// Integers around the borders of machine words and of small integers.
fn border_integers() -> &'static [BigInt] {
    static BORDERS: OnceLock<Vec<BigInt>> = OnceLock::new();
    BORDERS.get_or_init(make_border_integers)
}

fn make_border_integers() -> Vec<BigInt> {
    let borders = [59, 60, 61, 63, 64, 70, 128].map(power_of_two);
    let around = |border: &BigInt| [-1, 0, 1].map(|offset| border + offset);
    borders
        .iter()
        .flat_map(around)
        .flat_map(|integer| [-&integer, integer])
        .collect()
}

/// Keys that sequences use most.
fn common_keys() -> &'static [Value] {
    static KEYS: OnceLock<Vec<Value>> = OnceLock::new();
    KEYS.get_or_init(make_common_keys)
}

fn make_common_keys() -> Vec<Value> {
    let mut keys: Vec<Value> = (0..5).map(Value::integer).collect();
    keys.extend([
        Value::float(1.0),
        Value::float(0.0),
        Value::float(-0.0),
        Value::atom("a"),
        Value::binary("key"),
    ]);
    keys
}

/// Keys of which a pattern may know a part, some of them equal under `==` only.
fn composite_keys() -> &'static [Value] {
    static KEYS: OnceLock<Vec<Value>> = OnceLock::new();
    KEYS.get_or_init(make_composite_keys)
}

fn make_composite_keys() -> Vec<Value> {
    let texts = [
        "{u,1}.",
        "{u,1.0}.",
        "{u,2}.",
        "{u,1,x}.",
        "{u,2,x}.",
        "{v,1}.",
        "{u,{1,y}}.",
        "{u,#{1 => v}}.",
        "[1].",
        "[1,2].",
        "[1.0,2].",
    ];
    texts.into_iter().map(text::parse).collect()
}

/// Keys of every type, some of them equal under `==` only, some long.
fn rare_keys() -> &'static [Value] {
    static KEYS: OnceLock<Vec<Value>> = OnceLock::new();
    KEYS.get_or_init(make_rare_keys)
}

fn make_rare_keys() -> Vec<Value> {
    let pair = |first: Value, second: Value| Value::tuple([first, second]);
    let mut keys: Vec<Value> = border_integers()
        .iter()
        .step_by(5)
        .cloned()
        .map(Value::Integer)
        .collect();
    keys.extend([
        Value::integer(-1),
        Value::float(2.5),
        Value::float(1.0e25),
        Value::integer(BigInt::from(10).pow(25)),
        Value::atom(""),
        Value::atom("needs quotes é"),
        Value::atom("$end_of_table"),
        Value::binary(""),
        Value::Bits(vec![0b1010_0000], 3),
        Value::Bits(vec![0b1010_0000], 4),
        Value::string("key"),
        Value::list([]),
        Value::List(vec![Value::integer(1)], Some(Box::new(Value::integer(2)))),
        Value::tuple([]),
        pair(
            Value::atom("u"),
            pair(Value::list([Value::atom("v")]), Value::binary("w")),
        ),
        Value::Map([(Value::integer(1), Value::atom("v"))].into()),
        Value::Map([(Value::float(1.0), Value::atom("v"))].into()),
        Value::Process(0),
        Value::Process(1),
        large_binary(1_500, b'1'),
        large_binary(1_500, b'2'),
        pair(large_binary(2_000, b'1'), Value::integer(1)),
        Value::list((0..400).map(Value::integer)),
    ]);
    keys
}

pub fn key() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => select(common_keys()),
        2 => select(composite_keys()),
        2 => select(rare_keys()),
    ]
}

pub fn integer() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => (-3..10i64).prop_map(Value::integer),
        1 => any::<i64>().prop_map(Value::integer),
        1 => select(border_integers()).prop_map(Value::Integer),
    ]
}

pub fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        10 => integer(),
        2 => key(),
        1 => select(&[0.0, -0.0, 1.0, -1.5e300][..]).prop_map(Value::float),
        1 => vec(key(), 0..3).prop_map(Value::list),
        1 => (select(&LARGE_BYTES[..]), 0..2u8).prop_map(|(size, last)| large_binary(size, last)),
    ]
}
