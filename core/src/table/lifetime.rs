//! Tables as caches: objects that expire, and limits to how many there are.

use super::listener::Listener;
use super::{CacheStatistics, Removal, Table, TableError, TableOptions};
use crate::clock::Clock;
use crate::engine::{Lifespan, RowBuffer};
use crate::sync::Arc;
use crate::term::{TermRef, ToTerm};
use std::time::Duration;

/// How many objects that are over a write takes out, besides its own work.
const SWEPT_BY_WRITE: usize = 8;
/// How many objects that are over [`Table::maintain`] takes out.
const SWEPT_AT_ONCE: usize = 1024;

/// # Caches
/// With any of these options a table is a cache. No thread is started: what is over is not there for
/// anybody from that moment on, and is taken out by later writes, a few at a time, or by
/// [`maintain`](Table::maintain). [`rank`](Table::rank), [`nth`](Table::nth), [`count`](Table::count) and
/// [`slot`](Table::slot) count what is over until it is taken out; nothing else does.
///
/// In a `bag` or a `duplicate_bag` each object of a key has a life of its own. An object that a `bag` is given again takes the place of the
/// one that it has, as in a `set`: its life begins anew. Who looks for the oldest object of a key passes by those that are over and were
/// not taken out yet.
impl TableOptions {
    /// Objects live so long from when they are inserted, unless they are given a time of their own. To the millisecond, and
    /// never shorter. Operations that change a part of an object ([`update_counter`](Table::update_counter) and its like) leave
    /// it the time it has.
    ///
    /// ```
    /// use heirloom::Table;
    /// use std::time::Duration;
    ///
    /// let sessions = Table::set("sessions").ttl(Duration::from_secs(1800)).create()?;
    /// sessions.insert(("a7f3", "ann"))?;
    /// assert!(sessions.ttl("a7f3")?.flatten().is_some_and(|left| left.as_secs() > 1700));
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn ttl(mut self, ttl: Duration) -> TableOptions {
        self.limits.ttl = Some(ttl);
        self
    }

    /// Objects live so long from when they were looked up or written last; sometimes longer by an eighth, never shorter. If they have
    /// a ttl, too, that ends them in any case.
    pub fn idle(mut self, idle: Duration) -> TableOptions {
        self.limits.idle = Some(idle);
        self
    }

    /// An object that is over is kept for so long, for those callers of [`get_or_load`](crate::TypedTable::get_or_load) who would
    /// have to wait for a new one. For everybody else it is not there.
    pub fn stale_while_loading(mut self, stale: Duration) -> TableOptions {
        self.limits.stale = stale;
        self
    }

    /// Objects may be given a time of their own, though none have one by themselves: see
    /// [`insert_with_ttl`](Table::insert_with_ttl).
    pub fn expiring(mut self) -> TableOptions {
        self.limits.timed = true;
        self
    }

    /// There are at most so many objects, but for those that are being inserted just now; the others are evicted: S3-FIFO
    /// (J. Yang et al., SOSP 2023).
    pub fn max_objects(mut self, objects: u64) -> TableOptions {
        self.limits.max_objects = Some(objects);
        self
    }

    /// The objects take at most so many bytes, as they lie in memory; more are evicted, as by
    /// [`max_objects`](TableOptions::max_objects). What the table needs to find them comes on top.
    pub fn max_bytes(mut self, bytes: u64) -> TableOptions {
        self.limits.max_bytes = Some(bytes);
        self
    }

    /// Options of a table that remembers for so long which keys this one does not have, and no more than this one has objects.
    pub(crate) fn of_absent_keys(&self, ttl: Duration) -> TableOptions {
        let mut options = TableOptions::of_kind(self.kind, "absent keys")
            .public()
            .ttl(ttl);
        options.limits.max_objects = self.limits.max_objects;
        options.limits.clock.clone_from(&self.limits.clock);
        options
    }

    /// Objects may be given tags: see [`tag`](Table::tag).
    pub fn tagged(mut self) -> TableOptions {
        self.limits.tagged = true;
        self
    }

    /// What tells the time; otherwise it is the [`SystemClock`](crate::SystemClock).
    pub fn clock(mut self, clock: impl Clock) -> TableOptions {
        self.limits.clock = Some(Arc::new(clock));
        self
    }

    /// Calls this function for each object that goes: expired, evicted, replaced or deleted. By whoever writes next, outside of all
    /// locks, and soon rather than at once; so it may use the table. It is not called when the table itself goes.
    ///
    /// ```
    /// use heirloom::{RemovalCause, Table};
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// static EVICTED: AtomicU64 = AtomicU64::new(0);
    /// let pages = Table::set("pages").max_objects(100).on_removal(|removal| {
    ///     if removal.cause == RemovalCause::Evicted {
    ///         EVICTED.fetch_add(1, Ordering::Relaxed);
    ///     }
    /// });
    /// let pages = pages.create()?;
    /// for page in 0..150 {
    ///     pages.insert((page, "text"))?;
    /// }
    /// assert_eq!(pages.size()?, 100);
    /// assert_eq!(EVICTED.load(Ordering::Relaxed), 50);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn on_removal(
        mut self,
        listener: impl Fn(&Removal) + Send + Sync + 'static,
    ) -> TableOptions {
        self.limits.tells = true;
        self.listener = Some(Listener::new(listener));
        self
    }
}

impl Table {
    /// Inserts an object, or each object of a list, as [`insert`](Table::insert) does, to live so long.
    ///
    /// # Errors
    /// As [`insert`](Table::insert), and [`TableError::NotExpiring`] if the table was made without
    /// [`ttl`](TableOptions::ttl), [`idle`](TableOptions::idle) and [`expiring`](TableOptions::expiring).
    ///
    /// ```
    /// use heirloom::{ManualClock, Table};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let replies = Table::set("replies").expiring().clock(clock.clone()).create()?;
    /// replies.insert_with_ttl(("weather", "fine"), Duration::from_secs(600))?;
    /// replies.insert(("capital", "Bern"))?;
    /// clock.advance(Duration::from_secs(600));
    /// assert!(!replies.member("weather")?);
    /// assert!(replies.member("capital")?);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn insert_with_ttl(&self, objects: impl ToTerm, ttl: Duration) -> Result<(), TableError> {
        self.check_expiring("insert_with_ttl")?;
        self.insert_living(&objects, false, Lifespan::Of(Some(ttl)))
            .map(drop)
    }

    /// Inserts an object, or each object of a list, as [`insert_new`](Table::insert_new) does, to live so long.
    ///
    /// # Errors
    /// As [`insert_with_ttl`](Table::insert_with_ttl).
    pub fn insert_new_with_ttl(
        &self,
        objects: impl ToTerm,
        ttl: Duration,
    ) -> Result<bool, TableError> {
        self.check_expiring("insert_new_with_ttl")?;
        self.insert_living(&objects, true, Lifespan::Of(Some(ttl)))
    }

    /// Inserts objects to live so long; whether they were inserted.
    #[inline]
    pub(crate) fn insert_living(
        &self,
        objects: &impl ToTerm,
        only_new: bool,
        lifespan: Lifespan,
    ) -> Result<bool, TableError> {
        if let Some(inserted) = self.put_pair(objects, only_new) {
            return Ok(inserted);
        }
        objects.try_with_term(|objects| self.insert_term(objects, only_new, lifespan))
    }

    /// How long the object of a key lives on (of a bag: the one that lives longest): `Some(None)` if for ever, `None` if there is
    /// no such object. Atomic, O(1); of a bag O(objects of the key).
    ///
    /// # Errors
    /// [`TableError::NoSuchTable`], [`TableError::AccessDenied`], [`TableError::Term`].
    pub fn ttl(&self, key: impl ToTerm) -> Result<Option<Option<Duration>>, TableError> {
        key.try_with_term(|key| self.reading(|| self.engine().time_left(key)))
    }

    /// Lets the object of a key (of a bag: all of them) live so long from now; without a time as long as nobody deletes or evicts it.
    /// Whether there is such an object. Atomic, O(log n) for each.
    ///
    /// # Errors
    /// [`TableError::NotExpiring`], as [`insert_with_ttl`](Table::insert_with_ttl); [`TableError::NoSuchTable`],
    /// [`TableError::AccessDenied`], [`TableError::Term`].
    pub fn set_ttl(&self, key: impl ToTerm, ttl: Option<Duration>) -> Result<bool, TableError> {
        self.check_expiring("set_ttl")?;
        let set = |key: TermRef<'_>| {
            self.writing(|admission| {
                let admission = admission.giving(Lifespan::Of(ttl));
                self.engine().set_lifespan(key, &admission)
            })
        };
        key.try_with_term(set)
    }

    /// Tags the object of a key (of a bag: all that it has now); whether there is such an object. It loses its tags when another one is
    /// inserted in its place. O(log n) for each.
    ///
    /// # Errors
    /// [`TableError::NotTagged`] if the table was made without [`tagged`](TableOptions::tagged); [`TableError::NoSuchTable`],
    /// [`TableError::AccessDenied`], [`TableError::Term`].
    ///
    /// ```
    /// let pages = heirloom::Table::set("pages").tagged().create()?;
    /// for (page, author) in [("/1", "ann"), ("/2", "bob"), ("/3", "ann")] {
    ///     pages.insert((page, "<html>"))?;
    ///     pages.tag(page, author)?;
    /// }
    /// assert_eq!(pages.invalidate_tag("ann")?, 2);
    /// assert_eq!(pages.size()?, 1);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn tag(&self, key: impl ToTerm, tag: impl ToTerm) -> Result<bool, TableError> {
        self.check_tagged()?;
        let tag = tag.to_term()?;
        let set = |key: TermRef<'_>| {
            let tagged =
                self.writing(|admission| self.engine().tag(key, tag.as_ref(), admission))?;
            Ok(tagged?)
        };
        key.try_with_term(set)
    }

    /// Deletes all objects that have a tag, one after the other; how many. O(objects that have it).
    ///
    /// # Errors
    /// As [`tag`](Table::tag).
    pub fn invalidate_tag(&self, tag: impl ToTerm) -> Result<u64, TableError> {
        self.check_tagged()?;
        self.check_writer()?;
        let gone = tag.with_term(|tag| self.engine().invalidate(tag))?;
        self.tidy_up();
        Ok(gone)
    }

    fn check_tagged(&self) -> Result<(), TableError> {
        let lifetimes = self.engine().lifetimes();
        if lifetimes.is_some_and(|known| known.is_tagged()) {
            return Ok(());
        }
        Err(TableError::NotTagged)
    }

    /// Takes out some of the objects that are over, and evicts what is too much. How many objects that are over it took out: 0 when
    /// there are no more. Live values that nobody can see any more are dropped. For whoever has time; a call takes less than a
    /// millisecond.
    ///
    /// Anybody may call it, whatever the table's access: what it takes out is not there any more.
    ///
    /// # Errors
    /// [`TableError::NoSuchTable`].
    pub fn maintain(&self) -> Result<usize, TableError> {
        let swept = self.if_there(|| self.engine().expire(SWEPT_AT_ONCE))?;
        self.engine().make_room();
        self.wake_subscribers();
        self.tell_removals();
        self.engine().bury_all();
        Ok(swept)
    }

    /// How long it is until the next object is over: 0 if one is already. `None` if none ever is. O(log n).
    ///
    /// A table is a schedule, too: somebody sleeps so long, and then calls [`maintain`](Table::maintain), whose
    /// [listener](TableOptions::on_removal) does what is to be done.
    ///
    /// # Errors
    /// [`TableError::NoSuchTable`].
    pub fn next_expiry(&self) -> Result<Option<Duration>, TableError> {
        self.if_there(|| self.engine().lifetimes()?.next_expiry())
    }

    /// What happened in a cache since it was made; all 0 if the table is none.
    ///
    /// # Errors
    /// [`TableError::NoSuchTable`].
    ///
    /// ```
    /// let pages = heirloom::Table::set("pages").max_objects(1000).create()?;
    /// pages.insert(("/", "<html>"))?;
    /// pages.lookup("/")?;
    /// pages.lookup("/news")?;
    /// let statistics = pages.cache_statistics()?;
    /// assert_eq!((statistics.hits, statistics.misses), (1, 1));
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn cache_statistics(&self) -> Result<CacheStatistics, TableError> {
        self.if_there(|| {
            let lifetimes = self.engine().lifetimes();
            lifetimes.map_or_else(CacheStatistics::default, |known| known.statistics())
        })
    }

    /// As `with`, also what is stale.
    pub(crate) fn with_stale<R>(
        &self,
        key: TermRef<'_>,
        read: impl FnOnce(TermRef<'_>) -> R,
    ) -> Result<Option<R>, TableError> {
        let mut buffer = RowBuffer::new();
        let found = self.reading(|| self.engine().fetch_stale(key, &mut buffer))?;
        Ok(found.then(|| read(buffer.object())))
    }

    /// Whether objects are kept that are stale.
    pub(crate) fn keeps_stale(&self) -> bool {
        let lifetimes = self.engine().lifetimes();
        lifetimes.is_some_and(|known| known.keeps_stale())
    }

    /// Runs a load, and takes note of how long it takes and whether it succeeds.
    pub(crate) fn timing_load<V, E>(&self, load: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        let begun = self.load_begins();
        let loaded = load();
        self.load_ends(begun, loaded.is_ok());
        loaded
    }

    /// A load begins at this time, if that is of interest.
    pub(crate) fn load_begins(&self) -> Option<Duration> {
        self.engine().lifetimes().map(|known| known.time())
    }

    /// A load ends that began then.
    pub(crate) fn load_ends(&self, begun: Option<Duration>, succeeded: bool) {
        if let (Some(lifetimes), Some(begun)) = (self.engine().lifetimes(), begun) {
            lifetimes.note_load(begun, succeeded);
        }
    }

    /// What every write ends with in a table that is not plain. The caller holds nothing.
    #[cold]
    #[inline(never)]
    pub(super) fn tidy_up(&self) {
        self.engine().expire(SWEPT_BY_WRITE);
        self.engine().make_room();
        self.wake_subscribers();
        self.tell_removals();
        self.engine().bury();
    }

    pub(crate) fn check_expiring(&self, operation: &'static str) -> Result<(), TableError> {
        let lifetimes = self.engine().lifetimes();
        if lifetimes.is_some_and(|known| known.is_timed()) {
            return Ok(());
        }
        Err(TableError::NotExpiring { operation })
    }
}
