//! Inserts and deletions.

use super::{Objects, Table, TableError};
use crate::engine::{self, Lifespan};
use crate::sync::lock;
use crate::term::{Term, TermRef, ToTerm};

impl Table {
    /// Inserts an object, or each object of a list.
    ///
    /// In a `set` an object replaces the one with its key; in a `bag` it is added unless an equal
    /// one is there, in a `duplicate_bag` always. A list is inserted atomically and in isolation,
    /// whatever its length: nobody ever sees a part of it, and if one of its elements is no object
    /// of this table, nothing is inserted. Of several objects of one key in a list for a `set`, the
    /// last one stays.
    ///
    /// O(1) and the object's size; O(n log n) for a list. To insert many objects quickly that need
    /// not appear at once, use [`Table::insert_many`].
    ///
    /// # Errors
    /// [`TableError::NotATuple`], [`TableError::NoKey`], [`TableError::ImproperList`],
    /// [`TableError::NoSuchTable`], [`TableError::AccessDenied`], [`TableError::Term`].
    #[inline]
    pub fn insert(&self, objects: impl ToTerm) -> Result<(), TableError> {
        match self.put_pair(&objects, false) {
            Some(_) => Ok(()),
            None => self.insert_any(&objects, false).map(drop),
        }
    }

    /// Inserts an object, or each object of a list, unless one of their keys is there already: then
    /// nothing is inserted. True if they were inserted. Atomic and isolated like [`Table::insert`];
    /// keys that occur twice in the list are no obstacle.
    ///
    /// # Errors
    /// As [`Table::insert`].
    ///
    /// ```
    /// use heirloom::Table;
    ///
    /// let locks = Table::set("locks").create()?;
    /// assert!(locks.insert_new(("door", "me"))?);
    /// assert!(!locks.insert_new(("door", "you"))?);
    /// assert!(!locks.insert_new(vec![("window", "you"), ("door", "you")])?);
    /// assert!(!locks.member("window")?);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn insert_new(&self, objects: impl ToTerm) -> Result<bool, TableError> {
        match self.put_pair(&objects, true) {
            Some(inserted) => Ok(inserted),
            None => self.insert_any(&objects, true),
        }
    }

    #[inline(never)]
    fn insert_any(&self, objects: &impl ToTerm, only_new: bool) -> Result<bool, TableError> {
        objects.try_with_term(|objects| self.insert_term(objects, only_new, Lifespan::OfTable))
    }

    pub(super) fn insert_term(
        &self,
        objects: TermRef<'_>,
        only_new: bool,
        lifespan: Lifespan,
    ) -> Result<bool, TableError> {
        if objects.arity().is_some() {
            self.insert_object_living(objects, only_new, lifespan)
        } else {
            self.insert_list(objects, only_new, lifespan)
        }
    }

    pub(super) fn insert_object(
        &self,
        object: TermRef<'_>,
        only_new: bool,
    ) -> Result<bool, TableError> {
        self.insert_object_living(object, only_new, Lifespan::OfTable)
    }

    fn insert_object_living(
        &self,
        object: TermRef<'_>,
        only_new: bool,
        lifespan: Lifespan,
    ) -> Result<bool, TableError> {
        self.check_object(object)
            .map_err(|error| self.check_writer().err().unwrap_or(error))?;
        object.with_canonical(|_, words| self.insert_words(words, only_new, lifespan))
    }

    fn insert_words(
        &self,
        words: &[u64],
        only_new: bool,
        lifespan: Lifespan,
    ) -> Result<bool, TableError> {
        let engine = self.engine();
        let has_unique_keys = self.shared.kind.has_unique_keys();
        self.writing(|admission| {
            let admission = &admission.giving(lifespan);
            if has_unique_keys {
                engine.insert(words, only_new, admission)
            } else {
                engine.insert_list(&[words], only_new, admission)
            }
        })
    }

    /// Everything is checked before anything is inserted.
    fn insert_list(
        &self,
        list: TermRef<'_>,
        only_new: bool,
        lifespan: Lifespan,
    ) -> Result<bool, TableError> {
        self.check_writer()?;
        let Some(mut elements) = list.list_elements() else {
            return Err(TableError::NotATuple { found: list.kind() });
        };
        let mut objects = Vec::new();
        for element in elements.by_ref() {
            self.check_object(element)?;
            objects.push(element.to_term());
        }
        if !elements.tail().is_nil() {
            return Err(TableError::ImproperList);
        }
        self.insert_all(&objects, only_new, lifespan)
    }

    /// Inserts objects that were checked, at once.
    fn insert_all(
        &self,
        objects: &[Term],
        only_new: bool,
        lifespan: Lifespan,
    ) -> Result<bool, TableError> {
        let words: Vec<&[u64]> = objects
            .iter()
            .map(|object| object.as_ref().words())
            .collect();
        match words[..] {
            [] => Ok(true),
            [only] => self.insert_words(only, only_new, lifespan),
            _ => self.writing(|admission| {
                let admission = admission.giving(lifespan);
                self.engine().insert_list(&words, only_new, &admission)
            }),
        }
    }

    /// Removes all objects with this key and returns them, oldest first. Atomic. O(1) and the
    /// objects' size.
    ///
    /// # Errors
    /// [`TableError::NoSuchTable`], [`TableError::AccessDenied`], [`TableError::Term`].
    pub fn take(&self, key: impl ToTerm) -> Result<Objects, TableError> {
        key.try_with_term(|key| {
            let taken = self.writing(|admission| {
                let mut taken = engine::Objects::default();
                self.engine().remove(key, Some(&mut taken), admission)?;
                Ok(taken)
            })?;
            Ok(Objects::from_range(&taken, 0..taken.len()))
        })
    }

    /// Deletes all objects with this key, if there are any. Atomic, O(1); of a bag O(objects).
    ///
    /// # Errors
    /// As [`Table::take`].
    #[inline]
    pub fn delete(&self, key: impl ToTerm) -> Result<(), TableError> {
        match self.remove_pair(&key) {
            Some(_) => Ok(()),
            None => self.delete_any(&key),
        }
    }

    #[inline(never)]
    fn delete_any(&self, key: &impl ToTerm) -> Result<(), TableError> {
        key.try_with_term(|key| {
            self.writing(|admission| self.engine().remove(key, None, admission))
                .map(drop)
        })
    }

    /// Deletes this very object, if it is there: all elements must be equal. Of a `duplicate_bag`
    /// all its copies. Atomic.
    ///
    /// Where each key has one object, it costs as much as to look that up. In a `bag` this is so on
    /// average, however many objects the key has: now and then those left are listed anew, which is
    /// O(objects of the key). In a `duplicate_bag` the cost grows with the number of copies, too.
    ///
    /// # Errors
    /// [`TableError::NotATuple`], [`TableError::NoKey`], otherwise as [`Table::take`].
    pub fn delete_object(&self, object: impl ToTerm) -> Result<(), TableError> {
        object
            .try_with_term(|object| {
                self.check_writer()?;
                self.check_object(object)?;
                object.with_canonical(|_, words| {
                    self.writing(|admission| self.engine().remove_object(words, admission))
                })
            })
            .map(drop)
    }

    /// Deletes all objects. Atomic and isolated; the table, its name, its owner and its fixations
    /// stay. O(objects) for the caller; nobody else waits for it.
    ///
    /// # Errors
    /// As [`Table::take`].
    pub fn delete_all_objects(&self) -> Result<(), TableError> {
        self.engine().clear_when(|clear| {
            // Under the lock, so that the table does not change hands in between.
            let _admin = lock(&self.shared.admin);
            self.check_writer()?;
            clear();
            Ok::<_, TableError>(())
        })?;
        if !self.engine().is_plain() {
            self.tidy_up();
            self.engine().bury_all();
        }
        Ok(())
    }
}
