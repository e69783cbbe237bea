//! Objects that went, for those who want to be told.

use crate::engine::live::Remains;
use crate::sync::{Arc, AtomicU64, Mutex, Ordering, lock};
use crate::term::Term;
use std::collections::VecDeque;

/// Why an object is no longer there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RemovalCause {
    /// Its time was over.
    Expired,
    /// There were too many, or they were too large.
    Evicted,
    /// A tag that it had was invalidated.
    Invalidated,
    /// Another object of its key took its place.
    Replaced,
    /// It was deleted.
    Deleted,
}

impl RemovalCause {
    /// The same, but for an object that was over anyway.
    pub(in crate::engine) fn or_expired(self, is_over: bool) -> RemovalCause {
        if is_over { RemovalCause::Expired } else { self }
    }
}

/// An object that is no longer there.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Removal {
    /// The object. What it has in the place of a live value is a number that means nothing any more.
    pub object: Term,
    /// Why it went.
    pub cause: RemovalCause,
    live: Option<Arc<Remains>>,
}

impl Removal {
    /// The live value, if the table has values of this type.
    pub fn live_value<V: 'static>(&self) -> Option<&V> {
        self.live.as_ref()?.value()
    }
}

/// The removals that nobody was told of yet.
#[derive(Default)]
pub(super) struct Removals {
    waiting: Mutex<VecDeque<Removal>>,
    /// How many they are.
    count: AtomicU64,
}

impl Removals {
    pub(super) fn push(&self, cause: RemovalCause, object: Term, remains: Option<Remains>) {
        let live = remains.map(Arc::new);
        lock(&self.waiting).push_back(Removal {
            object,
            cause,
            live,
        });
        // Release: who sees the number finds the removals.
        self.count.fetch_add(1, Ordering::Release);
    }

    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// The oldest.
    pub(super) fn pop(&self) -> Option<Removal> {
        let removal = lock(&self.waiting).pop_front()?;
        self.count.fetch_sub(1, Ordering::Relaxed);
        Some(removal)
    }
}
