//! Hearing of changes of a typed table.

use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::TypedTable;
use super::kinds::TypedKind;
use super::options::TypedOptions;
use super::storage::Storage;
use crate::feed::{Notice, Subscription};
use crate::table::TableError;
use crate::term::from_term;

impl<M: TypedKind, K, V, S: Storage<V>> TypedOptions<M, K, V, S> {
    /// See [`TableOptions::change_feed`](crate::TableOptions::change_feed).
    pub fn change_feed(self, notices: usize) -> Self {
        self.with(|table| table.change_feed(notices))
    }
}

impl<M, K: DeserializeOwned, V, S> TypedTable<M, K, V, S> {
    /// Notices of all changes from now on: see [`Table::subscribe`](crate::Table::subscribe). Live values have them, too.
    ///
    /// # Errors
    /// See [`TypedTable`]; [`TableError::NoChangeFeed`] if the table was made without a
    /// [change feed](TypedOptions::change_feed).
    ///
    /// ```
    /// use heirloom::{Notice, OrderedSet};
    ///
    /// let levels = OrderedSet::<String, u8>::options("levels").change_feed(100).create()?;
    /// let mut changes = levels.subscribe()?;
    /// levels.insert("log".into(), 3)?;
    /// assert_eq!(changes.receive().transpose()?, Some(Notice::Changed("log".into())));
    /// assert_eq!(levels.get("log")?, Some(3));
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn subscribe(&self) -> Result<TypedSubscription<K>, TableError> {
        Ok(TypedSubscription {
            notices: self.table().subscribe()?,
            keys: PhantomData,
        })
    }
}

/// A [`Subscription`] to a typed table. A key that is none of `K` is an error, after which it goes on.
pub struct TypedSubscription<K> {
    notices: Subscription,
    keys: PhantomData<fn() -> K>,
}

impl<K: DeserializeOwned> TypedSubscription<K> {
    /// See [`Subscription::receive`].
    pub fn receive(&mut self) -> Option<Result<Notice<K>, TableError>> {
        self.notices.receive().map(typed)
    }

    /// See [`Subscription::try_receive`].
    pub fn try_receive(&mut self) -> Option<Result<Notice<K>, TableError>> {
        self.notices.try_receive().map(typed)
    }

    /// See [`Subscription::receive_timeout`].
    #[cfg(not(heirloom_loom))]
    pub fn receive_timeout(
        &mut self,
        timeout: std::time::Duration,
    ) -> Option<Result<Notice<K>, TableError>> {
        self.notices.receive_timeout(timeout).map(typed)
    }

    /// See [`Subscription::receive_async`].
    pub async fn receive_async(&mut self) -> Option<Result<Notice<K>, TableError>> {
        self.notices.receive_async().await.map(typed)
    }
}

impl<K: DeserializeOwned> Iterator for TypedSubscription<K> {
    type Item = Result<Notice<K>, TableError>;

    /// As [`receive`](TypedSubscription::receive).
    fn next(&mut self) -> Option<Self::Item> {
        self.receive()
    }
}

impl<K> fmt::Debug for TypedSubscription<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("TypedSubscription")
            .field(&self.notices)
            .finish()
    }
}

fn typed<K: DeserializeOwned>(notice: Notice) -> Result<Notice<K>, TableError> {
    Ok(match notice {
        Notice::Changed(key) => Notice::Changed(from_term(key.as_ref())?),
        Notice::Cleared => Notice::Cleared,
        Notice::Missed(notices) => Notice::Missed(notices),
    })
}
