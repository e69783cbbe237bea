//! Several threads take objects out of one table: each object is taken once.

use super::{Stage, element, keys_of};
use crate::mutant::Mutant;
use crate::shuttle_support::{Outcome, check, ensure, start};
use crate::table::{Kind, Table};

/// There from the beginning.
const FIRST: [i64; 5] = [1, 2, 3, 4, 5];
/// Added meanwhile, in this order.
const LATER: [i64; 4] = [6, 7, 8, 9];
const CONSUMERS: usize = 3;

#[test]
fn hash() -> Outcome {
    check(&[Mutant::NoBucketLock], || scenario(Kind::Set, take_all))
}

#[test]
fn ordered() -> Outcome {
    check(&[Mutant::NoPageLock], || {
        scenario(Kind::OrderedSet, take_all)
    })
}

#[test]
fn pop() -> Outcome {
    check(&[Mutant::NoPageLock], || {
        scenario(Kind::OrderedSet, pop_first)
    })
}

type Consumer = fn(&Table) -> Outcome<Vec<i64>>;

fn scenario(kind: Kind, consume: Consumer) -> Outcome {
    let stage = Stage::with(kind, &FIRST)?;
    let consumers = [(); CONSUMERS].map(|()| {
        let table = stage.table.clone();
        start(move || consume(&table))
    });
    let table = stage.table.clone();
    let producer = start(move || {
        LATER
            .iter()
            .try_for_each(|&key| Ok(table.insert((key, 0))?))
    });
    let mut all = Vec::new();
    for consumer in consumers {
        all.extend(consumer.end()?);
    }
    producer.end()?;
    let left = keys_of(&stage)?;
    let size = stage.size()?;
    ensure(size == left.len() as u64, || {
        format!("{left:?} are left, and the size is {size}")
    })?;
    all.extend(left);
    all.sort_unstable();
    let each_once = FIRST.iter().chain(&LATER).eq(&all);
    ensure(each_once, || format!("{all:?} were taken or are left"))
}

/// Takes every key once, whether it is there or not.
fn take_all(table: &Table) -> Outcome<Vec<i64>> {
    let mut taken = Vec::new();
    for &key in FIRST.iter().chain(&LATER) {
        let objects = table.take(key)?;
        taken.extend(objects.iter().map(|object| element(object.as_ref(), 1)));
    }
    Ok(taken)
}

/// Pops until nothing is there. Only greater keys come, so those that one thread gets ascend.
fn pop_first(table: &Table) -> Outcome<Vec<i64>> {
    let mut popped = Vec::new();
    while let Some(object) = table.pop_first()? {
        popped.push(element(object.as_ref(), 1));
    }
    ensure(popped.is_sorted_by(|one, next| one < next), || {
        format!("{popped:?} were popped in this order")
    })?;
    Ok(popped)
}
