//! Slots: two words of a bucket or a page that hold an object or say where it is.
//!
//! ```text
//!             hash table               tree
//!  pair       key  | value             head | value         an object of two one-word elements
//!  record     hash | cell, RECORD      head | cell, RECORD  anything else: what the cell holds
//!  bare pair  key bits | value bits    -                    an object of two plain values, of the kinds that the table has
//! ```
//!
//! Above the cell a tree keeps a *fingerprint*, some bits of a hash of the key: heads of different keys may be the same,
//! and who looks for one of them need not look at the records of the others.
//!
//! What tells the first two apart is the tag of the second word, which no one-word value has. The words of a *bare* pair may be any,
//! so that a slot is one is said elsewhere: by its line (see `line`).

use crate::slab::{CELL_INDEX_BITS, CellIndex};
use crate::term::TermRef;
use crate::term::layout::{ATOM, BOXED, IMMEDIATE, SMALL, TAG_BITS, is_immediate};

/// The tag of a second word that names a cell.
pub(super) const RECORD: u64 = BOXED;

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
    is_bare: bool,
}

impl Slot {
    /// What stands for no slot at all.
    pub(super) const NONE: Slot = Slot::record(0, 0);

    /// The object of this key and value, each a word.
    #[inline(always)]
    pub(super) const fn pair(key: u64, value: u64) -> Slot {
        Slot::from_words([key, value])
    }

    /// The object of a key and a value with these bits.
    #[inline(always)]
    pub(super) const fn bare(key: u64, value: u64) -> Slot {
        Slot {
            first: key,
            second: value,
            is_bare: true,
        }
    }

    /// Key and value of a bare pair.
    #[inline(always)]
    pub(super) fn as_bare(self) -> Option<[u64; 2]> {
        self.is_bare.then_some(self.words())
    }

    /// The record in `cell`, whose key has this hash.
    #[inline(always)]
    pub(super) const fn record(cell: CellIndex, hash: u64) -> Slot {
        Slot::from_words([hash, cell << TAG_BITS | RECORD])
    }

    /// The same, with some bits of another hash of the key: [`FINGERPRINT_BITS`].
    #[inline(always)]
    pub(super) const fn marked_record(cell: CellIndex, hash: u64, fingerprint: u64) -> Slot {
        let [first, second] = Slot::record(cell, hash).words();
        Slot::from_words([first, second | fingerprint << FINGERPRINT_SHIFT])
    }

    /// The bits that were put in beside a record; 0 if there are none.
    #[inline(always)]
    pub(super) fn fingerprint(self) -> u64 {
        self.second >> FINGERPRINT_SHIFT
    }

    /// A slot from the words that `words` gave of one that is not bare.
    #[inline(always)]
    pub(super) const fn from_words([first, second]: [u64; 2]) -> Slot {
        Slot {
            first,
            second,
            is_bare: false,
        }
    }

    /// A slot from its words.
    #[inline(always)]
    pub(super) const fn of([first, second]: [u64; 2], is_bare: bool) -> Slot {
        Slot {
            first,
            second,
            is_bare,
        }
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

    /// Key and value of a pair that is not bare.
    #[inline(always)]
    pub(super) fn as_pair(self) -> Option<(u64, u64)> {
        (!self.is_bare && is_immediate(self.second)).then_some((self.first, self.second))
    }

    /// Whether this is a bare pair.
    #[inline(always)]
    pub(super) const fn is_bare(self) -> bool {
        self.is_bare
    }

    /// Whether all of some slots are pairs, given the second words of all, or-ed.
    #[inline(always)]
    pub(super) fn are_pairs(second_words: u64) -> bool {
        second_words & RECORD_BIT == 0
    }

    /// Whether this is a pair that is not bare, and of this key.
    #[inline(always)]
    pub(super) fn is_pair_of(self, key: TermRef<'_>) -> bool {
        self.as_pair().is_some() && key.is_immediate() && key.root() == self.first
    }

    /// The cell of a record.
    #[inline(always)]
    pub(super) fn as_record(self) -> Option<CellIndex> {
        let cell = self.second << FINGERPRINT_BITS >> (FINGERPRINT_BITS + TAG_BITS);
        (!self.is_bare && !is_immediate(self.second)).then_some(cell)
    }

    /// Whether this is a record whose key can have this hash.
    #[inline(always)]
    pub(super) fn may_have(self, hash: u64) -> bool {
        self.first == hash
    }

    /// The hash that a record gives its key.
    #[inline(always)]
    pub(super) fn record_hash(self) -> u64 {
        self.first
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
        assert_eq!(record.record_hash(), 42);
        let greatest = (1 << FINGERPRINT_BITS) - 1;
        let marked = Slot::marked_record(0xff_ffff_ffff, 42, greatest);
        assert_eq!(marked.as_record(), record.as_record());
        assert_eq!((marked.fingerprint(), record.fingerprint()), (greatest, 0));
        let pair = Slot::pair(8, u64::MAX << TAG_BITS);
        assert_eq!(pair.as_record(), None);
        assert_eq!(pair.as_pair(), Some((8, u64::MAX << TAG_BITS)));
        assert_eq!(Slot::from_words(pair.words()), pair);
        let bare = Slot::bare(7, RECORD);
        assert_eq!((bare.as_record(), bare.as_pair()), (None, None));
        assert_eq!(bare.as_bare(), Some([7, RECORD]));
        assert_eq!(Slot::of(bare.words(), true), bare);
    }
}
