//! What live values count for in a cache of so many bytes.

use super::live::LiveValue;
use super::{Table, TableOptions};
use crate::sync::Arc;
use std::any::Any;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

/// The user's function, for the type of values that the table has. It runs outside of all locks.
#[derive(Clone)]
pub(super) struct Weigher(Arc<dyn Any + Send + Sync>);

/// What is in a [`Weigher`].
type Weigh<V> = Box<dyn Fn(&V) -> u64 + Send + Sync>;

/// A table calls it and keeps nothing of it: what a panic leaves broken in it is its own.
impl UnwindSafe for Weigher {}
impl RefUnwindSafe for Weigher {}

impl fmt::Debug for Weigher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Weigher")
    }
}

impl TableOptions {
    /// Values count for as many bytes as this function says, besides what their records take.
    pub(crate) fn weigher<V: LiveValue>(
        mut self,
        weigh: impl Fn(&V) -> u64 + Send + Sync + 'static,
    ) -> TableOptions {
        let weigh: Weigh<V> = Box::new(weigh);
        self.weigher = Some(Weigher(Arc::new(weigh)));
        self.limits.weighed = true;
        self
    }
}

impl Table {
    /// How many bytes a value counts for, besides its record.
    pub(super) fn weigh<V: LiveValue>(&self, value: &V) -> u64 {
        let weigher = self.shared.weigher.as_ref();
        let weigh = weigher.and_then(|weigher| weigher.0.downcast_ref::<Weigh<V>>());
        weigh.map_or(0, |weigh| weigh(value))
    }
}
