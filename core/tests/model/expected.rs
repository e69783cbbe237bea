//! What the model expects of a step: an answer, or any of the answers that Erlang leaves open.

use super::call::{Answer, Cause, Outcome, ProcessNumber, TableNumber};
use super::cursor::Chunk;
use super::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Keys with their objects, oldest first.
pub type Groups = BTreeMap<Value, Vec<Value>>;

/// The answers that are right.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    Is(Answer),
    /// Objects ([`Answer::Several`]): keys in any order, the objects of one key beside each other
    /// and in this order.
    Objects(Groups),
    /// Results ([`Answer::Several`]) in any order, each as often as here.
    AnyOrder(Vec<Value>),
    /// The next chunk of results.
    Chunk(Chunk),
    /// Keys ([`Answer::Several`]), each once, in any order.
    Keys(BTreeSet<Value>),
    /// Keys with their objects ([`Answer::KeysAndObjects`]), each once, in any order.
    KeysAndObjects(Groups),
    /// One of the keys ([`Answer::Perhaps`]), or the end if that is allowed.
    OneKeyOf {
        keys: BTreeSet<Value>,
        end: bool,
    },
    /// One of the keys with its objects ([`Answer::KeyAndObjects`]), or the end if that is allowed.
    OneGroupOf {
        groups: Groups,
        end: bool,
    },
    /// One of these items ([`Answer::Perhaps`]).
    ItemOneOf(Vec<Value>),
    /// An item that is an integer above 0.
    Positive,
    /// These tables in any order, each once.
    Tables(BTreeSet<TableNumber>),
    /// These messages in any order.
    Transfers(Vec<(TableNumber, ProcessNumber, Value)>),
    /// A failure with one of these causes.
    Fails(Vec<Cause>),
    /// What is inside, or a failure with one of these causes: where the check of an argument may
    /// come first.
    OrFails(Box<Expected>, Vec<Cause>),
}

impl Expected {
    /// A call that succeeds and has nothing to tell.
    pub const DONE: Expected = Expected::Is(Answer::Done);

    pub fn truth(truth: bool) -> Expected {
        Expected::Is(Answer::Truth(truth))
    }

    pub fn element(value: Value) -> Expected {
        Expected::Is(Answer::Element(value))
    }

    pub fn item(value: Value) -> Expected {
        Expected::Is(Answer::Perhaps(Some(value)))
    }

    pub fn several(values: &[Value]) -> Expected {
        Expected::Is(Answer::Several(values.to_vec()))
    }

    pub fn fails(cause: Cause) -> Expected {
        Expected::Fails(vec![cause])
    }

    /// This, or a failure with any of the causes; of a failure, one cause more that is right.
    pub fn or_fails(self, mut causes: Vec<Cause>) -> Expected {
        match self {
            expected if causes.is_empty() => expected,
            Expected::Fails(mut first) => {
                first.append(&mut causes);
                Expected::Fails(first)
            }
            expected => Expected::OrFails(Box::new(expected), causes),
        }
    }

    /// Whether `outcome` is right.
    pub fn allows(&self, outcome: &Outcome) -> bool {
        match (self, outcome) {
            (Expected::OrFails(inner, causes), outcome) => {
                inner.allows(outcome) || Expected::Fails(causes.clone()).allows(outcome)
            }
            (Expected::Fails(causes), Err(cause)) => causes.contains(cause),
            (Expected::Fails(_), Ok(_)) | (_, Err(_)) => false,
            (expected, Ok(answer)) => expected.allows_answer(answer),
        }
    }

    fn allows_answer(&self, answer: &Answer) -> bool {
        match (self, answer) {
            (Expected::Is(expected), answer) => expected == answer,
            (Expected::Objects(groups), Answer::Several(objects)) => {
                are_objects_of(objects, groups)
            }
            (Expected::AnyOrder(results), Answer::Several(met)) => sorted(results) == sorted(met),
            (Expected::Chunk(chunk), Answer::Chunk(results, more)) => chunk.allows(results, *more),
            (Expected::Keys(keys), Answer::Several(met)) => each_once(keys, met),
            (Expected::KeysAndObjects(groups), Answer::KeysAndObjects(met)) => {
                met.len() == groups.len() && met.iter().cloned().collect::<Groups>() == *groups
            }
            (Expected::OneKeyOf { keys, end }, Answer::Perhaps(key)) => match key {
                Some(key) => keys.contains(key),
                None => *end,
            },
            (Expected::OneGroupOf { groups, end }, Answer::KeyAndObjects(met)) => match met {
                Some((key, objects)) => groups.get(key) == Some(objects),
                None => *end,
            },
            (Expected::ItemOneOf(values), Answer::Perhaps(Some(value))) => values.contains(value),
            (Expected::Positive, Answer::Perhaps(Some(value))) => value
                .as_integer()
                .is_some_and(|integer| *integer > 0.into()),
            (Expected::Tables(tables), Answer::Tables(met)) => each_once(tables, met),
            (Expected::Transfers(messages), Answer::Transfers(met)) => {
                sorted(messages) == sorted(met)
            }
            _ => false,
        }
    }
}

fn sorted<T: Clone + Ord>(items: &[T]) -> Vec<T> {
    let mut items = items.to_vec();
    items.sort();
    items
}

fn each_once<T: Clone + Ord>(expected: &BTreeSet<T>, met: &[T]) -> bool {
    met.len() == expected.len() && met.iter().cloned().collect::<BTreeSet<T>>() == *expected
}

/// Whether `objects` are the groups one after the other in some order: takes the group that begins
/// where we are, which is found by its first object (no two keys share one).
fn are_objects_of(objects: &[Value], groups: &Groups) -> bool {
    let mut by_first: BTreeMap<&Value, &Vec<Value>> =
        groups.values().map(|group| (&group[0], group)).collect();
    let mut rest = objects;
    while let Some(first) = rest.first() {
        let Some(group) = by_first.remove(first) else {
            return false;
        };
        let Some(after) = rest.strip_prefix(group.as_slice()) else {
            return false;
        };
        rest = after;
    }
    by_first.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(key: i64, value: i64) -> Value {
        Value::tuple([Value::integer(key), Value::integer(value)])
    }

    fn two_groups() -> Expected {
        let group = |key, values: &[i64]| {
            (
                Value::integer(key),
                values.iter().map(|&value| object(key, value)).collect(),
            )
        };
        Expected::Objects([group(1, &[10, 11]), group(2, &[20])].into())
    }

    fn allows(objects: &[(i64, i64)]) -> bool {
        let objects = objects
            .iter()
            .map(|&(key, value)| object(key, value))
            .collect();
        two_groups().allows(&Ok(Answer::Several(objects)))
    }

    #[test]
    fn groups_come_in_any_order_but_whole() {
        assert!(allows(&[(1, 10), (1, 11), (2, 20)]));
        assert!(allows(&[(2, 20), (1, 10), (1, 11)]));
        assert!(!allows(&[(1, 11), (1, 10), (2, 20)]), "order within a key");
        assert!(
            !allows(&[(1, 10), (2, 20), (1, 11)]),
            "objects of a key apart"
        );
        assert!(!allows(&[(1, 10), (1, 11)]), "one group missing");
        assert!(
            !allows(&[(1, 10), (1, 11), (2, 20), (2, 20)]),
            "one object twice"
        );
    }

    #[test]
    fn a_cause_has_to_be_one_of_those_named() {
        let expected = Expected::fails(Cause::NoSuchKey).or_fails(vec![Cause::Position]);
        assert!(expected.allows(&Err(Cause::Position)));
        assert!(!expected.allows(&Err(Cause::NoSuchTable)));
        assert!(!expected.allows(&Ok(Answer::Done)));
        assert!(!Expected::DONE.allows(&Err(Cause::NoSuchKey)));
    }
}
