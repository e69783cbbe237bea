//! Are the calls of a table linearizable? Short random histories of real threads, each judged
//! whole.
//!
//! `HEIRLOOM_HISTORIES` says how many (in a release build 200,000, fewer in others); without it the
//! run ends after [`TIME_MAX`] all the same, and prints how many it came to. `HEIRLOOM_SEED`
//! chooses other ones.
//!
//! Half of the histories carry moments, so that a call that returned before another began must come
//! first. The other half carries none, since to draw a moment hides what a processor's store buffer
//! does; there the order within each thread is all that counts.

mod checker;

use checker::history::{History, Recorded};
use checker::program::{PALETTES, Palette, Random};
use checker::recorder::{Plan, Recorder};
use checker::search::linearize;
use checker::spec::Kind;
use checker::subject::{Layout, Subject};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const HISTORIES: u64 = if cfg!(debug_assertions) {
    3_000
} else {
    200_000
};
const TIME_MAX: Duration = Duration::from_secs(100);
/// After so many histories other threads record: threads that the system runs on the same processor
/// stay there for long, and never meet in a call.
const HISTORIES_PER_RECORDER: u64 = 2_000;
/// Calls of a thread in one history, at most.
const CALLS_MAX: usize = 4;

/// A tenth of the histories on average, all recorded in the same setting.
struct Phase {
    name: &'static str,
    /// Of all histories, in percent.
    share: u64,
    threads: usize,
    /// Histories on one table, one after the other with other keys, until another table is made.
    per_table: u64,
    palettes: &'static [Palette],
    setting: Setting,
}

#[derive(Clone, Copy)]
enum Setting {
    /// Whatever layout comes.
    Any,
    /// Lists too long for one batch.
    LongLists,
    /// One thread inserts and deletes that many other keys all the time; that many others stay.
    Churn { row_length: i64, stay: i64 },
}

/// The palettes without calls that empty a table: a large one would be gone at once.
const KEEPING: &[Palette] = &[
    Palette::InsertAndLookup,
    Palette::Lists,
    Palette::Counters,
    Palette::Walks,
];

/// Sets and ordered sets twice: they are what most use.
const KINDS: [Kind; 6] = [
    Kind::Set,
    Kind::Set,
    Kind::OrderedSet,
    Kind::OrderedSet,
    Kind::Bag,
    Kind::DuplicateBag,
];

const PHASES: [Phase; 7] = [
    Phase {
        name: "two threads",
        share: 30,
        threads: 2,
        per_table: 64,
        palettes: &PALETTES,
        setting: Setting::Any,
    },
    Phase {
        name: "two threads, new table",
        share: 15,
        threads: 2,
        per_table: 1,
        palettes: &PALETTES,
        setting: Setting::Any,
    },
    Phase {
        name: "long lists",
        share: 15,
        threads: 2,
        per_table: 64,
        palettes: &[Palette::Lists],
        setting: Setting::LongLists,
    },
    Phase {
        name: "three threads",
        share: 15,
        threads: 3,
        per_table: 64,
        palettes: &PALETTES,
        setting: Setting::Any,
    },
    Phase {
        name: "walks in new tables",
        share: 10,
        threads: 3,
        per_table: 1,
        palettes: &[Palette::Walks],
        setting: Setting::Any,
    },
    Phase {
        name: "a small table grows and shrinks",
        share: 8,
        threads: 3,
        per_table: 256,
        palettes: &PALETTES,
        setting: Setting::Churn {
            row_length: 100,
            stay: 0,
        },
    },
    Phase {
        name: "a large table grows and shrinks",
        share: 7,
        threads: 3,
        per_table: 4_096,
        palettes: KEEPING,
        setting: Setting::Churn {
            row_length: 60_000,
            stay: 40_000,
        },
    },
];

/// One at a time: more threads than processors record histories that don't overlap.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn histories_of_threads_are_linearizable() {
    let _alone = ALONE
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let asked: Option<u64> = from_environment("HEIRLOOM_HISTORIES");
    let time_max = asked.map_or(TIME_MAX, |_| Duration::MAX);
    let seed = from_environment("HEIRLOOM_SEED").unwrap_or(0);
    let mut all = Tally::default();
    for phase in &PHASES {
        let histories = asked.unwrap_or(HISTORIES) * phase.share / 100;
        let tally = phase.run(
            histories,
            time_max.saturating_mul(phase.share as u32) / 100,
            seed,
        );
        println!("{:>32}: {tally}", phase.name);
        all.add(&tally);
    }
    println!("{:>32}: {all}", "all");
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    assert!(
        all.overlapping > 0 || processors == 1,
        "no calls of different threads met: nothing was tested"
    );
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// What was recorded. Every one of these histories is linearizable.
#[derive(Default)]
struct Tally {
    histories: u64,
    /// Those with moments.
    timed: u64,
    /// Those of the timed ones in which calls of different threads overlap.
    overlapping: u64,
    time: Duration,
}

impl Tally {
    fn add(&mut self, other: &Tally) {
        self.histories += other.histories;
        self.timed += other.timed;
        self.overlapping += other.overlapping;
        self.time += other.time;
    }

    fn count(&mut self, timed: bool, history: &History) {
        self.histories += 1;
        self.timed += u64::from(timed);
        self.overlapping += u64::from(timed && overlaps(&history.calls));
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = self.overlapping * 100 / self.timed.max(1);
        write!(
            out,
            "{:>7} histories linearizable in {:>5.1} s, ",
            self.histories,
            self.time.as_secs_f64()
        )?;
        write!(out, "calls overlap in {percent} % of those with moments")
    }
}

fn overlaps(calls: &[Recorded]) -> bool {
    let overlap = |a: &Recorded, b: &Recorded| {
        a.thread != b.thread && a.invoked < b.returned && b.invoked < a.returned
    };
    calls.iter().any(|a| calls.iter().any(|b| overlap(a, b)))
}

impl Phase {
    /// Records and judges up to `histories`, as long as the time lasts. Panics at the first that
    /// nothing explains.
    fn run(&self, histories: u64, time_max: Duration, seed: u64) -> Tally {
        let begin = Instant::now();
        let mut recorder = Recorder::new(self.threads);
        let mut random = Random(seed ^ self.share << 32);
        let mut tally = Tally::default();
        let mut subject = None;
        for number in 0..histories {
            if begin.elapsed() > time_max {
                break;
            }
            if number % self.per_table == 0 {
                subject = Some(self.replace(subject, &mut random));
            }
            if number % HISTORIES_PER_RECORDER == HISTORIES_PER_RECORDER - 1 {
                recorder = Recorder::new(self.threads);
            }
            let table = subject.as_ref().expect("the first history makes a table");
            let plan = self.plan(
                &mut random,
                table.with_keys_of((number % self.per_table) as i64),
            );
            let history = recorder.record(plan.clone());
            tally.count(plan.timed, &history);
            if linearize(&history).is_none() {
                panic!(
                    "{}, number {number}, {:?}: no order of the calls explains\n{history}",
                    self.name,
                    plan.subject.layout()
                );
            }
        }
        subject.iter().for_each(Subject::delete);
        tally.time = begin.elapsed();
        tally
    }

    fn replace(&self, old: Option<Subject>, random: &mut Random) -> Subject {
        old.iter().for_each(Subject::delete);
        let kind = random.one_of(&KINDS);
        let mut layout = Layout::random(random, kind);
        match self.setting {
            Setting::Any => Subject::new(layout),
            Setting::LongLists => {
                layout.list_fillers = 70;
                Subject::new(layout)
            }
            Setting::Churn { stay, .. } => {
                let subject = Subject::new(layout);
                subject.fill(stay);
                subject
            }
        }
    }

    fn plan(&self, random: &mut Random, subject: Subject) -> Plan {
        let churn = match self.setting {
            Setting::Churn { row_length, .. } => Some(row_length),
            _ => None,
        };
        Plan {
            seed: random.next(),
            subject,
            palette: random.one_of(self.palettes),
            calls_max: CALLS_MAX,
            timed: random.below(2) == 0,
            churn,
        }
    }
}

/// The shortest histories of all, over and over: what two threads may not both miss.
mod litmus {
    use super::ALONE;
    use heirloom::{Table, TableError, TermRef};
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};

    const ROUNDS: i64 = if cfg!(debug_assertions) {
        5_000
    } else {
        100_000
    };
    type Answer = Result<bool, TableError>;
    type Removal = fn(&Table, i64) -> Result<(), TableError>;

    /// No test goes on for longer: on a machine with much else to do the two threads seldom run at
    /// the same time.
    const TIME_MAX: Duration = Duration::from_secs(1);

    /// Two threads, both past the last round, start the next one together: one does `left`, the
    /// other `right`. The answers of each round. Nothing but these calls lies between start and
    /// end, no fence above all.
    fn together(
        rounds: i64,
        left: impl Fn(i64) -> Answer + Sync,
        right: impl Fn(i64) -> Answer + Sync,
    ) -> Vec<(bool, bool)> {
        let _alone = ALONE
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let gate = Gate {
            arrived: AtomicUsize::new(0),
            rounds: AtomicI64::new(rounds),
            begin: Instant::now(),
        };
        let side = |act: &dyn Fn(i64) -> Answer| -> Vec<bool> {
            let one = |round| act(round).expect("the table lives");
            (0..)
                .take_while(|&round| gate.pass(round))
                .map(one)
                .collect()
        };
        let (left, right) = thread::scope(|scope| {
            let other = scope.spawn(|| side(&right));
            (side(&left), other.join().expect("the other side panicked"))
        });
        left.into_iter().zip(right).collect()
    }

    struct Gate {
        /// How often one of the two has come here.
        arrived: AtomicUsize,
        rounds: AtomicI64,
        begin: Instant,
    }

    impl Gate {
        /// Waits for the other thread. Both are told the same: whether there is a round to be done.
        fn pass(&self, round: i64) -> bool {
            if round % 128 == 0 && self.begin.elapsed() > TIME_MAX {
                self.rounds.fetch_min(round, Ordering::SeqCst);
            }
            self.arrived.fetch_add(1, Ordering::SeqCst);
            let mut looks = 0u32;
            while self.arrived.load(Ordering::SeqCst) < 2 * (round as usize + 1) {
                std::hint::spin_loop();
                looks += 1;
                if looks.is_multiple_of(512) {
                    thread::yield_now();
                }
            }
            round < self.rounds.load(Ordering::SeqCst)
        }
    }

    /// Asserts that in no round both sides missed what the other one did.
    fn one_sees(
        what: &str,
        left: impl Fn(i64) -> Answer + Sync,
        right: impl Fn(i64) -> Answer + Sync,
    ) {
        let rounds = together(ROUNDS, left, right);
        let missed = rounds.iter().filter(|seen| **seen == (false, false));
        let (missed, rounds) = (missed.count(), rounds.len());
        assert_eq!(
            missed, 0,
            "{what}: in {missed} of {rounds} rounds neither saw the other"
        );
    }

    fn tables() -> Vec<Table> {
        let builders = [
            Table::set("litmus"),
            Table::ordered_set("litmus"),
            Table::bag("litmus"),
            Table::duplicate_bag("litmus"),
        ];
        builders
            .map(|builder| builder.public().create().expect("a table can be made"))
            .into()
    }

    #[test]
    fn of_two_who_insert_and_look_one_sees_the_other() {
        for table in tables() {
            let side = |own: i64, other: i64| {
                let table = &table;
                move |round| {
                    table.insert((2 * round + own, round))?;
                    table.member(2 * round + other)
                }
            };
            one_sees("insert, member", side(0, 1), side(1, 0));
            table.delete_all_objects().unwrap();
            let side = |own: i64, other: i64| {
                let table = &table;
                move |round| {
                    table.insert((2 * round + own, round))?;
                    Ok(!table.lookup(2 * round + other)?.is_empty())
                }
            };
            one_sees("insert, lookup", side(0, 1), side(1, 0));
            table.delete_all_objects().unwrap();
            // The same two keys all the time: no bucket is new, no table grows.
            let side = |own: i64, other: i64| {
                let table = &table;
                move |round| {
                    table.delete(own)?;
                    table.insert((own, round))?;
                    Ok(table
                        .lookup(other)?
                        .iter()
                        .any(|object| object.element(2).unwrap().as_i64() == Some(round)))
                }
            };
            one_sees(
                "delete, insert, lookup of the same keys",
                side(0, 1),
                side(1, 0),
            );
        }
    }

    #[test]
    fn of_two_who_overwrite_and_look_one_sees_the_other() {
        tables()[..2].iter().for_each(of_two_who_overwrite);
    }

    fn of_two_who_overwrite(table: &Table) {
        let start = |number: i64| {
            table
                .insert(vec![(0, number), (1, number)])
                .expect("the objects are good")
        };
        let newer = |key: i64, round: i64| {
            let number = table.with(key, |object| object.element(2).and_then(TermRef::as_i64))?;
            Ok(number.flatten() >= Some(round))
        };
        start(-1);
        let insert = |own: i64, other: i64| {
            move |round: i64| {
                table
                    .insert((own, round))
                    .and_then(|()| newer(other, round))
            }
        };
        one_sees("insert over, with", insert(0, 1), insert(1, 0));
        start(-1);
        let count = |own: i64, other: i64| {
            move |round: i64| {
                table
                    .update_counter(own, 1)
                    .and_then(|_| newer(other, round))
            }
        };
        one_sees("update_counter, with", count(0, 1), count(1, 0));
        start(-1);
        let change = |own: i64, other: i64| {
            move |round: i64| {
                table
                    .update_element(own, (2, round))
                    .and_then(|_| newer(other, round))
            }
        };
        one_sees("update_element, with", change(0, 1), change(1, 0));
        start(-1);
        let list = |own: i64, other: i64| {
            move |round: i64| {
                table
                    .insert(vec![(own, round), (own + 10, round)])
                    .and_then(|()| newer(other, round))
            }
        };
        one_sees("insert of a list, with", list(0, 1), list(1, 0));
    }

    #[test]
    fn of_two_who_remove_and_look_one_sees_the_other() {
        for table in tables() {
            let remove: [(&str, Removal); 3] = [
                ("delete, member", |table, key| table.delete(key)),
                ("take, member", |table, key| table.take(key).map(drop)),
                ("delete_object, member", |table, key| {
                    table.delete_object((key, 0))
                }),
            ];
            for (what, remove) in remove {
                table
                    .insert_many((0..2 * ROUNDS).map(|key| (key, 0)))
                    .unwrap();
                let side = |own: i64, other: i64| {
                    let table = &table;
                    move |round| {
                        remove(table, 2 * round + own)?;
                        Ok(!table.member(2 * round + other)?)
                    }
                };
                one_sees(what, side(0, 1), side(1, 0));
            }
        }
    }

    #[test]
    fn of_two_who_insert_here_and_look_there_one_sees_the_other() {
        let [here, there] = [&tables()[0], &tables()[0]];
        let side = |mine: &'static str, own: Table, other: Table| {
            move |round: i64| own.insert((round, mine)).and_then(|()| other.member(round))
        };
        let [left, right] = [
            side("here", here.clone(), there.clone()),
            side("there", there.clone(), here.clone()),
        ];
        one_sees("insert, member in two tables", left, right);
    }

    #[test]
    fn who_sees_the_second_write_sees_the_first() {
        for table in tables() {
            let write = |round| {
                table.insert((2 * round, round))?;
                table.insert((2 * round + 1, round))?;
                Ok(true)
            };
            let read = |round| {
                let second = table.member(2 * round + 1)?;
                Ok(!second || table.member(2 * round)?)
            };
            let rounds = together(ROUNDS, write, read);
            let wrong = rounds.iter().filter(|(_, right)| !right).count();
            assert_eq!(wrong, 0, "a later write was seen before an earlier one");
        }
    }

    #[test]
    fn who_sees_one_object_of_a_list_sees_the_others() {
        for table in tables() {
            for length in [2, 3, 64, 65, 300] {
                let key = |round: i64, index: i64| round * length + index;
                let write = |round: i64| {
                    table.insert(
                        (0..length)
                            .map(|index| (key(round, index), round))
                            .collect::<Vec<_>>(),
                    )?;
                    Ok(true)
                };
                let read = |round: i64| {
                    let [one, other] = [
                        key(round, (round * 7) % length),
                        key(round, (round * 5 + 1) % length),
                    ];
                    Ok(!table.member(one)? || table.member(other)?)
                };
                let rounds = together(ROUNDS * 2 / length, write, read);
                let wrong = rounds.iter().filter(|(_, right)| !right).count();
                assert_eq!(wrong, 0, "a list of {length} was seen in part");
                table.delete_all_objects().unwrap();
            }
        }
    }
}
