//! The short ways: plain keys and values, in an object that stands in its bucket.
//!
//! Most calls are of this sort. All they look at stays in registers: no term is made, hardly an error returned. They answer `None` where
//! they do not lead there, and have changed nothing then; the caller goes the general way, which also finds out what is wrong.

use serde::{Serialize, de::DeserializeOwned};

use super::TypedTable;
use super::kinds::{TypedKind, UniqueKeys};
use super::storage::Storage;
use super::unique::Counter;
use crate::table::TableError;
use crate::term::plain_of;

impl<M: TypedKind, K, V, S: Storage<V>> TypedTable<M, K, V, S> {
    #[inline(always)]
    pub(super) fn get_short<Q: Serialize + ?Sized>(&self, key: &Q) -> Option<M::Values<V>> {
        M::lookup_short::<V, S>(self.table(), plain_of(key)?)
    }

    #[inline(always)]
    pub(super) fn remove_short<Q: Serialize + ?Sized>(
        &self,
        key: &Q,
    ) -> Option<Result<M::Values<V>, Box<TableError>>> {
        M::take_short::<V, S>(self.table(), plain_of(key)?)
    }
}

impl<M, K: Serialize, V, S: Storage<V>> TypedTable<M, K, V, S> {
    /// Inserts a value, with `only_new` not over another; true if it was inserted.
    #[inline(always)]
    pub(super) fn insert_short(&self, key: &K, value: &V, only_new: bool) -> Option<bool> {
        let key = plain_of(key)?;
        if self.lease.remembers_absent() {
            return None;
        }
        S::insert_short(self.table(), key, value, only_new)
    }
}

impl<M: UniqueKeys, K: Serialize, V: Counter + DeserializeOwned> TypedTable<M, K, V> {
    /// Adds to the value of a key that is there; what it was before.
    #[inline(always)]
    pub(super) fn add_short(&self, key: &K, increment: V) -> Option<V> {
        let key = plain_of(key)?;
        let increment = increment.to_i64()?;
        let sum = self.table().add_to_plain(key, increment, &V::SMALL)?;
        V::from_i64(sum - increment)
    }
}
