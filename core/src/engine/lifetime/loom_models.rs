//! Models of objects that leave: this very code under loom.

use super::{Lifespan, Lifetimes, Limits, Moment};
use crate::clock::ManualClock;
use crate::engine::{Admission, Care, Duplicates, Engine, HashTable};
use crate::loom_support::{check_within, spawn, start};
use crate::mutant::Mutant;
use crate::sync::{Arc, AtomicU64, Ordering, set_thread_slot};
use crate::term::TermRef;
use std::time::Duration;

/// A cache whose gate nobody changes.
struct Bench {
    engine: Engine,
    is_bag: bool,
    gate: AtomicU64,
    clock: ManualClock,
}

impl Bench {
    fn new(limits: Limits) -> Arc<Bench> {
        Bench::of(Duplicates::Replace, limits, Lifetimes::new)
    }

    fn of_bag(limits: Limits) -> Arc<Bench> {
        Bench::of(Duplicates::Differing, limits, Lifetimes::new)
    }

    /// The same as tables of unique keys have it.
    fn of_hash_table(limits: Limits) -> Arc<Bench> {
        Bench::of(Duplicates::Replace, limits, Lifetimes::of_hash_table)
    }

    fn of(
        duplicates: Duplicates,
        limits: Limits,
        lifetimes: fn(Limits) -> Lifetimes,
    ) -> Arc<Bench> {
        let clock = ManualClock::new();
        let limits = Limits {
            clock: Some(Arc::new(clock.clone())),
            ..limits
        };
        let care = Care {
            lifetimes: Some(Box::new(lifetimes(limits))),
            ..Care::default()
        };
        let bench = Arc::new(Bench {
            engine: Engine::Hash(HashTable::new(duplicates, 1, 1, care)),
            is_bag: duplicates != Duplicates::Replace,
            gate: AtomicU64::new(0),
            clock,
        });
        // What appears on first use is there: making it orders threads, and hides what a model is about.
        for slot in [1, 0] {
            set_thread_slot(slot);
            bench.insert(1000);
            bench.remove(1000);
        }
        bench
    }

    fn admission(&self, moment: Moment) -> Admission<'_> {
        Admission::new(&self.gate, 0).at(moment)
    }

    fn insert(&self, key: i64) {
        let object = object_words(key);
        let admission = self.admission(self.engine.moment());
        let inserted = if self.is_bag {
            self.engine.insert_list(&[&object], false, &admission)
        } else {
            self.engine.insert(&object, false, &admission)
        };
        assert_eq!(inserted, Ok(true));
    }

    fn remove(&self, key: i64) -> bool {
        let admission = self.admission(self.engine.moment());
        let removed = self.engine.remove(key_term(key), None, &admission);
        removed.expect("nobody changes the gate")
    }

    fn contains(&self, key: i64) -> bool {
        self.engine.contains(key_term(key))
    }

    /// Whether those who wait to be evicted are those who are there.
    fn is_sound(&self) -> bool {
        let listed = self.engine.lifetimes().map(|lifetimes| {
            let objects = lifetimes.objects.load(Ordering::Relaxed);
            let queued = match &lifetimes.rounds {
                Some(rounds) => super::lock(&rounds[0]).objects(),
                None => super::lock(&lifetimes.shards[0]).objects() as u64,
            };
            (objects, queued)
        });
        let there = self.engine.len();
        listed == Some((there, there))
    }
}

fn object_words(key: i64) -> [u64; 3] {
    let word = (key << 3) as u64;
    [2, word, word]
}

fn key_term(key: i64) -> TermRef<'static> {
    TermRef::from_immediate((key << 3) as u64)
}

#[test]
fn one_that_is_evicted_and_inserted_again_is_there_or_is_evicted_again() {
    check_within(2, Mutant::LeavingFreed, || {
        let bench = Bench::new(Limits {
            max_objects: Some(1),
            ..Limits::default()
        });
        // One too many; the first is to go, since nobody used it and the second came last.
        bench.insert(1);
        bench.insert(2);
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || {
            let was_there = writer.remove(1);
            writer.insert(1);
            was_there
        });
        bench.engine.make_room();
        let was_there = writer.join().is_ok();
        bench.engine.make_room();
        was_there && bench.is_sound() && bench.engine.len() == 1
    });
}

#[test]
fn an_entry_whose_object_is_gone_meets_the_deletion() {
    check_within(2, Mutant::EntryForgotten, || {
        let bench = Bench::of_hash_table(Limits {
            max_objects: Some(1),
            ..Limits::default()
        });
        // One too many; the first is to be looked at first.
        bench.insert(1);
        bench.insert(2);
        let [evictor, writer] = [0, 1].map(|_| Arc::clone(&bench));
        let evictor = start(0, move || evictor.engine.make_room());
        let writer = start(1, move || {
            writer.remove(1);
            writer.insert(1);
        });
        let ended = evictor.join().is_ok() && writer.join().is_ok();
        bench.engine.make_room();
        ended && bench.is_sound() && bench.engine.len() == 1
    });
}

#[test]
fn one_that_is_replaced_while_it_is_evicted_is_freed_once() {
    check_within(2, Mutant::LeavingFreed, || {
        let bench = Bench::new(Limits {
            max_objects: Some(1),
            ..Limits::default()
        });
        bench.insert(1);
        bench.insert(2);
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || {
            writer.insert(1);
            // Into the cell that was freed, if one was.
            writer.insert(3);
        });
        bench.engine.make_room();
        writer.join().is_ok() && {
            bench.engine.make_room();
            bench.is_sound() && bench.engine.len() == 1
        }
    });
}

#[test]
fn one_that_is_given_time_does_not_expire() {
    check_within(2, Mutant::ExpiryNotAskedAgain, || {
        let bench = Bench::new(Limits {
            ttl: Some(Duration::from_millis(1)),
            ..Limits::default()
        });
        bench.insert(1);
        let before = bench.engine.moment();
        let writer = Arc::clone(&bench);
        // It began before the object was over, and takes its time.
        let writer = spawn(1, move || {
            let admission = writer.admission(before).giving(Lifespan::Of(None));
            writer.engine.set_lifespan(key_term(1), &admission)
        });
        bench.clock.advance(Duration::from_millis(1));
        let expired = bench.engine.expire(1);
        let prolonged = writer.join().is_ok_and(|set| set == Ok(true));
        // Both may believe that they came first, but only one did.
        let taken = bench
            .engine
            .lifetimes()
            .map(|lifetimes| lifetimes.statistics().expirations);
        let is_there = bench.contains(1);
        expired <= 1
            && prolonged == is_there
            && taken == Some(u64::from(!is_there))
            && bench.is_sound()
    });
}

#[test]
fn one_that_a_bag_is_given_again_is_there() {
    check_within(2, Mutant::LeavingFreed, || {
        let bench = Bench::of_bag(Limits {
            ttl: Some(Duration::from_millis(1)),
            ..Limits::default()
        });
        bench.insert(1);
        let before = bench.engine.moment();
        bench.clock.advance(Duration::from_millis(1));
        let writer = Arc::clone(&bench);
        // The first time it began before the object was over, and took its time. The second object goes into the cell that
        // the first has freed, if it has.
        let writer = spawn(1, move || {
            let admission = writer.admission(before).giving(Lifespan::Of(None));
            let inserted = writer
                .engine
                .insert_list(&[&object_words(1)], false, &admission);
            writer.insert(2);
            inserted
        });
        bench.engine.expire(1);
        let inserted = writer.join().is_ok_and(|inserted| inserted == Ok(true));
        let there = [1, 2].map(|key| bench.contains(key));
        inserted && there == [true, true] && bench.engine.len() == 2 && bench.is_sound()
    });
}

#[test]
fn one_that_is_replaced_while_it_expires_is_there() {
    check_within(2, Mutant::LeavingFreed, || {
        let bench = Bench::new(Limits {
            ttl: Some(Duration::from_millis(1)),
            ..Limits::default()
        });
        bench.insert(1);
        bench.clock.advance(Duration::from_millis(1));
        let writer = Arc::clone(&bench);
        // The second one into the cell that the first one has freed, if it has.
        let writer = spawn(1, move || {
            writer.insert(1);
            writer.insert(1);
        });
        bench.engine.expire(1);
        writer.join().is_ok() && bench.contains(1) && bench.is_sound()
    });
}
