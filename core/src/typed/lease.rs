//! How long a typed table lives.

use crate::process::Process;
use crate::sync::Arc;
use crate::table::Table;

/// A handle of a table, and, if the table is to go with its handles, a share in keeping it.
#[derive(Clone)]
pub(super) struct Lease {
    table: Table,
    _keeper: Option<Arc<Keeper>>,
}

/// Deletes its table when it is dropped.
struct Keeper(Table);

impl Lease {
    /// A table that is to go with the last lease.
    pub(super) fn of_own(table: Table) -> Lease {
        let keeper = Arc::new(Keeper(table.clone()));
        Lease {
            table,
            _keeper: Some(keeper),
        }
    }

    /// A table whose owner says how long it lives.
    pub(super) fn of_others(table: Table) -> Lease {
        Lease {
            table,
            _keeper: None,
        }
    }

    pub(super) fn table(&self) -> &Table {
        &self.table
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // One that was given away has an owner who decides.
        self.0.delete_as(Process::root().pid());
    }
}
