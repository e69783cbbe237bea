//! Heirloom's typed tables: `Set<K, V>`, whose objects are terms, and `Set<K, V, Live>`, which is `Cache<K, V>` without
//! limits and keeps values as what they are. Public, as typed tables are unless told otherwise.

use ::heirloom::{Live, Rows, Set};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::heirloom::accepted;
use super::{Contender, Counters, Hashed, HashedShape, Label};
use crate::error::CompareError;
use crate::workload::{Arcs, Shape, Strings, U64s};

/// A typed table; `M` is how it keeps values.
pub struct HeirloomSet<S: Shape, M>(Set<S::Key, S::Value, M>);

impl<S: Shape, M> Clone for HeirloomSet<S, M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The same calls for one way to keep values: the trait that both ways have is Heirloom's own, and can't be a bound here.
macro_rules! contender_keeping {
    ($storage:ty, $($value:tt)+) => {
        impl<S: Shape<Key: Serialize + DeserializeOwned, Value: $($value)+>> Contender<S> for HeirloomSet<S, $storage> {
            const LABEL: Label = Label::Heirloom;

            fn create() -> Result<Self, CompareError> {
                let table = Set::new("compare");
                let table = table.map_err(|error| CompareError::Heirloom(error.to_string()));
                table.map(Self)
            }

            #[inline]
            fn read(&self, key: &S::Key) -> Option<S::Value> {
                accepted(self.0.get(key))
            }

            #[inline]
            fn write(&self, key: &S::Key, value: S::Value) {
                accepted(self.0.insert(key.clone(), value));
            }

            #[inline]
            fn delete(&self, key: &S::Key) {
                accepted(self.0.remove(key));
            }

            fn own_count_bytes(&self) -> Option<usize> {
                Some(accepted(self.0.table().memory_bytes()))
            }
        }
    };
}

contender_keeping!(Rows, Serialize + DeserializeOwned);
contender_keeping!(Live, Clone);

impl<S: Shape, M> Hashed<S> for HeirloomSet<S, M>
where
    Self: Contender<S>,
{
    /// A value of one's own is all that a read leaves in the caller's hands.
    fn hold_read(&self, key: &S::Key, meanwhile: impl FnOnce()) {
        let _value = self.read(key);
        meanwhile();
    }
}

impl<S: Shape<Key = u64, Value = u64>> Counters<S> for HeirloomSet<S, Rows> {
    #[inline]
    fn increment(&self, key: u64) {
        accepted(self.0.fetch_add(key, 1));
    }
}

impl<const BITS: u32> HashedShape for U64s<BITS> {
    type Heirloom = HeirloomSet<Self, Rows>;
}

impl HashedShape for Strings {
    type Heirloom = HeirloomSet<Self, Rows>;
}

impl HashedShape for Arcs {
    type Heirloom = HeirloomSet<Self, Live>;
}
