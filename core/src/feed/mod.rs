//! Change feeds: subscribers are told which keys of a table have changed.
//!
//! ```text
//!   writers, each after its change ---> [ 17 | 18 | 19 | 20 ] <--- a subscription at 18
//!                                        the last few notices <--- a subscription at 21: waits
//! ```
//!
//! One ring for all subscribers, with one bound: who comes too late for a notice is told how many it has missed.
//!
//! A notice names a key and no object. Whoever hears it looks the key up, and finds what has become of it by then. So it does not
//! matter in which order the notices of two changes of one key come, and a writer needs to hold nothing but the ring when it gives
//! one, after it has let go of its bucket. (That everything was deleted is told in the same step in which it is: no notice of a later change comes before.)
//! Two orders make that good. A change is in the table *before* its notice is in the ring: who
//! has heard finds it. And a subscription is counted *before* its owner looks at anything: of a change that was not there to
//! be seen when it looked, it is told.

#[cfg(all(test, heirloom_loom))]
mod loom_models;
mod subscription;

pub use subscription::{Receive, Subscription};

use crate::mutant::{self, Mutant};
use crate::sync::{Condvar, Mutex, lock};
use crate::term::{Term, TermRef};
use crate::wakers::Wakers;
use std::collections::VecDeque;
use std::mem;

/// What a [`Subscription`] is told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice<K = Term> {
    /// The object of this key is another one, is new, or is gone; of a bag: its objects. A lookup says which; sometimes nothing has changed
    /// after all, as where an equal object was inserted. The key is as the writer gave it: in an `ordered_set` perhaps 1 for 1.0.
    Changed(K),
    /// All objects were deleted at once.
    Cleared,
    /// So many notices came and went before the subscriber asked: any key may have changed.
    Missed(u64),
}

/// The changes of one table, for those who subscribe.
pub(crate) struct Feed {
    ring: Mutex<Ring>,
    arrived: Condvar,
}

struct Ring {
    notices: VecDeque<Notice>,
    capacity: usize,
    /// The number of the oldest notice that is there, or would be.
    first: u64,
    subscriptions: usize,
    wakers: Wakers,
    /// There will be no more of them: the table is gone.
    ended: bool,
}

impl Feed {
    /// A feed that keeps so many notices, at least one.
    pub(crate) fn new(capacity: usize) -> Feed {
        let ring = Ring {
            notices: VecDeque::new(),
            capacity: capacity.max(1),
            first: 0,
            subscriptions: 0,
            wakers: Wakers::default(),
            ended: false,
        };
        Feed {
            ring: Mutex::new(ring),
            arrived: Condvar::new(),
        }
    }

    /// Tells those who subscribe that a key has changed. Futures are woken by [`wake`](Feed::wake).
    pub(crate) fn tell_changed(&self, key: TermRef<'_>) {
        self.announce(|ring| {
            if ring.is_heard() {
                ring.push(Notice::Changed(key.to_term()));
            }
        });
    }

    /// Does the step that deletes everything, and tells those who subscribe. Futures are woken by [`wake`](Feed::wake).
    pub(crate) fn clear(&self, clear: &dyn Fn()) {
        self.announce(|ring| {
            clear();
            if ring.is_heard() {
                ring.push(Notice::Cleared);
            }
        });
    }

    /// Changes the ring, and wakes the threads that wait.
    fn announce(&self, change: impl FnOnce(&mut Ring)) {
        let is_early = mutant::is_on(Mutant::WokenBeforeTold);
        if is_early {
            self.arrived.notify_all();
        }
        change(&mut lock(&self.ring));
        if !is_early {
            self.arrived.notify_all();
        }
    }

    /// Wakes the futures that wait. The caller holds nothing.
    pub(crate) fn wake(&self) {
        let wakers = mem::take(&mut lock(&self.ring).wakers);
        wakers.wake();
    }

    /// Tells those who subscribe, now or later, that there is nothing more to come. The caller holds nothing.
    pub(crate) fn end(&self) {
        self.announce(|ring| ring.ended = true);
        self.wake();
    }

    /// Counts a subscription; the number of the first notice that is for it.
    fn begin_subscription(&self) -> u64 {
        let mut ring = lock(&self.ring);
        ring.subscriptions += 1;
        ring.first + ring.notices.len() as u64
    }

    fn end_subscription(&self, number: u64) {
        let mut ring = lock(&self.ring);
        let waker = ring.wakers.remove(number);
        let is_last = ring.subscriptions == 1;
        if mutant::is_on(Mutant::LastSubscriptionAskedApart) {
            drop(ring);
            ring = lock(&self.ring);
        }
        ring.subscriptions -= 1;
        if is_last {
            let all = ring.notices.len();
            ring.forget(all);
        }
        drop(ring);
        drop(waker);
    }

    /// Bytes of the ring, but for keys that are not complete in one word.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Feed>() + lock(&self.ring).notices.capacity() * size_of::<Notice>()
    }
}

impl Ring {
    fn is_heard(&self) -> bool {
        self.subscriptions > 0 && !self.ended
    }

    fn push(&mut self, notice: Notice) {
        if self.notices.len() == self.capacity {
            self.forget(1);
        }
        self.notices.push_back(notice);
    }

    /// Gives up the oldest notices.
    fn forget(&mut self, count: usize) {
        self.notices.drain(..count);
        self.first += count as u64;
    }

    /// The notice of this number, which becomes that of the next; `None` if there is none yet.
    fn next(&mut self, number: &mut u64) -> Option<Notice> {
        let missed = self.first.saturating_sub(*number);
        if missed > 0 {
            *number = self.first;
            return Some(Notice::Missed(missed));
        }
        let notice = self.notices.get((*number - self.first) as usize)?.clone();
        *number += 1;
        Some(notice)
    }
}
