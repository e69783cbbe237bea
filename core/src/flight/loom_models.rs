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
    let pilot = match flights.board(&Term::from(1), || get().map(Some)) {
        Boarded::Pilot(pilot) => pilot,
        Boarded::Landed(outcome) => return outcome,
        Boarded::Passenger(ticket) => match ticket.wait() {
            Some(outcome) => return outcome,
            // Lost: on board again.
            None => return get_or_load(store, flights, load),
        },
        Boarded::Circle => unreachable!("nobody waits while it loads"),
    };
    match load {
        Load::Succeeds => pilot.land(|| {
            let value = 10 + store.loads.fetch_add(1, Ordering::Relaxed);
            store.value.store(value, Ordering::Release);
            (Some(value), Some(value))
        }),
        Load::Fails => pilot.land(|| (None, None)),
        Load::Ends => None,
    }
}

/// Two callers with these loads, one after the other until one has an answer. The answer of each, and how often a value
/// was loaded.
fn contest(loads: [&'static [Load]; 2]) -> ([Option<u64>; 2], u64) {
    let shared = Arc::new((Store::default(), Flights::new()));
    let threads = [0, 1].map(|index| {
        let shared = Arc::clone(&shared);
        start(index + 1, move || {
            let mut loads = loads[index].iter();
            loads.find_map(|&load| get_or_load(&shared.0, &shared.1, load))
        })
    });
    let answers = threads.map(|thread| thread.join().ok().flatten());
    assert!(lock(&shared.1.0).is_empty());
    (answers, shared.0.loads.load(Ordering::Relaxed))
}

fn one_loads() -> bool {
    contest([&[Load::Succeeds]; 2]) == ([Some(10); 2], 1)
}

#[test]
fn of_two_who_want_a_value_one_loads_it() {
    check(Mutant::NoSecondLook, one_loads);
}

#[test]
fn what_a_flight_brings_is_there_when_it_leaves() {
    check(Mutant::LandBeforeStore, one_loads);
}

#[test]
fn who_waits_is_woken() {
    check(Mutant::LandingUnheard, one_loads);
}

#[test]
fn who_was_told_of_an_error_and_asks_again_is_on_another_flight() {
    check(Mutant::ToldBeforeLeaving, || {
        let (answers, loads) = contest([&[Load::Fails], &[Load::Succeeds; 2]]);
        // The second one is told of the other's error once at most.
        matches!(answers, [_, Some(10)]) && loads == 1
    });
}

#[test]
fn passengers_of_a_pilot_that_ends_board_again() {
    check(Mutant::FlightLostInSilence, || {
        let (answers, loads) = contest([&[Load::Ends], &[Load::Succeeds]]);
        // The second one never goes without an answer.
        matches!(answers, [_, Some(10)]) && loads == 1
    });
}

#[test]
fn of_two_who_would_wait_for_each_other_one_is_told() {
    check(Mutant::CircleAskedApart, || {
        let between = Arc::new(Mutex::new(()));
        let ask = |from, to, between: &Mutex<()>| {
            // Somewhere to be interrupted.
            drop(lock(between));
            waiting::may_wait(from, to, || drop(lock(between)))
        };
        let there = Arc::clone(&between);
        let other = start(1, move || ask(2, 1, &there));
        let here = ask(1, 2, &between);
        let there = other.join();
        [(1, 2), (2, 1)]
            .into_iter()
            .for_each(|(from, to)| waiting::end(from, to));
        there.is_ok_and(|there| here != there)
    });
}
