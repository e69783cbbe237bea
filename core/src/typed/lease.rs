//! What the handles of a typed table share: how long it lives, and what is being loaded for it.

use super::load::Outcome;
use crate::flight::Flights;
use crate::process::Process;
use crate::sync::Arc;
use crate::table::Table;

/// A handle of a table, and, if the table is to go with its handles, a share in keeping it.
#[derive(Clone)]
pub(super) struct Lease {
    table: Table,
    shared: Arc<Shared>,
}

struct Shared {
    flights: Flights<Outcome>,
    _keeper: Option<Keeper>,
}

/// Deletes its table when it is dropped.
struct Keeper(Table);

impl Lease {
    /// A table that is to go with the last lease.
    pub(super) fn of_own(table: Table) -> Lease {
        let keeper = Keeper(table.clone());
        Lease::new(table, Some(keeper))
    }

    /// A table whose owner says how long it lives.
    pub(super) fn of_others(table: Table) -> Lease {
        Lease::new(table, None)
    }

    fn new(table: Table, keeper: Option<Keeper>) -> Lease {
        let shared = Arc::new(Shared {
            flights: Flights::new(),
            _keeper: keeper,
        });
        Lease { table, shared }
    }

    /// The values that are being loaded.
    pub(super) fn flights(&self) -> &Flights<Outcome> {
        &self.shared.flights
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
