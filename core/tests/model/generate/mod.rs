//! Random steps, made so that calls meet: few keys, the same few values, and every kind of bad
//! argument now and then.
//!
//! [`values`], [`objects`], [`specs`]: arguments; [`calls`]: calls of one table; [`owners`]: steps of
//! several processes.

mod calls;
mod objects;
pub mod owners;
mod specs;
mod values;

use super::call::*;
use super::contents::Kind;
use super::value::Value;
use calls::*;
use objects::object;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use specs::bulk_query;

/// What kind of table a sequence is for.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub kind: Kind,
    pub key_position: usize,
}

/// Ordered sets twice, as they are the other engine.
const KINDS: [Kind; 5] = [
    Kind::Set,
    Kind::Bag,
    Kind::DuplicateBag,
    Kind::OrderedSet,
    Kind::OrderedSet,
];

pub fn shape() -> impl Strategy<Value = Shape> {
    (select(&KINDS[..]), 1..=3usize).prop_map(|(kind, key_position)| Shape { kind, key_position })
}

/// Any call on the objects of a table.
pub fn data_call(shape: Shape) -> Calls {
    let groups = [
        writes(shape.key_position),
        updates(shape),
        reads(),
        traversals(),
        ordered(shape.kind),
        queries(shape.key_position),
        information(),
    ];
    Union::new_weighted(groups.into_iter().flatten().collect()).boxed()
}

/// Calls by the owner of one table of the shape, the table made first and filled, if not every
/// time.
pub fn data_steps(shape: Shape, length: usize) -> impl Strategy<Value = Vec<Step>> {
    let objects = prop_oneof![
        1 => vec(object(shape.key_position), 0),
        3 => vec(object(shape.key_position), 10..40),
    ];
    let calls = vec(data_call(shape), 1..length);
    (objects, calls).prop_map(move |(objects, calls)| {
        let fill = Call::Insert(Value::list(objects));
        with_table(shape, [vec![fill], calls].concat())
    })
}

fn with_table(shape: Shape, calls: Vec<Call>) -> Vec<Step> {
    let options = [
        Value::atom(shape.kind.name()),
        key_position_option(shape.key_position as i64),
    ];
    let new = Step::New {
        by: 0,
        slot: 0,
        name: Value::atom("tab"),
        options: Value::list(options),
    };
    let calls = calls.into_iter().map(|call| Step::Call {
        by: 0,
        slot: 0,
        call,
    });
    std::iter::once(new).chain(calls).collect()
}

pub fn key_position_option(position: i64) -> Value {
    Value::tuple([Value::atom("keypos"), Value::integer(position)])
}

pub fn key_shape() -> impl Strategy<Value = KeyShape> {
    select(&[KeyShape::Integer, KeyShape::Tuple, KeyShape::Binary][..])
}

fn range(count_max: i64) -> impl Strategy<Value = Range> {
    let shape = key_shape();
    (0..count_max / 2, 1..4i64, 1..count_max, shape, 0..3i64).prop_map(
        |(start, step, count, shape, mark)| Range {
            start,
            step,
            count,
            shape,
            mark,
        },
    )
}

/// Calls of thousands of keys each, among a few others: the table grows and shrinks through many
/// sizes.
pub fn bulk_steps(shape: Shape, length: usize, count_max: i64) -> impl Strategy<Value = Vec<Step>> {
    let call = prop_oneof![
        3 => range(count_max).prop_map(Call::InsertRangeAtOnce),
        3 => range(count_max).prop_map(Call::InsertRange),
        4 => range(count_max).prop_map(Call::DeleteRange),
        1 => Just(Call::FixedWalkDeleting),
        1 => Just(Call::DeleteAllObjects),
        1 => any::<bool>().prop_map(Call::FixTable),
        3 => bulk_query(shape.key_position, count_max).prop_map(Call::All),
        1 => bulk_query(shape.key_position, count_max).prop_map(|query| Call::Chunks(query, 50)),
        5 => data_call(shape),
    ];
    vec(call, 1..length).prop_map(move |calls| with_table(shape, calls))
}
