//! What a cache knows of an object: the last words of its record's cell.
//!
//! ```text
//!  record          row, or a reference to a large object
//!  +------+- - - - - - - - - - - - -+------+------+------+-------+
//!  | head | elements …              | HARD | DUE  | PREV | STATE |    only as many as the table needs,
//!                                                                     and perhaps the WEIGHT in front of them
//!  +------+- - - - - - - - - - - - -+------+------+------+-------+
//!
//!  STATE   next in its queue (40 bits) |  …  | TAGGED | GONE | LEAVING | queue (2) | uses (2)
//!  PREV    previous in its queue (40 bits) | …
//!  DUE     when it expires, as the expiry index has it; 0 if never
//!  HARD    the latest that DUE may become by being used
//! ```
//!
//! Counted from the end of the cell, which has the same length for ever; so everybody else reads the record
//! as if nothing were behind it. Readers change the uses and nothing else; all other bits belong to
//! whoever holds the lock of the cell's shard.

use crate::engine::slot::RECORD;
use crate::slab::{CELL_INDEX_BITS, CellIndex, Slab};
use crate::sync::{AtomicU64, Ordering};

const STATE: usize = 1;
const PREV: usize = 2;
const DUE: usize = 3;
const HARD: usize = 4;

/// Which words a table's tails have besides STATE and PREV.
#[derive(Clone, Copy)]
pub(super) struct TailKind {
    pub(super) weighed: bool,
    pub(super) timed: bool,
    /// Only where `timed`.
    pub(super) idles: bool,
}

impl TailKind {
    /// How many they are.
    pub(super) fn words(self) -> usize {
        self.words_of_times() + usize::from(self.weighed)
    }

    fn words_of_times(self) -> usize {
        match (self.timed, self.idles) {
            (false, _) => PREV,
            (true, false) => DUE,
            (true, true) => HARD,
        }
    }
}

const USES: u64 = 0b11;
// A use that comes late finds another cell here. Records of lists and lines of buckets end with the second word of a slot, which must
// look as if no use could be counted any more.
const _: () = assert!(RECORD & USES == USES);
const QUEUE_SHIFT: u32 = 2;
const QUEUE: u64 = 0b11 << QUEUE_SHIFT;
/// Somebody is about to take it out of the table, and frees its cell.
const LEAVING: u64 = 1 << 4;
/// It has tags.
const TAGGED: u64 = 1 << 6;
/// It was taken out of the table while it was leaving.
const GONE: u64 = 1 << 5;
const INDEX_SHIFT: u32 = u64::BITS - CELL_INDEX_BITS;
const INDEX: u64 = u64::MAX << INDEX_SHIFT;

/// More uses than this make no difference.
pub(super) const USES_MAX: u64 = USES;

/// Where an object waits to be evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Queue {
    Nowhere = 0,
    Small = 1,
    Main = 2,
}

/// The tail of one cell.
#[derive(Clone, Copy)]
pub(super) struct Tail<'t>(&'t [AtomicU64]);

impl<'t> Tail<'t> {
    /// The tail of a cell that was allocated with room for one.
    #[inline(always)]
    pub(super) fn new(cell: &'t [AtomicU64]) -> Tail<'t> {
        Tail(cell)
    }

    /// The tail of the cell of this number.
    pub(super) fn of(slab: &'t Slab, index: CellIndex) -> Tail<'t> {
        let Some(cell) = slab.cell(index) else {
            unreachable!("queues link cells, and cells stay");
        };
        Tail(cell)
    }

    #[inline(always)]
    fn word(self, from_end: usize) -> &'t AtomicU64 {
        &self.0[self.0.len() - from_end]
    }

    fn state(self) -> u64 {
        self.word(STATE).load(Ordering::Relaxed)
    }

    /// Sets some bits of the state; the caller holds the lock. Others may count uses meanwhile.
    fn set_state(self, mask: u64, bits: u64) {
        let difference = (self.state() ^ bits) & mask;
        self.word(STATE).fetch_xor(difference, Ordering::Relaxed);
    }

    /// The state of an object of this weight that is not in a queue, nor expires. Nobody else knows of the cell.
    pub(super) fn begin(self, kind: TailKind, weight: u64) {
        self.word(STATE).store(0, Ordering::Relaxed);
        self.word(PREV).store(0, Ordering::Relaxed);
        if kind.timed {
            self.set_due(0);
        }
        if kind.timed && kind.idles {
            self.set_hard(0);
        }
        if kind.weighed {
            self.word(kind.words()).store(weight, Ordering::Relaxed);
        }
    }

    /// What it counts for besides its record, in a tail that has a weight. It never changes.
    pub(super) fn weight(self, kind: TailKind) -> u64 {
        self.word(kind.words()).load(Ordering::Relaxed)
    }

    /// How often it was used, up to [`USES_MAX`], as far as anybody knows.
    pub(super) fn uses(self) -> u64 {
        self.state() & USES
    }

    pub(super) fn set_uses(self, uses: u64) {
        self.set_state(USES, uses);
    }

    /// Counts a use. One that is used often costs no store.
    #[inline(always)]
    pub(super) fn count_use(self) {
        let state = self.state();
        if state & USES != USES {
            // If somebody was quicker, that use counts, and this one does not. If the cell has become another
            // object's, that one is taken for used: no harm.
            let _ = self.word(STATE).compare_exchange(
                state,
                state + 1,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
        }
    }

    pub(super) fn queue(self) -> Queue {
        match (self.state() & QUEUE) >> QUEUE_SHIFT {
            0 => Queue::Nowhere,
            1 => Queue::Small,
            _ => Queue::Main,
        }
    }

    pub(super) fn set_queue(self, queue: Queue) {
        self.set_state(QUEUE, (queue as u64) << QUEUE_SHIFT);
    }

    pub(super) fn is_leaving(self) -> bool {
        self.state() & LEAVING != 0
    }

    pub(super) fn set_leaving(self, leaving: bool) {
        self.set_state(LEAVING, if leaving { LEAVING } else { 0 });
    }

    pub(super) fn is_gone(self) -> bool {
        self.state() & GONE != 0
    }

    pub(super) fn set_gone(self) {
        self.set_state(GONE, GONE);
    }

    pub(super) fn is_tagged(self) -> bool {
        self.state() & TAGGED != 0
    }

    pub(super) fn set_tagged(self) {
        self.set_state(TAGGED, TAGGED);
    }

    pub(super) fn next(self) -> CellIndex {
        self.state() >> INDEX_SHIFT
    }

    pub(super) fn set_next(self, next: CellIndex) {
        self.set_state(INDEX, next << INDEX_SHIFT);
    }

    pub(super) fn previous(self) -> CellIndex {
        self.word(PREV).load(Ordering::Relaxed) >> INDEX_SHIFT
    }

    pub(super) fn set_previous(self, previous: CellIndex) {
        self.word(PREV)
            .store(previous << INDEX_SHIFT, Ordering::Relaxed);
    }

    /// When it expires; 0 if never.
    #[inline(always)]
    pub(super) fn due(self) -> u64 {
        // A slot that was read in the midst of a change may name a cell too short to have one.
        let word = self.0.len().checked_sub(DUE).map(|index| &self.0[index]);
        word.map_or(0, |word| word.load(Ordering::Relaxed))
    }

    pub(super) fn set_due(self, due: u64) {
        self.word(DUE).store(due, Ordering::Relaxed);
    }

    /// The latest time that it may be due, in milliseconds; 0 if there is none.
    pub(super) fn hard(self) -> u64 {
        self.word(HARD).load(Ordering::Relaxed)
    }

    pub(super) fn set_hard(self, hard: u64) {
        self.word(HARD).store(hard, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(heirloom_loom)))]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_tail_is_apart_from_the_others() {
        let cell: [AtomicU64; 6] = std::array::from_fn(|_| AtomicU64::new(u64::MAX));
        let tail = Tail::new(&cell);
        let kind = TailKind {
            weighed: true,
            timed: true,
            idles: true,
        };
        assert_eq!(kind.words(), cell.len() - 1);
        tail.begin(kind, 9);
        let last = (1 << CELL_INDEX_BITS) - 1;
        tail.set_next(last);
        tail.set_previous(last - 1);
        tail.set_queue(Queue::Main);
        for _ in 0..5 {
            tail.count_use();
        }
        tail.set_leaving(true);
        tail.set_due(7);
        tail.set_hard(8);
        assert_eq!((tail.next(), tail.previous()), (last, last - 1));
        assert_eq!((tail.queue(), tail.uses()), (Queue::Main, USES_MAX));
        assert!(tail.is_leaving() && !tail.is_gone());
        tail.set_gone();
        tail.set_leaving(false);
        tail.set_queue(Queue::Nowhere);
        tail.set_uses(1);
        tail.set_next(0);
        assert!(!tail.is_leaving() && tail.is_gone());
        assert_eq!(
            (tail.queue(), tail.uses(), tail.next()),
            (Queue::Nowhere, 1, 0)
        );
        assert_eq!((tail.due(), tail.hard(), tail.weight(kind)), (7, 8, 9));
        assert_eq!(cell[0].load(Ordering::Relaxed), u64::MAX);
    }
}
