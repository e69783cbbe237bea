//! Futures that wait for one thing, each under a number of its own.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::Waker;

/// See the module. Wakers are the user's: what is handed out here is woken or dropped by the caller once it holds nothing.
#[derive(Default)]
pub(crate) struct Wakers(Vec<(u64, Waker)>);

impl Wakers {
    /// The future of this number waits, with this waker; the one that it waited with before.
    #[must_use = "it is not dropped under a lock"]
    pub(crate) fn set(&mut self, number: u64, waker: Waker) -> Option<Waker> {
        match self.0.iter_mut().find(|(own, _)| *own == number) {
            Some((_, own)) => Some(mem::replace(own, waker)),
            None => {
                self.0.push((number, waker));
                None
            }
        }
    }

    /// The future of this number waits no longer; what it waited with.
    #[must_use = "it is not dropped under a lock"]
    pub(crate) fn remove(&mut self, number: u64) -> Option<Waker> {
        let own = self.0.iter().position(|(own, _)| *own == number)?;
        Some(self.0.swap_remove(own).1)
    }

    /// Wakes them all. If some panic, so does this, when the others are awake.
    pub(crate) fn wake(self) {
        let mut panic = None;
        for (_, waker) in self.0 {
            let woken = catch_unwind(AssertUnwindSafe(|| waker.wake()));
            panic = panic.or(woken.err());
        }
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}
