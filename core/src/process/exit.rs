//! The end of a process.
//!
//! All ends lead to [`end`]: a call of [`Process::exit`], the last handle, the end of a thread or
//! of a future. One caller takes the phase from alive to exiting, under the lock, and with that the
//! *estate*: all that the process had. It settles the estate without the lock. Every other caller
//! finds the phase changed and leaves the work alone.
//!
//! **Who waits.** [`Process::exit`] answers when the process is dead, no matter who did the work,
//! so a caller who came second waits. The drop of a last handle never waits. And nobody waits from
//! inside another exit: an exit may destroy values of the user, whose destructors may end other
//! processes, and two exits that end each other's processes would wait for ever.
//!
//! **Panics.** A table that panics (because a destructor of a value in it did) doesn't stop the
//! exit. The first panic goes on when the process is dead.

use std::any::Any;
use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::{Message, Monitor, OwnedTable, Phase, Process, Shared, monitor, reason, registry};
use crate::sync::{Arc, Weak, thread_local, wait};
use crate::term::{TableId, Term};

/// What a panic carries.
pub(super) type Payload = Box<dyn Any + Send>;

/// All that a process had when it began to exit.
struct Estate {
    mailbox: VecDeque<Message>,
    owned: BTreeMap<TableId, Arc<dyn OwnedTable>>,
    fixations: BTreeMap<TableId, Weak<dyn OwnedTable>>,
    watching: BTreeMap<Monitor, Weak<Shared>>,
}

impl Process {
    /// Ends the process: its tables go to their heirs or are deleted, its fixations are released,
    /// those who monitor it are told `reason`. When this returns, all that has happened.
    ///
    /// Nothing happens if the process is dead, or is the root process. If another thread is just
    /// ending it, this call waits for that thread (except when called by a destructor that runs
    /// because of an exit: then it returns at once). The reason of whoever came first counts.
    ///
    /// Unlike in Erlang, the caller goes on running, even if the process is the current one: a dead
    /// process can still be current, but it owns nothing and is refused where an owner is needed.
    ///
    /// Time is linear in what the process owns, has fixed, monitors and is monitored by. Calls into
    /// its tables and waits for their locks.
    ///
    /// # Panics
    ///
    /// If a destructor of a value in a deleted table panics; everything else is done nevertheless.
    ///
    /// ```
    /// use heirloom::{Atom, Process};
    ///
    /// let process = Process::new();
    /// let pid = process.pid();
    /// process.exit(Atom::NORMAL);
    /// assert!(Process::find(pid).is_none());
    /// process.exit("again: does nothing");
    /// ```
    pub fn exit(&self, reason: impl Into<Term>) {
        if !end(self, reason.into()) {
            self.wait_until_dead();
        }
    }

    /// Waits until an exit that has begun is over, and answers its reason. `None`, without waiting,
    /// for a process that is alive.
    pub(super) fn wait_until_dead(&self) -> Option<Term> {
        let mut state = self.shared.lock();
        loop {
            state = match &state.phase {
                Phase::Alive => return None,
                Phase::Exiting(_) if !inside_an_exit() => wait(&self.shared.died, state),
                Phase::Exiting(reason) | Phase::Dead(reason) => return Some(reason.clone()),
            }
        }
    }
}

/// The last handle of `process` is being dropped.
pub(super) fn handles_gone(process: &Process) {
    end(process, reason::normal());
}

/// Ends `process`, unless it is ending, dead or root; answers whether it did. Doesn't wait for
/// another thread's exit.
pub(super) fn end(process: &Process, reason: Term) -> bool {
    let Some(estate) = begin(process, reason.clone()) else {
        return false;
    };
    let _inside = InsideExit::enter();
    registry::forget(process.pid());
    let mut panics = Panics::default();
    settle(process, estate, &mut panics);
    tell_watchers(process, &reason);
    panics.resume();
    true
}

/// From alive to exiting. `None` if somebody else did that, or nobody can.
fn begin(process: &Process, reason: Term) -> Option<Estate> {
    if process.is_root() {
        return None;
    }
    let mut state = process.shared.lock_alive().ok()?;
    state.phase = Phase::Exiting(reason);
    let estate = Estate {
        mailbox: std::mem::take(&mut state.mailbox),
        owned: std::mem::take(&mut state.owned),
        fixations: std::mem::take(&mut state.fixations),
        watching: std::mem::take(&mut state.watching),
    };
    process.shared.arrived.notify_all();
    Some(estate)
}

/// Tables first, then fixations: a fixation of a table that was just handed over is released in the
/// heir's hands.
fn settle(process: &Process, estate: Estate, panics: &mut Panics) {
    drop(estate.mailbox);
    for table in estate.owned.into_values() {
        panics.catch(|| table.owner_exited(process));
    }
    for table in estate.fixations.into_values() {
        panics.catch(|| {
            if let Some(table) = table.upgrade() {
                table.fixer_exited(process.pid());
            }
        });
    }
    for (watch, target) in estate.watching {
        monitor::remove_watcher(watch, &target);
    }
}

/// From exiting to dead, once there is nobody left to tell. Whoever starts to monitor while the
/// others are told is in the next round.
fn tell_watchers(process: &Process, reason: &Term) {
    while let Some(watchers) = watchers_or_dead(&process.shared, reason) {
        for (watch, watcher) in watchers {
            if let Some(watcher) = watcher.upgrade() {
                watcher.deliver_down(watch, process.pid(), reason);
            }
        }
    }
}

/// Takes the watchers; if there are none, the process is dead from here on.
fn watchers_or_dead(shared: &Shared, reason: &Term) -> Option<BTreeMap<Monitor, Weak<Shared>>> {
    let mut state = shared.lock();
    if !state.watchers.is_empty() {
        return Some(std::mem::take(&mut state.watchers));
    }
    state.phase = Phase::Dead(reason.clone());
    shared.died.notify_all();
    None
}

/// The first panic of an exit, kept until the exit is over.
#[derive(Default)]
struct Panics {
    first: Option<Payload>,
}

impl Panics {
    fn catch(&mut self, f: impl FnOnce()) {
        // Unwind safe: a table that has panicked is the concern of the table, which is deleted or
        // not; nothing of the process is in `f`'s hands.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(f)) {
            self.first.get_or_insert(payload);
        }
    }

    /// Lets it go on, unless the thread is unwinding already and a second panic would abort the
    /// program.
    fn resume(self) {
        if let Some(payload) = self.first
            && !std::thread::panicking()
        {
            resume_unwind(payload);
        }
    }
}

thread_local! {
    /// How many exits this thread is at work on, one inside the other.
    static EXITS: Cell<usize> = const { Cell::new(0) };
}

pub(super) fn inside_an_exit() -> bool {
    EXITS.with(Cell::get) > 0
}

/// While this lives, the thread is at work on an exit.
struct InsideExit;

impl InsideExit {
    fn enter() -> InsideExit {
        EXITS.with(|exits| exits.set(exits.get() + 1));
        InsideExit
    }
}

impl Drop for InsideExit {
    fn drop(&mut self) {
        EXITS.with(|exits| exits.set(exits.get() - 1));
    }
}
