//! Secondary indexes: finding objects by another element than their key.

use super::{Objects, Table, TableError, TableOptions};
use crate::term::{Term, ToTerm};

impl TableOptions {
    /// Objects are also found by their element at this position (from 1), with [`Table::index_read`]. May be said several times, for several
    /// positions; and for every kind of table. Objects that have no such element are in the table, and not in the index.
    ///
    /// The index changes in one step with the object. A write costs as much more as an insert into an `ordered_set`, and a deletion
    /// of the former object there. Position 0 and that of the key are errors at [`create`](TableOptions::create).
    pub fn index(mut self, position: usize) -> TableOptions {
        if !self.indexes.contains(&position) {
            self.indexes.push(position);
        }
        self
    }

    pub(super) fn check_indexes(&self) -> Result<(), TableError> {
        for &position in &self.indexes {
            if position == 0 {
                let position = Term::from(position);
                return Err(TableError::NotAPosition { position });
            }
            if position == self.key_position {
                return Err(TableError::KeyPosition { position });
            }
        }
        Ok(())
    }
}

impl Table {
    /// The objects whose element at an indexed position is exactly this one, in no particular order. The name is Mnesia's.
    ///
    /// Each object is returned as it is at some moment of the call, and one that has this element throughout is surely
    /// returned, once: an object is found by its new element from the very moment on in which a lookup of its key finds it, and by the former one
    /// until then. The objects are no snapshot, as those of [`select`](Table::select) are none.
    /// In a cache each is used thereby, as by a lookup. O(log n) and O(1) for each key; in a bag, for each object of these keys.
    ///
    /// # Errors
    /// [`TableError::NoIndex`]; [`TableError::NoSuchTable`], [`TableError::AccessDenied`], [`TableError::Term`].
    ///
    /// ```
    /// use heirloom::{Table, Term, term};
    ///
    /// let users = Table::set("users").index(3).create()?;
    /// users.insert(vec![(1, "ann", "Bern"), (2, "bob", "Rome"), (3, "eve", "Bern")])?;
    /// users.update_element(3, (3, "Rome"))?;
    /// assert_eq!(users.index_read("Bern", 3)?, [term!({1, "ann", "Bern"})?]);
    /// assert_eq!(users.index_read("Rome", 3)?.len(), 2);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn index_read(&self, element: impl ToTerm, position: usize) -> Result<Objects, TableError> {
        element.try_with_term(|element| {
            let found = self.reading(|| self.engine().read_index(position, element))?;
            let objects = found.ok_or(TableError::NoIndex { position })?;
            Ok(Objects::from_range(&objects, 0..objects.len()))
        })
    }
}
