//! How long objects live: what expires, what is evicted, and who frees its memory.
//!
//! A table of which no limit was asked knows nothing of this. In the others each object is a record with a
//! [`tail`], in which its life is kept, and each record passes through here twice:
//!
//! ```text
//!             enlist                                       delist
//!  stored ------------> in a queue, in the expiry index ------------> freed
//!                          |                     ^           replaced, deleted
//!                          | choose, expire      | left: was not in the table (yet)
//!                          v                     |
//!                       leaving -----------------+----> left: freed
//! ```
//!
//! # Who frees a record
//! Whoever takes it out of the table, under the lock of its bucket or leaf, gives it to [`Lifetimes::delist`]. Whoever wants to
//! evict it does not have that lock, and must not be surprised by another object in the same cell. So it first
//! marks the record as *leaving*, under the lock of its shard: from then on its cell is not freed but by the one who
//! marked it. With the key in the record it goes to the table, takes this very record out if it is there, and comes back
//! ([`Lifetimes::left`]). Was the record taken out in between, by itself or by another, the mark *gone* says so. If not, it
//! was not published yet, and goes back to its queue.
//!
//! # Expiry
//! A call sees one [`Moment`], for which it asks the clock before it holds anything. What has expired by then is not there for it:
//! every reader asks [`is_over`] of a record that it has found, before it asks whether the bucket is unchanged. It is taken out
//! later, by writers and whoever calls `maintain`, who ask once more when they hold the bucket. How many wait for that is a rank in
//! the [`expiry`] index, so the size that a table tells is exact.
//!
//! # Locks
//! A bucket or leaf, then a shard, then the expiry index; who holds a shard waits for no bucket. No code of the user runs under any
//! of them.

mod expiry;
mod ghosts;
#[cfg(all(test, heirloom_loom))]
mod loom_models;
mod queues;
mod tags;
mod tail;

use super::count::Counts;
use super::live::Remains;
use super::record::{self, SHARED, SharedAddress};
use crate::clock::Clock;
use crate::mutant::{self, Mutant};
use crate::slab::{CellIndex, Slab, WORD_BYTES};
use crate::sync::{Arc, AtomicU64, Mutex, Ordering, lock};
use crate::term::{Term, TermError, TermRef};
use expiry::Expiry;
use queues::Queues;
use std::collections::VecDeque;
use std::time::Duration;
use tags::Tags;
use tail::{Queue, Tail, TailKind, USES_MAX};

/// Objects that a shard has at least: with fewer, its part of the order in which objects came says too little.
const USUAL_OBJECTS: usize = 2048;
/// The most shards.
const SHARDS_MAX: u64 = 16;
/// An object lives longer than it need by up to this part of the time that it may be idle, one in so many.
const IDLE_SLACK: u64 = 8;
/// Neighbouring cells are in the same shard as long as their numbers agree but for so many bits.
const SHARD_SHIFT: u32 = 4;

/// What was asked of a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    /// How long an object lives.
    pub(crate) ttl: Option<Duration>,
    /// How long an object lives that nobody uses.
    pub(crate) idle: Option<Duration>,
    /// How long an object that is over is kept for those who would rather have an old one than wait.
    pub(crate) stale: Duration,
    pub(crate) max_objects: Option<u64>,
    pub(crate) max_bytes: Option<u64>,
    /// Whether objects count for more bytes than their records take.
    pub(crate) weighed: bool,
    /// Whether objects may be given a time of their own.
    pub(crate) timed: bool,
    pub(crate) clock: Option<Arc<dyn Clock>>,
    /// Whether objects may have tags.
    pub(crate) tagged: bool,
    /// Whether removals are kept until somebody asks for them.
    pub(crate) tells: bool,
}

impl Limits {
    /// Whether a table is asked for anything at all.
    pub(crate) fn are_set(&self) -> bool {
        self.is_timed()
            || self.max_objects.is_some()
            || self.max_bytes.is_some()
            || self.tagged
            || self.tells
    }

    fn is_timed(&self) -> bool {
        self.timed || self.ttl.is_some() || self.idle.is_some()
    }
}

/// How long a new object is to live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lifespan {
    /// As the table says.
    #[default]
    OfTable,
    /// So long; without a time until it is deleted or evicted.
    Of(Option<Duration>),
    /// Until the object would have expired in whose place it comes.
    OfFormer,
}

/// How an object comes into the world.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Birth {
    pub(crate) lifespan: Lifespan,
    pub(crate) moment: Moment,
    /// Bytes that the object counts for, besides its record.
    pub(crate) weight: u64,
}

impl Birth {
    /// Where objects' lives have no limits.
    pub(crate) const NONE: Birth = Birth {
        lifespan: Lifespan::OfTable,
        moment: Moment::NONE,
        weight: 0,
    };
}

/// Why an object is no longer there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RemovalCause {
    /// Its time was over.
    Expired,
    /// There were too many, or they were too large.
    Evicted,
    /// A tag that it had was invalidated.
    Invalidated,
    /// Another object of its key took its place.
    Replaced,
    /// It was deleted.
    Deleted,
}

impl RemovalCause {
    /// The same, but for an object that was over anyway.
    pub(super) fn or_expired(self, is_over: bool) -> RemovalCause {
        if is_over { RemovalCause::Expired } else { self }
    }
}

/// An object that is no longer there.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Removal {
    /// The object. What it has in the place of a live value is a number that means nothing any more.
    pub object: Term,
    /// Why it went.
    pub cause: RemovalCause,
    live: Option<Arc<Remains>>,
}

impl Removal {
    /// The live value, if the table has values of this type.
    pub fn live_value<V: 'static>(&self) -> Option<&V> {
        self.live.as_ref()?.value()
    }
}

/// What happened in a cache since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStatistics {
    /// Lookups of a key that had an object.
    pub hits: u64,
    /// Lookups of a key that had none.
    pub misses: u64,
    /// Objects that went because there were too many or they were too large.
    pub evictions: u64,
    /// Objects that were taken out because their time was over.
    pub expirations: u64,
    /// Values that were loaded because they were asked for.
    pub loads: u64,
    /// Loads that failed.
    pub failed_loads: u64,
    /// How long all loads took together.
    pub load_time: Duration,
}

/// When a call happens, as far as objects' lives go: milliseconds of the clock that are over, and one more, so that all times are
/// above 0; and in the lowest bit, whether the next has begun. 0 stands for none: in tables whose objects do not expire, and for
/// objects that don't.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moment(u64);

impl Moment {
    /// Of a call that nothing can have expired for.
    pub(crate) const NONE: Moment = Moment(0);

    fn of_clock(time: Duration) -> Moment {
        let has_begun = !time.subsec_nanos().is_multiple_of(1_000_000);
        Moment((millis(time).min(u64::MAX >> 2) + 1) << 1 | u64::from(has_begun))
    }

    fn is_none(self) -> bool {
        self == Moment::NONE
    }

    fn millis(self) -> u64 {
        self.0 >> 1
    }

    /// From when on what begins now is counted: nothing is to be over before its time.
    fn millis_up(self) -> u64 {
        self.millis() + (self.0 & 1)
    }
}

/// Whether an object's time is over. The caller has yet to ask whether the record was the object's all the time.
#[inline(always)]
pub(super) fn is_over(cell: &[AtomicU64], moment: Moment) -> bool {
    if moment.is_none() {
        return false;
    }
    let due = Tail::new(cell).due();
    due != 0 && expiry::is_due(due, moment.millis())
}

/// An object on its way out: see the module. It must come back to [`Lifetimes::left`].
#[must_use = "it would be in no queue any more"]
pub(super) struct Leaving {
    pub(super) record: CellIndex,
    from: Queue,
}

/// What a table knows of its objects' lives.
pub(crate) struct Lifetimes {
    limits: Limits,
    clock: Arc<dyn Clock>,
    /// Where its cell's number says.
    shards: Box<[Mutex<Queues>]>,
    /// Which shard is next to lose an object.
    turn: AtomicU64,
    objects: AtomicU64,
    bytes: AtomicU64,
    expiry: Option<Expiry>,
    tags: Option<Tags>,
    removals: Mutex<VecDeque<Removal>>,
    /// How many removals wait.
    untold: AtomicU64,
    hits: Counts,
    misses: Counts,
    evictions: AtomicU64,
    expirations: AtomicU64,
    loads: AtomicU64,
    failed_loads: AtomicU64,
    load_nanos: AtomicU64,
}

impl Lifetimes {
    pub(crate) fn new(limits: Limits) -> Lifetimes {
        let usual = limits.max_objects.unwrap_or(u64::MAX) / USUAL_OBJECTS as u64;
        let shards = usual.clamp(1, SHARDS_MAX);
        Lifetimes {
            clock: limits
                .clock
                .clone()
                .unwrap_or_else(|| Arc::new(crate::clock::SystemClock)),
            expiry: limits.is_timed().then(Expiry::new),
            tags: limits.tagged.then(Tags::new),
            limits,
            shards: (0..shards).map(|_| Mutex::default()).collect(),
            turn: AtomicU64::new(0),
            objects: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            removals: Mutex::default(),
            untold: AtomicU64::new(0),
            hits: Counts::new(),
            misses: Counts::new(),
            evictions: AtomicU64::new(0),
            expirations: AtomicU64::new(0),
            loads: AtomicU64::new(0),
            failed_loads: AtomicU64::new(0),
            load_nanos: AtomicU64::new(0),
        }
    }

    /// Words at the end of each record's cell.
    pub(super) fn tail_words(&self) -> usize {
        self.tail_kind().words()
    }

    fn tail_kind(&self) -> TailKind {
        TailKind {
            weighed: self.limits.weighed,
            timed: self.expiry.is_some(),
            idles: self.limits.idle.is_some(),
        }
    }

    /// When a call happens that begins now. Asks the clock, so the caller holds nothing.
    ///
    /// Where objects are kept that are stale, all calls but those who want such live ahead of the clock by as long as these
    /// are kept. So an object that such a call makes is due so much later, and for all of them it is over before it is due.
    pub(super) fn moment(&self) -> Moment {
        self.moment_ahead(self.limits.stale)
    }

    /// The same for a call that also wants what is stale, or takes out what is not even that.
    pub(super) fn moment_of_stale(&self) -> Moment {
        self.moment_ahead(Duration::ZERO)
    }

    fn moment_ahead(&self, ahead: Duration) -> Moment {
        match self.expiry {
            Some(_) => Moment::of_clock(self.clock.now().saturating_add(ahead)),
            None => Moment::NONE,
        }
    }

    fn shard(&self, cell: CellIndex) -> &Mutex<Queues> {
        &self.shards[((cell >> SHARD_SHIFT) % self.shards.len() as u64) as usize]
    }

    /// What the objects of a shard may count for together, as long as there is room left.
    fn room(&self) -> Option<u64> {
        let (limit, now) = match self.limits.max_bytes {
            Some(limit) => (limit, &self.bytes),
            None => (self.limits.max_objects?, &self.objects),
        };
        let has_room = now.load(Ordering::Relaxed) < limit;
        has_room.then(|| limit / self.shards.len() as u64)
    }

    /// What an object counts for in its queue.
    fn charge(&self, slab: &Slab, cell: CellIndex) -> u64 {
        match self.limits.max_bytes {
            Some(_) if self.limits.weighed => {
                let weight = Tail::of(slab, cell).weight(self.tail_kind());
                bytes_of(slab, cell).saturating_add(weight)
            }
            Some(_) => bytes_of(slab, cell),
            None => 1,
        }
    }

    /// Takes a new record in, which nobody else knows of yet. `hash` is that of its key, the same for equal keys.
    pub(super) fn enlist(&self, slab: &Slab, record: CellIndex, hash: u64, birth: Birth) {
        let tail = Tail::of(slab, record);
        tail.begin(self.tail_kind(), birth.weight);
        let was_ghost = lock(self.shard(hash)).ghosts.take(hash);
        let mut queues = lock(self.shard(record));
        if let Some(expiry) = &self.expiry {
            let [hard, due] = self.times(birth.lifespan, birth.moment);
            if self.limits.idle.is_some() {
                tail.set_hard(hard);
            }
            if due != 0 {
                tail.set_due(expiry.add(due, record));
            }
        }
        let charge = |cell| self.charge(slab, cell);
        let queue = queues.queue_for(slab, was_ghost, self.room(), charge);
        self.list(&mut queues, slab, queue, record);
    }

    fn list(&self, queues: &mut Queues, slab: &Slab, queue: Queue, record: CellIndex) {
        let charge = self.charge(slab, record);
        queues.push(slab, queue, record, charge);
        self.objects.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(charge, Ordering::Relaxed);
    }

    fn unlist(&self, queues: &mut Queues, slab: &Slab, record: CellIndex) {
        let charge = self.charge(slab, record);
        queues.take_out(slab, record, charge);
        self.objects.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(charge, Ordering::Relaxed);
    }

    /// The latest time and the first time at which an object may expire that begins now, in milliseconds; 0 for never.
    fn times(&self, lifespan: Lifespan, moment: Moment) -> [u64; 2] {
        let now = moment.millis_up();
        let ttl = match lifespan {
            Lifespan::OfTable => self.limits.ttl,
            Lifespan::Of(ttl) => ttl,
            Lifespan::OfFormer => None,
        };
        let hard = ttl.map_or(0, |ttl| now.saturating_add(millis_up(ttl)));
        [hard, self.first_due(hard, now)]
    }

    /// When an object expires that is used now, and in any case at the time `hard`.
    fn first_due(&self, hard: u64, now: u64) -> u64 {
        let Some(idle) = self.limits.idle else {
            return hard;
        };
        let idle = millis_up(idle);
        // A while longer than it need be, so that it is not moved with each use.
        let unused = now.saturating_add(idle).saturating_add(idle / IDLE_SLACK);
        if hard == 0 { unused } else { unused.min(hard) }
    }

    /// Takes note that an object is used.
    #[inline(always)]
    pub(super) fn note_use(
        &self,
        slab: &Slab,
        record: CellIndex,
        moment: Moment,
        is_there: impl Fn() -> bool,
    ) {
        Tail::of(slab, record).count_use();
        if self.limits.idle.is_some() {
            self.prolong(slab, record, moment, is_there);
        }
    }

    /// Where objects are forgotten that nobody uses: lets one live on that is used now. `is_there` says whether the record is in
    /// the table still.
    #[cold]
    fn prolong(&self, slab: &Slab, record: CellIndex, moment: Moment, is_there: impl Fn() -> bool) {
        let (Some(idle), Some(expiry)) = (self.limits.idle, &self.expiry) else {
            return;
        };
        let (tail, now) = (Tail::of(slab, record), moment.millis_up());
        let enough = now.saturating_add(millis_up(idle));
        let is_enough = |due: u64, hard: u64| {
            due == 0 || expiry::millis_of(due) >= enough || expiry::millis_of(due) == hard
        };
        if is_enough(tail.due(), tail.hard()) {
            return;
        }
        let _queues = lock(self.shard(record));
        // Under the lock nobody frees it; so if it is in the table now, it is in the cell.
        let is_listed = is_there() && tail.queue() != Queue::Nowhere;
        if is_listed && !is_enough(tail.due(), tail.hard()) {
            self.move_due(expiry, tail, record, self.first_due(tail.hard(), now));
        }
    }

    /// Gives an object another time; the caller holds the lock of its shard.
    fn move_due(&self, expiry: &Expiry, tail: Tail<'_>, record: CellIndex, millis: u64) {
        let before = tail.due();
        if before != 0 && expiry::millis_of(before) == millis {
            return;
        }
        let due = if millis == 0 {
            0
        } else {
            expiry.add(millis, record)
        };
        tail.set_due(due);
        if before != 0 {
            expiry.remove(before, record);
        }
    }

    /// Gives an object in the table another lifespan, which begins now. The caller holds its bucket or leaf.
    pub(super) fn set_lifespan(&self, slab: &Slab, record: CellIndex, birth: Birth) {
        let Some(expiry) = &self.expiry else {
            return;
        };
        let _queues = lock(self.shard(record));
        let tail = Tail::of(slab, record);
        let [hard, due] = self.times(birth.lifespan, birth.moment);
        if self.limits.idle.is_some() {
            tail.set_hard(hard);
        }
        self.move_due(expiry, tail, record, due);
    }

    /// How long an object lives on; `None` if for ever.
    pub(super) fn time_left(&self, cell: &[AtomicU64], moment: Moment) -> Option<Duration> {
        let due = self.expiry.as_ref().map_or(0, |_| Tail::new(cell).due());
        let left = expiry::millis_of(due).saturating_sub(moment.millis());
        (due != 0).then(|| Duration::from_millis(left))
    }

    /// An object takes another one's place: it has been used as often, and once more. The caller holds its bucket or leaf.
    pub(super) fn succeed(
        &self,
        slab: &Slab,
        record: CellIndex,
        former_record: CellIndex,
        lifespan: Lifespan,
    ) {
        let (tail, former) = (Tail::of(slab, record), Tail::of(slab, former_record));
        tail.set_uses((former.uses() + 1).min(USES_MAX));
        if lifespan != Lifespan::OfFormer {
            return;
        }
        let _queues = lock(self.shard(record));
        if let (Some(tags), true) = (&self.tags, former.is_tagged()) {
            tail.set_tagged();
            tags.copy(former_record, record);
        }
        let Some(expiry) = &self.expiry else {
            return;
        };
        if self.limits.idle.is_some() {
            tail.set_hard(former.hard());
        }
        if tail.queue() != Queue::Nowhere && former.due() != 0 {
            self.move_due(expiry, tail, record, expiry::millis_of(former.due()));
        }
    }

    /// Takes a record out of the queues that was taken out of the table, or never was in it. Whether its cell may be freed: if
    /// not, somebody else does it.
    pub(super) fn delist(&self, slab: &Slab, record: CellIndex) -> bool {
        let tail = Tail::of(slab, record);
        let mut queues = lock(self.shard(record));
        if tail.is_leaving() {
            tail.set_gone();
            return mutant::is_on(Mutant::LeavingFreed);
        }
        self.unlist(&mut queues, slab, record);
        self.forget(tail, record);
        true
    }

    /// Takes a record out of the indexes for good; the caller holds the lock of its shard.
    fn forget(&self, tail: Tail<'_>, record: CellIndex) {
        if let Some((expiry, due)) = self.entry(tail) {
            expiry.remove(due, record);
        }
        if let (Some(tags), true) = (&self.tags, tail.is_tagged()) {
            tags.remove(record);
        }
    }

    /// Tags an object in the table. The caller holds its bucket or leaf.
    pub(super) fn tag(
        &self,
        slab: &Slab,
        record: CellIndex,
        tag: TermRef<'_>,
    ) -> Result<(), TermError> {
        let Some(tags) = &self.tags else {
            return Ok(());
        };
        let _queues = lock(self.shard(record));
        tags.add(tag, record)?;
        Tail::of(slab, record).set_tagged();
        Ok(())
    }

    /// Whether objects may have tags.
    pub(crate) fn is_tagged(&self) -> bool {
        self.tags.is_some()
    }

    /// The records that have a tag.
    pub(super) fn tagged(&self, tag: TermRef<'_>) -> Vec<CellIndex> {
        self.tags
            .as_ref()
            .map_or_else(Vec::new, |tags| tags.cells(tag))
    }

    /// The object in a cell, if it has a tag.
    pub(super) fn take_tagged(
        &self,
        slab: &Slab,
        record: CellIndex,
        tag: TermRef<'_>,
    ) -> Option<Leaving> {
        let mut queues = lock(self.shard(record));
        let is_meant = self.tags.as_ref()?.has(tag, record);
        let is_listed = Tail::of(slab, record).queue() != Queue::Nowhere;
        (is_meant && is_listed).then(|| self.leave(&mut queues, slab, record))
    }

    /// Where an object's time is entered, and under what.
    fn entry(&self, tail: Tail<'_>) -> Option<(&Expiry, u64)> {
        let expiry = self.expiry.as_ref()?;
        let due = tail.due();
        (due != 0).then_some((expiry, due))
    }

    /// An object whose time is over, if there is one.
    pub(super) fn next_expired(&self, slab: &Slab, moment: Moment) -> Option<Leaving> {
        let expiry = self.expiry.as_ref()?;
        loop {
            let (due, record) = expiry.take_due(moment.millis())?;
            let mut queues = lock(self.shard(record));
            let tail = Tail::of(slab, record);
            // The cell may be another object's by now, or its time another one.
            if tail.queue() != Queue::Nowhere && tail.due() == due {
                return Some(self.leave(&mut queues, slab, record));
            }
        }
    }

    /// An object that has to go because there are too many, or they are too large.
    pub(super) fn next_evicted(&self, slab: &Slab) -> Option<Leaving> {
        for _ in 0..self.shards.len() {
            if !self.is_over_limit() {
                return None;
            }
            let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.shards.len() as u64;
            let mut queues = lock(&self.shards[turn as usize]);
            if let Some(record) = queues.choose(slab, |cell| self.charge(slab, cell)) {
                return Some(self.leave(&mut queues, slab, record));
            }
        }
        None
    }

    fn is_over_limit(&self) -> bool {
        let exceeds = |limit: Option<u64>, now: &AtomicU64| {
            limit.is_some_and(|limit| now.load(Ordering::Relaxed) > limit)
        };
        exceeds(self.limits.max_objects, &self.objects)
            || exceeds(self.limits.max_bytes, &self.bytes)
    }

    /// Takes an object in hand. Its entry in the expiry index may be there or not.
    fn leave(&self, queues: &mut Queues, slab: &Slab, record: CellIndex) -> Leaving {
        let tail = Tail::of(slab, record);
        let from = tail.queue();
        self.unlist(queues, slab, record);
        tail.set_leaving(true);
        Leaving { record, from }
    }

    /// The one who took an object in hand is done with it. Whether its cell is to be freed now.
    pub(super) fn left(&self, slab: &Slab, leaving: &Leaving) -> bool {
        let &Leaving { record, from } = leaving;
        let tail = Tail::of(slab, record);
        let mut queues = lock(self.shard(record));
        if tail.is_gone() {
            self.forget(tail, record);
            return true;
        }
        // It was not in the table yet, or has got another time.
        tail.set_leaving(false);
        self.list(&mut queues, slab, from, record);
        if let Some((expiry, due)) = self.entry(tail) {
            // Most often it is entered already.
            expiry.put(due, record);
        }
        false
    }

    /// Remembers the key of an object that was evicted.
    pub(super) fn remember(&self, leaving: &Leaving, hash: u64) {
        if leaving.from == Queue::Small {
            let mut queues = lock(self.shard(hash));
            let objects = queues.objects();
            queues.ghosts.add(hash, objects);
        }
    }

    /// Takes note of an object that went.
    pub(super) fn note_removal(
        &self,
        cause: RemovalCause,
        gone: impl FnOnce() -> (Term, Option<Remains>),
    ) {
        match cause {
            RemovalCause::Expired => self.expirations.fetch_add(1, Ordering::Relaxed),
            RemovalCause::Evicted => self.evictions.fetch_add(1, Ordering::Relaxed),
            RemovalCause::Invalidated | RemovalCause::Replaced | RemovalCause::Deleted => 0,
        };
        if self.limits.tells {
            let (object, remains) = gone();
            let live = remains.map(Arc::new);
            lock(&self.removals).push_back(Removal {
                object,
                cause,
                live,
            });
            // Release: who sees the number finds the removals.
            self.untold.fetch_add(1, Ordering::Release);
        }
    }

    /// How many removals nobody was told of.
    pub(crate) fn untold(&self) -> u64 {
        self.untold.load(Ordering::Acquire)
    }

    /// The oldest removal that nobody was told of.
    pub(crate) fn next_removal(&self) -> Option<Removal> {
        let removal = lock(&self.removals).pop_front()?;
        self.untold.fetch_sub(1, Ordering::Relaxed);
        Some(removal)
    }

    /// Whether objects may expire.
    pub(crate) fn is_timed(&self) -> bool {
        self.expiry.is_some()
    }

    /// Counts a lookup.
    #[inline(always)]
    pub(crate) fn count_lookup(&self, found: bool) {
        let counts = if found { &self.hits } else { &self.misses };
        counts.add(0, 1);
    }

    /// The time.
    pub(crate) fn time(&self) -> Duration {
        self.clock.now()
    }

    /// Takes note of a load that began at this time.
    pub(crate) fn note_load(&self, begun: Duration, succeeded: bool) {
        let took = self.clock.now().saturating_sub(begun);
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.load_nanos.fetch_add(nanos, Ordering::Relaxed);
        let loads = if succeeded {
            &self.loads
        } else {
            &self.failed_loads
        };
        loads.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether objects are kept that are stale.
    pub(crate) fn keeps_stale(&self) -> bool {
        !self.limits.stale.is_zero()
    }

    /// How many objects are over but still in the table.
    pub(super) fn overdue(&self) -> u64 {
        let moment = self.moment();
        let expiry = self.expiry.as_ref();
        expiry.map_or(0, |expiry| expiry.count_due(moment.millis()))
    }

    /// How long it is until the next object expires.
    pub(crate) fn next_expiry(&self) -> Option<Duration> {
        let now = self.moment_of_stale().millis();
        let next = self.expiry.as_ref()?.next()?;
        Some(Duration::from_millis(next.saturating_sub(now)))
    }

    pub(crate) fn statistics(&self) -> CacheStatistics {
        CacheStatistics {
            hits: self.hits.sum(0),
            misses: self.misses.sum(0),
            evictions: self.evictions.load(Ordering::Relaxed),
            expirations: self.expirations.load(Ordering::Relaxed),
            loads: self.loads.load(Ordering::Relaxed),
            failed_loads: self.failed_loads.load(Ordering::Relaxed),
            load_time: Duration::from_nanos(self.load_nanos.load(Ordering::Relaxed)),
        }
    }

    /// Bytes of memory outside of the records.
    pub(super) fn bytes(&self) -> usize {
        let ghosts = self.shards.iter().map(|shard| lock(shard).ghosts.bytes());
        let expiry = self.expiry.as_ref().map_or(0, Expiry::bytes);
        let tags = self.tags.as_ref().map_or(0, Tags::bytes);
        size_of::<Lifetimes>() + ghosts.sum::<usize>() + expiry + tags
    }
}

/// Bytes that a record takes.
fn bytes_of(slab: &Slab, record: CellIndex) -> u64 {
    let Some(cell) = slab.cell(record) else {
        return 0;
    };
    let is_shared = record::form_of(cell[0].load(Ordering::Relaxed)) == SHARED;
    let outside = SharedAddress::read(cell).filter(|_| is_shared);
    (cell.len() * WORD_BYTES) as u64 + outside.map_or(0, |address| address.bytes())
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// So that nothing expires before its time.
fn millis_up(time: Duration) -> u64 {
    u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}
