//! Ranges of keys, in tables that have them in order.

use super::order::set_edges;
use super::{Iter, Table, TableError};
use crate::engine::{Direction, Walk};
use crate::term::{TermRef, ToTerm};
use std::ops::{ControlFlow, RangeBounds};

impl Table {
    /// The objects whose keys lie in a range, in the order of keys. As [`iter`](Table::iter).
    ///
    /// The range is one of terms, in Erlang's order of them: `2..4` has the key 3.5, too. One that ends
    /// before it begins is empty. Finding its beginning takes O(log n).
    ///
    /// # Errors
    /// [`TableError::WrongKind`] for tables whose keys have no order; [`TableError::Term`].
    ///
    /// ```
    /// use heirloom::{Table, term};
    ///
    /// let scores = Table::ordered_set("scores").create()?;
    /// scores.insert(term!([{310, ann}, {275, bob}, {290, eve}])?)?;
    /// let below_300: Result<Vec<_>, _> = scores.range(..300)?.collect();
    /// assert_eq!(below_300?, [term!({275, bob})?, term!({290, eve})?]);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn range<K: ToTerm>(&self, range: impl RangeBounds<K>) -> Result<Iter, TableError> {
        let mut walk = self.engine().walk(Direction::Forwards);
        self.limit(&mut walk, &range, "range")?;
        Ok(self.iter_along(walk))
    }

    /// Calls `fold` with each object whose key lies in a range, in the order of keys, and with what it
    /// returned before, beginning with `accumulator`; ends early where `fold` breaks off. No term is made
    /// of an object.
    ///
    /// `fold` may use the table. On ranges see [`range`](Table::range); on walks, [`Table`].
    ///
    /// # Errors
    /// As [`range`](Table::range); [`TableError::NoSuchTable`] and [`TableError::AccessDenied`], also in the
    /// middle.
    ///
    /// ```
    /// use heirloom::{Table, term};
    /// use std::ops::ControlFlow;
    ///
    /// let scores = Table::ordered_set("scores").create()?;
    /// scores.insert(term!([{310, ann}, {275, bob}, {290, eve}])?)?;
    /// // The first two scores from 280 on.
    /// let sum = scores.fold_range(280.., (0, 0), |(sum, count), object| {
    ///     let score = object.element(1).and_then(|score| score.as_i64()).unwrap_or(0);
    ///     match count {
    ///         0 => ControlFlow::Continue((score, 1)),
    ///         _ => ControlFlow::Break((sum + score, 2)),
    ///     }
    /// })?;
    /// assert_eq!(sum, (600, 2));
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn fold_range<K: ToTerm, A>(
        &self,
        range: impl RangeBounds<K>,
        accumulator: A,
        fold: impl FnMut(A, TermRef<'_>) -> ControlFlow<A, A>,
    ) -> Result<A, TableError> {
        let mut walk = self.engine().walk(Direction::Forwards);
        self.limit(&mut walk, &range, "fold_range")?;
        self.fold_along(&mut walk, accumulator, fold)
    }

    /// As [`fold_range`](Table::fold_range), from the last key of the range to its first.
    ///
    /// # Errors
    /// As [`fold_range`](Table::fold_range).
    pub fn fold_range_reverse<K: ToTerm, A>(
        &self,
        range: impl RangeBounds<K>,
        accumulator: A,
        fold: impl FnMut(A, TermRef<'_>) -> ControlFlow<A, A>,
    ) -> Result<A, TableError> {
        let mut walk = self.engine().walk(Direction::Backwards);
        self.limit(&mut walk, &range, "fold_range_reverse")?;
        self.fold_along(&mut walk, accumulator, fold)
    }

    /// Lets a walk go through a range of keys only.
    #[inline]
    fn limit<K: ToTerm>(
        &self,
        walk: &mut Walk,
        range: &impl RangeBounds<K>,
        operation: &'static str,
    ) -> Result<(), TableError> {
        match walk.edges_mut() {
            Some(edges) => Ok(set_edges(range, edges)?),
            None => Err(self.wrong_kind(operation)),
        }
    }
}
