//! dashmap: shards of hashbrown tables, each behind a lock.

use std::sync::Arc;

use ::dashmap::DashMap;
use ::dashmap::mapref::entry::Entry;

use super::{Contender, Counters, Hashed, Hasher, Label, hasher};
use crate::error::CompareError;
use crate::workload::Shape;

/// A shared `DashMap`.
pub struct Dashmap<S: Shape>(Arc<DashMap<S::Key, S::Value, Hasher>>);

impl<S: Shape> Clone for Dashmap<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Shape> Contender<S> for Dashmap<S> {
    const LABEL: Label = Label::Dashmap;

    fn create() -> Result<Self, CompareError> {
        Ok(Self(Arc::new(DashMap::with_hasher(hasher()))))
    }

    #[inline]
    fn read(&self, key: &S::Key) -> Option<S::Value> {
        self.0.get(key).map(|entry| entry.value().clone())
    }

    #[inline]
    fn write(&self, key: &S::Key, value: S::Value) {
        self.0.insert(key.clone(), value);
    }

    #[inline]
    fn delete(&self, key: &S::Key) {
        self.0.remove(key);
    }
}

impl<S: Shape> Hashed<S> for Dashmap<S> {
    fn hold_read(&self, key: &S::Key, meanwhile: impl FnOnce()) {
        let _entry = self.0.get(key);
        meanwhile();
    }

    fn try_write(&self, key: &S::Key, value: S::Value) -> bool {
        let Some(entry) = self.0.try_entry(key.clone()) else {
            return false;
        };
        match entry {
            Entry::Occupied(mut entry) => drop(entry.insert(value)),
            Entry::Vacant(entry) => drop(entry.insert(value)),
        }
        true
    }
}

impl<S: Shape<Key = u64, Value = u64>> Counters<S> for Dashmap<S> {
    #[inline]
    fn increment(&self, key: u64) {
        self.0
            .entry(key)
            .and_modify(|count| *count += 1)
            .or_insert(1);
    }
}
