//! crossbeam's `SkipMap`: a lock-free list with shortcuts, one node for each object. It pins the epoch anew for each
//! operation and for each step of an iterator, which its users can't help.

use std::ops::Bound::{Included, Unbounded};
use std::sync::Arc;

use crossbeam_skiplist::SkipMap;

use super::{Contender, Label, Ordered};
use crate::error::CompareError;
use crate::workload::{OrderedShape, Shape};

/// A shared `SkipMap`.
pub struct CrossbeamSkipMap<S: Shape>(Arc<SkipMap<S::Key, S::Value>>);

impl<S: Shape> Clone for CrossbeamSkipMap<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: OrderedShape> Contender<S> for CrossbeamSkipMap<S> {
    const LABEL: Label = Label::CrossbeamSkipMap;

    fn create() -> Result<Self, CompareError> {
        Ok(Self(Arc::new(SkipMap::new())))
    }

    #[inline]
    fn read(&self, key: &S::Key) -> Option<u64> {
        self.0.get(key).map(|entry| *entry.value())
    }

    #[inline]
    fn write(&self, key: &S::Key, value: u64) {
        self.0.insert(key.clone(), value);
    }

    #[inline]
    fn delete(&self, key: &S::Key) {
        self.0.remove(key);
    }
}

impl<S: OrderedShape> Ordered<S> for CrossbeamSkipMap<S> {
    fn range(&self, from: &S::Key, objects: usize, mut visit: impl FnMut(u64, u64)) {
        let range = self.0.range::<S::Key, _>((Included(from), Unbounded));
        range
            .take(objects)
            .for_each(|entry| visit(S::word(entry.key()), *entry.value()));
    }

    fn scan(&self, mut visit: impl FnMut(u64, u64)) {
        self.0
            .iter()
            .for_each(|entry| visit(S::word(entry.key()), *entry.value()));
    }

    fn scan_reversed(&self, mut visit: impl FnMut(u64, u64)) {
        self.0
            .iter()
            .rev()
            .for_each(|entry| visit(S::word(entry.key()), *entry.value()));
    }

    #[inline]
    fn pop_first(&self) -> Option<(u64, u64)> {
        let entry = self.0.pop_front()?;
        Some((S::word(entry.key()), *entry.value()))
    }
}
