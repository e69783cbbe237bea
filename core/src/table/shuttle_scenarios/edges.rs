//! Pages that split and merge, buckets that move: who looks for a key that stays finds it, and each writer's
//! keys are in the end what they would be if it had been alone.

use super::{Stage, number, value_of};
use crate::mutant::Mutant;
use crate::shuttle_support::{Outcome, check, ensure, start};
use crate::table::{Kind, Table};

const STAYING: [i64; 4] = [10, 20, 30, 40];

/// What each writer does, in pages of four entries: they are full, and empty, again and again. A key that
/// is negative is deleted.
const STEPS: [[i64; 6]; 2] = [[11, 12, 13, -12, -11, 14], [19, 21, 29, -21, -19, -29]];

/// What is left of [`STEPS`], and what stays.
const LEFT: [i64; 6] = [10, 13, 14, 20, 30, 40];

#[test]
fn hash() -> Outcome {
    check(&[Mutant::NoBucketLock], || scenario(Kind::Set, get))
}

#[test]
fn ordered() -> Outcome {
    check(&[Mutant::SplitWithoutWriting], || {
        scenario(Kind::OrderedSet, get)
    })
}

#[test]
fn neighbours() -> Outcome {
    check(&[Mutant::NoParentValidation], || {
        scenario(Kind::OrderedSet, step)
    })
}

fn scenario(kind: Kind, look: fn(&Table, i64, i64) -> Outcome) -> Outcome {
    let stage = Stage::with(kind, &STAYING)?;
    let writers = STEPS.map(|steps| {
        let table = stage.table.clone();
        start(move || write(&table, &steps))
    });
    let readers = [0, 1].map(|turn| {
        let table = stage.table.clone();
        start(move || look_for_all(&table, turn, look))
    });
    for thread in writers.into_iter().chain(readers) {
        thread.end()?;
    }
    let left = super::keys_of(&stage)?;
    let size = stage.size()?;
    let right = left == LEFT && size == left.len() as u64;
    ensure(right, || {
        format!("{left:?} are left, and the size is {size}")
    })
}

fn write(table: &Table, steps: &[i64]) -> Outcome {
    for &key in steps {
        if key < 0 {
            table.delete(-key)?;
        } else {
            table.insert((key, 1))?;
        }
    }
    Ok(())
}

/// Looks for each pair of neighbours among the keys that stay, in one direction or the other.
fn look_for_all(table: &Table, turn: usize, look: fn(&Table, i64, i64) -> Outcome) -> Outcome {
    for index in 1..STAYING.len() {
        let (lower, upper) = (STAYING[index - 1], STAYING[index]);
        let (from, to) = [(lower, upper), (upper, lower)][turn];
        look(table, from, to)?;
    }
    Ok(())
}

fn get(table: &Table, from: i64, to: i64) -> Outcome {
    for key in [from, to] {
        let value = value_of(table, key)?;
        ensure(value == Some(0), || format!("{key} has {value:?}"))?;
    }
    Ok(())
}

/// The key behind (or before) one that stays lies between it and the next one that stays, at most.
fn step(table: &Table, from: i64, to: i64) -> Outcome {
    let (found, between) = if from < to {
        (table.next(from)?, from + 1..=to)
    } else {
        (table.prev(from)?, to..=from - 1)
    };
    let found = found.as_ref().map(number);
    let right = found.is_some_and(|found| between.contains(&found));
    ensure(right, || format!("{found:?} comes after {from}, not {to}"))
}
