//! Options of typed tables.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::Deserialize;

use super::kinds::TypedKind;
use super::lease::{Keeper, Lease};
use super::storage::Storage;
use super::{Rows, TypedTable, Types};
use crate::process::Process;
use crate::table::{Access, TableError, TableOptions};
use crate::term::Term;

/// The options of a typed table, as [`TypedTable::options`] begins them and [`TypedOptions::create`] ends them.
///
/// ```
/// use heirloom::{OrderedSet, Process};
///
/// let worker = Process::new();
/// let jobs = OrderedSet::<u64, String>::options("jobs").owner(&worker).protected().create()?;
/// assert!(jobs.insert(1, "sweep".into()).is_err());
/// worker.run(|| jobs.insert(1, "sweep".into()))?;
/// assert_eq!(jobs.get(&1)?, Some("sweep".into()));
/// # Ok::<(), heirloom::TableError>(())
/// ```
#[must_use = "options make no table before `create`"]
pub struct TypedOptions<M, K, V, S = Rows> {
    table: TableOptions,
    owner: Option<Process>,
    /// How long it is remembered that a key has no value.
    pub(super) absent: Option<Duration>,
    types: Types<M, K, V, S>,
}

impl<M: TypedKind, K: Deserialize<'static>, V, S: Storage<V>> TypedOptions<M, K, V, S> {
    pub(super) fn new(name: &str) -> Self {
        let options = TableOptions::of_kind(M::KIND, name).public();
        TypedOptions {
            table: S::options(options.of_pairs(S::kinds::<K>())),
            owner: None,
            absent: None,
            types: PhantomData,
        }
    }
}

impl<M: TypedKind, K, V, S: Storage<V>> TypedOptions<M, K, V, S> {
    /// [`Table::whereis`](crate::Table::whereis) finds the table by its name, which no other named table may have.
    pub fn named(self) -> Self {
        self.with(TableOptions::named)
    }

    /// Only the owner reads and writes.
    pub fn private(self) -> Self {
        self.access(Access::Private)
    }

    /// The owner writes, everybody reads.
    pub fn protected(self) -> Self {
        self.access(Access::Protected)
    }

    /// Who may use the table; by default everybody.
    pub fn access(self, access: Access) -> Self {
        self.with(|table| table.access(access))
    }

    /// The table belongs to this process and lives as long as that, or longer if there is an heir, however many
    /// handles there are. Otherwise it belongs to the root process and lives as long as its handles.
    pub fn owner(mut self, owner: &Process) -> Self {
        self.owner = Some(owner.clone());
        self
    }

    /// When the owner ends, `heir` becomes the owner, and its mailbox gets a
    /// [`Transfer`](crate::process::Message::Transfer) with `data`. A dead heir is none.
    pub fn heir(self, heir: &Process, data: impl Into<Term>) -> Self {
        self.with(|table| table.heir(heir, data))
    }

    /// Makes the table.
    ///
    /// # Errors
    /// [`TableError::NameTaken`]; [`TableError::NoSuchProcess`] if the owner has exited; [`TableError::Term`] if the
    /// name is no atom's.
    pub fn create(self) -> Result<TypedTable<M, K, V, S>, TableError> {
        let absent = self.absent.map(|ttl| self.table.of_absent_keys(ttl));
        let absent = absent.map(|options| Process::root().run(|| options.create()));
        let absent = absent.transpose()?.map(Keeper::new);
        let lease = match self.owner {
            Some(owner) => Lease::of_others(owner.run(|| self.table.create())?, absent),
            None => Lease::of_own(Process::root().run(|| self.table.create())?, absent),
        };
        Ok(TypedTable::leased(lease))
    }

    pub(super) fn with(self, change: impl FnOnce(TableOptions) -> TableOptions) -> Self {
        TypedOptions {
            table: change(self.table),
            ..self
        }
    }
}

impl<M, K, V, S> Clone for TypedOptions<M, K, V, S> {
    fn clone(&self) -> Self {
        TypedOptions {
            table: self.table.clone(),
            owner: self.owner.clone(),
            absent: self.absent,
            types: PhantomData,
        }
    }
}

impl<M, K, V, S> fmt::Debug for TypedOptions<M, K, V, S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TypedOptions")
            .field("table", &self.table)
            .field("owner", &self.owner)
            .finish()
    }
}
