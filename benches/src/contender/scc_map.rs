//! scc's `HashMap`: buckets of 32 slots, each behind a lock that readers take, too.

use std::sync::Arc;

use scc::HashMap;
use scc::hash_map::Entry;

use super::{Contender, Counters, Hashed, Hasher, Label, hasher};
use crate::error::CompareError;
use crate::workload::Shape;

/// A shared `scc::HashMap`.
pub struct SccMap<S: Shape>(Arc<HashMap<S::Key, S::Value, Hasher>>);

impl<S: Shape> Clone for SccMap<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Shape> Contender<S> for SccMap<S> {
    const LABEL: Label = Label::SccHashMap;

    fn create() -> Result<Self, CompareError> {
        Ok(Self(Arc::new(HashMap::with_hasher(hasher()))))
    }

    #[inline]
    fn read(&self, key: &S::Key) -> Option<S::Value> {
        self.0.read_sync(key, |_, value| value.clone())
    }

    #[inline]
    fn write(&self, key: &S::Key, value: S::Value) {
        self.0.upsert_sync(key.clone(), value);
    }

    #[inline]
    fn delete(&self, key: &S::Key) {
        self.0.remove_sync(key);
    }
}

impl<S: Shape> Hashed<S> for SccMap<S> {
    fn hold_read(&self, key: &S::Key, meanwhile: impl FnOnce()) {
        self.0.read_sync(key, |_, _| meanwhile());
    }

    fn try_write(&self, key: &S::Key, value: S::Value) -> bool {
        match self.0.try_entry(key.clone()) {
            Some(Entry::Occupied(mut entry)) => drop(entry.insert(value)),
            Some(Entry::Vacant(entry)) => drop(entry.insert_entry(value)),
            None => return false,
        }
        true
    }
}

impl<S: Shape<Key = u64, Value = u64>> Counters<S> for SccMap<S> {
    #[inline]
    fn increment(&self, key: u64) {
        self.0
            .entry_sync(key)
            .and_modify(|count| *count += 1)
            .or_insert(1);
    }
}
