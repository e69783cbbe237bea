//! Iterators over typed tables.

use std::fmt;
use std::iter::FusedIterator;

use serde::de::DeserializeOwned;

use super::TypedTable;
use super::kinds::TypedKind;
use super::value::pair_of;
use crate::table::{Iter, TableError};

/// The keys and values of a typed table, or of a range of its keys: [`TypedTable::iter`], [`TypedTable::range`].
///
/// It is a handle of the table, and borrows nothing. An object that is none of `K` and `V` is an error, after which it
/// goes on.
pub struct TypedIter<M, K, V> {
    table: TypedTable<M, K, V>,
    objects: Iter,
}

impl<M, K, V> TypedIter<M, K, V> {
    pub(super) fn new(table: &TypedTable<M, K, V>, objects: Iter) -> Self {
        TypedIter {
            table: table.clone(),
            objects,
        }
    }
}

impl<M, K: DeserializeOwned, V: DeserializeOwned> Iterator for TypedIter<M, K, V> {
    type Item = Result<(K, V), TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        let object = self.objects.next()?;
        Some(object.and_then(|object| pair_of(object.as_ref())))
    }
}

impl<M, K: DeserializeOwned, V: DeserializeOwned> FusedIterator for TypedIter<M, K, V> {}

impl<M: TypedKind, K, V> fmt::Debug for TypedIter<M, K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("TypedIter")
            .field(&self.table)
            .finish()
    }
}
