//! Slots: two words of a bucket or a page that hold an object or say where it is.
//!
//! ```text
//!             hash table               tree
//!  pair       key  | value             head | value         an object of two one-word elements
//!  record     hash | cell, RECORD      head | cell, RECORD  anything else: what the cell holds
//! ```
//!
//! What tells the two apart is the tag of the second word, which no one-word value has.

use crate::slab::CellIndex;
use crate::term::layout::{BOXED, TAG_BITS, is_immediate};
use crate::term::{TermRef, hash_of_word};

/// The tag of a second word that names a cell.
const RECORD: u64 = BOXED;

// No value of a pair is taken for a record.
const _: () = assert!(!is_immediate(RECORD));

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

    /// A slot from the words that `words` gave.
    #[inline(always)]
    pub(super) const fn from_words([first, second]: [u64; 2]) -> Slot {
        Slot { first, second }
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

    /// Whether this is a pair, and of this key.
    #[inline(always)]
    pub(super) fn is_pair_of(self, key: TermRef<'_>) -> bool {
        is_immediate(self.second) && key.is_immediate() && key.root() == self.first
    }

    /// The cell of a record.
    #[inline(always)]
    pub(super) fn as_record(self) -> Option<CellIndex> {
        (!is_immediate(self.second)).then_some(self.second >> TAG_BITS)
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
        let pair = Slot::pair(8, u64::MAX << TAG_BITS);
        assert_eq!(pair.as_record(), None);
        assert_eq!(pair.as_pair(), Some((8, u64::MAX << TAG_BITS)));
        assert_eq!(pair.hash(1), hash_of_word(8, 1));
        assert_eq!(Slot::from_words(pair.words()), pair);
    }
}
