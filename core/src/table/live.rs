//! Tables whose values are live: for typed tables, which know of what type these are.

use super::{Iter, Table, TableError, TableOptions};
use crate::engine::{
    Direction, Lifespan, LiveType, LiveView, Piece, Unpublished, Walk, object_of_pair,
};
use crate::term::{Term, TermRef};
use std::fmt;

/// What a live table can have as values.
pub trait LiveValue: Clone + Send + Sync + 'static {}

impl<V: Clone + Send + Sync + 'static> LiveValue for V {}

impl TableOptions {
    /// The objects are keys with live values of this type.
    pub(crate) fn live<V: LiveValue>(mut self) -> TableOptions {
        self.values = Some(LiveType::of::<V>());
        self
    }
}

/// Goes through a live table. What an iterator would show as numbers, it reads.
pub(crate) struct LiveIter {
    table: Table,
    walk: Walk,
    piece: Piece,
}

impl LiveIter {
    pub(super) fn new(table: Table, walk: Walk) -> LiveIter {
        LiveIter {
            table,
            walk,
            piece: Piece::default(),
        }
    }

    /// The keys and values of the next piece, which may be none. `None` at the end.
    pub(crate) fn next_piece<V: LiveValue>(
        &mut self,
    ) -> Result<Option<Vec<(Term, V)>>, TableError> {
        let LiveIter { table, walk, piece } = self;
        let view = table.view::<V>()?;
        let pair = |key: TermRef<'_>, value: &V| (key.to_term(), value.clone());
        let found = table.reading(|| view.read(walk, piece, pair))?;
        if found.is_some() {
            walk.advance(table.engine(), piece, piece.len());
        }
        Ok(found)
    }
}

impl fmt::Debug for LiveIter {
    /// Never prints objects.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("LiveIter")
            .field(&self.table)
            .finish()
    }
}

impl From<Iter> for LiveIter {
    fn from(iter: Iter) -> LiveIter {
        iter.into_live()
    }
}

impl Table {
    /// A look at the values, if they are live and of this type.
    #[inline]
    fn view<V: LiveValue>(&self) -> Result<LiveView<'_, V>, TableError> {
        let view = self.engine().view();
        view.ok_or(TableError::NotLive {
            values: std::any::type_name::<V>(),
        })
    }

    /// An error unless the values are live and of this type.
    pub(crate) fn check_live<V: LiveValue>(&self) -> Result<(), TableError> {
        self.view::<V>().map(drop)
    }

    /// An error if the values are live: for calls that write terms.
    pub(crate) fn check_terms(&self) -> Result<(), TableError> {
        if self.engine().is_live() {
            return Err(TableError::LiveValues);
        }
        Ok(())
    }

    /// A clone of the value of a key (in a bag: the oldest), if it has one.
    #[inline]
    pub(crate) fn live_value<V: LiveValue>(
        &self,
        key: TermRef<'_>,
    ) -> Result<Option<V>, TableError> {
        let view = self.view::<V>()?;
        let found = self.reading(|| view.get(key, V::clone))?;
        Ok(found.map(|(_, value)| value))
    }

    /// As `live_value`, also what is stale.
    pub(crate) fn stale_live_value<V: LiveValue>(
        &self,
        key: TermRef<'_>,
    ) -> Result<Option<V>, TableError> {
        let view = self.view::<V>()?;
        let found = self.reading(|| view.get_stale(key, V::clone))?;
        Ok(found.map(|(_, value)| value))
    }

    /// Clones of all values of a key, oldest first.
    pub(crate) fn live_values<V: LiveValue>(&self, key: TermRef<'_>) -> Result<Vec<V>, TableError> {
        let view = self.view::<V>()?;
        self.reading(|| view.get_all(key, V::clone))
    }

    /// Inserts a value; the value itself if only new ones are wanted, and the key has one.
    pub(crate) fn insert_live<V: LiveValue>(
        &self,
        key: TermRef<'_>,
        value: V,
        only_new: bool,
        lifespan: Lifespan,
    ) -> Result<Result<(), V>, TableError> {
        self.check_live::<V>()?;
        let weight = self.weigh(&value);
        let value = Unpublished::new(value);
        let inserted = if key.is_immediate() {
            let object = object_of_pair(key.root(), value.term().root());
            self.insert_published(&object, only_new, lifespan, weight)
        } else {
            let object = Term::tuple([key, value.term()]).map_err(TableError::from);
            object.and_then(|object| {
                self.insert_published(object.as_ref().words(), only_new, lifespan, weight)
            })
        };
        let inserted = match inserted {
            Ok(true) => Ok(Ok(())),
            Ok(false) => Ok(Err(value.into_value())),
            Err(error) => {
                drop(value.into_value());
                Err(error)
            }
        };
        self.tidy_up();
        inserted
    }

    fn insert_published(
        &self,
        object: &[u64],
        only_new: bool,
        lifespan: Lifespan,
        weight: u64,
    ) -> Result<bool, TableError> {
        let only_new = only_new && self.shared.kind.has_unique_keys();
        self.changing(|admission| {
            let admission = admission.giving(lifespan).weighing(weight);
            if self.shared.kind.has_unique_keys() {
                self.engine().insert(object, only_new, &admission)
            } else {
                self.engine().insert_list(&[object], only_new, &admission)
            }
        })
    }

    /// Takes all values of a key out, oldest first.
    pub(crate) fn take_live<V: LiveValue>(&self, key: TermRef<'_>) -> Result<Vec<V>, TableError> {
        let view = self.view::<V>()?;
        let taken = self.changing(|admission| view.take(key, admission, V::clone))?;
        drop(view);
        self.tidy_up();
        Ok(taken)
    }

    /// Makes the value of a key what `f` makes of it: see [`TypedTable::update`](crate::TypedTable::update). What it made; `None` if
    /// the key has no value.
    pub(crate) fn update_live<V: LiveValue>(
        &self,
        key: TermRef<'_>,
        mut f: impl FnMut(V) -> V,
    ) -> Result<Option<V>, TableError> {
        loop {
            let view = self.view::<V>()?;
            let Some((old, value)) = self.reading(|| view.get(key, V::clone))? else {
                return Ok(None);
            };
            let value = f(value);
            let weight = self.weigh(&value);
            let new = Unpublished::new(value.clone());
            let exchanged = Term::tuple([key, new.term()])
                .map_err(TableError::from)
                .and_then(|new| {
                    self.changing(|admission| {
                        view.exchange(key, old, &new, &admission.weighing(weight))
                    })
                });
            if exchanged != Ok(true) {
                drop(new.into_value());
            }
            drop(view);
            self.tidy_up();
            if exchanged? {
                return Ok(Some(value));
            }
        }
    }

    /// Takes the key and the value out that a walk in this direction would meet first.
    pub(crate) fn pop_live<V: LiveValue>(
        &self,
        direction: Direction,
    ) -> Result<Option<(Term, V)>, TableError> {
        let view = self.view::<V>()?;
        self.tree("pop")?;
        let pair = |key: TermRef<'_>, value: &V| (key.to_term(), value.clone());
        let popped = self.changing(|admission| view.pop(direction, admission, pair))?;
        drop(view);
        self.tidy_up();
        Ok(popped)
    }
}
