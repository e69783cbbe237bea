//! Slots: two words of a bucket or a page that hold an object or say where it is.
//!
//! ```text
//!             hash table               tree
//!  pair       key  | value             head | value         an object of two one-word elements
//!  record     hash | cell, RECORD      head | cell, RECORD  anything else: what the cell holds
//! ```
//!
//! Above the cell a tree keeps a *fingerprint*, some bits of a hash of the key: heads of different keys may be the same,
//! and who looks for one of them need not look at the records of the others.
//!
//! What tells the two apart is the tag of the second word, which no one-word value has.

use crate::slab::{CELL_INDEX_BITS, CellIndex};
use crate::term::layout::{ATOM, BOXED, IMMEDIATE, SMALL, TAG_BITS, is_immediate};
use crate::term::{TermRef, hash_of_word};

/// The tag of a second word that names a cell.
const RECORD: u64 = BOXED;

// No value of a pair is taken for a record.
const _: () = assert!(!is_immediate(RECORD));

/// A bit that the tag of a record has, and that of no one-word value.
const RECORD_BIT: u64 = 1 << (TAG_BITS - 1);
const _: () = assert!((SMALL | ATOM | IMMEDIATE) & RECORD_BIT == 0 && RECORD & RECORD_BIT != 0);

/// Where the fingerprint of a record is.
const FINGERPRINT_SHIFT: u32 = CELL_INDEX_BITS + TAG_BITS;
/// Bits of the fingerprint of a record.
pub(super) const FINGERPRINT_BITS: u32 = u64::BITS - FINGERPRINT_SHIFT;

/// What a slot holds. Read in the middle of a change it may be neither the old nor the new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    first: u64,
    second: u64,
}

impl Slot {
    /// What stands for no slot at all.
    pub(super) const NONE: Slot = Slot::record(0, 0);

    /// The object of this key and value, each a word.
    #[inline(always)]
    pub(super) const fn pair(key: u64, value: u64) -> Slot {
        Slot {
            first: key,
            second: value,
        }
    }

    /// The record in `cell`, whose key has this hash.
    #[inline(always)]
    pub(super) const fn record(cell: CellIndex, hash: u64) -> Slot {
        Slot {
            first: hash,
            second: cell << TAG_BITS | RECORD,
        }
    }

    /// The same, with some bits of another hash of the key: [`FINGERPRINT_BITS`].
    #[inline(always)]
    pub(super) const fn marked_record(cell: CellIndex, hash: u64, fingerprint: u64) -> Slot {
        let Slot { first, second } = Slot::record(cell, hash);
        Slot {
            first,
            second: second | fingerprint << FINGERPRINT_SHIFT,
        }
    }

    /// The bits that were put in beside a record; 0 if there are none.
    #[inline(always)]
    pub(super) fn fingerprint(self) -> u64 {
        self.second >> FINGERPRINT_SHIFT
    }

    /// A slot from the words that `words` gave.
    #[inline(always)]
    pub(super) const fn from_words([first, second]: [u64; 2]) -> Slot {
        Slot { first, second }
    }

    /// A slot from an entry of a page.
    #[inline(always)]
    pub(super) const fn from_entry((head, word): (u64, u64)) -> Slot {
        Slot::from_words([head, word])
    }

    /// Its words.
    #[inline(always)]
    pub(super) const fn words(self) -> [u64; 2] {
        [self.first, self.second]
    }

    /// Key and value of a pair.
    #[inline(always)]
    pub(super) fn as_pair(self) -> Option<(u64, u64)> {
        is_immediate(self.second).then_some((self.first, self.second))
    }

    /// Whether all of some slots are pairs, given the second words of all, or-ed.
    #[inline(always)]
    pub(super) fn are_pairs(second_words: u64) -> bool {
        second_words & RECORD_BIT == 0
    }

    /// Whether this is a pair, and of this key.
    #[inline(always)]
    pub(super) fn is_pair_of(self, key: TermRef<'_>) -> bool {
        is_immediate(self.second) && key.is_immediate() && key.root() == self.first
    }

    /// The cell of a record.
    #[inline(always)]
    pub(super) fn as_record(self) -> Option<CellIndex> {
        let cell = self.second << FINGERPRINT_BITS >> (FINGERPRINT_BITS + TAG_BITS);
        (!is_immediate(self.second)).then_some(cell)
    }

    /// Whether this is a record whose key can have this hash.
    #[inline(always)]
    pub(super) fn may_have(self, hash: u64) -> bool {
        self.first == hash
    }

    /// The hash of its key.
    #[inline(always)]
    pub(super) fn hash(self, seed: u64) -> u64 {
        match self.as_pair() {
            Some((key, _)) => hash_of_word(key, seed),
            None => self.first,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_gives_back_what_was_put_in() {
        let record = Slot::record(0xff_ffff_ffff, 42);
        assert_eq!(record.as_record(), Some(0xff_ffff_ffff));
        assert_eq!(record.as_pair(), None);
        assert_eq!(record.hash(1), 42);
        let greatest = (1 << FINGERPRINT_BITS) - 1;
        let marked = Slot::marked_record(0xff_ffff_ffff, 42, greatest);
        assert_eq!(marked.as_record(), record.as_record());
        assert_eq!((marked.fingerprint(), record.fingerprint()), (greatest, 0));
        let pair = Slot::pair(8, u64::MAX << TAG_BITS);
        assert_eq!(pair.as_record(), None);
        assert_eq!(pair.as_pair(), Some((8, u64::MAX << TAG_BITS)));
        assert_eq!(pair.hash(1), hash_of_word(8, 1));
        assert_eq!(Slot::from_words(pair.words()), pair);
    }
}
