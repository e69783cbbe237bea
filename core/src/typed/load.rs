//! Values that are loaded when they are asked for, each once.

use std::any::Any;

use serde::Serialize;

use super::TypedTable;
use super::kinds::UniqueKeys;
use super::storage::Storage;
use super::value::term_of;
use crate::engine::Lifespan;
use crate::flight::{Boarded, Pilot};
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

/// Why a load brought no value.
#[derive(Clone)]
pub(super) enum Failure {
    Table(TableError),
    /// What the loader said.
    Loader(Arc<dyn Any + Send + Sync>),
}

/// Why [`get_or_load`](TypedTable::get_or_load) has no value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError<E> {
    /// What the loader said; all who waited for it get the same.
    #[error("the value could not be loaded: {0}")]
    Loader(Arc<E>),
    /// Loading the key asks for the key itself, directly or by way of other threads' loads: nobody would ever get on.
    #[error("loading the key {key} waits for itself")]
    Circle {
        /// The key.
        key: Term,
    },
    /// What the table said.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// The same error; the loader's is shared.
impl<E> Clone for LoadError<E> {
    fn clone(&self) -> Self {
        match self {
            LoadError::Loader(error) => LoadError::Loader(Arc::clone(error)),
            LoadError::Circle { key } => LoadError::Circle { key: key.clone() },
            LoadError::Table(error) => LoadError::Table(error.clone()),
        }
    }
}

impl<M: UniqueKeys, K: Serialize, V, S: Storage<V>> TypedTable<M, K, V, S> {
    /// The value of a key; if it has none, that which `load` gets is inserted. Of all who ask for it meanwhile, by
    /// clones of the same handle, only one loads, and the others wait for it: *single flight*.
    ///
    /// `load` runs at most once, outside of any lock; it may use this table, and load other keys of it. What it fails
    /// with goes to all who wait, and is not kept: who asks later loads anew. If it panics, one of those who wait loads
    /// instead. If somebody inserts a value while it loads, that stays, and is what everybody gets; if somebody removes the
    /// value at once, before those who waited have read it, one of them loads anew.
    ///
    /// Waiting blocks the thread. In code that is polled, let `load` be quick.
    ///
    /// # Errors
    /// [`LoadError::Loader`], shared by all who waited; [`LoadError::Circle`] where a load would wait for itself;
    /// [`LoadError::Table`]: see [`TypedTable`]. Those who wait for a loader with another type of errors load
    /// themselves if it fails.
    ///
    /// ```
    /// use heirloom::{LoadError, Set};
    ///
    /// let pages = Set::<String, String>::new("pages")?;
    /// let fetch = || Ok::<_, String>("<html>".to_owned());
    /// assert_eq!(pages.get_or_load("/".into(), fetch)?, "<html>");
    /// // It is there now.
    /// assert_eq!(pages.get_or_load("/".into(), || Err("down".to_owned()))?, "<html>");
    ///
    /// let error = pages.get_or_load("/news".into(), || Err("down".to_owned()));
    /// assert!(matches!(error, Err(LoadError::Loader(why)) if *why == "down"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_or_load<E>(
        &self,
        key: K,
        load: impl FnOnce() -> Result<V, E>,
    ) -> Result<V, LoadError<E>>
    where
        E: Send + Sync + 'static,
    {
        let key = term_of(&key)?;
        match self.fly(&key, false, || load().map(Some))? {
            Some(value) => Ok(value),
            None => unreachable!("a loader brings a value or an error"),
        }
    }

    /// The value of a key; if it has none, that which `find` finds is inserted, if it finds one. As
    /// [`get_or_load`](Self::get_or_load) of a value that perhaps does not exist. That it does not is remembered, if the table was made
    /// [to](TypedOptions::remember_absent), until a value is inserted.
    ///
    /// # Errors
    /// As [`get_or_load`](Self::get_or_load).
    ///
    /// ```
    /// use heirloom::Set;
    /// use std::time::Duration;
    ///
    /// let users = Set::<String, u32>::options("users").remember_absent(Duration::from_secs(5)).create()?;
    /// assert_eq!(users.get_or_find("bob".into(), || Ok::<_, String>(None))?, None);
    /// // Nobody looks again within five seconds.
    /// assert_eq!(users.get_or_find("bob".into(), || Ok::<_, String>(Some(7)))?, None);
    /// users.insert("bob".into(), 8)?;
    /// assert_eq!(users.get_or_find("bob".into(), || Ok::<_, String>(Some(7)))?, Some(8));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_or_find<E>(
        &self,
        key: K,
        find: impl FnOnce() -> Result<Option<V>, E>,
    ) -> Result<Option<V>, LoadError<E>>
    where
        E: Send + Sync + 'static,
    {
        self.fly(&term_of(&key)?, true, find)
    }

    /// The value of a key, loaded by whoever comes first. Some callers take it for an answer that there is none, others load
    /// themselves then.
    fn fly<E>(
        &self,
        key: &Term,
        takes_absence: bool,
        load: impl FnOnce() -> Result<Option<V>, E>,
    ) -> Result<Option<V>, LoadError<E>>
    where
        E: Send + Sync + 'static,
    {
        let flight_key = flight_key::<M>(key);
        loop {
            if let Some(value) = S::get(self.table(), key.as_ref())? {
                return Ok(Some(value));
            }
            if takes_absence && self.is_known_absent(key)? {
                return Ok(None);
            }
            let stale = self.stale(key)?;
            let flights = self.lease.flights();
            let failure = match flights.board(&flight_key, stale.is_none(), || self.outcome(key)) {
                Boarded::Pilot(pilot) => return self.load(key, load, pilot),
                Boarded::Busy => return Ok(stale),
                Boarded::Passenger(Ok(Brought::Absence)) if takes_absence => return Ok(None),
                Boarded::Passenger(Ok(_)) => continue,
                Boarded::Passenger(Err(failure)) => failure,
                Boarded::Circle => return Err(LoadError::Circle { key: key.clone() }),
            };
            match failure {
                // What that caller may not do, this one perhaps may.
                Failure::Table(TableError::AccessDenied { .. }) => {}
                Failure::Table(error) => return Err(error.into()),
                Failure::Loader(error) => {
                    if let Ok(error) = error.downcast::<E>() {
                        return Err(LoadError::Loader(error));
                    }
                }
            }
        }
    }

    /// Gets the value for all who wait for it.
    fn load<E>(
        &self,
        key: &Term,
        load: impl FnOnce() -> Result<Option<V>, E>,
        pilot: Pilot<'_, Outcome>,
    ) -> Result<Option<V>, LoadError<E>>
    where
        E: Send + Sync + 'static,
    {
        let keep = |value| {
            let value = S::keep(self.table(), key.as_ref(), value, Lifespan::OfTable)?;
            self.forget_absence(key.as_ref())?;
            Ok::<_, TableError>(value)
        };
        pilot.land(|| match self.table().timing_load(load) {
            Err(error) => {
                let error = Arc::new(error);
                let failure = Failure::Loader(Arc::<E>::clone(&error));
                (Err(failure), Err(LoadError::Loader(error)))
            }
            Ok(None) => match self.remember_absence(key) {
                Ok(()) => (Ok(Brought::Absence), Ok(None)),
                Err(error) => (Err(Failure::Table(error.clone())), Err(error.into())),
            },
            Ok(Some(value)) => match keep(value) {
                Ok(value) => (Ok(Brought::Value), Ok(Some(value))),
                Err(error) => (Err(Failure::Table(error.clone())), Err(error.into())),
            },
        })
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
        let absent = self.lease.absent();
        absent.map_or(Ok(()), |absent| absent.insert((key,)))
    }

    /// A key gets a value.
    pub(super) fn forget_absence(&self, key: TermRef<'_>) -> Result<(), TableError> {
        let absent = self.lease.absent();
        absent.map_or(Ok(()), |absent| absent.delete(key))
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
