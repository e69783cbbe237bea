//! Random sequences of every call, compared call by call with the sequential model, on every kind
//! of table.
//!
//! Run with `--features tight` too: then buckets are tiny and batches short, and their rare paths
//! are taken all the time. `HEIRLOOM_CASES` says how many sequences each test tries;
//! `HEIRLOOM_SEED` chooses others.

mod model;

use model::call::{Call, Step};
use model::contents::Kind;
use model::engine::{Engine, set_of};
use model::generate::owners::owner_steps;
use model::generate::{Shape, bulk_steps, data_steps, shape};
use model::run::{check, check_on, for_all};
use model::value::Value;
use proptest::strategy::Strategy;

/// One table and its owner: every call on objects, with good and with bad arguments.
#[test]
fn calls_on_objects_answer_as_the_model_does() {
    let sequences = shape().prop_flat_map(|shape| data_steps(shape, 100));
    for_all(2_500, sequences, |steps| check(&steps));
}

/// Thousands of keys at once: the table grows and shrinks under the calls.
#[test]
fn large_tables_answer_as_the_model_does() {
    let sequences = shape().prop_flat_map(|shape| bulk_steps(shape, 14, 3_000));
    for_all(60, sequences, |steps| check(&steps));
}

/// A few hundred keys: every size at which a table grows or shrinks from its smallest.
#[test]
fn tables_that_grow_and_shrink_answer_as_the_model_does() {
    let sequences = shape().prop_flat_map(|shape| bulk_steps(shape, 30, 200));
    for_all(600, sequences, |steps| check(&steps));
}

/// Sets of plain values, where most objects are bare pairs: these among others, in all calls.
#[test]
fn sets_of_plain_values_answer_as_the_model_does() {
    let makers = [
        set_of::<u64, u64>,
        set_of::<i64, f64>,
        set_of::<f64, i64>,
        set_of::<u32, Option<u64>>,
    ];
    let shape = Shape {
        kind: Kind::Set,
        key_position: 1,
    };
    for make in makers {
        let check = |steps: Vec<Step>| check_on(Engine::with_sets(make), &steps);
        for_all(800, data_steps(shape, 100), check);
        for_all(60, bulk_steps(shape, 30, 200), check);
        for_all(4, bulk_steps(shape, 14, 3_000), check);
    }
}

/// Several processes and tables: rights, names, heirs, gifts and exits.
#[test]
fn owners_and_names_answer_as_the_model_does() {
    for_all(5_000, owner_steps(80), |steps| check(&steps));
}

/// `Table::new` takes its options as Erlang does; what the model refuses is refused, whatever comes
/// with it.
#[test]
fn a_refused_table_is_not_there() {
    let name = || Value::atom("shop");
    let new = |slot, options: &[&str]| {
        let options = Value::list(options.iter().map(|option| Value::atom(option)));
        Step::New {
            by: 1,
            slot,
            name: name(),
            options,
        }
    };
    let steps = [
        new(0, &["named_table", "no_such_option"]),
        Step::Whereis("shop".to_owned()),
        new(0, &["named_table", "public"]),
        new(1, &["named_table"]),
        Step::Call {
            by: 2,
            slot: 0,
            call: Call::Insert(Value::tuple([name()])),
        },
        Step::All,
        Step::Exit(1),
        Step::Whereis("shop".to_owned()),
        Step::All,
        new(1, &["named_table"]),
    ];
    check(&steps).expect("the steps answer as the model says");
}
