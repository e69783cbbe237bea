//! moka: what it has written down to do later, `run_pending_tasks` does at once.

use std::time::Duration;

use ::moka::sync;

use super::{Cache, Label};
use crate::contender::{Hasher, hasher};
use crate::error::CompareError;

/// `moka::sync::Cache`.
#[derive(Clone)]
pub struct Moka(sync::Cache<u64, u64, Hasher>);

impl Cache for Moka {
    const LABEL: Label = Label::Moka;

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
        self.0.run_pending_tasks();
    }

    fn objects(&self) -> u64 {
        self.0.entry_count()
    }
}
