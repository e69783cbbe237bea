//! The subscriber's end of a change feed.

use super::{Feed, Notice};
use crate::sync::{Arc, Counter, lock, wait};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The number of the next subscription.
static NUMBERS: Counter = Counter::new(1);

/// Notices of a table's changes, from [`Table::subscribe`](crate::Table::subscribe) on: which keys have changed, whoever changed
/// them, and also if they expired or were evicted.
///
/// A notice comes after its change and before the call returns that made it; of what expires, when it is taken out. Who hears of a key
/// and looks it up finds that change, or a later one. Nothing is held up by a subscriber that does not ask: it is told later how many notices it has
/// [missed](Notice::Missed), and then reads the table anew.
///
/// As an iterator it waits for each notice and ends with the table.
pub struct Subscription {
    feed: Arc<Feed>,
    number: u64,
    /// The number of the notice that is next.
    next: u64,
}

impl Feed {
    pub(crate) fn subscribe(self: &Arc<Feed>) -> Subscription {
        Subscription {
            feed: Arc::clone(self),
            number: NUMBERS.next(),
            next: self.begin_subscription(),
        }
    }
}

impl Subscription {
    /// The next notice; waits until there is one. `None` when the table is gone and all was told. Blocks the thread: futures use
    /// [`receive_async`](Subscription::receive_async). O(1) and the key's size.
    pub fn receive(&mut self) -> Option<Notice> {
        let mut ring = lock(&self.feed.ring);
        loop {
            let notice = ring.next(&mut self.next);
            if notice.is_some() || ring.ended {
                return notice;
            }
            ring = wait(&self.feed.arrived, ring);
        }
    }

    /// The next notice, if there is one now. Never waits.
    pub fn try_receive(&mut self) -> Option<Notice> {
        lock(&self.feed.ring).next(&mut self.next)
    }

    /// The next notice; waits until there is one, but not longer than `timeout`. `None` if none came, or the table is gone.
    // Loom has no clock, and so no such wait.
    #[cfg(not(heirloom_loom))]
    pub fn receive_timeout(&mut self, timeout: std::time::Duration) -> Option<Notice> {
        let ring = lock(&self.feed.ring);
        let next = self.next;
        let has_nothing =
            |ring: &mut super::Ring| !ring.ended && ring.first + ring.notices.len() as u64 <= next;
        let (mut ring, _) = self
            .feed
            .arrived
            .wait_timeout_while(ring, timeout, has_nothing)
            .unwrap_or_else(crate::sync::PoisonError::into_inner);
        ring.next(&mut self.next)
    }

    /// As [`receive`](Subscription::receive), for a future. If it is dropped before it is ready, no notice is lost.
    pub fn receive_async(&mut self) -> Receive<'_> {
        Receive(self)
    }

    fn poll_receive(&mut self, context: &Context<'_>) -> Poll<Option<Notice>> {
        // A waker that is cloned or dropped may do as it likes, so neither is done under the lock.
        let waker = context.waker().clone();
        let mut ring = lock(&self.feed.ring);
        let notice = ring.next(&mut self.next);
        if notice.is_some() || ring.ended {
            return Poll::Ready(notice);
        }
        let former = ring.wakers.set(self.number, waker);
        drop(ring);
        drop(former);
        Poll::Pending
    }
}

impl Iterator for Subscription {
    type Item = Notice;

    /// As [`receive`](Subscription::receive).
    fn next(&mut self) -> Option<Notice> {
        self.receive()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.feed.end_subscription(self.number);
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}

/// A future of a subscription's next notice: see [`Subscription::receive_async`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Receive<'s>(&'s mut Subscription);

impl Future for Receive<'_> {
    type Output = Option<Notice>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Notice>> {
        self.0.poll_receive(context)
    }
}
