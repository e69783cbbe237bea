//! papaya: an array of pointers to boxed entries, read under a guard.

use std::sync::Arc;

use ::papaya::HashMap;

use super::{Contender, Counters, Hashed, Hasher, Label, hasher};
use crate::error::CompareError;
use crate::workload::Shape;

/// A shared `papaya::HashMap`, pinned anew for each operation, as callers do that don't know when the next comes.
pub struct Papaya<S: Shape>(Arc<HashMap<S::Key, S::Value, Hasher>>);

impl<S: Shape> Clone for Papaya<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Shape> Contender<S> for Papaya<S> {
    const LABEL: Label = Label::Papaya;

    fn create() -> Result<Self, CompareError> {
        Ok(Self(Arc::new(HashMap::with_hasher(hasher()))))
    }

    #[inline]
    fn read(&self, key: &S::Key) -> Option<S::Value> {
        self.0.pin().get(key).cloned()
    }

    #[inline]
    fn write(&self, key: &S::Key, value: S::Value) {
        self.0.pin().insert(key.clone(), value);
    }

    #[inline]
    fn delete(&self, key: &S::Key) {
        self.0.pin().remove(key);
    }
}

impl<S: Shape> Hashed<S> for Papaya<S> {
    fn hold_read(&self, key: &S::Key, meanwhile: impl FnOnce()) {
        let map = self.0.pin();
        let _value = map.get(key);
        meanwhile();
    }
}

impl<S: Shape<Key = u64, Value = u64>> Counters<S> for Papaya<S> {
    #[inline]
    fn increment(&self, key: u64) {
        self.0.pin().update_or_insert(key, |count| count + 1, 1);
    }
}
