//! How processes begin and end: every way to end, once, under load.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use heirloom::process::{Exit, Message, spawn};
use heirloom::{Atom, Process, Term, ToTerm};

/// Long enough for any machine; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// The atom.
fn atom(text: &str) -> Term {
    Term::from(Atom::new(text).unwrap())
}

/// The exit reason of a panic.
fn panicked(message: &str) -> Term {
    (atom("panic"), message).to_term().unwrap()
}

/// The reason that a process ended with, seen by a watcher that was there before.
fn reason_seen(watcher: &Process) -> Term {
    match watcher.receive_timeout(PATIENCE) {
        Ok(Message::Down { reason, .. }) => reason,
        other => panic!("expected a Down, got {other:?}"),
    }
}

/// A process, watched; what `end` does to it must end it with `reason`.
fn assert_ends(reason: &str, end: impl FnOnce(Process)) {
    let (watcher, process) = (Process::new(), Process::new());
    let pid = process.pid();
    watcher.monitor(&process);
    end(process);
    assert_eq!(reason_seen(&watcher), atom(reason));
    assert_eq!(Process::find(pid), None);
}

#[test]
fn ends_when_told() {
    assert_ends("shutdown", |process| process.exit(atom("shutdown")));
}

#[test]
fn ends_with_its_last_handle() {
    assert_ends("normal", drop);
    assert_ends("normal", |process| {
        let clones = vec![process.clone(); 100];
        drop(process);
        assert!(clones[0].is_alive());
    });
}

#[test]
fn ends_with_its_last_scope() {
    assert_ends("normal", |process| {
        let scope = process.enter();
        drop(process);
        assert!(Process::current().is_alive());
        drop(scope);
    });
}

#[test]
fn ends_with_a_thread_that_leaked_its_scope() {
    assert_ends("normal", |process| {
        thread::spawn(move || std::mem::forget(process.enter()))
            .join()
            .unwrap();
    });
}

#[test]
fn ends_when_its_last_handle_is_dropped_by_a_panic() {
    assert_ends("normal", |process| {
        let panicked = catch_unwind(AssertUnwindSafe(move || {
            let _process = process;
            panic!("on purpose");
        }));
        assert!(panicked.is_err());
    });
}

#[test]
fn found_handle_counts() {
    let process = Process::new();
    let found = Process::find(process.pid()).unwrap();
    drop(process);
    assert!(found.is_alive());
}

#[test]
fn spawned_process_ends_by_return() {
    let watcher = Process::new();
    let (go, wait) = mpsc::channel();
    let handle = spawn(move || {
        wait.recv().unwrap();
        assert!(Process::current().is_alive());
        7
    });
    watcher.monitor(handle.process());
    go.send(()).unwrap();
    let process = handle.process().clone();
    assert_eq!(handle.join().unwrap(), 7);
    assert!(!process.is_alive());
    assert_eq!(reason_seen(&watcher), atom("normal"));
}

#[test]
fn spawned_process_ends_by_panic() {
    let watcher = Process::new();
    let (go, wait) = mpsc::channel();
    let handle = spawn(move || -> u8 {
        let number: u8 = wait.recv().unwrap();
        panic!("number {number}")
    });
    watcher.monitor(handle.process());
    go.send(7).unwrap();
    let Err(Exit::Panicked { reason, payload }) = handle.join() else {
        panic!("no panic seen")
    };
    assert_eq!(reason, panicked("number 7"));
    assert_eq!(payload.downcast_ref::<String>().unwrap(), "number 7");
    assert_eq!(reason_seen(&watcher), reason);
}

#[test]
fn panic_without_text_has_an_empty_message() {
    let handle = spawn(|| -> u8 { std::panic::panic_any(7_u8) });
    let Err(Exit::Panicked { reason, payload }) = handle.join() else {
        panic!("no panic seen")
    };
    assert_eq!(reason, panicked(""));
    assert_eq!(payload.downcast_ref::<u8>(), Some(&7));
}

#[test]
fn spawned_process_told_to_exit_has_no_result() {
    let handle = spawn(|| {
        let current = Process::current();
        current.exit(atom("stopped"));
        assert!(!current.is_alive());
        7
    });
    let Err(Exit::Told { reason }) = handle.join() else {
        panic!("a result after the exit")
    };
    assert_eq!(reason, atom("stopped"));
}

#[test]
fn exit_from_outside_wakes_the_receiver() {
    let handle = spawn(|| Process::current().receive().is_err());
    handle.process().exit(atom("shutdown"));
    let Err(Exit::Told { reason }) = handle.join() else {
        panic!("a result after the exit")
    };
    assert_eq!(reason, atom("shutdown"));
}

#[test]
fn spawned_process_outlives_its_handle() {
    let watcher = Process::new();
    let (go, wait) = mpsc::channel::<()>();
    let handle = spawn(move || wait.recv().is_ok());
    watcher.monitor(handle.process());
    let pid = handle.process().pid();
    drop(handle);
    assert!(Process::find(pid).is_some());
    go.send(()).unwrap();
    assert_eq!(reason_seen(&watcher), atom("normal"));
}

#[test]
fn root_never_exits() {
    let root = Process::root();
    root.exit(atom("nice_try"));
    assert!(root.is_alive());
    assert_eq!(Process::find(root.pid()), Some(root.clone()));
    for _ in 0..10 {
        drop(Process::root());
    }
    assert!(root.is_alive());
}

#[test]
fn first_reason_counts() {
    let (watcher, process) = (Process::new(), Process::new());
    watcher.monitor(&process);
    process.exit(atom("first"));
    process.exit(atom("second"));
    drop(process);
    assert_eq!(reason_seen(&watcher), atom("first"));
    assert_eq!(watcher.try_receive(), None);
}

/// Eight threads end one process at the same instant. When any of them returns, all consequences
/// have happened.
#[test]
fn one_exit_of_many_counts() {
    const THREADS: usize = 8;
    for _ in 0..100 {
        let (watcher, process) = (Process::new(), Process::new());
        watcher.monitor(&process);
        let start = Barrier::new(THREADS);
        let down = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|number| {
                    let (watcher, process, start) = (&watcher, process.clone(), &start);
                    scope.spawn(move || {
                        start.wait();
                        process.exit(number as i64);
                        watcher.try_receive()
                    })
                })
                .collect();
            threads
                .into_iter()
                .filter_map(|thread| thread.join().unwrap())
                .count()
        });
        assert_eq!(down, 1);
        assert_eq!(watcher.try_receive(), None);
    }
}

/// Handles of one process are dropped by many threads at once, while others look it up.
#[test]
fn last_handle_is_one_of_many() {
    const THREADS: usize = 4;
    for _ in 0..200 {
        let (watcher, process) = (Process::new(), Process::new());
        watcher.monitor(&process);
        let pid = process.pid();
        let handles = vec![process; THREADS];
        thread::scope(|scope| {
            for handle in handles {
                scope.spawn(move || {
                    drop(Process::find(pid));
                    drop(handle);
                    drop(Process::find(pid));
                });
            }
        });
        assert_eq!(Process::find(pid), None);
        assert_eq!(reason_seen(&watcher), atom("normal"));
        assert_eq!(watcher.try_receive(), None);
    }
}

/// Everybody watches everybody, and all end at once on several threads.
#[test]
fn many_exit_at_once() {
    const PROCESSES: usize = 100;
    const THREADS: usize = 8;
    let all: Vec<Process> = (0..PROCESSES).map(|_| Process::new()).collect();
    for watcher in &all {
        for target in &all {
            watcher.monitor(target);
        }
    }
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        for offset in 0..THREADS {
            let (all, start) = (&all, &start);
            scope.spawn(move || {
                start.wait();
                for index in 0..PROCESSES {
                    all[(index + offset * 13) % PROCESSES].exit(atom("gone"));
                }
            });
        }
    });
    assert!(all.iter().all(|process| !process.is_alive()));
}

/// Each watches the one before; each ends by losing its last handle. The Downs come in the order of
/// the ends.
#[test]
fn ten_thousand_processes() {
    const PROCESSES: usize = 10_000;
    let watcher = Process::new();
    let all: Vec<Process> = (0..PROCESSES).map(|_| Process::new()).collect();
    let pids: Vec<_> = all.iter().map(Process::pid).collect();
    for pair in all.windows(2) {
        pair[1].monitor(&pair[0]);
    }
    for process in &all {
        watcher.monitor(process);
        assert_eq!(Process::find(process.pid()).as_ref(), Some(process));
    }
    drop(all);
    for expected in pids {
        assert!(
            matches!(watcher.try_receive(), Some(Message::Down { pid, .. }) if pid == expected)
        );
        assert_eq!(Process::find(expected), None);
    }
    assert_eq!(watcher.try_receive(), None);
}

#[test]
fn hundreds_of_spawned_processes() {
    let handles: Vec<_> = (0..300).map(|number| spawn(move || number)).collect();
    let sum: u32 = handles
        .into_iter()
        .map(|handle| handle.join().unwrap())
        .sum();
    assert_eq!(sum, (0..300).sum());
}

#[test]
fn ids_are_not_used_twice() {
    let pid = Process::new().pid();
    assert!((0..1000).all(|_| Process::new().pid() != pid));
}
