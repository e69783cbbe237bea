//! Tables in which a key has any number of values.

use serde::Serialize;

use super::kinds::ManyValues;
use super::value::with_pair;
use super::{Equivalent, TypedTable};
use crate::table::TableError;

impl<M: ManyValues, K: Serialize, V: Serialize> TypedTable<M, K, V> {
    /// Removes a value of a key, if the key has it; in a [`DuplicateBag`](super::DuplicateBag) each that is equal.
    /// Atomic. On average as fast as an insertion, however many values the key has.
    ///
    /// # Errors
    /// See [`TypedTable`].
    pub fn remove_value<Q, U>(&self, key: &Q, value: &U) -> Result<(), TableError>
    where
        Q: Serialize + Equivalent<K> + ?Sized,
        U: Serialize + Equivalent<V> + ?Sized,
    {
        with_pair(key, value, |pair| self.table().delete_object(pair))?
    }
}
