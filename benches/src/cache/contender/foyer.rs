//! foyer's cache in memory, with the algorithm and the number of shards that it has by itself.

use foyer_memory::CacheBuilder;

use super::{Cache, Label};
use crate::contender::{Hasher, hasher};
use crate::error::CompareError;

/// `foyer_memory::Cache`.
#[derive(Clone)]
pub struct Foyer(foyer_memory::Cache<u64, u64, Hasher>);

impl Cache for Foyer {
    const LABEL: Label = Label::Foyer;

    fn create(capacity: u64) -> Result<Self, CompareError> {
        let builder = CacheBuilder::new(capacity as usize).with_hash_builder(hasher());
        Ok(Self(builder.build()))
    }

    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        self.0.get(&key).map(|entry| *entry.value())
    }

    #[inline]
    fn insert(&self, key: u64, value: u64) {
        self.0.insert(key, value);
    }

    fn objects(&self) -> u64 {
        self.0.entries() as u64
    }
}
