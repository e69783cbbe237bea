//! Processes: who owns a table, who may touch it, and who gets it next.
//!
//! A [`Process`] is an identity, a mailbox and a set of tables. It is not a thread: [`spawn`] ties
//! one to a thread, [`Process::enter`] and [`Process::run`] to a piece of code, [`Process::wrap`]
//! to a future. Where none was entered, the current process is the *root* process, which lives as
//! long as the program.
//!
//! # Life
//!
//! ```text
//!   new, spawn            exit, last handle dropped,             tables handed over or deleted,
//!                         f returned or panicked,                fixations released,
//!                         future completed or dropped            Down messages sent
//!      |                              |                                      |
//!      +----------> alive ------------+-------------> exiting ---------------+-------> dead
//!              sends, receives,            takes no table and no message;         for ever
//!              owns tables                 a monitor still gets the true reason
//! ```
//!
//! An exit happens in this order, whatever caused it:
//!
//! 1. The process is *exiting*: it is given no table any more, it can't be found by its id, its
//!    unread messages are gone.
//! 2. Each table that it owns goes to its heir, or is deleted, in the order in which the tables
//!    were made.
//! 3. The fixations that it holds on tables are released.
//! 4. Each process that monitors it gets a [`Message::Down`]. So an heir that also monitors gets
//!    its [`Message::Transfer`] first.
//! 5. It is *dead*.
//!
//! A process exits once. The first cause counts, and the thread that brings it does the work;
//! [`Process::exit`] on another thread waits until that work is done.
//!
//! # Locks
//!
//! Every process has one lock, for its whole state. No thread holds the locks of two processes, and
//! no table, closure or destructor is called under it (one exception, `Process::adopt`). So exits
//! can't block each other, and the order between the lock of a table and that of a process is:
//! table first.

mod exit;
mod future;
mod mailbox;
mod monitor;
mod owned;
mod reason;
mod registry;
mod scope;
mod spawn;
#[cfg(test)]
mod tests;

pub use future::ProcessFuture;
pub use mailbox::{Message, ReceiveError};
pub use monitor::Monitor;
pub(crate) use owned::OwnedTable;
pub use scope::Scope;
pub(crate) use scope::current_pid;
pub use spawn::{Exit, ProcessHandle, spawn};

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, Weak, lock};
use crate::term::{Pid, TableId, Term};

/// The id of the root process.
const ROOT_PID: Pid = Pid::from_raw(0);

/// There is no living process with this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no living process has the id {pid}")]
#[non_exhaustive]
pub struct NoSuchProcess {
    /// The id that was asked for.
    pub pid: Pid,
}

/// A handle to a process: an owner of tables, with an identity and a mailbox.
///
/// Handles are cheap to clone, can be sent to any thread, and are equal if they mean the same
/// process. When the last handle of a process is dropped, the process exits with the reason
/// `normal`; a [`Scope`], a [`ProcessFuture`] and a running [`spawn`] each hold one. The root
/// process never exits.
///
/// An exit calls into the tables of the process, and waits for their locks.
///
/// ```
/// use heirloom::Process;
///
/// let process = Process::new();
/// let same = process.clone();
/// assert_eq!(process, same);
/// drop(process);
/// assert!(same.is_alive());
/// let pid = same.pid();
/// drop(same);
/// assert!(Process::find(pid).is_none());
/// ```
pub struct Process {
    shared: Arc<Shared>,
}

/// What all handles of one process share.
struct Shared {
    pid: Pid,
    /// How many `Process` values there are. Once 0, it is 0 for good for everybody but the thread
    /// that made it 0, which ends the process. Apart from the `Arc`'s own count because monitors
    /// and the registry, which must not keep a process alive, outlive the handles; and because the
    /// exit itself still lends a handle to each table.
    handles: AtomicUsize,
    state: Mutex<State>,
    /// A message was queued, or the process is no longer alive. Waited on while alive.
    arrived: Condvar,
    /// The process is dead. Waited on while exiting.
    died: Condvar,
}

/// What the lock of a process guards. Maps are ordered, so that an exit does everything in the
/// order of creation.
struct State {
    phase: Phase,
    mailbox: VecDeque<Message>,
    /// The tables that this process owns, which it keeps in existence.
    owned: BTreeMap<TableId, Arc<dyn OwnedTable>>,
    /// The tables that this process has fixed, its own or not.
    fixations: BTreeMap<TableId, Weak<dyn OwnedTable>>,
    /// Who gets a `Down` when this process exits.
    watchers: BTreeMap<Monitor, Weak<Shared>>,
    /// Whose `Down` this process still expects: the other half of the target's `watchers`.
    watching: BTreeMap<Monitor, Weak<Shared>>,
}

/// How far a process has come. It only moves forwards.
enum Phase {
    /// Sends, receives, owns.
    Alive,
    /// Somebody is at work on the exit, for this reason. Only watchers can still be added.
    Exiting(Term),
    /// All consequences of the exit have happened. Nothing can be added.
    Dead(Term),
}

impl Process {
    /// A new process, with nothing in it. It ends by [`Process::exit`] or when its last handle is
    /// dropped.
    ///
    /// ```
    /// let process = heirloom::Process::new();
    /// assert!(process.is_alive());
    /// ```
    #[expect(
        clippy::new_without_default,
        reason = "an identity comes into being; that should be visible"
    )]
    pub fn new() -> Process {
        let process = Process::with_pid(registry::next_pid());
        registry::register(&process.shared);
        process
    }

    /// The root process: the current one wherever no other was entered. It never exits, so what it
    /// owns lives until deleted.
    ///
    /// Nobody receives its messages unless you do.
    ///
    /// ```
    /// use heirloom::Process;
    ///
    /// let root = Process::root();
    /// assert_eq!(root, Process::current());
    /// root.exit("no effect");
    /// assert!(root.is_alive());
    /// ```
    pub fn root() -> Process {
        static ROOT: OnceLock<Process> = OnceLock::new();
        ROOT.get_or_init(|| Process::with_pid(ROOT_PID)).clone()
    }

    /// The living process that has this id, if there is one. The answer is a handle like any other:
    /// while you keep it, it keeps the process from ending for want of handles.
    ///
    /// Expected time O(1).
    ///
    /// ```
    /// use heirloom::Process;
    ///
    /// let process = Process::new();
    /// assert_eq!(Process::find(process.pid()), Some(process));
    /// ```
    // Inside this crate: the answer may turn out to be the last handle. Don't drop it under the
    // lock of a table.
    pub fn find(pid: Pid) -> Option<Process> {
        let found = Process::from_shared(registry::lookup(pid)?)?;
        found.is_alive().then_some(found)
    }

    /// The id of this process, unique as long as the program runs.
    ///
    /// ```
    /// use heirloom::Process;
    ///
    /// assert_ne!(Process::new().pid(), Process::root().pid());
    /// ```
    pub fn pid(&self) -> Pid {
        self.shared.pid
    }

    /// Whether the process has not begun to exit. `false` is final, `true` may be out of date at
    /// once.
    ///
    /// ```
    /// use heirloom::{Atom, Process};
    ///
    /// let process = Process::new();
    /// assert!(process.is_alive());
    /// process.exit(Atom::NORMAL);
    /// assert!(!process.is_alive());
    /// ```
    pub fn is_alive(&self) -> bool {
        self.shared.lock().is_alive()
    }

    fn with_pid(pid: Pid) -> Process {
        Process {
            shared: Arc::new(Shared {
                pid,
                handles: AtomicUsize::new(1),
                state: Mutex::new(State::new()),
                arrived: Condvar::new(),
                died: Condvar::new(),
            }),
        }
    }

    /// One more handle, unless the last one has gone: a process whose end has begun for want of
    /// handles stays ended.
    fn from_shared(shared: Arc<Shared>) -> Option<Process> {
        // Relaxed: as for a clone. That the count was not 0 is all that is asked; the state has a
        // lock.
        let counted =
            shared
                .handles
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |handles| {
                    (handles > 0).then(|| handles + 1)
                });
        counted.ok().map(|_| Process { shared })
    }

    fn is_root(&self) -> bool {
        self.pid() == ROOT_PID
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// The lock, held on a process that is alive. Every change that only the living may make goes
    /// through here.
    fn lock_alive(&self) -> Result<MutexGuard<'_, State>, NoSuchProcess> {
        let state = self.lock();
        if state.is_alive() {
            Ok(state)
        } else {
            Err(NoSuchProcess { pid: self.pid })
        }
    }
}

impl State {
    fn new() -> State {
        State {
            phase: Phase::Alive,
            mailbox: VecDeque::new(),
            owned: BTreeMap::new(),
            fixations: BTreeMap::new(),
            watchers: BTreeMap::new(),
            watching: BTreeMap::new(),
        }
    }

    fn is_alive(&self) -> bool {
        matches!(self.phase, Phase::Alive)
    }
}

impl Clone for Process {
    fn clone(&self) -> Process {
        // Relaxed: this handle keeps the count from 0 meanwhile. It can't overflow, since every
        // handle also counts in the `Arc`, which aborts first.
        let shared = Arc::clone(&self.shared);
        shared.handles.fetch_add(1, Ordering::Relaxed);
        Process { shared }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // AcqRel: the thread that takes the count to 0 sees all that others did through their
        // handles. While the exit runs, tables may clone and drop this handle; that takes the count
        // from 0 to 0 again, and a second exit does nothing.
        if self.shared.handles.fetch_sub(1, Ordering::AcqRel) == 1 {
            exit::handles_gone(self);
        }
    }
}

/// Same process.
impl PartialEq for Process {
    fn eq(&self, other: &Process) -> bool {
        self.pid() == other.pid()
    }
}

impl Eq for Process {}

impl Hash for Process {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.pid().hash(state);
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Process({})", self.pid())
    }
}
