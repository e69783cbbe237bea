//! `RwLock<hashbrown::HashMap>`: what one writes before looking for a crate.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};

use hashbrown::HashMap;

use super::{Contender, Counters, Hasher, Label, hasher};
use crate::error::CompareError;
use crate::workload::{Ints, Shape};

/// The map inside the lock.
type Map<S> = HashMap<<S as Shape>::Key, <S as Shape>::Value, Hasher>;

/// A shared `RwLock<hashbrown::HashMap>`.
pub struct Locked<S: Shape>(Arc<RwLock<Map<S>>>);

impl<S: Shape> Clone for Locked<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Shape> Locked<S> {
    /// The lock for reading. Nothing panics while it is held, so it is never poisoned.
    #[inline]
    fn reader(&self) -> RwLockReadGuard<'_, Map<S>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lock for writing.
    #[inline]
    fn writer(&self) -> RwLockWriteGuard<'_, Map<S>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Shape> Contender<S> for Locked<S> {
    const LABEL: Label = Label::RwLockHashbrown;

    fn create() -> Result<Self, CompareError> {
        Ok(Self(Arc::new(RwLock::new(HashMap::with_hasher(hasher())))))
    }

    #[inline]
    fn read(&self, key: &S::Key) -> Option<S::Value> {
        self.reader().get(key).copied()
    }

    #[inline]
    fn write(&self, key: S::Key, value: S::Value) {
        self.writer().insert(key, value);
    }

    #[inline]
    fn delete(&self, key: &S::Key) {
        self.writer().remove(key);
    }

    fn hold_read(&self, key: &S::Key, meanwhile: impl FnOnce()) {
        let map = self.reader();
        let _value = map.get(key);
        meanwhile();
    }

    fn try_write(&self, key: S::Key, value: S::Value) -> bool {
        match self.0.try_write() {
            Ok(mut map) => drop(map.insert(key, value)),
            Err(TryLockError::Poisoned(error)) => drop(error.into_inner().insert(key, value)),
            Err(TryLockError::WouldBlock) => return false,
        }
        true
    }
}

impl Counters for Locked<Ints> {
    #[inline]
    fn increment(&self, key: u64) {
        *self.writer().entry(key).or_insert(0) += 1;
    }
}
