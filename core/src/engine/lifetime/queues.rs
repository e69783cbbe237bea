//! Which object goes when there are too many: S3-FIFO (J. Yang et al., "FIFO queues are all you need for cache
//! eviction", SOSP 2023).
//!
//! ```text
//!   new ----> [ small ] --- not used ---> out, and its key becomes a ghost
//!                 |
//!               used
//!                 v
//!   a ghost --> [   main   ] --- not used ---> out
//!                ^       |
//!                +- used +   (it has a use less then)
//! ```
//!
//! A use is counted in the object's cell and moves nothing. The queues are lists through the cells.
//!
//! Four things differ from the paper. While there is room, new objects go into the main queue, and the small one is at most a
//! thirty-second rather than a tenth, both as in quick_cache; it is shorter where it is of no use (see [`share`](super::share)).
//! One use is enough to stay, since the small queue is short. A ghost does not drive out what is used: if none of
//! the next few in the main queue is unused, it waits in the small one like any other. So a loop over a little more than fits keeps most
//! of what it has. And the object that came last stays until the next comes, unless it is very large. (`compare cache` shows what
//! comes of it.)

use super::ghosts::Ghosts;
use super::share::{LONGEST, SmallShare};
use super::tail::{Queue, Tail};
use crate::slab::{CellIndex, Slab};

/// Uses in the small queue that bring an object into the main one.
const USES_TO_STAY: u64 = 1;
/// How many objects of the main queue are asked whether they are used, before a ghost comes in.
pub(super) const LOOKS_FOR_GHOST: usize = 3;
/// How many objects are looked at for one that goes. After that the next one goes, used or not.
pub(super) const LOOKS_MAX: usize = 1024;

/// The queues of one shard. `charge` is what an object counts for: one, or its bytes.
pub(super) struct Queues {
    small: Fifo,
    main: Fifo,
    small_share: SmallShare,
    /// What the object that came last may count for to stay.
    last_max: u64,
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
    /// Empty ones, in which the object that came last stays if it counts for no more than this.
    pub(super) fn new(last_max: u64) -> Queues {
        Queues {
            small: Fifo::default(),
            main: Fifo::default(),
            small_share: SmallShare::default(),
            last_max,
            objects: 0,
            ghosts: Ghosts::default(),
        }
    }

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

    /// The queue that a new object is for. `room` is what all together may count for here, as long as there is room left.
    pub(super) fn queue_for(
        &mut self,
        slab: &Slab,
        was_ghost: bool,
        room: Option<u64>,
        charge: impl Fn(CellIndex) -> u64,
    ) -> Queue {
        let is_filling = room.is_some_and(|room| self.main.charge < room - room / LONGEST);
        let comes_in =
            |queues: &mut Queues| queues.is_small_due() || queues.finds_unused(slab, charge);
        if is_filling || (was_ghost && comes_in(self)) {
            Queue::Main
        } else {
            Queue::Small
        }
    }

    /// Whether one of the oldest in the main queue is unused. It is the oldest then; those that were used had a look.
    fn finds_unused(&mut self, slab: &Slab, charge: impl Fn(CellIndex) -> u64) -> bool {
        for _ in 0..LOOKS_FOR_GHOST {
            let oldest = self.main.first;
            if oldest == 0 || Tail::of(slab, oldest).uses() == 0 {
                return true;
            }
            self.give_another_round(slab, oldest, charge(oldest));
        }
        false
    }

    /// Puts an object at the end of the main queue, for a use.
    fn give_another_round(&mut self, slab: &Slab, cell: CellIndex, charge: u64) {
        let tail = Tail::of(slab, cell);
        let left = match tail.queue() {
            Queue::Main => tail.uses().saturating_sub(1),
            _ => 0,
        };
        tail.set_uses(left);
        self.take_out(slab, cell, charge);
        self.push(slab, Queue::Main, cell, charge);
    }

    /// How many objects are in the queues.
    pub(super) fn objects(&self) -> usize {
        self.objects
    }

    /// Whether the small queue is too long, and has more than the object that came last, unless that is too large to drive
    /// out others.
    fn is_small_due(&self) -> bool {
        let [small, main] = [&self.small, &self.main].map(|queue| queue.charge);
        let is_last_alone = self.small.first == self.small.last && small <= self.last_max;
        !is_last_alone && self.small_share.is_exceeded(small, small + main)
    }

    /// The object that is to go, which stays where it is. `charge` says what a cell counts for.
    pub(super) fn choose(
        &mut self,
        slab: &Slab,
        charge: impl Fn(CellIndex) -> u64,
    ) -> Option<CellIndex> {
        for _ in 0..LOOKS_MAX {
            let queue = if self.main.first == 0 || self.is_small_due() {
                Queue::Small
            } else {
                Queue::Main
            };
            let oldest = self.fifo(queue)?.first;
            if oldest == 0 {
                return None;
            }
            let needed = match queue {
                Queue::Small => USES_TO_STAY,
                _ => 1,
            };
            let is_used = Tail::of(slab, oldest).uses() >= needed;
            if queue == Queue::Small {
                self.small_share.note_leaver(is_used, self.objects);
            }
            if !is_used {
                return Some(oldest);
            }
            self.give_another_round(slab, oldest, charge(oldest));
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
    fn the_oldest_goes_and_what_was_used_stays() {
        let (slab, mut queues) = (Slab::new(), Queues::new(u64::MAX));
        let cells: Vec<CellIndex> = (0..5).map(|_| cell(&slab)).collect();
        for &cell in &cells {
            queues.push(&slab, Queue::Small, cell, 1);
        }
        Tail::of(&slab, cells[1]).count_use();
        assert_eq!(go(&mut queues, &slab), Some(cells[0]));
        queues.take_out(&slab, cells[2], 1);
        assert_eq!(go(&mut queues, &slab), Some(cells[3]));
        assert_eq!(Tail::of(&slab, cells[1]).queue(), Queue::Main);
        assert_eq!(queues.objects(), 2);
        // The one that came last stays longest.
        assert_eq!(go(&mut queues, &slab), Some(cells[1]));
        assert_eq!(go(&mut queues, &slab), Some(cells[4]));
        assert_eq!(go(&mut queues, &slab), None);
    }

    #[test]
    fn a_ghost_drives_nothing_out_that_is_used() {
        let (slab, mut queues) = (Slab::new(), Queues::new(u64::MAX));
        let room = 100;
        let cells: Vec<CellIndex> = (0..97).map(|_| cell(&slab)).collect();
        for &cell in &cells {
            assert_eq!(
                queues.queue_for(&slab, false, Some(room), |_| 1),
                Queue::Main
            );
            queues.push(&slab, Queue::Main, cell, 1);
            Tail::of(&slab, cell).count_use();
        }
        assert_eq!(
            queues.queue_for(&slab, false, Some(room), |_| 1),
            Queue::Small
        );
        assert_eq!(
            queues.queue_for(&slab, true, Some(room), |_| 1),
            Queue::Small
        );
        // Its use was that it stayed then.
        let rounds = cells.len().div_ceil(LOOKS_FOR_GHOST);
        for _ in 0..rounds {
            queues.queue_for(&slab, true, Some(room), |_| 1);
        }
        assert_eq!(
            queues.queue_for(&slab, true, Some(room), |_| 1),
            Queue::Main
        );
        assert_eq!(queues.queue_for(&slab, false, None, |_| 1), Queue::Small);
    }

    #[test]
    fn one_scan_does_not_drive_out_what_is_used() {
        let (slab, mut queues) = (Slab::new(), Queues::new(u64::MAX));
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
