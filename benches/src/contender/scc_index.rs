//! scc's `HashIndex`: as its `HashMap`, but readers take no lock; a write puts a new entry beside the old one.

use std::sync::Arc;

use scc::hash_index::Entry;
use scc::{Guard, HashIndex};

use super::{Contender, Counters, Hashed, Hasher, Label, hasher};
use crate::error::CompareError;
use crate::workload::Shape;

/// A shared `scc::HashIndex`.
pub struct SccIndex<S: Shape>(Arc<HashIndex<S::Key, S::Value, Hasher>>);

impl<S: Shape> Clone for SccIndex<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Shape> Contender<S> for SccIndex<S> {
    const LABEL: Label = Label::SccHashIndex;

    fn create() -> Result<Self, CompareError> {
        Ok(Self(Arc::new(HashIndex::with_hasher(hasher()))))
    }

    #[inline]
    fn read(&self, key: &S::Key) -> Option<S::Value> {
        self.0.peek_with(key, |_, value| value.clone())
    }

    #[inline]
    fn write(&self, key: &S::Key, value: S::Value) {
        match self.0.entry_sync(key.clone()) {
            Entry::Occupied(mut entry) => entry.update(value),
            Entry::Vacant(entry) => drop(entry.insert_entry(value)),
        }
    }

    #[inline]
    fn delete(&self, key: &S::Key) {
        self.0.remove_sync(key);
    }
}

impl<S: Shape> Hashed<S> for SccIndex<S> {
    fn hold_read(&self, key: &S::Key, meanwhile: impl FnOnce()) {
        let guard = Guard::new();
        let _value = self.0.peek(key, &guard);
        meanwhile();
    }
}

impl<S: Shape<Key = u64, Value = u64>> Counters<S> for SccIndex<S> {
    #[inline]
    fn increment(&self, key: u64) {
        match self.0.entry_sync(key) {
            Entry::Occupied(mut entry) => {
                let count = entry.get() + 1;
                entry.update(count);
            }
            Entry::Vacant(entry) => drop(entry.insert_entry(1)),
        }
    }
}
