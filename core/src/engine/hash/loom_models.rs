//! Models of the engine's protocols: this very code under loom.
//!
//! Buckets have two slots here, arrays begin with two buckets, and a list is long from three
//! keys on, so a handful of objects meets everything. Objects of two elements are pairs in their
//! slots, longer ones are rows.

use super::{Bits, HashTable, Key, Words};
use crate::engine::{Admission, Care, Counted, Duplicates, Objects, PairKinds, RowBuffer};
use crate::loom_support::{check, check_within, spawn, start};
use crate::mutant::Mutant;
use crate::sync::{Arc, AtomicU64, set_thread_slot};
use crate::term::{PlainKind, TermRef};

/// A gate that nobody changes.
struct Bench {
    table: HashTable,
    gate: AtomicU64,
}

const SEED: u64 = 1;

impl Bench {
    fn new() -> Arc<Bench> {
        Bench::of_pairs(PairKinds::default())
    }

    /// A table whose pairs have such elements.
    fn of_pairs(kinds: PairKinds) -> Arc<Bench> {
        let care = Care {
            kinds,
            ..Care::default()
        };
        Arc::new(Bench {
            table: HashTable::new(Duplicates::Replace, 1, SEED, care),
            gate: AtomicU64::new(0),
        })
    }

    fn admission(&self) -> Admission<'_> {
        Admission::new(&self.gate, 0)
    }

    /// The short way if it leads there, like tables.
    fn insert(&self, object: &[u64]) {
        let admission = self.admission();
        let directly = match *object {
            [_, key, value] => self.table.put_pair::<Words>(key, value, false, &admission),
            _ => None,
        };
        let inserted = directly.unwrap_or_else(|| {
            let key = self.table.key_of_object(object);
            self.table.insert(&key, object, false, &admission)
        });
        assert_eq!(inserted, Ok(true));
    }

    fn insert_list(&self, objects: &[&[u64]]) {
        let inserted = self.table.insert_list(objects, false, &self.admission());
        assert_eq!(inserted, Ok(true));
    }

    fn remove(&self, key: i64) {
        let (word, admission) = (small(key), self.admission());
        let directly = self.table.remove_pair::<Words>(word[0], &admission);
        let removed = match directly {
            Some(removed) => removed.map(drop),
            None => (self.table.remove(&self.key(&word), None, &admission)).map(drop),
        };
        assert!(removed.is_ok());
    }

    fn add(&self, key: i64) -> Counted {
        let (word, admission) = (small(key), self.admission());
        let directly =
            self.table
                .add_to_pair::<Words>(word[0], 1, &(i64::MIN..=i64::MAX), &admission);
        let added = match directly {
            Some(sum) => sum.map(Counted::Value),
            None => self.table.add(&self.key(&word), 2, 1, &admission),
        };
        added.expect("the gate is open")
    }

    fn key<'a>(&self, word: &'a [u64; 1]) -> Key<'a> {
        self.table.key(TermRef::from_parts(word[0], &[]))
    }

    /// The elements of a key's object: the short way if it leads there, like tables.
    fn get(&self, key: i64) -> Option<Vec<i64>> {
        match self.table.get_pair::<Words>(small(key)[0]) {
            Some(found) => found.map(|value| vec![key, value as i64 >> 3]),
            None => self.fetch(key),
        }
    }

    /// The value of a key where both are integers without a sign, as a rule: the short way if it leads there.
    fn get_bare(&self, key: u64) -> Option<i64> {
        match self.table.get_pair::<Bits>(key) {
            Some(found) => found.map(u64::cast_signed),
            None => self.fetch(key.cast_signed()).map(|elements| elements[1]),
        }
    }

    /// As `get`, in the way that serves all keys.
    fn fetch(&self, key: i64) -> Option<Vec<i64>> {
        let word = small(key);
        let elements = |words: &[u64]| words[1..].iter().map(|&word| word as i64 >> 3).collect();
        let mut buffer = RowBuffer::new();
        let found = self.table.fetch(&self.key(&word), &mut buffer);
        found.then(|| elements(buffer.row()))
    }

    /// As `get`, in the way that also serves long keys and full buckets.
    fn get_generally(&self, key: i64) -> Option<Vec<i64>> {
        let word = small(key);
        let mut objects = Objects::default();
        self.table.fetch_all(&self.key(&word), &mut objects);
        (objects.len() == 1).then(|| {
            let elements = objects.get(0).elements().into_iter().flatten();
            elements.filter_map(TermRef::as_i64).collect()
        })
    }

    /// Lets each thread slot use the table once, so that what appears on first use is there: making
    /// it orders threads, and hides what a model is about.
    fn used_by(self: Arc<Bench>, slots: usize) -> Arc<Bench> {
        for slot in (0..slots).rev() {
            set_thread_slot(slot);
            self.insert(&object([1000, 0]));
            self.remove(1000);
        }
        self
    }

    /// The first `count` keys whose hashes lie in bucket `bucket` of two.
    fn keys_of_bucket(&self, bucket: u64, count: usize) -> Vec<i64> {
        let is_there = |key: &i64| self.key(&small(*key)).hash >> 63 == bucket;
        (1..).filter(is_there).take(count).collect()
    }
}

fn small(value: i64) -> [u64; 1] {
    [(value << 3) as u64]
}

/// The words of a tuple of small integers.
fn object<const N: usize>(elements: [i64; N]) -> Vec<u64> {
    let words = elements.iter().map(|&element| (element << 3) as u64);
    std::iter::once(N as u64).chain(words).collect()
}

/// Whether an object of equal elements was seen, and was seen whole.
fn is_whole(seen: &Option<Vec<i64>>) -> bool {
    seen.as_ref()
        .is_some_and(|elements| elements[1] == elements[2])
}

/// Whether `then` is there if `first` was: they are inserted as one list.
fn is_not_torn(bench: &Bench, first: i64, then: i64) -> bool {
    bench.get(first).is_none() || bench.get(then).is_some()
}

#[test]
fn a_get_sees_a_put_whole_or_not() {
    check(Mutant::NoValidation, || {
        let bench = Bench::new();
        bench.insert(&object([1, 10, 10]));
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || writer.insert(&object([1, 20, 20])));
        let seen = [bench.get(1), bench.get_generally(1)];
        writer.join().is_ok() && seen.iter().all(is_whole) && bench.get(1) == Some(vec![1, 20, 20])
    });
}

#[test]
fn a_put_of_another_size_is_seen_whole_or_not() {
    check(Mutant::NoValidation, || {
        let bench = Bench::new();
        bench.insert(&object([1, 10, 10]));
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || {
            writer.insert(&object([1, 20, 20, 20]));
            // The first place is free now, and this is put into it.
            writer.insert(&object([2, 30, 30]));
        });
        let seen = bench.get(1);
        let right = seen == Some(vec![1, 10, 10]) || seen == Some(vec![1, 20, 20, 20]);
        writer.join().is_ok() && right
    });
}

#[test]
fn a_pair_is_not_mixed_with_the_next_in_its_slot() {
    check(Mutant::NoValidation, || {
        let bench = Bench::new();
        let keys = bench.keys_of_bucket(0, 2);
        let (first, second) = (keys[0], keys[1]);
        bench.insert(&object([first, 10]));
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || {
            writer.remove(first);
            writer.insert(&object([second, 20]));
        });
        let seen = bench.get(first);
        let right = seen.is_none() || seen == Some(vec![first, 10]);
        writer.join().is_ok() && right && bench.get(second) == Some(vec![second, 20])
    });
}

#[test]
fn a_pair_becomes_a_row_at_once() {
    check(Mutant::NoValidation, || {
        let bench = Bench::new();
        bench.insert(&object([1, 10]));
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || writer.insert(&object([1, 20, 20])));
        let seen = bench.get(1);
        let right = seen == Some(vec![1, 10]) || seen == Some(vec![1, 20, 20]);
        writer.join().is_ok() && right && bench.get(1) == Some(vec![1, 20, 20])
    });
}

#[test]
fn a_bare_pair_becomes_one_of_words_at_once() {
    check(Mutant::NoValidation, || {
        let kind = PlainKind::Unsigned;
        let bench = Bench::of_pairs(PairKinds {
            key: kind,
            value: kind,
        });
        bench.insert(&object([1, 10]));
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || {
            writer.insert(&object([1, -20]));
            writer.insert(&object([1, 30]));
        });
        let seen = bench.get_bare(1);
        let right = [10, -20, 30].map(Some).contains(&seen);
        writer.join().is_ok() && right && bench.get_bare(1) == Some(30)
    });
}

#[test]
fn a_pair_that_fills_a_gap_is_not_missed() {
    check_within(3, Mutant::NoValidation, || {
        let bench = Bench::new().used_by(2);
        let keys = bench.keys_of_bucket(0, 3);
        keys.iter()
            .for_each(|&key| bench.insert(&object([key, key])));
        let (first, moved) = (keys[0], keys[1]);
        let [reader, remover] = [0, 1].map(|_| Arc::clone(&bench));
        let reader = start(1, move || reader.get(moved));
        let remover = start(0, move || remover.remove(first));
        let seen = reader.join();
        let ended = remover.join().is_ok();
        ended && seen.is_ok_and(|seen| seen == Some(vec![moved, moved]))
    });
}

#[test]
fn no_count_of_a_pair_is_lost_to_another() {
    check(Mutant::NoBucketLock, || {
        let bench = Bench::new();
        bench.insert(&object([1, 0]));
        both_counts_are_in(&bench) && bench.get(1) == Some(vec![1, 2])
    });
}

#[test]
fn no_count_of_a_row_is_lost_to_another() {
    check(Mutant::NoBucketLock, || {
        let bench = Bench::new();
        bench.insert(&object([1, 0, 7]));
        both_counts_are_in(&bench) && bench.get(1) == Some(vec![1, 2, 7])
    });
}

/// Counts up key 1 from two threads; true if each had a result of its own.
fn both_counts_are_in(bench: &Arc<Bench>) -> bool {
    let other = Arc::clone(bench);
    let other = spawn(1, move || other.add(1));
    let mine = bench.add(1);
    other.join().is_ok_and(|others| others != mine)
}

#[test]
fn two_inserts_into_a_full_bucket_both_stay() {
    check_within(2, Mutant::NoBucketLock, || {
        let bench = Bench::new();
        let keys = bench.keys_of_bucket(0, 3);
        bench.insert(&object([keys[0], 0]));
        let (second, third) = (keys[1], keys[2]);
        let other = Arc::clone(&bench);
        let other = spawn(1, move || other.insert(&object([second, 2])));
        bench.insert(&object([third, 3]));
        other.join().is_ok()
            && bench.get(second) == Some(vec![second, 2])
            && bench.get(third) == Some(vec![third, 3])
            && bench.table.len() == 3
    });
}

#[test]
fn a_recycled_row_is_not_taken_for_the_old_one() {
    check_within(2, Mutant::NoFenceOnReuse, || {
        let bench = Bench::new();
        let (first, second) = (bench.keys_of_bucket(0, 1)[0], bench.keys_of_bucket(1, 1)[0]);
        bench.insert(&object([first, 10, 10]));
        let [reader, remover, inserter] = [0, 1, 2].map(|_| Arc::clone(&bench));
        let reader = start(2, move || reader.get(first));
        let remover = start(0, move || {
            remover.remove(first);
            // Into the hands of the thread that comes next.
            remover.table.rows.slab.give_all_back();
        });
        let inserter = start(1, move || inserter.insert(&object([second, 20, 20])));
        let seen = reader.join();
        let ended = remover.join().is_ok() && inserter.join().is_ok();
        let right = seen.is_ok_and(|seen| seen.is_none() || seen == Some(vec![first, 10, 10]));
        ended && right
    });
}

#[test]
fn a_short_list_appears_at_once() {
    check(Mutant::BatchBucketByBucket, || {
        let bench = Bench::new();
        let (a, b) = (bench.keys_of_bucket(0, 1)[0], bench.keys_of_bucket(1, 1)[0]);
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || {
            writer.insert_list(&[&object([a, 1]), &object([b, 1])])
        });
        let whole = is_not_torn(&bench, a, b) && is_not_torn(&bench, b, a);
        writer.join().is_ok() && whole
    });
}

#[test]
#[ignore = "explores so many executions that it takes ten minutes"]
fn a_long_list_appears_at_once() {
    check_within(1, Mutant::NoCommitStamp, || {
        let bench = Bench::new().used_by(2);
        let (a, b) = (bench.keys_of_bucket(0, 1)[0], bench.keys_of_bucket(1, 2));
        let (b, c) = (b[0], b[1]);
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || {
            writer.insert_list(&[&object([a, 1]), &object([b, 1]), &object([c, 1])]);
        });
        // The short way meets no pending record, and would double the executions.
        let whole = bench.fetch(a).is_none() || bench.fetch(b).is_some();
        writer.join().is_ok() && whole && bench.get(c) == Some(vec![c, 1])
    });
}

#[test]
fn migration_loses_no_write_and_hides_nothing() {
    check_within(2, Mutant::NoForwarding, || {
        let bench = Bench::new();
        bench.insert(&object([1, 0]));
        let mover = Arc::clone(&bench);
        let mover = spawn(1, move || mover.table.grow_now());
        bench.insert(&object([1, 20, 20, 20]));
        let mine_at_once = bench.get(1) == Some(vec![1, 20, 20, 20]);
        mover.join().is_ok() && mine_at_once && bench.get(1) == Some(vec![1, 20, 20, 20])
    });
}

#[test]
fn migration_is_not_seen_by_a_reader() {
    check_within(2, Mutant::NoValidation, || {
        let bench = Bench::new();
        bench.insert(&object([1, 10, 10]));
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || {
            writer.table.grow_now();
            writer.insert(&object([1, 20, 20]));
        });
        let seen = bench.get(1);
        writer.join().is_ok() && is_whole(&seen) && bench.get(1) == Some(vec![1, 20, 20])
    });
}

#[test]
fn the_size_is_right_after_deleting_everything() {
    check_within(2, Mutant::CountWithoutGeneration, || {
        let bench = Bench::new();
        bench.insert(&object([1, 0]));
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || writer.insert(&object([2, 0])));
        bench.table.clear();
        let ended = writer.join().is_ok();
        let there = [1, 2]
            .iter()
            .filter(|&&key| bench.get(key).is_some())
            .count();
        ended && bench.table.len() == there as u64 && bench.get(1).is_none()
    });
}

#[test]
fn nobody_misses_what_was_written_before_his_own_write() {
    check_within(2, Mutant::NoBarrier, || {
        let bench = Bench::new().used_by(2);
        let (a, b) = (bench.keys_of_bucket(0, 1)[0], bench.keys_of_bucket(1, 1)[0]);
        let other = Arc::clone(&bench);
        let other = spawn(1, move || {
            other.insert(&object([a, 1]));
            other.get(b).is_some()
        });
        bench.insert(&object([b, 1]));
        let i_see = bench.get(a).is_some();
        other.join().is_ok_and(|he_sees| i_see || he_sees)
    });
}
