//! Values that are loaded when they are asked for, each once.

use serde::Serialize;

use super::TypedTable;
use super::fly::Wanted;
use super::kinds::UniqueKeys;
use super::storage::Storage;
use super::value::term_of;
use crate::sync::Arc;
use crate::table::TableError;
use crate::term::Term;

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
    /// Waiting blocks the thread; for futures there is [`get_or_load_async`](Self::get_or_load_async), on the same flights.
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
        let loaded = self.fly(&term_of(&key)?, Wanted::Value, || load().map(Some))?;
        Ok(loaded.unwrap_or_else(|| unreachable!("a loader brings a value or an error")))
    }

    /// As [`get_or_load`](Self::get_or_load), for a `load` that is a future: nothing blocks, neither loading nor waiting. Whoever
    /// is dropped while it loads leaves that to one of those who wait. Callers of both kinds wait for each other.
    ///
    /// # Errors
    /// As [`get_or_load`](Self::get_or_load).
    ///
    /// ```
    /// use heirloom::Set;
    /// use std::pin::pin;
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let pages = Set::<String, String>::new("pages")?;
    /// let fetch = async { Ok::<_, String>("<html>".to_owned()) };
    /// let mut page = pin!(pages.get_or_load_async("/".into(), fetch));
    /// let mut context = Context::from_waker(Waker::noop());
    /// let Poll::Ready(page) = page.as_mut().poll(&mut context) else { panic!("it need not wait") };
    /// assert_eq!(page?, "<html>");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn get_or_load_async<E>(
        &self,
        key: K,
        load: impl Future<Output = Result<V, E>>,
    ) -> Result<V, LoadError<E>>
    where
        E: Send + Sync + 'static,
    {
        let key = term_of(&key)?;
        let load = async { load.await.map(Some) };
        let loaded = self.fly_async(&key, Wanted::Value, load).await?;
        Ok(loaded.unwrap_or_else(|| unreachable!("a loader brings a value or an error")))
    }

    /// The value of a key; if it has none, that which `find` finds is inserted, if it finds one. As
    /// [`get_or_load`](Self::get_or_load) of a value that perhaps does not exist. That it does not is remembered, if the table was made
    /// [to](crate::TypedOptions::remember_absent), until a value is inserted.
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
        self.fly(&term_of(&key)?, Wanted::Answer, find)
    }

    /// As [`get_or_find`](Self::get_or_find), for a `find` that is a future: see [`get_or_load_async`](Self::get_or_load_async).
    ///
    /// # Errors
    /// As [`get_or_load`](Self::get_or_load).
    pub async fn get_or_find_async<E>(
        &self,
        key: K,
        find: impl Future<Output = Result<Option<V>, E>>,
    ) -> Result<Option<V>, LoadError<E>>
    where
        E: Send + Sync + 'static,
    {
        let key = term_of(&key)?;
        self.fly_async(&key, Wanted::Answer, find).await
    }
}
