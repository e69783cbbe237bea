//! Who waits for whom: for each thread that waits for a flight, of whatever table, its pilot.
//!
//! Nobody may wait for a pilot who waits for him, directly or by way of others. So the edges of all tables are in one
//! place, and whether a new one would close a circle is asked in the same step that adds it.

use crate::mutant::{self, Mutant};
use crate::sync::thread::ThreadId;
use std::collections::HashMap;

/// What a thread waits for.
struct Wait {
    flight: u64,
    pilot: ThreadId,
}

type Waits = HashMap<ThreadId, Wait>;

/// Lets a thread wait for a flight, unless that would close a circle; whether it may.
pub(super) fn may_wait(
    thread: ThreadId,
    flight: u64,
    pilot: ThreadId,
    apart: impl FnOnce(),
) -> bool {
    if mutant::is_on(Mutant::CircleAskedApart) {
        let is_circle = with_waits(|waits| leads_to(waits, pilot, thread));
        apart();
        with_waits(|waits| waits.insert(thread, Wait { flight, pilot }));
        return !is_circle;
    }
    with_waits(|waits| {
        let may_wait = !leads_to(waits, pilot, thread);
        if may_wait {
            waits.insert(thread, Wait { flight, pilot });
        }
        may_wait
    })
}

/// Nobody waits for a flight any longer.
pub(super) fn ended(flight: u64) {
    with_waits(|waits| waits.retain(|_, wait| wait.flight != flight));
}

/// How many threads wait for one of these flights.
#[cfg(all(test, not(any(heirloom_loom, heirloom_shuttle))))]
pub(super) fn count(flights: &[u64]) -> usize {
    with_waits(|waits| {
        waits
            .values()
            .filter(|wait| flights.contains(&wait.flight))
            .count()
    })
}

/// Whether a pilot is this thread or waits for one of whom that is so. There are no circles yet, so this ends.
fn leads_to(waits: &Waits, pilot: ThreadId, thread: ThreadId) -> bool {
    let next = |pilot: &ThreadId| waits.get(pilot).map(|wait| wait.pilot);
    std::iter::successors(Some(pilot), next).any(|pilot| pilot == thread)
}

/// The waits of the program. Only who has to wait comes here.
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
