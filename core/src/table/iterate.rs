//! Iterators over a table.
//!
//! Each owns a handle of its table and a walk; what it reads ahead is one piece of the table: a bucket
//! or a page.

use super::live::LiveIter;
use super::select_options::for_caller;
use super::{Table, TableError};
use crate::engine::{Direction, Piece, Walk};
use crate::matchspec::{MatchSpec, RunOptions};
use crate::term::Term;
use std::fmt;
use std::iter::FusedIterator;

/// The objects of a table, or of a range of its keys: [`Table::iter`], [`Table::range`].
pub struct Iter(Reader);

/// The keys of a table, each once: [`Table::keys`].
pub struct Keys {
    reader: Reader,
    last: Option<Term>,
}

/// The results of a match specification: [`Table::select_iter`].
pub struct SelectIter {
    reader: Reader,
    spec: MatchSpec,
    options: RunOptions,
}

impl Table {
    /// All objects, one after the other; of the objects of one key oldest first.
    ///
    /// The iterator owns a handle of the table and may go anywhere. It may take its time and the table may
    /// change meanwhile, by the same thread too: each object that stays is returned exactly once, see
    /// [`Table`] on walks. An object may be returned that was deleted a moment ago, since what lies
    /// beside the last one in memory was read with it. After an error it is at its end.
    ///
    /// ```
    /// use heirloom::Table;
    ///
    /// let table = Table::set("sizes").create()?;
    /// table.insert(vec![("a", 3), ("b", 4)])?;
    /// let mut sum = 0;
    /// for object in table.iter() {
    ///     sum += object?.element(2).and_then(|size| size.as_i64()).unwrap_or(0);
    /// }
    /// assert_eq!(sum, 7);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn iter(&self) -> Iter {
        self.iter_along(self.engine().walk(Direction::Forwards))
    }

    /// All keys, each once. As [`iter`](Table::iter).
    ///
    /// ```
    /// use heirloom::{Table, Term};
    ///
    /// let table = Table::bag("votes").create()?;
    /// table.insert(vec![("ann", 1), ("ann", 2), ("ann", 3)])?;
    /// assert_eq!(table.keys().collect::<Result<Vec<_>, _>>()?, [Term::from("ann")]);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn keys(&self) -> Keys {
        Keys {
            reader: Reader::new(self, self.engine().walk(Direction::Forwards)),
            last: None,
        }
    }

    /// The results of a match specification, one after the other. As [`iter`](Table::iter); what it looks
    /// at, [`explain`](Table::explain) says. `{self}` is the process that made the iterator.
    ///
    /// ```
    /// use heirloom::{MatchSpec, Table};
    ///
    /// let numbers = Table::set("numbers").create()?;
    /// numbers.insert_many((0..100).map(|number| (number, number % 7)))?;
    /// let spec: MatchSpec = "[{{'$1',3}, [], ['$1']}]".parse()?;
    /// let first = numbers.select_iter(&spec).next().transpose()?;
    /// assert_eq!(first.and_then(|number| number.as_i64()).map(|number| number % 7), Some(3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn select_iter(&self, spec: &MatchSpec) -> SelectIter {
        SelectIter {
            reader: Reader::new(self, self.walk_for(spec, Direction::Forwards)),
            spec: spec.clone(),
            options: for_caller(&RunOptions::default()),
        }
    }

    /// The objects on a walk.
    pub(super) fn iter_along(&self, walk: Walk) -> Iter {
        Iter(Reader::new(self, walk))
    }
}

/// What the iterators have in common: a walk, and the piece that it has read.
struct Reader {
    table: Table,
    walk: Walk,
    piece: Piece,
    /// The first object of the piece that is still to come.
    next: usize,
    ended: bool,
}

impl Reader {
    fn new(table: &Table, walk: Walk) -> Reader {
        Reader {
            table: table.clone(),
            walk,
            piece: Piece::default(),
            next: 0,
            ended: false,
        }
    }

    /// The number of the next object in the piece, which may be a new one.
    fn next(&mut self) -> Option<Result<usize, TableError>> {
        while self.next == self.piece.len() {
            if self.ended {
                return None;
            }
            if let Err(error) = self.read() {
                return Some(Err(error));
            }
        }
        self.next += 1;
        Some(Ok(self.next - 1))
    }

    /// Reads the next piece and moves behind it.
    fn read(&mut self) -> Result<(), TableError> {
        let engine = self.table.engine();
        let more = self
            .table
            .reading(|| self.walk.read(engine, &mut self.piece));
        if let Ok(true) = more {
            self.next = 0;
            self.walk.advance(engine, &self.piece, self.piece.len());
        } else {
            self.end();
        }
        more.map(drop)
    }

    /// Comes to no more objects.
    fn end(&mut self) {
        self.ended = true;
        self.next = self.piece.len();
    }
}

impl Iter {
    /// The same for a table whose values are live.
    pub(super) fn into_live(self) -> LiveIter {
        LiveIter::new(self.0.table, self.0.walk)
    }
}

impl Iterator for Iter {
    type Item = Result<Term, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.0.next()?;
        Some(index.map(|index| self.0.piece.to_term(index)))
    }
}

impl Iterator for Keys {
    type Item = Result<Term, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let index = match self.reader.next()? {
                Ok(index) => index,
                Err(error) => return Some(Err(error)),
            };
            let key = self.reader.piece.key(index);
            if self.last.as_ref().is_none_or(|last| !last.exact_eq(key)) {
                let key = key.to_term();
                self.last = Some(key.clone());
                return Some(Ok(key));
            }
        }
    }
}

impl Iterator for SelectIter {
    type Item = Result<Term, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let index = match self.reader.next()? {
                Ok(index) => index,
                Err(error) => return Some(Err(error)),
            };
            let object = self.reader.piece.get(index);
            match self.spec.select(object, &self.options) {
                Ok(None) => {}
                Ok(Some(selected)) => return Some(Ok(selected.into_term(object))),
                Err(error) => {
                    self.reader.end();
                    return Some(Err(error.into()));
                }
            }
        }
    }
}

impl FusedIterator for Iter {}
impl FusedIterator for Keys {}
impl FusedIterator for SelectIter {}

impl fmt::Debug for Reader {
    /// Never prints objects.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table.fmt(formatter)
    }
}

impl fmt::Debug for Iter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Iter").field(&self.0).finish()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Keys").field(&self.reader).finish()
    }
}

impl fmt::Debug for SelectIter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("SelectIter")
            .field(&self.reader)
            .finish()
    }
}
