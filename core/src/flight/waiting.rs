//! Which load waits for which: for each flight whose loader waits for other flights, of whatever tables, these.
//!
//! A load may not wait for one that waits for it, directly or by way of others. So the edges of all tables are in one
//! place, and whether a new one would close a circle is asked in the same step that adds it. Who waits without loading something
//! itself has no edge: nobody waits for that.

use crate::mutant::{self, Mutant};
use std::collections::HashMap;

/// The flights that each flight waits for. One may be named several times.
type Waits = HashMap<u64, Vec<u64>>;

/// Lets the load of flight `from` wait for flight `to`, unless that would close a circle; whether it may.
pub(super) fn may_wait(from: u64, to: u64, apart: impl FnOnce()) -> bool {
    if mutant::is_on(Mutant::CircleAskedApart) {
        let is_circle = with_waits(|waits| leads_to(waits, to, from));
        apart();
        begin(from, to);
        return !is_circle;
    }
    with_waits(|waits| {
        let may_wait = !leads_to(waits, to, from);
        if may_wait {
            waits.entry(from).or_default().push(to);
        }
        may_wait
    })
}

/// The load of flight `from` waits for flight `to`, which nobody knew of before.
pub(super) fn begin(from: u64, to: u64) {
    with_waits(|waits| waits.entry(from).or_default().push(to));
}

/// It does not wait for it any longer.
pub(super) fn end(from: u64, to: u64) {
    with_waits(|waits| {
        let Some(awaited) = waits.get_mut(&from) else {
            return;
        };
        if let Some(index) = awaited.iter().position(|&own| own == to) {
            awaited.swap_remove(index);
        }
        if awaited.is_empty() {
            waits.remove(&from);
        }
    });
}

/// Whether a flight is this one, or waits for one of which that is so. There are no circles yet, so this ends.
fn leads_to(waits: &Waits, from: u64, to: u64) -> bool {
    let mut left = vec![from];
    while let Some(flight) = left.pop() {
        if flight == to {
            return true;
        }
        left.extend(waits.get(&flight).into_iter().flatten());
    }
    false
}

/// The waits of the program. Only whose load has to wait comes here.
#[cfg(not(any(heirloom_loom, heirloom_shuttle)))]
fn with_waits<R>(f: impl FnOnce(&mut Waits) -> R) -> R {
    use crate::sync::{OnceLock, global};
    static WAITS: OnceLock<global::Mutex<Waits>> = OnceLock::new();
    let waits = WAITS.get_or_init(|| global::Mutex::new(Waits::new()));
    f(&mut waits.lock().unwrap_or_else(global::PoisonError::into_inner))
}

/// The waits of the model that this thread runs, all threads of which it is.
#[cfg(any(heirloom_loom, heirloom_shuttle))]
fn with_waits<R>(f: impl FnOnce(&mut Waits) -> R) -> R {
    use std::cell::RefCell;
    std::thread_local! {
        static WAITS: RefCell<Waits> = RefCell::new(Waits::new());
    }
    WAITS.with_borrow_mut(f)
}
