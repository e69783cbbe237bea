//! Typed tables as caches.

use std::time::Duration;

use serde::Serialize;

use super::kinds::{TypedKind, UniqueKeys};
use super::options::TypedOptions;
use super::storage::{Live, Storage};
use super::value::with_term;
use super::{Equivalent, TypedTable};
use crate::clock::Clock;
use crate::engine::Lifespan;
use crate::table::{CacheStatistics, LiveValue, Removal, TableError, TableOptions};
use crate::term::ToTerm;

/// With any of these a table is a cache: see [`TableOptions`].
impl<M: TypedKind, K, V, S: Storage<V>> TypedOptions<M, K, V, S> {
    /// See [`TableOptions::ttl`].
    pub fn ttl(self, ttl: Duration) -> Self {
        self.with(|table| table.ttl(ttl))
    }

    /// See [`TableOptions::idle`].
    pub fn idle(self, idle: Duration) -> Self {
        self.with(|table| table.idle(idle))
    }

    /// See [`TableOptions::expiring`].
    pub fn expiring(self) -> Self {
        self.with(TableOptions::expiring)
    }

    /// See [`TableOptions::max_objects`].
    pub fn max_objects(self, objects: u64) -> Self {
        self.with(|table| table.max_objects(objects))
    }

    /// See [`TableOptions::max_bytes`]. Live values count for what a [`weigher`](TypedOptions::weigher) says.
    pub fn max_bytes(self, bytes: u64) -> Self {
        self.with(|table| table.max_bytes(bytes))
    }

    /// See [`TableOptions::tagged`].
    pub fn tagged(self) -> Self {
        self.with(TableOptions::tagged)
    }

    /// See [`TableOptions::clock`].
    pub fn clock(self, clock: impl Clock) -> Self {
        self.with(|table| table.clock(clock))
    }

    /// See [`TableOptions::on_removal`]; a live value is [`Removal::live_value`].
    pub fn on_removal(self, listener: impl Fn(&Removal) + Send + Sync + 'static) -> Self {
        self.with(|table| table.on_removal(listener))
    }
}

impl<M: UniqueKeys, K, V, S: Storage<V>> TypedOptions<M, K, V, S> {
    /// See [`TableOptions::stale_while_loading`].
    ///
    /// ```
    /// use heirloom::{ManualClock, Set};
    /// use std::time::Duration;
    ///
    /// let (clock, minute) = (ManualClock::new(), Duration::from_secs(60));
    /// let rates = Set::<String, f64>::options("rates").ttl(minute).stale_while_loading(minute);
    /// let rates = rates.clock(clock.clone()).create()?;
    /// rates.get_or_load("EUR".into(), || Ok::<_, String>(1.07))?;
    /// clock.advance(minute);
    /// assert_eq!(rates.get("EUR")?, None);
    /// // While one loads, the others get the old one.
    /// let new = rates.get_or_load("EUR".into(), || {
    ///     std::thread::scope(|scope| {
    ///         let other = || rates.get_or_load("EUR".into(), || Err("never asked".to_owned()));
    ///         assert_eq!(scope.spawn(other).join().expect("no panic").ok(), Some(1.07));
    ///     });
    ///     Ok::<_, String>(1.08)
    /// })?;
    /// assert_eq!(new, 1.08);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stale_while_loading(self, stale: Duration) -> Self {
        self.with(|table| table.stale_while_loading(stale))
    }

    /// Which keys have no value is remembered so long, by [`get_or_find`](TypedTable::get_or_find): what was looked for in vain is
    /// not looked for again at once.
    pub fn remember_absent(mut self, ttl: Duration) -> Self {
        self.absent = Some(ttl);
        self
    }
}

impl<M: TypedKind, K, V: LiveValue> TypedOptions<M, K, V, Live> {
    /// Values count for as many bytes as this function says, besides what their records take: for
    /// [`max_bytes`](Self::max_bytes). It is called for each value that is inserted, outside of all locks.
    ///
    /// ```
    /// use heirloom::Cache;
    /// use std::sync::Arc;
    ///
    /// let pages = Cache::<u64, Arc<str>>::options("pages")
    ///     .max_bytes(10_000)
    ///     .weigher(|page| page.len() as u64)
    ///     .create()?;
    /// for number in 0..100 {
    ///     pages.insert(number, Arc::from("text ".repeat(100)))?;
    /// }
    /// assert!((15..20).contains(&pages.len()?));
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn weigher(self, weigh: impl Fn(&V) -> u64 + Send + Sync + 'static) -> Self {
        self.with(|table| table.weigher(weigh))
    }
}

impl<M: TypedKind, K: Serialize, V, S: Storage<V>> TypedTable<M, K, V, S> {
    /// Inserts a value, as [`insert`](Self::insert) does, to live so long.
    ///
    /// # Errors
    /// See [`TypedTable`]; [`TableError::NotExpiring`] if the table was made without [`ttl`](TypedOptions::ttl),
    /// [`idle`](TypedOptions::idle) and [`expiring`](TypedOptions::expiring).
    pub fn insert_with_ttl(&self, key: K, value: V, ttl: Duration) -> Result<(), TableError> {
        self.table().check_expiring("insert_with_ttl")?;
        let lifespan = Lifespan::Of(Some(ttl));
        with_term(&key, |key| {
            S::insert(self.table(), key, value, lifespan)?;
            self.forget_absence(key)
        })?
    }

    /// See [`Table::ttl`](crate::Table::ttl).
    ///
    /// # Errors
    /// See [`TypedTable`].
    pub fn ttl<Q>(&self, key: &Q) -> Result<Option<Option<Duration>>, TableError>
    where
        Q: Serialize + Equivalent<K> + ?Sized,
    {
        with_term(key, |key| self.table().ttl(key))?
    }

    /// See [`Table::set_ttl`](crate::Table::set_ttl).
    ///
    /// # Errors
    /// See [`TypedTable`], and [`insert_with_ttl`](Self::insert_with_ttl).
    pub fn set_ttl<Q>(&self, key: &Q, ttl: Option<Duration>) -> Result<bool, TableError>
    where
        Q: Serialize + Equivalent<K> + ?Sized,
    {
        with_term(key, |key| self.table().set_ttl(key, ttl))?
    }
}

impl<M: TypedKind, K: Serialize, V, S> TypedTable<M, K, V, S> {
    /// See [`Table::tag`](crate::Table::tag).
    ///
    /// # Errors
    /// See [`TypedTable`]; [`TableError::NotTagged`] if the table was made without [`tagged`](TypedOptions::tagged).
    pub fn tag<Q>(&self, key: &Q, tag: impl ToTerm) -> Result<bool, TableError>
    where
        Q: Serialize + Equivalent<K> + ?Sized,
    {
        with_term(key, |key| self.table().tag(key, tag))?
    }
}

impl<M: TypedKind, K, V, S> TypedTable<M, K, V, S> {
    /// See [`Table::invalidate_tag`](crate::Table::invalidate_tag).
    ///
    /// # Errors
    /// As [`tag`](Self::tag).
    pub fn invalidate_tag(&self, tag: impl ToTerm) -> Result<u64, TableError> {
        self.table().invalidate_tag(tag)
    }

    /// See [`Table::maintain`](crate::Table::maintain).
    ///
    /// # Errors
    /// See [`TypedTable`].
    pub fn maintain(&self) -> Result<usize, TableError> {
        self.table().maintain()
    }

    /// See [`Table::cache_statistics`](crate::Table::cache_statistics).
    ///
    /// # Errors
    /// See [`TypedTable`].
    pub fn cache_statistics(&self) -> Result<CacheStatistics, TableError> {
        self.table().cache_statistics()
    }
}
