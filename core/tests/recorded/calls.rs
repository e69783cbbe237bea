//! The calls of the model that a line stands for.

use super::scenario::{process_number, with_processes};
use crate::model::call::*;
use crate::model::value::Value;

/// What a line asks.
pub enum Meaning {
    Calls(Vec<Call>),
    /// It has an argument that the calls can't have, such as a position `x`.
    Refused,
}

pub fn meaning(function: &str, arguments: &[Value]) -> Meaning {
    let call = by_key(function, arguments)
        .or_else(|| update(function, arguments))
        .or_else(|| traversal(function, arguments))
        .or_else(|| query(function, arguments))
        .or_else(|| about_table(function, arguments));
    match call {
        Some(call) => Meaning::Calls(vec![call]),
        None => match bulk(function, arguments) {
            Some(calls) => Meaning::Calls(calls),
            None => refused(function, arguments),
        },
    }
}

fn refused(function: &str, arguments: &[Value]) -> Meaning {
    let refused = matches!(function, "slot" | "safe_fixtable" | "rename");
    assert!(refused, "no call for {function} of {arguments:?}");
    Meaning::Refused
}

/// The position; what can be none is 0, which is one that no table has.
pub fn position(value: &Value) -> usize {
    value.as_position().unwrap_or(0)
}

fn by_key(function: &str, arguments: &[Value]) -> Option<Call> {
    Some(match (function, arguments) {
        ("insert", [objects]) => Call::Insert(objects.clone()),
        ("insert_new", [objects]) => Call::InsertNew(objects.clone()),
        ("lookup", [key]) => Call::Lookup(key.clone()),
        ("member", [key]) => Call::Member(key.clone()),
        ("take", [key]) => Call::Take(key.clone()),
        ("lookup_element", [key, at]) => Call::LookupElement {
            key: key.clone(),
            position: position(at),
        },
        ("lookup_element", [key, at, default]) => Call::LookupElementOr {
            key: key.clone(),
            position: position(at),
            default: default.clone(),
        },
        ("delete", [key]) => Call::Delete(key.clone()),
        ("delete_object", [object]) => Call::DeleteObject(object.clone()),
        ("delete_all_objects", []) => Call::DeleteAllObjects,
        _ => return None,
    })
}

fn update(function: &str, arguments: &[Value]) -> Option<Call> {
    Some(match (function, arguments) {
        ("update_counter", [key, operations]) => Call::UpdateCounter {
            key: key.clone(),
            operations: operations.clone(),
        },
        ("update_counter", [key, operations, default]) => Call::UpdateCounterOr {
            key: key.clone(),
            operations: operations.clone(),
            default: default.clone(),
        },
        ("update_element", [key, changes]) => Call::UpdateElement {
            key: key.clone(),
            changes: changes.clone(),
        },
        ("update_element", [key, changes, default]) => Call::UpdateElementOr {
            key: key.clone(),
            changes: changes.clone(),
            default: default.clone(),
        },
        _ => return None,
    })
}

fn traversal(function: &str, arguments: &[Value]) -> Option<Call> {
    Some(match (function, arguments) {
        ("first", []) => Call::First,
        ("last", []) => Call::Last,
        ("next", [key]) => Call::Next(key.clone()),
        ("prev", [key]) => Call::Previous(key.clone()),
        ("first_lookup", []) => Call::FirstLookup,
        ("last_lookup", []) => Call::LastLookup,
        ("next_lookup", [key]) => Call::NextLookup(key.clone()),
        ("prev_lookup", [key]) => Call::PreviousLookup(key.clone()),
        ("walk", [first, _]) => match first.as_atom()? {
            "first" => Call::Walk,
            "last" => Call::WalkBack,
            "first_lookup" => Call::WalkLookup,
            _ => Call::WalkLookupBack,
        },
        ("foldl_keys", []) => Call::FoldLeft,
        ("foldr_keys", []) => Call::FoldRight,
        ("fixed_walk_deleting", []) => Call::FixedWalkDeleting,
        ("tab2list", []) => Call::ToList,
        _ => return None,
    })
}

fn query(function: &str, arguments: &[Value]) -> Option<Call> {
    let [argument] = arguments else { return None };
    let as_query: fn(Value) -> Query = match function {
        "match" => Query::Match,
        "match_object" => Query::MatchObject,
        "select" => Query::Select,
        "select_reverse" => Query::SelectReverse,
        _ => return change_by_pattern(function, argument),
    };
    Some(match argument.as_tuple() {
        Some([word, asked, limit]) if word.as_atom() == Some("all_chunks") => {
            Call::Chunks(as_query(asked.clone()), position(limit))
        }
        Some([word, asked, limit]) if word.as_atom() == Some("first_chunk") => Call::Open {
            query: as_query(asked.clone()),
            limit: position(limit),
            place: 0,
        },
        _ => Call::All(as_query(argument.clone())),
    })
}

fn change_by_pattern(function: &str, argument: &Value) -> Option<Call> {
    let argument = argument.clone();
    Some(match function {
        "match_delete" => Call::MatchDelete(argument),
        "select_count" => Call::SelectCount(argument),
        "select_delete" => Call::SelectDelete(argument),
        "select_replace" => Call::SelectReplace(argument),
        _ => return None,
    })
}

fn about_table(function: &str, arguments: &[Value]) -> Option<Call> {
    Some(match (function, arguments) {
        ("delete", []) => Call::DeleteTable,
        // Only a table that is gone is asked for all it can tell.
        ("info", []) => Call::InfoUnknown,
        ("info", [item]) => info_call(item.as_atom()?),
        ("rename", [Value::Atom(name)]) => Call::Rename(name.clone()),
        ("give_away", [to, data]) => Call::GiveAway {
            to: process_number(to),
            data: data.clone(),
        },
        ("setopts", [options]) => Call::SetOptions(with_processes(options)),
        _ => return None,
    })
}

fn info_call(item: &str) -> Call {
    let item = match item {
        "size" => InfoItem::Size,
        "name" => InfoItem::Name,
        "named_table" => InfoItem::NamedTable,
        "keypos" => InfoItem::KeyPosition,
        "type" => InfoItem::Type,
        "protection" => InfoItem::Protection,
        "owner" => InfoItem::Owner,
        "heir" => InfoItem::Heir,
        _ => return Call::InfoUnknown,
    };
    Call::Info(item)
}

/// Many calls, and what the table's size is then.
fn bulk(function: &str, arguments: &[Value]) -> Option<Vec<Call>> {
    let [from, to, step, shape] = arguments else {
        return None;
    };
    let shape = match shape.as_atom()? {
        "integer" => KeyShape::Integer,
        "tuple" => KeyShape::Tuple,
        _ => KeyShape::Binary,
    };
    let [from, to, step] = [from, to, step].map(|value| position(value) as i64);
    let numbers = (from..=to).step_by(step as usize);
    let object = |number: i64, rest: [i64; 2]| {
        let [second, third] = rest.map(Value::integer);
        Value::tuple([shape.key(number), second, third])
    };
    let mut calls: Vec<Call> = match function {
        "insert_range" => numbers
            .map(|number| Call::Insert(object(number, [number * number, number % 10])))
            .collect(),
        "insert_range_at_once" => {
            let objects = numbers.map(|number| object(number, [number, number % 7]));
            vec![Call::Insert(Value::list(objects))]
        }
        "delete_range" => numbers
            .map(|number| Call::Delete(shape.key(number)))
            .collect(),
        _ => return None,
    };
    calls.push(Call::Size);
    Some(calls)
}
