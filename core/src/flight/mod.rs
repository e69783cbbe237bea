//! Single flight: of all who want a value that is not there, one loads it, and the others wait for that.
//!
//! ```text
//!  callers who found nothing        Flights                          the pilot alone
//!
//!  board(key) -- no flight yet -->  one begins          --Pilot-->   looks again; loads and stores; lands
//!  board(key) -- there is one --->  wait until it lands                                            |
//!             <--Passenger(outcome)----------------------------------------------------------------+
//! ```
//!
//! That exactly one loads rests on two orders. A pilot has stored what it loaded *before* its flight leaves the map; and
//! it looks for the value once more *after* its flight has entered the map. So of two flights for one key the later one
//! finds what the earlier one stored, wherever its caller was when it found nothing. And a flight tells what it brings
//! only *after* it has left the map: who has been told and asks again is on another flight.
//!
//! No lock is held while a pilot loads. A pilot that panics, or goes without landing, lets its passengers board again.
//! Who would wait for a flight that waits for him is told so ([`waiting`]). (Go's `singleflight` has the name; the check
//! for circles is the usual one for deadlocks, in the graph of who waits for whom.)

mod waiting;

#[cfg(all(test, heirloom_loom))]
mod loom_models;

use crate::mutant::{self, Mutant};
use crate::sync::thread::{self, ThreadId};
use crate::sync::{Arc, Condvar, Counter, Mutex, lock, wait};
use crate::term::Term;
use std::collections::HashMap;

/// The number of the next flight.
static NUMBERS: Counter = Counter::new(1);

/// The flights of one table: the values that are being loaded, by key. `R` is what a flight brings to all.
pub(crate) struct Flights<R>(Mutex<HashMap<Term, Arc<Flight<R>>>>);

/// One load.
struct Flight<R> {
    number: u64,
    pilot: ThreadId,
    state: Mutex<State<R>>,
    landed: Condvar,
}

enum State<R> {
    Flying,
    Landed(R),
    /// The pilot went without landing.
    Lost,
}

/// What a caller is on board.
pub(crate) enum Boarded<'f, R> {
    /// It is to load the value.
    Pilot(Pilot<'f, R>),
    /// Somebody else has loaded it.
    Passenger(R),
    /// Whoever loads it waits for this thread.
    Circle,
    /// Somebody else loads it, and the caller does not want to wait.
    Busy,
}

/// The duty to load a value. Dropped without [`land`](Pilot::land), it lets the passengers board again.
pub(crate) struct Pilot<'f, R> {
    flights: &'f Flights<R>,
    key: Term,
    flight: Arc<Flight<R>>,
    outcome: Option<R>,
}

impl<R: Clone> Flights<R> {
    /// No flights.
    pub(crate) fn new() -> Flights<R> {
        Flights(Mutex::new(HashMap::new()))
    }

    /// Boards the flight for a key; a new one if there is none. Waits for one that there is until it lands, if the caller
    /// `waits`. A pilot looks again first: what `look` finds is what the flight brings.
    pub(crate) fn board(
        &self,
        key: &Term,
        waits: bool,
        look: impl FnOnce() -> Option<R>,
    ) -> Boarded<'_, R> {
        let me = thread::current().id();
        loop {
            let mut flights = lock(&self.0);
            let Some(flight) = flights.get(key).map(Arc::clone) else {
                let flight = Arc::new(Flight::begun_by(me));
                flights.insert(key.clone(), Arc::clone(&flight));
                drop(flights);
                return self.pilot(key, flight).look_again(look);
            };
            if !waits {
                return Boarded::Busy;
            }
            // While its flight is in the map: when it leaves, nobody waits for it any longer.
            let mut flights = Some(flights);
            let apart = || {
                flights = None;
                flights = Some(lock(&self.0));
            };
            if !waiting::may_wait(me, flight.number, flight.pilot, apart) {
                return Boarded::Circle;
            }
            drop(flights);
            if let Some(outcome) = flight.outcome() {
                return Boarded::Passenger(outcome);
            }
        }
    }

    fn pilot(&self, key: &Term, flight: Arc<Flight<R>>) -> Pilot<'_, R> {
        Pilot {
            flights: self,
            key: key.clone(),
            flight,
            outcome: None,
        }
    }
}

#[cfg(all(test, not(any(heirloom_loom, heirloom_shuttle))))]
impl<R> Flights<R> {
    /// How many threads wait.
    pub(crate) fn passengers(&self) -> usize {
        let numbers: Vec<u64> = lock(&self.0).values().map(|flight| flight.number).collect();
        waiting::count(&numbers)
    }
}

impl<R> Flight<R> {
    fn begun_by(pilot: ThreadId) -> Flight<R> {
        Flight {
            number: NUMBERS.next(),
            pilot,
            state: Mutex::new(State::Flying),
            landed: Condvar::new(),
        }
    }

    /// Tells those who wait what the flight brings; `None` if it is lost.
    fn end(&self, outcome: Option<R>) {
        let mut state = lock(&self.state);
        match outcome {
            Some(outcome) => *state = State::Landed(outcome),
            None if mutant::is_on(Mutant::FlightLostInSilence) => {}
            None => *state = State::Lost,
        }
        drop(state);
        if !mutant::is_on(Mutant::LandingUnheard) {
            self.landed.notify_all();
        }
    }
}

impl<R: Clone> Flight<R> {
    /// What the flight brings, as soon as it has ended; `None` if it was lost.
    fn outcome(&self) -> Option<R> {
        let mut state = lock(&self.state);
        loop {
            match &*state {
                State::Flying => state = wait(&self.landed, state),
                State::Landed(outcome) => return Some(outcome.clone()),
                State::Lost => return None,
            }
        }
    }
}

impl<'f, R: Clone> Pilot<'f, R> {
    /// Lands at once if another flight has landed since its caller looked.
    fn look_again(self, look: impl FnOnce() -> Option<R>) -> Boarded<'f, R> {
        if mutant::is_on(Mutant::NoSecondLook) {
            return Boarded::Pilot(self);
        }
        match look() {
            None => Boarded::Pilot(self),
            Some(outcome) => {
                self.land(|| (outcome.clone(), ()));
                Boarded::Passenger(outcome)
            }
        }
    }
}

impl<R> Pilot<'_, R> {
    /// Loads and stores, by `bring`, and then tells the passengers what came of it; and the caller the rest.
    pub(crate) fn land<T>(mut self, bring: impl FnOnce() -> (R, T)) -> T {
        if mutant::is_on(Mutant::LandBeforeStore) {
            self.leave();
        }
        let (outcome, rest) = bring();
        self.outcome = Some(outcome);
        rest
    }

    /// Takes the flight out of the map. This is not the last reference: what a flight brings may have a destructor of
    /// the user's, which must not run under the lock.
    fn leave(&self) {
        let mut flights = lock(&self.flights.0);
        let is_ours = |flight: &Arc<Flight<R>>| Arc::ptr_eq(flight, &self.flight);
        if flights.get(&self.key).is_some_and(is_ours) {
            flights.remove(&self.key);
        }
        waiting::ended(self.flight.number);
    }
}

impl<R> Drop for Pilot<'_, R> {
    fn drop(&mut self) {
        let outcome = self.outcome.take();
        if mutant::is_on(Mutant::ToldBeforeLeaving) {
            self.flight.end(outcome);
            self.leave();
        } else {
            self.leave();
            self.flight.end(outcome);
        }
    }
}
