//! Records histories from real threads. The threads live as long as the recorder, since making one
//! takes as long as a hundred histories; they wait for each other by looking, since to be woken
//! takes as long as a history.

use super::history::{History, Moment, Recorded};
use super::program::{Palette, Pause, Planned, Random, Scene, calls};
use super::spec::{Call, KEYS, Kind};
use super::subject::{Prepared, Raw, Subject};
use super::walks::in_parts;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Bits of a history's seed in the numbers of its calls. Fillers are numbered by these, 70 for each.
const HISTORY_BITS: u32 = 40;

/// From the moment at which all threads are there to the start of their calls: time enough for all
/// to learn of it.
const START_DELAY: Duration = Duration::from_nanos(1_500);

/// What one history is made of.
#[derive(Clone)]
pub struct Plan {
    pub seed: u64,
    pub subject: Subject,
    pub palette: Palette,
    pub calls_max: usize,
    /// Whether to record moments. To draw one is a locked operation, which also empties the
    /// processor's store buffer; without them, a store that is not yet visible when its call
    /// returns can show.
    pub timed: bool,
    /// The last thread does not take part: it inserts and deletes other keys all the while, in rows
    /// of this length.
    pub churn: Option<i64>,
}

/// Threads that make the calls of one history after the other. The one that owns this is the first
/// of them.
pub struct Recorder {
    shared: Arc<Shared>,
    others: Vec<JoinHandle<()>>,
}

struct Shared {
    threads: usize,
    /// Counts histories. A thread that sees it rise has a plan to carry out.
    generation: AtomicU64,
    plan: Mutex<Option<Plan>>,
    /// How many threads have come to the start of their calls, in all histories together.
    ready: AtomicUsize,
    /// The last history that may start, and when: nanoseconds from `begin`. Threads that only
    /// looked for each other would start one after the other, by about the time that a call takes.
    may_start: AtomicU64,
    start_at: AtomicU64,
    begin: Instant,
    /// How many have made all of their calls.
    finished: AtomicUsize,
    clock: AtomicU64,
    recorded: Mutex<Vec<Recorded>>,
    stop: AtomicBool,
}

/// A call that was made, its answer not yet read.
struct Made {
    call: Call,
    raw: Raw,
    invoked: Moment,
    returned: Moment,
}

impl Recorder {
    pub fn new(threads: usize) -> Recorder {
        let shared = Arc::new(Shared {
            threads,
            generation: AtomicU64::new(0),
            plan: Mutex::new(None),
            ready: AtomicUsize::new(0),
            may_start: AtomicU64::new(0),
            start_at: AtomicU64::new(0),
            begin: Instant::now(),
            finished: AtomicUsize::new(0),
            clock: AtomicU64::new(1),
            recorded: Mutex::new(Vec::new()),
            stop: AtomicBool::new(false),
        });
        let spawn = |thread| {
            let shared = shared.clone();
            thread::spawn(move || shared.work(thread))
        };
        Recorder {
            others: (1..threads).map(spawn).collect(),
            shared,
        }
    }

    /// Carries the plan out, and looks at every key once all calls have returned.
    pub fn record(&self, plan: Plan) -> History {
        let shared = &self.shared;
        *shared.plan.lock().unwrap() = Some(plan.clone());
        let generation = shared.generation.fetch_add(1, Ordering::SeqCst) + 1;
        shared.take_part(0, &plan, generation);
        let all = shared.threads * generation as usize;
        shared.wait_while(|| shared.finished.load(Ordering::SeqCst) < all);
        let mut calls = std::mem::take(&mut *shared.recorded.lock().unwrap());
        calls.sort_by_key(|recorded| recorded.thread);
        calls.extend(last_look(&plan));
        let kind = plan.subject.layout().kind;
        if kind != Kind::OrderedSet && plan.palette == Palette::Walks {
            calls = in_parts(calls, plan.subject.order().as_ref());
        }
        History { kind, calls }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        for thread in self.others.drain(..) {
            // A thread that panicked has left the owner waiting or panicking too.
            let _ = thread.join();
        }
    }
}

/// Lookups of all keys after everything else, by a thread of their own.
fn last_look(plan: &Plan) -> Vec<Recorded> {
    let look = |key| {
        let planned = Planned {
            call: Call::Lookup(key),
            pause: Pause::None,
        };
        let prepared = plan.subject.prepare(&mut Random(1), &planned, 0);
        let answer = plan
            .subject
            .interpret(&planned.call, plan.subject.perform(prepared));
        Recorded {
            thread: usize::MAX,
            turn: key,
            call: planned.call,
            answer,
            invoked: Moment::MAX - 1,
            returned: Moment::MAX,
        }
    };
    (0..KEYS).map(look).collect()
}

impl Shared {
    fn work(&self, thread: usize) {
        for generation in 1.. {
            self.wait_while(|| {
                self.generation.load(Ordering::SeqCst) < generation
                    && !self.stop.load(Ordering::SeqCst)
            });
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            let plan = self
                .plan
                .lock()
                .unwrap()
                .clone()
                .expect("a plan comes with the generation");
            self.take_part(thread, &plan, generation);
        }
    }

    fn take_part(&self, thread: usize, plan: &Plan, generation: u64) {
        let _stop = StopOnPanic(&self.stop);
        match plan.churn {
            Some(row_length) if thread + 1 == self.threads => {
                self.churn(plan, row_length, generation)
            }
            _ => self.make_calls(thread, plan, generation),
        }
        self.finished.fetch_add(1, Ordering::SeqCst);
    }

    fn churn(&self, plan: &Plan, row_length: i64, generation: u64) {
        self.start(generation);
        // Goes on where the last history's churn may have stopped; where exactly does not matter.
        let mut position = Random(plan.seed).below(row_length as usize * 2) as i64;
        let all_others = self.threads * generation as usize - 1;
        while self.finished.load(Ordering::SeqCst) < all_others && !self.stop.load(Ordering::SeqCst)
        {
            plan.subject.churn(position, row_length);
            position += 1;
        }
    }

    fn make_calls(&self, thread: usize, plan: &Plan, generation: u64) {
        let mut random = Random(plan.seed ^ (thread as u64) << 56);
        let layout = plan.subject.layout();
        let scene = Scene {
            kind: layout.kind,
            free_end: layout.free_end(),
            palette: plan.palette,
        };
        let planned = calls(&mut random, scene, plan.calls_max);
        let mut prepare = |(index, planned): (usize, &Planned)| {
            // Of so many bits that no two histories on a table have the same.
            let history = plan.seed & ((1 << HISTORY_BITS) - 1);
            let number = (history << 8 | (thread as u64) << 4 | (index as u64 + 1)) as i64;
            (
                planned.pause,
                planned.call.clone(),
                plan.subject.prepare(&mut random, planned, number),
            )
        };
        let prepared: Vec<(Pause, Call, Prepared)> =
            planned.iter().enumerate().map(&mut prepare).collect();
        let mut made = Vec::with_capacity(prepared.len());
        self.start(generation);
        for (pause, call, prepared) in prepared {
            wait(pause);
            let invoked = self.moment(plan.timed, 1);
            let raw = plan.subject.perform(prepared);
            let returned = self.moment(plan.timed, 2);
            made.push(Made {
                call,
                raw,
                invoked,
                returned,
            });
        }
        self.keep(thread, plan, made);
    }

    fn moment(&self, timed: bool, otherwise: Moment) -> Moment {
        if timed {
            self.clock.fetch_add(1, Ordering::SeqCst)
        } else {
            otherwise
        }
    }

    fn keep(&self, thread: usize, plan: &Plan, made: Vec<Made>) {
        let read = |(turn, made)| {
            let Made {
                call,
                raw,
                invoked,
                returned,
            } = made;
            let answer = plan.subject.interpret(&call, raw);
            Recorded {
                thread,
                turn,
                call,
                answer,
                invoked,
                returned,
            }
        };
        let recorded: Vec<Recorded> = made.into_iter().enumerate().map(read).collect();
        self.recorded.lock().unwrap().extend(recorded);
    }

    /// Waits until all threads are here, and then until the moment that the last one set.
    fn start(&self, generation: u64) {
        let everybody = self.threads * generation as usize;
        if self.ready.fetch_add(1, Ordering::SeqCst) + 1 == everybody {
            let start_at = self.begin.elapsed() + START_DELAY;
            self.start_at
                .store(start_at.as_nanos() as u64, Ordering::SeqCst);
            self.may_start.store(generation, Ordering::SeqCst);
        }
        self.wait_while(|| self.may_start.load(Ordering::SeqCst) < generation);
        let start_at = Duration::from_nanos(self.start_at.load(Ordering::SeqCst));
        while self.begin.elapsed() < start_at {}
    }

    /// Looks again and again, and lets others run now and then: there may be more threads than
    /// processors.
    fn wait_while(&self, waiting: impl Fn() -> bool) {
        let mut looks = 0u32;
        while waiting() {
            std::hint::spin_loop();
            looks += 1;
            if looks.is_multiple_of(512) {
                thread::yield_now();
                let stopped = self.stop.load(Ordering::SeqCst);
                assert!(
                    !stopped || !waiting(),
                    "another thread of the recorder panicked"
                );
            }
        }
    }
}

/// A thread that panics must not leave the others waiting.
struct StopOnPanic<'s>(&'s AtomicBool);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}

fn wait(pause: Pause) {
    match pause {
        Pause::None => {}
        Pause::Spin(turns) => (0..turns).for_each(|_| std::hint::spin_loop()),
        Pause::Yield => thread::yield_now(),
    }
}
