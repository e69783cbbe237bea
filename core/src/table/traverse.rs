//! Walks through a table.
//!
//! An `ordered_set` is walked in the order of its keys. The hash kinds are walked in the order of their
//! keys' hashes, which is no order to a user but a stable one: see `engine::hash::scan`. Forwards and
//! backwards are the same for `first`, `next`, `last` and `prev` there, as in Erlang.

use super::{Objects, Table, TableError};
use crate::engine::{Direction, Piece, Walk};
use crate::term::{Term, TermRef, ToTerm};
use std::ops::ControlFlow;

/// A key with its objects, at one moment.
type KeyAndObjects = (Term, Objects);

impl Table {
    /// The first key; `None` if the table is empty (Erlang: `'$end_of_table'`).
    ///
    /// O(1) unless many buckets at the beginning are empty.
    ///
    /// # Errors
    /// [`TableError::NoSuchTable`], [`TableError::AccessDenied`].
    ///
    /// ```
    /// use heirloom::Table;
    ///
    /// let table = Table::set("walk").create()?;
    /// table.insert(vec![(1, "a"), (2, "b")])?;
    /// let mut keys = Vec::new();
    /// table.safe_fixtable(true)?;
    /// let mut key = table.first()?;
    /// while let Some(present) = key {
    ///     keys.push(present.as_i64());
    ///     key = table.next(&present)?;
    /// }
    /// table.safe_fixtable(false)?;
    /// keys.sort();
    /// assert_eq!(keys, [Some(1), Some(2)]);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn first(&self) -> Result<Option<Term>, TableError> {
        self.first_in(Direction::Forwards, first_key)
    }

    /// The same as [`Table::first`] in the hash kinds.
    ///
    /// # Errors
    /// As [`Table::first`].
    pub fn last(&self) -> Result<Option<Term>, TableError> {
        self.first_in(self.back(), first_key)
    }

    /// The key after this one; `None` at the end. The key must be there, unless the table is
    /// fixed ([`Table::safe_fixtable`]).
    ///
    /// # Errors
    /// [`TableError::KeyNotFound`] if the table is not fixed and the key is gone;
    /// [`TableError::NoSuchTable`], [`TableError::AccessDenied`], [`TableError::Term`].
    pub fn next(&self, key: impl ToTerm) -> Result<Option<Term>, TableError> {
        key.try_with_term(|key| self.next_in(Direction::Forwards, key, first_key))
    }

    /// The same as [`Table::next`] in the hash kinds.
    ///
    /// # Errors
    /// As [`Table::next`].
    pub fn prev(&self, key: impl ToTerm) -> Result<Option<Term>, TableError> {
        key.try_with_term(|key| self.next_in(self.back(), key, first_key))
    }

    /// The first key and its objects, as they are at one moment.
    ///
    /// # Errors
    /// As [`Table::first`].
    pub fn first_lookup(&self) -> Result<Option<KeyAndObjects>, TableError> {
        self.first_in(Direction::Forwards, first_key_and_objects)
    }

    /// The same as [`Table::first_lookup`] in the hash kinds.
    ///
    /// # Errors
    /// As [`Table::first`].
    pub fn last_lookup(&self) -> Result<Option<KeyAndObjects>, TableError> {
        self.first_in(self.back(), first_key_and_objects)
    }

    /// The key after this one and its objects, as they are at one moment.
    ///
    /// # Errors
    /// As [`Table::next`].
    pub fn next_lookup(&self, key: impl ToTerm) -> Result<Option<KeyAndObjects>, TableError> {
        key.try_with_term(|key| self.next_in(Direction::Forwards, key, first_key_and_objects))
    }

    /// The same as [`Table::next_lookup`] in the hash kinds.
    ///
    /// # Errors
    /// As [`Table::next`].
    pub fn prev_lookup(&self, key: impl ToTerm) -> Result<Option<KeyAndObjects>, TableError> {
        key.try_with_term(|key| self.next_in(self.back(), key, first_key_and_objects))
    }

    /// Calls `fold` with each object and what it returned before, beginning with `accumulator`.
    /// Objects of one key come oldest first.
    ///
    /// `fold` may use the table. Each object that stays is visited exactly once.
    ///
    /// # Errors
    /// As [`Table::first`], also when the table goes in the middle.
    ///
    /// ```
    /// use heirloom::Table;
    ///
    /// let table = Table::set("sizes").create()?;
    /// table.insert(vec![("a", 3), ("b", 4)])?;
    /// let sum = table.foldl(0, |sum, object| sum + object.element(2).unwrap().as_i64().unwrap())?;
    /// assert_eq!(sum, 7);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn foldl<A>(
        &self,
        accumulator: A,
        mut fold: impl FnMut(A, TermRef<'_>) -> A,
    ) -> Result<A, TableError> {
        let mut walk = self.engine().walk(Direction::Forwards);
        self.fold_along(&mut walk, accumulator, |accumulator, object| {
            ControlFlow::Continue(fold(accumulator, object))
        })
    }

    /// As [`Table::foldl`], from the other end: objects of one key come newest first.
    ///
    /// # Errors
    /// As [`Table::foldl`].
    pub fn foldr<A>(
        &self,
        accumulator: A,
        mut fold: impl FnMut(A, TermRef<'_>) -> A,
    ) -> Result<A, TableError> {
        let mut walk = self.engine().walk(Direction::Backwards);
        self.fold_along(&mut walk, accumulator, |accumulator, object| {
            ControlFlow::Continue(fold(accumulator, object))
        })
    }

    /// All objects. No snapshot: see [`Table`] on walks.
    ///
    /// # Errors
    /// As [`Table::first`].
    pub fn tab2list(&self) -> Result<Vec<Term>, TableError> {
        self.foldl(Vec::new(), |mut objects, object| {
            objects.push(object.to_term());
            objects
        })
    }

    /// The objects of slot `slot` (from 0), for looking at a table piece by piece; `None` for the
    /// number behind the last slot. What is in which slot changes when the table grows or shrinks.
    ///
    /// # Errors
    /// [`TableError::NoSuchSlot`] further behind; otherwise as [`Table::first`].
    pub fn slot(&self, slot: u64) -> Result<Option<Objects>, TableError> {
        let (slots, objects) =
            self.reading(|| (self.engine().slots(), self.engine().slot(slot)))?;
        match objects {
            Some(objects) => Ok(Some(Objects::from_range(&objects, 0..objects.len()))),
            None if slot > slots => Err(TableError::NoSuchSlot { slot, slots }),
            None => Ok(None),
        }
    }

    /// Folds over what comes on a walk, until `fold` breaks off.
    #[inline]
    pub(super) fn fold_along<A>(
        &self,
        walk: &mut Walk,
        mut accumulator: A,
        mut fold: impl FnMut(A, TermRef<'_>) -> ControlFlow<A, A>,
    ) -> Result<A, TableError> {
        let mut piece = Piece::default();
        while self.reading(|| walk.read(self.engine(), &mut piece))? {
            walk.prefetch(self.engine());
            #[expect(
                clippy::redundant_closure,
                reason = "a closure is inlined where a reference to one is called"
            )]
            let folded = piece.try_fold(accumulator, |folded, object| fold(folded, object));
            match folded {
                ControlFlow::Continue(next) => accumulator = next,
                ControlFlow::Break(last) => return Ok(last),
            }
            walk.advance(self.engine(), &piece, piece.len());
        }
        Ok(accumulator)
    }

    /// The way that `last` and `prev` go.
    fn back(&self) -> Direction {
        if self.is_ordered() {
            Direction::Backwards
        } else {
            Direction::Forwards
        }
    }

    /// What comes first in a direction.
    fn first_in<R>(
        &self,
        direction: Direction,
        make: impl FnOnce(&Piece) -> R,
    ) -> Result<Option<R>, TableError> {
        self.step(self.engine().walk(direction), |_| Ok(()), make)
    }

    /// What comes behind a key.
    fn next_in<R>(
        &self,
        direction: Direction,
        key: TermRef<'_>,
        make: impl FnOnce(&Piece) -> R,
    ) -> Result<Option<R>, TableError> {
        let check = |walk: &Walk| {
            if walk.found_its_key() || self.shared.is_fixed() {
                return Ok(());
            }
            Err(TableError::KeyNotFound { key: key.to_term() })
        };
        self.step(self.engine().walk_after(key, direction), check, make)
    }

    /// What comes first on a walk, whose first piece is to pass a check.
    fn step<R>(
        &self,
        mut walk: Walk,
        check: impl FnOnce(&Walk) -> Result<(), TableError>,
        make: impl FnOnce(&Piece) -> R,
    ) -> Result<Option<R>, TableError> {
        let mut piece = Piece::default();
        let mut more = self.reading(|| walk.read(self.engine(), &mut piece))?;
        check(&walk)?;
        while more {
            if piece.len() > 0 {
                return Ok(Some(make(&piece)));
            }
            walk.advance(self.engine(), &piece, 0);
            more = self.reading(|| walk.read(self.engine(), &mut piece))?;
        }
        Ok(None)
    }
}

fn first_key(piece: &Piece) -> Term {
    piece.key(0).to_term()
}

fn first_key_and_objects(piece: &Piece) -> KeyAndObjects {
    let objects = piece.first_key().map(|index| piece.to_term(index));
    (first_key(piece), objects.collect::<Vec<_>>().into())
}
