//! The gate: one word that says who owns a table and who may do what.
//!
//! ```text
//!  63                   16 15      3    2        1        0
//! +-----------------------+---------+--------+---------+------+
//! |      owner's pid      | changes |NO_WRITE| NO_READ | GONE |
//! +-----------------------+---------+--------+---------+------+
//! ```
//!
//! Every call loads it once at the start, and once more at the end of a read or in the middle of
//! a write, while it holds its bucket. So a call that ran while the table changed hands, was
//! closed to others or was deleted counts as either before or after that, wholly.
//!
//! **Changes** are counted, so that the word is another one also when the rights are as they were:
//! a reader must not take what was in the table only while it was closed to it. The count begins
//! anew after 8,192 changes. To be deceived by that, a reader would have to be in the middle of one
//! read while the gate changes a multiple of that often, and to end up with the same rights.

use super::{Access, TableError};
use crate::engine::Admission;
use crate::mutant::{self, Mutant};
use crate::process::current_pid;
use crate::sync::{AtomicU64, Ordering, barrier_after_rmw};
use crate::term::{Pid, TableId};

/// The table is deleted, or about to be.
const GONE: u64 = 1;
/// Nobody but the owner reads.
const NO_READ: u64 = 1 << 1;
/// Nobody but the owner writes.
const NO_WRITE: u64 = 1 << 2;
/// How often the gate has changed, as far as there is room. [`Gate::set`] adds to it, nobody asks
/// for it.
const CHANGES: u64 = ONE_CHANGE * ((1 << 13) - 1);
const ONE_CHANGE: u64 = 1 << 3;
/// Leaves 48 bits for the owner: pids are counted, and at a process per microsecond these last for
/// nine years. A process beyond would own nothing.
const OWNER_SHIFT: u32 = 16;

/// See the module.
pub(super) struct Gate(AtomicU64);

/// One state of a gate.
#[derive(Clone, Copy)]
pub(super) struct Rights(u64);

impl Rights {
    pub(super) fn new(owner: Pid, access: Access) -> Rights {
        let closed = match access {
            Access::Private => NO_READ | NO_WRITE,
            Access::Protected => NO_WRITE,
            Access::Public => 0,
        };
        Rights(owner.raw() << OWNER_SHIFT | closed)
    }

    pub(super) fn is_gone(self) -> bool {
        self.0 & GONE != 0
    }

    /// Whether the table is there and the current process owns it.
    #[inline]
    fn are_mine(self) -> bool {
        !self.is_gone() && self.owner() == current_pid()
    }

    pub(super) fn owner(self) -> Pid {
        Pid::from_raw(self.0 >> OWNER_SHIFT)
    }

    pub(super) fn access(self) -> Access {
        match self.0 & (NO_READ | NO_WRITE) {
            0 => Access::Public,
            NO_WRITE => Access::Protected,
            _ => Access::Private,
        }
    }
}

impl Gate {
    pub(super) fn new(rights: Rights) -> Gate {
        Gate(AtomicU64::new(rights.0))
    }

    #[inline(always)]
    pub(super) fn rights(&self) -> Rights {
        // Acquire: pairs with the swap in `set`.
        Rights(self.0.load(Ordering::Acquire))
    }

    /// Changes hands or protection. The caller holds the table's `admin` lock.
    pub(super) fn set(&self, rights: Rights) {
        // Relaxed: the lock orders all changes.
        let before = self.0.load(Ordering::Relaxed);
        let changes = if mutant::is_on(Mutant::UncountedGate) {
            0
        } else {
            before.wrapping_add(ONE_CHANGE) & CHANGES
        };
        // Release for those who load it; a read-modify-write and the barrier, so that whatever
        // the caller reads of the table afterwards comes later than the change.
        self.0.swap(rights.0 & !CHANGES | changes, Ordering::AcqRel);
        barrier_after_rmw();
    }

    /// Shuts the gate for good. The caller holds the table's `admin` lock.
    pub(super) fn shut(&self) {
        self.set(Rights(self.rights().0 | GONE));
    }

    /// The right to read, for the current process.
    #[inline(always)]
    pub(super) fn admit_reader(&self, table: TableId) -> Result<Admission<'_>, TableError> {
        self.admit(NO_READ, table)
    }

    /// As `admit_reader`, without a reason where there is none.
    #[inline(always)]
    pub(super) fn reader(&self) -> Option<Admission<'_>> {
        self.admission(self.rights(), NO_READ)
    }

    /// As `admit_writer`, without a reason where there is none.
    #[inline(always)]
    pub(super) fn writer(&self) -> Option<Admission<'_>> {
        self.admission(self.rights(), NO_WRITE)
    }

    /// Everybody may, if the bit `closed` is not set; otherwise the owner may.
    #[inline(always)]
    fn admission(&self, rights: Rights, closed: u64) -> Option<Admission<'_>> {
        if rights.0 & (GONE | closed) != 0 && !rights.are_mine() {
            return None;
        }
        Some(Admission::new(&self.0, rights.0))
    }

    /// The right to write, for the current process.
    #[inline(always)]
    pub(super) fn admit_writer(&self, table: TableId) -> Result<Admission<'_>, TableError> {
        self.admit(NO_WRITE, table)
    }

    #[inline(always)]
    fn admit(&self, closed: u64, table: TableId) -> Result<Admission<'_>, TableError> {
        let rights = self.rights();
        self.admission(rights, closed)
            .ok_or_else(|| denied(rights, table))
    }
}

#[cold]
fn denied(rights: Rights, table: TableId) -> TableError {
    if rights.is_gone() {
        return TableError::NoSuchTable { table };
    }
    TableError::AccessDenied {
        access: rights.access(),
        owner: rights.owner(),
        caller: current_pid(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Process;

    #[test]
    fn no_admission_outlasts_a_change_and_the_change_back() {
        let owner = Process::new();
        let [public, private] =
            [Access::Public, Access::Private].map(|access| Rights::new(owner.pid(), access));
        let gate = Gate::new(public);
        for _ in 0..10_000 {
            let admission = gate.reader().expect("public");
            assert!(admission.holds().is_ok());
            gate.set(private);
            gate.set(public);
            assert!(admission.holds().is_err());
            assert_eq!(gate.rights().owner(), owner.pid());
            assert_eq!(gate.rights().access(), Access::Public);
        }
        gate.shut();
        assert!(gate.reader().is_none());
        assert!(gate.rights().is_gone());
    }
}
