//! A walk meets each key that stays exactly once, and none twice, while others come and go.

use super::{Stage, number};
use crate::mutant::Mutant;
use crate::process::Process;
use crate::shuttle_support::{Outcome, check, ensure, start};
use crate::table::{Kind, Table, TableError};
use crate::term::Term;

const STAYING: [i64; 3] = [10, 20, 30];
/// Whose coming makes the table grow and its pages split, and whose going the opposite.
const PASSING: [[i64; 4]; 2] = [[11, 12, 13, 21], [22, 9, 31, 19]];

#[test]
fn hash() -> Outcome {
    check(&[Mutant::NoForwarding], || scenario(Kind::Set))
}

#[test]
fn ordered() -> Outcome {
    check(&[Mutant::NoPageValidation], || scenario(Kind::OrderedSet))
}

fn scenario(kind: Kind) -> Outcome {
    let stage = Stage::with(kind, &STAYING)?;
    let writers = PASSING.map(|keys| {
        let table = stage.table.clone();
        start(move || come_and_go(&table, &keys))
    });
    let walkers = [forwards, backwards].map(|walk| {
        let table = stage.table.clone();
        start(move || meet_what_stays(&table, walk))
    });
    for thread in writers.into_iter().chain(walkers) {
        thread.end()?;
    }
    let left = super::keys_of(&stage)?;
    ensure(left == STAYING, || format!("{left:?} are left"))
}

fn come_and_go(table: &Table, keys: &[i64]) -> Outcome {
    for &key in keys {
        table.insert((key, 1))?;
    }
    for &key in keys {
        table.delete(key)?;
    }
    Ok(())
}

type Walk = fn(&Table) -> Result<Vec<Term>, TableError>;

fn meet_what_stays(table: &Table, walk: Walk) -> Outcome {
    let met = Process::new().run(|| {
        table.safe_fixtable(true)?;
        let met = walk(table);
        table.safe_fixtable(false)?;
        met
    })?;
    let mut keys: Vec<i64> = met.iter().map(number).collect();
    keys.sort_unstable();
    let met_twice = keys.windows(2).any(|two| two[0] == two[1]);
    let all = STAYING.iter().all(|key| keys.contains(key));
    ensure(all && !met_twice, || format!("a walk met {keys:?}"))
}

fn forwards(table: &Table) -> Result<Vec<Term>, TableError> {
    collect(table.first()?, |key| table.next(key))
}

fn backwards(table: &Table) -> Result<Vec<Term>, TableError> {
    collect(table.last()?, |key| table.prev(key))
}

fn collect(
    first: Option<Term>,
    step: impl Fn(&Term) -> Result<Option<Term>, TableError>,
) -> Result<Vec<Term>, TableError> {
    let (mut keys, mut next) = (Vec::new(), first);
    while let Some(key) = next {
        next = step(&key)?;
        keys.push(key);
    }
    Ok(keys)
}
