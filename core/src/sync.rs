//! The one door to synchronisation: `std` in a normal build, loom's models under
//! `cfg(heirloom_loom)`, shuttle's under `cfg(heirloom_shuttle)`. Nothing else in this crate
//! names `std::sync`, so what loom and shuttle run is the code that ships.
//!
//! loom explores every interleaving of a few calls, and what weak orderings allow; shuttle draws
//! interleavings of many calls, and takes all orderings for sequentially consistent.
//!
//! Reference counts (`Arc`, `Weak`) and one-time cells are the standard library's in all
//! builds: no protocol of ours depends on how they order memory.

pub(crate) use std::sync::{Arc, OnceLock, PoisonError, Weak};

#[cfg(not(heirloom_loom))]
pub(crate) use std::sync::LazyLock;

#[cfg(not(any(heirloom_loom, heirloom_shuttle)))]
pub(crate) use std::{
    sync::{
        Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic,
        atomic::{AtomicBool, AtomicPtr, AtomicU64, fence},
    },
    thread, thread_local,
};

#[cfg(heirloom_loom)]
pub(crate) use loom::{
    sync::{
        Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic,
        atomic::{AtomicBool, AtomicPtr, AtomicU64, fence},
    },
    thread,
};

#[cfg(heirloom_shuttle)]
pub(crate) use shuttle::{
    sync::{
        Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic,
        atomic::{AtomicBool, AtomicPtr, AtomicU64, fence},
    },
    thread, thread_local,
};

/// `thread_local!` as loom knows it: without `const` initialisers.
#[cfg(heirloom_loom)]
macro_rules! loom_thread_local {
    ($($(#[$meta:meta])* $vis:vis static $name:ident: $type:ty = const $init:block;)*) => {
        $(loom::thread_local! { $(#[$meta])* $vis static $name: $type = $init; })*
    };
}
#[cfg(heirloom_loom)]
pub(crate) use loom_thread_local as thread_local;

pub(crate) use std::sync::atomic::Ordering;

use crate::mutant::{self, Mutant};

/// Process-wide state that outlives one execution of a model and that no model is about: identity
/// counters, the free list of thread slots.
pub(crate) mod global {
    pub(crate) use std::sync::atomic::AtomicU64;
    pub(crate) use std::sync::{Mutex, PoisonError};
}

/// Locks a mutex, whether or not a thread panicked while it held it: every critical section
/// of this crate leaves its data whole before anything in it can panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Shares a lock, as [`lock`] locks.
pub(crate) fn read<T>(shared: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    shared.read().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a lock that others share, as [`lock`] locks.
pub(crate) fn write<T>(shared: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    shared.write().unwrap_or_else(PoisonError::into_inner)
}

/// Waits on `condvar`, as [`lock`] locks. May wake without a notification.
pub(crate) fn wait<'a, T>(condvar: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condvar.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// Hands out distinct numbers, ascending on each thread. Never made of a model's types: it is for
/// statics, where they cannot be, and there is nothing to explore.
pub(crate) struct Counter(global::AtomicU64);

impl Counter {
    pub(crate) const fn new(first: u64) -> Counter {
        Counter(global::AtomicU64::new(first))
    }

    pub(crate) fn next(&self) -> u64 {
        // Relaxed: that the numbers are distinct is all that is promised.
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Orders a read-modify-write that came before against every load that comes after.
///
/// On x86-64 a locked instruction is already a full barrier, so only the compiler needs to be
/// told; elsewhere, and in loom, it is a sequentially consistent fence. In both it also is
/// the release fence that a seqlock writer needs between its mark and its first data store.
#[inline(always)]
pub(crate) fn barrier_after_rmw() {
    if mutant::is_on(Mutant::NoBarrier) {
        return fence(Ordering::AcqRel);
    }
    #[cfg(all(target_arch = "x86_64", not(heirloom_loom)))]
    {
        fence(Ordering::AcqRel);
        std::sync::atomic::compiler_fence(Ordering::SeqCst);
    }
    #[cfg(any(not(target_arch = "x86_64"), heirloom_loom))]
    fence(Ordering::SeqCst);
}

/// Waiting for somebody who holds a bucket: first in the processor, then by offering the
/// core, at last asleep, so that a long list insert costs its waiters no core time.
#[derive(Default)]
pub(crate) struct Backoff {
    round: u32,
}

/// Rounds of busy waiting (each twice as long as the one before).
#[cfg(not(any(heirloom_loom, heirloom_shuttle)))]
const SPIN_ROUNDS: u32 = 6;
/// Rounds in which the core is offered to others, after the busy ones.
#[cfg(not(any(heirloom_loom, heirloom_shuttle)))]
const YIELD_ROUNDS: u32 = 32;
/// The longest single sleep, in microseconds.
#[cfg(not(any(heirloom_loom, heirloom_shuttle)))]
const SLEEP_MAX_MICROS: u64 = 500;

impl Backoff {
    /// Waits a little, longer each time.
    #[cfg(not(any(heirloom_loom, heirloom_shuttle)))]
    #[cold]
    pub(crate) fn wait(&mut self) {
        if self.round < SPIN_ROUNDS {
            for _ in 0..1u32 << self.round {
                std::hint::spin_loop();
            }
        } else if self.round < SPIN_ROUNDS + YIELD_ROUNDS {
            std::thread::yield_now();
        } else {
            let beyond = u64::from(self.round - SPIN_ROUNDS - YIELD_ROUNDS).min(5);
            let micros = (20u64 << beyond).min(SLEEP_MAX_MICROS);
            std::thread::sleep(std::time::Duration::from_micros(micros));
        }
        self.round = self.round.saturating_add(1);
    }

    /// A model lets other threads go on here.
    #[cfg(any(heirloom_loom, heirloom_shuttle))]
    pub(crate) fn wait(&mut self) {
        self.round = self.round.saturating_add(1);
        thread::yield_now();
    }
}

/// How long a writer gives way, in rounds of busy waiting: a microsecond or two.
#[cfg(not(any(heirloom_loom, heirloom_shuttle)))]
const WAY_ROUNDS: u32 = 100;

#[cfg(not(any(heirloom_loom, heirloom_shuttle)))]
thread_local! {
    /// Where the word lies that this thread lost last.
    static LOST: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Waits a moment after a lock word was lost to another writer, if it is the one that was lost
/// last time, too. Threads that write one bucket again and again then take turns of many writes each;
/// without it the bucket's cache line would travel between their cores at each write, which takes
/// longer than the write itself.
#[cfg(not(any(heirloom_loom, heirloom_shuttle)))]
#[cold]
pub(crate) fn give_way(word: &AtomicU64) {
    let address = std::ptr::from_ref(word).addr();
    // Without the thread's memory, when it ends, nobody waits.
    let again = LOST.try_with(|lost| lost.replace(address) == address);
    if again == Ok(true) {
        for _ in 0..WAY_ROUNDS {
            std::hint::spin_loop();
        }
    }
}

/// In a model other threads go on anyway.
#[cfg(any(heirloom_loom, heirloom_shuttle))]
pub(crate) fn give_way(_word: &AtomicU64) {}

/// How many thread slots there are. The last one is shared by all threads that found no
/// slot of their own.
pub(crate) const THREAD_SLOTS: usize = 256;

/// The slot that threads without one of their own share.
pub(crate) const SHARED_SLOT: usize = THREAD_SLOTS - 1;

/// A small number that no other living thread has, except [`SHARED_SLOT`].
///
/// State kept per slot has one writer at a time: the slot passes from a thread that ends to
/// one that begins through a mutex.
#[cfg(not(any(heirloom_loom, heirloom_shuttle)))]
#[inline(always)]
pub(crate) fn thread_slot() -> usize {
    let slot = slots::SLOT.get();
    if slot == slots::UNASSIGNED {
        slots::assign()
    } else {
        slot
    }
}

/// In loom each thread of a model says which slot it has with [`set_thread_slot`].
#[cfg(heirloom_loom)]
pub(crate) fn thread_slot() -> usize {
    loom_slots::SLOT.with(|slot| slot.get())
}

/// In shuttle a thread's number in its execution is its slot.
#[cfg(heirloom_shuttle)]
pub(crate) fn thread_slot() -> usize {
    usize::from(thread::current().id()).min(SHARED_SLOT)
}

/// Gives this thread of a loom model its slot.
#[cfg(all(heirloom_loom, test))]
pub(crate) fn set_thread_slot(number: usize) {
    loom_slots::SLOT.with(|slot| slot.set(number));
}

#[cfg(heirloom_loom)]
mod loom_slots {
    use std::cell::Cell;

    loom::thread_local! {
        pub(super) static SLOT: Cell<usize> = Cell::new(0);
    }
}

#[cfg(not(any(heirloom_loom, heirloom_shuttle)))]
mod slots {
    use super::{SHARED_SLOT, global::Mutex};
    use std::cell::Cell;

    pub(super) const UNASSIGNED: usize = usize::MAX;

    /// Slots that were given back, and the lowest one never given out.
    struct Pool {
        returned: Vec<usize>,
        fresh: usize,
    }

    static POOL: Mutex<Pool> = Mutex::new(Pool {
        returned: Vec::new(),
        fresh: 0,
    });

    thread_local! {
        pub(super) static SLOT: Cell<usize> = const { Cell::new(UNASSIGNED) };
        static LEASE: Lease = const { Lease };
    }

    /// Gives the slot back when its thread ends.
    struct Lease;

    impl Drop for Lease {
        fn drop(&mut self) {
            // Destructors that run after this one must not use a slot that is no longer ours.
            let slot = SLOT.replace(SHARED_SLOT);
            if slot < SHARED_SLOT {
                pool().returned.push(slot);
            }
        }
    }

    fn pool() -> std::sync::MutexGuard<'static, Pool> {
        POOL.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    #[cold]
    pub(super) fn assign() -> usize {
        // A thread whose destructors already run gets no lease: it uses the shared slot.
        let slot = match LEASE.try_with(|_| ()) {
            Ok(()) => take(),
            Err(_) => SHARED_SLOT,
        };
        SLOT.set(slot);
        slot
    }

    fn take() -> usize {
        let mut pool = pool();
        if let Some(slot) = pool.returned.pop() {
            return slot;
        }
        let slot = pool.fresh.min(SHARED_SLOT);
        pool.fresh = slot.saturating_add(1).min(SHARED_SLOT);
        slot
    }
}
