//! The one place that names `std::sync`: everything else imports from here, so that another implementation can be put in.

// Not every part of the crate needs every primitive in every configuration.
#![allow(unused_imports)]

pub(crate) use std::sync::{
    Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, Weak, atomic,
};
pub(crate) use std::{thread, thread_local};

/// Locks `mutex`, also when a thread has panicked under it. Whoever holds a lock in this crate
/// leaves what it guards in order at every point where a panic is possible.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits on `condvar`, as [`lock`] locks. May wake without a notification.
pub(crate) fn wait<'a, T>(condvar: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condvar.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// Hands out distinct numbers, ascending on each thread.
///
/// Never made of loom's types: it is for statics, where they can't be, and there is nothing to
/// explore.
pub(crate) struct Counter(std::sync::atomic::AtomicU64);

impl Counter {
    pub(crate) const fn new(first: u64) -> Counter {
        Counter(std::sync::atomic::AtomicU64::new(first))
    }

    pub(crate) fn next(&self) -> u64 {
        // Relaxed: that the numbers are distinct is all that is promised.
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
    }
}
