//! What only this crate can see of processes: their dealings with tables. The tables here are
//! dummies that follow the contract of [`OwnedTable`] and write down what happens to them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Message, OwnedTable, Process, current_pid, spawn};
use crate::sync::{Arc, Counter, Mutex, Weak, lock, thread};
use crate::term::{Atom, Pid, TableId, Term};

/// What happened, in order, to several tables.
type Log = Arc<Mutex<Vec<String>>>;

/// A table with nothing in it.
struct Dummy {
    id: TableId,
    log: Log,
    /// The admin lock: the owner, `None` once deleted, and the heir.
    admin: Mutex<Admin>,
    /// Deleting it panics, as a destructor of a value in it might.
    panics: bool,
}

#[derive(Default)]
struct Admin {
    owner: Option<Pid>,
    heir: Option<Pid>,
}

impl Dummy {
    fn new(log: &Log, panics: bool) -> Arc<Dummy> {
        static TABLES: Counter = Counter::new(1);
        let id = TableId::from_raw(TABLES.next());
        Arc::new(Dummy {
            id,
            log: Arc::clone(log),
            admin: Mutex::default(),
            panics,
        })
    }

    /// A table that `owner` has made.
    fn owned_by(owner: &Process, log: &Log) -> Arc<Dummy> {
        let table = Dummy::new(log, false);
        table.pass_to(owner, None);
        table
    }

    fn set_heir(&self, heir: &Process) {
        lock(&self.admin).heir = Some(heir.pid());
    }

    fn owner(&self) -> Option<Pid> {
        lock(&self.admin).owner
    }

    /// Under the admin lock: adoption with the owner as the commit. Whether `to` was alive.
    fn pass_to(self: &Arc<Self>, to: &Process, message: Option<Message>) -> bool {
        let mut admin = lock(&self.admin);
        let table: Arc<dyn OwnedTable> = self.clone();
        to.adopt(table, || admin.owner = Some(to.pid()), message)
            .is_ok()
    }

    fn transfer(&self, from: Pid) -> Message {
        Message::Transfer {
            table: self.id,
            name: None,
            from,
            data: Term::from(Atom::OK),
        }
    }

    fn give_away(self: &Arc<Self>, from: &Process, to: &Process) -> bool {
        let given = self.pass_to(to, Some(self.transfer(from.pid())));
        if given {
            from.disown(self.id);
        }
        given
    }

    fn fix(self: &Arc<Self>, fixer: &Process) {
        let table: Arc<dyn OwnedTable> = self.clone();
        fixer
            .note_fixation(Arc::downgrade(&table), self.id)
            .unwrap();
    }

    fn write(&self, what: &str) {
        lock(&self.log).push(format!("{what} {}", self.id.raw()));
    }
}

impl OwnedTable for Dummy {
    fn id(&self) -> TableId {
        self.id
    }

    fn owner_exited(self: Arc<Self>, exiting: &Process) {
        let admin = lock(&self.admin);
        let (owner, heir) = (admin.owner, admin.heir);
        drop(admin);
        if owner != Some(exiting.pid()) {
            return self.write("skipped");
        }
        let heir = heir
            .filter(|heir| *heir != exiting.pid())
            .and_then(Process::find);
        if heir.is_some_and(|heir| self.pass_to(&heir, Some(self.transfer(exiting.pid())))) {
            return self.write("inherited");
        }
        lock(&self.admin).owner = None;
        self.write("deleted");
        assert!(!self.panics, "a value in table {} panics", self.id.raw());
    }

    fn fixer_exited(&self, _pid: Pid) {
        self.write("released");
    }
}

fn done() -> Term {
    Term::from(Atom::OK)
}

fn entries(log: &Log) -> Vec<String> {
    lock(log).clone()
}

fn expected(what: &[(&str, &Dummy)]) -> Vec<String> {
    what.iter()
        .map(|(what, table)| format!("{what} {}", table.id.raw()))
        .collect()
}

#[test]
fn exit_settles_tables_then_fixations_then_monitors() {
    let log = Log::default();
    let (owner, heir, stranger) = (Process::new(), Process::new(), Process::new());
    let first = Dummy::owned_by(&owner, &log);
    let second = Dummy::owned_by(&owner, &log);
    let foreign = Dummy::owned_by(&stranger, &log);
    second.set_heir(&heir);
    first.fix(&owner);
    second.fix(&owner);
    foreign.fix(&owner);
    let monitor = heir.monitor(&owner);

    owner.exit(done());

    // The deleted table is gone, and with it its fixation.
    let after = [
        ("deleted", &*first),
        ("inherited", &*second),
        ("released", &*first),
        ("released", &*second),
    ];
    let after = after
        .into_iter()
        .chain([("released", &*foreign)])
        .collect::<Vec<_>>();
    assert_eq!(entries(&log), expected(&after));
    assert_eq!(heir.try_receive(), Some(second.transfer(owner.pid())));
    assert_eq!(
        heir.try_receive(),
        Some(Message::Down {
            monitor,
            pid: owner.pid(),
            reason: done()
        })
    );
    assert_eq!(second.owner(), Some(heir.pid()));
    assert_eq!(first.owner(), None);
}

#[test]
fn process_keeps_its_tables_and_fixations_do_not() {
    let log = Log::default();
    let owner = Process::new();
    let table = Dummy::owned_by(&owner, &log);
    table.fix(&owner);
    let weak = Arc::downgrade(&table);
    drop(table);
    assert!(weak.upgrade().is_some());
    owner.disown(weak.upgrade().unwrap().id);
    assert!(weak.upgrade().is_none());
    owner.exit(done());
    assert!(entries(&log).is_empty());
}

#[test]
fn dead_adopt_and_fix_nothing() {
    let log = Log::default();
    let process = Process::new();
    process.exit(done());
    let table = Dummy::new(&log, false);
    assert!(!table.pass_to(&process, None));
    assert_eq!(table.owner(), None);
    let table: Arc<dyn OwnedTable> = table;
    let refused = process
        .note_fixation(Arc::downgrade(&table), table.id())
        .unwrap_err();
    assert_eq!(refused.pid, process.pid());
    process.disown(table.id());
    process.forget_fixation(table.id());
}

#[test]
fn forgotten_fixation_is_not_released() {
    let log = Log::default();
    let (owner, fixer) = (Process::new(), Process::new());
    let table = Dummy::owned_by(&owner, &log);
    table.fix(&fixer);
    table.fix(&fixer);
    fixer.forget_fixation(table.id);
    fixer.exit(done());
    assert!(entries(&log).is_empty());
}

#[test]
fn given_table_is_not_deleted_with_the_giver() {
    let log = Log::default();
    let (giver, receiver) = (Process::new(), Process::new());
    let table = Dummy::owned_by(&giver, &log);
    assert!(table.give_away(&giver, &receiver));
    giver.exit(done());
    assert_eq!(table.owner(), Some(receiver.pid()));
    assert_eq!(receiver.try_receive(), Some(table.transfer(giver.pid())));
    assert!(entries(&log).is_empty());
}

/// The moment in giving away when both have the table, and the giver exits.
#[test]
fn table_in_both_sets_has_one_owner() {
    let log = Log::default();
    let (giver, receiver) = (Process::new(), Process::new());
    let table = Dummy::owned_by(&giver, &log);
    assert!(table.pass_to(&receiver, None));
    giver.exit(done());
    assert_eq!(entries(&log), expected(&[("skipped", &table)]));
    assert_eq!(table.owner(), Some(receiver.pid()));
}

#[test]
fn dead_heir_and_own_heir_inherit_nothing() {
    let log = Log::default();
    let (owner, heir) = (Process::new(), Process::new());
    let (first, second) = (Dummy::owned_by(&owner, &log), Dummy::owned_by(&owner, &log));
    first.set_heir(&heir);
    second.set_heir(&owner);
    heir.exit(done());
    owner.exit(done());
    assert_eq!(
        entries(&log),
        expected(&[("deleted", &first), ("deleted", &second)])
    );
}

#[test]
fn last_handle_settles_too() {
    let log = Log::default();
    let owner = Process::new();
    let table = Dummy::owned_by(&owner, &log);
    drop(owner);
    assert_eq!(entries(&log), expected(&[("deleted", &table)]));
}

/// An exit of the last handle lends the handle to tables; a table that clones it must not start the
/// exit again.
#[test]
fn handle_cloned_during_the_exit_is_harmless() {
    struct Curious(TableId, Mutex<Option<Process>>);
    impl OwnedTable for Curious {
        fn id(&self) -> TableId {
            self.0
        }
        fn owner_exited(self: Arc<Self>, exiting: &Process) {
            drop(exiting.clone());
            assert!(Process::find(exiting.pid()).is_none());
            exiting.exit(done());
            *lock(&self.1) = Some(exiting.clone());
        }
        fn fixer_exited(&self, _pid: Pid) {}
    }
    let owner = Process::new();
    let table = Arc::new(Curious(TableId::from_raw(1 << 40), Mutex::default()));
    owner.adopt(table.clone(), || (), None).unwrap();
    drop(owner);
    let kept = lock(&table.1).take().unwrap();
    assert!(!kept.is_alive());
    let watcher = Process::new();
    let monitor = watcher.monitor(&kept);
    let reason = Term::from(Atom::NOPROC);
    assert_eq!(
        watcher.try_receive(),
        Some(Message::Down {
            monitor,
            pid: kept.pid(),
            reason
        })
    );
}

#[test]
fn panicking_table_does_not_stop_the_exit() {
    let log = Log::default();
    let (owner, watcher) = (Process::new(), Process::new());
    let bad = Dummy::new(&log, true);
    bad.pass_to(&owner, None);
    let good = Dummy::owned_by(&owner, &log);
    watcher.monitor(&owner);
    let panicked = catch_unwind(AssertUnwindSafe(|| owner.exit(done())));
    assert!(panicked.is_err());
    assert_eq!(
        entries(&log),
        expected(&[("deleted", &bad), ("deleted", &good)])
    );
    assert!(matches!(watcher.try_receive(), Some(Message::Down { .. })));
    // The exit is over: this does not wait, and the thread may wait for others again.
    owner.exit(done());
    assert!(!super::exit::inside_an_exit());
}

/// A second panic while a thread unwinds would abort the program.
#[test]
fn panicking_table_is_quiet_while_unwinding() {
    let log = Log::default();
    let result = catch_unwind(AssertUnwindSafe(|| {
        let owner = Process::new();
        Dummy::new(&log, true).pass_to(&owner, None);
        panic!("the first");
    }));
    assert_eq!(
        result.unwrap_err().downcast_ref::<&str>(),
        Some(&"the first")
    );
    assert_eq!(entries(&log).len(), 1);
}

#[test]
fn exit_waits_for_the_thread_that_does_the_work() {
    let log = Log::default();
    let owner = Process::new();
    let table = Dummy::owned_by(&owner, &log);
    // The worker can't get past the table while this thread has its admin lock.
    let admin = lock(&table.admin);
    let worker = thread::spawn({
        let owner = owner.clone();
        move || owner.exit(done())
    });
    while owner.is_alive() {
        thread::yield_now();
    }
    let second = thread::spawn({
        let (owner, log) = (owner.clone(), Arc::clone(&log));
        move || {
            owner.exit(done());
            entries(&log)
        }
    });
    assert!(entries(&log).is_empty());
    drop(admin);
    assert_eq!(second.join().unwrap(), expected(&[("deleted", &table)]));
    worker.join().unwrap();
}

/// A monitor set while the exit is at work gets the reason, not `noproc`.
#[test]
fn monitor_during_the_exit_gets_the_reason() {
    let log = Log::default();
    let (owner, watcher) = (Process::new(), Process::new());
    let table = Dummy::owned_by(&owner, &log);
    let admin = lock(&table.admin);
    let worker = thread::spawn({
        let owner = owner.clone();
        move || owner.exit(done())
    });
    while owner.is_alive() {
        thread::yield_now();
    }
    let monitor = watcher.monitor(&owner);
    assert_eq!(watcher.try_receive(), None);
    drop(admin);
    assert_eq!(
        watcher.receive(),
        Ok(Message::Down {
            monitor,
            pid: owner.pid(),
            reason: done()
        })
    );
    worker.join().unwrap();
}

/// Adoption against exit, many times: whatever wins, the table ends in the heir's hands or is
/// refused.
#[test]
fn adoption_races_with_exit() {
    let log = Log::default();
    for _ in 0..200 {
        let owner = Process::new();
        let table = Dummy::new(&log, false);
        let exiting = thread::spawn({
            let owner = owner.clone();
            move || owner.exit(done())
        });
        let adopted = table.pass_to(&owner, None);
        exiting.join().unwrap();
        assert_eq!(table.owner(), None);
        assert_eq!(
            entries(&log).contains(&format!("deleted {}", table.id.raw())),
            adopted
        );
    }
}

/// Processes that are each other's heirs, all ending at once: every table ends somewhere, and
/// nobody waits for ever.
#[test]
fn ring_of_heirs_ends_at_once() {
    const PROCESSES: usize = 64;
    let log = Log::default();
    let ring: Vec<Process> = (0..PROCESSES).map(|_| Process::new()).collect();
    let tables: Vec<_> = ring
        .iter()
        .map(|process| Dummy::owned_by(process, &log))
        .collect();
    for (index, table) in tables.iter().enumerate() {
        table.set_heir(&ring[(index + 1) % PROCESSES]);
    }
    for (index, process) in ring.iter().enumerate() {
        process.monitor(&ring[(index + PROCESSES / 2) % PROCESSES]);
    }
    let threads: Vec<_> = (0..4)
        .map(|offset| end_all(&ring, offset * PROCESSES / 4))
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    assert!(tables.iter().all(|table| table.owner().is_none()));
}

/// A thread that ends all processes of `ring`, beginning at `start`.
fn end_all(ring: &[Process], start: usize) -> thread::JoinHandle<()> {
    let mut ring = ring.to_vec();
    ring.rotate_left(start);
    thread::spawn(move || ring.iter().for_each(|process| process.exit(done())))
}

/// Two tables hold values whose destructors end each other's owner. Neither exit may wait for the
/// other.
#[test]
fn exits_that_end_each_other_do_not_wait() {
    struct Deadly(TableId, Mutex<Option<Process>>);
    impl OwnedTable for Deadly {
        fn id(&self) -> TableId {
            self.0
        }
        fn owner_exited(self: Arc<Self>, _exiting: &Process) {
            if let Some(victim) = lock(&self.1).clone() {
                thread::yield_now();
                victim.exit(done());
            }
        }
        fn fixer_exited(&self, _pid: Pid) {}
    }
    for _ in 0..100 {
        let (one, other) = (Process::new(), Process::new());
        for (id, (owner, victim)) in [(&one, &other), (&other, &one)].into_iter().enumerate() {
            let table = Deadly(
                TableId::from_raw(1 << 41 | id as u64),
                Mutex::new(Some(victim.clone())),
            );
            owner.adopt(Arc::new(table), || (), None).unwrap();
        }
        let thread = thread::spawn({
            let one = one.clone();
            move || one.exit(done())
        });
        other.exit(done());
        thread.join().unwrap();
        assert!(!one.is_alive() && !other.is_alive());
    }
}

#[test]
fn monitors_of_both_sides_go_with_either() {
    let (watcher, target) = (Process::new(), Process::new());
    for _ in 0..3 {
        watcher.monitor(&target);
    }
    assert_eq!(target.shared.lock().watchers.len(), 3);
    watcher.exit(done());
    assert!(target.shared.lock().watchers.is_empty());
    // A dead watcher leaves nothing behind.
    watcher.monitor(&target);
    assert!(target.shared.lock().watchers.is_empty());
    assert!(watcher.shared.lock().watching.is_empty());

    let watcher = Process::new();
    watcher.monitor(&target);
    target.exit(done());
    assert!(watcher.shared.lock().watching.is_empty());
}

/// Root lives for ever, so what processes leave on it would add up.
#[test]
fn short_lived_watchers_leave_nothing_on_root() {
    let root = Process::root();
    let before = root.shared.lock().watchers.len();
    let threads: Vec<_> = (0..4).map(|_| thread::spawn(watch_root_and_end)).collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    assert_eq!(root.shared.lock().watchers.len(), before);
}

fn watch_root_and_end() {
    for _ in 0..200 {
        let watcher = Process::new();
        let killer = watcher.clone();
        let thread = thread::spawn(move || killer.exit(done()));
        watcher.monitor(&Process::root());
        thread.join().unwrap();
    }
}

#[test]
fn current_pid_follows_scopes() {
    assert_eq!(current_pid(), Process::root().pid());
    let (outer, inner) = (Process::new(), Process::new());
    let outer_scope = outer.enter();
    let inner_scope = inner.enter();
    assert_eq!(current_pid(), inner.pid());
    drop(outer_scope);
    assert_eq!(current_pid(), inner.pid());
    drop(inner_scope);
    assert_eq!(current_pid(), Process::root().pid());
    let handle = spawn(current_pid);
    let pid = handle.process().pid();
    assert_eq!(handle.join().unwrap(), pid);
}

#[test]
fn registry_holds_only_the_living() {
    let process = Process::new();
    let weak: Weak<_> = Arc::downgrade(&process.shared);
    let pid = process.pid();
    assert!(super::registry::lookup(pid).is_some());
    drop(process);
    assert!(super::registry::lookup(pid).is_none());
    assert!(weak.upgrade().is_none());
}
