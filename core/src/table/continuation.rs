//! What a selection returns that does not return everything, and how it is gone on with.

use super::{SelectOptions, Table};
use crate::engine::{Direction, Walk};
use crate::matchspec::MatchSpec;
use crate::term::{TableId, Term};
use std::fmt;

/// Some of the results of a selection, and where to go on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Selection {
    /// The results, as many as were allowed if there were so many.
    pub results: Vec<Term>,
    /// What [`Table::select_continue`] goes on with; `None` at the end of the table. No results and no
    /// continuation is Erlang's `'$end_of_table'`.
    pub continuation: Option<Continuation>,
}

/// Where a selection stopped, and all that it needs to go on: [`Table::select_continue`].
///
/// A continuation holds nothing of the table and does not keep it alive. It may be kept, cloned, used
/// several times, and used by another process or thread, whatever happened to the table meanwhile:
/// objects that are there all the time are returned exactly once, also in the midst of the objects of
/// one key of a bag, and none that is gone when the selection goes on.
#[derive(Clone)]
pub struct Continuation {
    pub(super) table: TableId,
    pub(super) walk: Walk,
    pub(super) spec: MatchSpec,
    pub(super) options: SelectOptions,
}

impl Continuation {
    /// The beginning of a selection.
    pub(super) fn start(table: &Table, spec: &MatchSpec, options: &SelectOptions) -> Continuation {
        let direction = if options.reverse && table.is_ordered() {
            Direction::Backwards
        } else {
            Direction::Forwards
        };
        Continuation {
            table: table.id(),
            walk: table.walk_for(spec, direction),
            spec: spec.clone(),
            options: options.clone(),
        }
    }

    /// The table that it belongs to.
    pub fn table(&self) -> TableId {
        self.table
    }
}

impl fmt::Debug for Continuation {
    /// Never prints objects.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Continuation")
            .field("table", &self.table)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
