//! Several threads on one table for a while, and what must be true of it all the time and
//! afterwards.

use heirloom::process::Message;
use heirloom::{CounterOperation, Kind, Process, Set, Table, TableError, Term, TermRef, ToTerm};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// How often the tests repeat things: release builds have time for more.
const SCALE: i64 = if cfg!(debug_assertions) { 1 } else { 10 };
const THREADS: i64 = 4;

type Outcome = Result<(), TableError>;

/// Public tables of all kinds.
fn tables() -> Vec<Table> {
    let options = [
        Table::set("stress"),
        Table::bag("stress"),
        Table::duplicate_bag("stress"),
    ];
    options
        .map(|options| options.public().create().expect("a table can be made"))
        .into()
}

fn set() -> Table {
    Table::set("stress")
        .public()
        .create()
        .expect("a table can be made")
}

/// Runs `body` on as many threads with their numbers. A thread that fails or panics fails the test.
fn on_threads(threads: i64, body: impl Fn(i64) -> Outcome + Sync) {
    thread::scope(|scope| {
        for number in 0..threads {
            let body = &body;
            scope.spawn(move || body(number).expect("the call succeeds"));
        }
    });
}

/// Runs `workers`, and meanwhile `watcher` again and again until the last of them is done.
fn while_working(
    workers: i64,
    body: impl Fn(i64) -> Outcome + Sync,
    mut watcher: impl FnMut() -> Outcome + Send,
) {
    let running = AtomicUsize::new(workers as usize);
    thread::scope(|scope| {
        let watching = scope.spawn(|| {
            while running.load(Ordering::SeqCst) > 0 {
                watcher().expect("the watcher's call succeeds");
            }
            watcher().expect("the watcher's call succeeds");
        });
        for number in 0..workers {
            let (body, running) = (&body, &running);
            scope.spawn(move || {
                let _done = CountDown(running);
                body(number).expect("the worker's call succeeds");
            });
        }
        watching.join().expect("the watcher panicked");
    });
}

/// Counts down also when its thread panics, so that nobody waits for it.
struct CountDown<'c>(&'c AtomicUsize);

impl Drop for CountDown<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Numbers that look random, the same in each run (Vigna's SplitMix64).
fn random(index: i64) -> i64 {
    let mut mixed = (index as u64)
        .wrapping_add(1)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((mixed ^ (mixed >> 31)) >> 1) as i64
}

fn add(position: usize, amount: i64) -> CounterOperation {
    CounterOperation::new(position, amount)
}

fn number_at(object: TermRef<'_>, position: usize) -> i64 {
    object
        .element(position)
        .and_then(TermRef::as_i64)
        .unwrap_or_else(|| panic!("no number at {position} of {object}"))
}

fn numbers_at(objects: &[Term], position: usize) -> Vec<i64> {
    objects
        .iter()
        .map(|object| number_at(object.as_ref(), position))
        .collect()
}

/// What traversals, the size and lookups say of a table that nobody changes must agree.
fn assert_consistent(table: &Table) {
    let objects = table.tab2list().unwrap();
    assert_eq!(table.size().unwrap(), objects.len() as u64, "size");
    assert_eq!(
        table.foldl(0, |count, _| count + 1).unwrap(),
        objects.len(),
        "foldl"
    );
    let mut keys: Vec<Term> = objects
        .iter()
        .map(|object| object.as_ref().element(1).unwrap().to_term())
        .collect();
    keys.sort();
    keys.dedup();
    let found: usize = keys
        .iter()
        .map(|key| table.lookup(key).unwrap().len())
        .sum();
    assert_eq!(found, objects.len(), "lookups");
}

#[test]
fn a_hot_counter_counts_every_update() {
    let table = set();
    let updates = 20_000 * SCALE;
    table.insert(("hot", 0, 0)).unwrap();
    on_threads(THREADS, |thread| {
        (0..updates).try_for_each(|_| {
            table
                .update_counter("hot", vec![add(2, 1), add(3, thread)])
                .map(drop)
        })
    });
    let hot = table.lookup("hot").unwrap();
    assert_eq!(numbers_at(&hot, 2), [THREADS * updates]);
    assert_eq!(numbers_at(&hot, 3), [(0..THREADS).sum::<i64>() * updates]);
}

#[test]
fn counters_that_begin_with_a_default_count_every_update() {
    let table = set();
    let (updates, counters) = (10_000 * SCALE, 500);
    on_threads(THREADS, |thread| {
        let count = |update| {
            table
                .update_counter_or(random(thread * updates + update) % counters, 1, (0, 0))
                .map(drop)
        };
        (0..updates).try_for_each(count)
    });
    let sum = table
        .foldl(0, |sum, object| sum + number_at(object, 2))
        .unwrap();
    assert_eq!(sum, THREADS * updates);
    assert_consistent(&table);
}

/// A counter that wraps around at a threshold, as an index into a ring: its values are dealt out
/// evenly.
#[test]
fn a_cyclic_counter_deals_evenly() {
    let table = set();
    let (updates, cycle) = (5_000 * SCALE, 10);
    table.insert(("turn", cycle - 1)).unwrap();
    let dealt: Vec<AtomicUsize> = (0..cycle).map(|_| AtomicUsize::new(0)).collect();
    on_threads(THREADS, |_| {
        (0..updates).try_for_each(|_| {
            let turn = table.update_counter("turn", (2usize, 1i64, cycle - 1, 0))?;
            dealt[turn.as_i64().unwrap() as usize].fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
    });
    let each = (THREADS * updates / cycle) as usize;
    assert!(
        dealt
            .iter()
            .all(|dealt| dealt.load(Ordering::Relaxed) == each),
        "{dealt:?}"
    );
}

/// Threads move amounts between the two halves of each account by one call with two operations.
#[test]
fn money_moved_within_an_object_is_never_lost() {
    let table = set();
    let (moves, accounts, balance) = (10_000 * SCALE, 20, 1_000);
    for account in 0..accounts {
        table.insert((account, balance, balance)).unwrap();
    }
    let move_money = |thread: i64| {
        (0..moves).try_for_each(|turn| {
            let amount = random(turn) % 100;
            let account = random(thread + turn * 7) % accounts;
            table
                .update_counter(account, vec![add(2, -amount), add(3, amount)])
                .map(drop)
        })
    };
    while_working(THREADS - 1, move_money, || {
        table.foldl((), |(), object| {
            assert_eq!(
                number_at(object, 2) + number_at(object, 3),
                2 * balance,
                "{object}"
            )
        })
    });
}

/// Threads write pairs of objects whose amounts sum up to the same, each pair with a name of its
/// own, by one list. Who finds one half of a pair, the other, and the first still the same, must
/// have found two halves of one pair.
#[test]
fn money_moved_between_objects_by_a_list_is_never_lost() {
    // Lists of up to 64 objects lock their buckets; longer ones do it otherwise.
    for padding in [0, 50, 100] {
        for table in tables() {
            let (pairs, sum) = (3, 1_000);
            // Bags get longer with each transfer.
            let transfers = match table.kind() {
                Kind::Set => 2_000 * SCALE / (1 + padding / 20),
                _ => 150,
            };
            let pair = |pair: i64, name: i64| {
                let amount = random(name) % sum;
                let padding = (0..padding).map(|index| ((pair, "padding", index), name, 0));
                let halves = [
                    ((pair, "one", 0), name, amount),
                    ((pair, "two", 0), name, sum - amount),
                ];
                halves.into_iter().chain(padding).collect::<Vec<_>>()
            };
            (0..pairs).for_each(|number| table.insert(pair(number, 0)).unwrap());
            let transfer = |thread: i64| {
                (1..transfers)
                    .try_for_each(|turn| table.insert(pair(turn % pairs, turn * THREADS + thread)))
            };
            let last = |pair: i64, half: &str| {
                table
                    .lookup((pair, half, 0))
                    .map(|objects| objects.last().cloned().unwrap())
            };
            let mut agreed = 0;
            while_working(THREADS - 1, transfer, || {
                for pair in 0..pairs {
                    let [before, other, after] =
                        [last(pair, "one")?, last(pair, "two")?, last(pair, "one")?];
                    if before == after {
                        agreed += 1;
                        assert_eq!(
                            number_at(before.as_ref(), 2),
                            number_at(other.as_ref(), 2),
                            "two transfers mixed"
                        );
                        assert_eq!(
                            number_at(before.as_ref(), 3) + number_at(other.as_ref(), 3),
                            sum
                        );
                    }
                }
                Ok(())
            });
            assert!(agreed > 0);
        }
    }
}

/// Of several threads that insert the same new key, one succeeds; of several that take it, one gets
/// it.
#[test]
fn a_key_is_new_once_and_taken_once() {
    for table in tables() {
        let keys = 3_000 * SCALE;
        let [inserted, taken] = [AtomicUsize::new(0), AtomicUsize::new(0)];
        on_threads(THREADS, |thread| {
            (0..keys).try_for_each(|key| {
                let new = table.insert_new((key, thread))?;
                inserted.fetch_add(usize::from(new), Ordering::Relaxed);
                Ok(())
            })
        });
        assert_eq!(inserted.load(Ordering::Relaxed) as i64, keys);
        assert_eq!(table.size().unwrap() as i64, keys);
        on_threads(THREADS, |_| {
            (0..keys).try_for_each(|key| {
                taken.fetch_add(table.take(key)?.len(), Ordering::Relaxed);
                Ok(())
            })
        });
        assert_eq!(taken.load(Ordering::Relaxed) as i64, keys);
        assert_eq!(table.size().unwrap(), 0);
        assert_consistent(&table);
    }
}

/// Lists that share keys: whoever is first inserts all of its list, the others nothing.
#[test]
fn a_list_is_new_as_a_whole_or_not_at_all() {
    let table = set();
    let (groups, group) = (500 * SCALE, 5);
    on_threads(THREADS, |thread| {
        (0..groups).try_for_each(|number| {
            let keys = (0..group).map(|index| ((number, (index + thread) % group), thread));
            table.insert_new(keys.collect::<Vec<_>>()).map(drop)
        })
    });
    for number in 0..groups {
        let owners: Vec<i64> = (0..group)
            .flat_map(|index| numbers_at(&table.lookup((number, index)).unwrap(), 2))
            .collect();
        assert_eq!(owners.len() as i64, group);
        assert!(
            owners.iter().all(|owner| *owner == owners[0]),
            "group {number} was inserted by {owners:?}"
        );
    }
}

/// Threads append to the same keys of bags: each finds its own objects there, in its own order.
#[test]
fn bags_keep_everybodys_order() {
    for table in &tables()[1..] {
        let (keys, objects) = (5, 60 * SCALE);
        on_threads(THREADS, |thread| {
            (0..keys * objects).try_for_each(|turn| table.insert((turn % keys, thread, turn)))
        });
        for key in 0..keys {
            let found = table.lookup(key).unwrap();
            assert_eq!(found.len() as i64, THREADS * objects);
            for thread in 0..THREADS {
                let turns: Vec<i64> = found
                    .iter()
                    .filter(|object| number_at(object.as_ref(), 2) == thread)
                    .map(|object| number_at(object.as_ref(), 3))
                    .collect();
                let expected: Vec<i64> = (0..objects).map(|turn| turn * keys + key).collect();
                assert_eq!(turns, expected, "thread {thread} at key {key}");
            }
        }
        assert_consistent(table);
    }
}

/// The object of a key and a turn: its size goes through all classes, over 1 KiB and back, and its
/// bytes tell the turn.
fn object_of_turn(key: i64, turn: i64) -> Term {
    let size = [0, 7, 30, 100, 300, 900, 1_100, 3_000][(turn % 8) as usize];
    let fill = vec![turn as u8; size];
    (key, turn, fill).to_term().expect("an object")
}

fn assert_whole(object: TermRef<'_>) {
    let turn = number_at(object, 2);
    assert!(
        object.exact_eq(object_of_turn(number_at(object, 1), turn).as_ref()),
        "an object in parts: turn {turn}"
    );
}

/// Objects are overwritten by others of other sizes, deleted and inserted again, so that their
/// memory is used again at once; readers of all sorts find whole objects of the key they asked for.
#[test]
fn memory_is_used_again_but_never_read_again() {
    let table = set();
    let (turns, keys) = (10_000 * SCALE, 8);
    let write = |thread: i64| {
        (0..turns).try_for_each(|turn| {
            let key = random(thread + turn * 3) % keys;
            match random(turn * 5 + thread) % 4 {
                0 => table.delete(key),
                _ => table.insert(object_of_turn(key, turn)),
            }
        })
    };
    let all: Vec<i64> = (0..keys).collect();
    while_working(2, write, || {
        for key in 0..keys {
            table.with(key, |object| assert_eq!(number_at(object, 1), key))?;
            table.with(key, assert_whole)?;
            table
                .lookup(key)?
                .iter()
                .for_each(|object| assert_whole(object.as_ref()));
        }
        table.lookup_many(&all, |_, object| object.into_iter().for_each(assert_whole))?;
        table.foldl((), |(), object| assert_whole(object))
    });
    assert_consistent(&table);
}

/// Keys that stay, among others that come and go while the table grows and shrinks: each traversal
/// visits those that stay exactly once, the others at most once, and nothing else.
#[test]
fn traversals_visit_what_stays_exactly_once() {
    for table in tables() {
        let (stable, others, rounds) = (1_000, 4_000, 2 * SCALE);
        let copies = if table.kind() == Kind::Set { 1 } else { 3 };
        let insert = |key: i64| (0..copies).try_for_each(|copy| table.insert((key, copy)));
        (0..stable).try_for_each(|key| insert(-1 - key)).unwrap();
        let churn = |thread: i64| {
            let own = |index: i64| index * 2 + thread;
            (0..rounds).try_for_each(|_| {
                (0..others).try_for_each(|index| insert(own(index)))?;
                (0..others).try_for_each(|index| table.delete(own(index)))
            })
        };
        let check = |what: &str, keys: Vec<i64>| {
            let mut visits = HashMap::new();
            keys.iter()
                .for_each(|key| *visits.entry(*key).or_insert(0) += 1);
            let twice: Vec<&i64> = visits
                .iter()
                .filter(|(_, visits)| **visits > 1)
                .map(|(key, _)| key)
                .collect();
            assert!(twice.is_empty(), "{what} met {twice:?} more than once");
            let missed: Vec<i64> = (-stable..0)
                .filter(|key| !visits.contains_key(key))
                .collect();
            assert!(missed.is_empty(), "{what} missed {missed:?}");
            assert!(
                visits.keys().all(|key| (-stable..2 * others).contains(key)),
                "{what} met what never was"
            );
        };
        let mut turn = 0;
        while_working(2, churn, || {
            turn += 1;
            match turn % 4 {
                0 => check("foldl", keys_of_fold(&table)?),
                1 => check(
                    "tab2list",
                    keys_of_groups(table.tab2list()?.iter().map(Term::as_ref)),
                ),
                2 => check("first_lookup, next_lookup", walk_lookup(&table)?),
                _ => check("first, next", fixed_walk(&table)?),
            }
            Ok(())
        });
        assert_eq!(table.size().unwrap() as i64, stable * copies);
        assert_consistent(&table);
    }
}

/// Objects that are now a pair of words, now one of bits, now a row, and now gone with all others, under those who walk.
#[test]
fn walks_bear_objects_that_change_their_form() {
    const KEYS: i64 = 40;
    let large = i64::MAX;
    let root = Process::root();
    let bare = Set::<i64, Option<i64>>::options("stress").owner(&root);
    let bare = bare.create();
    let bare = bare.expect("a table can be made").table().clone();
    let cache = Table::set("stress").public().max_objects(1_000).create();
    for table in [set(), bare, cache.expect("a table can be made")] {
        while_working(
            2,
            |worker| {
                for turn in 0..20_000 * SCALE {
                    let key = random(turn + worker) % KEYS;
                    match turn % 7 {
                        0 => table.insert((key, "a text"))?,
                        1 | 4 => table.insert((key, 5))?,
                        2 => table.insert((key, large - key))?,
                        3 => table.insert((key, None::<i64>))?,
                        5 => table.delete(key).map(drop)?,
                        _ if turn % 700 == 6 => table.delete_all_objects().map(drop)?,
                        _ => table.insert((key, 3, 4))?,
                    }
                }
                Ok(())
            },
            || {
                let keys = numbers_at(&table.tab2list()?, 1);
                assert!(keys.iter().all(|key| (0..KEYS).contains(key)));
                let keys = table.iter().count();
                assert!(keys <= KEYS as usize);
                Ok(())
            },
        );
        assert_consistent(&table);
    }
}

/// The keys of objects in the order of a traversal, those of one key counted once: they come
/// together.
fn keys_of_groups<'t>(objects: impl Iterator<Item = TermRef<'t>>) -> Vec<i64> {
    let mut keys: Vec<i64> = objects.map(|object| number_at(object, 1)).collect();
    keys.dedup();
    keys
}

fn keys_of_fold(table: &Table) -> Result<Vec<i64>, TableError> {
    let mut keys = table.foldl(Vec::new(), |mut keys, object| {
        keys.push(number_at(object, 1));
        keys
    })?;
    keys.dedup();
    Ok(keys)
}

fn fixed_walk(table: &Table) -> Result<Vec<i64>, TableError> {
    table.safe_fixtable(true)?;
    let mut keys = Vec::new();
    let mut step = table.first()?;
    while let Some(key) = step {
        keys.push(key.as_i64().expect("keys are numbers"));
        step = table.next(&key)?;
    }
    table.safe_fixtable(false)?;
    Ok(keys)
}

/// Fixed too: the key may be deleted between two steps.
fn walk_lookup(table: &Table) -> Result<Vec<i64>, TableError> {
    table.safe_fixtable(true)?;
    let mut keys = Vec::new();
    let mut step = table.first_lookup()?;
    while let Some((key, objects)) = step {
        let number = key.as_i64().expect("keys are numbers");
        assert!(!objects.is_empty() && numbers_at(&objects, 1).iter().all(|key| *key == number));
        keys.push(number);
        step = table.next_lookup(&key)?;
    }
    table.safe_fixtable(false)?;
    Ok(keys)
}

#[test]
fn the_size_is_exact_when_all_is_quiet() {
    for table in tables() {
        let turns = 10_000 * SCALE;
        on_threads(THREADS, |thread| {
            (0..turns).try_for_each(|turn| {
                let key = random(turn * THREADS + thread) % 2_000;
                match random(turn + thread * 31) % 8 {
                    0..4 => table.insert((key, thread, turn % 3)),
                    4 | 5 => table.delete(key),
                    6 => table.insert(
                        (0..4)
                            .map(|offset| (key + offset, thread, 0))
                            .collect::<Vec<_>>(),
                    ),
                    _ if turn % 500 == 0 => table.delete_all_objects(),
                    _ => table.take(key).map(drop),
                }
            })
        });
        assert_consistent(&table);
        table.delete_all_objects().unwrap();
        assert_eq!(table.size().unwrap(), 0);
        assert_consistent(&table);
    }
}

/// What two threads insert they delete, each in an order of its own, again and again: the table
/// does not get larger from time to time, and when it is empty most of its memory has gone back.
/// (Of each size of objects some stays.)
#[test]
fn memory_goes_back() {
    for (size, objects) in [(0, 600_000), (100, 150_000), (2_000, 20_000)] {
        let table = set();
        let object = |key: i64| (key, vec![0u8; size]).to_term().expect("an object");
        let own = |thread: i64| (0..objects).filter(move |key| key % 2 == thread);
        let elsewhere = |key: i64| key * 48_271 % objects;
        let mut peaks = Vec::new();
        for cycle in 0..3 {
            on_threads(2, |thread| {
                own(thread).try_for_each(|key| table.insert(object(key)))
            });
            peaks.push(table.memory_bytes().unwrap());
            // A thread that was done while much was still there keeps some free cells, until it writes again.
            let all_done = std::sync::Barrier::new(2);
            let write_again = |thread: i64| {
                all_done.wait();
                table.insert(object(-1 - thread))?;
                table.delete(-1 - thread)
            };
            match cycle {
                0 => on_threads(2, |thread| {
                    own(thread).try_for_each(|key| table.delete(key))?;
                    write_again(thread)
                }),
                1 => on_threads(2, |thread| {
                    own(thread).try_for_each(|key| table.delete(elsewhere(key)))?;
                    write_again(thread)
                }),
                _ => table.delete_all_objects().unwrap(),
            }
            assert_eq!(table.size(), Ok(0));
            let left = table.memory_bytes().unwrap();
            assert!(
                left < peaks[0] / 3,
                "objects of {size} bytes, cycle {cycle}: {left} bytes left of {peaks:?}"
            );
        }
        assert!(
            peaks.iter().all(|peak| *peak < peaks[0] + peaks[0] / 10),
            "each cycle takes more: {peaks:?}"
        );
    }
}

/// To overwrite takes no memory, even while somebody reads.
#[test]
fn overwriting_takes_no_memory() {
    let table = set();
    let keys = 500;
    (0..keys)
        .try_for_each(|key| table.insert(object_of_turn(key, 5)))
        .unwrap();
    let before = table.memory_bytes().unwrap();
    let overwrite = |thread: i64| {
        (0..20_000 * SCALE).try_for_each(|turn| {
            table.insert(object_of_turn(random(turn + thread) % keys, turn * 8 + 5))
        })
    };
    while_working(2, overwrite, || {
        table.foldl((), |(), object| assert_whole(object))
    });
    let after = table.memory_bytes().unwrap();
    assert!(after < before + before / 5, "{before} bytes became {after}");
}

/// Is it the error of a table that is gone? Any other one is a fault.
fn gone<T>(result: Result<T, TableError>) -> bool {
    match result {
        Ok(_) => false,
        Err(TableError::NoSuchTable { .. }) => true,
        Err(error) => panic!("not the error of a table that is gone: {error}"),
    }
}

/// One call of each sort; each says whether the table is gone.
const CALLS: [fn(&Table, i64) -> bool; 12] = [
    |table, key| gone(table.insert((key, key))),
    |table, key| gone(table.insert(vec![(key, key), (key + 1, key)])),
    |table, key| gone(table.insert_new((key, key))),
    |table, key| gone(table.lookup(key)),
    |table, key| gone(table.member(key)),
    |table, key| gone(table.with(key, |object| assert_eq!(number_at(object, 1), key))),
    |table, key| gone(table.take(key)),
    |table, key| gone(table.delete(key)),
    |table, key| gone(table.update_counter_or(key, 1, (0, 0))),
    |table, _| gone(table.first()),
    |table, _| gone(table.foldl(0, |count, _| count + 1)),
    |table, _| gone(table.size()),
];

/// The owner of a table that four threads use ends: from the moment at which its exit has returned
/// every call says that there is no such table, and who was once told so is told nothing else.
#[test]
fn a_table_that_lost_its_owner_is_gone_for_everybody() {
    for round in 0..20 * SCALE {
        let owner = Process::new();
        let table = owner.run(|| Table::set("owned").public().create().unwrap());
        let ended = AtomicBool::new(false);
        let used = AtomicUsize::new(0);
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (table, ended, used) = (&table, &ended, &used);
                scope.spawn(move || use_until_gone(table, ended, used, thread));
            }
            while used.load(Ordering::SeqCst) < 50 * (round % 4) as usize {
                thread::yield_now();
            }
            owner.exit("done");
            ended.store(true, Ordering::SeqCst);
        });
        assert_eq!(table.owner(), None);
        assert!(table.info().is_none());
    }
}

fn use_until_gone(table: &Table, ended: &AtomicBool, used: &AtomicUsize, thread: i64) {
    for turn in 0.. {
        let must_be_gone = ended.load(Ordering::SeqCst);
        let is_gone = CALLS[(turn + thread) as usize % CALLS.len()](table, random(turn) % 50);
        used.fetch_add(1, Ordering::SeqCst);
        if is_gone {
            break;
        }
        assert!(!must_be_gone, "the table lived on after its owner's exit");
    }
    for call in CALLS {
        assert!(call(table, 1), "a table that was gone is there again");
    }
}

/// The owner ends and the heir goes on, several times, while others use the table: nobody notices.
#[test]
fn a_table_that_is_inherited_is_there_all_the_time() {
    let first = Process::new();
    let table = first.run(|| Table::set("inherited").public().create().unwrap());
    let reigns = |_| {
        let mut owner = first.clone();
        for reign in 0..30 * SCALE {
            let heir = Process::new();
            owner.run(|| table.setopts(heir_option(&heir, reign)))?;
            owner.exit("done");
            assert_eq!(table.owner(), Some(heir.pid()));
            let Some(Message::Transfer {
                table: id,
                from,
                data,
                ..
            }) = heir.try_receive()
            else {
                panic!("no message")
            };
            assert_eq!(
                (id, from, data.as_i64()),
                (table.id(), owner.pid(), Some(reign))
            );
            owner = heir;
        }
        // The last owner must live until the watcher has stopped.
        table.delete_all_objects().map(|()| std::mem::forget(owner))
    };
    let mut turn = 0;
    while_working(1, reigns, || {
        turn += 1;
        assert!(
            !CALLS[turn % CALLS.len()](&table, random(turn as i64) % 50),
            "the table was gone"
        );
        Ok(())
    });
}

fn heir_option(heir: &Process, data: i64) -> Term {
    let heir_atom = heirloom::Atom::new("heir").expect("an atom");
    (heir_atom, heir.pid(), data).to_term().expect("an option")
}

/// Two processes give a protected table back and forth, each as soon as it gets the message. Who
/// has it may write, the other may not, and readers read all the time.
#[test]
fn a_table_given_back_and_forth_has_one_owner() {
    let gifts = 500 * SCALE;
    let players = [Process::new(), Process::new()];
    let table = players[0].run(|| Table::set("ball").protected().create().unwrap());
    players[0].run(|| table.insert(("gifts", 0)).unwrap());
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut seen = 0;
            while !stop.load(Ordering::SeqCst) {
                let gifts = table
                    .with("gifts", |object| number_at(object, 2))
                    .unwrap()
                    .unwrap();
                assert!(gifts >= seen, "a write of an earlier owner came back");
                seen = gifts;
                assert!(matches!(
                    table.insert(("gifts", -1)),
                    Err(TableError::AccessDenied { .. })
                ));
            }
        });
        let other = scope.spawn(|| play(&table, &players[1], &players[0], gifts));
        players[0].run(|| table.give_away(&players[1], "yours").unwrap());
        play(&table, &players[0], &players[1], gifts);
        other.join().expect("the other player panicked");
        stop.store(true, Ordering::SeqCst);
    });
    assert_eq!(
        table.with("gifts", |object| number_at(object, 2)).unwrap(),
        Some(gifts)
    );
}

/// Takes the table and gives it back. Who gets it for the last time keeps it and says so.
fn play(table: &Table, player: &Process, other: &Process, gifts: i64) {
    let turn = || match player.receive().expect("a message") {
        Message::Transfer { from, .. } => {
            assert_eq!((from, table.owner()), (other.pid(), Some(player.pid())));
            let given = table
                .update_counter("gifts", 1)
                .expect("the owner may write")
                .as_i64();
            let is_last = given == Some(gifts);
            if is_last {
                player
                    .send(other.pid(), Term::from("over"))
                    .expect("the other lives");
            } else {
                table.give_away(other, "yours").expect("the owner may give");
            }
            !is_last
        }
        _ => false,
    };
    player.run(|| while turn() {});
}
