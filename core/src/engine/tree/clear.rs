//! Deleting everything.
//!
//! One store takes the whole tree away: the root word gets an empty leaf and the next generation. Whoever
//! is still on the way in the old tree began before that, and what is written there was written before and
//! deleted with the rest. Then the old pages are gone through from the top, each taken out of use for good
//! before those below it, so that none is added behind the back of this walk.

use super::latch::{Held, Seen};
use super::page::Page;
use super::{Root, Tree};
use crate::engine::lifetime::RemovalCause;
use crate::engine::reclaim;
use crate::engine::slot::Slot;
use crate::slab::CellIndex;
use crate::sync::{Backoff, Ordering, barrier_after_rmw, write};

impl Tree {
    /// Deletes all objects and gives the memory back.
    pub(super) fn clear(&self) {
        let cleared = self.clear_when(|begin| {
            begin();
            Ok::<_, std::convert::Infallible>(())
        });
        debug_assert!(cleared.is_ok());
    }

    /// Deletes all objects and gives the memory back. The one step that counts is taken by `decide`,
    /// which is given it as a function and may call it or return an error. Waits for lists that are under
    /// way; nobody else waits for more than one page. Complexity O(objects).
    pub(crate) fn clear_when<E>(
        &self,
        decide: impl FnOnce(&dyn Fn()) -> Result<(), E>,
    ) -> Result<(), E> {
        let _clearing = write(&self.clearing);
        let fresh = self.new_page(0).cell();
        let old = std::cell::Cell::new(None);
        let decided = decide(&|| old.set(Some(self.exchange_root(fresh))));
        match old.get() {
            Some(old) => self.sweep(old),
            None => self.pages.free(fresh),
        }
        self.give_back();
        reclaim::settle();
        decided
    }

    /// Gives all memory back that nothing is in.
    pub(crate) fn give_back(&self) {
        self.pages.give_all_back();
        self.rows.slab.give_all_back();
    }

    /// Puts an empty leaf in the place of the whole tree, and begins a generation.
    fn exchange_root(&self, fresh: CellIndex) -> CellIndex {
        let mut old = self.root();
        loop {
            let new = Root::new(old.generation() + 1, fresh);
            // Release: who sees the root sees its page.
            let exchanged =
                self.root
                    .compare_exchange(old.0, new.0, Ordering::AcqRel, Ordering::Acquire);
            match exchanged {
                Ok(_) => break,
                Err(now) => old = Root(now),
            }
        }
        // The caller's later reads must not be done before.
        barrier_after_rmw();
        old.page()
    }

    /// Gives up all pages from one on downwards, with what is in them.
    fn sweep(&self, top: CellIndex) {
        let mut left: Vec<Page<'_>> = self.page(top).into_iter().collect();
        while let Some(page) = left.pop() {
            let held = self.hold_for_good(page);
            let entries = 0..held.page.count();
            if held.page.level() > 0 {
                // SAFETY: they were read from a page that is held.
                left.extend(entries.map(|entry| unsafe { held.page.child(entry).page() }));
                self.free_page(held);
            } else {
                let leaf = held.seen();
                let slots: Vec<Slot> = entries.map(|entry| self.slot(&leaf, entry)).collect();
                self.free_page(held);
                for slot in slots {
                    self.discard(slot, RemovalCause::Deleted);
                }
            }
        }
    }

    fn hold_for_good<'t>(&'t self, page: Page<'t>) -> Held<'t> {
        let mut backoff = Backoff::default();
        loop {
            if let Some(held) = Seen::look(page).and_then(|seen| seen.hold_quietly()) {
                return held;
            }
            backoff.wait();
        }
    }
}
