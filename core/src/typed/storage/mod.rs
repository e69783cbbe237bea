//! How typed tables keep their values.

mod form;
mod live;
mod rows;

pub use form::{Blob, Form, Terms};
pub use live::Live;
pub use rows::Rows;

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::sealed::Sealed;
use crate::engine::{Direction, Lifespan, PairKinds};
use crate::table::{Iter, Table, TableError, TableOptions};
use crate::term::{Plain, Term, TermRef};

/// A way to keep values of type `V`. There are two: [`Rows`] and [`Live`].
#[doc(hidden)]
pub trait Storage<V>: Sealed + Sized {
    /// What goes from value to value.
    type Walk: fmt::Debug;

    fn options(options: TableOptions) -> TableOptions;

    /// What the elements of most objects will be in a table with keys of type `K`, if objects have such elements.
    fn kinds<K: Deserialize<'static>>() -> PairKinds {
        PairKinds::default()
    }

    /// An error unless this is how a table keeps its values.
    fn check(table: &Table) -> Result<(), TableError>;

    /// The value of a plain key, if there is a short way to it. See [`short`](super::short).
    #[inline(always)]
    fn get_short(_table: &Table, _key: Plain) -> Option<Option<V>> {
        None
    }

    /// Inserts a value for a plain key, with `only_new` not over another; true if it was inserted.
    #[inline(always)]
    fn insert_short(_table: &Table, _key: Plain, _value: &V, _only_new: bool) -> Option<bool> {
        None
    }

    /// Takes the value of a plain key out.
    #[inline(always)]
    fn take_short(_table: &Table, _key: Plain) -> Option<Result<Option<V>, Box<TableError>>> {
        None
    }

    /// Makes the value of a plain key what `f` makes of it, and returns that.
    #[inline(always)]
    fn update_short(
        _table: &Table,
        _key: Plain,
        _f: impl FnMut(V) -> V,
    ) -> Option<Result<Option<V>, Box<TableError>>> {
        None
    }

    fn get(table: &Table, key: TermRef<'_>) -> Result<Option<V>, TableError>;

    /// As `get`, also what is stale.
    fn get_stale(table: &Table, key: TermRef<'_>) -> Result<Option<V>, TableError>;

    fn get_all(table: &Table, key: TermRef<'_>) -> Result<Vec<V>, TableError>;

    fn get_many(table: &Table, keys: &[Term]) -> Result<Vec<Option<V>>, TableError>;

    fn take_all(table: &Table, key: TermRef<'_>) -> Result<Vec<V>, TableError>;

    fn take(table: &Table, key: TermRef<'_>) -> Result<Option<V>, TableError> {
        Ok(Self::take_all(table, key)?.pop())
    }

    fn insert(
        table: &Table,
        key: TermRef<'_>,
        value: V,
        lifespan: Lifespan,
    ) -> Result<(), TableError>;

    /// Inserts a value unless the key has one; whether it was inserted.
    fn insert_new(
        table: &Table,
        key: TermRef<'_>,
        value: V,
        lifespan: Lifespan,
    ) -> Result<bool, TableError>;

    /// Inserts a value unless the key has one; the one that it has then.
    fn keep(table: &Table, key: TermRef<'_>, value: V, lifespan: Lifespan)
    -> Result<V, TableError>;

    fn extend<K: Serialize>(
        table: &Table,
        pairs: impl Iterator<Item = (K, V)>,
    ) -> Result<usize, TableError>;

    /// Makes the value of a key what `f` makes of it, and returns that.
    fn update(
        table: &Table,
        key: TermRef<'_>,
        f: impl FnMut(V) -> V,
    ) -> Result<Option<V>, TableError>;

    /// Goes where an iterator would go.
    fn walk(objects: Iter) -> Self::Walk;

    fn next<K: DeserializeOwned>(walk: &mut Self::Walk) -> Option<Result<(K, V), TableError>>;

    /// Takes out what a walk in this direction would meet first.
    fn pop<K: DeserializeOwned>(
        table: &Table,
        direction: Direction,
    ) -> Result<Option<(K, V)>, TableError>;
}
