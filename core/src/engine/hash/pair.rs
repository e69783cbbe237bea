//! Pairs: objects of two one-word elements, or of two plain values, in a `set` whose key comes first, which stand in their
//! slots; and the short way to them.
//!
//! Most calls are of one sort: the key is one word, its bucket has a line or two that nobody is
//! changing, and what is there is a pair or nothing. The functions here serve just that. They
//! answer `None` when it is not that simple, and have done nothing then; the caller goes the general
//! way. What is found is the same; only the questions that have one answer here are not asked.
//!
//! A table's pairs are words of terms, or *bare*: the bits of values whose kinds the table knows. Each function is told which the caller means,
//! and where the table has the others it is not that simple. In a table with bare pairs other objects may be, too: with the tag of
//! the key, each of them is.

use super::header::{self, LOCKED, OVERFLOW};
use super::line::{self, Line};
use super::{Admission, GateChanged, HashTable};
use crate::engine::lifetime::{self, Lifetimes, Moment};
use crate::engine::record::{self, ROW, object_of_pair};
use crate::engine::rows::PairKinds;
use crate::engine::slot::Slot;
use crate::mutant::{self, Mutant};
use crate::slab::{CellIndex, Slab, prefetch};
use crate::sync::{self, AtomicU64, Ordering, barrier_after_rmw, fence};
use crate::term::{Plain, hash_of_word};
use std::marker::PhantomData;
use std::ops::RangeInclusive;

/// The head of a row of two one-word elements.
const PAIR_ROW: u64 = record::head(ROW, 3, 2);

/// What the words of a pair are.
pub(crate) trait PairForm {
    const IS_BARE: bool;

    /// Where this is what the short ways find.
    const KIND: PairKind = if Self::IS_BARE {
        PairKind::Bits
    } else {
        PairKind::Words
    };

    /// Calls `f` with the object of a pair, in a table of these kinds.
    fn with_object<R>(kinds: PairKinds, pair: [u64; 2], f: impl FnOnce(&[u64]) -> R) -> R;
}

/// What the short ways find in the slots of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PairKind {
    Words,
    Bits,
    /// Objects of a cache, whose uses are counted: only [`HashTable::get_cached`] does that.
    Cached,
}

impl PairKind {
    pub(super) fn new(kinds: PairKinds, is_cache: bool) -> PairKind {
        match (is_cache, kinds.are_bare()) {
            (true, _) => PairKind::Cached,
            (false, true) => PairKind::Bits,
            (false, false) => PairKind::Words,
        }
    }
}

/// Terms of one word.
pub(crate) enum Words {}

/// Bits of plain values, of the kinds that the table has.
pub(crate) enum Bits {}

impl PairForm for Words {
    const IS_BARE: bool = false;

    #[inline(always)]
    fn with_object<R>(_: PairKinds, [key, value]: [u64; 2], f: impl FnOnce(&[u64]) -> R) -> R {
        f(&object_of_pair(key, value))
    }
}

impl PairForm for Bits {
    const IS_BARE: bool = true;

    #[inline(always)]
    fn with_object<R>(kinds: PairKinds, pair: [u64; 2], f: impl FnOnce(&[u64]) -> R) -> R {
        f(&kinds.object(pair))
    }
}

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

    /// What the elements of bare pairs are, if there are such.
    #[inline(always)]
    pub(crate) fn kinds(&self) -> PairKinds {
        self.kinds
    }

    /// The slot of an object that is to be a pair here.
    #[inline(always)]
    pub(super) fn as_pair(&self, object: &[u64]) -> Option<Slot> {
        if self.kinds.are_bare()
            && let Some(bare) = self.kinds.bare_of(object)
        {
            return Some(bare);
        }
        // A block with a box in it would have more words.
        match *object {
            [2, key, value] if self.has_pairs() => Some(Slot::pair(key, value)),
            _ => None,
        }
    }

    /// Looks for the pair of a key in its bucket. Nothing is certain before the header has been
    /// looked at again.
    #[inline(always)]
    fn find_pair<'t, F: PairForm>(
        &'t self,
        bucket: Line<'t>,
        key: u64,
        hash: u64,
    ) -> Option<Found<'t>> {
        if self.found != F::KIND {
            return None;
        }
        let form = PhantomData::<F>;
        self.find_in(bucket, hash, &PairOf { key, hash, form })
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
            pair = sought.find(self.second_and_last(bucket)?)?;
        }
        Some(Found {
            bucket,
            header,
            generation: header::generation_of(mark),
            hash,
            pair,
        })
    }

    /// The line after a bucket's first. There is hardly ever a third, and it is not simple then.
    #[inline(always)]
    fn second_and_last<'t>(&'t self, first: Line<'t>) -> Option<Line<'t>> {
        let second = Line::in_cell(self.rows.slab.cell(first.link()?)?)?;
        (!second.has_next()).then_some(second)
    }

    /// As `find_pair`, for a change.
    #[inline(always)]
    fn find_pair_to_write<F: PairForm>(&self, key: u64) -> Option<Found<'_>> {
        // A table that is growing wants help, which the general way gives.
        if !self.root().next.load(Ordering::Relaxed).is_null() {
            return None;
        }
        let hash = hash_of_word(key, self.seed);
        let bucket = self.root().line_of(hash);
        bucket.prefetch_rest();
        self.find_pair::<F>(bucket, key, hash)
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
    pub(crate) fn get_pair<F: PairForm>(&self, key: u64) -> Option<Option<u64>> {
        let hash = hash_of_word(key, self.seed);
        let bucket = self.root().line_of(hash);
        bucket.prefetch_rest();
        self.get_pair_in::<F>(bucket, key, hash)
    }

    /// As `get_pair`, for a key of this hash whose slot was asked for.
    #[inline(always)]
    pub(crate) fn get_hashed_pair<F: PairForm>(&self, key: u64, hash: u64) -> Option<Option<u64>> {
        self.get_pair_in::<F>(self.root().line_of(hash), key, hash)
    }

    #[inline(always)]
    fn get_pair_in<'t, F: PairForm>(
        &'t self,
        bucket: Line<'t>,
        key: u64,
        hash: u64,
    ) -> Option<Option<u64>> {
        let found = self.find_pair::<F>(bucket, key, hash)?;
        let is_unchanged = found.is_unchanged();
        is_unchanged.then(|| found.pair.map(|pair| pair.value))
    }

    /// The value of a key in a cache, if there is one.
    #[inline]
    pub(crate) fn get_cached<F: PairForm>(
        &self,
        key: u64,
        lifetimes: &Lifetimes,
    ) -> Option<Option<u64>> {
        if !self.pairs {
            return self.get_cached_row(key, lifetimes);
        }
        if self.kinds.are_bare() != F::IS_BARE {
            return None;
        }
        let hash = hash_of_word(key, self.seed);
        let bucket = self.root().line_of(hash);
        bucket.prefetch_rest();
        let form = PhantomData::<F>;
        let found = self.find_in(bucket, hash, &PairOf { key, hash, form })?;
        if !found.is_unchanged() {
            return None;
        }
        let Some(pair) = &found.pair else {
            lifetimes.count_lookup(false);
            return Some(None);
        };
        if !pair.line.is_used(pair.index) {
            if !std::ptr::eq(pair.line.header(), bucket.header()) {
                // A use in a line beyond the first is for those who know how.
                return None;
            }
            pair.line.note_use(pair.index);
        }
        lifetimes.count_lookup(true);
        Some(Some(pair.value))
    }

    /// The same where objects are in records; the key is a term of one word.
    fn get_cached_row(&self, key: u64, lifetimes: &Lifetimes) -> Option<Option<u64>> {
        if lifetimes.prolongs() || lifetimes.goes_by_hash() || self.key_position != 1 {
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
    pub(crate) fn put_pair<F: PairForm>(
        &self,
        key: u64,
        value: u64,
        only_new: bool,
        admission: &Admission<'_>,
    ) -> Option<Result<bool, GateChanged>> {
        let found = self.find_pair_to_write::<F>(key)?;
        match &found.pair {
            Some(_) if only_new => found
                .is_unchanged()
                .then(|| admission.holds().map(|()| false)),
            Some(pair) => {
                let written = Writing::begin(&found, admission)?;
                Some(written.map(|_writing| {
                    pair.set_value(value);
                    true
                }))
            }
            None => {
                let line = if found.has_overflow() {
                    // The first one is full.
                    self.second_and_last(found.bucket)?
                } else {
                    found.bucket
                };
                let index = line.vacant(false)?;
                let slot = Slot::of([key, value], F::IS_BARE);
                let writing = match Writing::begin(&found, admission)? {
                    Ok(writing) => writing,
                    Err(changed) => return Some(Err(changed)),
                };
                line.put(index, slot, line::tag_of(found.hash));
                drop(writing);
                self.count(found.generation, 1, 1, false);
                Some(Ok(true))
            }
        }
    }

    /// Puts another value in the place of one of a key, if that is still there; whether it was.
    #[inline(always)]
    pub(crate) fn exchange_pair<F: PairForm>(
        &self,
        key: u64,
        [old, new]: [u64; 2],
        admission: &Admission<'_>,
    ) -> Option<Result<bool, GateChanged>> {
        let found = self.find_pair_to_write::<F>(key)?;
        match &found.pair {
            Some(pair) if pair.value == old => {
                let written = Writing::begin(&found, admission)?;
                Some(written.map(|_writing| {
                    pair.set_value(new);
                    true
                }))
            }
            _ => found
                .is_unchanged()
                .then(|| admission.holds().map(|()| false)),
        }
    }

    /// Takes the pair of a key out, if there is one; its value.
    #[inline(always)]
    pub(crate) fn remove_pair<F: PairForm>(
        &self,
        key: u64,
        admission: &Admission<'_>,
    ) -> Option<Result<Option<u64>, GateChanged>> {
        let found = self.find_pair_to_write::<F>(key)?;
        match &found.pair {
            None => found
                .is_unchanged()
                .then(|| admission.holds().map(|()| None)),
            Some(pair) => {
                let filler = if found.has_overflow() {
                    Some(self.filler(&found, pair)?)
                } else {
                    None
                };
                let writing = match Writing::begin(&found, admission)? {
                    Ok(writing) => writing,
                    Err(changed) => return Some(Err(changed)),
                };
                match filler {
                    Some((line, index)) => {
                        pair.line.put_content(pair.index, line.content(index));
                        line.take_out(index);
                    }
                    None => pair.line.take_out(pair.index),
                }
                drop(writing);
                self.count(found.generation, -1, -1, false);
                Some(Ok(Some(pair.value)))
            }
        }
    }

    /// The slot that is to go where a pair was, in a bucket of two lines; perhaps the pair's own. It is not simple if the second
    /// line would be empty then.
    #[inline(always)]
    fn filler<'t>(&'t self, found: &Found<'t>, pair: &Pair<'t>) -> Option<(Line<'t>, usize)> {
        let second = self.second_and_last(found.bucket)?;
        let mut occupied = second.occupied();
        let first = occupied.pop()?;
        occupied.pop()?;
        let is_in_second = std::ptr::eq(pair.line.header(), second.header());
        Some((second, if is_in_second { pair.index } else { first }))
    }

    /// Adds to the value of a pair that is an integer within these bounds, before and after; the sum.
    #[inline(always)]
    pub(crate) fn add_to_pair<F: PairForm>(
        &self,
        key: u64,
        increment: i64,
        bounds: &RangeInclusive<i64>,
        admission: &Admission<'_>,
    ) -> Option<Result<i64, GateChanged>> {
        let found = self.find_pair_to_write::<F>(key)?;
        let pair = found.pair.as_ref()?;
        let kind = self.kinds.value;
        let before = kind.value_of(pair.value).as_i64()?;
        let sum = before.checked_add(increment)?;
        if !bounds.contains(&before) || !bounds.contains(&sum) {
            return None;
        }
        let bits = kind.bits_of(Plain::Signed(sum))?;
        let added = Writing::begin(&found, admission)?;
        Some(added.map(|_writing| {
            pair.set_value(bits);
            sum
        }))
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
struct PairOf<F> {
    key: u64,
    hash: u64,
    form: PhantomData<F>,
}

impl<'t, F: PairForm> Sought<'t> for PairOf<F> {
    type Place = Pair<'t>;

    #[inline(always)]
    fn find(&self, line: Line<'t>) -> Option<Option<Pair<'t>>> {
        let tag = line::tag_of(self.hash);
        let mut fitting = if F::IS_BARE {
            line.bare_tagged(tag)
        } else {
            line.not_bare_tagged(tag)
        };
        while let Some(index) = fitting.pop() {
            let words = line.words(index);
            let slot = Slot::of(words, F::IS_BARE);
            let (own, value) = slot
                .as_pair()
                .or(slot.as_bare().map(|[own, value]| (own, value)))?;
            if own == self.key {
                return Some(Some(Pair { line, index, value }));
            }
        }
        if F::IS_BARE && line.not_bare_tagged(tag).pop().is_some() {
            return None;
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

/// A bucket that is being written, until this is dropped.
struct Writing<'t> {
    header: &'t AtomicU64,
    before: u64,
}

impl<'t> Writing<'t> {
    /// Takes the bucket from the version that was looked at, if it still is as it was found; see `HashTable::try_hold`.
    #[inline(always)]
    fn begin(
        found: &Found<'t>,
        admission: &Admission<'_>,
    ) -> Option<Result<Writing<'t>, GateChanged>> {
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
        let writing = Writing {
            header,
            before: found.header,
        };
        Some(admission.holds().map(|()| writing))
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
