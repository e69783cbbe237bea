//! Who is compared: one file per cache, one type per file.
//!
//! Another one is a file, a name in [`Label`], and a line in [`visit`].

mod foyer;
mod heirloom;
mod label;
mod mini_moka;
mod moka;
mod quick_cache;

use std::time::Duration;

use crate::error::CompareError;

pub use label::Label;

/// A cache from `u64` to `u64` that is shared by cloning its handle.
pub trait Cache: Clone + Send + Sync + 'static {
    /// Which one this is.
    const LABEL: Label;

    /// An empty cache for so many objects, each of weight 1, and otherwise with default settings.
    ///
    /// # Errors
    /// Whatever keeps the contender from making one.
    fn create(capacity: u64) -> Result<Self, CompareError>;

    /// A cache without a limit whose objects live so long; `None` if it knows no such time.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    fn expiring(_ttl: Duration) -> Result<Option<Self>, CompareError> {
        Ok(None)
    }

    /// The value of this key.
    fn get(&self, key: u64) -> Option<u64>;

    /// Inserts, or overwrites what is there.
    fn insert(&self, key: u64, value: u64);

    /// Does at once what the cache has put off, if it puts anything off.
    fn settle(&self) {}

    /// How many objects there are; exact after [`settle`](Self::settle).
    fn objects(&self) -> u64;
}

/// Something to be done with a cache that is only known when the program runs.
pub trait Visitor {
    /// What comes out.
    type Output;
    /// Does it.
    fn visit<C: Cache>(self) -> Self::Output;
}

/// Calls the visitor with the type of the cache.
pub fn visit<V: Visitor>(label: Label, visitor: V) -> V::Output {
    match label {
        Label::Heirloom => visitor.visit::<heirloom::HeirloomTable>(),
        Label::Moka => visitor.visit::<moka::Moka>(),
        Label::QuickCache => visitor.visit::<quick_cache::QuickCache>(),
        Label::MiniMoka => visitor.visit::<mini_moka::MiniMoka>(),
        Label::Foyer => visitor.visit::<foyer::Foyer>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inserts twice as many objects as there is room for.
    struct Overfill;

    impl Visitor for Overfill {
        type Output = (u64, bool);

        fn visit<C: Cache>(self) -> (u64, bool) {
            let cache = C::create(1_000).expect("a cache of 1,000");
            for key in 0..2_000 {
                cache.insert(key, key + 1);
            }
            cache.settle();
            let right = (0..2_000).all(|key| cache.get(key).is_none_or(|value| value == key + 1));
            (cache.objects(), right)
        }
    }

    #[test]
    fn every_cache_keeps_its_capacity_and_its_values() {
        for label in Label::ALL {
            let (objects, right) = visit(label, Overfill);
            assert!((900..=1_010).contains(&objects), "{label:?}: {objects}");
            assert!(right, "{label:?}");
        }
    }
}
