//! How models are run: the real code under loom, counted, and once more with a fault in it.

use crate::mutant::{self, Mutant};
use crate::sync::set_thread_slot;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How often a model's thread may be interrupted, other than where it waits. Faults of real
/// protocols need one or two interruptions.
const PREEMPTIONS: usize = 3;

/// Steps of one execution before loom gives up on it.
const BRANCHES_MAX: usize = 100_000;

/// Bytes of stack of a model's threads: lookups keep a row of a kibibyte on it, several deep.
const STACK_BYTES: usize = 1 << 20;

/// What exploring a model showed.
struct Explored {
    executions: usize,
    /// Executions in which the model said that something was wrong.
    failures: usize,
}

/// How far a model is explored.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// To the first execution in which something was wrong; then it panics.
    Failure,
    End,
}

/// Explores the interleavings of `model`, which says whether all was well.
///
/// A model says so rather than panicking: unwinding would drop processes and tables, and those
/// use what loom no longer allows.
fn explore(
    preemptions: usize,
    until: Until,
    model: impl Fn() -> bool + Sync + Send + Copy + 'static,
) -> Explored {
    let counts = std::sync::Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let [executions, failures] = [0, 1].map(|index| {
        let counts = std::sync::Arc::clone(&counts);
        move || counts[index].fetch_add(1, Ordering::Relaxed)
    });
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = BRANCHES_MAX;
    builder.check(move || {
        executions();
        if !start(0, model).join().unwrap_or(false) {
            failures();
            // The model's threads and all that they had are gone by now.
            assert!(until == Until::End, "the fault is caught");
        }
    });
    let count = |index: usize| counts[index].load(Ordering::Relaxed);
    Explored {
        executions: count(0),
        failures: count(1),
    }
}

/// Checks that a model holds in every interleaving, that there was more than one, and that it
/// fails with the fault.
pub(crate) fn check(mutant: Mutant, model: impl Fn() -> bool + Sync + Send + Copy + 'static) {
    check_within(PREEMPTIONS, mutant, model);
}

/// As [`check`], with fewer or more interruptions of each execution.
pub(crate) fn check_within(
    preemptions: usize,
    mutant: Mutant,
    model: impl Fn() -> bool + Sync + Send + Copy + 'static,
) {
    let sound = explore(preemptions, Until::End, model);
    println!("{} executions", sound.executions);
    assert_eq!(sound.failures, 0, "the model fails in some executions");
    assert!(
        sound.executions > 1,
        "the model explores a single execution"
    );
    let with_fault = || mutant::with(mutant, || explore(preemptions, Until::Failure, model));
    // A fault may also do worse than be noticed by the model.
    let caught = catch_unwind(AssertUnwindSafe(with_fault)).is_err();
    assert!(caught, "{mutant:?} is not caught");
}

/// Starts a thread in a slot of its own. A model whose threads are all started like this lets loom
/// give each of them old values; a thread that has yielded gets none that it knew before.
pub(crate) fn start<T: Send + 'static>(
    slot: usize,
    body: impl FnOnce() -> T + Send + 'static,
) -> loom::thread::JoinHandle<T> {
    let thread = loom::thread::Builder::new().stack_size(STACK_BYTES);
    let started = thread.spawn(move || {
        set_thread_slot(slot);
        body()
    });
    match started {
        Ok(thread) => thread,
        Err(error) => unreachable!("loom starts threads of its own: {error}"),
    }
}

/// Starts a thread of a model, in a slot of its own. The caller lets others go first once:
/// otherwise loom may find nothing to interrupt, and explore one execution.
pub(crate) fn spawn<T: Send + 'static>(
    slot: usize,
    body: impl FnOnce() -> T + Send + 'static,
) -> loom::thread::JoinHandle<T> {
    let thread = start(slot, body);
    loom::thread::yield_now();
    thread
}
