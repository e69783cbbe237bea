//! Tables in which each key has one value.

use std::fmt::Display;
use std::ops::RangeInclusive;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::kinds::UniqueKeys;
use super::sealed::Sealed;
use super::storage::{Storage, Terms};
use super::value::{term_of, value_of, with_term, with_value};
use super::{Equivalent, TypedTable};
use crate::engine::Lifespan;
use crate::table::{Change, TableError};
use crate::term::{SerdeError, Term, TermRef, plain_of};

impl<M: UniqueKeys, K: Serialize, V, S: Storage<V>> TypedTable<M, K, V, S> {
    /// The values of many keys, in the order of the keys. Each is read atomically, all together not.
    ///
    /// Several reads are in flight at once, so this is faster than [`get`](TypedTable::get) where the table is larger than
    /// the processor's caches.
    ///
    /// # Errors
    /// See [`TypedTable`].
    pub fn get_many<'q, Q>(
        &self,
        keys: impl IntoIterator<Item = &'q Q>,
    ) -> Result<Vec<Option<V>>, TableError>
    where
        Q: Serialize + Equivalent<K> + ?Sized + 'q,
    {
        let keys: Result<Vec<Term>, TableError> = keys.into_iter().map(term_of).collect();
        S::get_many(self.table(), &keys?)
    }
}

impl<M: UniqueKeys, K: Serialize, V, S: Storage<V>> TypedTable<M, K, V, S> {
    /// Inserts a value unless the key has one. True if it was inserted. Atomic.
    ///
    /// # Errors
    /// See [`TypedTable`].
    #[inline]
    pub fn insert_new(&self, key: K, value: V) -> Result<bool, TableError> {
        match self.insert_short(&key, &value, true) {
            Some(inserted) => Ok(inserted),
            None => self.insert_any_new(&key, value),
        }
    }

    #[inline(never)]
    fn insert_any_new(&self, key: &K, value: V) -> Result<bool, TableError> {
        with_term(key, |key| {
            let inserted = S::insert_new(self.table(), key, value, Lifespan::OfTable)?;
            self.forget_absence(key)?;
            Ok(inserted)
        })?
    }

    /// Makes the value of a key what `f` makes of it, and returns that; `None` if the key has no value. Atomic.
    ///
    /// `f` runs outside of any lock and may use this table. It runs again if the value has changed meanwhile: so one that
    /// changes this key's value itself each time comes to no end, and a slow one on a busy key may run often. Somebody
    /// always gets on.
    ///
    /// # Errors
    /// See [`TypedTable`].
    ///
    /// ```
    /// let words = heirloom::Set::<String, Vec<u32>>::new("words")?;
    /// words.insert("ann".into(), vec![1])?;
    /// let lines = words.update("ann", |mut lines| {
    ///     lines.push(4);
    ///     lines
    /// })?;
    /// assert_eq!(lines, Some(vec![1, 4]));
    /// assert_eq!(words.update("bob", |lines| lines)?, None);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    #[inline]
    pub fn update<Q>(&self, key: &Q, mut f: impl FnMut(V) -> V) -> Result<Option<V>, TableError>
    where
        Q: Serialize + Equivalent<K> + ?Sized,
    {
        if let Some(key) = plain_of(key)
            && let Some(updated) = S::update_short(self.table(), key, &mut f)
        {
            return updated.map_err(|error| *error);
        }
        self.table().check_writer()?;
        S::update(self.table(), term_of(key)?.as_ref(), f)
    }

    /// The value of a key; if it has none, that which `f` makes is inserted. Of several callers that find none each
    /// makes a value, and all get the one that was inserted.
    ///
    /// `f` runs at most once, outside of any lock.
    ///
    /// # Errors
    /// See [`TypedTable`].
    ///
    /// ```
    /// let lengths = heirloom::Set::<String, usize>::new("lengths")?;
    /// assert_eq!(lengths.get_or_insert_with("four".into(), || "four".len())?, 4);
    /// assert_eq!(lengths.get_or_insert_with("four".into(), || 5)?, 4);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn get_or_insert_with(&self, key: K, f: impl FnOnce() -> V) -> Result<V, TableError> {
        let key = term_of(&key)?;
        match S::get(self.table(), key.as_ref())? {
            Some(value) => Ok(value),
            None => {
                let value = S::keep(self.table(), key.as_ref(), f(), Lifespan::OfTable)?;
                self.forget_absence(key.as_ref())?;
                Ok(value)
            }
        }
    }
}

impl<M: UniqueKeys, K: Serialize, V: Counter> TypedTable<M, K, V> {
    /// Adds to the value of a key, which counts as 0 if there is none, and returns what it was before. Atomic.
    ///
    /// # Errors
    /// See [`TypedTable`]; [`TableError::Value`] if the sum is out of the range of `V`, and then nothing has changed.
    ///
    /// ```
    /// let hits = heirloom::Set::<String, u8>::new("hits")?;
    /// assert_eq!(hits.fetch_add("/".into(), 200)?, 0);
    /// assert_eq!(hits.fetch_add("/".into(), 50)?, 200);
    /// assert!(hits.fetch_add("/".into(), 50).is_err());
    /// assert_eq!(hits.get("/")?, Some(250));
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    #[inline]
    pub fn fetch_add(&self, key: K, increment: V) -> Result<V, TableError> {
        match self.add_short(&key, increment) {
            Some(before) => Ok(before),
            None => self.add_any(&key, increment),
        }
    }

    #[inline(never)]
    fn add_any(&self, key: &K, increment: V) -> Result<V, TableError> {
        with_term(key, |key| self.add(key, increment))?
    }

    fn add(&self, key: TermRef<'_>, increment: V) -> Result<V, TableError> {
        loop {
            let mut before = V::ZERO;
            let found = self.table().change(key, |object| {
                before = value_of::<V, Terms>(object)?;
                let sum = sum(before, increment)?;
                Ok(Change::Replace(with_value::<V, Terms>(object, &sum)?))
            })?;
            if found {
                return Ok(before);
            }
            if with_term(&increment, |value| self.table().insert_new((key, value)))?? {
                self.forget_absence(key)?;
                return Ok(V::ZERO);
            }
        }
    }
}

fn sum<V: Counter>(before: V, increment: V) -> Result<V, TableError> {
    let sum = before.plus(increment);
    sum.ok_or_else(|| {
        let found = format!("{before} + {increment}");
        let target = std::any::type_name::<V>();
        TableError::Value(SerdeError::Range { target, found })
    })
}

/// An integer that values can be added to: all of Rust's are.
pub trait Counter: Sealed + Copy + Display + Serialize + DeserializeOwned {
    /// What a key counts as that has no value.
    const ZERO: Self;

    /// The values of this type that are 64 bits with a sign.
    #[doc(hidden)]
    const SMALL: RangeInclusive<i64>;

    /// The sum, if there is one.
    fn plus(self, other: Self) -> Option<Self>;

    /// This value with 64 bits and a sign.
    #[doc(hidden)]
    fn to_i64(self) -> Option<i64>;

    /// The value that is this one with 64 bits and a sign.
    #[doc(hidden)]
    fn from_i64(value: i64) -> Option<Self>;
}

macro_rules! counters {
    ($($type:ty)*) => {$(
        impl Sealed for $type {}
        impl Counter for $type {
            const ZERO: $type = 0;

            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "only of what is smaller"
            )]
            const SMALL: RangeInclusive<i64> = {
                let is_small = size_of::<$type>() < size_of::<i64>();
                let lowest = if is_small { <$type>::MIN as i64 } else { i64::MIN };
                let lowest = if <$type>::MIN == 0 { 0 } else { lowest };
                let highest = if is_small { <$type>::MAX as i64 } else { i64::MAX };
                lowest..=highest
            };

            fn plus(self, other: $type) -> Option<$type> {
                self.checked_add(other)
            }

            #[inline]
            fn to_i64(self) -> Option<i64> {
                self.try_into().ok()
            }

            #[inline]
            fn from_i64(value: i64) -> Option<$type> {
                value.try_into().ok()
            }
        }
    )*};
}

counters!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);
