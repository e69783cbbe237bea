//! A structure of the standard library behind a lock: what one writes before looking for a crate.

use std::sync::{
    Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError, TryLockResult,
};

/// A shared `RwLock`. Nothing panics while it is held, so it is never poisoned.
#[derive(Debug, Default)]
pub struct Shared<T>(Arc<RwLock<T>>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Shared<T> {
    /// Puts it behind a lock.
    pub fn new(inner: T) -> Self {
        Self(Arc::new(RwLock::new(inner)))
    }

    /// The lock for reading.
    #[inline]
    pub fn reader(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lock for writing.
    #[inline]
    pub fn writer(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lock for writing, if nobody has it.
    pub fn try_writer(&self) -> Option<RwLockWriteGuard<'_, T>> {
        let result: TryLockResult<_> = self.0.try_write();
        match result {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}
