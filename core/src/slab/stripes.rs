//! State kept per thread inside a table, so that threads do not meet on one cache line.
//!
//! ```text
//! Stripes            Segment (16 slots)          T
//! +-----------+     +----+----+- - -+----+     +---------------+
//! | segment 0 |---->| T* | 0  |     | T* |---->| one thread's  |
//! | segment 1 |     +----+----+- - -+----+     | counters and  |
//! |   ...     |                                | spare cells   |
//! +-----------+                                +---------------+
//! ```
//!
//! Everything appears on first use: a table that two threads write has two stripes. A stripe
//! belongs to a thread slot (see [`thread_slot`]), so it has one user at a time; only the last
//! slot is shared, and there a spin lock stands in for exclusiveness.

use crate::sync::{
    AtomicPtr, AtomicU64, Backoff, Ordering, SHARED_SLOT, THREAD_SLOTS, thread_slot,
};
use std::ptr;

const SEGMENT_SLOTS: usize = 16;
const SEGMENTS: usize = THREAD_SLOTS / SEGMENT_SLOTS;

/// One `T` for each thread slot that has used it.
pub(crate) struct Stripes<T> {
    segments: [AtomicPtr<Segment<T>>; SEGMENTS],
    /// 1 while a thread without a slot of its own works in the shared one.
    shared_lock: AtomicU64,
}

struct Segment<T> {
    slots: [AtomicPtr<T>; SEGMENT_SLOTS],
}

impl<T> Segment<T> {
    fn new() -> Segment<T> {
        Segment {
            slots: std::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
        }
    }
}

/// Leave to use the calling thread's stripe alone, until it is dropped.
pub(crate) struct Exclusive<'a, T> {
    stripe: &'a T,
    shared_lock: Option<&'a AtomicU64>,
}

impl<T> std::ops::Deref for Exclusive<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        self.stripe
    }
}

impl<T> Drop for Exclusive<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(lock) = self.shared_lock {
            // Release: pairs with the Acquire in `lock_shared` of the next user.
            lock.store(0, Ordering::Release);
        }
    }
}

impl<T: Default> Stripes<T> {
    pub(crate) fn new() -> Stripes<T> {
        Stripes {
            segments: std::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
            shared_lock: AtomicU64::new(0),
        }
    }

    /// The calling thread's stripe, which nobody else changes while the result lives.
    #[inline(always)]
    pub(crate) fn mine(&self) -> Exclusive<'_, T> {
        let slot = thread_slot();
        let shared_lock = (slot == SHARED_SLOT).then(|| self.lock_shared());
        Exclusive {
            stripe: self.stripe(slot),
            shared_lock,
        }
    }

    #[cold]
    fn lock_shared(&self) -> &AtomicU64 {
        let mut backoff = Backoff::default();
        // Acquire: pairs with the Release in `Exclusive::drop`.
        while self
            .shared_lock
            .compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            backoff.wait();
        }
        &self.shared_lock
    }

    #[inline(always)]
    fn stripe(&self, slot: usize) -> &T {
        // Acquire: pairs with the Release in `publish`.
        let segment = self.segments[slot / SEGMENT_SLOTS].load(Ordering::Acquire);
        // SAFETY: a segment that was published stays until `self` is dropped.
        if let Some(segment) = unsafe { segment.as_ref() } {
            let stripe = segment.slots[slot % SEGMENT_SLOTS].load(Ordering::Acquire);
            // SAFETY: as above, for the stripe.
            if let Some(stripe) = unsafe { stripe.as_ref() } {
                return stripe;
            }
        }
        self.first_use(slot)
    }

    #[cold]
    fn first_use(&self, slot: usize) -> &T {
        let segment = publish(&self.segments[slot / SEGMENT_SLOTS], Segment::new);
        publish(&segment.slots[slot % SEGMENT_SLOTS], T::default)
    }

    /// Every stripe there is, in no order. Their owners go on meanwhile.
    pub(crate) fn all(&self) -> impl Iterator<Item = &T> {
        self.segments
            .iter()
            // Acquire: pairs with the Release in `publish`.
            // SAFETY: published segments and stripes stay until `self` is dropped.
            .filter_map(|segment| unsafe { segment.load(Ordering::Acquire).as_ref() })
            .flat_map(|segment| segment.slots.iter())
            // SAFETY: as above.
            .filter_map(|stripe| unsafe { stripe.load(Ordering::Acquire).as_ref() })
    }
}

/// What `cell` points to; made and published by whoever comes first.
fn publish<T>(cell: &AtomicPtr<T>, make: impl FnOnce() -> T) -> &T {
    let present = cell.load(Ordering::Acquire);
    // SAFETY: what is published stays until the `Stripes` that owns `cell` is dropped, and
    // the result borrows `cell`.
    if let Some(present) = unsafe { present.as_ref() } {
        return present;
    }
    let fresh = Box::into_raw(Box::new(make()));
    // Release: pairs with the Acquire loads of this cell; Acquire for the loser.
    match cell.compare_exchange(ptr::null_mut(), fresh, Ordering::AcqRel, Ordering::Acquire) {
        // SAFETY: just published, see above.
        Ok(_) => unsafe { &*fresh },
        Err(winner) => {
            // SAFETY: `fresh` came from `Box::into_raw` above and nobody saw it.
            drop(unsafe { Box::from_raw(fresh) });
            // SAFETY: `winner` is what another thread published.
            unsafe { &*winner }
        }
    }
}

impl<T> Drop for Stripes<T> {
    fn drop(&mut self) {
        for segment in &self.segments {
            take(segment, |segment| {
                for stripe in &segment.slots {
                    take(stripe, drop);
                }
            });
        }
    }
}

/// Takes the box out of a cell that nobody else can reach any more.
fn take<T>(cell: &AtomicPtr<T>, end: impl FnOnce(Box<T>)) {
    let pointer = cell.load(Ordering::Acquire);
    if !pointer.is_null() {
        // SAFETY: it came from `Box::into_raw` in `publish`; the caller has the only access
        // to the `Stripes` (it is being dropped), so this happens once.
        end(unsafe { Box::from_raw(pointer) });
    }
}
