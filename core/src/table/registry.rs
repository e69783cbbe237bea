//! Which tables there are, and which of them have a name.
//!
//! What is looked up is cloned out: no reference into a map outlives the call, so the maps' locks are
//! leaves to everybody else. Among the two, that of a name comes before that of a table: who finds a
//! name taken also finds the table, unless that is gone by now; and a table that is gone has no name.

use super::{Shared, Table, TableError};
use crate::sync::{Arc, OnceLock};
use crate::term::{Atom, TableId};
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

/// All tables that are not deleted; this is what keeps them.
fn tables() -> &'static DashMap<TableId, Arc<Shared>> {
    static TABLES: OnceLock<DashMap<TableId, Arc<Shared>>> = OnceLock::new();
    TABLES.get_or_init(DashMap::new)
}

/// The named ones, by name.
fn names() -> &'static DashMap<Atom, TableId> {
    static NAMES: OnceLock<DashMap<Atom, TableId>> = OnceLock::new();
    NAMES.get_or_init(DashMap::new)
}

/// Lets a table be found, also by its name if it has one; an error if another has the name.
pub(super) fn add(table: &Arc<Shared>, name: Option<Atom>) -> Result<(), TableError> {
    let free = name.map(free_name).transpose()?;
    tables().insert(table.id, Arc::clone(table));
    // The name comes last, and nobody learned before that it is taken.
    if let Some(free) = free {
        free.insert(table.id);
    }
    Ok(())
}

pub(super) fn remove(table: TableId) {
    // Dropped here, with no lock held: it may be the last reference.
    let removed = tables().remove(&table);
    drop(removed);
}

/// Gives a name to a table; an error if another has it.
pub(super) fn take_name(name: Atom, table: TableId) -> Result<(), TableError> {
    free_name(name)?.insert(table);
    Ok(())
}

/// The place of a name that no table has, locked.
fn free_name(name: Atom) -> Result<Entry<'static, Atom, TableId>, TableError> {
    let entry = names().entry(name);
    match &entry {
        Entry::Occupied(taken) if is_there(*taken.get()) => Err(TableError::NameTaken { name }),
        _ => Ok(entry),
    }
}

/// Takes a name from a table, if it is the table's.
pub(super) fn give_name_back(name: Atom, table: TableId) {
    names().remove_if(&name, |_, owner| *owner == table);
}

/// Whether a table is not deleted, without a reference to it that might be the last.
fn is_there(table: TableId) -> bool {
    let shared = tables().get(&table);
    shared.is_some_and(|shared| !shared.gate.rights().is_gone())
}

fn by_id(table: TableId) -> Option<Table> {
    let shared = tables().get(&table).map(|shared| Arc::clone(&shared))?;
    (!shared.gate.rights().is_gone()).then_some(Table { shared })
}

impl Table {
    /// The table of this name, if there is one that was made `named`.
    ///
    /// Constant time. Atomic: a table is found by its name from `create` until it is renamed or
    /// deleted. Who is told [`TableError::NameTaken`] finds the table, unless it has been renamed or
    /// deleted meanwhile; who is told [`TableError::NoSuchTable`] can give its name to another.
    ///
    /// ```
    /// use heirloom::{Table, TableError};
    ///
    /// /// The same table, whoever comes first.
    /// fn sessions() -> Result<Table, TableError> {
    ///     loop {
    ///         match Table::set("sessions").named().public().create() {
    ///             Err(TableError::NameTaken { .. }) => {}
    ///             made => return made,
    ///         }
    ///         if let Some(found) = Table::whereis("sessions") {
    ///             return Ok(found);
    ///         }
    ///     }
    /// }
    /// assert_eq!(sessions()?, sessions()?);
    /// assert_eq!(Table::whereis("no such table"), None);
    /// # Ok::<(), TableError>(())
    /// ```
    pub fn whereis(name: &str) -> Option<Table> {
        // Asking must not fill the atom table.
        let name = Atom::existing(name)?;
        let id = names().get(&name).map(|id| *id)?;
        by_id(id)
    }

    /// The table with this id, if it is not deleted: how the receiver of a
    /// [`Transfer`](crate::process::Message::Transfer) gets at its new table.
    pub fn find(id: TableId) -> Option<Table> {
        by_id(id)
    }

    /// All tables there are, in no order. Those made or deleted meanwhile may be among them or not.
    pub fn all() -> Vec<Table> {
        let shared = tables().iter().map(|entry| Arc::clone(entry.value()));
        shared.map(|shared| Table { shared }).collect()
    }
}
