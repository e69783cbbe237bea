//! Which object expires next: a tree of our own, from the time to the cell.
//!
//! A time is a number of milliseconds with 18 bits below it, which make it the only one of its kind. So an entry is a pair of
//! small integers in its leaf, the next to expire is the first, and how many have expired is a rank.

use crate::engine::record::object_of_pair;
use crate::engine::walk::{Direction, Edge};
use crate::engine::{Admission, Care, Objects, Tree};
use crate::slab::CellIndex;
use crate::sync::{AtomicU64, Ordering};
use crate::term::TermRef;
use crate::term::layout::{small, small_value};

const SEQUENCE_BITS: u32 = 18;
const SEQUENCE_MASK: u64 = (1 << SEQUENCE_BITS) - 1;

/// The last time there is, in milliseconds: 69 years. What is to live longer does not expire.
const LAST_MILLIS: u64 = (1 << 41) - 2;

/// See the module.
pub(super) struct Expiry {
    index: Tree,
    /// Nobody changes it.
    gate: AtomicU64,
    sequence: AtomicU64,
}

impl Expiry {
    pub(super) fn new() -> Expiry {
        Expiry {
            index: Tree::new(1, Care::default()),
            gate: AtomicU64::new(0),
            sequence: AtomicU64::new(0),
        }
    }

    /// Enters a cell that is to expire at this time. What identifies the entry, which [`is_due`] understands; 0
    /// if the time never comes.
    pub(super) fn add(&self, millis: u64, cell: CellIndex) -> u64 {
        if millis > LAST_MILLIS {
            return 0;
        }
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed) & SEQUENCE_MASK;
        let mut due = millis << SEQUENCE_BITS | sequence;
        // Only if a quarter of a million expire in the same millisecond some are entered for the next one.
        while !self.put(due, cell) {
            due += 1 << SEQUENCE_BITS;
        }
        due
    }

    /// Enters a cell again that was taken out.
    pub(super) fn put(&self, due: u64, cell: CellIndex) -> bool {
        let inserted = self.index.insert(&pair(due, cell), true, &self.admission());
        inserted == Ok(true)
    }

    pub(super) fn remove(&self, due: u64, cell: CellIndex) {
        let removed = self
            .index
            .remove_object(&pair(due, cell), &self.admission());
        debug_assert!(removed.is_ok(), "nobody changes the gate");
    }

    /// Takes out the entry that is due first, if it is at this time.
    pub(super) fn take_due(&self, millis: u64) -> Option<(u64, CellIndex)> {
        let mut taken = Objects::default();
        let wanted = |key: TermRef<'_>| is_due(number(Some(key)), millis);
        let found = self
            .index
            .pop(Direction::Forwards, &mut taken, &self.admission(), wanted);
        (found == Ok(true)).then(|| {
            let object = taken.get(0);
            (number(object.element(1)), number(object.element(2)))
        })
    }

    /// How many entries are due at this time.
    pub(super) fn count_due(&self, millis: u64) -> u64 {
        let after = TermRef::from_immediate(word((millis.min(LAST_MILLIS) + 1) << SEQUENCE_BITS));
        self.index.rank_of(&Edge::Before(after.to_term()))
    }

    /// When the next entry is due, in milliseconds.
    pub(super) fn next(&self) -> Option<u64> {
        let first = self.index.object_of_number(0)?;
        let object = (first.len() > 0).then(|| first.get(0))?;
        Some(number(object.element(1)) >> SEQUENCE_BITS)
    }

    pub(super) fn bytes(&self) -> usize {
        self.index.bytes()
    }

    fn admission(&self) -> Admission<'_> {
        Admission::new(&self.gate, 0)
    }
}

/// Whether what was entered under this number is due.
#[inline(always)]
pub(super) fn is_due(due: u64, millis: u64) -> bool {
    due >> SEQUENCE_BITS <= millis
}

/// The time of an entry.
pub(super) fn millis_of(due: u64) -> u64 {
    due >> SEQUENCE_BITS
}

fn pair(due: u64, cell: CellIndex) -> [u64; 3] {
    object_of_pair(word(due), word(cell))
}

fn word(number: u64) -> u64 {
    small(number.cast_signed())
        .unwrap_or_else(|| unreachable!("times and cells have less than 60 bits"))
}

fn number(word: Option<TermRef<'_>>) -> u64 {
    word.map_or(0, |word| small_value(word.root()).cast_unsigned())
}

#[cfg(all(test, not(heirloom_loom)))]
mod tests {
    use super::*;

    #[test]
    fn entries_come_out_when_they_are_due() {
        let expiry = Expiry::new();
        let late = expiry.add(20, 1);
        let soon = expiry.add(10, 2);
        let same = expiry.add(10, 3);
        assert_eq!(expiry.add(u64::MAX, 4), 0);
        assert_eq!(expiry.next(), Some(10));
        assert_eq!(
            (
                expiry.count_due(9),
                expiry.count_due(10),
                expiry.count_due(20)
            ),
            (0, 2, 3)
        );
        assert_eq!(expiry.take_due(9), None);
        expiry.remove(soon, 2);
        expiry.remove(same, 2);
        assert_eq!(expiry.take_due(15), Some((same, 3)));
        assert_eq!(expiry.take_due(15), None);
        assert!(is_due(late, 20) && !is_due(late, 19));
        assert_eq!(expiry.take_due(20), Some((late, 1)));
        assert_eq!(expiry.next(), None);
    }

    #[test]
    fn more_than_a_quarter_of_a_million_may_be_due_at_once() {
        let expiry = Expiry::new();
        let many = SEQUENCE_MASK + 1000;
        for cell in 0..many {
            assert_ne!(expiry.add(5, cell), 0);
        }
        assert_eq!(expiry.count_due(5), SEQUENCE_MASK + 1);
        assert_eq!(expiry.count_due(6), many);
    }
}
