//! Single flight: of all who want a value that is not there, one loads it, and the others wait for what it gets.
//!
//! ```text
//!  callers who found nothing        Flights                          the pilot alone
//!
//!  board(key) -- no flight yet -->  one begins          --Pilot-->   looks again, loads, stores, lands
//!  board(key) -- there is one --->  wait until it lands                                            |
//!             <--Passenger(outcome)----------------------------------------------------------------+
//! ```
//!
//! That exactly one loads rests on two orders. A pilot stores what it has loaded *before* its flight leaves the map; and
//! it looks for the value once more *after* its flight has entered the map. So of two flights for one key the later one
//! finds what the earlier one stored, wherever its caller was when it found nothing.
//!
//! No lock is held while a pilot loads. A pilot that panics, or goes without landing, lets its passengers board again.
//! Who would wait for a flight that waits for him, directly or by way of others, is told so. (Go's `singleflight` has the
//! name; the check for circles is the usual one for deadlocks, in the graph of who waits for whom.)

#[cfg(all(test, heirloom_loom))]
mod loom_models;

use crate::mutant::{self, Mutant};
use crate::sync::thread::{self, ThreadId};
use crate::sync::{Arc, Condvar, Mutex, MutexGuard, lock, wait};
use crate::term::Term;
use std::collections::HashMap;

/// The flights of one table: the values that are being loaded, by key. `R` is what a flight brings to all.
pub(crate) struct Flights<R>(Mutex<Traffic<R>>);

/// Which flights there are, and who waits for which. Changed together, so that no circle closes unseen.
struct Traffic<R> {
    flights: HashMap<Term, Arc<Flight<R>>>,
    /// Of flights that are in the map.
    passengers: HashMap<ThreadId, Arc<Flight<R>>>,
}

/// One load.
struct Flight<R> {
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
}

/// The duty to load a value. Dropped without [`land`](Pilot::land), it lets the passengers board again.
pub(crate) struct Pilot<'f, R> {
    flights: &'f Flights<R>,
    key: Term,
    flight: Arc<Flight<R>>,
}

impl<R: Clone> Flights<R> {
    /// No flights.
    pub(crate) fn new() -> Flights<R> {
        Flights(Mutex::new(Traffic {
            flights: HashMap::new(),
            passengers: HashMap::new(),
        }))
    }

    /// Boards the flight for a key; a new one if there is none. Waits for one that there is until it lands. A pilot
    /// looks again first: what `look` finds is what the flight brings.
    pub(crate) fn board(&self, key: &Term, look: impl FnOnce() -> Option<R>) -> Boarded<'_, R> {
        let me = thread::current().id();
        loop {
            let mut traffic = lock(&self.0);
            let Some(flight) = traffic.flights.get(key).map(Arc::clone) else {
                let pilot = self.begin(traffic, key, me);
                return pilot.look_again(look);
            };
            if traffic.leads_to(&flight, me) {
                return Boarded::Circle;
            }
            traffic.passengers.insert(me, Arc::clone(&flight));
            drop(traffic);
            if let Some(outcome) = flight.outcome() {
                return Boarded::Passenger(outcome);
            }
        }
    }

    fn begin(
        &self,
        mut traffic: MutexGuard<'_, Traffic<R>>,
        key: &Term,
        pilot: ThreadId,
    ) -> Pilot<'_, R> {
        let flight = Arc::new(Flight {
            pilot,
            state: Mutex::new(State::Flying),
            landed: Condvar::new(),
        });
        traffic.flights.insert(key.clone(), Arc::clone(&flight));
        Pilot {
            flights: self,
            key: key.clone(),
            flight,
        }
    }
}

#[cfg(all(test, not(any(heirloom_loom, heirloom_shuttle))))]
impl<R> Flights<R> {
    /// How many threads wait.
    pub(crate) fn passengers(&self) -> usize {
        lock(&self.0).passengers.len()
    }
}

impl<R> Traffic<R> {
    /// Whether a flight's pilot is this thread, or waits for a flight of which that is so. The graph has no circles, since
    /// nobody waits who would close one.
    fn leads_to(&self, flight: &Arc<Flight<R>>, thread: ThreadId) -> bool {
        let mut pilots = std::iter::successors(Some(flight.pilot), |pilot| {
            self.passengers.get(pilot).map(|next| next.pilot)
        });
        pilots.any(|pilot| pilot == thread)
    }
}

impl<R: Clone> Flight<R> {
    /// What the flight brings, as soon as it has landed; `None` if it was lost.
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
                self.land(outcome.clone());
                Boarded::Passenger(outcome)
            }
        }
    }
}

impl<R> Pilot<'_, R> {
    /// Tells the passengers what the flight brings. A value has been stored by now where callers look first.
    pub(crate) fn land(self, outcome: R) {
        *lock(&self.flight.state) = State::Landed(outcome);
    }
}

impl<R> Flight<R> {
    /// Lets the passengers go.
    fn end(&self) {
        let mut state = lock(&self.state);
        if let State::Flying = *state
            && !mutant::is_on(Mutant::FlightLostInSilence)
        {
            *state = State::Lost;
        }
        drop(state);
        if !mutant::is_on(Mutant::LandingUnheard) {
            self.landed.notify_all();
        }
    }
}

impl<R> Drop for Pilot<'_, R> {
    fn drop(&mut self) {
        {
            let mut traffic = lock(&self.flights.0);
            // None of these is the last reference: what a flight brings may have a destructor of the user's.
            traffic.flights.remove(&self.key);
            let is_other = |flight: &Arc<Flight<R>>| !Arc::ptr_eq(flight, &self.flight);
            traffic.passengers.retain(|_, flight| is_other(flight));
        }
        self.flight.end();
    }
}
