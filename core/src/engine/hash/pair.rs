//! Pairs: objects of two one-word elements in a `set` whose key comes first, which stand in their
//! slots; and the short way to them.
//!
//! Most calls are of one sort: the key is one word, its bucket has a line or two that nobody is
//! changing, and what is there is a pair or nothing. The functions here serve just that. They
//! answer `None` when it is not that simple, and have done nothing then; the caller goes the general
//! way. What is found is the same; only the questions that have one answer here are not asked.

use super::header::{self, LOCKED, OVERFLOW};
use super::line::{self, Line};
use super::{Admission, GateChanged, HashTable};
use crate::engine::change::add_words;
use crate::engine::lifetime::{self, Lifetimes, Moment};
use crate::engine::record::{self, ROW};
use crate::engine::slot::Slot;
use crate::mutant::{self, Mutant};
use crate::slab::{CellIndex, Slab, prefetch};
use crate::sync::{self, AtomicU64, Ordering, barrier_after_rmw, fence};
use crate::term::hash_of_word;
use crate::term::layout::small_value;
use std::ops::RangeInclusive;

/// The head of a row of two one-word elements.
const PAIR_ROW: u64 = record::head(ROW, 3, 2);

/// What the bucket of a key says of it, as it was at one moment.
struct Found<'t, P = Pair<'t>> {
    /// The bucket's first line.
    bucket: Line<'t>,
    header: u64,
    generation: u64,
    hash: u64,
    pair: Option<P>,
}

/// Where a pair is, and its value.
struct Pair<'t> {
    line: Line<'t>,
    index: usize,
    value: u64,
}

/// The object of a key in a cache, where the record is a row of two one-word elements.
struct CachedPair {
    record: CellIndex,
    value: u64,
    is_over: bool,
}

impl<P> Found<'_, P> {
    /// Whether all this was so at one moment; see `Spot::is_unchanged`.
    #[inline(always)]
    fn is_unchanged(&self) -> bool {
        // Acquire: as there.
        fence(Ordering::Acquire);
        let now = self.bucket.header().load(Ordering::Relaxed);
        header::same_content(self.header, now) || mutant::is_on(Mutant::NoValidation)
    }

    fn has_overflow(&self) -> bool {
        self.header & OVERFLOW != 0
    }
}

impl HashTable {
    /// Whether objects may be pairs here: in a `set` whose key is the first element, and whose objects need no records.
    #[inline(always)]
    fn has_pairs(&self) -> bool {
        self.pairs
    }

    /// Whether objects may be pairs here, and these be written without further ado.
    #[inline(always)]
    pub(crate) fn has_plain_pairs(&self) -> bool {
        self.plain_pairs
    }

    /// The slot of an object that is to be a pair here.
    #[inline(always)]
    pub(super) fn as_pair(&self, object: &[u64]) -> Option<Slot> {
        // A block with a box in it would have more words.
        match *object {
            [2, key, value] if self.has_pairs() => Some(Slot::pair(key, value)),
            _ => None,
        }
    }

    /// Looks for the pair of a key in its bucket. Nothing is certain before the header has been
    /// looked at again.
    #[inline(always)]
    fn find_pair<'t>(&'t self, bucket: Line<'t>, key: u64, hash: u64) -> Option<Found<'t>> {
        self.find_in(bucket, hash, &PairOf { key, hash })
    }

    /// Looks in the bucket of a hash for what is sought in one of its lines.
    #[inline(always)]
    fn find_in<'t, S: Sought<'t>>(
        &'t self,
        bucket: Line<'t>,
        hash: u64,
        sought: &S,
    ) -> Option<Found<'t, S::Place>> {
        // Acquire: pairs with the Release that ends each change.
        let header = bucket.header().load(Ordering::Acquire);
        let mark = self.quiet_mark();
        if !header::is_quiet(header, mark) {
            return None;
        }
        let mut pair = sought.find(bucket)?;
        if pair.is_none() && header & OVERFLOW != 0 {
            // There is hardly ever a third line.
            let second = Line::in_cell(self.rows.slab.cell(bucket.link()?)?)?;
            pair = sought.find(second)?;
            if pair.is_none() && second.has_next() {
                return None;
            }
        }
        Some(Found {
            bucket,
            header,
            generation: header::generation_of(mark),
            hash,
            pair,
        })
    }

    /// As `find_pair`, for a change.
    #[inline(always)]
    fn find_pair_to_write(&self, key: u64) -> Option<Found<'_>> {
        // A table that is growing wants help, which the general way gives.
        if !self.root().next.load(Ordering::Relaxed).is_null() {
            return None;
        }
        let hash = hash_of_word(key, self.seed);
        let bucket = self.root().line_of(hash);
        bucket.prefetch_rest();
        self.find_pair(bucket, key, hash)
            .filter(|found| found.header & LOCKED == 0)
    }

    /// Asks for the header and tags of a key's bucket, and returns the key's hash.
    #[inline(always)]
    pub(crate) fn prefetch_tags(&self, key: u64) -> u64 {
        let hash = hash_of_word(key, self.seed);
        prefetch(self.root().line_of(hash).header());
        hash
    }

    /// Asks for the slot that seems to be that of a hash. The tags should have arrived.
    #[inline(always)]
    pub(crate) fn prefetch_slot(&self, hash: u64) {
        let line = self.root().line_of(hash);
        if let Some(index) = line.tagged(line::tag_of(hash)).pop() {
            prefetch(line.value_word(index));
        }
    }

    /// The value of a key, if there is one.
    #[inline(always)]
    pub(crate) fn get_pair(&self, key: u64) -> Option<Option<u64>> {
        let hash = hash_of_word(key, self.seed);
        let bucket = self.root().line_of(hash);
        bucket.prefetch_rest();
        self.get_pair_in(bucket, key, hash)
    }

    /// As `get_pair`, for a key of this hash whose slot was asked for.
    #[inline(always)]
    pub(crate) fn get_hashed_pair(&self, key: u64, hash: u64) -> Option<Option<u64>> {
        self.get_pair_in(self.root().line_of(hash), key, hash)
    }

    #[inline(always)]
    fn get_pair_in<'t>(&'t self, bucket: Line<'t>, key: u64, hash: u64) -> Option<Option<u64>> {
        let found = self.find_pair(bucket, key, hash)?;
        let is_unchanged = found.is_unchanged();
        is_unchanged.then(|| found.pair.map(|pair| pair.value))
    }

    /// The second word of the object of a key in a cache, if there is one.
    #[inline]
    pub(crate) fn get_cached(&self, key: u64, lifetimes: &Lifetimes) -> Option<Option<u64>> {
        if lifetimes.prolongs() || self.key_position != 1 {
            return None;
        }
        let moment = lifetimes.moment();
        let hash = hash_of_word(key, self.seed);
        let bucket = self.root().line_of(hash);
        bucket.prefetch_rest();
        let sought = CachedPairOf {
            slab: &self.rows.slab,
            key,
            hash,
            moment,
        };
        let found = self.find_in(bucket, hash, &sought)?;
        if !found.is_unchanged() {
            return None;
        }
        let pair = found.pair.filter(|pair| !pair.is_over);
        lifetimes.count_lookup(pair.is_some());
        Some(pair.map(|pair| {
            lifetimes.count_use(&self.rows.slab, pair.record);
            pair.value
        }))
    }

    /// Puts a pair in, over the one with its key; with `only_new` not over another. True if it was
    /// put in.
    #[inline(always)]
    pub(crate) fn put_pair(
        &self,
        key: u64,
        value: u64,
        only_new: bool,
        admission: &Admission<'_>,
    ) -> Option<Result<bool, GateChanged>> {
        let found = self.find_pair_to_write(key)?;
        match &found.pair {
            Some(_) if only_new => found
                .is_unchanged()
                .then(|| admission.holds().map(|()| false)),
            Some(pair) => write_bucket(&found, admission, || pair.set_value(value)),
            None if found.has_overflow() => None,
            None => {
                let line = found.bucket;
                let index = line.vacant(false)?;
                let slot = Slot::pair(key, value);
                let inserted = write_bucket(&found, admission, || {
                    line.put(index, slot, line::tag_of(found.hash));
                });
                if let Some(Ok(_)) = inserted {
                    self.count(found.generation, 1, 1, false);
                }
                inserted
            }
        }
    }

    /// Puts another value in the place of one of a key, if that is still there; whether it was.
    #[inline(always)]
    pub(crate) fn exchange_pair(
        &self,
        key: u64,
        [old, new]: [u64; 2],
        admission: &Admission<'_>,
    ) -> Option<Result<bool, GateChanged>> {
        let found = self.find_pair_to_write(key)?;
        match &found.pair {
            Some(pair) if pair.value == old => {
                write_bucket(&found, admission, || pair.set_value(new))
            }
            _ => found
                .is_unchanged()
                .then(|| admission.holds().map(|()| false)),
        }
    }

    /// Takes the pair of a key out, if there is one; its value.
    #[inline(always)]
    pub(crate) fn remove_pair(
        &self,
        key: u64,
        admission: &Admission<'_>,
    ) -> Option<Result<Option<u64>, GateChanged>> {
        let found = self.find_pair_to_write(key)?;
        match &found.pair {
            None => found
                .is_unchanged()
                .then(|| admission.holds().map(|()| None)),
            // A gap before another line is to be filled, which is done elsewhere.
            Some(_) if found.has_overflow() => None,
            Some(pair) => {
                let removed = write_bucket(&found, admission, || pair.line.take_out(pair.index))?;
                if removed.is_ok() {
                    self.count(found.generation, -1, -1, false);
                }
                Some(removed.map(|_| Some(pair.value)))
            }
        }
    }

    /// Adds to the value of a pair that is a small integer within these bounds, before and after; the word of the sum.
    #[inline(always)]
    pub(crate) fn add_to_pair(
        &self,
        key: u64,
        increment: i64,
        bounds: &RangeInclusive<i64>,
        admission: &Admission<'_>,
    ) -> Option<Result<u64, GateChanged>> {
        let found = self.find_pair_to_write(key)?;
        let pair = found.pair.as_ref()?;
        let sum = add_words(pair.value, increment)?;
        let within = |word: &u64| bounds.contains(&small_value(*word));
        if ![pair.value, sum].iter().all(within) {
            return None;
        }
        let added = write_bucket(&found, admission, || pair.set_value(sum))?;
        Some(added.map(|_| sum))
    }
}

impl Pair<'_> {
    /// The bucket is being written.
    #[inline(always)]
    fn set_value(&self, value: u64) {
        let word = self.line.value_word(self.index);
        word.store(value, Ordering::Relaxed);
    }
}

/// What may be in a line. (No closure: what the compiler does not inline goes through memory.)
trait Sought<'t> {
    type Place;

    /// `None` if it is not simple enough to tell.
    fn find(&self, line: Line<'t>) -> Option<Option<Self::Place>>;
}

/// The pair of a key. Not simple is a record that may be the key's.
struct PairOf {
    key: u64,
    hash: u64,
}

impl<'t> Sought<'t> for PairOf {
    type Place = Pair<'t>;

    #[inline(always)]
    fn find(&self, line: Line<'t>) -> Option<Option<Pair<'t>>> {
        let mut fitting = line.tagged(line::tag_of(self.hash));
        while let Some(index) = fitting.pop() {
            let (own, value) = line.slot(index).as_pair()?;
            if own == self.key {
                return Some(Some(Pair { line, index, value }));
            }
        }
        Some(None)
    }
}

/// The object of a key in a cache. Not simple is a record that may be the key's and is no row of two words.
struct CachedPairOf<'t> {
    slab: &'t Slab,
    key: u64,
    hash: u64,
    moment: Moment,
}

impl<'t> Sought<'t> for CachedPairOf<'t> {
    type Place = CachedPair;

    #[inline(always)]
    fn find(&self, line: Line<'t>) -> Option<Option<CachedPair>> {
        let mut fitting = line.tagged(line::tag_of(self.hash));
        while let Some(index) = fitting.pop() {
            let slot = line.slot(index);
            if !slot.may_have(self.hash) {
                continue;
            }
            let record = slot.as_record()?;
            let cell = self.slab.cell(record)?;
            let load = |index: usize| Some(cell.get(index)?.load(Ordering::Relaxed));
            if load(0)? != PAIR_ROW {
                return None;
            }
            if load(1)? == self.key {
                return Some(Some(CachedPair {
                    record,
                    value: load(2)?,
                    is_over: lifetime::is_over(cell, self.moment),
                }));
            }
        }
        Some(None)
    }
}

/// Writes into a bucket, if it still is as it was found. Always true if it was done.
#[inline(always)]
fn write_bucket(
    found: &Found<'_>,
    admission: &Admission<'_>,
    write: impl FnOnce(),
) -> Option<Result<bool, GateChanged>> {
    let _writing = Writing::begin(found)?;
    if let Err(changed) = admission.holds() {
        return Some(Err(changed));
    }
    write();
    Some(Ok(true))
}

/// A bucket that is being written, until this is dropped.
struct Writing<'t> {
    header: &'t AtomicU64,
    before: u64,
}

impl<'t> Writing<'t> {
    /// Takes the bucket from the version that was looked at; see `HashTable::try_hold`.
    #[inline(always)]
    fn begin(found: &Found<'t>) -> Option<Writing<'t>> {
        let header = found.bucket.header();
        let marked = header::marked_as_written(found.header);
        if mutant::is_on(Mutant::NoBucketLock) {
            header.store(marked, Ordering::Relaxed);
        } else {
            // Acquire: pairs with the Release of the last holder.
            let taken =
                header.compare_exchange(found.header, marked, Ordering::AcqRel, Ordering::Relaxed);
            if taken.is_err() {
                sync::give_way(header);
                return None;
            }
        }
        barrier_after_rmw();
        Some(Writing {
            header,
            before: found.header,
        })
    }
}

impl Drop for Writing<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        // Release: pairs with the Acquire in `locate`.
        self.header
            .store(header::next_version(self.before), Ordering::Release);
    }
}
