//! scc's `TreeIndex`: a B+-tree whose readers take no lock. A write puts a new entry into the leaf and marks the old
//! one. A scan stays under one guard.

use std::ops::Bound::{Included, Unbounded};
use std::sync::Arc;

use scc::{Guard, TreeIndex};

use super::{Contender, Label, Ordered};
use crate::error::CompareError;
use crate::workload::{OrderedShape, Shape};

/// A shared `TreeIndex`.
pub struct SccTree<S: Shape>(Arc<TreeIndex<S::Key, S::Value>>);

impl<S: Shape> Clone for SccTree<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: OrderedShape> Contender<S> for SccTree<S> {
    const LABEL: Label = Label::SccTreeIndex;

    fn create() -> Result<Self, CompareError> {
        Ok(Self(Arc::new(TreeIndex::new())))
    }

    #[inline]
    fn read(&self, key: &S::Key) -> Option<u64> {
        self.0.peek_with(key, |_, value| *value)
    }

    #[inline]
    fn write(&self, key: &S::Key, value: u64) {
        self.0.upsert_sync(key.clone(), value);
    }

    #[inline]
    fn delete(&self, key: &S::Key) {
        self.0.remove_sync(key);
    }
}

impl<S: OrderedShape> Ordered<S> for SccTree<S> {
    fn range(&self, from: &S::Key, objects: usize, mut visit: impl FnMut(u64, u64)) {
        let guard = Guard::new();
        let bounds = (Included(from), Unbounded);
        let range = self.0.range::<S::Key, _>(bounds, &guard);
        range
            .take(objects)
            .for_each(|(key, value)| visit(S::word(key), *value));
    }

    fn scan(&self, mut visit: impl FnMut(u64, u64)) {
        let guard = Guard::new();
        let all = self.0.iter(&guard);
        all.for_each(|(key, value)| visit(S::word(key), *value));
    }

    fn scan_reversed(&self, mut visit: impl FnMut(u64, u64)) {
        let guard = Guard::new();
        let all = self.0.iter(&guard).rev();
        all.for_each(|(key, value)| visit(S::word(key), *value));
    }

    /// There is no such call, so: remove the least key, unless somebody else was faster.
    fn pop_first(&self) -> Option<(u64, u64)> {
        loop {
            let guard = Guard::new();
            let (key, _) = self.0.iter(&guard).next()?;
            let mut last = 0;
            let removed = self.0.remove_if_sync(key, |value| {
                last = *value;
                true
            });
            if removed {
                return Some((S::word(key), last));
            }
        }
    }
}
