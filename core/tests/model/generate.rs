//! Random steps, made so that calls meet: few keys, the same few values, and every kind of bad
//! argument now and then.

use super::call::*;
use super::contents::Kind;
use super::value::Value;
use num_bigint::BigInt;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use std::sync::OnceLock;

/// What kind of table a sequence is for.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub kind: Kind,
    pub key_position: usize,
}

pub fn shape() -> impl Strategy<Value = Shape> {
    (
        select(&[Kind::Set, Kind::Bag, Kind::DuplicateBag][..]),
        1..=3usize,
    )
        .prop_map(|(kind, key_position)| Shape { kind, key_position })
}

/// Sizes in bytes of the binaries in objects and keys: beside and beyond 1 KiB, from which on an
/// object is stored apart.
const LARGE_BYTES: [usize; 4] = [900, 1_010, 1_500, 5_000];

fn large_binary(size: usize, last: u8) -> Value {
    let mut bytes = vec![b'x'; size];
    bytes[size - 1] = last;
    Value::binary(bytes)
}

fn power_of_two(exponent: u32) -> BigInt {
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
        pair(Value::atom("u"), Value::integer(1)),
        pair(Value::atom("u"), Value::float(1.0)),
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
    prop_oneof![4 => select(common_keys()), 1 => select(rare_keys())]
}

fn integer() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => (-3..10i64).prop_map(Value::integer),
        1 => any::<i64>().prop_map(Value::integer),
        1 => select(border_integers()).prop_map(Value::Integer),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        10 => integer(),
        2 => key(),
        1 => select(&[0.0, -0.0, 1.0, -1.5e300][..]).prop_map(Value::float),
        1 => vec(key(), 0..3).prop_map(Value::list),
        1 => (select(&LARGE_BYTES[..]), 0..2u8).prop_map(|(size, last)| large_binary(size, last)),
    ]
}

/// A good object of a table whose keys are at `key_position`.
fn object(key_position: usize) -> impl Strategy<Value = Value> {
    (key(), vec(value(), 0..5), vec(integer(), key_position - 1)).prop_map(
        |(key, after, mut elements)| {
            elements.push(key);
            elements.extend(after);
            Value::Tuple(elements)
        },
    )
}

/// What is no object, or none of this table.
fn bad_object(key_position: usize) -> impl Strategy<Value = Value> {
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
fn insertion(key_position: usize) -> impl Strategy<Value = Value> {
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

fn position() -> impl Strategy<Value = usize> {
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

fn counter_operations(key_position: usize) -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => increment(),
        4 => counter_operation(key_position),
        3 => vec(counter_operation(key_position), 0..4).prop_map(Value::list),
        1 => bad_updates(),
    ]
}

fn element_changes(key_position: usize) -> impl Strategy<Value = Value> {
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

fn default_object(key_position: usize) -> impl Strategy<Value = Value> {
    prop_oneof![9 => object(key_position), 1 => bad_object(key_position)]
}

type Calls = BoxedStrategy<Call>;

/// Calls that change objects.
fn writes(key_position: usize) -> Vec<(u32, Calls)> {
    vec![
        (40, insertion(key_position).prop_map(Call::Insert).boxed()),
        (
            15,
            insertion(key_position).prop_map(Call::InsertNew).boxed(),
        ),
        (
            4,
            vec(object(key_position), 1..20)
                .prop_map(Call::InsertMany)
                .boxed(),
        ),
        (
            1,
            vec(object(key_position), 0..20)
                .prop_map(Call::InitTable)
                .boxed(),
        ),
        (8, key().prop_map(Call::Take).boxed()),
        (10, key().prop_map(Call::Delete).boxed()),
        (
            10,
            prop_oneof![9 => object(key_position), 1 => bad_object(key_position)]
                .prop_map(Call::DeleteObject)
                .boxed(),
        ),
        (1, Just(Call::DeleteAllObjects).boxed()),
    ]
}

/// `update_counter` and `update_element`: often, where the kind has them.
fn updates(Shape { kind, key_position }: Shape) -> Vec<(u32, Calls)> {
    let often = if kind == Kind::Set { 6 } else { 1 };
    let counter = (key(), counter_operations(key_position));
    let counter_or = (
        key(),
        counter_operations(key_position),
        default_object(key_position),
    );
    let element = (key(), element_changes(key_position));
    let element_or = (
        key(),
        element_changes(key_position),
        default_object(key_position),
    );
    let counter = counter.prop_map(|(key, operations)| Call::UpdateCounter { key, operations });
    let counter_or = counter_or.prop_map(|(key, operations, default)| Call::UpdateCounterOr {
        key,
        operations,
        default,
    });
    let element = element.prop_map(|(key, changes)| Call::UpdateElement { key, changes });
    let element_or = element_or.prop_map(|(key, changes, default)| Call::UpdateElementOr {
        key,
        changes,
        default,
    });
    vec![
        (3 * often, counter.boxed()),
        (2 * often, counter_or.boxed()),
        (3 * often, element.boxed()),
        (2 * often, element_or.boxed()),
    ]
}

/// Calls that read the objects of a key.
fn reads() -> Vec<(u32, Calls)> {
    let element = (key(), position());
    let element_or = (key(), position(), value());
    vec![
        (18, key().prop_map(Call::Lookup).boxed()),
        (6, key().prop_map(Call::With).boxed()),
        (3, vec(key(), 1..20).prop_map(Call::LookupMany).boxed()),
        (9, key().prop_map(Call::Member).boxed()),
        (
            9,
            element
                .prop_map(|(key, position)| Call::LookupElement { key, position })
                .boxed(),
        ),
        (
            6,
            element_or
                .prop_map(|(key, position, default)| Call::LookupElementOr {
                    key,
                    position,
                    default,
                })
                .boxed(),
        ),
    ]
}

/// Calls that read the table.
fn traversals() -> Vec<(u32, Calls)> {
    let whole = vec![
        Call::First,
        Call::Last,
        Call::FirstLookup,
        Call::LastLookup,
        Call::Walk,
        Call::WalkBack,
        Call::WalkLookup,
        Call::WalkLookupBack,
        Call::FoldLeft,
        Call::FoldRight,
        Call::Slots,
        Call::ToList,
        Call::Size,
    ];
    vec![
        (12, select(whole).boxed()),
        (6, key().prop_map(Call::Next).boxed()),
        (3, key().prop_map(Call::Previous).boxed()),
        (3, key().prop_map(Call::NextLookup).boxed()),
        (3, key().prop_map(Call::PreviousLookup).boxed()),
        (1, Just(Call::FixedWalkDeleting).boxed()),
        (5, any::<bool>().prop_map(Call::FixTable).boxed()),
    ]
}

fn information() -> Vec<(u32, Calls)> {
    vec![(3, info_item().prop_map(Call::Info).boxed())]
}

fn info_item() -> impl Strategy<Value = InfoItem> {
    select(vec![
        InfoItem::Size,
        InfoItem::Name,
        InfoItem::NamedTable,
        InfoItem::KeyPosition,
        InfoItem::Type,
        InfoItem::Protection,
        InfoItem::Owner,
        InfoItem::Heir,
        InfoItem::Fixed,
        InfoItem::Memory,
    ])
}

/// Any call on the objects of a table.
fn data_call(shape: Shape) -> Calls {
    let groups = [
        writes(shape.key_position),
        updates(shape),
        reads(),
        traversals(),
        information(),
    ];
    Union::new_weighted(groups.into_iter().flatten().collect()).boxed()
}

/// Calls by the owner of one table of the shape, the table made first.
pub fn data_steps(shape: Shape, length: usize) -> impl Strategy<Value = Vec<Step>> {
    let calls = vec(data_call(shape), 1..length);
    calls.prop_map(move |calls| with_table(shape, calls))
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

fn key_position_option(position: i64) -> Value {
    Value::tuple([Value::atom("keypos"), Value::integer(position)])
}

fn range(count_max: i64) -> impl Strategy<Value = Range> {
    let shape = select(&[KeyShape::Integer, KeyShape::Tuple, KeyShape::Binary][..]);
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
        5 => data_call(shape),
    ];
    vec(call, 1..length).prop_map(move |calls| with_table(shape, calls))
}

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
    // Keys of these tables are at 1 or 2; `insert_many` must get objects that are good for either.
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
