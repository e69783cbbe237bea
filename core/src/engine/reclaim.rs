//! Reclamation of what readers hold by reference: the blocks of large rows.
//!
//! Small rows need none of this (see [`crate::slab`]). A reader that is about to take a
//! reference to a block pins the epoch before it looks for the block's address; the writer
//! that unpublishes the block gives its own reference up only after all such readers have
//! moved on. (crossbeam-epoch, after K. Fraser, "Practical lock-freedom", 2004.)
//!
//! The collector is this crate's own: what it runs at the end of an epoch are destructors of blocks of
//! words and nothing else, so it does not matter who holds what when it does.
//!
//! In loom models the epoch is replaced by giving nothing up: crossbeam has its own models,
//! and one guard would eat the whole budget of ours.

use super::record::SharedAddress;
use crate::sync::Arc;
#[cfg(not(heirloom_loom))]
use crate::sync::{LazyLock, thread_local};
#[cfg(not(heirloom_loom))]
use crossbeam_epoch::{Collector, Guard, LocalHandle};

/// While this lives, no block that was published when it was made is given up.
pub(super) struct Pin {
    #[cfg(not(heirloom_loom))]
    _guard: Guard,
}

#[cfg(not(heirloom_loom))]
pub(super) fn pin() -> Pin {
    Pin { _guard: guard() }
}

#[cfg(not(heirloom_loom))]
static COLLECTOR: LazyLock<Collector> = LazyLock::new(Collector::new);

#[cfg(not(heirloom_loom))]
thread_local! {
    static HANDLE: LocalHandle = COLLECTOR.register();
}

#[cfg(not(heirloom_loom))]
fn guard() -> Guard {
    // A thread whose memory is gone already takes part for this once.
    HANDLE
        .try_with(LocalHandle::pin)
        .unwrap_or_else(|_| COLLECTOR.register().pin())
}

#[cfg(heirloom_loom)]
pub(super) fn pin() -> Pin {
    Pin {}
}

/// Blocks from this size on are not left waiting until enough others have come together.
#[cfg(not(heirloom_loom))]
const FLUSH_BYTES_MIN: usize = 64 << 10;

/// Tries to give up now all that this thread has retired. An epoch ends when everybody who was
/// pinned in it has moved on, and a block goes two epochs after it was retired.
pub(super) fn settle() {
    #[cfg(not(heirloom_loom))]
    for _ in 0..3 {
        guard().flush();
    }
}

/// Calls a function, anywhere, once nobody is pinned any more who was when this was called.
pub(super) fn defer(f: impl FnOnce() + Send + 'static) {
    #[cfg(not(heirloom_loom))]
    guard().defer(f);
    #[cfg(heirloom_loom)]
    std::mem::forget(f);
}

/// Gives up a record's reference to its block once nobody can be about to take one from it.
///
/// # Safety
/// The record is unpublished, by the caller, and this is called once for it.
pub(super) unsafe fn retire(address: SharedAddress) {
    // SAFETY: the caller's promise is that of `own`.
    let block: Arc<[u64]> = unsafe { address.own() };
    #[cfg(not(heirloom_loom))]
    {
        let at_once = size_of_val(&*block) >= FLUSH_BYTES_MIN;
        let guard = guard();
        guard.defer(move || drop(block));
        if at_once {
            guard.flush();
        }
    }
    #[cfg(heirloom_loom)]
    std::mem::forget(block);
}
