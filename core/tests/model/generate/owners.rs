//! Random steps of several processes with several tables.

use super::super::call::*;
use super::super::contents::Kind;
use super::super::value::Value;
use super::calls::{Calls, info_item};
use super::values::key;
use super::{Shape, data_call, key_position_option};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// The names that tables of a test fight for.
const NAMES: [&str; 3] = ["shop", "stock", "tab"];

/// Two of them act most, so that they often meet what is theirs.
fn process() -> impl Strategy<Value = ProcessNumber> {
    prop_oneof![2 => 0..2usize, 1 => 0..PROCESSES]
}

fn name() -> impl Strategy<Value = Value> {
    let bad = vec![
        Value::string("shop"),
        Value::integer(1),
        Value::tuple([Value::atom("shop")]),
    ];
    prop_oneof![15 => select(&NAMES[..]).prop_map(Value::atom), 1 => select(bad)]
}

fn heir_option() -> impl Strategy<Value = Value> {
    let heir = (process(), key()).prop_map(|(process, data)| {
        Value::tuple([Value::atom("heir"), Value::Process(process), data])
    });
    prop_oneof![3 => heir, 1 => Just(Value::tuple([Value::atom("heir"), Value::atom("none")]))]
}

fn switch_option() -> impl Strategy<Value = Value> {
    let names = [
        "write_concurrency",
        "read_concurrency",
        "decentralized_counters",
        "no_such_option",
    ];
    let pair = |(name, value): (&str, &str)| Value::tuple([Value::atom(name), Value::atom(value)]);
    (
        select(names.to_vec()),
        select(vec!["true", "false", "auto"]),
    )
        .prop_map(pair)
}

/// One option of `new`; `write_concurrency` and the like are refused if they have a value that they
/// can't have.
fn new_option() -> impl Strategy<Value = Value> {
    let words = [
        "set",
        "ordered_set",
        "bag",
        "duplicate_bag",
        "private",
        "protected",
        "public",
        "public",
        "public",
        "named_table",
        "compressed",
    ];
    let bad = vec![
        Value::atom("no_such_option"),
        Value::integer(1),
        Value::tuple([]),
        key_position_option(0),
    ];
    prop_oneof![
        12 => select(words.to_vec()).prop_map(Value::atom),
        4 => heir_option(),
        1 => switch_option(),
        2 => (1..3i64).prop_map(key_position_option),
        1 => select(bad),
    ]
}

fn new_options() -> impl Strategy<Value = Value> {
    let list = || vec(new_option(), 0..5);
    prop_oneof![
        20 => list().prop_map(Value::list),
        1 => Just(Value::atom("set")),
        1 => list().prop_map(|options| Value::List([vec![Value::atom("set")], options].concat(), Some(Box::new(Value::atom("bag"))))),
    ]
}

fn set_options() -> impl Strategy<Value = Value> {
    let protection = select(vec!["private", "protected", "public", "none"])
        .prop_map(|protection| Value::tuple([Value::atom("protection"), Value::atom(protection)]));
    let option = || prop_oneof![3 => heir_option(), 2 => protection.clone(), 1 => new_option()];
    prop_oneof![2 => option(), 1 => vec(option(), 0..3).prop_map(Value::list)]
}

/// Calls about a table as a whole: its name, its owner, its rights.
fn table_call() -> impl Strategy<Value = Call> {
    let gift = (process(), key()).prop_map(|(to, data)| Call::GiveAway { to, data });
    prop_oneof![
        6 => gift,
        3 => select(&NAMES[..]).prop_map(|name| Call::Rename(name.to_owned())),
        5 => set_options().prop_map(Call::SetOptions),
        6 => info_item().prop_map(Call::Info),
        1 => Just(Call::InfoUnknown),
        2 => Just(Call::Owner),
        2 => Just(Call::DeleteTable),
        3 => any::<bool>().prop_map(Call::FixTable),
    ]
}

fn new_step() -> impl Strategy<Value = Step> {
    (process(), 0..SLOTS, name(), new_options()).prop_map(|(by, slot, name, options)| Step::New {
        by,
        slot,
        name,
        options,
    })
}

fn step() -> impl Strategy<Value = Step> {
    // Keys of these tables are at 1 or 2: an object with its key at 2 is good for either.
    let shape = Shape {
        kind: Kind::Set,
        key_position: 2,
    };
    let call = |calls: Calls| {
        (process(), 0..SLOTS, calls).prop_map(|(by, slot, call)| Step::Call { by, slot, call })
    };
    prop_oneof![
        3 => new_step(),
        10 => call(table_call().boxed()),
        10 => call(data_call(shape)),
        1 => process().prop_map(Step::Exit),
        2 => process().prop_map(Step::Mailbox),
        2 => select(&NAMES[..]).prop_map(|name| Step::Whereis(name.to_owned())),
        1 => Just(Step::All),
    ]
}

/// Several processes with several tables: rights, names, heirs, gifts, exits, fixations of others.
pub fn owner_steps(length: usize) -> impl Strategy<Value = Vec<Step>> {
    (vec(new_step(), SLOTS), vec(step(), 1..length)).prop_map(|(new, steps)| [new, steps].concat())
}
