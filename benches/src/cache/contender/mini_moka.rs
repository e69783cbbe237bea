//! mini-moka: what it has written down to do later, `sync` does at once.

use std::time::Duration;

use ::mini_moka::sync;
use ::mini_moka::sync::ConcurrentCacheExt;

use super::{Cache, Label};
use crate::contender::{Hasher, hasher};
use crate::error::CompareError;

/// `mini_moka::sync::Cache`.
#[derive(Clone)]
pub struct MiniMoka(sync::Cache<u64, u64, Hasher>);

impl Cache for MiniMoka {
    const LABEL: Label = Label::MiniMoka;

    fn create(capacity: u64) -> Result<Self, CompareError> {
        let builder = sync::Cache::builder().max_capacity(capacity);
        Ok(Self(builder.build_with_hasher(hasher())))
    }

    fn expiring(ttl: Duration) -> Result<Option<Self>, CompareError> {
        let builder = sync::Cache::builder().time_to_live(ttl);
        Ok(Some(Self(builder.build_with_hasher(hasher()))))
    }

    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        self.0.get(&key)
    }

    #[inline]
    fn insert(&self, key: u64, value: u64) {
        self.0.insert(key, value);
    }

    fn settle(&self) {
        self.0.sync();
    }

    fn objects(&self) -> u64 {
        self.0.entry_count()
    }
}
