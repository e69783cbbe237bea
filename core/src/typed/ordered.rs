//! What only typed tables in order have.

use std::ops::{Bound, RangeBounds};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::storage::Storage;
use super::value::{term_of, with_term};
use super::{Equivalent, OrderedSet, TypedIter};
use crate::engine::Direction;
use crate::table::TableError;
use crate::term::{Term, from_term};

impl<K: Serialize, V, S> OrderedSet<K, V, S> {
    /// How many keys come before this one, which need not be there. O(log n), and a little for each part of the
    /// table that was changed since the last question of this sort.
    ///
    /// # Errors
    /// See [`TypedTable`](super::TypedTable).
    pub fn rank<Q>(&self, key: &Q) -> Result<u64, TableError>
    where
        Q: Serialize + Equivalent<K> + ?Sized,
    {
        with_term(key, |key| self.table().rank(key))?
    }

    /// How many keys lie in a range. Costs what [`rank`](Self::rank) does.
    ///
    /// # Errors
    /// See [`TypedTable`](super::TypedTable).
    pub fn count<Q>(&self, range: impl RangeBounds<Q>) -> Result<u64, TableError>
    where
        Q: Serialize + Equivalent<K>,
    {
        self.table().count(terms(&range)?)
    }
}

impl<K: DeserializeOwned, V, S: Storage<V>> OrderedSet<K, V, S> {
    /// The smallest key and its value. O(log n).
    ///
    /// # Errors
    /// See [`TypedTable`](super::TypedTable).
    pub fn first(&self) -> Result<Option<(K, V)>, TableError> {
        self.iter().next().transpose()
    }

    /// The greatest key and its value. O(log n).
    ///
    /// # Errors
    /// See [`TypedTable`](super::TypedTable).
    pub fn last(&self) -> Result<Option<(K, V)>, TableError> {
        while let Some(key) = self.table().last()? {
            // If it is gone again, another one is the last.
            if let Some(value) = S::get(self.table(), key.as_ref())? {
                return Ok(Some((from_term(key.as_ref())?, value)));
            }
        }
        Ok(None)
    }

    /// Removes the smallest key and returns it with its value. Atomic: no two callers get the same. O(log n).
    ///
    /// # Errors
    /// See [`TypedTable`](super::TypedTable). An object that is none of `K` and `V` is gone, too.
    pub fn pop_first(&self) -> Result<Option<(K, V)>, TableError> {
        S::pop(self.table(), Direction::Forwards)
    }

    /// Removes the greatest key and returns it with its value. Atomic: no two callers get the same. O(log n).
    ///
    /// # Errors
    /// As [`pop_first`](Self::pop_first).
    pub fn pop_last(&self) -> Result<Option<(K, V)>, TableError> {
        S::pop(self.table(), Direction::Backwards)
    }

    /// The key that has `index` others before it (so from 0), if there are as many. Costs what [`rank`](Self::rank)
    /// does.
    ///
    /// # Errors
    /// See [`TypedTable`](super::TypedTable).
    pub fn nth(&self, index: u64) -> Result<Option<K>, TableError> {
        let key = self.table().nth(index)?;
        Ok(key.map(|key| from_term(key.as_ref())).transpose()?)
    }
}

impl<K: Serialize + DeserializeOwned, V, S: Storage<V>> OrderedSet<K, V, S> {
    /// The keys of a range and their values, in order; a range that ends before it begins is empty. Finding its
    /// beginning takes O(log n). No snapshot: see [`TypedTable`](super::TypedTable).
    ///
    /// # Errors
    /// See [`TypedTable`](super::TypedTable).
    pub fn range<Q>(
        &self,
        range: impl RangeBounds<Q>,
    ) -> Result<TypedIter<super::kinds::OrderedSet, K, V, S>, TableError>
    where
        Q: Serialize + Equivalent<K>,
    {
        Ok(TypedIter::new(self, self.table().range(terms(&range)?)?))
    }
}

/// The bounds of a range as terms.
fn terms<Q: Serialize>(
    range: &impl RangeBounds<Q>,
) -> Result<(Bound<Term>, Bound<Term>), TableError> {
    let bound = |bound: Bound<&Q>| match bound {
        Bound::Included(key) => term_of(key).map(Bound::Included),
        Bound::Excluded(key) => term_of(key).map(Bound::Excluded),
        Bound::Unbounded => Ok(Bound::Unbounded),
    };
    Ok((bound(range.start_bound())?, bound(range.end_bound())?))
}
