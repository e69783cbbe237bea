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
//! A hash table with unique keys, of whose objects only the number is limited, has no such records: its objects have no tails, and it goes
//! by the hashes of their keys. See [`rounds`]. All that follows is about the others.
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
mod limits;
#[cfg(all(test, heirloom_loom))]
mod loom_models;
mod moment;
mod queues;
mod removal;
mod rounds;
mod share;
mod tags;
mod tail;
mod tally;
mod times;

use super::live::Remains;
use super::record::{self, SHARED, SharedAddress};
use crate::clock::{Clock, SystemClock};
use crate::mutant::{self, Mutant};
use crate::slab::{CellIndex, Slab, WORD_BYTES};
use crate::sync::{Arc, AtomicU64, Mutex, Ordering, lock};
use crate::term::{Term, TermError, TermRef};
use expiry::Expiry;
use queues::{LOOKS_MAX, Queues};
use removal::Removals;
use rounds::Rounds;
use std::time::Duration;
use tags::Tags;
use tail::{Queue, Tail, TailKind, USES_MAX};
use tally::Tally;

pub use limits::Lifespan;
pub(crate) use limits::{Birth, Limits};
pub(crate) use moment::Moment;
pub use removal::{Removal, RemovalCause};
pub(super) use rounds::{Entry, Look, same_key};
pub use tally::CacheStatistics;

/// Objects that a shard has at least: with fewer, its part of the order in which objects came says too little.
const USUAL_OBJECTS: usize = 2048;
/// The most bytes that an object counts for besides its record: a tebibyte, so that no sum overflows.
const WEIGHT_MAX: u64 = 1 << 40;
/// Whatever takes more than one part in so many of a cache that is limited in bytes is not kept for having come last.
const LARGE_SHARE: u64 = 8;
/// The most shards.
const SHARDS_MAX: u64 = 16;
/// The bits of a hash that say its shard, from this one on: entries have others in those below.
const ROUND_SHIFT: u32 = 16;
/// Neighbouring cells are in the same shard as long as their numbers agree but for so many bits.
const SHARD_SHIFT: u32 = 4;

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

/// Which objects who looks at them must leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spared {
    All,
    Used,
    Nobody,
}

/// What a table knows of its objects' lives.
pub(crate) struct Lifetimes {
    limits: Limits,
    clock: Arc<dyn Clock>,
    /// Where its cell's number says.
    shards: Box<[Mutex<Queues>]>,
    /// Instead of those, where nothing is to be known of an object but whether it is used: where its hash says.
    rounds: Option<Box<[Mutex<Rounds>]>>,
    /// Which shard is next to lose an object.
    turn: AtomicU64,
    objects: AtomicU64,
    bytes: AtomicU64,
    expiry: Option<Expiry>,
    tags: Option<Tags>,
    removals: Removals,
    tally: Tally,
}

impl Lifetimes {
    pub(crate) fn new(limits: Limits) -> Lifetimes {
        let usual = limits.max_objects.unwrap_or(u64::MAX) / USUAL_OBJECTS as u64;
        let shards = usual.clamp(1, SHARDS_MAX);
        let last_max = limits
            .max_bytes
            .map_or(u64::MAX, |limit| limit / LARGE_SHARE);
        Lifetimes {
            rounds: None,
            clock: limits
                .clock
                .clone()
                .unwrap_or_else(|| Arc::new(SystemClock)),
            expiry: limits.is_timed().then(Expiry::new),
            tags: limits.tagged.then(Tags::new),
            limits,
            shards: (0..shards)
                .map(|_| Mutex::new(Queues::new(last_max)))
                .collect(),
            turn: AtomicU64::new(0),
            objects: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            removals: Removals::default(),
            tally: Tally::new(),
        }
    }

    /// The same for a hash table with unique keys, which says whose bit is set of those that are used.
    pub(crate) fn of_hash_table(limits: Limits) -> Lifetimes {
        let needs_tails = limits.is_timed() || limits.tagged || limits.max_bytes.is_some();
        let mut lifetimes = Lifetimes::new(limits);
        if !needs_tails {
            let shards = lifetimes.shards.iter();
            lifetimes.rounds = Some(shards.map(|_| Mutex::default()).collect());
        }
        lifetimes
    }

    /// Whether objects have no tails: all that is known of them is that they were used, and in their lines.
    #[inline(always)]
    pub(super) fn goes_by_hash(&self) -> bool {
        self.rounds.is_some()
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
        tail.begin(self.tail_kind(), birth.weight.min(WEIGHT_MAX));
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

    /// Counts a use of an object.
    #[inline(always)]
    pub(super) fn count_use(&self, slab: &Slab, record: CellIndex) {
        Tail::of(slab, record).count_use();
    }

    /// Whether objects live longer if they are used.
    #[inline(always)]
    pub(super) fn prolongs(&self) -> bool {
        self.limits.idle.is_some()
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
        self.count_use(slab, record);
        // Who makes do with what is stale does not make it fresh.
        if self.prolongs() && !moment.takes_stale() {
            self.prolong(slab, record, moment, is_there);
        }
    }

    /// An object takes another one's place: it has been used as often, and once more. The caller holds its bucket or leaf.
    pub(super) fn succeed(
        &self,
        slab: &Slab,
        record: CellIndex,
        former_record: CellIndex,
        birth: Birth,
    ) {
        let (tail, former) = (Tail::of(slab, record), Tail::of(slab, former_record));
        tail.set_uses((former.uses() + 1).min(USES_MAX));
        if birth.lifespan != Lifespan::OfFormer {
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
        // Also if somebody has it in hand: it is about to be published, so he will find that it is not his to take.
        if self.limits.idle.is_some() {
            tail.set_hard(former.hard());
            let due = self.first_due(former.hard(), birth.moment.millis_up());
            self.move_due(expiry, tail, record, due);
        } else if former.due() != 0 {
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
        // Somebody else may have it in hand.
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
        if self.goes_by_hash() {
            return None;
        }
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

    /// Takes an object in that was put into the table just now; `look` looks at another. The caller holds nothing.
    pub(super) fn admit(&self, hash: u64, look: impl Fn(Entry) -> Look) {
        let Some(shard) = self.round(hash) else {
            return;
        };
        let room = self.room();
        self.objects.fetch_add(1, Ordering::Relaxed);
        let Some(mut ghost) = lock(shard).admit(hash, room) else {
            return;
        };
        loop {
            let Some(oldest) = lock(shard).next_for_ghost(&mut ghost) else {
                return;
            };
            let seen = look(oldest);
            if seen == Look::Unused && !oldest.is_spared() {
                return lock(shard).admit_before(ghost, oldest);
            }
            lock(shard).give_back(oldest, seen);
        }
    }

    /// Takes note of an object that somebody took out of the table.
    pub(super) fn dismiss(&self, hash: u64) {
        if let Some(shard) = self.round(hash) {
            self.objects.fetch_sub(1, Ordering::Relaxed);
            lock(shard).dismiss(hash);
        }
    }

    /// Looks at objects, and has them taken out where they are not used, until they are not too many any more. `look` is also told
    /// whether the object may go, even if it is used. The caller holds nothing.
    pub(super) fn make_rounds(&self, look: impl Fn(Entry, Spared) -> Look) {
        let Some(shards) = &self.rounds else {
            return;
        };
        while self.takes_on_one_too_many() {
            if !self.make_round(shards, &look) {
                self.objects.fetch_add(1, Ordering::Relaxed);
                return;
            }
        }
    }

    /// If there are too many objects, the caller is to take one out, and it does not count any more.
    fn takes_on_one_too_many(&self) -> bool {
        let Some(limit) = self.limits.max_objects else {
            return false;
        };
        // Below zero for a moment, where a deletion is counted before the insertion that it undid.
        let one_less = |now: u64| {
            let is_over = u64::try_from(now.cast_signed()).is_ok_and(|now| now > limit);
            is_over.then(|| now - 1)
        };
        let claimed = self
            .objects
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less);
        claimed.is_ok()
    }

    /// Looks for an object that may go, and has it taken out; whether there was one.
    fn make_round(&self, shards: &[Mutex<Rounds>], look: impl Fn(Entry, Spared) -> Look) -> bool {
        for looks in 0..2 * LOOKS_MAX {
            let shard = self.fullest(shards);
            let next = lock(shard).next();
            if let Some(entry) = next {
                let spared = if looks > LOOKS_MAX {
                    Spared::Nobody
                } else if entry.is_spared() {
                    Spared::All
                } else {
                    Spared::Used
                };
                let seen = look(entry, spared);
                lock(shard).give_back(entry, seen);
                if seen == Look::TakenOut {
                    return true;
                }
            }
        }
        false
    }

    /// A shard that has at least its share. Hashes do not come to all alike, so without a look some would get on with ever fewer.
    fn fullest<'t>(&self, shards: &'t [Mutex<Rounds>]) -> &'t Mutex<Rounds> {
        let count = shards.len() as u64;
        let share = self.limits.max_objects.unwrap_or(u64::MAX) / count;
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let shard = |number: u64| &shards[(number % count) as usize];
        let by_turn = (turn..turn + count).map(shard);
        let has_more = |shard: &&Mutex<Rounds>| lock(shard).objects() > share;
        by_turn.into_iter().find(has_more).unwrap_or(shard(turn))
    }

    fn round(&self, hash: u64) -> Option<&Mutex<Rounds>> {
        let shards = self.rounds.as_ref()?;
        Some(&shards[((hash >> ROUND_SHIFT) % shards.len() as u64) as usize])
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
        self.tally.count_removal(cause);
        if self.limits.tells {
            let (object, remains) = gone();
            self.removals.push(cause, object, remains);
        }
    }

    /// How many removals nobody was told of.
    pub(crate) fn untold(&self) -> u64 {
        self.removals.count()
    }

    /// The oldest removal that nobody was told of.
    pub(crate) fn next_removal(&self) -> Option<Removal> {
        self.removals.pop()
    }

    /// Nobody is to be told of what went until now.
    pub(crate) fn forget_removals(&self) {
        while self.removals.pop().is_some() {}
    }

    /// Counts a lookup.
    #[inline(always)]
    pub(super) fn count_lookup(&self, found: bool) {
        self.tally.count_lookup(found);
    }

    /// The time.
    pub(crate) fn time(&self) -> Duration {
        self.clock.now()
    }

    /// Takes note of a load that began at this time.
    pub(crate) fn note_load(&self, begun: Duration, succeeded: bool) {
        let took = self.clock.now().saturating_sub(begun);
        self.tally.count_load(took, succeeded);
    }

    pub(crate) fn statistics(&self) -> CacheStatistics {
        self.tally.statistics()
    }

    /// Bytes of memory outside of the records.
    pub(super) fn bytes(&self) -> usize {
        let ghosts = self.shards.iter().map(|shard| lock(shard).ghosts.bytes());
        let rounds = self.rounds.iter().flatten();
        let rounds: usize = rounds.map(|shard| lock(shard).bytes()).sum();
        let expiry = self.expiry.as_ref().map_or(0, Expiry::bytes);
        let tags = self.tags.as_ref().map_or(0, Tags::bytes);
        size_of::<Lifetimes>() + ghosts.sum::<usize>() + rounds + expiry + tags
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
