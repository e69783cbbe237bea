//! Values that are kept as parts of objects.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::sealed::Sealed;
use super::super::value::{object_of, pair_of, parts, value_of, with_value};
use super::{Form, Storage, Terms};
use crate::engine::{Direction, Lifespan, PairKinds};
use crate::table::{Iter, Objects, Table, TableError, TableOptions};
use crate::term::{Plain, Term, TermRef, plain_kind_of};

/// Values are kept in the objects of a table: as [`Terms`], which match specifications, other languages and the disk see; or
/// each as one opaque [`Blob`](crate::Blob).
#[derive(Clone, Copy, Debug)]
pub struct Rows<F = Terms>(PhantomData<fn() -> F>);

impl<F> Sealed for Rows<F> {}

impl<V, F: Form<V>> Storage<V> for Rows<F> {
    type Walk = Iter;

    fn options(options: TableOptions) -> TableOptions {
        options
    }

    fn check(table: &Table) -> Result<(), TableError> {
        table.check_terms()
    }

    fn kinds<K: Deserialize<'static>>() -> PairKinds {
        let kinds = plain_kind_of::<K>().zip(F::kind());
        kinds.map_or(PairKinds::default(), |(key, value)| PairKinds {
            key,
            value,
        })
    }

    #[inline(always)]
    fn get_short(table: &Table, key: Plain) -> Option<Option<V>> {
        match table.get_plain(key)? {
            Some(value) => Some(Some(value_of_plain::<V, F>(value)?)),
            None => Some(None),
        }
    }

    #[inline(always)]
    fn insert_short(table: &Table, key: Plain, value: &V, only_new: bool) -> Option<bool> {
        table.put_plain([key, F::plain_of(value)?], only_new)
    }

    #[inline(always)]
    fn take_short(table: &Table, key: Plain) -> Option<Result<Option<V>, Box<TableError>>> {
        let Some(value) = table.remove_plain(key)? else {
            return Some(Ok(None));
        };
        // It is gone: if it is not that simple, or none of `V`, this is where it is said.
        Some(match F::from_plain(value) {
            Some(value) => Ok(Some(value)),
            None => from_any_plain::<V, F>(value).map(Some).map_err(Box::new),
        })
    }

    #[inline(always)]
    fn update_short(
        table: &Table,
        key: Plain,
        mut f: impl FnMut(V) -> V,
    ) -> Option<Result<Option<V>, Box<TableError>>> {
        if !table.writes_pairs() {
            return None;
        }
        loop {
            let Some(old) = table.get_plain(key)? else {
                return Some(Ok(None));
            };
            let value = f(F::from_plain(old)?);
            let new = F::plain_of(&value);
            let exchanged = match new.and_then(|new| table.exchange_plain(key, [old, new])) {
                Some(exchanged) => Ok(exchanged),
                None => exchange_any::<V, F>(table, [key, old], &value),
            };
            match exchanged {
                Ok(true) => return Some(Ok(Some(value))),
                // Somebody has changed it.
                Ok(false) => {}
                Err(error) => return Some(Err(Box::new(error))),
            }
        }
    }

    fn get(table: &Table, key: TermRef<'_>) -> Result<Option<V>, TableError> {
        table.with(key, value_of::<V, F>)?.transpose()
    }

    fn get_stale(table: &Table, key: TermRef<'_>) -> Result<Option<V>, TableError> {
        table.with_stale(key, value_of::<V, F>)?.transpose()
    }

    fn get_all(table: &Table, key: TermRef<'_>) -> Result<Vec<V>, TableError> {
        values::<V, F>(&table.lookup(key)?)
    }

    fn get_many(table: &Table, keys: &[Term]) -> Result<Vec<Option<V>>, TableError> {
        let mut values = Vec::with_capacity(keys.len());
        table.lookup_many(keys, |_, object| {
            values.push(object.map(value_of::<V, F>).transpose());
        })?;
        values.into_iter().collect()
    }

    fn take_all(table: &Table, key: TermRef<'_>) -> Result<Vec<V>, TableError> {
        values::<V, F>(&table.take(key)?)
    }

    fn insert(
        table: &Table,
        key: TermRef<'_>,
        value: V,
        lifespan: Lifespan,
    ) -> Result<(), TableError> {
        F::with_term(&value, |value| {
            table
                .insert_living(&(key, value), false, lifespan)
                .map(drop)
        })?
    }

    fn insert_new(
        table: &Table,
        key: TermRef<'_>,
        value: V,
        lifespan: Lifespan,
    ) -> Result<bool, TableError> {
        F::with_term(&value, |value| {
            table.insert_living(&(key, value), true, lifespan)
        })?
    }

    fn keep(
        table: &Table,
        key: TermRef<'_>,
        value: V,
        lifespan: Lifespan,
    ) -> Result<V, TableError> {
        let term = F::with_term(&value, |term| term.to_term())?;
        loop {
            if table.insert_living(&(key, term.as_ref()), true, lifespan)? {
                return Ok(value);
            }
            if let Some(value) = Self::get(table, key)? {
                return Ok(value);
            }
        }
    }

    fn extend<K: Serialize>(
        table: &Table,
        pairs: impl Iterator<Item = (K, V)>,
    ) -> Result<usize, TableError> {
        let mut failed = None;
        let objects = pairs.map_while(|(key, value)| {
            let object = object_of::<K, V, F>(&key, &value);
            object.map_err(|error| failed = Some(error)).ok()
        });
        let inserted = table.insert_many(objects)?;
        failed.map_or(Ok(inserted), Err)
    }

    fn update(
        table: &Table,
        key: TermRef<'_>,
        mut f: impl FnMut(V) -> V,
    ) -> Result<Option<V>, TableError> {
        loop {
            let Some(old) = table.lookup(key)?.into_first() else {
                return Ok(None);
            };
            let value = f(value_of::<V, F>(old.as_ref())?);
            let new = with_value::<V, F>(old.as_ref(), &value)?;
            if table.exchange(key, &old, &new)? {
                return Ok(Some(value));
            }
        }
    }

    fn walk(objects: Iter) -> Iter {
        objects
    }

    fn next<K: DeserializeOwned>(walk: &mut Iter) -> Option<Result<(K, V), TableError>> {
        let object = walk.next()?;
        Some(object.and_then(|object| pair_of::<K, V, F>(object.as_ref())))
    }

    fn pop<K: DeserializeOwned>(
        table: &Table,
        direction: Direction,
    ) -> Result<Option<(K, V)>, TableError> {
        let object = match direction {
            Direction::Forwards => table.pop_first(),
            Direction::Backwards => table.pop_last(),
        };
        object?
            .map(|object| pair_of::<K, V, F>(object.as_ref()))
            .transpose()
    }
}

/// The value of a plain one, which is not looked for again only because it takes more: a cache counts lookups.
#[inline(always)]
fn value_of_plain<V, F: Form<V>>(plain: Plain) -> Option<V> {
    match F::from_plain(plain) {
        Some(value) => Some(value),
        None => from_any_plain::<V, F>(plain).ok(),
    }
}

/// Puts a value in the place of a plain one, in the general way; whether that was still there.
#[cold]
fn exchange_any<V, F: Form<V>>(
    table: &Table,
    [key, old]: [Plain; 2],
    value: &V,
) -> Result<bool, TableError> {
    let old = Term::of_pair(key, old);
    let new = with_value::<V, F>(old.as_ref(), value)?;
    let [key, _] = parts(old.as_ref())?;
    table.exchange(key, &old, &new)
}

#[cold]
fn from_any_plain<V, F: Form<V>>(plain: Plain) -> Result<V, TableError> {
    let object = Term::of_pair(Plain::NIL, plain);
    let [_, value] = parts(object.as_ref())?;
    F::from_term(value)
}

/// The values of some objects.
fn values<V, F: Form<V>>(objects: &Objects) -> Result<Vec<V>, TableError> {
    objects
        .iter()
        .map(|object| value_of::<V, F>(object.as_ref()))
        .collect()
}
