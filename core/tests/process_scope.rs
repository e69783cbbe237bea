//! Which process is current: scopes and futures, on one thread and on several.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;

use heirloom::process::{Message, spawn};
use heirloom::{Atom, Process, Term, ToTerm};

/// The atom.
fn atom(text: &str) -> Term {
    Term::from(Atom::new(text).unwrap())
}

/// The exit reason of a panic.
fn panicked(message: &str) -> Term {
    (atom("panic"), message).to_term().unwrap()
}

fn at_root() -> bool {
    Process::current() == Process::root()
}

#[test]
fn scopes_nest_and_restore() {
    let (outer, inner) = (Process::new(), Process::new());
    assert!(at_root());
    outer.run(|| {
        assert_eq!(Process::current(), outer);
        inner.run(|| {
            assert_eq!(Process::current(), inner);
            outer.run(|| assert_eq!(Process::current(), outer));
            Process::root().run(|| assert!(at_root()));
            assert_eq!(Process::current(), inner);
        });
        assert_eq!(Process::current(), outer);
    });
    assert!(at_root());
}

#[test]
fn scopes_dropped_out_of_order_restore_too() {
    let (first, second, third) = (Process::new(), Process::new(), Process::new());
    let scopes = (first.enter(), second.enter(), third.enter());
    drop(scopes.1);
    assert_eq!(Process::current(), third);
    drop(scopes.2);
    assert_eq!(Process::current(), first);
    drop(scopes.0);
    assert!(at_root());
}

#[test]
fn panic_restores() {
    let process = Process::new();
    let result = catch_unwind(AssertUnwindSafe(|| process.run(|| panic!("on purpose"))));
    assert!(result.is_err());
    assert!(at_root());
    assert!(process.is_alive());
}

#[test]
fn thousand_scopes_of_one_process() {
    let process = Process::new();
    let scopes: Vec<_> = (0..1000).map(|_| process.enter()).collect();
    assert_eq!(Process::current(), process);
    drop(scopes);
    assert!(at_root());
}

#[test]
fn other_threads_are_root() {
    let process = Process::new();
    process.run(|| assert!(thread::spawn(at_root).join().unwrap()));
}

#[test]
fn spawned_process_is_current_in_its_thread_only() {
    let outside = Process::new();
    let handle = outside.run(|| spawn(Process::current));
    let process = handle.process().clone();
    assert_eq!(handle.join().unwrap(), process);
    assert_ne!(process, outside);
    assert!(at_root());
}

#[test]
fn dead_process_can_stay_current() {
    let process = Process::new();
    process.run(|| {
        process.exit(atom("done"));
        assert_eq!(Process::current(), process);
        assert!(!Process::current().is_alive());
    });
    process.run(|| assert_eq!(Process::current(), process));
}

/// Yields `left` times, and each time checks where it is.
struct Steps {
    left: u32,
    home: Process,
}

impl Future for Steps {
    type Output = &'static str;

    fn poll(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<&'static str> {
        assert_eq!(Process::current(), self.home);
        if self.left == 0 {
            return Poll::Ready("finished");
        }
        self.left -= 1;
        Poll::Pending
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        assert_eq!(Process::current(), self.home);
        assert!(self.home.is_alive());
    }
}

fn poll_once<F: Future>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
}

fn steps(left: u32) -> (Process, impl Future<Output = &'static str> + Send + 'static) {
    let process = Process::new();
    let future = process.wrap(Steps {
        left,
        home: process.clone(),
    });
    (process, future)
}

fn down_reason(watcher: &Process) -> Option<Term> {
    match watcher.try_receive()? {
        Message::Down { reason, .. } => Some(reason),
        other => panic!("expected a Down, got {other:?}"),
    }
}

#[test]
fn future_is_the_process_on_every_thread() {
    const POLLS: u32 = 10;
    let watcher = Process::new();
    let (process, future) = steps(POLLS);
    watcher.monitor(&process);
    let mut future = Box::pin(future);
    for _ in 0..POLLS {
        future = thread::spawn(move || {
            assert_eq!(poll_once(&mut future), Poll::Pending);
            assert!(at_root());
            future
        })
        .join()
        .unwrap();
        assert!(process.is_alive());
    }
    assert_eq!(poll_once(&mut future), Poll::Ready("finished"));
    assert!(at_root());
    assert!(!process.is_alive());
    assert_eq!(down_reason(&watcher), Some(atom("normal")));
    drop(future);
    assert_eq!(watcher.try_receive(), None);
}

#[test]
fn dropped_future_kills_its_process() {
    for polls in [0, 2] {
        let watcher = Process::new();
        let (process, future) = steps(10);
        watcher.monitor(&process);
        let mut future = Box::pin(future);
        for _ in 0..polls {
            assert_eq!(poll_once(&mut future), Poll::Pending);
        }
        drop(future);
        assert!(!process.is_alive());
        assert_eq!(down_reason(&watcher), Some(atom("killed")));
    }
}

#[test]
fn panicking_future_ends_its_process() {
    let (watcher, process) = (Process::new(), Process::new());
    watcher.monitor(&process);
    let mut future = Box::pin(process.wrap(async { panic!("oh no") }));
    let result: Result<Poll<()>, _> = catch_unwind(AssertUnwindSafe(|| poll_once(&mut future)));
    assert_eq!(result.unwrap_err().downcast_ref::<&str>(), Some(&"oh no"));
    assert!(at_root());
    assert_eq!(down_reason(&watcher), Some(panicked("oh no")));
}

#[test]
fn future_whose_destructor_panics_ends_its_process() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in the destructor");
        }
    }
    let (watcher, process) = (Process::new(), Process::new());
    watcher.monitor(&process);
    let bomb = Bomb;
    let future = process.wrap(async move {
        let _bomb = &bomb;
        std::future::pending::<()>().await;
    });
    assert!(catch_unwind(AssertUnwindSafe(|| drop(future))).is_err());
    assert!(at_root());
    assert_eq!(down_reason(&watcher), Some(atom("killed")));
}

#[test]
#[should_panic(expected = "polled after it had completed")]
fn completed_future_is_not_polled_again() {
    let mut future = Box::pin(Process::new().wrap(std::future::ready(())));
    assert_eq!(poll_once(&mut future), Poll::Ready(()));
    let _ = poll_once(&mut future);
}

#[test]
fn entering_future_leaves_the_process_alive() {
    let process = Process::new();
    let mut completes = Box::pin(process.enter_future(Steps {
        left: 0,
        home: process.clone(),
    }));
    assert_eq!(poll_once(&mut completes), Poll::Ready("finished"));
    drop(process.enter_future(Steps {
        left: 1,
        home: process.clone(),
    }));
    let mut panics = Box::pin(process.enter_future(async { panic!("on purpose") }));
    let result: Result<Poll<()>, _> = catch_unwind(AssertUnwindSafe(|| poll_once(&mut panics)));
    assert!(result.is_err());
    assert!(process.is_alive());
}

#[test]
fn future_holds_a_handle() {
    let process = Process::new();
    let pid = process.pid();
    let future = process.enter_future(std::future::pending::<()>());
    drop(process);
    assert!(Process::find(pid).is_some());
    drop(future);
    assert!(Process::find(pid).is_none());
}

#[test]
fn wrapped_futures_nest() {
    let (outer, inner) = (Process::new(), Process::new());
    let order = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&order);
    let note = move || log.lock().unwrap().push(Process::current());
    let inside = inner.wrap({
        let note = note.clone();
        async move { note() }
    });
    let mut task = Box::pin(outer.wrap(async move {
        note();
        inside.await;
        note();
    }));
    assert_eq!(poll_once(&mut task), Poll::Ready(()));
    assert_eq!(
        *order.lock().unwrap(),
        [outer.clone(), inner.clone(), outer.clone()]
    );
    assert!(!outer.is_alive() && !inner.is_alive());
}

/// A destructor of a thread-local value may ask who is current, or enter, when the thread is almost
/// gone.
#[test]
fn scopes_during_thread_teardown() {
    struct AtTheEnd(Cell<bool>);
    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            let process = Process::new();
            let _scope = process.enter();
            drop(Process::current());
        }
    }
    thread_local! {
        static BEFORE: AtTheEnd = const { AtTheEnd(Cell::new(false)) };
        static AFTER: AtTheEnd = const { AtTheEnd(Cell::new(false)) };
    }
    let ended = thread::spawn(|| {
        BEFORE.with(|end| end.0.set(true));
        std::mem::forget(Process::new().enter());
        AFTER.with(|end| end.0.set(true));
    });
    ended.join().unwrap();
}
