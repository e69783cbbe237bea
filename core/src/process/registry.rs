//! From a process id to the process.
//!
//! The registry holds weak references: it keeps no process alive. A process is in it from its
//! creation until it begins to exit; the root process needs no place in it. Only the calls of this
//! file touch the map, and none calls anything else while a shard of it is locked.

use dashmap::DashMap;

use super::{Process, ROOT_PID, Shared};
use crate::sync::{Arc, Counter, OnceLock, Weak};
use crate::term::Pid;

fn registry() -> &'static DashMap<Pid, Weak<Shared>> {
    static REGISTRY: OnceLock<DashMap<Pid, Weak<Shared>>> = OnceLock::new();
    REGISTRY.get_or_init(DashMap::new)
}

/// An id that no process has had. Ids have 58 bits, of which tables have room for 48: at a process
/// per microsecond these last nine years.
pub(super) fn next_pid() -> Pid {
    static PIDS: Counter = Counter::new(ROOT_PID.raw() + 1);
    Pid::from_raw(PIDS.next())
}

pub(super) fn register(shared: &Arc<Shared>) {
    registry().insert(shared.pid, Arc::downgrade(shared));
}

/// The process, which may have begun to exit since. This reference is not a handle: it doesn't keep
/// the process alive.
pub(super) fn lookup(pid: Pid) -> Option<Arc<Shared>> {
    if pid == ROOT_PID {
        return Some(Arc::clone(&Process::root().shared));
    }
    registry().get(&pid)?.upgrade()
}

pub(super) fn forget(pid: Pid) {
    registry().remove(&pid);
}
