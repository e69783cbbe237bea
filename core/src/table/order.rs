//! What only ordered tables can say: numbers, ranges, and both ends.

use super::{Table, TableError};
use crate::engine::{self, Direction, Edge, Tree};
use crate::term::{Term, TermError, ToTerm};
use std::ops::{Bound, RangeBounds};

impl Table {
    /// The key that has `index` others before it (so from 0), in an `ordered_set`; `None` if there are
    /// not as many.
    ///
    /// O(log n), and a little for each part of the table that was changed since the last question of
    /// this sort. Exact when nobody is in the middle of a change.
    ///
    /// # Errors
    /// [`TableError::WrongKind`], [`TableError::NoSuchTable`], [`TableError::AccessDenied`].
    ///
    /// ```
    /// use heirloom::{Table, Term};
    ///
    /// let scores = Table::ordered_set("scores").create()?;
    /// scores.insert(vec![(310, "ann"), (275, "bob"), (290, "eve")])?;
    /// assert_eq!(scores.nth(1)?, Some(Term::from(290)));
    /// assert_eq!(scores.rank(300)?, 2);
    /// assert_eq!(scores.count(280..)?, 2);
    /// assert_eq!(scores.pop_last()?, Some(Term::tuple([310.into(), Term::from("ann")])?));
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn nth(&self, index: u64) -> Result<Option<Term>, TableError> {
        let tree = self.tree("nth")?;
        let object = self.reading(|| tree.object_of_number(index))?;
        let key = |objects: engine::Objects| {
            let object = objects.get(0);
            object
                .element(self.shared.key_position)
                .map(|key| key.to_term())
        };
        Ok(object.filter(|object| object.len() > 0).and_then(key))
    }

    /// How many keys of an `ordered_set` come before this one, which need not be there.
    ///
    /// Costs and promises what [`Table::nth`] does.
    ///
    /// # Errors
    /// As [`Table::nth`], and [`TableError::Term`].
    pub fn rank(&self, key: impl ToTerm) -> Result<u64, TableError> {
        let place = Edge::Before(key.to_term()?);
        let tree = self.tree("rank")?;
        self.reading(|| tree.rank_of(&place))
    }

    /// How many keys of an `ordered_set` lie in a range.
    ///
    /// Costs and promises what [`Table::nth`] does.
    ///
    /// # Errors
    /// As [`Table::nth`], and [`TableError::Term`].
    pub fn count<K: ToTerm>(&self, range: impl RangeBounds<K>) -> Result<u64, TableError> {
        let (mut lower, mut upper) = (Edge::End, Edge::End);
        set_edges(&range, [&mut lower, &mut upper])?;
        let tree = self.tree("count")?;
        self.reading(|| tree.count_between(&lower, &upper))
    }

    /// Takes the object with the smallest key out of an `ordered_set`. Atomic: no two callers get the same
    /// one. O(log n).
    ///
    /// # Errors
    /// [`TableError::WrongKind`], [`TableError::NoSuchTable`], [`TableError::AccessDenied`].
    pub fn pop_first(&self) -> Result<Option<Term>, TableError> {
        self.pop(Direction::Forwards, "pop_first")
    }

    /// Takes the object with the greatest key out of an `ordered_set`. Atomic: no two callers get the
    /// same one. O(log n).
    ///
    /// # Errors
    /// As [`Table::pop_first`].
    pub fn pop_last(&self) -> Result<Option<Term>, TableError> {
        self.pop(Direction::Backwards, "pop_last")
    }

    fn pop(
        &self,
        direction: Direction,
        operation: &'static str,
    ) -> Result<Option<Term>, TableError> {
        self.tree(operation)?;
        let taken = self.writing(|admission| {
            let mut taken = engine::Objects::default();
            self.engine().pop(direction, &mut taken, admission)?;
            Ok(taken)
        })?;
        Ok((taken.len() > 0).then(|| taken.to_term(0)))
    }

    /// The tree of an ordered table.
    pub(super) fn tree(&self, operation: &'static str) -> Result<&Tree, TableError> {
        let tree = self.engine().as_tree();
        tree.ok_or_else(|| self.wrong_kind(operation))
    }
}

/// Sets the two ends of a range of keys, the lower one first. In place: to move them about as parts of results takes
/// longer than to find them.
#[inline]
pub(super) fn set_edges<K: ToTerm>(
    range: &impl RangeBounds<K>,
    [lower, upper]: [&mut Edge; 2],
) -> Result<(), TermError> {
    with_bound(range.start_bound(), |bound| *lower = lower_edge(bound))?;
    with_bound(range.end_bound(), |bound| *upper = upper_edge(bound))
}

/// Where the keys begin that a bound lets in.
#[inline]
pub(super) fn lower_edge(bound: Bound<Term>) -> Edge {
    match bound {
        Bound::Included(key) => Edge::Before(key),
        Bound::Excluded(key) => Edge::After(key),
        Bound::Unbounded => Edge::End,
    }
}

/// Where the keys end that a bound lets in.
#[inline]
pub(super) fn upper_edge(bound: Bound<Term>) -> Edge {
    match bound {
        Bound::Included(key) => Edge::After(key),
        Bound::Excluded(key) => Edge::Before(key),
        Bound::Unbounded => Edge::End,
    }
}

/// Calls `use_bound` with a bound that is a term.
#[inline]
fn with_bound<K: ToTerm>(
    bound: Bound<&K>,
    use_bound: impl FnOnce(Bound<Term>),
) -> Result<(), TermError> {
    match bound {
        Bound::Included(key) => key.with_term(|key| use_bound(Bound::Included(key.to_term()))),
        Bound::Excluded(key) => key.with_term(|key| use_bound(Bound::Excluded(key.to_term()))),
        Bound::Unbounded => {
            use_bound(Bound::Unbounded);
            Ok(())
        }
    }
}
