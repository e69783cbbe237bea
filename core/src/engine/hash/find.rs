//! Finding: from a hash to its bucket, from a key to its slot.

use super::array::Array;
use super::header::{self, FORWARDED, LOCKED, OVERFLOW, WRITING};
use super::line::{self, Line};
use super::{HashTable, Key};
use crate::engine::lifetime::Moment;
use crate::engine::pending;
use crate::engine::reclaim::Pin;
use crate::engine::record::{self, BAG, LONG_BAG, PENDING, ROW, RowBuffer, SHARED, SharedAddress};
use crate::engine::slot::Slot;
use crate::mutant::{self, Mutant};
use crate::slab::{CACHE_LINE_WORDS, CellIndex, prefetch};
use crate::sync::{AtomicU64, Backoff, Ordering, fence};
use crate::term::TermRef;
use crate::term::layout::{BITS, bits_length, offset, tag};

/// A bucket as somebody found it.
#[derive(Clone, Copy)]
pub(super) struct Spot<'t> {
    pub(super) array: &'t Array,
    pub(super) bucket: u64,
    pub(super) line: Line<'t>,
    /// The header at that time.
    pub(super) header: u64,
    /// Whether the finder holds the bucket, so that nothing in it can change.
    pub(super) held: bool,
    /// What was over by then is not there for the finder.
    pub(super) moment: Moment,
}

impl<'t> Spot<'t> {
    /// The same for somebody who looks at this moment.
    #[inline(always)]
    pub(super) fn at(self, moment: Moment) -> Spot<'t> {
        Spot { moment, ..self }
    }

    /// Whether everything read from the bucket since it was found belongs together. Whoever
    /// has read a word that was stored later also sees the header that was stored before it.
    #[inline(always)]
    pub(super) fn is_unchanged(&self) -> bool {
        if self.held || mutant::is_on(Mutant::NoValidation) {
            return true;
        }
        // Acquire: pairs with the barrier between `WRITING` and the first store of a writer,
        // and with the fence in `Slab::allocate`.
        fence(Ordering::Acquire);
        let now = self.line.header().load(Ordering::Relaxed);
        header::same_content(self.header, now)
    }

    pub(super) fn is_locked(&self) -> bool {
        self.header & LOCKED != 0
    }
}

/// Where a key's record is.
#[derive(Clone, Copy)]
pub(super) struct Place<'t> {
    pub(super) line: Line<'t>,
    pub(super) index: usize,
    pub(super) slot: Slot,
}

/// What a search found.
pub(super) enum Search<'t> {
    Found(Place<'t>),
    /// Nothing; to be believed when the spot is unchanged.
    Absent,
    /// The bucket changed meanwhile.
    Torn,
    /// The key lies in a block that may only be looked at under a pin or a lock.
    NeedsPin,
}

/// Whether a record is that of a key.
enum Match {
    Yes,
    No,
    Torn,
    NeedsPin,
}

impl HashTable {
    /// The bucket that holds this hash now, as soon as nobody is writing in it.
    #[inline(always)]
    pub(super) fn locate(&self, hash: u64) -> Spot<'_> {
        let array = self.root();
        let bucket = array.index(hash);
        let line = array.line(bucket);
        line.prefetch_rest();
        // Acquire: pairs with the Release that ends each change.
        let header = line.header().load(Ordering::Acquire);
        if header & (WRITING | FORWARDED) == 0 && header != 0 {
            return Spot {
                array,
                bucket,
                line,
                header,
                held: false,
                moment: Moment::NONE,
            };
        }
        self.locate_slowly(hash)
    }

    #[cold]
    fn locate_slowly(&self, hash: u64) -> Spot<'_> {
        let mut backoff = Backoff::default();
        let mut array = self.root();
        loop {
            let bucket = array.index(hash);
            let line = array.line(bucket);
            let header = line.header().load(Ordering::Acquire);
            let in_use = header != 0 && header & FORWARDED == 0;
            if in_use && header & WRITING == 0 {
                return Spot {
                    array,
                    bucket,
                    line,
                    header,
                    held: false,
                    moment: Moment::NONE,
                };
            }
            match self.next_of(array) {
                _ if in_use => backoff.wait(),
                Some(next) => array = next,
                None => {
                    // This array went out of use since we came by it.
                    backoff.wait();
                    array = self.root();
                }
            }
        }
    }

    /// Whether the bucket's content counts. It does not if everything was deleted since.
    #[inline(always)]
    pub(super) fn is_live(&self, spot: &Spot<'_>) -> bool {
        header::is_of_generation(spot.header, self.generation())
    }

    /// The line that hangs on `line`, the first line of `spot` or a later one.
    #[inline(always)]
    pub(super) fn line_after<'t>(&'t self, spot: &Spot<'t>, line: Line<'t>) -> Option<Line<'t>> {
        let has_next = if std::ptr::eq(line.header(), spot.line.header()) {
            spot.header & OVERFLOW != 0
        } else {
            line.has_next()
        };
        if !has_next {
            return None;
        }
        // A link that was read in the middle of a change could lead in a circle.
        let link = line.link()?;
        if !spot.is_unchanged() {
            return None;
        }
        Line::in_cell(self.rows.slab.cell(link)?)
    }

    /// Looks for a key. What is compared by copying it goes through `buffer`.
    #[inline(always)]
    pub(super) fn search<'t>(
        &'t self,
        spot: &Spot<'t>,
        key: &Key<'_>,
        pin: Option<&Pin>,
        buffer: &mut RowBuffer,
    ) -> Search<'t> {
        let tag = line::tag_of(key.hash);
        let mut current = Some(spot.line);
        while let Some(line) = current {
            let mut fitting = line.tagged(tag);
            while let Some(index) = fitting.pop() {
                let slot = line.slot(index);
                match self.has_key(spot, slot, key, pin, buffer) {
                    Match::Yes => return Search::Found(Place { line, index, slot }),
                    Match::No => {}
                    Match::Torn => return Search::Torn,
                    Match::NeedsPin => return Search::NeedsPin,
                }
            }
            current = self.line_after(spot, line);
        }
        Search::Absent
    }

    /// Whether what is in `slot` has this key. The answer is to be believed when the spot is
    /// unchanged.
    #[inline(always)]
    fn has_key(
        &self,
        spot: &Spot<'_>,
        slot: Slot,
        key: &Key<'_>,
        pin: Option<&Pin>,
        buffer: &mut RowBuffer,
    ) -> Match {
        match slot.as_record() {
            Some(cell) if slot.may_have(key.hash) => {
                self.record_has_key(spot, cell, key, pin, buffer)
            }
            None if slot.is_pair_of(key.term) => Match::Yes,
            None if slot.is_bare() => self.bare_has_key(slot, key),
            _ => Match::No,
        }
    }

    fn bare_has_key(&self, slot: Slot, key: &Key<'_>) -> Match {
        let own = slot.as_bare().map(|[own, _]| own);
        if own.is_some() && own == self.kinds.key.bits_of_term(key.term) {
            Match::Yes
        } else {
            Match::No
        }
    }

    /// As `has_key`, for the record in a cell.
    #[inline(always)]
    fn record_has_key(
        &self,
        spot: &Spot<'_>,
        cell: CellIndex,
        key: &Key<'_>,
        pin: Option<&Pin>,
        buffer: &mut RowBuffer,
    ) -> Match {
        let Some(cell) = self.rows.slab.cell(cell) else {
            return Match::Torn;
        };
        if let Some(beyond) = cell.get(CACHE_LINE_WORDS) {
            prefetch(beyond);
        }
        let head = cell[0].load(Ordering::Relaxed);
        if record::form_of(head) != ROW {
            return self.form_has_key(spot, cell, head, key, pin, buffer);
        }
        if key.term.is_immediate() {
            let word = cell.get(self.key_position);
            return match word {
                Some(word) if word.load(Ordering::Relaxed) == key.term.root() => Match::Yes,
                _ => Match::No,
            };
        }
        if let Some((header, words)) = key.term.bit_words() {
            return self.row_has_bits(cell, bits_length(header), words);
        }
        if !buffer.copy_row(cell, head) || !spot.is_unchanged() {
            return Match::Torn;
        }
        self.row_has_key(buffer.row(), key)
    }

    /// Whether the key of a row is this bit string. Nothing is copied, so nothing that was read is
    /// believed: at worst the answer is wrong in a bucket that has changed.
    #[inline(always)]
    fn row_has_bits(&self, cell: &[AtomicU64], length: usize, words: &[u64]) -> Match {
        let load = |index: usize| Some(cell.get(index)?.load(Ordering::Relaxed));
        let is_it = || {
            let own = load(self.key_position).filter(|&own| tag(own) == BITS)?;
            let own_words = cell.get(offset(own).checked_add(1)?..)?;
            let same_length = bits_length(load(offset(own))?) == length;
            let same = |(own, &word): (&AtomicU64, &u64)| own.load(Ordering::Relaxed) == word;
            let fits = words.len() <= own_words.len();
            Some(same_length && fits && own_words.iter().zip(words).all(same))
        };
        if is_it() == Some(true) {
            Match::Yes
        } else {
            Match::No
        }
    }

    /// Whether an object's words, which are whole, have this key.
    fn row_has_key(&self, row: &[u64], key: &Key<'_>) -> Match {
        let own = TermRef::from_parts(row[self.key_position], row);
        if own.exact_eq(key.term) {
            Match::Yes
        } else {
            Match::No
        }
    }

    /// As `has_key`, for the records that are no row.
    #[cold]
    fn form_has_key(
        &self,
        spot: &Spot<'_>,
        cell: &[AtomicU64],
        head: u64,
        key: &Key<'_>,
        pin: Option<&Pin>,
        buffer: &mut RowBuffer,
    ) -> Match {
        match record::form_of(head) {
            SHARED => self.shared_has_key(spot, cell, key, pin),
            BAG | LONG_BAG => match self.first_of_bag(spot, cell, head) {
                Some(first) => self.record_has_key(spot, first, key, pin, buffer),
                None => Match::Torn,
            },
            PENDING => match pending::either_slot(cell) {
                Some(slot) => self.has_key(spot, slot, key, pin, buffer),
                None => Match::Torn,
            },
            _ => Match::Torn,
        }
    }

    fn shared_has_key(
        &self,
        spot: &Spot<'_>,
        cell: &[AtomicU64],
        key: &Key<'_>,
        pin: Option<&Pin>,
    ) -> Match {
        if pin.is_none() && !spot.held {
            return Match::NeedsPin;
        }
        match SharedAddress::read(cell) {
            Some(address) if spot.is_unchanged() => {
                // SAFETY: the caller holds the bucket, or pinned the epoch before the spot
                // was located; the record was in the bucket just now.
                let block = unsafe { address.share() };
                self.row_has_key(&block, key)
            }
            _ => Match::Torn,
        }
    }
}
