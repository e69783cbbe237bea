//! Where objects lie that are no pairs: small ones in cells, large ones in blocks of their own.

use super::index::Index;
use super::lifetime::{self, Birth, Lifetimes, Moment, RemovalCause};
use super::live::{Graveyard, LiveType, Remains, VALUE};
use super::reclaim;
use super::record::{self, ROW, RowBuffer, SHARED, SharedAddress, object_term};
use super::slot::Slot;
use crate::feed::Feed;
use crate::slab::{CELL_WORDS_MAX, CellIndex, Slab, WORD_BYTES};
use crate::sync::{Arc, AtomicU64, Ordering};
use crate::term::{PlainKind, PlainObject, Term, TermError, TermRef, object_of_plain};
use std::time::Duration;

/// What the objects of a table need besides memory.
#[derive(Default)]
pub(crate) struct Care {
    /// In a cache: what is known of their lives.
    pub(crate) lifetimes: Option<Box<Lifetimes>>,
    /// Which live values they have, if they have such.
    pub(crate) values: Option<LiveType>,
    /// Who is told of changes, if somebody may be.
    pub(crate) feed: Option<Arc<Feed>>,
    /// By what else than their keys they are found.
    pub(crate) indexes: Vec<Index>,
    /// Of what kinds their elements are, as a rule.
    pub(crate) kinds: PairKinds,
}

/// Of what kinds key and value are in most objects of a table; others may be there, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PairKinds {
    pub(crate) key: PlainKind,
    pub(crate) value: PlainKind,
}

impl PairKinds {
    /// Whether pairs of these kinds are bare: their words say more than terms of one word.
    #[inline(always)]
    pub(crate) fn are_bare(self) -> bool {
        self != PairKinds::default()
    }

    /// The object of a bare pair.
    #[inline]
    pub(super) fn object(self, [key, value]: [u64; 2]) -> PlainObject {
        object_of_plain(self.key.value_of(key), self.value.value_of(value))
    }

    /// The slot of an object, if it is one for a bare pair.
    pub(super) fn bare_of(self, object: &[u64]) -> Option<Slot> {
        let &[2, key, value, ..] = object else {
            return None;
        };
        let element = |word| TermRef::from_parts(word, object);
        let key = self.key.bits_of_term(element(key))?;
        let value = self.value.bits_of_term(element(value))?;
        Some(Slot::bare(key, value))
    }
}

impl Care {
    /// Whether objects need records of their own, each.
    pub(super) fn is_for_records(&self) -> bool {
        let have_tails = |lifetimes: &Lifetimes| !lifetimes.goes_by_hash();
        self.lifetimes.as_deref().is_some_and(have_tails) || !self.indexes.is_empty()
    }
}

/// The memory of one table's objects.
pub(super) struct Rows {
    pub(super) slab: Slab,
    /// Bytes outside of the slab: of large objects, and of what else an engine adds.
    outside_bytes: AtomicU64,
    /// In a cache: what is known of the objects' lives.
    lifetimes: Option<Box<Lifetimes>>,
    /// Where the values are live: what becomes of those that were taken out.
    graveyard: Option<Arc<Graveyard>>,
    /// Who is told of changes.
    feed: Option<Arc<Feed>>,
    indexes: Vec<Index>,
}

impl Rows {
    pub(super) fn new(care: Care) -> Rows {
        Rows {
            slab: Slab::new(),
            outside_bytes: AtomicU64::new(0),
            lifetimes: care.lifetimes,
            graveyard: care.values.map(Graveyard::new),
            feed: care.feed,
            indexes: care.indexes,
        }
    }

    #[inline(always)]
    pub(super) fn graveyard(&self) -> Option<&Arc<Graveyard>> {
        self.graveyard.as_ref()
    }

    #[inline(always)]
    pub(super) fn feed(&self) -> Option<&Arc<Feed>> {
        self.feed.as_ref()
    }

    /// The index of a position, if there is one.
    pub(super) fn index(&self, position: usize) -> Option<&Index> {
        self.indexes
            .iter()
            .find(|index| index.position() == position)
    }

    /// Gives memory back that indexes had for entries that are gone.
    pub(super) fn give_indexes_back(&self) {
        self.indexes.iter().for_each(Index::give_back);
    }

    /// Tells those who subscribe of an object that was over, and that somebody took out on his way.
    pub(super) fn tell_expired(&self, key: TermRef<'_>) {
        if let Some(feed) = self.feed() {
            feed.tell_changed(key);
        }
    }

    /// Whether objects lie only in the slab, are what they seem, stay until they are deleted, and nothing else knows of them.
    #[inline(always)]
    pub(super) fn is_plain(&self) -> bool {
        self.lifetimes.is_none()
            && self.graveyard.is_none()
            && self.feed.is_none()
            && self.indexes.is_empty()
    }

    /// Whether there is something that does not go with the slab when it is dropped.
    pub(super) fn must_be_cleared(&self) -> bool {
        self.outside_bytes() != 0 || self.graveyard.is_some()
    }

    #[inline(always)]
    pub(super) fn lifetimes(&self) -> Option<&Lifetimes> {
        self.lifetimes.as_deref()
    }

    /// What is known of objects, where they have tails.
    #[inline(always)]
    pub(super) fn tails(&self) -> Option<&Lifetimes> {
        self.lifetimes().filter(|known| !known.goes_by_hash())
    }

    /// What is known of the hashes of objects, where nothing else is.
    #[inline(always)]
    pub(super) fn rounds(&self) -> Option<&Lifetimes> {
        self.lifetimes().filter(|known| known.goes_by_hash())
    }

    /// When a call happens that begins now. The caller holds nothing.
    #[inline(always)]
    pub(super) fn moment(&self) -> Moment {
        self.lifetimes().map_or(Moment::NONE, Lifetimes::moment)
    }

    /// The same for a call that also wants what is stale.
    pub(super) fn moment_of_stale(&self) -> Moment {
        self.lifetimes()
            .map_or(Moment::NONE, Lifetimes::moment_of_stale)
    }

    /// Bytes of the cells and of all that lies outside.
    pub(super) fn bytes(&self) -> usize {
        let lifetimes = self.lifetimes().map_or(0, Lifetimes::bytes);
        let feed = self.feed().map_or(0, |feed| feed.bytes());
        let indexes: usize = self.indexes.iter().map(Index::bytes).sum();
        self.slab.held_bytes() + self.outside_bytes() as usize + lifetimes + feed + indexes
    }

    /// Bytes that do not go with the slab when it is dropped.
    pub(super) fn outside_bytes(&self) -> u64 {
        self.outside_bytes.load(Ordering::Relaxed)
    }

    pub(super) fn add_outside(&self, bytes: u64) {
        self.outside_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn subtract_outside(&self, bytes: u64) {
        self.outside_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Writes an object into a new record. `key` is where its key is.
    pub(super) fn store(&self, object: &[u64], key: usize, birth: Birth) -> CellIndex {
        for index in &self.indexes {
            index.add(object_term(object));
        }
        let Some(lifetimes) = self.tails() else {
            return self.store_unlisted(object);
        };
        let record = self.write(object, lifetimes.tail_words());
        let hash = TermRef::from_parts(object[key], object).hash_numeric(0);
        lifetimes.enlist(&self.slab, record, hash, birth);
        record
    }

    /// Writes words into a new record that is no object's.
    pub(super) fn store_unlisted(&self, words: &[u64]) -> CellIndex {
        self.write(words, self.tail_words())
    }

    /// How many words at the end of a cell are not used by what is no object, either: a reader that still holds the cell's
    /// former object may count a use there.
    pub(super) fn tail_words(&self) -> usize {
        self.tails().map_or(0, Lifetimes::tail_words)
    }

    fn write(&self, words: &[u64], tail_words: usize) -> CellIndex {
        if words.len() + tail_words > CELL_WORDS_MAX {
            self.add_outside((words.len() * WORD_BYTES) as u64);
        }
        record::store_row(&self.slab, words, tail_words)
    }

    /// The cell of a record, if it is a row that an object fits into exactly. Where
    /// each object has a life of its own there is none.
    #[inline(always)]
    pub(super) fn cell_to_overwrite(
        &self,
        record: CellIndex,
        object: &[u64],
    ) -> Option<&[AtomicU64]> {
        let cell = self.slab.cell(record)?;
        let head = cell[0].load(Ordering::Relaxed);
        let fits = record::form_of(head) == ROW
            && object.len() <= CELL_WORDS_MAX
            && Slab::fits_exactly(cell, object.len())
            && self.is_plain();
        fits.then_some(cell)
    }

    /// Whether the object of a slot is over. To be believed when the slot was in the table all the time.
    #[inline(always)]
    pub(super) fn is_over(&self, slot: Slot, moment: Moment) -> bool {
        if moment == Moment::NONE {
            return false;
        }
        let cell = slot.as_record().and_then(|record| self.slab.cell(record));
        cell.is_some_and(|cell| {
            record::is_object(cell[0].load(Ordering::Relaxed)) && lifetime::is_over(cell, moment)
        })
    }

    /// Gives the object of a slot another lifespan, unless its time is over; whether it did. The caller holds its bucket or leaf.
    pub(super) fn set_lifespan(&self, slot: Slot, birth: Birth) -> bool {
        let is_there = !self.is_over(slot, birth.moment);
        if let (true, Some(lifetimes), Some(record)) = (is_there, self.tails(), slot.as_record()) {
            lifetimes.set_lifespan(&self.slab, record, birth);
        }
        is_there
    }

    /// Tags the object of a slot, unless its time is over; whether it did. The caller holds its bucket or leaf.
    pub(super) fn tag(
        &self,
        slot: Slot,
        tag: TermRef<'_>,
        moment: Moment,
    ) -> Result<bool, TermError> {
        let is_there = !self.is_over(slot, moment);
        if let (true, Some(lifetimes), Some(record)) = (is_there, self.tails(), slot.as_record()) {
            lifetimes.tag(&self.slab, record, tag)?;
        }
        Ok(is_there)
    }

    /// How long the object of a slot lives on, if its time is not over: `Some(None)` if for ever. The caller holds its bucket or
    /// leaf.
    pub(super) fn time_left(&self, slot: Slot, moment: Moment) -> Option<Option<Duration>> {
        if self.is_over(slot, moment) {
            return None;
        }
        let cell = slot.as_record().and_then(|record| self.slab.cell(record));
        let lives = self.tails().zip(cell);
        Some(lives.and_then(|(lifetimes, cell)| lifetimes.time_left(cell, moment)))
    }

    /// Takes note that the object of a record is used. `is_there` says whether it is in the table still.
    #[inline(always)]
    pub(super) fn note_use(&self, record: CellIndex, moment: Moment, is_there: impl Fn() -> bool) {
        if let Some(lifetimes) = self.tails() {
            lifetimes.note_use(&self.slab, record, moment, is_there);
        }
    }

    /// Takes note that a key was looked up.
    #[inline(always)]
    pub(super) fn count_lookup(&self, found: bool) {
        if let Some(lifetimes) = self.lifetimes() {
            lifetimes.count_lookup(found);
        }
    }

    /// A slot takes another one's place. The caller holds its bucket or leaf.
    pub(super) fn succeed(&self, slot: Slot, former: Slot, birth: Birth) {
        if let (Some(lifetimes), Some(record), Some(former)) =
            (self.tails(), slot.as_record(), former.as_record())
        {
            lifetimes.succeed(&self.slab, record, former, birth);
        }
    }

    /// Frees the record of one object that nobody ever found.
    pub(super) fn discard_unseen(&self, record: CellIndex) {
        if !self.indexes.is_empty() {
            let object = self.object_of_own(record);
            for index in &self.indexes {
                index.remove(object.as_ref());
            }
        }
        let may_free = |lifetimes: &Lifetimes| lifetimes.delist(&self.slab, record);
        if self.tails().is_none_or(may_free) {
            self.free(record);
        }
    }

    /// Frees the record of one object. The caller has unpublished it.
    pub(super) fn discard(&self, record: CellIndex, cause: RemovalCause) {
        let remains = self.remains(|| self.object_of_own(record).as_ref().words()[VALUE]);
        if let Some(lifetimes) = self.lifetimes() {
            lifetimes.note_removal(cause, || (self.object_of_own(record), remains));
        }
        self.discard_unseen(record);
    }

    /// Gives up the value of a pair. The caller has unpublished it.
    #[inline(always)]
    pub(super) fn discard_pair(&self, value: u64) {
        drop(self.remains(|| value));
    }

    /// The same in a cache; `object` makes the pair's object.
    pub(super) fn discard_cached_pair(
        &self,
        lifetimes: &Lifetimes,
        value: u64,
        object: impl FnOnce() -> Term,
        cause: RemovalCause,
    ) {
        let remains = self.remains(|| value);
        lifetimes.note_removal(cause, || (object(), remains));
    }

    /// The live value, if that is what the values are, of an object that the caller has taken out.
    #[inline(always)]
    fn remains(&self, word: impl FnOnce() -> u64) -> Option<Remains> {
        let graveyard = self.graveyard()?;
        // SAFETY: the caller's promise; objects are taken out once.
        Some(unsafe { Remains::new(word(), graveyard) })
    }

    /// Frees a record that is no object's, or not any more.
    pub(super) fn free(&self, record: CellIndex) {
        let Some(cell) = self.slab.cell(record) else {
            return;
        };
        let is_shared = record::form_of(cell[0].load(Ordering::Relaxed)) == SHARED;
        if let Some(address) = SharedAddress::read(cell).filter(|_| is_shared) {
            self.subtract_outside(address.bytes());
            // SAFETY: the record is unpublished by the caller and freed once.
            unsafe { reclaim::retire(address) };
        }
        self.slab.free(record);
    }

    /// The object of a record that nobody frees but the caller.
    pub(super) fn object_of_own(&self, record: CellIndex) -> Term {
        let mut buffer = RowBuffer::new();
        let cell = self.slab.cell(record);
        let head = cell.map(|cell| cell[0].load(Ordering::Relaxed));
        if let (Some(cell), Some(head)) = (cell, head) {
            if record::form_of(head) == ROW {
                let copied = buffer.copy_row(cell, head);
                debug_assert!(copied, "it is a row");
            } else if let Some(address) = SharedAddress::read(cell) {
                debug_assert_eq!(record::form_of(head), SHARED, "objects are rows or shared");
                // SAFETY: the record is the caller's own.
                buffer.set_shared(unsafe { address.share() });
            }
        }
        buffer.to_term()
    }
}

/// What is to go into a slot but is not published yet; it is freed unless it is taken.
pub(super) struct Fresh<'t> {
    rows: &'t Rows,
    slot: Option<Slot>,
}

impl<'t> Fresh<'t> {
    pub(super) fn none(rows: &'t Rows) -> Fresh<'t> {
        Fresh { rows, slot: None }
    }

    /// Makes the slot, unless an earlier round did.
    pub(super) fn prepare(&mut self, make: impl FnOnce() -> Slot) {
        if self.slot.is_none() {
            self.slot = Some(make());
        }
    }

    /// The slot, to be published; `prepare` came before.
    pub(super) fn take(&mut self) -> Slot {
        self.slot.take().unwrap_or(Slot::NONE)
    }

    /// Frees what a round that was lost had made.
    pub(super) fn discard(&mut self) {
        if let Some(record) = self.slot.take().and_then(Slot::as_record) {
            self.rows.discard_unseen(record);
        }
    }
}

impl Drop for Fresh<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.slot.is_some() {
            self.discard();
        }
    }
}
