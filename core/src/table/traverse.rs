//! Walks through a table.
//!
//! The hash kinds are walked in the order of their keys' hashes, which is no order to a user but
//! a stable one: see `engine::scan`. Forwards and backwards are the same for `first`, `next`, `last` and
//! `prev`, as in Erlang.

use super::{Objects, Table, TableError};
use crate::engine::{Bucket, Group};
use crate::term::{Term, TermRef, ToTerm};
use std::cmp::Ordering;

/// A key with its objects, at one moment.
type KeyAndObjects = (Term, Objects);

impl Table {
    /// The first key; `None` if the table is empty (Erlang: `'$end_of_table'`).
    ///
    /// O(1) unless many buckets at the beginning are empty.
    ///
    /// # Errors
    /// [`TableError::NoSuchTable`], [`TableError::AccessDenied`].
    ///
    /// ```
    /// use heirloom::Table;
    ///
    /// let table = Table::set("walk").create()?;
    /// table.insert(vec![(1, "a"), (2, "b")])?;
    /// let mut keys = Vec::new();
    /// table.safe_fixtable(true)?;
    /// let mut key = table.first()?;
    /// while let Some(present) = key {
    ///     keys.push(present.as_i64());
    ///     key = table.next(&present)?;
    /// }
    /// table.safe_fixtable(false)?;
    /// keys.sort();
    /// assert_eq!(keys, [Some(1), Some(2)]);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn first(&self) -> Result<Option<Term>, TableError> {
        self.walk_from(0, |bucket, group| bucket.key(group).to_term())
    }

    /// The same as [`Table::first`] in the hash kinds.
    ///
    /// # Errors
    /// As [`Table::first`].
    pub fn last(&self) -> Result<Option<Term>, TableError> {
        self.first()
    }

    /// The key after this one; `None` at the end. The key must be there, unless the table is
    /// fixed ([`Table::safe_fixtable`]).
    ///
    /// # Errors
    /// [`TableError::KeyNotFound`] if the table is not fixed and the key is gone;
    /// [`TableError::NoSuchTable`], [`TableError::AccessDenied`], [`TableError::Term`].
    pub fn next(&self, key: impl ToTerm) -> Result<Option<Term>, TableError> {
        key.try_with_term(|key| self.walk_on(key, |bucket, group| bucket.key(group).to_term()))
    }

    /// The same as [`Table::next`] in the hash kinds.
    ///
    /// # Errors
    /// As [`Table::next`].
    pub fn prev(&self, key: impl ToTerm) -> Result<Option<Term>, TableError> {
        self.next(key)
    }

    /// The first key and its objects, as they are at one moment.
    ///
    /// # Errors
    /// As [`Table::first`].
    pub fn first_lookup(&self) -> Result<Option<KeyAndObjects>, TableError> {
        self.walk_from(0, key_and_objects)
    }

    /// The same as [`Table::first_lookup`] in the hash kinds.
    ///
    /// # Errors
    /// As [`Table::first`].
    pub fn last_lookup(&self) -> Result<Option<KeyAndObjects>, TableError> {
        self.first_lookup()
    }

    /// The key after this one and its objects, as they are at one moment.
    ///
    /// # Errors
    /// As [`Table::next`].
    pub fn next_lookup(&self, key: impl ToTerm) -> Result<Option<KeyAndObjects>, TableError> {
        key.try_with_term(|key| self.walk_on(key, key_and_objects))
    }

    /// The same as [`Table::next_lookup`] in the hash kinds.
    ///
    /// # Errors
    /// As [`Table::next`].
    pub fn prev_lookup(&self, key: impl ToTerm) -> Result<Option<KeyAndObjects>, TableError> {
        self.next_lookup(key)
    }

    /// Calls `fold` with each object and what it returned before, beginning with `accumulator`.
    /// Objects of one key come oldest first.
    ///
    /// `fold` may use the table. Each object that stays is visited exactly once.
    ///
    /// # Errors
    /// As [`Table::first`], also when the table goes in the middle.
    ///
    /// ```
    /// use heirloom::Table;
    ///
    /// let table = Table::set("sizes").create()?;
    /// table.insert(vec![("a", 3), ("b", 4)])?;
    /// let sum = table.foldl(0, |sum, object| sum + object.element(2).unwrap().as_i64().unwrap())?;
    /// assert_eq!(sum, 7);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn foldl<A>(
        &self,
        accumulator: A,
        mut fold: impl FnMut(A, TermRef<'_>) -> A,
    ) -> Result<A, TableError> {
        let mut accumulator = accumulator;
        let mut bucket = self.engine().new_bucket();
        let mut position = Some(0);
        while let Some(hash) = position {
            self.reading(|| self.engine().read_bucket(hash, &mut bucket))?;
            for index in bucket
                .groups_from(hash)
                .flat_map(|group| bucket.range(group))
            {
                accumulator = fold(accumulator, bucket.objects().get(index));
            }
            position = bucket.upper;
        }
        Ok(accumulator)
    }

    /// As [`Table::foldl`], from the other end: objects of one key come newest first.
    ///
    /// # Errors
    /// As [`Table::foldl`].
    pub fn foldr<A>(
        &self,
        accumulator: A,
        mut fold: impl FnMut(A, TermRef<'_>) -> A,
    ) -> Result<A, TableError> {
        let mut accumulator = accumulator;
        let mut bucket = self.engine().new_bucket();
        let mut position = Some(u64::MAX);
        while let Some(hash) = position {
            self.reading(|| self.engine().read_bucket(hash, &mut bucket))?;
            let groups = bucket.groups().iter().rev();
            for group in groups.skip_while(|group| group.hash > hash) {
                for index in bucket.range(group).rev() {
                    accumulator = fold(accumulator, bucket.objects().get(index));
                }
            }
            position = bucket.lower.checked_sub(1);
        }
        Ok(accumulator)
    }

    /// All objects. No snapshot: see [`Table`] on walks.
    ///
    /// # Errors
    /// As [`Table::first`].
    pub fn tab2list(&self) -> Result<Vec<Term>, TableError> {
        self.foldl(Vec::new(), |mut objects, object| {
            objects.push(object.to_term());
            objects
        })
    }

    /// The objects of slot `slot` (from 0), for looking at a table piece by piece; `None` for the
    /// number behind the last slot. What is in which slot changes when the table grows or shrinks.
    ///
    /// # Errors
    /// [`TableError::NoSuchSlot`] further behind; otherwise as [`Table::first`].
    pub fn slot(&self, slot: u64) -> Result<Option<Objects>, TableError> {
        let slots = self.reading(|| self.engine().buckets())?;
        if slot > slots {
            return Err(TableError::NoSuchSlot { slot, slots });
        }
        let Some(start) = self.engine().lower_bound(slot) else {
            return Ok(None);
        };
        let end = self.engine().lower_bound(slot + 1);
        let mut objects = Vec::new();
        let mut bucket = self.engine().new_bucket();
        let mut position = Some(start);
        while let Some(hash) = position.filter(|&hash| end.is_none_or(|end| hash < end)) {
            self.reading(|| self.engine().read_bucket(hash, &mut bucket))?;
            let groups = bucket.groups_from(hash);
            for group in groups.take_while(|group| end.is_none_or(|end| group.hash < end)) {
                objects.extend(
                    bucket
                        .range(group)
                        .map(|index| bucket.objects().to_term(index)),
                );
            }
            position = bucket.upper;
        }
        Ok(Some(objects.into()))
    }

    /// The first key from a hash on.
    fn walk_from<R>(
        &self,
        hash: u64,
        make: impl Fn(&Bucket, &Group) -> R,
    ) -> Result<Option<R>, TableError> {
        let mut bucket = self.engine().new_bucket();
        let mut position = Some(hash);
        while let Some(hash) = position {
            self.reading(|| self.engine().read_bucket(hash, &mut bucket))?;
            if let Some(group) = bucket.groups_from(hash).next() {
                return Ok(Some(make(&bucket, group)));
            }
            position = bucket.upper;
        }
        Ok(None)
    }

    /// The first key after another.
    fn walk_on<R>(
        &self,
        key: TermRef<'_>,
        make: impl Fn(&Bucket, &Group) -> R,
    ) -> Result<Option<R>, TableError> {
        let hash = self.engine().key(key).hash;
        let mut bucket = self.engine().new_bucket();
        self.reading(|| self.engine().read_bucket(hash, &mut bucket))?;
        let compare = |group: &Group| {
            let by_hash = group.hash.cmp(&hash);
            by_hash.then_with(|| bucket.key(group).exact_cmp(key))
        };
        let is_there = |group: &Group| compare(group) == Ordering::Equal;
        if !bucket.groups().iter().any(is_there) && !self.shared.is_fixed() {
            return Err(TableError::KeyNotFound { key: key.to_term() });
        }
        let mut after = bucket.groups().iter();
        if let Some(group) = after.find(|group| compare(group) == Ordering::Greater) {
            return Ok(Some(make(&bucket, group)));
        }
        match bucket.upper {
            Some(upper) => self.walk_from(upper, make),
            None => Ok(None),
        }
    }
}

fn key_and_objects(bucket: &Bucket, group: &Group) -> KeyAndObjects {
    let objects = Objects::from_range(bucket.objects(), bucket.range(group));
    (bucket.key(group).to_term(), objects)
}
