//! How typed tables keep their values.

use std::fmt;
use std::vec;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::sealed::Sealed;
use super::value::{object_of, pair_of, term_of, value_of, with_term, with_value};
use crate::engine::{Direction, Lifespan};
use crate::table::{Iter, LiveIter, LiveValue, Objects, Table, TableError, TableOptions};
use crate::term::{Immediate, Term, TermRef, from_term, from_word, word_of};

/// Values are kept as terms, by way of serde: match specifications, other languages and the disk see them.
#[derive(Clone, Copy, Debug)]
pub enum Rows {}

/// Values are kept as what they are: `Arc`s, sockets, closures, whatever can be cloned and shared. A call returns
/// a clone, made outside of any lock.
#[derive(Clone, Copy, Debug)]
pub enum Live {}

impl Sealed for Rows {}
impl Sealed for Live {}

/// A way to keep values of type `V`. There are two: [`Rows`] and [`Live`].
#[doc(hidden)]
pub trait Storage<V>: Sealed + Sized {
    /// What goes from value to value.
    type Walk: fmt::Debug;

    fn options(options: TableOptions) -> TableOptions;

    /// An error unless this is how a table keeps its values.
    fn check(table: &Table) -> Result<(), TableError>;

    /// The value of a key of one word, if there is a short way to it. See [`short`](super::short).
    #[inline(always)]
    fn get_short(_table: &Table, _key: u64) -> Option<Option<V>> {
        None
    }

    /// Inserts a value for a key of one word, with `only_new` not over another; true if it was inserted.
    #[inline(always)]
    fn insert_short(_table: &Table, _key: u64, _value: &V, _only_new: bool) -> Option<bool> {
        None
    }

    /// Takes the value of a key of one word out.
    #[inline(always)]
    fn take_short(_table: &Table, _key: u64) -> Option<Result<Option<V>, TableError>> {
        None
    }

    /// Makes the value of a key of one word what `f` makes of it, and returns that.
    #[inline(always)]
    fn update_short(_table: &Table, _key: u64, _f: impl FnMut(V) -> V) -> Option<Option<V>> {
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

impl<V: Serialize + DeserializeOwned> Storage<V> for Rows {
    type Walk = Iter;

    fn options(options: TableOptions) -> TableOptions {
        options
    }

    fn check(table: &Table) -> Result<(), TableError> {
        table.check_terms()
    }

    #[inline(always)]
    fn get_short(table: &Table, key: u64) -> Option<Option<V>> {
        match table.get_pair(&Immediate(key))? {
            Some([_, _, value]) => Some(Some(from_word(value)?)),
            None => Some(None),
        }
    }

    #[inline(always)]
    fn insert_short(table: &Table, key: u64, value: &V, only_new: bool) -> Option<bool> {
        table.put_pair(&(Immediate(key), Immediate(word_of(value)?)), only_new)
    }

    #[inline(always)]
    fn take_short(table: &Table, key: u64) -> Option<Result<Option<V>, TableError>> {
        let Some(value) = table.remove_pair(&Immediate(key))? else {
            return Some(Ok(None));
        };
        // It is gone: if it is not that simple, or none of `V`, this is where it is said.
        Some(match from_word(value) {
            Some(value) => Ok(Some(value)),
            None => from_any_word(value),
        })
    }

    #[inline(always)]
    fn update_short(table: &Table, key: u64, mut f: impl FnMut(V) -> V) -> Option<Option<V>> {
        if !table.writes_pairs() {
            return None;
        }
        loop {
            let Some([_, _, old]) = table.get_pair(&Immediate(key))? else {
                return Some(None);
            };
            let value = f(from_word(old)?);
            if table.exchange_pair(key, [old, word_of(&value)?])? {
                return Some(Some(value));
            }
        }
    }

    fn get(table: &Table, key: TermRef<'_>) -> Result<Option<V>, TableError> {
        table.with(key, value_of)?.transpose()
    }

    fn get_stale(table: &Table, key: TermRef<'_>) -> Result<Option<V>, TableError> {
        table.with_stale(key, value_of)?.transpose()
    }

    fn get_all(table: &Table, key: TermRef<'_>) -> Result<Vec<V>, TableError> {
        values(&table.lookup(key)?)
    }

    fn get_many(table: &Table, keys: &[Term]) -> Result<Vec<Option<V>>, TableError> {
        let mut values = Vec::with_capacity(keys.len());
        table.lookup_many(keys, |_, object| {
            values.push(object.map(value_of).transpose());
        })?;
        values.into_iter().collect()
    }

    fn take_all(table: &Table, key: TermRef<'_>) -> Result<Vec<V>, TableError> {
        values(&table.take(key)?)
    }

    fn insert(
        table: &Table,
        key: TermRef<'_>,
        value: V,
        lifespan: Lifespan,
    ) -> Result<(), TableError> {
        with_term(&value, |value| {
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
        with_term(&value, |value| {
            table.insert_living(&(key, value), true, lifespan)
        })?
    }

    fn keep(
        table: &Table,
        key: TermRef<'_>,
        value: V,
        lifespan: Lifespan,
    ) -> Result<V, TableError> {
        let term = term_of(&value)?;
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
            let object = object_of(&key, &value);
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
            let value = f(value_of(old.as_ref())?);
            let new = with_value(old.as_ref(), &value)?;
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
        Some(object.and_then(|object| pair_of(object.as_ref())))
    }

    fn pop<K: DeserializeOwned>(
        table: &Table,
        direction: Direction,
    ) -> Result<Option<(K, V)>, TableError> {
        let object = match direction {
            Direction::Forwards => table.pop_first(),
            Direction::Backwards => table.pop_last(),
        };
        object?.map(|object| pair_of(object.as_ref())).transpose()
    }
}

#[cold]
fn from_any_word<V: DeserializeOwned>(word: u64) -> Result<Option<V>, TableError> {
    Ok(Some(from_term(TermRef::from_immediate(word))?))
}

/// The values of some objects.
fn values<V: DeserializeOwned>(objects: &Objects) -> Result<Vec<V>, TableError> {
    objects
        .iter()
        .map(|object| value_of(object.as_ref()))
        .collect()
}

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
