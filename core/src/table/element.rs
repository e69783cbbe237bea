//! Elements: parts of an object that are replaced in place.

use super::counter::elements_of;
use super::options::position;
use super::{Table, TableError};
use crate::engine::Change;
use crate::term::{Term, TermRef, ToTerm};

/// What [`Table::update_element`] is to do: a position and a value, or several of them. The last
/// one for a position counts.
#[derive(Clone, Debug, PartialEq)]
pub struct ElementChanges(Result<Vec<(usize, Term)>, Term>);

impl ElementChanges {
    /// Changes in Erlang's form: `{Pos, Value}` or a list of these. What is none is reported when
    /// it is used, and only if the key is there, as in Erlang.
    pub fn from_term(term: TermRef<'_>) -> ElementChanges {
        let changes = if term.arity().is_some() {
            change(term).map(|change| vec![change])
        } else {
            changes(term)
        };
        ElementChanges(changes.ok_or_else(|| term.to_term()))
    }
}

fn change(term: TermRef<'_>) -> Option<(usize, Term)> {
    if term.arity() != Some(2) {
        return None;
    }
    Some((position(term.element(1)?)?, term.element(2)?.to_term()))
}

fn changes(term: TermRef<'_>) -> Option<Vec<(usize, Term)>> {
    let mut elements = term.list_elements()?;
    let changes: Option<Vec<_>> = elements.by_ref().map(change).collect();
    elements.tail().is_nil().then_some(changes?)
}

impl<V: Into<Term>> From<(usize, V)> for ElementChanges {
    fn from((position, value): (usize, V)) -> ElementChanges {
        ElementChanges(Ok(vec![(position, value.into())]))
    }
}

impl<V: Into<Term>> From<Vec<(usize, V)>> for ElementChanges {
    fn from(changes: Vec<(usize, V)>) -> ElementChanges {
        let changes = changes.into_iter();
        ElementChanges(Ok(changes
            .map(|(position, value)| (position, value.into()))
            .collect()))
    }
}

impl Table {
    /// Replaces elements of an object of a `set`. True if there is an object with this key;
    /// otherwise nothing happens, and the changes are not even looked at.
    ///
    /// Atomic, also with several changes: all are made or, on an error, none. O(the object's size).
    ///
    /// # Errors
    /// [`TableError::PositionOutOfRange`], [`TableError::KeyPosition`],
    /// [`TableError::NotAnUpdate`], [`TableError::WrongKind`] for bags,
    /// [`TableError::NoSuchTable`], [`TableError::AccessDenied`], [`TableError::Term`].
    ///
    /// ```
    /// use heirloom::{Table, Term};
    ///
    /// let users = Table::set("users").create()?;
    /// users.insert(("ann", 41, "Graz"))?;
    /// assert!(users.update_element("ann", (3, "Linz"))?);
    /// assert_eq!(users.lookup_element("ann", 3)?, Term::from("Linz"));
    /// assert!(!users.update_element("bob", (3, "Linz"))?);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn update_element(
        &self,
        key: impl ToTerm,
        changes: impl Into<ElementChanges>,
    ) -> Result<bool, TableError> {
        let changes = changes.into();
        key.try_with_term(|key| self.change_elements(key, &changes))
    }

    /// As [`Table::update_element`], but if there is no object with this key, `default` with `key`
    /// in the place of its key is inserted with the changes made. Atomic as a whole.
    ///
    /// # Errors
    /// As [`Table::update_element`], and [`TableError::NotATuple`] or [`TableError::NoKey`] for the
    /// default object.
    pub fn update_element_or(
        &self,
        key: impl ToTerm,
        changes: impl Into<ElementChanges>,
        default: impl ToTerm,
    ) -> Result<(), TableError> {
        let changes = changes.into();
        key.with_term(|key| {
            default.with_term(|default| self.change_or_insert(key, &changes, default))
        })??
    }

    fn change_or_insert(
        &self,
        key: TermRef<'_>,
        changes: &ElementChanges,
        default: TermRef<'_>,
    ) -> Result<(), TableError> {
        self.check_updatable("update_element")?;
        self.check_object(default)?;
        loop {
            if self.change_elements(key, changes)? {
                return Ok(());
            }
            let default = self.with_key(default, key)?;
            let object = self.changed(default.as_ref(), changes)?;
            if self.insert_object(object.as_ref(), true)? {
                return Ok(());
            }
        }
    }

    fn change_elements(
        &self,
        key: TermRef<'_>,
        changes: &ElementChanges,
    ) -> Result<bool, TableError> {
        self.check_updatable("update_element")?;
        let updated = self.writing(|admission| {
            self.engine().update(key, admission, |object| {
                Ok::<_, TableError>(Change::Replace(self.changed(object, changes)?))
            })
        })?;
        updated.transpose().map(|found| found.is_some())
    }

    /// An object with some of its elements replaced.
    fn changed(&self, object: TermRef<'_>, changes: &ElementChanges) -> Result<Term, TableError> {
        let changes = changes.0.as_ref().map_err(|term| TableError::NotAnUpdate {
            operation: term.clone(),
        })?;
        let mut elements = elements_of(object);
        for (position, value) in changes {
            self.check_position(*position, elements.len())?;
            elements[position - 1] = value.clone();
        }
        Ok(Term::tuple(elements)?)
    }
}
