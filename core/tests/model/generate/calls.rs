//! Random calls on the objects of a table.

use super::super::call::*;
use super::super::contents::Kind;
use super::super::value::Value;
use super::Shape;
use super::objects::*;
use super::specs::*;
use super::values::{key, value};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::ops::Bound;

pub type Calls = BoxedStrategy<Call>;

/// Calls that change objects.
pub fn writes(key_position: usize) -> Vec<(u32, Calls)> {
    vec![
        (40, insertion(key_position).prop_map(Call::Insert).boxed()),
        (
            15,
            insertion(key_position).prop_map(Call::InsertNew).boxed(),
        ),
        (
            4,
            many_objects(key_position)
                .prop_map(Call::InsertMany)
                .boxed(),
        ),
        (
            1,
            many_objects(key_position).prop_map(Call::InitTable).boxed(),
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

/// Objects for calls that take them one by one; now and then one is none.
fn many_objects(key_position: usize) -> impl Strategy<Value = Vec<Value>> {
    let one = prop_oneof![60 => object(key_position), 1 => bad_object(key_position)];
    vec(one, 0..20)
}

/// `update_counter` and `update_element`: often, where the kind has them.
pub fn updates(Shape { kind, key_position }: Shape) -> Vec<(u32, Calls)> {
    let often = if kind.is_set() { 6 } else { 1 };
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
pub fn reads() -> Vec<(u32, Calls)> {
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
pub fn traversals() -> Vec<(u32, Calls)> {
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

pub fn information() -> Vec<(u32, Calls)> {
    vec![(3, info_item().prop_map(Call::Info).boxed())]
}

pub fn info_item() -> impl Strategy<Value = InfoItem> {
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

/// Calls that take a pattern or a match specification.
pub fn queries(key_position: usize) -> Vec<(u32, Calls)> {
    let query = || prop_oneof![3 => query(key_position), 1 => wide_query()];
    let chunks = (query(), limit()).prop_map(|(query, limit)| Call::Chunks(query, limit));
    let open = (query(), limit(), 0..PLACES).prop_map(|(query, limit, place)| Call::Open {
        query,
        limit,
        place,
    });
    vec![
        (20, query().prop_map(Call::All).boxed()),
        (1, Just(Call::All(query_about_caller())).boxed()),
        (8, chunks.boxed()),
        (6, open.boxed()),
        (15, (0..PLACES).prop_map(Call::Continue).boxed()),
        (3, pattern(key_position).prop_map(Call::MatchDelete).boxed()),
        (6, truth(key_position).prop_map(Call::SelectCount).boxed()),
        (4, truth(key_position).prop_map(Call::SelectDelete).boxed()),
        (
            8,
            replacement(key_position)
                .prop_map(Call::SelectReplace)
                .boxed(),
        ),
        (
            4,
            specification(key_position)
                .prop_map(Call::SelectTake)
                .boxed(),
        ),
    ]
}

fn query(key_position: usize) -> impl Strategy<Value = Query> {
    prop_oneof![
        1 => pattern(key_position).prop_map(Query::Match),
        1 => pattern(key_position).prop_map(Query::MatchObject),
        2 => specification(key_position).prop_map(Query::Select),
        1 => specification(key_position).prop_map(Query::SelectReverse),
    ]
}

fn limit() -> impl Strategy<Value = usize> {
    prop_oneof![20 => 1..5usize, 4 => select(&[7, 100][..]), 1 => Just(0)]
}

/// Calls about the order of keys: often, where the kind has them.
pub fn ordered(kind: Kind) -> Vec<(u32, Calls)> {
    let often = if kind == Kind::OrderedSet { 4 } else { 1 };
    let bound = || {
        prop_oneof![
            key().prop_map(Bound::Included),
            key().prop_map(Bound::Excluded),
            Just(Bound::Unbounded),
        ]
    };
    let range = || (bound(), bound()).prop_map(|(start, end)| KeyRange { start, end });
    let direction = select(&[Direction::Forward, Direction::Backward][..]);
    let objects = (range(), direction).prop_map(|(range, direction)| Call::Range(range, direction));
    vec![
        (often, (0..12usize).prop_map(Call::Nth).boxed()),
        (often, key().prop_map(Call::Rank).boxed()),
        (often, range().prop_map(Call::Count).boxed()),
        (often, objects.boxed()),
        (often, select(&[Call::PopFirst, Call::PopLast][..]).boxed()),
    ]
}
