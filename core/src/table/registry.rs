//! Which tables there are, and which of them have a name.
//!
//! Both maps hold handles, which are cloned out; no reference into a map outlives the call that
//! looked it up, so a map's lock is always a leaf.

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

pub(super) fn add(table: &Arc<Shared>) {
    tables().insert(table.id, Arc::clone(table));
}

pub(super) fn remove(table: TableId) {
    // Dropped here, with no lock held: it may be the last reference.
    let removed = tables().remove(&table);
    drop(removed);
}

/// Gives a name to a table; an error if another has it.
pub(super) fn take_name(name: Atom, table: TableId) -> Result<(), TableError> {
    match names().entry(name) {
        Entry::Occupied(_) => Err(TableError::NameTaken { name }),
        Entry::Vacant(free) => {
            free.insert(table);
            Ok(())
        }
    }
}

/// Takes a name from a table, if it is the table's.
pub(super) fn give_name_back(name: Atom, table: TableId) {
    names().remove_if(&name, |_, owner| *owner == table);
}

fn by_id(table: TableId) -> Option<Table> {
    let shared = tables().get(&table).map(|shared| Arc::clone(&shared))?;
    Some(Table { shared })
}

impl Table {
    /// The table of this name, if there is one that was made `named`.
    ///
    /// Constant time. Atomic: a table is found by its name from `create` until it is renamed or
    /// deleted.
    ///
    /// ```
    /// use heirloom::Table;
    ///
    /// let made = Table::set("sessions").named().create()?;
    /// assert_eq!(Table::whereis("sessions"), Some(made));
    /// assert_eq!(Table::whereis("no such table"), None);
    /// # Ok::<(), heirloom::TableError>(())
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
