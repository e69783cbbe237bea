//! Single flight: of all who want a value that is not there, one loads it, and the others wait for that.
//!
//! ```text
//!  callers who found nothing        Flights                          the pilot alone
//!
//!  board(key) -- no flight yet -->  one begins          --Pilot-->   looks again; loads and stores; lands
//!  board(key) -- there is one --->  a ticket: wait, or be polled, until it lands                    |
//!             <-- the outcome ----------------------------------------------------------------------+
//! ```
//!
//! That exactly one loads rests on two orders. A pilot has stored what it loaded *before* its flight leaves the map; and
//! it looks for the value once more *after* its flight has entered the map. So of two flights for one key the later one
//! finds what the earlier one stored, wherever its caller was when it found nothing. And a flight tells what it brings
//! only *after* it has left the map: who has been told and asks again is on another flight.
//!
//! No lock is held while a pilot loads. A pilot that panics, goes without landing, or is a future that is dropped, lets its
//! passengers board again. Whose load would wait for a flight that waits for it is told so ([`waiting`]). (Go's
//! `singleflight` has the name; the check for circles is the usual one for deadlocks, in the graph of who waits for whom.)

mod loading;
mod waiting;

#[cfg(all(test, heirloom_loom))]
mod loom_models;

use crate::mutant::{self, Mutant};
use crate::sync::{Arc, Condvar, Counter, Mutex, lock, wait};
use crate::term::Term;
use crate::wakers::Wakers;
use loading::Loading;
use std::collections::HashMap;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The number of the next flight.
static NUMBERS: Counter = Counter::new(1);
/// The number of the next ticket.
static TICKETS: Counter = Counter::new(1);

/// The flights of one table: the values that are being loaded, by key. `R` is what a flight brings to all.
pub(crate) struct Flights<R>(Mutex<HashMap<Term, Arc<Flight<R>>>>);

/// One load.
struct Flight<R> {
    number: u64,
    state: Mutex<State<R>>,
    landed: Condvar,
}

enum State<R> {
    /// And which futures wait for it, by their tickets.
    Flying(Wakers),
    Landed(R),
    /// The pilot went without landing.
    Lost,
}

/// What a caller is on board.
pub(crate) enum Boarded<'f, R> {
    /// It is to load the value.
    Pilot(Pilot<'f, R>),
    /// Somebody has loaded it already.
    Landed(R),
    /// Somebody else loads it.
    Passenger(Ticket<R>),
    /// Whoever loads it waits for what the caller loads.
    Circle,
}

/// The duty to load a value. Dropped without [`land`](Pilot::land), it lets the passengers board again.
pub(crate) struct Pilot<'f, R> {
    flights: &'f Flights<R>,
    key: Term,
    flight: Arc<Flight<R>>,
    /// The load that waits for this one, because it asked for it.
    parent: Option<u64>,
    outcome: Option<R>,
}

/// The right to hear what a flight brings: by [`wait`](Ticket::wait), or as a future. `None` if it was lost.
pub(crate) struct Ticket<R> {
    number: u64,
    flight: Arc<Flight<R>>,
    /// The load that waits for it.
    parent: Option<u64>,
}

impl<R: Clone> Flights<R> {
    /// No flights.
    pub(crate) fn new() -> Flights<R> {
        Flights(Mutex::new(HashMap::new()))
    }

    /// Boards the flight for a key; a new one if there is none. A pilot looks again first: what `look` finds is what the
    /// flight brings.
    pub(crate) fn board(&self, key: &Term, look: impl FnOnce() -> Option<R>) -> Boarded<'_, R> {
        let parent = loading::current();
        let mut flights = lock(&self.0);
        let Some(flight) = flights.get(key).map(Arc::clone) else {
            let flight = Arc::new(Flight::begun());
            if let Some(parent) = parent {
                waiting::begin(parent, flight.number);
            }
            flights.insert(key.clone(), Arc::clone(&flight));
            drop(flights);
            return self.pilot(key, flight, parent).look_again(look);
        };
        // While its flight is in the map: until it leaves, it waits for those it waits for.
        let mut flights = Some(flights);
        let apart = || {
            flights = None;
            flights = Some(lock(&self.0));
        };
        match parent {
            Some(parent) if !waiting::may_wait(parent, flight.number, apart) => Boarded::Circle,
            _ => Boarded::Passenger(Ticket {
                number: TICKETS.next(),
                flight,
                parent,
            }),
        }
    }

    fn pilot(&self, key: &Term, flight: Arc<Flight<R>>, parent: Option<u64>) -> Pilot<'_, R> {
        Pilot {
            flights: self,
            key: key.clone(),
            flight,
            parent,
            outcome: None,
        }
    }
}

#[cfg(all(test, not(any(heirloom_loom, heirloom_shuttle))))]
impl<R> Flights<R> {
    /// How many wait, or are about to.
    pub(crate) fn passengers(&self) -> usize {
        // One reference is the map's, and one the pilot's.
        let count = |flight: &Arc<Flight<R>>| Arc::strong_count(flight).saturating_sub(2);
        lock(&self.0).values().map(count).sum()
    }
}

impl<R> Flight<R> {
    fn begun() -> Flight<R> {
        Flight {
            number: NUMBERS.next(),
            state: Mutex::new(State::Flying(Wakers::default())),
            landed: Condvar::new(),
        }
    }

    /// Tells those who wait what the flight brings; `None` if it is lost.
    fn end(&self, outcome: Option<R>) {
        let ended = match outcome {
            Some(outcome) => State::Landed(outcome),
            None if mutant::is_on(Mutant::FlightLostInSilence) => return,
            None => State::Lost,
        };
        let before = mem::replace(&mut *lock(&self.state), ended);
        if mutant::is_on(Mutant::LandingUnheard) {
            return;
        }
        self.landed.notify_all();
        // Without the lock: what a waker does is its own affair.
        if let State::Flying(waiting) = before {
            waiting.wake();
        }
    }
}

impl<R: Clone> Ticket<R> {
    /// What the flight brings, as soon as it has ended; `None` if it was lost. Blocks the thread.
    pub(crate) fn wait(self) -> Option<R> {
        let flight = &self.flight;
        let mut state = lock(&flight.state);
        loop {
            match &*state {
                State::Flying(_) => state = wait(&flight.landed, state),
                State::Landed(outcome) => return Some(outcome.clone()),
                State::Lost => return None,
            }
        }
    }
}

impl<R: Clone> Future for Ticket<R> {
    type Output = Option<R>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<R>> {
        // A waker that is cloned or dropped may do as it likes, so neither is done under the lock.
        let waker = context.waker().clone();
        let mut former = None;
        let mut state = lock(&self.flight.state);
        let poll = match &mut *state {
            State::Landed(outcome) => Poll::Ready(Some(outcome.clone())),
            State::Lost => Poll::Ready(None),
            State::Flying(waiting) => {
                former = waiting.set(self.number, waker);
                Poll::Pending
            }
        };
        drop(state);
        drop(former);
        poll
    }
}

impl<R> Drop for Ticket<R> {
    fn drop(&mut self) {
        if let Some(parent) = self.parent {
            waiting::end(parent, self.flight.number);
        }
        let mut state = lock(&self.flight.state);
        let mut former = None;
        if let State::Flying(waiting) = &mut *state {
            former = waiting.remove(self.number);
        }
        drop(state);
        drop(former);
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
                Boarded::Landed(outcome)
            }
        }
    }
}

impl<R> Pilot<'_, R> {
    /// Runs what loads the value: what it asks for is asked for by this load.
    pub(crate) fn load<T>(&self, loader: impl FnOnce() -> T) -> T {
        let _loading = Loading::enter(self.flight.number);
        loader()
    }

    /// As `load`, for a loader that is a future.
    pub(crate) fn load_async<F: Future>(&self, loader: F) -> impl Future<Output = F::Output> {
        loading::load(self.flight.number, loader)
    }

    /// Stores what was loaded, by `bring`, and then tells the passengers what came of it; and the caller the rest.
    pub(crate) fn land<T>(mut self, bring: impl FnOnce() -> (R, T)) -> T {
        if mutant::is_on(Mutant::LandBeforeStore) {
            self.leave();
        }
        // What runs when the value is stored (listeners, destructors) may ask for it, too.
        let (outcome, rest) = self.load(bring);
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
    }
}

impl<R> Drop for Pilot<'_, R> {
    fn drop(&mut self) {
        let outcome = self.outcome.take();
        if let Some(parent) = self.parent {
            waiting::end(parent, self.flight.number);
        }
        if mutant::is_on(Mutant::ToldBeforeLeaving) {
            self.flight.end(outcome);
            self.leave();
        } else {
            self.leave();
            self.flight.end(outcome);
        }
    }
}
