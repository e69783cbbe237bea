//! What a process and its tables say to each other.

use super::{Message, NoSuchProcess, Process};
use crate::sync::{Arc, Weak};
use crate::term::{Pid, TableId};

/// A table as its owner sees it. A process calls these without holding any lock, and the table may
/// lock itself.
pub(crate) trait OwnedTable: Send + Sync {
    /// The table's id, which never changes.
    fn id(&self) -> TableId;

    /// The process that owned this table is exiting: hand the table to its heir
    /// ([`Process::adopt`]) or delete it.
    ///
    /// While a table is given away, both the old and the new owner have it in their sets for a
    /// moment. So the table must look, under its own lock, whether `exiting` still is its owner,
    /// and otherwise do nothing.
    fn owner_exited(self: Arc<Self>, exiting: &Process);

    /// A process that had fixed this table is exiting: release all its fixations, however many it
    /// counted.
    ///
    /// Also called for a table that `pid` has owned, after `owner_exited`.
    fn fixer_exited(&self, pid: Pid);
}

impl Process {
    /// Makes this process the owner of `table`: under the lock of the process, and only if it is
    /// alive, adds the table to its set, runs `commit`, which stores the new owner in the table,
    /// and queues `message`.
    ///
    /// Atomic with respect to the exit of this process: it either comes first and is refused
    /// nothing, so that the exit finds the table and the table finds its owner; or is refused and
    /// has no effect.
    ///
    /// `commit` runs under the lock. It must only store: no lock, no call, no panic, no drop of
    /// anything with a destructor.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`] if the process has begun to exit.
    pub(crate) fn adopt(
        &self,
        table: Arc<dyn OwnedTable>,
        commit: impl FnOnce(),
        message: Option<Message>,
    ) -> Result<(), NoSuchProcess> {
        let id = table.id();
        let mut state = self.shared.lock_alive()?;
        let replaced = state.owned.insert(id, table);
        commit();
        if let Some(message) = message {
            state.mailbox.push_back(message);
            self.shared.arrived.notify_one();
        }
        drop(state);
        drop(replaced);
        Ok(())
    }

    /// This process no longer owns `table`. Nothing happens if it did not.
    ///
    /// The set's reference to the table is dropped, outside the lock of the process.
    pub(crate) fn disown(&self, table: TableId) {
        let removed = self.shared.lock().owned.remove(&table);
        drop(removed);
    }

    /// This process has fixed the table `id`, and must release it when it exits. Noting it twice is
    /// noting it once: the table counts.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`] if the process has begun to exit: its fixations have been, or are being,
    /// released, and this one would not be.
    pub(crate) fn note_fixation(
        &self,
        table: Weak<dyn OwnedTable>,
        id: TableId,
    ) -> Result<(), NoSuchProcess> {
        let replaced = self.shared.lock_alive()?.fixations.insert(id, table);
        drop(replaced);
        Ok(())
    }

    /// This process has released its last fixation of the table `id`. Nothing happens if it had
    /// none.
    pub(crate) fn forget_fixation(&self, id: TableId) {
        let removed = self.shared.lock().fixations.remove(&id);
        drop(removed);
    }
}
