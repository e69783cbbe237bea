//! Lookups.

use super::{Objects, Table, TableError};
use crate::engine::{self, ROW_ROOT, RowBuffer};
use crate::term::{Term, TermRef, ToTerm};

impl Table {
    /// All objects with this key, oldest first: at most one in a `set`.
    ///
    /// Atomic. O(1) and the objects' size; objects over 1 KiB are shared, not copied.
    ///
    /// # Errors
    /// [`TableError::NoSuchTable`], [`TableError::AccessDenied`], [`TableError::Term`].
    ///
    /// ```
    /// use heirloom::Table;
    ///
    /// let colours = Table::bag("colours").create()?;
    /// colours.insert(("sky", "blue"))?;
    /// colours.insert(("sky", "grey"))?;
    /// let seen: Vec<_> = colours.lookup("sky")?.iter().map(|object| object.to_string()).collect();
    /// assert_eq!(seen, [r#"{<<"sky">>,<<"blue">>}"#, r#"{<<"sky">>,<<"grey">>}"#]);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn lookup(&self, key: impl ToTerm) -> Result<Objects, TableError> {
        match self.get_pair(&key) {
            Some(found) => Ok(found.map_or_else(Objects::default, |pair| {
                Objects::one(Term::from_parts(ROW_ROOT, &pair))
            })),
            None => self.lookup_any(&key),
        }
    }

    #[inline(never)]
    fn lookup_any(&self, key: &impl ToTerm) -> Result<Objects, TableError> {
        key.try_with_term(|key| self.lookup_term(key))
    }

    pub(super) fn lookup_term(&self, key: TermRef<'_>) -> Result<Objects, TableError> {
        if !self.shared.kind.has_unique_keys() {
            let objects = self.fetch_all(key)?;
            return Ok(Objects::from_range(&objects, 0..objects.len()));
        }
        let mut buffer = RowBuffer::new();
        Ok(if self.fetch(key, &mut buffer)? {
            Objects::one(buffer.to_term())
        } else {
            Objects::default()
        })
    }

    /// Calls `read` with the object of this key (in a bag: the oldest), without allocating.
    /// `None` if there is none.
    ///
    /// `read` sees a copy on the stack: it may take its time and may use the table. Atomic, O(1).
    ///
    /// # Errors
    /// As [`Table::lookup`].
    ///
    /// ```
    /// use heirloom::Table;
    ///
    /// let ages = Table::set("ages").create()?;
    /// ages.insert(("ann", 41))?;
    /// let age = ages.with("ann", |object| object.element(2)?.as_i64())?.flatten();
    /// assert_eq!(age, Some(41));
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    #[inline]
    pub fn with<R>(
        &self,
        key: impl ToTerm,
        read: impl FnOnce(TermRef<'_>) -> R,
    ) -> Result<Option<R>, TableError> {
        match self.get_pair(&key) {
            Some(found) => Ok(found.map(|pair| read(TermRef::from_parts(ROW_ROOT, &pair)))),
            None => self.with_any(&key, read),
        }
    }

    /// As `with`, in the general way. Kept apart, since its buffer is large.
    #[inline(never)]
    fn with_any<R>(
        &self,
        key: &impl ToTerm,
        read: impl FnOnce(TermRef<'_>) -> R,
    ) -> Result<Option<R>, TableError> {
        let mut buffer = RowBuffer::new();
        let found = key.try_with_term(|key| self.fetch(key, &mut buffer))?;
        Ok(found.then(|| read(buffer.object())))
    }

    #[inline(never)]
    pub(super) fn fetch(
        &self,
        key: TermRef<'_>,
        buffer: &mut RowBuffer,
    ) -> Result<bool, TableError> {
        self.reading(|| self.engine().fetch(key, buffer))
    }

    fn fetch_all(&self, key: TermRef<'_>) -> Result<engine::Objects, TableError> {
        self.reading(|| {
            let mut objects = engine::Objects::default();
            self.engine().fetch_used(key, &mut objects);
            objects
        })
    }

    /// Whether there is an object with this key. Copies nothing out. Atomic, O(1).
    ///
    /// # Errors
    /// As [`Table::lookup`].
    pub fn member(&self, key: impl ToTerm) -> Result<bool, TableError> {
        match self.get_pair(&key) {
            Some(found) => Ok(found.is_some()),
            None => self.member_any(&key),
        }
    }

    #[inline(never)]
    fn member_any(&self, key: &impl ToTerm) -> Result<bool, TableError> {
        key.try_with_term(|key| self.reading(|| self.engine().contains(key)))
    }

    /// Element `position` (from 1) of the object of this key; of a bag the list of those of all
    /// its objects, oldest first. Atomic, O(1) and the objects' size.
    ///
    /// # Errors
    /// [`TableError::KeyNotFound`]; [`TableError::PositionOutOfRange`] if one of the objects has
    /// no such element; [`TableError::NotAPosition`] for position 0; otherwise as [`Table::lookup`].
    ///
    /// ```
    /// use heirloom::{Table, Term};
    ///
    /// let ages = Table::set("ages").create()?;
    /// ages.insert(("ann", 41))?;
    /// assert_eq!(ages.lookup_element("ann", 2)?, Term::from(41));
    /// assert_eq!(ages.lookup_element_or("bob", 2, 0)?, Term::from(0));
    /// assert!(ages.lookup_element("bob", 2).is_err());
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn lookup_element(&self, key: impl ToTerm, position: usize) -> Result<Term, TableError> {
        // A cache counts lookups, so there is but one.
        if (1..=2).contains(&position)
            && let Some(found) = self.get_pair(&key)
        {
            let element = found.map(|pair| Term::from_immediate(pair[position]));
            return element.map_or_else(|| not_found(&key), Ok);
        }
        self.lookup_any_element(&key, position)
    }

    #[inline(never)]
    fn lookup_any_element(&self, key: &impl ToTerm, position: usize) -> Result<Term, TableError> {
        key.try_with_term(|key| {
            self.find_element(key, position)?
                .ok_or_else(|| TableError::KeyNotFound { key: key.to_term() })
        })
    }

    /// As [`Table::lookup_element`], but a key without an object gives `default` (also in a bag: not
    /// in a list).
    ///
    /// # Errors
    /// As [`Table::lookup_element`], without `KeyNotFound`.
    pub fn lookup_element_or(
        &self,
        key: impl ToTerm,
        position: usize,
        default: impl ToTerm,
    ) -> Result<Term, TableError> {
        match key.try_with_term(|key| self.find_element(key, position))? {
            Some(element) => Ok(element),
            None => Ok(default.to_term()?),
        }
    }

    fn find_element(&self, key: TermRef<'_>, position: usize) -> Result<Option<Term>, TableError> {
        if position == 0 {
            self.shared.gate.admit_reader(self.shared.id)?;
            return Err(TableError::NotAPosition {
                position: Term::from(0),
            });
        }
        if !self.shared.kind.has_unique_keys() {
            return self.find_elements(key, position);
        }
        let mut buffer = RowBuffer::new();
        if self.fetch(key, &mut buffer)? {
            element(buffer.object(), position)
        } else {
            Ok(None)
        }
    }

    fn find_elements(&self, key: TermRef<'_>, position: usize) -> Result<Option<Term>, TableError> {
        let objects = self.fetch_all(key)?;
        if objects.len() == 0 {
            return Ok(None);
        }
        let elements: Result<Vec<Term>, TableError> = (0..objects.len())
            .filter_map(|index| element(objects.get(index), position).transpose())
            .collect();
        Ok(Some(Term::list(elements?)?))
    }
}

/// An element of an object on its own.
fn element(object: TermRef<'_>, position: usize) -> Result<Option<Term>, TableError> {
    match object.element(position) {
        Some(element) => Ok(Some(element.to_term())),
        None => Err(TableError::PositionOutOfRange {
            position,
            arity: object.arity().unwrap_or(0),
        }),
    }
}

#[cold]
fn not_found(key: &impl ToTerm) -> Result<Term, TableError> {
    let key = key.to_term()?;
    Err(TableError::KeyNotFound { key })
}
