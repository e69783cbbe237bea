//! Hearing of changes.

use super::{Table, TableError, TableOptions};
use crate::feed::Subscription;

impl TableOptions {
    /// Others may [subscribe](Table::subscribe) to the changes of the table. The last so many notices (at least one) are kept for all of them
    /// together; a subscriber that asks too seldom is told how many it has missed.
    ///
    /// Writes take a lock for a moment, one for the whole table, after they have made their change.
    pub fn change_feed(mut self, notices: usize) -> TableOptions {
        self.feed = Some(notices);
        self
    }
}

impl Table {
    /// Notices of all changes from now on: which keys have changed. Whoever hears of one and looks it up finds that
    /// change or a later one.
    ///
    /// The right to read is asked for here, once. O(1).
    ///
    /// # Errors
    /// [`TableError::NoChangeFeed`] if the table was made without a [change feed](TableOptions::change_feed);
    /// [`TableError::NoSuchTable`], [`TableError::AccessDenied`].
    ///
    /// ```
    /// use heirloom::{Notice, Table};
    ///
    /// let config = Table::set("config").change_feed(100).create()?;
    /// let mut changes = config.subscribe()?;
    /// config.insert(("level", "debug"))?;
    /// assert_eq!(changes.receive(), Some(Notice::Changed("level".into())));
    /// assert_eq!(changes.try_receive(), None);
    ///
    /// (0..110).try_for_each(|number| config.insert((number, "new")))?;
    /// assert_eq!(changes.receive(), Some(Notice::Missed(10)));
    /// assert_eq!(changes.receive(), Some(Notice::Changed(10.into())));
    ///
    /// config.delete_table()?;
    /// assert_eq!(changes.last(), Some(Notice::Cleared));
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn subscribe(&self) -> Result<Subscription, TableError> {
        self.check_reader()?;
        let feed = self.engine().feed().ok_or(TableError::NoChangeFeed)?;
        Ok(feed.subscribe())
    }

    /// Wakes the futures that wait for a notice. The caller holds nothing.
    pub(super) fn wake_subscribers(&self) {
        if let Some(feed) = self.engine().feed() {
            feed.wake();
        }
    }
}
