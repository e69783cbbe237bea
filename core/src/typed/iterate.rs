//! Iterators over typed tables.

use std::fmt;
use std::iter::FusedIterator;

use serde::de::DeserializeOwned;

use super::kinds::TypedKind;
use super::storage::Storage;
use super::{Rows, TypedTable};
use crate::table::{Iter, TableError};

/// The keys and values of a typed table, or of a range of its keys: [`TypedTable::iter`], [`TypedTable::range`].
///
/// It is a handle of the table, and borrows nothing. An object that is none of `K` and `V` is an error, after which it
/// goes on.
pub struct TypedIter<M, K, V, S: Storage<V> = Rows> {
    table: TypedTable<M, K, V, S>,
    objects: S::Walk,
}

impl<M, K, V, S: Storage<V>> TypedIter<M, K, V, S> {
    pub(super) fn new(table: &TypedTable<M, K, V, S>, objects: Iter) -> Self {
        TypedIter {
            table: table.clone(),
            objects: S::walk(objects),
        }
    }
}

impl<M, K: DeserializeOwned, V, S: Storage<V>> Iterator for TypedIter<M, K, V, S> {
    type Item = Result<(K, V), TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        S::next(&mut self.objects)
    }
}

impl<M, K: DeserializeOwned, V, S: Storage<V>> FusedIterator for TypedIter<M, K, V, S> {}

impl<M: TypedKind, K, V, S: Storage<V>> fmt::Debug for TypedIter<M, K, V, S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("TypedIter")
            .field(&self.table)
            .finish()
    }
}
