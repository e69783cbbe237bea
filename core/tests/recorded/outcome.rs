//! What a line says that its calls answered, and whether the model says the same.

use super::scenario::as_process;
use crate::model::call::*;
use crate::model::cursor::Chunk;
use crate::model::expected::Expected;
use crate::model::value::Value;

/// What the line says that the call answered. None: it says nothing about this call of the several
/// of its line.
pub fn outcome(call: &Call, result: &Value) -> Option<Outcome> {
    let [word, value] = result.as_tuple().expect("a result") else {
        panic!("no result: {result:?}")
    };
    if word.as_atom() == Some("error") {
        return Some(Err(Cause::Other("badarg".to_owned())));
    }
    let is_of_another =
        matches!(call, Call::Insert(_) | Call::Delete(_)) && value.as_integer().is_some();
    (!is_of_another).then(|| Ok(answer(call, value)))
}

fn answer(call: &Call, value: &Value) -> Answer {
    let list = || value.as_list().expect("a list").to_vec();
    match call {
        Call::InsertNew(_) | Call::Member(_) | Call::UpdateElement { .. } => {
            Answer::Truth(*value == Value::bool(true))
        }
        Call::Lookup(_)
        | Call::Take(_)
        | Call::ToList
        | Call::Walk
        | Call::WalkBack
        | Call::FoldLeft
        | Call::FoldRight
        | Call::All(_)
        | Call::Chunks(..)
        | Call::FixedWalkDeleting => Answer::Several(list()),
        // The line says nothing about a continuation.
        Call::Open { .. } => Answer::Chunk(value.as_list().unwrap_or_default().to_vec(), true),
        Call::LookupElement { .. }
        | Call::LookupElementOr { .. }
        | Call::UpdateCounter { .. }
        | Call::UpdateCounterOr { .. } => Answer::Element(value.clone()),
        Call::First | Call::Last | Call::Next(_) | Call::Previous(_) => {
            Answer::Perhaps(unless(value, "$end_of_table"))
        }
        Call::FirstLookup | Call::LastLookup | Call::NextLookup(_) | Call::PreviousLookup(_) => {
            Answer::KeyAndObjects(value.as_tuple().map(key_and_objects))
        }
        Call::WalkLookup | Call::WalkLookupBack => {
            let pairs = list();
            let pairs = pairs.iter().map(|pair| pair.as_tuple().expect("a pair"));
            Answer::KeysAndObjects(pairs.map(key_and_objects).collect())
        }
        Call::Size | Call::SelectCount(_) | Call::SelectDelete(_) | Call::SelectReplace(_) => {
            Answer::Count(count(value))
        }
        // A table may have the name `p1`, so other items are not looked at.
        Call::Info(InfoItem::Owner | InfoItem::Heir) => {
            let value = as_process(value).map_or(value.clone(), Value::Process);
            Answer::Perhaps(unless(&value, "undefined"))
        }
        Call::Info(_) | Call::InfoUnknown => Answer::Perhaps(unless(value, "undefined")),
        _ => Answer::Done,
    }
}

fn unless(value: &Value, absent: &str) -> Option<Value> {
    (value.as_atom() != Some(absent)).then(|| value.clone())
}

/// A number that may be 0.
fn count(value: &Value) -> usize {
    let count = value.as_integer().map(usize::try_from);
    count.expect("a number").expect("not below 0")
}

fn key_and_objects(pair: &[Value]) -> (Value, Vec<Value>) {
    (
        pair[0].clone(),
        pair[1].as_list().expect("objects").to_vec(),
    )
}

/// Erlang says `badarg` whatever the cause is; and where the order is a table's own, the vectors
/// give the objects sorted.
pub fn agrees(function: &str, expected: &Expected, outcome: &Outcome) -> bool {
    match (expected, outcome) {
        (Expected::Fails(_), Err(_)) => true,
        (expected, Ok(Answer::Several(keys))) if function.ends_with("_keys") => {
            agrees_on_fold(expected, keys)
        }
        (Expected::Objects(groups), Ok(Answer::Several(objects))) => {
            sorted(groups.values().flatten()) == sorted(objects)
        }
        (Expected::Chunk(Chunk::Exactly { results, .. }), Ok(Answer::Chunk(met, _))) => {
            results == met
        }
        (expected, outcome) => expected.allows(outcome),
    }
}

/// A fold that puts the first element of each object in front of those that it met before.
fn agrees_on_fold(expected: &Expected, keys: &[Value]) -> bool {
    let key = |object: &Value| object.as_tuple().expect("an object")[0].clone();
    match expected {
        Expected::Is(Answer::Several(objects)) => objects.iter().rev().map(key).eq(keys.to_vec()),
        Expected::Objects(groups) => {
            let ours: Vec<Value> = groups.values().flatten().map(key).collect();
            sorted(&ours) == sorted(keys)
        }
        _ => false,
    }
}

fn sorted<'v>(values: impl IntoIterator<Item = &'v Value>) -> Vec<&'v Value> {
    let mut values: Vec<&Value> = values.into_iter().collect();
    values.sort();
    values
}
