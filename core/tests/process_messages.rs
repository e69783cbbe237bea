//! Mailboxes and monitors.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use heirloom::process::{Message, ReceiveError, spawn};
use heirloom::{Atom, Process, Term};

/// The atom.
fn atom(text: &str) -> Term {
    Term::from(Atom::new(text).unwrap())
}

fn number(number: usize) -> Term {
    Term::from(number as i64)
}

#[test]
fn messages_keep_their_order() {
    let (sender, receiver) = (Process::new(), Process::new());
    for index in 0..1000 {
        sender.send(receiver.pid(), number(index)).unwrap();
    }
    for index in 0..1000 {
        assert_eq!(receiver.receive(), Ok(Message::User(number(index))));
    }
    assert_eq!(receiver.try_receive(), None);
}

#[test]
fn messages_of_each_sender_keep_their_order() {
    const SENDERS: usize = 4;
    const EACH: usize = 500;
    let receiver = Process::new();
    let to = receiver.pid();
    for sender in 0..SENDERS {
        spawn(move || {
            for index in 0..EACH {
                Process::current()
                    .send(to, number(sender * EACH + index))
                    .unwrap();
            }
        });
    }
    let mut next = [0; SENDERS];
    for _ in 0..SENDERS * EACH {
        let Ok(Message::User(message)) = receiver.receive() else {
            panic!("expected a message")
        };
        let message = message.as_i64().unwrap() as usize;
        assert_eq!(message % EACH, next[message / EACH]);
        next[message / EACH] += 1;
    }
}

#[test]
fn each_message_has_one_receiver() {
    const RECEIVERS: usize = 4;
    const MESSAGES: usize = 1000;
    let process = Process::new();
    let received = thread::scope(|scope| {
        let threads: Vec<_> = (0..RECEIVERS)
            .map(|_| {
                scope.spawn(|| {
                    (0..MESSAGES / RECEIVERS)
                        .filter(|_| process.receive().is_ok())
                        .count()
                })
            })
            .collect();
        for index in 0..MESSAGES {
            Process::root().send(process.pid(), number(index)).unwrap();
        }
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum::<usize>()
    });
    assert_eq!(received, MESSAGES);
    assert_eq!(process.try_receive(), None);
}

#[test]
fn receive_waits_for_a_message() {
    let process = Process::new();
    thread::scope(|scope| {
        let receiving = scope.spawn(|| process.receive());
        let timed = scope.spawn(|| process.receive_timeout(Duration::from_secs(60)));
        thread::sleep(Duration::from_millis(20));
        for _ in 0..2 {
            Process::root().send(process.pid(), atom("wake")).unwrap();
        }
        assert_eq!(receiving.join().unwrap(), Ok(Message::User(atom("wake"))));
        assert_eq!(timed.join().unwrap(), Ok(Message::User(atom("wake"))));
    });
}

#[test]
fn receive_gives_up_in_time() {
    let process = Process::new();
    let waited = Duration::from_millis(10);
    assert_eq!(
        process.receive_timeout(waited),
        Err(ReceiveError::TimedOut { waited })
    );
    assert_eq!(
        process.receive_timeout(Duration::ZERO),
        Err(ReceiveError::TimedOut {
            waited: Duration::ZERO
        })
    );
    process.send(process.pid(), atom("hello")).unwrap();
    assert_eq!(
        process.receive_timeout(Duration::ZERO),
        Ok(Message::User(atom("hello")))
    );
}

#[test]
fn all_waiting_receivers_wake_when_the_process_exits() {
    let process = Process::new();
    let gone = Err(ReceiveError::NoSuchProcess { pid: process.pid() });
    thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(|| process.receive())).collect();
        let timed = scope.spawn(|| process.receive_timeout(Duration::from_secs(60)));
        thread::sleep(Duration::from_millis(20));
        process.exit(atom("done"));
        assert_eq!(timed.join().unwrap(), gone);
        for thread in threads {
            assert_eq!(thread.join().unwrap(), gone);
        }
    });
}

#[test]
fn dead_get_and_send_nothing() {
    let (dead, alive) = (Process::new(), Process::new());
    alive.send(dead.pid(), atom("unread")).unwrap();
    dead.exit(atom("done"));
    assert_eq!(dead.try_receive(), None);
    assert!(matches!(
        dead.receive(),
        Err(ReceiveError::NoSuchProcess { .. })
    ));
    assert!(matches!(
        dead.receive_timeout(Duration::ZERO),
        Err(ReceiveError::NoSuchProcess { .. })
    ));
    assert_eq!(
        alive.send(dead.pid(), atom("late")).unwrap_err().pid,
        dead.pid()
    );
    assert_eq!(
        dead.send(alive.pid(), atom("ghost")).unwrap_err().pid,
        dead.pid()
    );
    assert_eq!(alive.try_receive(), None);
}

#[test]
fn dead_target_is_noproc_at_once() {
    let (watcher, target) = (Process::new(), Process::new());
    target.exit(atom("done"));
    let monitor = watcher.monitor(&target);
    let down = Message::Down {
        monitor,
        pid: target.pid(),
        reason: atom("noproc"),
    };
    assert_eq!(watcher.try_receive(), Some(down));
    assert!(!watcher.demonitor(monitor));
}

#[test]
fn each_monitor_gives_one_down() {
    let (watcher, target) = (Process::new(), Process::new());
    let monitors = [
        watcher.monitor(&target),
        watcher.monitor(&target),
        watcher.monitor(&target),
    ];
    assert!(watcher.demonitor(monitors[1]));
    assert!(!watcher.demonitor(monitors[1]));
    target.exit(atom("done"));
    for monitor in [monitors[0], monitors[2]] {
        let down = Message::Down {
            monitor,
            pid: target.pid(),
            reason: atom("done"),
        };
        assert_eq!(watcher.try_receive(), Some(down));
    }
    assert_eq!(watcher.try_receive(), None);
    assert!(!watcher.demonitor(monitors[0]));
}

#[test]
fn monitor_belongs_to_its_watcher() {
    let (watcher, other, target) = (Process::new(), Process::new(), Process::new());
    let monitor = watcher.monitor(&target);
    assert!(!other.demonitor(monitor));
    target.exit(atom("done"));
    assert!(watcher.try_receive().is_some());
    assert_eq!(other.try_receive(), None);
}

#[test]
fn down_comes_after_what_the_process_sent() {
    let watcher = Process::new();
    let to = watcher.pid();
    let handle = spawn(move || {
        let current = Process::current();
        let Ok(_) = current.receive() else { return };
        current.send(to, atom("last_words")).unwrap();
    });
    watcher.monitor(handle.process());
    watcher.send(handle.process().pid(), atom("go")).unwrap();
    assert_eq!(watcher.receive(), Ok(Message::User(atom("last_words"))));
    assert!(matches!(watcher.receive(), Ok(Message::Down { .. })));
}

#[test]
fn one_may_monitor_oneself_and_hears_nothing() {
    let process = Process::new();
    let monitor = process.monitor(&process);
    assert!(process.demonitor(monitor));
    process.monitor(&process);
    process.exit(atom("done"));
    assert_eq!(process.try_receive(), None);
}

#[test]
fn dead_watcher_hears_nothing() {
    let (watcher, target) = (Process::new(), Process::new());
    watcher.exit(atom("done"));
    let monitor = watcher.monitor(&target);
    assert!(!watcher.demonitor(monitor));
    target.exit(atom("done"));
    assert_eq!(watcher.try_receive(), None);
}

/// Monitor against exit: one Down always, with the true reason or `noproc`.
#[test]
fn monitor_races_with_exit() {
    let watcher = Process::new();
    for _ in 0..500 {
        let target = Process::new();
        let start = Barrier::new(2);
        let monitor = thread::scope(|scope| {
            scope.spawn(|| {
                start.wait();
                target.exit(atom("done"));
            });
            start.wait();
            watcher.monitor(&target)
        });
        match watcher.try_receive() {
            Some(Message::Down {
                monitor: seen,
                pid,
                reason,
            }) => {
                assert_eq!((seen, pid), (monitor, target.pid()));
                assert!(reason == atom("done") || reason == atom("noproc"));
            }
            other => panic!("expected a Down, got {other:?}"),
        }
        assert_eq!(watcher.try_receive(), None);
    }
}

/// Demonitor against exit: either in time, or the Down is there. Never both, never neither.
#[test]
fn demonitor_races_with_exit() {
    let watcher = Process::new();
    for _ in 0..500 {
        let target = Process::new();
        let monitor = watcher.monitor(&target);
        let start = Barrier::new(2);
        let in_time = thread::scope(|scope| {
            scope.spawn(|| {
                start.wait();
                target.exit(atom("done"));
            });
            start.wait();
            let in_time = watcher.demonitor(monitor);
            assert_eq!(watcher.try_receive().is_none(), in_time);
            in_time
        });
        assert_eq!(watcher.try_receive(), None, "in time: {in_time}");
    }
}
