//! Which object goes when there are too many: S3-FIFO (J. Yang et al., "FIFO queues are all you need for cache
//! eviction", SOSP 2023).
//!
//! ```text
//!   new ----> [ small: a tenth ] --- not used twice ---> out, and its key becomes a ghost
//!                    |
//!                used twice
//!                    v
//!   a ghost --> [     main     ] --- not used ---------> out
//!                ^         |
//!                +- used --+   (it has a use less then)
//! ```
//!
//! A use is counted in the object's cell and moves nothing. The queues are lists through the cells.

use super::ghosts::Ghosts;
use super::tail::{Queue, Tail};
use crate::slab::{CellIndex, Slab};

/// Which part of all the small queue may be, one in so many.
const SMALL_SHARE: u64 = 10;
/// Uses in the small queue that bring an object into the main one.
const USES_TO_STAY: u64 = 2;
/// How many objects are looked at for one that goes. After that the next one goes, used or not.
const LOOKS_MAX: usize = 1024;

/// The queues of one shard. `charge` is what an object counts for: one, or its bytes.
#[derive(Default)]
pub(super) struct Queues {
    small: Fifo,
    main: Fifo,
    objects: usize,
    pub(super) ghosts: Ghosts,
}

/// A queue of cells: the first is the oldest.
#[derive(Default)]
struct Fifo {
    first: CellIndex,
    last: CellIndex,
    charge: u64,
}

impl Queues {
    fn fifo(&mut self, queue: Queue) -> Option<&mut Fifo> {
        match queue {
            Queue::Nowhere => None,
            Queue::Small => Some(&mut self.small),
            Queue::Main => Some(&mut self.main),
        }
    }

    /// Puts a cell that is in no queue at the end of one.
    pub(super) fn push(&mut self, slab: &Slab, queue: Queue, cell: CellIndex, charge: u64) {
        if let Some(fifo) = self.fifo(queue) {
            fifo.push(slab, cell, charge);
            Tail::of(slab, cell).set_queue(queue);
            self.objects += 1;
        }
    }

    /// Takes a cell out of its queue.
    pub(super) fn take_out(&mut self, slab: &Slab, cell: CellIndex, charge: u64) {
        let tail = Tail::of(slab, cell);
        if let Some(fifo) = self.fifo(tail.queue()) {
            fifo.take_out(slab, cell, charge);
            tail.set_queue(Queue::Nowhere);
            self.objects -= 1;
        }
    }

    /// How many objects are in the queues.
    pub(super) fn objects(&self) -> usize {
        self.objects
    }

    /// The object that is to go, which stays where it is. `charge` says what a cell counts for.
    pub(super) fn choose(
        &mut self,
        slab: &Slab,
        charge: impl Fn(CellIndex) -> u64,
    ) -> Option<CellIndex> {
        for _ in 0..LOOKS_MAX {
            let all = self.small.charge + self.main.charge;
            let from_small = self.main.first == 0 || self.small.charge * SMALL_SHARE > all;
            let queue = if from_small && self.small.first != 0 {
                Queue::Small
            } else {
                Queue::Main
            };
            let oldest = self.fifo(queue)?.first;
            if oldest == 0 {
                return None;
            }
            let tail = Tail::of(slab, oldest);
            let (stays, uses) = match queue {
                Queue::Small => (tail.uses() >= USES_TO_STAY, 0),
                _ => (tail.uses() > 0, tail.uses().saturating_sub(1)),
            };
            if !stays {
                return Some(oldest);
            }
            tail.set_uses(uses);
            let charge = charge(oldest);
            self.take_out(slab, oldest, charge);
            self.push(slab, Queue::Main, oldest, charge);
        }
        let candidates = [self.small.first, self.main.first];
        candidates.into_iter().find(|&oldest| oldest != 0)
    }
}

impl Fifo {
    fn push(&mut self, slab: &Slab, cell: CellIndex, charge: u64) {
        let tail = Tail::of(slab, cell);
        tail.set_next(0);
        tail.set_previous(self.last);
        match self.last {
            0 => self.first = cell,
            last => Tail::of(slab, last).set_next(cell),
        }
        self.last = cell;
        self.charge += charge;
    }

    fn take_out(&mut self, slab: &Slab, cell: CellIndex, charge: u64) {
        let tail = Tail::of(slab, cell);
        let (previous, next) = (tail.previous(), tail.next());
        match previous {
            0 => self.first = next,
            previous => Tail::of(slab, previous).set_next(next),
        }
        match next {
            0 => self.last = previous,
            next => Tail::of(slab, next).set_previous(previous),
        }
        self.charge -= charge;
    }
}

#[cfg(all(test, not(heirloom_loom)))]
mod tests {
    use super::super::tail::TailKind;
    use super::*;

    fn cell(slab: &Slab) -> CellIndex {
        let cell = slab.allocate(4);
        let kind = TailKind {
            weighed: false,
            timed: false,
            idles: false,
        };
        Tail::of(slab, cell).begin(kind, 0);
        cell
    }

    fn go(queues: &mut Queues, slab: &Slab) -> Option<CellIndex> {
        let chosen = queues.choose(slab, |_| 1)?;
        queues.take_out(slab, chosen, 1);
        Some(chosen)
    }

    #[test]
    fn the_oldest_goes_and_what_was_used_twice_stays() {
        let (slab, mut queues) = (Slab::new(), Queues::default());
        let cells: Vec<CellIndex> = (0..5).map(|_| cell(&slab)).collect();
        for &cell in &cells {
            queues.push(&slab, Queue::Small, cell, 1);
        }
        Tail::of(&slab, cells[0]).count_use();
        Tail::of(&slab, cells[1]).count_use();
        Tail::of(&slab, cells[1]).count_use();
        assert_eq!(go(&mut queues, &slab), Some(cells[0]));
        queues.take_out(&slab, cells[2], 1);
        assert_eq!(go(&mut queues, &slab), Some(cells[3]));
        assert_eq!(Tail::of(&slab, cells[1]).queue(), Queue::Main);
        assert_eq!(queues.objects(), 2);
        assert_eq!(go(&mut queues, &slab), Some(cells[4]));
        assert_eq!(go(&mut queues, &slab), Some(cells[1]));
        assert_eq!(go(&mut queues, &slab), None);
    }

    #[test]
    fn one_scan_does_not_drive_out_what_is_used() {
        let (slab, mut queues) = (Slab::new(), Queues::default());
        let hot: Vec<CellIndex> = (0..50).map(|_| cell(&slab)).collect();
        for &cell in &hot {
            queues.push(&slab, Queue::Main, cell, 1);
        }
        for _ in 0..1000 {
            let new = cell(&slab);
            queues.push(&slab, Queue::Small, new, 1);
            if queues.objects() > 60 {
                hot.iter()
                    .for_each(|&cell| Tail::of(&slab, cell).count_use());
                let gone = go(&mut queues, &slab).expect("there are some");
                assert!(!hot.contains(&gone));
            }
        }
    }
}
