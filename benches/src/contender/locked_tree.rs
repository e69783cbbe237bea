//! `RwLock<BTreeMap>`. A scan holds the lock for reading, so writers wait for it.

use std::collections::BTreeMap;
use std::ops::Bound::{Included, Unbounded};

use super::shared::Shared;
use super::{Contender, Label, Ordered};
use crate::error::CompareError;
use crate::workload::{OrderedShape, Shape};

/// A shared `RwLock<BTreeMap>`.
pub struct LockedTree<S: Shape>(Shared<BTreeMap<S::Key, S::Value>>);

impl<S: Shape> Clone for LockedTree<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: OrderedShape> Contender<S> for LockedTree<S> {
    const LABEL: Label = Label::RwLockBtreemap;

    fn create() -> Result<Self, CompareError> {
        Ok(Self(Shared::new(BTreeMap::new())))
    }

    #[inline]
    fn read(&self, key: &S::Key) -> Option<u64> {
        self.0.reader().get(key).copied()
    }

    #[inline]
    fn write(&self, key: &S::Key, value: u64) {
        self.0.writer().insert(key.clone(), value);
    }

    #[inline]
    fn delete(&self, key: &S::Key) {
        self.0.writer().remove(key);
    }
}

impl<S: OrderedShape> Ordered<S> for LockedTree<S> {
    fn range(&self, from: &S::Key, objects: usize, mut visit: impl FnMut(u64, u64)) {
        let map = self.0.reader();
        let range = map.range::<S::Key, _>((Included(from), Unbounded));
        range
            .take(objects)
            .for_each(|(key, value)| visit(S::word(key), *value));
    }

    fn scan(&self, mut visit: impl FnMut(u64, u64)) {
        let map = self.0.reader();
        map.iter()
            .for_each(|(key, value)| visit(S::word(key), *value));
    }

    fn scan_reversed(&self, mut visit: impl FnMut(u64, u64)) {
        let map = self.0.reader();
        map.iter()
            .rev()
            .for_each(|(key, value)| visit(S::word(key), *value));
    }

    #[inline]
    fn pop_first(&self) -> Option<(u64, u64)> {
        let (key, value) = self.0.writer().pop_first()?;
        Some((S::word(&key), value))
    }
}
