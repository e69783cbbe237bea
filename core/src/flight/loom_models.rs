//! Models of single flight: this very code under loom.

use super::*;
use crate::loom_support::{check, start};
use crate::sync::{AtomicU64, Ordering};

/// A place for one value, 0 if it is empty, and how often it was loaded.
#[derive(Default)]
struct Store {
    value: AtomicU64,
    loads: AtomicU64,
}

/// The only key.
fn key() -> Term {
    Term::from(1)
}

/// What a load comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Load {
    Succeeds,
    Fails,
    /// The pilot goes without landing, as one that panics.
    Ends,
}

/// What a table's call does: looks, boards, looks again, loads, stores, lands. `None` is an error, or no answer.
fn get_or_load(store: &Store, flights: &Flights<Option<u64>>, load: Load) -> Option<u64> {
    let get = || Some(store.value.load(Ordering::Acquire)).filter(|&value| value != 0);
    if let Some(value) = get() {
        return Some(value);
    }
    let pilot = match flights.board(&key(), || get().map(Some)) {
        Boarded::Pilot(pilot) => pilot,
        Boarded::Passenger(outcome) => return outcome,
        Boarded::Circle => unreachable!("nobody waits while it loads"),
    };
    match load {
        Load::Succeeds => {
            let value = 10 + store.loads.fetch_add(1, Ordering::Relaxed);
            store.value.store(value, Ordering::Release);
            pilot.land(Some(value));
            Some(value)
        }
        Load::Fails => {
            pilot.land(None);
            None
        }
        Load::Ends => None,
    }
}

/// Two callers whose loads come to this. The answer of each, and how often a value was loaded.
fn contest(loads: [Load; 2]) -> ([Option<u64>; 2], u64) {
    let shared = Arc::new((Store::default(), Flights::new()));
    let threads = [0, 1].map(|index| {
        let shared = Arc::clone(&shared);
        start(index + 1, move || {
            get_or_load(&shared.0, &shared.1, loads[index])
        })
    });
    let answers = threads.map(|thread| thread.join().ok().flatten());
    let traffic = lock(&shared.1.0);
    assert!(traffic.flights.is_empty() && traffic.passengers.is_empty());
    (answers, shared.0.loads.load(Ordering::Relaxed))
}

#[test]
fn of_two_who_want_a_value_one_loads_it() {
    check(Mutant::NoSecondLook, || {
        contest([Load::Succeeds; 2]) == ([Some(10); 2], 1)
    });
}

#[test]
fn a_failing_load_is_told_and_not_kept() {
    check(Mutant::LandingUnheard, || {
        let (answers, loads) = contest([Load::Fails, Load::Succeeds]);
        // The first failed or rode with the second; the second rode with the first or loaded.
        match answers {
            [None, None] => loads == 0,
            [None, Some(10)] | [Some(10), Some(10)] => loads == 1,
            _ => false,
        }
    });
}

#[test]
fn passengers_of_a_pilot_that_ends_board_again() {
    check(Mutant::FlightLostInSilence, || {
        let (answers, loads) = contest([Load::Ends, Load::Succeeds]);
        // The second one never goes without an answer.
        matches!(answers, [_, Some(10)]) && loads == 1
    });
}
