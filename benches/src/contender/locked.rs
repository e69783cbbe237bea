//! `RwLock<hashbrown::HashMap>`.

use hashbrown::HashMap;

use super::shared::Shared;
use super::{Contender, Counters, Hashed, Hasher, Label, hasher};
use crate::error::CompareError;
use crate::workload::Shape;

/// The map inside the lock.
type Map<S> = HashMap<<S as Shape>::Key, <S as Shape>::Value, Hasher>;

/// A shared `RwLock<hashbrown::HashMap>`.
pub struct Locked<S: Shape>(Shared<Map<S>>);

impl<S: Shape> Clone for Locked<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Shape> Contender<S> for Locked<S> {
    const LABEL: Label = Label::RwLockHashbrown;

    fn create() -> Result<Self, CompareError> {
        Ok(Self(Shared::new(HashMap::with_hasher(hasher()))))
    }

    #[inline]
    fn read(&self, key: &S::Key) -> Option<S::Value> {
        self.0.reader().get(key).cloned()
    }

    #[inline]
    fn write(&self, key: &S::Key, value: S::Value) {
        self.0.writer().insert(key.clone(), value);
    }

    #[inline]
    fn delete(&self, key: &S::Key) {
        self.0.writer().remove(key);
    }
}

impl<S: Shape> Hashed<S> for Locked<S> {
    fn hold_read(&self, key: &S::Key, meanwhile: impl FnOnce()) {
        let map = self.0.reader();
        let _value = map.get(key);
        meanwhile();
    }

    fn try_write(&self, key: &S::Key, value: S::Value) -> bool {
        let map = self.0.try_writer();
        map.map(|mut map| map.insert(key.clone(), value)).is_some()
    }
}

impl<S: Shape<Key = u64, Value = u64>> Counters<S> for Locked<S> {
    #[inline]
    fn increment(&self, key: u64) {
        *self.0.writer().entry(key).or_insert(0) += 1;
    }
}
