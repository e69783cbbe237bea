//! Selections: what match specifications give for the objects of a table.
//!
//! The compiled specification runs over the objects as they lie in the pieces of a walk; a term is made
//! of nothing but a result.

use super::select_options::for_caller;
use super::visit::Visit;
use super::{Continuation, SelectOptions, Selection, Table, TableError};
use crate::engine::{Direction, Piece};
use crate::matchspec::{MatchSpec, RunError, Selected};
use crate::term::Term;

impl Table {
    /// The results of a match specification for all objects that it matches; of the objects of one key
    /// oldest first.
    ///
    /// Takes one lookup for each key if the specification has them in its heads, otherwise time linear
    /// in the number of objects: see [`explain`](Table::explain). Each object is read atomically, the
    /// whole is no snapshot: see [`Table`] on walks.
    ///
    /// # Errors
    /// [`TableError::NoSuchTable`], [`TableError::AccessDenied`], also in the middle;
    /// [`TableError::Run`] where an object takes too many steps or bytes.
    ///
    /// ```
    /// use heirloom::{MatchSpec, Table, Term};
    ///
    /// let people = Table::set("people").create()?;
    /// people.insert(vec![("ann", 41), ("bob", 7)])?;
    /// let adults: MatchSpec = "[{{'$1','$2'}, [{'>=','$2',18}], ['$1']}]".parse()?;
    /// assert_eq!(people.select(&adults)?, [Term::from("ann")]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn select(&self, spec: &MatchSpec) -> Result<Vec<Term>, TableError> {
        self.select_all(spec, SelectOptions::default())
    }

    /// The first results of a match specification, exactly `limit` if there are as many.
    /// [`select_continue`](Table::select_continue) gets the next ones. There may be a continuation but
    /// nothing behind it.
    ///
    /// Costs what [`select`](Table::select) costs for the objects up to the last result.
    ///
    /// # Errors
    /// [`TableError::BadLimit`] for 0; otherwise as [`select`](Table::select).
    ///
    /// ```
    /// use heirloom::{MatchSpec, Table};
    ///
    /// let numbers = Table::set("numbers").create()?;
    /// numbers.insert_many((0..10).map(|number| (number, number * number)))?;
    /// let squares: MatchSpec = "[{{'_','$1'}, [], ['$1']}]".parse()?;
    ///
    /// let mut part = numbers.select_limit(&squares, 4)?;
    /// assert_eq!(part.results.len(), 4);
    /// let mut sum = 0;
    /// loop {
    ///     sum += part.results.iter().filter_map(|square| square.as_i64()).sum::<i64>();
    ///     let Some(continuation) = part.continuation else { break };
    ///     part = numbers.select_continue(continuation)?;
    /// }
    /// assert_eq!(sum, 285);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn select_limit(&self, spec: &MatchSpec, limit: usize) -> Result<Selection, TableError> {
        self.select_with(spec, &SelectOptions::default().with_results_max(limit))
    }

    /// As [`select`](Table::select), from the last key to the first if the table has them in order;
    /// otherwise the same.
    ///
    /// # Errors
    /// As [`select`](Table::select).
    pub fn select_reverse(&self, spec: &MatchSpec) -> Result<Vec<Term>, TableError> {
        self.select_all(spec, SelectOptions::default().with_reverse(true))
    }

    /// As [`select_limit`](Table::select_limit), from the last key to the first if the table has them
    /// in order; otherwise the same.
    ///
    /// # Errors
    /// As [`select_limit`](Table::select_limit).
    pub fn select_reverse_limit(
        &self,
        spec: &MatchSpec,
        limit: usize,
    ) -> Result<Selection, TableError> {
        let options = SelectOptions::default().with_reverse(true);
        self.select_with(spec, &options.with_results_max(limit))
    }

    /// Results of a match specification, as far as the options allow. The call stops when it has as many
    /// results, or has done as many steps, as one call may; what it returns then has a continuation,
    /// and perhaps no results.
    ///
    /// For specifications from outside: whatever they are, a call ends after its number of steps.
    ///
    /// # Errors
    /// [`TableError::BadLimit`] for no results at all; [`TableError::Run`] if the steps are not enough
    /// for the first object; otherwise as [`select`](Table::select).
    ///
    /// ```
    /// use heirloom::{MatchSpec, SelectOptions, Table};
    ///
    /// let numbers = Table::set("numbers").create()?;
    /// numbers.insert_many((0..1_000).map(|number| (number, number)))?;
    /// let none: MatchSpec = "[{{'_','$1'}, [{'<','$1',0}], ['$1']}]".parse()?;
    ///
    /// let options = SelectOptions::default().with_steps_max(1_000);
    /// let mut part = numbers.select_with(&none, &options)?;
    /// let mut calls = 1;
    /// while let Some(continuation) = part.continuation {
    ///     part = numbers.select_continue(continuation)?;
    ///     calls += 1;
    /// }
    /// assert!(calls > 1 && part.results.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn select_with(
        &self,
        spec: &MatchSpec,
        options: &SelectOptions,
    ) -> Result<Selection, TableError> {
        self.check_reader()?;
        if options.results_max == 0 {
            return Err(TableError::BadLimit { limit: 0 });
        }
        self.select_from(Continuation::start(self, spec, options))
    }

    /// The next results of a selection, with the limits that it began with. Goes on with any call that
    /// returns a [`Selection`].
    ///
    /// # Errors
    /// [`TableError::ForeignContinuation`]; otherwise as the call that the continuation came from.
    pub fn select_continue(&self, continuation: Continuation) -> Result<Selection, TableError> {
        self.check_reader()?;
        if continuation.table != self.id() {
            return Err(TableError::ForeignContinuation {
                table: self.id(),
                continuation_of: continuation.table,
            });
        }
        self.select_from(continuation)
    }

    /// For how many objects the result of a match specification is `true`.
    ///
    /// # Errors
    /// As [`select`](Table::select).
    ///
    /// ```
    /// use heirloom::{MatchSpec, Table};
    ///
    /// let people = Table::set("people").create()?;
    /// people.insert(vec![("ann", 41), ("bob", 7)])?;
    /// let adults: MatchSpec = "[{{'_','$1'}, [], [{'>=','$1',18}]}]".parse()?;
    /// assert_eq!(people.select_count(&adults)?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn select_count(&self, spec: &MatchSpec) -> Result<u64, TableError> {
        let options = for_caller(&SelectOptions::default().object);
        let mut runner = spec.runner(&options);
        let mut count = 0;
        let mut walk = self.walk_for(spec, Direction::Forwards);
        self.visit(&mut walk, |piece, index| {
            count += u64::from(runner.is_true(piece.get(index))?);
            Ok(Visit::On)
        })?;
        Ok(count)
    }

    fn select_all(
        &self,
        spec: &MatchSpec,
        options: SelectOptions,
    ) -> Result<Vec<Term>, TableError> {
        Ok(self.select_with(spec, &options)?.results)
    }

    /// Goes on where a selection stands.
    fn select_from(&self, mut at: Continuation) -> Result<Selection, TableError> {
        let options = for_caller(&at.options.object);
        let mut runner = at
            .spec
            .runner(&options)
            .with_steps_left(at.options.steps_max);
        let mut results = Vec::new();
        let mut is_first = true;
        let ended = self.visit(&mut at.walk, |piece, index| {
            // One object at least, so that a selection that is gone on with comes to its end.
            let may_stop = !std::mem::take(&mut is_first);
            if may_stop && runner.is_exhausted() {
                return Ok(Visit::StopBefore);
            }
            match runner.select(piece.get(index)) {
                Ok(None) => return Ok(Visit::On),
                Ok(Some(selected)) => results.push(result(selected, piece, index)),
                Err(RunError::OutOfSteps { .. }) if may_stop && runner.is_exhausted() => {
                    return Ok(Visit::StopBefore);
                }
                Err(error) => return Err(error.into()),
            }
            if results.len() == at.options.results_max {
                Ok(Visit::StopBehind)
            } else {
                Ok(Visit::On)
            }
        })?;
        at.walk.rest();
        let continuation = (!ended).then_some(at);
        Ok(Selection {
            results,
            continuation,
        })
    }
}

/// The result for an object of a piece. A large object that is the result itself is shared.
fn result(selected: Selected<'_>, piece: &Piece, index: usize) -> Term {
    match selected {
        Selected::Object => piece.to_term(index),
        part_or_made => part_or_made.into_term(piece.get(index)),
    }
}
