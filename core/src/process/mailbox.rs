//! Messages: sending, queueing, receiving.

use std::time::Duration;

use super::{Monitor, NoSuchProcess, Process, Shared, State, registry};
use crate::sync::{MutexGuard, wait};
use crate::term::{Atom, Pid, TableId, Term};

/// What a process finds in its mailbox.
///
/// ```
/// use heirloom::Process;
/// use heirloom::process::Message;
///
/// let process = Process::new();
/// process.send(process.pid(), "hello").unwrap();
/// assert_eq!(process.try_receive(), Some(Message::User("hello".into())));
/// assert_eq!(process.try_receive(), None);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Message {
    /// This process now owns a table: it was given away, or its owner exited and this process was
    /// the heir. Erlang's `{'ETS-TRANSFER', Table, From, Data}`.
    Transfer {
        /// The table.
        table: TableId,
        /// The table's name, if it is a named one.
        name: Option<Atom>,
        /// The owner before.
        from: Pid,
        /// What the owner said when giving the table away or naming the heir.
        data: Term,
    },
    /// A monitored process has exited. Erlang's `{'DOWN', Monitor, process, Pid, Reason}`.
    Down {
        /// What [`Process::monitor`] answered.
        monitor: Monitor,
        /// The process that exited.
        pid: Pid,
        /// Why it exited; the atom `noproc` if it was dead when the monitor was set.
        reason: Term,
    },
    /// What somebody sent with [`Process::send`].
    User(Term),
}

/// Why no message was received.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// The process has begun to exit, perhaps while this call waited: it will get no message any
    /// more.
    #[error("the process {pid} has exited and gets no messages")]
    NoSuchProcess {
        /// The process.
        pid: Pid,
    },
    /// No message came in time.
    #[error("no message came within {waited:?}")]
    TimedOut {
        /// How long the call was allowed to wait.
        waited: Duration,
    },
}

impl From<NoSuchProcess> for ReceiveError {
    fn from(error: NoSuchProcess) -> ReceiveError {
        ReceiveError::NoSuchProcess { pid: error.pid }
    }
}

impl Process {
    /// Sends `message` from this process to the process `to`, which gets it as [`Message::User`].
    ///
    /// Never waits: mailboxes have no bound. Messages of one thread to one process arrive in the
    /// order in which they were sent. Expected time O(1).
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`] if `to` is not alive, and also if the sender is not, since the dead send
    /// nothing. Success means that the message was queued, not that anybody will read it.
    ///
    /// ```
    /// use heirloom::process::Message;
    /// use heirloom::{Process, ToTerm};
    ///
    /// let (alice, bob) = (Process::new(), Process::new());
    /// let greeting = ("hello", alice.pid()).to_term().unwrap();
    /// alice.send(bob.pid(), greeting.clone()).unwrap();
    /// assert_eq!(bob.receive(), Ok(Message::User(greeting)));
    ///
    /// let pid = bob.pid();
    /// drop(bob);
    /// assert!(alice.send(pid, "anybody there?").is_err());
    /// ```
    pub fn send(&self, to: Pid, message: impl Into<Term>) -> Result<(), NoSuchProcess> {
        drop(self.shared.lock_alive()?);
        let receiver = registry::lookup(to).ok_or(NoSuchProcess { pid: to })?;
        receiver.queue(Message::User(message.into()))
    }

    /// The oldest message, taken out of the mailbox; waits until there is one.
    ///
    /// Several threads may receive for one process; each message goes to one of them. In an
    /// asynchronous task this would block the executor's thread: use [`Process::try_receive`]
    /// there.
    ///
    /// # Errors
    ///
    /// [`ReceiveError::NoSuchProcess`] if the process exits first. Unread messages are lost when a
    /// process exits.
    ///
    /// ```
    /// use heirloom::Process;
    /// use heirloom::process::{Message, spawn};
    ///
    /// let worker = spawn(|| Process::current().receive());
    /// Process::root().send(worker.process().pid(), 17).unwrap();
    /// assert_eq!(worker.join().unwrap(), Ok(Message::User(17.into())));
    /// ```
    pub fn receive(&self) -> Result<Message, ReceiveError> {
        let mut state = self.shared.lock_alive()?;
        loop {
            if let Some(message) = state.mailbox.pop_front() {
                return Ok(message);
            }
            state = wait(&self.shared.arrived, state);
            state = self.still_alive(state)?;
        }
    }

    /// The oldest message, taken out of the mailbox, or `None` if there is none now or the process
    /// has exited. Never waits.
    ///
    /// ```
    /// assert_eq!(heirloom::Process::new().try_receive(), None);
    /// ```
    pub fn try_receive(&self) -> Option<Message> {
        self.shared.lock().mailbox.pop_front()
    }

    /// The oldest message, taken out of the mailbox; waits until there is one, but not longer than
    /// `timeout`.
    ///
    /// # Errors
    ///
    /// [`ReceiveError::TimedOut`] if no message came in that time; [`ReceiveError::NoSuchProcess`]
    /// if the process exits first.
    ///
    /// ```
    /// use heirloom::Process;
    /// use heirloom::process::ReceiveError;
    /// use std::time::Duration;
    ///
    /// let nothing = Process::new().receive_timeout(Duration::from_millis(1));
    /// assert!(matches!(nothing, Err(ReceiveError::TimedOut { .. })));
    /// ```
    // Loom has no clock, and so no such wait.
    #[cfg(not(heirloom_loom))]
    pub fn receive_timeout(&self, timeout: Duration) -> Result<Message, ReceiveError> {
        let state = self.shared.lock_alive()?;
        let (state, _) = self
            .shared
            .arrived
            .wait_timeout_while(state, timeout, |state| {
                state.is_alive() && state.mailbox.is_empty()
            })
            .unwrap_or_else(crate::sync::PoisonError::into_inner);
        let message = self.still_alive(state)?.mailbox.pop_front();
        message.ok_or(ReceiveError::TimedOut { waited: timeout })
    }

    fn still_alive<'a>(
        &self,
        state: MutexGuard<'a, State>,
    ) -> Result<MutexGuard<'a, State>, NoSuchProcess> {
        if state.is_alive() {
            Ok(state)
        } else {
            Err(NoSuchProcess { pid: self.pid() })
        }
    }
}

impl Shared {
    /// Appends `message` to the mailbox.
    fn queue(&self, message: Message) -> Result<(), NoSuchProcess> {
        self.lock_alive()?.mailbox.push_back(message);
        self.arrived.notify_one();
        Ok(())
    }
}
