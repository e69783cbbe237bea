//! Heirloom: a public table with a limit, read without allocating by `with`.

use std::time::Duration;

use ::heirloom::{Table, TermRef};

use super::{Cache, Label};
use crate::contender::heirloom::{VALUE_POSITION, accepted, created};
use crate::error::CompareError;

/// A `set` of objects `{Key, Value}`.
#[derive(Clone)]
pub struct HeirloomTable(Table);

impl Cache for HeirloomTable {
    const LABEL: Label = Label::Heirloom;

    fn create(capacity: u64) -> Result<Self, CompareError> {
        created(Table::set("cache").max_objects(capacity)).map(Self)
    }

    fn expiring(ttl: Duration) -> Result<Option<Self>, CompareError> {
        created(Table::set("cache").ttl(ttl)).map(|table| Some(Self(table)))
    }

    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        let value = |object: TermRef<'_>| object.element(VALUE_POSITION)?.as_i64();
        let found = accepted(self.0.with(key.cast_signed(), value)).flatten();
        found.map(i64::cast_unsigned)
    }

    #[inline]
    fn insert(&self, key: u64, value: u64) {
        accepted(self.0.insert((key.cast_signed(), value.cast_signed())));
    }

    fn objects(&self) -> u64 {
        accepted(self.0.size())
    }
}
