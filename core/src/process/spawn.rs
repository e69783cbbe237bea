//! Processes with a thread of their own.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::exit::{Payload, end};
use super::{Process, reason};
use crate::sync::thread;
use crate::term::Term;

/// Why a spawned process has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Exit {
    /// Its function panicked, or ending it did.
    #[error("the process panicked: {reason}")]
    Panicked {
        /// The exit reason, `{panic, Message}`.
        reason: Term,
        /// What the panic carried; `std::panic::resume_unwind` lets it go on.
        payload: Payload,
    },
    /// [`Process::exit`] was called on it before its function returned.
    #[error("the process was told to exit: {reason}")]
    Told {
        /// The exit reason.
        reason: Term,
    },
    /// The operating system gave no thread. The process has exited with the reason `system_limit`.
    #[error("no thread could be started for the process")]
    NotStarted {
        /// What the operating system said.
        source: io::Error,
    },
}

/// A process that runs on its own thread; made by [`spawn`].
///
/// Dropping it doesn't end the process, which goes on until its function ends.
///
/// ```
/// use heirloom::process::{ProcessHandle, spawn};
///
/// let handle: ProcessHandle<i32> = spawn(|| 6 * 7);
/// assert_eq!(handle.join().unwrap(), 42);
/// ```
pub struct ProcessHandle<T> {
    process: Process,
    thread: io::Result<thread::JoinHandle<Result<T, Exit>>>,
}

/// Runs `f` on a new thread as a new process. The process exits when `f` returns (with the reason
/// `normal`) or panics (`{panic, Message}`).
///
/// A thread can't be stopped from outside: if somebody calls [`Process::exit`], the process is dead
/// and its tables are gone, but `f` runs on until it notices, for instance because
/// [`Process::receive`] fails.
///
/// If no thread can be started, the process is dead from the beginning, and [`ProcessHandle::join`]
/// tells why.
///
/// ```
/// use heirloom::Process;
/// use heirloom::process::{Exit, spawn};
///
/// let handle = spawn(|| Process::current().pid());
/// let pid = handle.process().pid();
/// assert_eq!(handle.join().unwrap(), pid);
///
/// let failed = spawn(|| -> () { panic!("no more") }).join();
/// let Err(Exit::Panicked { reason, .. }) = failed else { panic!() };
/// assert_eq!(reason.to_string(), r#"{panic,<<"no more">>}"#);
/// ```
pub fn spawn<T, F>(f: F) -> ProcessHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let process = Process::new();
    let thread = start(process.clone(), f);
    if thread.is_err() {
        process.exit(reason::system_limit());
    }
    ProcessHandle { process, thread }
}

fn start<T, F>(process: Process, f: F) -> io::Result<thread::JoinHandle<Result<T, Exit>>>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let name = format!("heirloom {}", process.pid());
    thread::Builder::new()
        .name(name)
        .spawn(move || live(&process, f))
}

/// The whole life of the process, on its thread.
fn live<T>(process: &Process, f: impl FnOnce() -> T) -> Result<T, Exit> {
    let _scope = process.enter();
    // Unwind safe: what `f` has captured is gone after this.
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(value) => returned(process, value),
        Err(payload) => {
            let reason = reason::panicked(&payload);
            process.exit(reason.clone());
            Err(Exit::Panicked { reason, payload })
        }
    }
}

/// The result counts only if the process lived until it was there.
fn returned<T>(process: &Process, value: T) -> Result<T, Exit> {
    if end(process, reason::normal()) {
        return Ok(value);
    }
    Err(Exit::Told {
        reason: process.wait_until_dead().unwrap_or_else(reason::normal),
    })
}

impl<T> ProcessHandle<T> {
    /// The process, which may have exited already.
    ///
    /// ```
    /// use heirloom::process::spawn;
    ///
    /// let handle = spawn(|| ());
    /// let process = handle.process().clone();
    /// handle.join().unwrap();
    /// assert!(!process.is_alive());
    /// ```
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Waits until the function has ended and the process is dead; answers what the function
    /// returned.
    ///
    /// # Errors
    ///
    /// [`Exit`] if the function panicked, if the process was told to exit before the function
    /// returned (even if it returned something afterwards), or if there was no thread for it.
    ///
    /// ```
    /// use heirloom::process::{Exit, spawn};
    ///
    /// let handle = spawn(|| heirloom::Process::current().receive());
    /// handle.process().exit(heirloom::Atom::KILLED);
    /// assert!(matches!(handle.join(), Err(Exit::Told { .. })));
    /// ```
    pub fn join(self) -> Result<T, Exit> {
        let thread = self.thread.map_err(|source| Exit::NotStarted { source })?;
        thread.join().unwrap_or_else(|payload| {
            Err(Exit::Panicked {
                reason: reason::panicked(&payload),
                payload,
            })
        })
    }
}

impl<T> fmt::Debug for ProcessHandle<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ProcessHandle({})", self.process.pid())
    }
}
