//! Selections that delete, replace or take the objects that they match.
//!
//! Each goes through the table as a reader does. An object that matches is then looked at again in the
//! step that changes it: what counts is the object that is deleted or replaced, not the copy that was
//! read before. Where a key has several objects, one that is exactly equal is that object.

use super::select_options::for_caller;
use super::visit::Visit;
use super::{Kind, SelectOptions, Table, TableError};
use crate::engine::{self, Change, Direction, Piece};
use crate::matchspec::{MatchSpec, RunError, RunOptions, Runner};
use crate::term::{Term, TermRef};

impl Table {
    /// Deletes all objects for which the result of a match specification is `true`. Returns how many
    /// this call has deleted.
    ///
    /// Each object is deleted atomically, and only if the result is `true` for what it is at that moment;
    /// not all at once. Takes what [`select`](Table::select) takes, and O(1) for each deletion.
    ///
    /// # Errors
    /// As [`select`](Table::select). On an error in the middle, some objects may be deleted.
    ///
    /// ```
    /// use heirloom::{MatchSpec, Table};
    ///
    /// let sessions = Table::set("sessions").create()?;
    /// sessions.insert(vec![("ann", 100), ("bob", 900)])?;
    /// let old: MatchSpec = "[{{'_','$1'}, [], [{'<','$1',500}]}]".parse()?;
    /// assert_eq!(sessions.select_delete(&old)?, 1);
    /// assert!(!sessions.member("ann")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn select_delete(&self, spec: &MatchSpec) -> Result<u64, TableError> {
        self.check_writer()?;
        let options = object_options();
        let mut runner = spec.runner(&options);
        let mut deleted = 0;
        self.visit(
            &mut self.walk_for(spec, Direction::Forwards),
            |piece, index| {
                if runner.is_true(piece.get(index))? {
                    deleted += self.delete_matching(piece, index, &mut runner)?;
                }
                Ok(Visit::On)
            },
        )?;
        Ok(deleted)
    }

    /// Removes all objects that a match specification matches, and returns its results for them: each for
    /// an object that was removed by this call and by no other. Not in ETS.
    ///
    /// Each object is removed atomically, with the result for what it is at that moment; not all at once.
    /// Takes what [`select`](Table::select) takes, and O(1) for each removal.
    ///
    /// # Errors
    /// As [`select`](Table::select), if nothing was removed. An error in the middle ends the call, which returns the
    /// results of what it has removed: nothing is lost, and the next call tells the error if it is still one.
    ///
    /// ```
    /// use heirloom::{MatchSpec, Table, Term};
    ///
    /// let jobs = Table::set("jobs").create()?;
    /// jobs.insert(vec![("mow", 3), ("rake", 8)])?;
    /// let due: MatchSpec = "[{{'$1','$2'}, [{'<','$2',5}], ['$1']}]".parse()?;
    /// assert_eq!(jobs.select_take(&due)?, [Term::from("mow")]);
    /// assert_eq!(jobs.size()?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn select_take(&self, spec: &MatchSpec) -> Result<Vec<Term>, TableError> {
        self.take_all(spec, &object_options())
    }

    /// As `select_take`, within these bounds.
    pub(super) fn take_all(
        &self,
        spec: &MatchSpec,
        options: &RunOptions,
    ) -> Result<Vec<Term>, TableError> {
        self.check_writer()?;
        let mut runner = spec.runner(options);
        let mut taken = Vec::new();
        let visited = self.visit(
            &mut self.walk_for(spec, Direction::Forwards),
            |piece, index| {
                self.take_matching(piece, index, &mut runner, &mut taken)?;
                Ok(Visit::On)
            },
        );
        match visited {
            // What was taken is nowhere else any more.
            Err(error) if taken.is_empty() => Err(error),
            _ => Ok(taken),
        }
    }

    /// Replaces all objects that a match specification matches by its results. Returns how many, counting
    /// those whose replacement is equal.
    ///
    /// Each object is replaced atomically, by the result for what it is at that moment; not all at once.
    /// With a single object given in full this is compare-and-swap. In a `duplicate_bag` the objects of
    /// one key are replaced together and stay in their order. Takes what [`select`](Table::select)
    /// takes, and O(1) for each replacement; in a `duplicate_bag` O(objects of the key).
    ///
    /// # Errors
    /// [`TableError::WrongKind`] for a `bag`; [`TableError::KeyNotKept`] where the specification does not
    /// say plainly that results have their objects' keys ([`MatchSpec::keeps_key`]); otherwise as
    /// [`select`](Table::select). On an error in the middle, some objects may be replaced.
    ///
    /// ```
    /// use heirloom::{MatchSpec, Table, Term};
    ///
    /// let doors = Table::set("doors").create()?;
    /// doors.insert(vec![("front", "open"), ("back", "shut")])?;
    /// let close: MatchSpec = r#"[{{'$1',<<"open">>}, [], [{{'$1',<<"shut">>}}]}]"#.parse()?;
    /// assert_eq!(doors.select_replace(&close)?, 1);
    /// assert_eq!(doors.select_replace(&close)?, 0);
    /// assert_eq!(doors.lookup_element("front", 2)?, Term::from("shut"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn select_replace(&self, spec: &MatchSpec) -> Result<u64, TableError> {
        self.check_writer()?;
        self.check_terms()?;
        self.check_replaceable(spec)?;
        let options = object_options();
        let mut runner = spec.runner(&options);
        if self.shared.kind.has_unique_keys() {
            self.replace_single(spec, &mut runner)
        } else {
            self.replace_in_bag(spec, &mut runner)
        }
    }

    /// Replaces what matches where each key has one object.
    fn replace_single(&self, spec: &MatchSpec, runner: &mut Runner<'_>) -> Result<u64, TableError> {
        let mut replaced = 0;
        self.visit(
            &mut self.walk_for(spec, Direction::Forwards),
            |piece, index| {
                if runner.select(piece.get(index))?.is_some() {
                    replaced += self.replace_matching(piece.key(index), runner)?;
                }
                Ok(Visit::On)
            },
        )?;
        Ok(replaced)
    }

    /// Replaces what matches in a bag, key by key.
    fn replace_in_bag(&self, spec: &MatchSpec, runner: &mut Runner<'_>) -> Result<u64, TableError> {
        let mut replaced = 0;
        let mut done: Option<Term> = None;
        self.visit(
            &mut self.walk_for(spec, Direction::Forwards),
            |piece, index| {
                let key = piece.key(index);
                let is_done = done.as_ref().is_some_and(|done| done.exact_eq(key));
                if !is_done && runner.select(piece.get(index))?.is_some() {
                    replaced += self.replace_all_matching(key, runner)?;
                    done = Some(key.to_term());
                }
                Ok(Visit::On)
            },
        )?;
        Ok(replaced)
    }

    fn check_replaceable(&self, spec: &MatchSpec) -> Result<(), TableError> {
        let kind = self.shared.kind;
        if kind == Kind::Bag {
            let operation = "select_replace";
            return Err(TableError::WrongKind { kind, operation });
        }
        let key_position = self.shared.key_position;
        if !spec.keeps_key(key_position) {
            return Err(TableError::KeyNotKept { key_position });
        }
        Ok(())
    }

    /// Deletes an object that matches; returns how many were deleted.
    fn delete_matching(
        &self,
        piece: &Piece,
        index: usize,
        runner: &mut Runner<'_>,
    ) -> Result<u64, TableError> {
        if !self.shared.kind.has_unique_keys() {
            return self.remove_equal(piece.get(index));
        }
        let deleted = self.change_one(piece.key(index), |present| {
            Ok(runner.is_true(present)?.then_some((Change::Remove, ())))
        })?;
        Ok(u64::from(deleted.is_some()))
    }

    /// Takes an object out if it matches; its result goes to `taken`.
    fn take_matching(
        &self,
        piece: &Piece,
        index: usize,
        runner: &mut Runner<'_>,
        taken: &mut Vec<Term>,
    ) -> Result<(), TableError> {
        let object = piece.get(index);
        let Some(selected) = runner.select(object)? else {
            return Ok(());
        };
        if !self.shared.kind.has_unique_keys() {
            let result = selected.into_term(object);
            let copies = self.remove_equal(object)?;
            taken.extend((0..copies).map(|_| result.clone()));
            return Ok(());
        }
        let result = self.change_one(piece.key(index), |present| {
            let selected = runner.select(present)?;
            Ok(selected.map(|selected| (Change::Remove, selected.into_term(present))))
        })?;
        taken.extend(result);
        Ok(())
    }

    /// Replaces the object of a key if it matches; returns how many were replaced.
    fn replace_matching(
        &self,
        key: TermRef<'_>,
        runner: &mut Runner<'_>,
    ) -> Result<u64, TableError> {
        let replaced = self.change_one(key, |present| {
            let selected = runner.select(present)?;
            Ok(selected.map(|selected| (Change::Replace(selected.into_term(present)), ())))
        })?;
        Ok(u64::from(replaced.is_some()))
    }

    /// Replaces those objects of a key of a bag that match; returns how many.
    fn replace_all_matching(
        &self,
        key: TermRef<'_>,
        runner: &mut Runner<'_>,
    ) -> Result<u64, TableError> {
        let mut replaced = 0;
        let found = self.writing(|admission| {
            self.engine().rewrite(key, admission, |objects| {
                let (others, count) = replacements(objects, runner)?;
                replaced = count;
                Ok::<_, RunError>((count > 0).then_some(others))
            })
        })??;
        Ok(if found { replaced } else { 0 })
    }

    /// Removes what is exactly equal to an object of a bag; returns how many objects that were.
    fn remove_equal(&self, object: TermRef<'_>) -> Result<u64, TableError> {
        self.writing(|admission| self.engine().remove_object(object.words(), admission))
    }

    /// Changes the object of a key, where each key has one, if `decide` has a change for it; returns what
    /// came with the change that was made.
    fn change_one<R>(
        &self,
        key: TermRef<'_>,
        mut decide: impl FnMut(TermRef<'_>) -> Result<Option<(Change, R)>, RunError>,
    ) -> Result<Option<R>, TableError> {
        let mut decided = None;
        let found = self.writing(|admission| {
            self.engine().update(key, admission, |present| {
                let (change, result) = decide(present)?.unzip();
                decided = result;
                Ok::<_, RunError>(change.unwrap_or(Change::Keep))
            })
        })?;
        // What was decided for an object that then vanished counts for nothing.
        Ok(found.transpose()?.and(decided))
    }
}

/// The objects of a key with those replaced that match, and how many these are.
fn replacements(
    objects: &engine::Objects,
    runner: &mut Runner<'_>,
) -> Result<(Vec<Term>, u64), RunError> {
    let mut others = Vec::with_capacity(objects.len());
    let mut count = 0;
    for index in 0..objects.len() {
        let object = objects.get(index);
        others.push(match runner.select(object)? {
            Some(selected) => {
                count += 1;
                selected.into_term(object)
            }
            None => objects.to_term(index),
        });
    }
    Ok((others, count))
}

fn object_options() -> RunOptions {
    for_caller(&SelectOptions::default().object)
}
