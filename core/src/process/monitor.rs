//! Monitors: to be told when another process has exited.
//!
//! A monitor is noted on both sides: in the target's `watchers`, so that its exit can tell the
//! watcher, and in the watcher's `watching`, which decides whether a `Down` is still wanted. The
//! two sides are changed one after the other, never under both locks; what makes this safe is that
//! the watcher's side is the first to be added and the one that counts:
//!
//! * A `Down` is queued only by whoever removes the monitor from `watching`. So it comes once, and
//!   never after [`Process::demonitor`].
//! * A target that is already dead refuses, and then the watcher delivers to itself.
//! * A watcher that exits while it sets a monitor has removed what it found in `watching`, perhaps
//!   before the target's side was there. Therefore `monitor` looks at `watching` again at the end.

use super::{Message, Phase, Process, Shared, reason};
use crate::sync::{Arc, Counter, Weak};
use crate::term::{Pid, Term};

/// Names one act of monitoring; made by [`Process::monitor`], found again in [`Message::Down`].
///
/// ```
/// use heirloom::Process;
///
/// let (watcher, target) = (Process::new(), Process::new());
/// assert_ne!(watcher.monitor(&target), watcher.monitor(&target));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Monitor(u64);

impl Monitor {
    fn next() -> Monitor {
        static MONITORS: Counter = Counter::new(0);
        Monitor(MONITORS.next())
    }
}

impl Process {
    /// Watches `target`: when it exits, this process gets one [`Message::Down`] with the reason,
    /// after the tables of `target` have been handed over or deleted.
    ///
    /// If `target` is already dead, that message comes at once, with the atom `noproc` as the
    /// reason. Monitoring a process several times gives as many messages. The monitor keeps neither
    /// process alive, and ends with either. A process that is not alive itself, or the watcher of
    /// the root process, never gets a message.
    ///
    /// O(log n) in the number of monitors of either process.
    ///
    /// ```
    /// use heirloom::Process;
    /// use heirloom::process::Message;
    ///
    /// let (watcher, target) = (Process::new(), Process::new());
    /// let monitor = watcher.monitor(&target);
    /// target.exit("tired");
    /// let down = Message::Down { monitor, pid: target.pid(), reason: "tired".into() };
    /// assert_eq!(watcher.receive(), Ok(down));
    /// ```
    pub fn monitor(&self, target: &Process) -> Monitor {
        let monitor = Monitor::next();
        if self.shared.expect_down(monitor, &target.shared) {
            if target.shared.add_watcher(monitor, &self.shared) {
                self.shared
                    .withdraw_unless_expected(monitor, &target.shared);
            } else {
                self.shared
                    .deliver_down(monitor, target.pid(), &reason::no_process());
            }
        }
        monitor
    }

    /// Stops watching. After this call, no [`Message::Down`] of `monitor` will be queued.
    ///
    /// Answers whether that came in time: `false` if the message has already been queued (and
    /// perhaps received), or if `monitor` is not a monitor of this process. A queued message stays
    /// in the mailbox.
    ///
    /// O(log n) in the number of monitors of either process.
    ///
    /// ```
    /// use heirloom::Process;
    ///
    /// let (watcher, target) = (Process::new(), Process::new());
    /// let monitor = watcher.monitor(&target);
    /// assert!(watcher.demonitor(monitor));
    /// target.exit("unnoticed");
    /// assert_eq!(watcher.try_receive(), None);
    /// ```
    pub fn demonitor(&self, monitor: Monitor) -> bool {
        let target = self.shared.lock().watching.remove(&monitor);
        if let Some(target) = &target {
            remove_watcher(monitor, target);
        }
        target.is_some()
    }
}

impl Shared {
    /// Step 1 of monitoring, on the watcher. Whether it is alive.
    fn expect_down(&self, monitor: Monitor, target: &Arc<Shared>) -> bool {
        let Ok(mut state) = self.lock_alive() else {
            return false;
        };
        state.watching.insert(monitor, Arc::downgrade(target));
        true
    }

    /// Step 2, on the target. Whether it is not dead; one that is exiting still tells why.
    fn add_watcher(&self, monitor: Monitor, watcher: &Arc<Shared>) -> bool {
        let mut state = self.lock();
        if matches!(state.phase, Phase::Dead(_)) {
            return false;
        }
        state.watchers.insert(monitor, Arc::downgrade(watcher));
        true
    }

    /// Step 3, on the watcher: if it has exited or demonitored between steps 1 and 2, undoes step
    /// 2.
    fn withdraw_unless_expected(&self, monitor: Monitor, target: &Arc<Shared>) {
        let expected = self.lock().watching.contains_key(&monitor);
        if !expected {
            remove_watcher(monitor, &Arc::downgrade(target));
        }
    }

    /// Tells this process that `pid` has exited, if it still wants to know.
    pub(super) fn deliver_down(&self, monitor: Monitor, pid: Pid, reason: &Term) {
        let Ok(mut state) = self.lock_alive() else {
            return;
        };
        if state.watching.remove(&monitor).is_some() {
            state.mailbox.push_back(Message::Down {
                monitor,
                pid,
                reason: reason.clone(),
            });
            self.arrived.notify_one();
        }
    }
}

/// Takes the monitor out of the target's side.
pub(super) fn remove_watcher(monitor: Monitor, target: &Weak<Shared>) {
    if let Some(target) = target.upgrade() {
        target.lock().watchers.remove(&monitor);
    }
}
