//! The latch of a page: a version, and who may change the page.
//!
//! ```text
//!  63                             3      2        1        0
//! +--------------------------------+------+---------+--------+
//! |            version             | DEAD | WRITING | LOCKED |
//! +--------------------------------+------+---------+--------+
//! ```
//!
//! The same protocol as that of a bucket: readers look at the version before and after, writers lock by
//! compare-and-swap from the version they saw. The version of a page never goes back, not even when the
//! page is given up and its memory becomes another one's ([`Tree::new_page`](super::Tree)).
//! (Optimistic lock coupling: V. Leis et al., "The ART of Practical Synchronization", 2016.)

use super::page::Page;
use crate::mutant::{self, Mutant};
use crate::slab::CellIndex;
use crate::sync::{Ordering, barrier_after_rmw, fence};

/// Somebody holds the page. Readers go on; other writers wait.
const LOCKED: u64 = 1;
/// Its words are being changed. Readers wait, too.
const WRITING: u64 = 1 << 1;
/// It is no part of the tree any more: whoever comes here begins again at the root.
const DEAD: u64 = 1 << 2;
/// One step of the version.
const VERSION_STEP: u64 = 1 << 3;

/// The latch of a page with this version, free.
pub(super) fn of_version(version: u64) -> u64 {
    version * VERSION_STEP
}

/// The version in a latch.
pub(super) fn version_of(latch: u64) -> u64 {
    latch / VERSION_STEP
}

/// A page and its version, to be found again.
#[derive(Clone, Copy)]
pub(super) struct Memory {
    page: CellIndex,
    latch: u64,
}

impl Memory {
    pub(super) fn page(self) -> CellIndex {
        self.page
    }
}

/// What stands for the latch of a page whose finder holds it, so that nothing in it can change. No page that was ever
/// in use has version 0.
const OWN: u64 = 0;

/// A page as somebody found it: two words, so that it stays in registers. (Written to memory word by word, and
/// then moved as a whole, it costs as much as a level of the tree.)
#[derive(Clone, Copy)]
pub(super) struct Seen<'t> {
    pub(super) page: Page<'t>,
    latch: u64,
}

impl<'t> Seen<'t> {
    /// Looks at a page; `None` if it is being changed or gone.
    #[inline(always)]
    pub(super) fn look(page: Page<'t>) -> Option<Seen<'t>> {
        // Acquire: pairs with the Release that ends each change.
        let latch = page.latch().load(Ordering::Acquire);
        // A page that was never in use has version 0.
        let readable = latch & (WRITING | DEAD) == 0 && latch != OWN;
        readable.then_some(Seen { page, latch })
    }

    /// The page as it was found, without holding on to the tree. Not for a page that is held.
    pub(super) fn memory(&self) -> Memory {
        assert_ne!(self.latch, OWN, "it will be let go");
        Memory {
            page: self.page.cell(),
            latch: self.latch,
        }
    }

    /// The page as it was found then; it may have changed since.
    pub(super) fn recall(page: Page<'t>, memory: Memory) -> Seen<'t> {
        Seen {
            page,
            latch: memory.latch,
        }
    }

    /// Whether a page is no part of the tree any more.
    pub(super) fn is_dead(page: Page<'_>) -> bool {
        let latch = page.latch().load(Ordering::Acquire);
        latch == 0 || latch & DEAD != 0
    }

    /// Whether everything read from the page since it was found belongs together.
    #[inline(always)]
    pub(super) fn is_unchanged(&self) -> bool {
        self.is_certain() || mutant::is_on(Mutant::NoPageValidation)
    }

    /// As `is_unchanged`, for what must be true whatever fault is being looked for.
    #[inline(always)]
    pub(super) fn is_certain(&self) -> bool {
        if self.latch == OWN {
            return true;
        }
        // Acquire: pairs with the barrier between `WRITING` and the first store of a writer, and
        // with the fence in `Slab::allocate`.
        fence(Ordering::Acquire);
        let now = self.page.latch().load(Ordering::Relaxed);
        (now ^ self.latch) & !LOCKED == 0
    }

    pub(super) fn is_locked(&self) -> bool {
        self.latch & LOCKED != 0
    }

    /// Takes the page for writing, if it still is as it was found.
    #[inline(always)]
    pub(super) fn hold(&self) -> Option<Held<'t>> {
        self.take(LOCKED | WRITING)
    }

    /// Takes the page, if it still is as it was found; readers do not notice.
    pub(super) fn hold_quietly(&self) -> Option<Held<'t>> {
        self.take(LOCKED)
    }

    #[inline(always)]
    fn take(&self, bits: u64) -> Option<Held<'t>> {
        debug_assert_ne!(self.latch, OWN);
        let latch = self.page.latch();
        if mutant::is_on(Mutant::NoPageLock) {
            latch.store(self.latch | bits, Ordering::Relaxed);
        } else if self.is_locked() {
            return None;
        } else {
            // Acquire: pairs with the Release of the last holder.
            latch
                .compare_exchange(
                    self.latch,
                    self.latch | bits,
                    Ordering::AcqRel,
                    Ordering::Relaxed,
                )
                .ok()?;
        }
        barrier_after_rmw();
        Some(Held {
            page: self.page,
            latch: self.latch | (bits & WRITING),
        })
    }
}

/// A page that nobody else can change until this is dropped.
pub(super) struct Held<'t> {
    pub(super) page: Page<'t>,
    /// What the latch was before, and `WRITING` if that is what the holder does.
    latch: u64,
}

impl<'t> Held<'t> {
    /// The page as its holder sees it.
    pub(super) fn seen(&self) -> Seen<'t> {
        Seen {
            page: self.page,
            latch: OWN,
        }
    }

    /// From here on readers wait, and what is stored appears to them all at once.
    pub(super) fn begin_writing(&mut self) {
        if self.latch & WRITING == 0 {
            self.latch |= WRITING;
            // A read-modify-write, not a store: the writer's later reads must not be done before others
            // can see the page as being written.
            let latch = self.page.latch();
            latch.swap(self.latch | LOCKED, Ordering::AcqRel);
            barrier_after_rmw();
        }
    }

    /// Lets the page go, of which nothing was changed: whoever has read it meanwhile has read what it is.
    pub(super) fn let_go_unchanged(self) {
        let left = std::mem::ManuallyDrop::new(self);
        // Release: as in `drop`.
        let latch = left.latch & !WRITING;
        left.page.latch().store(latch, Ordering::Release);
    }

    /// Takes the page out of use for good; the version it ends with.
    pub(super) fn die(self) -> u64 {
        let left = std::mem::ManuallyDrop::new(self);
        let last = (left.latch & !WRITING) + VERSION_STEP;
        // Release: who sees this finds what replaces the page.
        left.page.latch().store(last | DEAD, Ordering::Release);
        version_of(last)
    }
}

impl Drop for Held<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        let latch = if self.latch & WRITING == 0 {
            self.latch
        } else {
            (self.latch & !WRITING) + VERSION_STEP
        };
        // Release: pairs with the Acquire in `Seen::look`.
        self.page.latch().store(latch, Ordering::Release);
    }
}
