//! What a step of a walk says of a hash table.
//!
//! `first`, `next` and their like are no calls of one moment there: buckets are looked at one after
//! the other, while others change them. Each says something of each key that it met or should have
//! met, at a moment of its own between its call and its return; so it is judged as that many reads.

use super::history::Recorded;
use super::spec::{Answer, Call, KEYS, Key, Met, Step};

/// The keys in the order in which walks meet them, which is the same as long as the table lives.
pub type Order = [Key; KEYS];

/// The calls with the steps of walks in parts. Without an order the keys that a step passed by are
/// not known.
pub fn in_parts(calls: Vec<Recorded>, order: Option<&Order>) -> Vec<Recorded> {
    let parts = |recorded: Recorded| match recorded.call {
        Call::Step(step) => parts_of_step(&recorded, step, order),
        _ => vec![recorded],
    };
    calls.into_iter().flat_map(parts).collect()
}

fn parts_of_step(recorded: &Recorded, step: Step, order: Option<&Order>) -> Vec<Recorded> {
    let read = |call, answer| Recorded {
        call,
        answer,
        ..recorded.clone()
    };
    let is_there = |key, truth| read(Call::Member(key), Answer::Truth(truth));
    let (met, numbers) = match (&recorded.answer, step.from) {
        (Answer::Met(met, numbers), _) => (*met, numbers),
        (Answer::NoSuchKey, Some(key)) => return vec![is_there(key, false)],
        (answer, _) => panic!("{step:?} was answered {answer:?}"),
    };
    let mut parts: Vec<Recorded> = step
        .from
        .map(|key| is_there(key, true))
        .into_iter()
        .collect();
    if let Met::Key(key) = met {
        parts.push(if step.with_objects {
            read(Call::Lookup(key), Answer::Numbers(numbers.clone()))
        } else {
            is_there(key, true)
        });
    }
    let passed = passed_by(step.from, met, order);
    parts.extend(passed.into_iter().map(|key| is_there(key, false)));
    parts
}

/// The keys between where a step began and where it came to.
fn passed_by(from: Option<Key>, met: Met, order: Option<&Order>) -> Vec<Key> {
    let (from, order) = match (from, order) {
        (_, Some(order)) => (from.map_or(0, |key| place(key, order) + 1), order),
        // Whatever the order is, all of them come after the beginning and before the end.
        (None, None) if met == Met::End => (0, &[0, 1, 2]),
        _ => return vec![],
    };
    let to = match met {
        Met::Key(key) => place(key, order),
        Met::End => KEYS,
        Met::Other => return vec![],
    };
    assert!(
        from <= to,
        "a step went back from {from} to {to} in {order:?}"
    );
    order[from..to].to_vec()
}

fn place(key: Key, order: &Order) -> usize {
    let place = order.iter().position(|&other| other == key);
    place.expect("an order has all keys")
}
