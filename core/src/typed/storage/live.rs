//! Values that are kept as what they are.

use std::fmt;
use std::vec;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::sealed::Sealed;
use super::super::value::with_term;
use super::Storage;
use crate::engine::{Direction, Lifespan};
use crate::table::{Iter, LiveIter, LiveValue, Table, TableError, TableOptions};
use crate::term::{Term, TermRef, from_term};

/// Values are kept as what they are: `Arc`s, sockets, closures, whatever can be cloned and shared. A call returns
/// a clone, made outside of any lock.
#[derive(Clone, Copy, Debug)]
pub enum Live {}

impl Sealed for Live {}

/// The keys of a live table, and clones of their values.
pub struct LiveWalk<V> {
    objects: LiveIter,
    /// What was read and not given out yet.
    found: vec::IntoIter<(Term, V)>,
}

impl<V> fmt::Debug for LiveWalk<V> {
    /// Never prints values.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.objects.fmt(formatter)
    }
}

impl<V: LiveValue> Storage<V> for Live {
    type Walk = LiveWalk<V>;

    fn options(options: TableOptions) -> TableOptions {
        options.live::<V>()
    }

    fn check(table: &Table) -> Result<(), TableError> {
        table.check_live::<V>()
    }

    #[inline]
    fn get(table: &Table, key: TermRef<'_>) -> Result<Option<V>, TableError> {
        table.live_value(key)
    }

    fn get_stale(table: &Table, key: TermRef<'_>) -> Result<Option<V>, TableError> {
        table.stale_live_value(key)
    }

    fn get_all(table: &Table, key: TermRef<'_>) -> Result<Vec<V>, TableError> {
        table.live_values(key)
    }

    fn get_many(table: &Table, keys: &[Term]) -> Result<Vec<Option<V>>, TableError> {
        let get = |key: &Term| table.live_value(key.as_ref());
        keys.iter().map(get).collect()
    }

    fn take_all(table: &Table, key: TermRef<'_>) -> Result<Vec<V>, TableError> {
        table.take_live(key)
    }

    fn insert(
        table: &Table,
        key: TermRef<'_>,
        value: V,
        lifespan: Lifespan,
    ) -> Result<(), TableError> {
        table.insert_live(key, value, false, lifespan).map(drop)
    }

    fn insert_new(
        table: &Table,
        key: TermRef<'_>,
        value: V,
        lifespan: Lifespan,
    ) -> Result<bool, TableError> {
        Ok(table.insert_live(key, value, true, lifespan)?.is_ok())
    }

    fn keep(
        table: &Table,
        key: TermRef<'_>,
        value: V,
        lifespan: Lifespan,
    ) -> Result<V, TableError> {
        let mut value = value;
        loop {
            let clone = value.clone();
            match table.insert_live(key, value, true, lifespan)? {
                Ok(()) => return Ok(clone),
                Err(refused) => value = refused,
            }
            if let Some(value) = table.live_value(key)? {
                return Ok(value);
            }
        }
    }

    fn extend<K: Serialize>(
        table: &Table,
        pairs: impl Iterator<Item = (K, V)>,
    ) -> Result<usize, TableError> {
        let mut inserted = 0;
        for (key, value) in pairs {
            with_term(&key, |key| {
                Self::insert(table, key, value, Lifespan::OfTable)
            })??;
            inserted += 1;
        }
        Ok(inserted)
    }

    fn update(
        table: &Table,
        key: TermRef<'_>,
        f: impl FnMut(V) -> V,
    ) -> Result<Option<V>, TableError> {
        table.update_live(key, f)
    }

    fn walk(objects: Iter) -> LiveWalk<V> {
        LiveWalk {
            objects: objects.into(),
            found: Vec::new().into_iter(),
        }
    }

    fn next<K: DeserializeOwned>(walk: &mut LiveWalk<V>) -> Option<Result<(K, V), TableError>> {
        loop {
            if let Some((key, value)) = walk.found.next() {
                let key = from_term(key.as_ref()).map_err(TableError::from);
                return Some(key.map(|key| (key, value)));
            }
            match walk.objects.next_piece() {
                Ok(piece) => walk.found = piece?.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    fn pop<K: DeserializeOwned>(
        table: &Table,
        direction: Direction,
    ) -> Result<Option<(K, V)>, TableError> {
        let popped = table.pop_live(direction)?;
        popped
            .map(|(key, value)| Ok((from_term(key.as_ref())?, value)))
            .transpose()
    }
}
