//! quick_cache: shards behind locks, as many as it finds right for the machine's cores.

use std::sync::Arc;

use ::quick_cache::UnitWeighter;
use ::quick_cache::sync::{self, DefaultLifecycle};

use super::{Cache, Label};
use crate::contender::{Hasher, hasher};
use crate::error::CompareError;

/// `quick_cache::sync::Cache`.
#[derive(Clone)]
pub struct QuickCache(Arc<sync::Cache<u64, u64, UnitWeighter, Hasher>>);

impl Cache for QuickCache {
    const LABEL: Label = Label::QuickCache;

    fn create(capacity: u64) -> Result<Self, CompareError> {
        let lifecycle = DefaultLifecycle::default();
        let cache = sync::Cache::with(
            capacity as usize,
            capacity,
            UnitWeighter,
            hasher(),
            lifecycle,
        );
        Ok(Self(Arc::new(cache)))
    }

    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        self.0.get(&key)
    }

    #[inline]
    fn insert(&self, key: u64, value: u64) {
        self.0.insert(key, value);
    }

    fn objects(&self) -> u64 {
        self.0.len() as u64
    }
}
