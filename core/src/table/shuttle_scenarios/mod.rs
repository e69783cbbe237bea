//! Scenarios: what several threads may do with one table, this very code under shuttle.
//!
//! They are longer than loom's models, with four threads and more and with tables that grow, shrink, split and
//! merge. So nobody sees all their interleavings; many are drawn. What must hold is said of what each
//! thread saw, and of the table at the end. Run with the feature `tight`, where few keys are many.

mod clear;
mod consumers;
mod edges;
mod lists;
mod traversal;

use super::{Access, Kind, Table, create};
use crate::process::Process;
use crate::shuttle_support::Outcome;
use crate::term::{Term, TermRef};
use std::ops::Deref;

/// A table that anybody may use, for one execution.
struct Stage {
    table: Table,
    /// The table lives as long as its owner.
    _owner: Process,
}

impl Stage {
    /// A table with an object `{Key, 0}` for each key.
    fn with(kind: Kind, keys: &[i64]) -> Outcome<Stage> {
        let owner = Process::new();
        let table = create::unregistered(kind, &owner, Access::Public);
        for &key in keys {
            table.insert((key, 0))?;
        }
        Ok(Stage {
            table,
            _owner: owner,
        })
    }
}

impl Deref for Stage {
    type Target = Table;

    fn deref(&self) -> &Table {
        &self.table
    }
}

/// An element of an object that is a small integer everywhere here.
fn element(object: TermRef<'_>, position: usize) -> i64 {
    object
        .element(position)
        .and_then(TermRef::as_i64)
        .unwrap_or(i64::MIN)
}

fn number(term: &Term) -> i64 {
    term.as_ref().as_i64().unwrap_or(i64::MIN)
}

/// The second element of a key's object.
fn value_of(table: &Table, key: i64) -> Outcome<Option<i64>> {
    Ok(table.with(key, |object| element(object, 2))?)
}

/// All keys in ascending order, each as often as a walk meets it.
fn keys_of(table: &Table) -> Outcome<Vec<i64>> {
    let mut keys = table.foldl(Vec::new(), |mut keys, object| {
        keys.push(element(object, 1));
        keys
    })?;
    keys.sort_unstable();
    Ok(keys)
}
