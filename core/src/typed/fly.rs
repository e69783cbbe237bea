//! How a value is loaded by one of those who want it: a call of a table as a passenger or a pilot of [single flight](crate::flight).

use std::any::Any;

use serde::Serialize;

use super::TypedTable;
use super::kinds::UniqueKeys;
use super::load::LoadError;
use super::storage::Storage;
use crate::engine::Lifespan;
use crate::flight::{Boarded, Pilot, Ticket};
use crate::sync::Arc;
use crate::table::{Kind, TableError};
use crate::term::{OrderKey, Term, TermRef};

/// What a load brings to all who wait for it: whether there is a value, or why that is not known.
pub(super) type Outcome = Result<Brought, Failure>;

/// What a load brought.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Brought {
    /// A value, which is in the table.
    Value,
    /// The news that there is none.
    Absence,
}

/// Why a load brought nothing.
#[derive(Clone)]
pub(super) enum Failure {
    Table(TableError),
    /// What the loader said.
    Loader(Arc<dyn Any + Send + Sync>),
}

/// What a caller wants.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Wanted {
    /// A value.
    Value,
    /// A value, or that there is none.
    Answer,
}

/// What a caller is told who asks for a value.
enum Asked<'t, V> {
    /// The answer.
    Answered(Option<V>),
    /// It is to load the value.
    Loading(Pilot<'t, Outcome>),
    /// It is to wait for another's load.
    Waiting(Ticket<Outcome>),
    /// What another's load has brought.
    Heard(Outcome),
}

impl<M: UniqueKeys, K: Serialize, V, S: Storage<V>> TypedTable<M, K, V, S> {
    /// The value of a key, loaded by whoever comes first.
    pub(super) fn fly<E: Send + Sync + 'static>(
        &self,
        key: &Term,
        wanted: Wanted,
        load: impl FnOnce() -> Result<Option<V>, E>,
    ) -> Result<Option<V>, LoadError<E>> {
        loop {
            let heard = match self.ask(key, wanted)? {
                Asked::Answered(answer) => return Ok(answer),
                Asked::Loading(pilot) => {
                    let loaded = pilot.load(|| self.table().timing_load(load));
                    return self.land(key, pilot, loaded);
                }
                Asked::Waiting(ticket) => ticket.wait(),
                Asked::Heard(outcome) => Some(outcome),
            };
            if hear(heard)? == Some(Brought::Absence) && wanted == Wanted::Answer {
                return Ok(None);
            }
        }
    }

    /// As `fly`, for a loader that is a future.
    pub(super) async fn fly_async<E: Send + Sync + 'static>(
        &self,
        key: &Term,
        wanted: Wanted,
        load: impl Future<Output = Result<Option<V>, E>>,
    ) -> Result<Option<V>, LoadError<E>> {
        loop {
            let heard = match self.ask(key, wanted)? {
                Asked::Answered(answer) => return Ok(answer),
                Asked::Loading(pilot) => {
                    let begun = self.table().load_begins();
                    let loaded = pilot.load_async(load).await;
                    self.table().load_ends(begun, loaded.is_ok());
                    return self.land(key, pilot, loaded);
                }
                Asked::Waiting(ticket) => ticket.await,
                Asked::Heard(outcome) => Some(outcome),
            };
            if hear(heard)? == Some(Brought::Absence) && wanted == Wanted::Answer {
                return Ok(None);
            }
        }
    }

    /// Asks for a value, and boards the flight for it if it is not there.
    fn ask<E>(&self, key: &Term, wanted: Wanted) -> Result<Asked<'_, V>, LoadError<E>> {
        if let Some(value) = S::get(self.table(), key.as_ref())? {
            return Ok(Asked::Answered(Some(value)));
        }
        if wanted == Wanted::Answer && self.is_known_absent(key)? {
            return Ok(Asked::Answered(None));
        }
        let flight_key = flight_key::<M>(key);
        let flights = self.lease.flights();
        Ok(match flights.board(&flight_key, || self.outcome(key)) {
            Boarded::Pilot(pilot) => Asked::Loading(pilot),
            Boarded::Landed(outcome) => Asked::Heard(outcome),
            Boarded::Circle => match self.stale(key)? {
                Some(value) => Asked::Answered(Some(value)),
                None => return Err(LoadError::Circle { key: key.clone() }),
            },
            Boarded::Passenger(ticket) => match self.stale(key)? {
                Some(value) => Asked::Answered(Some(value)),
                None => Asked::Waiting(ticket),
            },
        })
    }

    /// Stores what was loaded, and lets all know who wait for it.
    fn land<E: Send + Sync + 'static>(
        &self,
        key: &Term,
        pilot: Pilot<'_, Outcome>,
        loaded: Result<Option<V>, E>,
    ) -> Result<Option<V>, LoadError<E>> {
        pilot.land(|| match loaded {
            Err(error) => {
                let error = Arc::new(error);
                let failure = Failure::Loader(Arc::<E>::clone(&error));
                (Err(failure), Err(LoadError::Loader(error)))
            }
            Ok(found) => match self.keep(key, found) {
                Ok(kept) => {
                    let brought = match kept {
                        Some(_) => Brought::Value,
                        None => Brought::Absence,
                    };
                    (Ok(brought), Ok(kept))
                }
                Err(error) => (Err(Failure::Table(error.clone())), Err(error.into())),
            },
        })
    }

    /// Keeps what was found, or that nothing was.
    fn keep(&self, key: &Term, found: Option<V>) -> Result<Option<V>, TableError> {
        match found {
            None => self.remember_absence(key).map(|()| None),
            Some(value) => {
                let value = S::keep(self.table(), key.as_ref(), value, Lifespan::OfTable)?;
                self.forget_absence(key.as_ref())?;
                Ok(Some(value))
            }
        }
    }

    /// The value of a key that is over, but not for those who would have to wait.
    fn stale(&self, key: &Term) -> Result<Option<V>, TableError> {
        if self.table().keeps_stale() {
            S::get_stale(self.table(), key.as_ref())
        } else {
            Ok(None)
        }
    }

    /// What a load of a key brings that finds a value there, or an error.
    fn outcome(&self, key: &Term) -> Option<Outcome> {
        match self.table().member(key) {
            Ok(true) => Some(Ok(Brought::Value)),
            Ok(false) => None,
            Err(error) => Some(Err(Failure::Table(error))),
        }
    }
}

impl<M, K, V, S> TypedTable<M, K, V, S> {
    fn is_known_absent(&self, key: &Term) -> Result<bool, TableError> {
        let absent = self.lease.absent();
        absent.map_or(Ok(false), |absent| absent.member(key))
    }

    fn remember_absence(&self, key: &Term) -> Result<(), TableError> {
        let Some(absent) = self.lease.absent() else {
            return Ok(());
        };
        absent.insert((key,))?;
        // Somebody may have inserted a value meanwhile, and had nothing to forget.
        if self.table().member(key)? {
            absent.delete(key)?;
        }
        Ok(())
    }

    /// Any keys may have got values.
    pub(super) fn forget_absences(&self) -> Result<(), TableError> {
        let absent = self.lease.absent();
        absent.map_or(Ok(()), |absent| absent.delete_all_objects())
    }

    /// A key gets a value.
    pub(super) fn forget_absence(&self, key: TermRef<'_>) -> Result<(), TableError> {
        let absent = self.lease.absent();
        absent.map_or(Ok(()), |absent| absent.delete(key))
    }
}

/// What another's load means for a caller; `None` if it is to ask again.
fn hear<E: Send + Sync + 'static>(
    outcome: Option<Outcome>,
) -> Result<Option<Brought>, LoadError<E>> {
    let failure = match outcome {
        None => return Ok(None),
        Some(Ok(brought)) => return Ok(Some(brought)),
        Some(Err(failure)) => failure,
    };
    match failure {
        // What that caller may not do, this one perhaps may.
        Failure::Table(TableError::AccessDenied { .. }) => Ok(None),
        Failure::Table(error) => Err(error.into()),
        // Errors of another type say nothing to this one.
        Failure::Loader(error) => match error.downcast::<E>() {
            Ok(error) => Err(LoadError::Loader(error)),
            Err(_) => Ok(None),
        },
    }
}

/// What stands for a key among the flights: the same for all that the table takes for the same.
fn flight_key<M: UniqueKeys>(key: &Term) -> Term {
    if M::KIND == Kind::OrderedSet {
        Term::binary(OrderKey::numeric(key.as_ref()).as_bytes())
    } else {
        key.clone()
    }
}
