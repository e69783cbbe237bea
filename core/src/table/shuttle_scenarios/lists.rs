//! Lists of objects are inserted as one, whoever else inserts lists that overlap.
//!
//! Each list writes its own stamp under all of its keys, so what a reader sees tells in which order the lists
//! came: who saw stamp `s` under some key and after that `t` under a key that is in the list of `s` as
//! well, knows that `s` came first. All readers must know the same.

use super::{Stage, element};
use crate::mutant::Mutant;
use crate::shuttle_support::{Outcome, check, ensure, start};
use crate::table::{Kind, Table};
use crate::term::Term;

/// The keys of each list; its stamp is its number here. The first is there from the beginning. Lists of two
/// keys are short, the others long.
const LISTS: [&[i64]; 5] = [&[1, 2, 3], &[1, 2, 3], &[3, 2, 1], &[2, 3], &[1, 3]];

/// In which order the readers look at the keys.
const LOOKS: [[i64; 6]; 2] = [[1, 2, 3, 1, 2, 3], [3, 2, 1, 3, 2, 1]];

#[test]
fn hash() -> Outcome {
    check(
        &[Mutant::NoCommitStamp, Mutant::BatchBucketByBucket],
        || scenario(Kind::Set),
    )
}

#[test]
fn ordered() -> Outcome {
    check(&[Mutant::NoCommitStamp], || scenario(Kind::OrderedSet))
}

/// A key, and the stamp that was seen under it.
type Sight = (i64, usize);

fn scenario(kind: Kind) -> Outcome {
    let stage = Stage::with(kind, &[])?;
    insert(&stage, 0)?;
    let writers = [1, 2, 3, 4].map(|stamp| {
        let table = stage.table.clone();
        start(move || insert(&table, stamp))
    });
    let readers = LOOKS.map(|keys| {
        let table = stage.table.clone();
        start(move || see(&table, &keys))
    });
    for writer in writers {
        writer.end()?;
    }
    let mut order = vec![(0, 1), (0, 2), (0, 3), (0, 4)];
    let at_the_end = see(&stage, &LOOKS[0])?;
    for reader in readers {
        let mut seen = reader.end()?;
        seen.extend(&at_the_end);
        order.extend(order_told_by(&seen));
    }
    let contradicted = order
        .iter()
        .find(|(first, second)| order.contains(&(*second, *first)));
    ensure(contradicted.is_none(), || {
        format!("of lists {contradicted:?} each came before the other")
    })
}

/// Pairs under some stamps, rows under others: a key's object may be one now and the other then.
fn insert(table: &Table, stamp: usize) -> Outcome {
    let width = if stamp.is_multiple_of(2) { 2 } else { 1 };
    let object = |&key: &i64| {
        let stamps = std::iter::repeat_n(Term::from(stamp as i64), width);
        Term::tuple(std::iter::once(Term::from(key)).chain(stamps))
    };
    let list: Result<Vec<Term>, _> = LISTS[stamp].iter().map(object).collect();
    Ok(table.insert(list?)?)
}

fn see(table: &Table, keys: &[i64]) -> Outcome<Vec<Sight>> {
    keys.iter().map(|&key| see_one(table, key)).collect()
}

fn see_one(table: &Table, key: i64) -> Outcome<Sight> {
    let seen = table.with(key, |object| {
        let whole = object.arity() == Some(2) || element(object, 2) == element(object, 3);
        whole.then(|| element(object, 2))
    })?;
    let stamp = seen.flatten().and_then(|stamp| usize::try_from(stamp).ok());
    match stamp {
        Some(stamp) => Ok((key, stamp)),
        None => Err(format!("{key} is {seen:?}").into()),
    }
}

/// Which list came before which, by what one reader saw.
fn order_told_by(seen: &[Sight]) -> Vec<(usize, usize)> {
    let mut order = Vec::new();
    for (index, &(_, first)) in seen.iter().enumerate() {
        for &(key, second) in &seen[index + 1..] {
            if first != second && LISTS[first].contains(&key) {
                order.push((first, second));
            }
        }
    }
    order
}
