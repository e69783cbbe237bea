//! Changes of one object that this crate makes for itself. None of them runs a user's code while a bucket or a page is
//! held.

use super::{Table, TableError};
use crate::engine::Change;
use crate::term::{Term, TermRef};

impl Table {
    /// Changes the object of a key, where each key has one, as `change` says: see `Engine::update`. Whether there is
    /// such an object.
    pub(crate) fn change(
        &self,
        key: TermRef<'_>,
        mut change: impl FnMut(TermRef<'_>) -> Result<Change, TableError>,
    ) -> Result<bool, TableError> {
        let changed =
            self.writing(|admission| self.engine().update(key, admission, &mut change))?;
        changed.transpose().map(|found| found.is_some())
    }

    /// Puts an object in the place of another one of the same key, if that is still there; whether it was. Atomic.
    pub(crate) fn exchange(
        &self,
        key: TermRef<'_>,
        old: &Term,
        new: &Term,
    ) -> Result<bool, TableError> {
        let mut is_old = false;
        let found = self.change(key, |object| {
            is_old = object.exact_eq(old.as_ref());
            Ok(if is_old {
                Change::Replace(new.clone())
            } else {
                Change::Keep
            })
        })?;
        // What was seen in a round that was lost does not count if the object was gone in the next.
        Ok(found && is_old)
    }
}
