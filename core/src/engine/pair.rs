//! Pairs: objects of two one-word elements in a `set`, which stand in their slots; and the short
//! way to them.
//!
//! Most calls are of one sort: the key is one word, its bucket has a single line that nobody is
//! changing, and what is there is a pair or nothing. The functions here serve just that. They
//! answer `None` when it is not that simple, and have done nothing then; the caller goes the general
//! way. What is found is the same; only the questions that have one answer here are not asked.

use super::header::{self, LOCKED, OVERFLOW};
use super::line::{self, Line, Slot};
use super::{Admission, Duplicates, GateChanged, HashTable};
use crate::mutant::{self, Mutant};
use crate::sync::{AtomicU64, Ordering, barrier_after_rmw, fence};
use crate::term::hash_of_word;
use crate::term::layout::{SMALL, small as small_word, small_value, tag};

/// The words of an object of two one-word elements.
pub(crate) type PairWords = [u64; 3];

/// What the line of a key says of it, as it was at one moment.
struct Found<'t> {
    line: Line<'t>,
    header: u64,
    generation: u64,
    hash: u64,
    /// Slot and value of the key's pair, if it is there.
    pair: Option<(usize, u64)>,
}

impl Found<'_> {
    /// Whether all this was so at one moment; see `Spot::is_unchanged`.
    #[inline(always)]
    fn is_unchanged(&self) -> bool {
        // Acquire: as there.
        fence(Ordering::Acquire);
        let now = self.line.header().load(Ordering::Relaxed);
        header::same_content(self.header, now) || mutant::is_on(Mutant::NoValidation)
    }
}

impl HashTable {
    /// The object of a pair.
    #[inline(always)]
    pub(super) fn object_of_pair(&self, key: u64, value: u64) -> PairWords {
        if self.key_position == 1 {
            [2, key, value]
        } else {
            [2, value, key]
        }
    }

    /// The slot of an object that is a pair.
    #[inline(always)]
    pub(super) fn as_pair(&self, object: &[u64]) -> Option<Slot> {
        // A block with a box in it would have more words.
        match *object {
            [2, first, second] if self.duplicates == Duplicates::Replace => {
                Some(if self.key_position == 1 {
                    Slot::pair(first, second)
                } else {
                    Slot::pair(second, first)
                })
            }
            _ => None,
        }
    }

    /// Which element of a pair's object is its value.
    #[inline(always)]
    pub(super) fn value_position(&self) -> usize {
        3 - self.key_position
    }

    /// Looks for the pair of a key. Nothing is certain before the header has been looked at again.
    #[inline(always)]
    fn find_pair(&self, key: u64) -> Option<Found<'_>> {
        let hash = hash_of_word(key, self.seed);
        let array = self.root();
        let line = array.line(array.index(hash));
        line.prefetch_rest();
        // Acquire: pairs with the Release that ends each change.
        let header = line.header().load(Ordering::Acquire);
        let generation = self.generation();
        if !header::is_quiet(header, generation) {
            return None;
        }
        let found = |pair| {
            Some(Found {
                line,
                header,
                generation,
                hash,
                pair,
            })
        };
        let mut fitting = line.tagged(line::tag_of(hash));
        while let Some(index) = fitting.pop() {
            match line.slot(index).as_pair() {
                Some((own, value)) if own == key => return found(Some((index, value))),
                Some(_) => {}
                None => return None,
            }
        }
        if header & OVERFLOW == 0 {
            found(None)
        } else {
            None
        }
    }

    /// As `find_pair`, for a change.
    #[inline(always)]
    fn find_pair_to_write(&self, key: u64) -> Option<Found<'_>> {
        // A table that is growing wants help, which the general way gives.
        if !self.root().next.load(Ordering::Relaxed).is_null() {
            return None;
        }
        self.find_pair(key)
            .filter(|found| found.header & LOCKED == 0)
    }

    /// The object of a key, if there is one.
    #[inline(always)]
    pub(crate) fn get_pair(&self, key: u64) -> Option<Option<PairWords>> {
        let found = self.find_pair(key)?;
        let object = |(_, value)| self.object_of_pair(key, value);
        found.is_unchanged().then(|| found.pair.map(object))
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
        match found.pair {
            Some(_) if only_new => found
                .is_unchanged()
                .then(|| admission.holds().map(|()| false)),
            Some((index, _)) => self.write_pair(&found, admission, |line| {
                let word = line.value_word(index);
                word.store(value, Ordering::Relaxed);
            }),
            None => {
                let index = found.line.vacant(false)?;
                let inserted = self.write_pair(&found, admission, |line| {
                    line.put(index, Slot::pair(key, value), line::tag_of(found.hash));
                });
                if let Some(Ok(_)) = inserted {
                    self.count(found.generation, 1, 1, false);
                }
                inserted
            }
        }
    }

    /// Writes into a line as it was found. Always true if it could be done.
    #[inline(always)]
    fn write_pair<'t>(
        &'t self,
        found: &Found<'t>,
        admission: &Admission<'_>,
        write: impl FnOnce(Line<'t>),
    ) -> Option<Result<bool, GateChanged>> {
        let _writing = Writing::begin(found)?;
        if let Err(changed) = admission.holds() {
            return Some(Err(changed));
        }
        write(found.line);
        Some(Ok(true))
    }

    /// Takes the pair of a key out, if there is one. True if there was.
    #[inline(always)]
    pub(crate) fn remove_pair(
        &self,
        key: u64,
        admission: &Admission<'_>,
    ) -> Option<Result<bool, GateChanged>> {
        let found = self.find_pair_to_write(key)?;
        let Some((index, _)) = found.pair else {
            return found
                .is_unchanged()
                .then(|| admission.holds().map(|()| false));
        };
        // A gap before another line is to be filled, which is done elsewhere.
        if found.header & OVERFLOW != 0 {
            return None;
        }
        let removed = self.write_pair(&found, admission, |line| line.take_out(index));
        if let Some(Ok(_)) = removed {
            self.count(found.generation, -1, -1, false);
        }
        removed
    }

    /// Adds to the value of a pair that is a small integer, before and after.
    #[inline(always)]
    pub(crate) fn add_to_pair(
        &self,
        key: u64,
        increment: i64,
        admission: &Admission<'_>,
    ) -> Option<Result<i64, GateChanged>> {
        let found = self.find_pair_to_write(key)?;
        let (index, value) = found.pair?;
        let sum = add_words(value, increment)?;
        let added = self.write_pair(&found, admission, |line| {
            let word = line.value_word(index);
            word.store(sum, Ordering::Relaxed);
        });
        Some(added?.map(|_| small_value(sum)))
    }
}

/// The word of the sum of a word that is a small integer and a number, if it is one, too.
#[inline(always)]
pub(super) fn add_words(word: u64, increment: i64) -> Option<u64> {
    if tag(word) != SMALL {
        return None;
    }
    small_word(small_value(word).checked_add(increment)?)
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
        let header = found.line.header();
        let marked = header::marked_as_written(found.header);
        if mutant::is_on(Mutant::NoBucketLock) {
            header.store(marked, Ordering::Relaxed);
        } else {
            // Acquire: pairs with the Release of the last holder.
            header
                .compare_exchange(found.header, marked, Ordering::AcqRel, Ordering::Relaxed)
                .ok()?;
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
