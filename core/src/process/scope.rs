//! Which process is the current one.
//!
//! Each thread keeps a stack of the processes entered on it; the top is the current one, and under
//! all is root. A [`Scope`] takes out its own place on the stack, wherever that is: so scopes that
//! are dropped in an unusual order, as guards stored in variables can be, leave the right process
//! current.
//!
//! The id of the current process is kept once more by itself. Every call on a table asks for it,
//! and this way the answer is one load, without a borrow and without a reference count.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;

use super::{Process, ROOT_PID};
use crate::sync::thread_local;
use crate::term::Pid;

thread_local! {
    /// The id of `ENTERED`'s top. Has no destructor, so it can be read as long as the thread lives.
    static CURRENT: Cell<Pid> = const { Cell::new(ROOT_PID) };
    static ENTERED: RefCell<Stack> = const { RefCell::new(Stack { places: Vec::new(), next: 0 }) };
}

/// The processes entered on a thread, innermost last.
struct Stack {
    places: Vec<Place>,
    /// The number of the next place. Numbers are not used twice on a thread.
    next: u64,
}

struct Place {
    number: u64,
    process: Process,
}

/// While this value lives, a process is the current one of the thread; made by [`Process::enter`].
///
/// It holds a handle to the process, and can't leave its thread. If it is leaked, the process stays
/// current until the thread ends.
///
/// ```compile_fail
/// let scope = heirloom::Process::new().enter();
/// std::thread::spawn(move || drop(scope));
/// ```
#[derive(Debug)]
#[must_use = "the process is current only until this is dropped"]
pub struct Scope {
    number: u64,
    not_send: PhantomData<*const ()>,
}

/// The id of the current process; the cheap form of [`Process::current`].
#[inline]
pub(crate) fn current_pid() -> Pid {
    CURRENT.with(Cell::get)
}

impl Process {
    /// The current process: the one entered last on this thread and not left yet; [`Process::root`]
    /// if there is none. In a thread of [`spawn`](super::spawn) it is that process, in any other
    /// new thread it is root.
    ///
    /// ```
    /// use heirloom::Process;
    ///
    /// assert_eq!(Process::current(), Process::root());
    /// let process = Process::new();
    /// process.run(|| assert_eq!(Process::current(), process));
    /// ```
    pub fn current() -> Process {
        // The stack can't be reached while the thread is being torn down: nothing is entered then.
        let entered = ENTERED.try_with(|stack| {
            stack
                .borrow()
                .places
                .last()
                .map(|place| place.process.clone())
        });
        entered.ok().flatten().unwrap_or_else(Process::root)
    }

    /// Makes this the current process of this thread until the answer is dropped; then, the one
    /// before is current again.
    ///
    /// Scopes nest, also of the same process. Don't hold one across an `.await`: use
    /// [`Process::wrap`] there. A process that has exited can be entered, but owns nothing.
    ///
    /// ```
    /// use heirloom::Process;
    ///
    /// let (outer, inner) = (Process::new(), Process::new());
    /// let outer_scope = outer.enter();
    /// {
    ///     let _inner_scope = inner.enter();
    ///     assert_eq!(Process::current(), inner);
    /// }
    /// assert_eq!(Process::current(), outer);
    /// drop(outer_scope);
    /// assert_eq!(Process::current(), Process::root());
    /// ```
    pub fn enter(&self) -> Scope {
        let process = self.clone();
        let entered = ENTERED.try_with(|stack| stack.borrow_mut().push(process));
        // While the thread is being torn down there is nothing to enter, and the number belongs to
        // no place.
        Scope {
            number: entered.unwrap_or(u64::MAX),
            not_send: PhantomData,
        }
    }

    /// Runs `f` with this as the current process, and answers what it answers. The process goes on
    /// afterwards.
    ///
    /// # Panics
    ///
    /// If `f` does; the process before is current again then too.
    ///
    /// ```
    /// use heirloom::Process;
    ///
    /// let process = Process::new();
    /// let pid = process.run(|| Process::current().pid());
    /// assert_eq!(pid, process.pid());
    /// ```
    pub fn run<R>(&self, f: impl FnOnce() -> R) -> R {
        let _scope = self.enter();
        f()
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let left = ENTERED.try_with(|stack| stack.borrow_mut().remove(self.number));
        // This may be the last handle and end the process, so the stack must be free again here.
        drop(left);
    }
}

impl Stack {
    fn push(&mut self, process: Process) -> u64 {
        let number = self.next;
        self.next += 1;
        CURRENT.with(|current| current.set(process.pid()));
        self.places.push(Place { number, process });
        number
    }

    fn remove(&mut self, number: u64) -> Option<Place> {
        let index = self
            .places
            .iter()
            .rposition(|place| place.number == number)?;
        let left = self.places.remove(index);
        let top = self
            .places
            .last()
            .map_or(ROOT_PID, |place| place.process.pid());
        CURRENT.with(|current| current.set(top));
        Some(left)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // The thread ends with leaked scopes: their processes may end now, seen from root.
        // Loom, unlike the real thing, denies access to it here.
        let _ = CURRENT.try_with(|current| current.set(ROOT_PID));
    }
}
