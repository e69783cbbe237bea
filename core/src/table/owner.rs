//! Owners: how a table changes hands, and how it ends.
//!
//! A table's owner is in its gate, and the table is in its owner's set. Both change under the
//! receiver's lock ([`Process::adopt`]), so that a receiver that is ending either has the table,
//! and disposes of it, or never gets it. The message to the receiver is queued after the gate has
//! changed: whoever has it can use the table.

use super::gate::Rights;
use super::options::{self, Heir, proper_list};
use super::{Access, Admin, Shared, Table, TableError, caller, create, registry};
use crate::mutant::{self, Mutant};
use crate::process::{Message, OwnedTable, Process};
use crate::sync::{Arc, Ordering, Weak, lock};
use crate::term::{Atom, Pid, TableId, Term, TermRef, ToTerm};

impl Table {
    /// The process that owns the table now; `None` if the table is gone.
    pub fn owner(&self) -> Option<Pid> {
        let rights = self.shared.gate.rights();
        (!rights.is_gone()).then(|| rights.owner())
    }

    /// Deletes the table with all its objects. From now on every use of it, by any handle and in
    /// any thread, fails with [`TableError::NoSuchTable`]. Needs the right to write.
    ///
    /// Atomic for everybody else. Complexity: O(objects) for the caller.
    ///
    /// # Errors
    /// [`TableError::NoSuchTable`], [`TableError::AccessDenied`].
    pub fn delete_table(&self) -> Result<(), TableError> {
        let deleted = {
            let admin = lock(&self.shared.admin);
            self.check_writer()?;
            self.shared.close(admin)
        };
        deleted.finish(&self.shared);
        Ok(())
    }

    /// Deletes the table if this process owns it still.
    pub(crate) fn delete_as(&self, owner: Pid) {
        let deleted = {
            let admin = lock(&self.shared.admin);
            if self.shared.check_owner(owner).is_err() {
                return;
            }
            self.shared.close(admin)
        };
        deleted.finish(&self.shared);
    }

    /// Gives the table to another process, whose mailbox gets a
    /// [`Transfer`](crate::process::Message::Transfer) with `data`. Only the owner may do it.
    ///
    /// Atomic: what the owner did before, the receiver finds done; what is under way, is done
    /// before or fails.
    ///
    /// # Errors
    /// [`TableError::NotOwner`], [`TableError::AlreadyOwner`], [`TableError::NoSuchProcess`],
    /// [`TableError::NoSuchTable`], [`TableError::Term`] if `data` has no term.
    ///
    /// ```
    /// use heirloom::{Process, Table};
    ///
    /// let table = Table::set("job").create()?;
    /// let worker = Process::new();
    /// table.give_away(&worker, "please")?;
    /// assert_eq!(table.owner(), Some(worker.pid()));
    /// assert!(table.insert((1, 2)).is_err());
    /// worker.run(|| table.insert((1, 2)))?;
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn give_away(&self, to: &Process, data: impl ToTerm) -> Result<(), TableError> {
        let data = data.to_term()?;
        let from = caller();
        {
            let admin = lock(&self.shared.admin);
            self.shared.check_owner(from.pid())?;
            if to.pid() == from.pid() {
                return Err(TableError::AlreadyOwner { owner: from.pid() });
            }
            self.shared
                .hand_over(&admin, to, from.pid(), Some(data))
                .map_err(|_| TableError::NoSuchProcess { pid: to.pid() })?;
            // Under the lock: later the table may be this process's again.
            from.disown(self.shared.id);
        }
        Ok(())
    }

    /// Changes the heir or the protection: one option or a list of them, as `{heir, Pid, Data}`,
    /// `{heir, none}`, `{protection, public}`. Only the owner may do it. All or nothing, atomic.
    ///
    /// # Errors
    /// [`TableError::NotOwner`], [`TableError::BadOption`], [`TableError::ImproperList`],
    /// [`TableError::NoSuchTable`], [`TableError::Term`].
    pub fn setopts(&self, options: impl ToTerm) -> Result<(), TableError> {
        options.with_term(|options| {
            let changes = Changes::parse(options);
            // Asked without the lock, see `owner_exited`.
            let wanted = changes
                .as_ref()
                .ok()
                .and_then(|changes| changes.heir.clone());
            let heir = wanted.map(create::living);
            let mut admin = lock(&self.shared.admin);
            self.shared.check_owner(caller().pid())?;
            changes?.apply(&self.shared, &mut admin, heir);
            Ok(())
        })?
    }

    /// Sets the process that gets the table when its owner ends, and the data of the message.
    /// Only the owner may do it.
    ///
    /// # Errors
    /// [`TableError::NotOwner`], [`TableError::NoSuchTable`], [`TableError::Term`] if `data` has no
    /// term.
    pub fn set_heir(&self, heir: &Process, data: impl ToTerm) -> Result<(), TableError> {
        let data = data.to_term()?;
        let name = Atom::new("heir").map_err(crate::TermError::from)?;
        self.setopts((name, heir.pid(), data))
    }

    /// Gives the table another name. For a named table it is the one that
    /// [`Table::whereis`] finds; the old one is free. Needs the right to write. Atomic.
    ///
    /// # Errors
    /// [`TableError::NameTaken`], also by this table itself; [`TableError::AccessDenied`],
    /// [`TableError::NoSuchTable`], [`TableError::Term`] if it is no atom's text.
    pub fn rename(&self, name: &str) -> Result<(), TableError> {
        let name = Atom::new(name).map_err(crate::TermError::from)?;
        let mut admin = lock(&self.shared.admin);
        self.check_writer()?;
        if admin.named {
            registry::take_name(name, self.shared.id)?;
            registry::give_name_back(admin.name, self.shared.id);
        }
        admin.name = name;
        Ok(())
    }

    /// Fixes the table for the current process, or takes one fixation back: while a table is
    /// fixed, `next` goes on from a key that has been deleted meanwhile. Fixations count, for each
    /// process, and end with it. Needs the right to read.
    ///
    /// Unlike in Erlang a fixed table grows and shrinks, and keeps no deleted object.
    ///
    /// # Errors
    /// [`TableError::NoSuchTable`], [`TableError::AccessDenied`], [`TableError::NoSuchProcess`] if
    /// the current process has exited.
    pub fn safe_fixtable(&self, fix: bool) -> Result<(), TableError> {
        let process = caller();
        let mut admin = lock(&self.shared.admin);
        self.shared.gate.admit_reader(self.shared.id)?;
        if fix {
            self.shared.fix(&mut admin, &process)
        } else {
            self.shared.unfix(&mut admin, &process);
            Ok(())
        }
    }
}

/// A table that was just closed, and what is left to do without its lock.
pub(super) struct Closed {
    owner: Option<Process>,
    fixers: Vec<Process>,
}

impl Closed {
    pub(super) fn finish(self, shared: &Shared) {
        if let Some(owner) = self.owner {
            owner.disown(shared.id);
        }
        for fixer in self.fixers {
            fixer.forget_fixation(shared.id);
        }
        registry::remove(shared.id);
        shared.engine.clear();
        if let Some(lifetimes) = shared.engine.lifetimes() {
            lifetimes.forget_removals();
        }
        if let Some(feed) = shared.engine.feed() {
            feed.end();
        }
        shared.engine.bury_all();
    }
}

impl Shared {
    fn check_owner(&self, pid: Pid) -> Result<(), TableError> {
        let rights = self.gate.rights();
        if rights.is_gone() {
            return Err(TableError::NoSuchTable { table: self.id });
        }
        if rights.owner() != pid {
            return Err(TableError::NotOwner {
                owner: rights.owner(),
                caller: pid,
            });
        }
        Ok(())
    }

    /// Closes the table to everybody. The gate is open until then.
    pub(super) fn close(&self, mut admin: crate::sync::MutexGuard<'_, Admin>) -> Closed {
        let owner = self.gate.rights().owner();
        self.gate.shut();
        if admin.named {
            registry::give_name_back(admin.name, self.id);
        }
        let fixations = std::mem::take(&mut admin.fixations);
        self.fixers.store(0, Ordering::Release);
        drop(admin);
        // Handles are looked up without the lock: dropping the last one of a process ends it.
        Closed {
            owner: Process::find(owner),
            fixers: fixations.into_keys().filter_map(Process::find).collect(),
        }
    }

    /// Makes `to` the owner. `admin` is the table's lock.
    fn hand_over(
        self: &Arc<Shared>,
        admin: &Admin,
        to: &Process,
        from: Pid,
        data: Option<Term>,
    ) -> Result<(), crate::process::NoSuchProcess> {
        let table: Arc<dyn OwnedTable> = Arc::clone(self) as Arc<dyn OwnedTable>;
        let message = data.map(|data| Message::Transfer {
            table: self.id,
            name: admin.named.then_some(admin.name),
            from,
            data,
        });
        let rights = Rights::new(to.pid(), self.gate.rights().access());
        if mutant::is_on(Mutant::MessageBeforeTable) {
            to.adopt(table, || {}, message)?;
            self.gate.set(rights);
            return Ok(());
        }
        to.adopt(table, || self.gate.set(rights), message)
    }

    /// Disposes of the table of a process that exits: hands it to `heir`, which is the heir that it
    /// was seen to have, or closes it. False, with nothing done, if the heir is another one by now.
    pub(super) fn dispose(self: &Arc<Shared>, exiting: &Process, heir: &Option<Heir>) -> bool {
        let heir_pid = heir.as_ref().map(|heir| heir.pid);
        // Found before the lock is taken and dropped after: it may be the last handle.
        let receiver = heir_pid
            .filter(|&pid| pid != exiting.pid())
            .and_then(Process::find);
        let admin = lock(&self.admin);
        if self.check_owner(exiting.pid()).is_err() {
            return true;
        }
        if admin.heir != *heir && !mutant::is_on(Mutant::HeirNotAskedAgain) {
            return false;
        }
        let data = heir.as_ref().and_then(|heir| heir.data.clone());
        let handed_over = receiver
            .as_ref()
            .is_some_and(|to| self.hand_over(&admin, to, exiting.pid(), data).is_ok());
        if !handed_over {
            self.close(admin).finish(self);
        }
        true
    }

    fn fix(self: &Arc<Shared>, admin: &mut Admin, process: &Process) -> Result<(), TableError> {
        let table: Weak<dyn OwnedTable> =
            Arc::downgrade(&(Arc::clone(self) as Arc<dyn OwnedTable>));
        process
            .note_fixation(table, self.id)
            .map_err(|_| TableError::NoSuchProcess { pid: process.pid() })?;
        *admin.fixations.entry(process.pid()).or_insert(0) += 1;
        self.fixers
            .store(admin.fixations.len() as u64, Ordering::Release);
        Ok(())
    }

    fn unfix(&self, admin: &mut Admin, process: &Process) {
        let Some(count) = admin.fixations.get_mut(&process.pid()) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            admin.fixations.remove(&process.pid());
            process.forget_fixation(self.id);
        }
        self.fixers
            .store(admin.fixations.len() as u64, Ordering::Release);
    }

    pub(super) fn is_fixed(&self) -> bool {
        self.fixers.load(Ordering::Acquire) != 0 && !mutant::is_on(Mutant::FixationIgnored)
    }
}

impl OwnedTable for Shared {
    fn id(&self) -> TableId {
        self.id
    }

    fn owner_exited(self: Arc<Self>, exiting: &Process) {
        // The heir has to be looked up without the lock, and may be replaced meanwhile by another
        // thread of the same process.
        loop {
            let heir = lock(&self.admin).heir.clone();
            if self.dispose(exiting, &heir) {
                return;
            }
        }
    }

    fn fixer_exited(&self, pid: Pid) {
        let mut admin = lock(&self.admin);
        admin.fixations.remove(&pid);
        self.fixers
            .store(admin.fixations.len() as u64, Ordering::Release);
    }
}

/// What `setopts` is to change.
#[derive(Default)]
struct Changes {
    heir: Option<Option<Heir>>,
    access: Option<Access>,
}

impl Changes {
    fn parse(options: TermRef<'_>) -> Result<Changes, TableError> {
        let mut changes = Changes::default();
        if options.arity().is_some() {
            changes.add(options)?;
            return Ok(changes);
        }
        for option in proper_list(options)? {
            changes.add(option)?;
        }
        Ok(changes)
    }

    /// One option, which may not occur twice.
    fn add(&mut self, option: TermRef<'_>) -> Result<(), TableError> {
        let bad = || TableError::BadOption {
            option: option.to_term(),
        };
        let name = option
            .element(1)
            .and_then(TermRef::as_atom)
            .ok_or_else(bad)?;
        match name.as_str() {
            "heir" if self.heir.is_none() => {
                self.heir = Some(options::heir(option).ok_or_else(bad)?);
            }
            "protection" if self.access.is_none() && option.arity() == Some(2) => {
                let value = option.element(2).ok_or_else(bad)?;
                self.access = Some(protection(value).ok_or_else(bad)?);
            }
            _ => return Err(bad()),
        }
        Ok(())
    }

    fn apply(self, shared: &Shared, admin: &mut Admin, heir: Option<Option<Heir>>) {
        if let Some(heir) = heir {
            admin.heir = heir;
        }
        if let Some(access) = self.access {
            let owner = shared.gate.rights().owner();
            shared.gate.set(Rights::new(owner, access));
        }
    }
}

fn protection(value: TermRef<'_>) -> Option<Access> {
    match value.as_atom()?.as_str() {
        "private" => Some(Access::Private),
        "protected" => Some(Access::Protected),
        "public" => Some(Access::Public),
        _ => None,
    }
}
