//! Patterns: selections by a head alone.
//!
//! `match(Pattern)` is the specification `[{Pattern,[],['$$']}]`, and the others likewise.

use super::{Selection, Table, TableError};
use crate::matchspec::{MatchSpec, SpecError};
use crate::term::{Atom, Term, TermRef, ToTerm};

impl Table {
    /// What the variables of a pattern stand for, in each object that matches it: a list in the order of
    /// their numbers. Erlang's `ets:match`, which is no name for a function in Rust.
    ///
    /// Patterns are the heads of [`MatchSpec`]; any term is one. O(1) where the pattern has the key,
    /// otherwise linear in the number of objects; see [`explain`](Table::explain).
    ///
    /// # Errors
    /// [`TableError::Spec`] where a map in the pattern has a variable as a key; otherwise as
    /// [`select`](Table::select).
    ///
    /// ```
    /// use heirloom::{Atom, Table, term};
    ///
    /// let people = Table::set("people").create()?;
    /// people.insert(term!([{ann, 41, graz}, {bob, 7, graz}, {eve, 33, linz}])?)?;
    /// let mut names = people.match_(term!({atom("$1"), _, graz})?)?;
    /// names.sort();
    /// assert_eq!(names, [term!([ann])?, term!([bob])?]);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn match_(&self, pattern: impl ToTerm) -> Result<Vec<Term>, TableError> {
        self.select(&self.compiled(&pattern, MatchSpec::for_match)?)
    }

    /// As [`match_`](Table::match_), but for the first `limit` objects; see
    /// [`select_limit`](Table::select_limit).
    ///
    /// # Errors
    /// As [`match_`](Table::match_), and [`TableError::BadLimit`] for 0.
    pub fn match_limit(&self, pattern: impl ToTerm, limit: usize) -> Result<Selection, TableError> {
        self.select_limit(&self.compiled(&pattern, MatchSpec::for_match)?, limit)
    }

    /// All objects that match a pattern; of the objects of one key oldest first.
    ///
    /// # Errors
    /// As [`match_`](Table::match_).
    ///
    /// ```
    /// use heirloom::{Table, term};
    ///
    /// let people = Table::set("people").create()?;
    /// people.insert(term!([{ann, 41, graz}, {eve, 33, linz}])?)?;
    /// assert_eq!(people.match_object(term!({_, _, linz})?)?, [term!({eve, 33, linz})?]);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn match_object(&self, pattern: impl ToTerm) -> Result<Vec<Term>, TableError> {
        self.select(&self.compiled(&pattern, MatchSpec::for_match_object)?)
    }

    /// As [`match_object`](Table::match_object), but the first `limit` objects; see
    /// [`select_limit`](Table::select_limit).
    ///
    /// # Errors
    /// As [`match_`](Table::match_), and [`TableError::BadLimit`] for 0.
    pub fn match_object_limit(
        &self,
        pattern: impl ToTerm,
        limit: usize,
    ) -> Result<Selection, TableError> {
        let spec = self.compiled(&pattern, MatchSpec::for_match_object)?;
        self.select_limit(&spec, limit)
    }

    /// Deletes all objects that match a pattern. Each is deleted atomically, not all at once; but the
    /// pattern `'_'` is [`delete_all_objects`](Table::delete_all_objects).
    ///
    /// # Errors
    /// As [`match_`](Table::match_). On an error in the middle, some objects may be deleted.
    ///
    /// ```
    /// use heirloom::{Table, term};
    ///
    /// let people = Table::set("people").create()?;
    /// people.insert(term!([{ann, 41, graz}, {eve, 33, linz}])?)?;
    /// people.match_delete(term!({_, _, linz})?)?;
    /// assert_eq!(people.tab2list()?, [term!({ann, 41, graz})?]);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn match_delete(&self, pattern: impl ToTerm) -> Result<(), TableError> {
        self.check_writer()?;
        pattern.try_with_term(|pattern| {
            if pattern.as_atom() == Some(Atom::UNDERSCORE) {
                return self.delete_all_objects();
            }
            let spec = MatchSpec::for_match_delete(pattern)?;
            self.select_delete(&spec).map(drop)
        })
    }

    /// The specification of a pattern. The right to read is checked first, as Erlang does.
    fn compiled(
        &self,
        pattern: &impl ToTerm,
        compile: impl FnOnce(TermRef<'_>) -> Result<MatchSpec, SpecError>,
    ) -> Result<MatchSpec, TableError> {
        self.check_reader()?;
        pattern.try_with_term(|pattern| Ok(compile(pattern)?))
    }
}
