//! How scenarios are run: the real code under shuttle's schedulers, and once more with a fault in it.
//!
//! shuttle runs all threads of a scenario on one, and draws at each atomic operation and each lock who goes
//! on. The *random* scheduler draws anew each time; the other one (PCT: S. Burckhardt et al., "A
//! Randomized Scheduler with Probabilistic Guarantees of Finding Bugs", 2010) gives the threads priorities and
//! changes them at a few points, which finds what needs a thread to stand still for long.

use crate::mutant::{self, Mutant};
use crate::sync::thread::{self, JoinHandle};
use shuttle::scheduler::{
    PctScheduler, RandomScheduler, ReplayScheduler, Scheduler,
    UncontrolledNondeterminismCheckScheduler,
};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};
use std::env;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many schedules each scheduler draws, unless [`SCHEDULES_VARIABLE`] says otherwise.
const SCHEDULES: usize = 10_000;
const SCHEDULES_VARIABLE: &str = "HEIRLOOM_SCHEDULES";

/// Has the schedule that is to be run again, as a failure prints it.
const REPLAY_VARIABLE: &str = "HEIRLOOM_REPLAY";

/// Schedules that are run twice, to see that a schedule is all that a scenario depends on.
const RUN_TWICE: usize = 50;

/// The changes of priority in a schedule of PCT, and one.
const DEPTH: usize = 3;

/// Where the search for a fault begins: always at the same place, so that it always ends at the same.
const FAULT_SEED: u64 = 1;

/// Steps of one execution before it counts as one that does not end.
const STEPS_MAX: usize = 100_000;

/// Bytes of stack of a scenario's threads: lookups keep a row of a kibibyte on it, several deep.
const STACK_BYTES: usize = 1 << 20;

/// What a scenario, or one thread of it, found: an error if something was wrong.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// Checks that a scenario holds in all schedules that are drawn, and that it fails with each fault.
pub(crate) fn check(faults: &[Mutant], scenario: fn() -> Outcome) -> Outcome {
    if let Ok(schedule) = env::var(REPLAY_VARIABLE) {
        run(ReplayScheduler::new_from_encoded(&schedule), scenario);
        return Ok(());
    }
    let schedules = schedules();
    let twice = RandomScheduler::new(RUN_TWICE.min(schedules));
    run(
        UncontrolledNondeterminismCheckScheduler::new(twice),
        scenario,
    );
    run(RandomScheduler::new(schedules), scenario);
    run(PctScheduler::new(DEPTH, schedules), scenario);
    for &fault in faults {
        // No panic: the hook that shuttle has left behind would print a schedule that did not fail.
        ensure(catches(fault, schedules, scenario), || {
            format!("{fault:?} is not caught")
        })?;
    }
    Ok(())
}

fn schedules() -> usize {
    match env::var(SCHEDULES_VARIABLE) {
        Ok(number) => number.parse().expect("a number of schedules"),
        Err(_) => SCHEDULES,
    }
}

/// Whether a scenario fails with the fault in the code, in one of so many schedules. PCT goes first: it needs
/// far fewer of them.
fn catches(fault: Mutant, schedules: usize, scenario: fn() -> Outcome) -> bool {
    let by_priority = PctScheduler::new_from_seed(FAULT_SEED, DEPTH, schedules);
    let random = RandomScheduler::new_from_seed(FAULT_SEED, schedules);
    fails_with(fault, by_priority, scenario) || fails_with(fault, random, scenario)
}

/// Runs a scenario as often as the scheduler likes. Panics with the first failure, after printing its schedule.
fn run(scheduler: impl Scheduler + 'static, scenario: fn() -> Outcome) {
    run_with(FailurePersistence::Print, scheduler, scenario);
}

/// Whether a scenario fails in one of the schedules when the fault is in the code.
fn fails_with(
    fault: Mutant,
    scheduler: impl Scheduler + 'static,
    scenario: fn() -> Outcome,
) -> bool {
    let drawn = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&drawn);
    let silent = || {
        run_with(FailurePersistence::None, scheduler, move || {
            counted.fetch_add(1, Ordering::Relaxed);
            scenario()
        });
    };
    // A fault may also do worse than be noticed by the scenario.
    let caught = mutant::with(fault, || catch_unwind(AssertUnwindSafe(silent))).is_err();
    let drawn = drawn.load(Ordering::Relaxed);
    println!("{fault:?}: {drawn} schedules, caught: {caught}");
    caught
}

fn run_with(
    report: FailurePersistence,
    scheduler: impl Scheduler + 'static,
    scenario: impl Fn() -> Outcome + Send + Sync + 'static,
) {
    let mut config = Config::new();
    config.stack_size = STACK_BYTES;
    config.failure_persistence = report;
    config.max_steps = MaxSteps::FailAfter(STEPS_MAX);
    config.silence_warnings = true;
    // Panics only here, where nothing of the scenario is left: unwinding would go on running it.
    let body = move || scenario().unwrap_or_else(|wrong| panic!("{wrong}"));
    Runner::new(scheduler, config).run(body);
}

/// A thread of a scenario.
pub(crate) struct Running<T>(JoinHandle<Outcome<T>>);

/// Starts a thread of a scenario.
pub(crate) fn start<T: Send + 'static>(
    body: impl FnOnce() -> Outcome<T> + Send + 'static,
) -> Running<T> {
    Running(thread::spawn(body))
}

impl<T> Running<T> {
    /// What the thread found.
    pub(crate) fn end(self) -> Outcome<T> {
        self.0
            .join()
            .unwrap_or_else(|_| Err("a thread panicked".into()))
    }
}

/// Something is wrong unless it holds.
pub(crate) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Outcome {
    if holds {
        Ok(())
    } else {
        Err(otherwise().into())
    }
}
