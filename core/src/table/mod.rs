//! Tables: what a program sees of the engines.
//!
//! `Table` is a handle. Behind it is [`Shared`], which the registry keeps alive until the table is
//! deleted; the handle alone keeps only the memory.
//!
//! Each operation has the same frame: load the [gate](gate::Gate), which says whether the caller
//! may do it; do it in the engine; and, if the gate changed meanwhile, look again.

mod continuation;
mod counter;
mod create;
mod element;
mod error;
mod exchange;
mod gate;
mod index;
mod info;
mod iterate;
mod lifetime;
mod listener;
mod live;
mod many;
mod matching;
mod objects;
mod options;
mod order;
mod owner;
mod pair;
mod plan;
mod range;
mod read;
mod registry;
mod select;
mod select_change;
mod select_options;
mod subscribe;
mod traverse;
mod visit;
mod weigher;
mod write;

#[cfg(all(test, heirloom_loom))]
mod loom_models;
#[cfg(all(test, not(heirloom_loom)))]
mod select_tests;
#[cfg(all(test, heirloom_shuttle))]
mod shuttle_scenarios;
#[cfg(all(test, not(heirloom_loom)))]
mod tests;

pub use continuation::{Continuation, Selection};
pub use counter::{CounterOperation, CounterOps};
pub use element::ElementChanges;
pub use error::TableError;
pub use info::Info;
pub use iterate::{Iter, Keys, SelectIter};
pub use objects::Objects;
pub use options::{Access, Kind, TableOptions, WriteConcurrency};
pub use plan::Explanation;
pub use select_options::SelectOptions;

pub(crate) use crate::engine::Change;
pub use crate::engine::{CacheStatistics, Removal, RemovalCause};
pub(crate) use live::{LiveIter, LiveValue};

use crate::engine::{Admission, Engine, GateChanged};
use crate::process::Process;
use crate::sync::{Arc, AtomicU64, Mutex};
use crate::term::{Atom, Pid, TableId, TermRef};
use gate::Gate;
use listener::Listener;
use options::Heir;
use std::collections::BTreeMap;
use weigher::Weigher;

/// A table: tuples (*objects*), each found by one of its elements (its *key*).
///
/// A `Table` is a handle: cloning it is cheap, all clones are the same table, and any thread may
/// use any of them. The table itself belongs to a [process](crate::process) and lives until its
/// owner ends or it is deleted; a handle of a table that is gone answers
/// [`TableError::NoSuchTable`].
///
/// # Consistency
/// * One object: reading or writing it is atomic, and all such operations are linearizable: they
///   happen as if one after the other, each between its call and its return.
/// * `insert` and `insert_new` of a list, `take`, `update_counter` with several operations,
///   `update_element` with several changes, `delete_all_objects`: atomic as a whole.
/// * Walks (`first`/`next`, `foldl`, `select`, `match_`, the iterators): each object that stays
///   throughout is visited exactly once, none twice, none that was never there; no snapshot of the
///   whole table. Those that change objects (`select_delete`, `select_replace`, `select_take`) decide and
///   change in one step for each object.
///
/// # What a call costs
/// Operations with a key are O(1) for the hash kinds; what they copy is the object. Keys and
/// objects are anything that is [`ToTerm`](crate::ToTerm): integers and short tuples are handed
/// over without an allocation.
///
/// ```
/// use heirloom::{Table, Term};
///
/// let cache = Table::set("fancy_erlang_cache").named().private().create()?;
/// cache.insert(("cache key", "some value"))?;
/// assert_eq!(cache.lookup("cache key")?, [Term::tuple(["cache key", "some value"])?]);
/// # Ok::<(), heirloom::TableError>(())
/// ```
#[derive(Clone)]
pub struct Table {
    shared: Arc<Shared>,
}

/// A table's state.
struct Shared {
    id: TableId,
    gate: Gate,
    engine: Engine,
    kind: Kind,
    key_position: usize,
    /// How many processes have the table fixed.
    fixers: AtomicU64,
    advice: info::Advice,
    /// Who is told of objects that go.
    listener: Option<Listener>,
    /// What live values count for.
    weigher: Option<Weigher>,
    admin: Mutex<Admin>,
}

/// What changes seldom. Lock order: this one, then a process's own; the registry's are leaves.
struct Admin {
    name: Atom,
    named: bool,
    heir: Option<Heir>,
    /// How often each process has fixed the table.
    fixations: BTreeMap<Pid, u64>,
}

impl Table {
    /// The table's id, which no other table of this program ever has.
    pub fn id(&self) -> TableId {
        self.shared.id
    }

    /// How the table treats objects of one key.
    pub fn kind(&self) -> Kind {
        self.shared.kind
    }

    /// Which element of an object is its key, from 1.
    pub fn key_position(&self) -> usize {
        self.shared.key_position
    }

    fn engine(&self) -> &Engine {
        &self.shared.engine
    }

    /// Runs a read as often as the gate changes under it. The read returns what it found; it
    /// counts only if the gate was the same before and after.
    #[inline(always)]
    fn reading<R>(&self, mut read: impl FnMut() -> R) -> Result<R, TableError> {
        loop {
            let admission = self.shared.gate.admit_reader(self.shared.id)?;
            let result = read();
            if admission.holds().is_ok() {
                return Ok(result);
            }
        }
    }

    /// Runs a write as often as it is refused because the gate changed.
    #[inline(always)]
    fn writing<R>(
        &self,
        mut write: impl FnMut(&Admission<'_>) -> Result<R, GateChanged>,
    ) -> Result<R, TableError> {
        let result = self.changing(&mut write)?;
        if !self.engine().is_plain() {
            self.tidy_up();
        }
        Ok(result)
    }

    /// As `writing`, for who tidies up after itself.
    #[inline(always)]
    fn changing<R>(
        &self,
        mut write: impl FnMut(&Admission<'_>) -> Result<R, GateChanged>,
    ) -> Result<R, TableError> {
        loop {
            let moment = self.engine().moment();
            let admission = self.shared.gate.admit_writer(self.shared.id)?;
            if let Ok(result) = write(&admission.at(moment)) {
                return Ok(result);
            }
        }
    }

    /// Checks the right to read before the arguments are looked at, as Erlang does.
    fn check_reader(&self) -> Result<(), TableError> {
        self.shared.gate.admit_reader(self.shared.id).map(drop)
    }

    /// Checks the right to write before the arguments are looked at, as Erlang does.
    pub(crate) fn check_writer(&self) -> Result<(), TableError> {
        self.shared.gate.admit_writer(self.shared.id).map(drop)
    }

    /// An error unless the term can be an object of this table.
    fn check_object(&self, object: TermRef<'_>) -> Result<(), TableError> {
        self.check_terms()?;
        let Some(arity) = object.arity() else {
            return Err(TableError::NotATuple {
                found: object.kind(),
            });
        };
        if arity < self.shared.key_position {
            return Err(TableError::NoKey {
                arity,
                key_position: self.shared.key_position,
            });
        }
        Ok(())
    }

    /// Whether the table has its objects in the order of their keys.
    fn is_ordered(&self) -> bool {
        self.shared.kind == Kind::OrderedSet
    }

    fn check_unique_keys(&self, operation: &'static str) -> Result<(), TableError> {
        if self.shared.kind.has_unique_keys() {
            return Ok(());
        }
        Err(self.wrong_kind(operation))
    }

    #[cold]
    fn wrong_kind(&self, operation: &'static str) -> TableError {
        TableError::WrongKind {
            kind: self.shared.kind,
            operation,
        }
    }
}

impl std::fmt::Debug for Table {
    /// Never prints objects.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table")
            .field("id", &self.shared.id)
            .field("kind", &self.shared.kind)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Table {
    /// Two handles are equal if they are of the same table.
    fn eq(&self, other: &Table) -> bool {
        self.shared.id == other.shared.id
    }
}

impl Eq for Table {}

/// The process that calls, as a handle.
fn caller() -> Process {
    Process::current()
}
