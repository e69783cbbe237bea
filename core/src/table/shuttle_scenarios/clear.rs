//! `delete_all_objects` against lists and single inserts: all go, or what came after stays whole.

use super::{Stage, keys_of, value_of};
use crate::mutant::Mutant;
use crate::shuttle_support::{Outcome, check, ensure, start};
use crate::table::{Kind, Table};

/// There before; nobody inserts them again.
const OLD: [i64; 4] = [10, 20, 30, 40];
/// Inserted as a list, once.
const LIST: [i64; 3] = [15, 25, 35];
/// Inserted one by one.
const SINGLE: [i64; 3] = [12, 22, 32];

#[test]
fn hash() -> Outcome {
    check(&[Mutant::CountWithoutGeneration], || scenario(Kind::Set))
}

#[test]
fn ordered() -> Outcome {
    check(&[Mutant::CountWithoutGeneration], || {
        scenario(Kind::OrderedSet)
    })
}

fn scenario(kind: Kind) -> Outcome {
    let stage = Stage::with(kind, &OLD)?;
    let on = |body: fn(&Table) -> Outcome| {
        let table = stage.table.clone();
        start(move || body(&table))
    };
    let threads = [
        on(|table| Ok(table.delete_all_objects()?)),
        on(|table| Ok(table.insert(LIST.map(|key| (key, 1)).to_vec())?)),
        on(|table| {
            SINGLE
                .iter()
                .try_for_each(|&key| Ok(table.insert((key, 1))?))
        }),
        on(watch_list),
        on(watch_old),
    ];
    for thread in threads {
        thread.end()?;
    }
    what_is_left_is_whole(&stage)
}

/// The list comes once and goes once, as a whole: it is not there, then it is, then it isn't.
fn watch_list(table: &Table) -> Outcome {
    let looks = [LIST[0], LIST[2], LIST[1], LIST[0], LIST[2]];
    let seen: Outcome<Vec<bool>> = looks
        .iter()
        .map(|&key| Ok(value_of(table, key)?.is_some()))
        .collect();
    let mut changes = seen?;
    changes.dedup();
    let come_and_gone = if changes[0] { 2 } else { 3 };
    ensure(changes.len() <= come_and_gone, || {
        format!("the list was there as {changes:?}")
    })
}

/// What was there before goes as a whole, and for good.
fn watch_old(table: &Table) -> Outcome {
    let mut gone = false;
    for key in [OLD[3], OLD[0], OLD[2], OLD[1]] {
        let is_there = value_of(table, key)?.is_some();
        ensure(!(gone && is_there), || format!("{key} outlived another"))?;
        gone = !is_there;
    }
    Ok(())
}

fn what_is_left_is_whole(table: &Table) -> Outcome {
    let left = keys_of(table)?;
    let size = table.size()?;
    let of_list = LIST.iter().filter(|key| left.contains(key)).count();
    // One by one in this order: what came after everything was deleted is the last of them.
    let of_single: Vec<bool> = SINGLE.iter().map(|key| left.contains(key)).collect();
    let right = size == left.len() as u64
        && !OLD.iter().any(|key| left.contains(key))
        && [0, LIST.len()].contains(&of_list)
        && of_single.is_sorted();
    ensure(right, || {
        format!("{left:?} are left, and the size is {size}")
    })
}
