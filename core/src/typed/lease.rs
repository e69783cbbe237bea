//! What the handles of a typed table share: how long it lives, and what is being loaded for it.

use super::fly::Outcome;
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
    /// Which keys are known to have no value.
    absent: Option<Keeper>,
    _keeper: Option<Keeper>,
}

/// Deletes its table when it is dropped.
pub(super) struct Keeper(Table);

impl Keeper {
    pub(super) fn new(table: Table) -> Keeper {
        Keeper(table)
    }
}

impl Lease {
    /// A table that is to go with the last lease, and so is the one that remembers which keys it does not have.
    pub(super) fn of_own(table: Table, absent: Option<Keeper>) -> Lease {
        let keeper = Keeper(table.clone());
        Lease::new(table, absent, Some(keeper))
    }

    /// A table whose owner says how long it lives.
    pub(super) fn of_others(table: Table, absent: Option<Keeper>) -> Lease {
        Lease::new(table, absent, None)
    }

    fn new(table: Table, absent: Option<Keeper>, keeper: Option<Keeper>) -> Lease {
        let shared = Arc::new(Shared {
            flights: Flights::new(),
            absent,
            _keeper: keeper,
        });
        Lease { table, shared }
    }

    /// Whether what is inserted has to be taken out of the keys that are known to be absent.
    #[inline(always)]
    pub(super) fn remembers_absent(&self) -> bool {
        self.shared.absent.is_some()
    }

    /// Which keys are known to have no value, if that is remembered.
    pub(super) fn absent(&self) -> Option<&Table> {
        self.shared.absent.as_ref().map(|keeper| &keeper.0)
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
