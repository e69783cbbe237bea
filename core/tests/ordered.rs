//! Ordered tables against a `BTreeMap`, and under many threads.

use heirloom::{Table, Term, TermRef};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// A generator of numbers that are random enough (xorshift; Marsaglia, 2003).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

fn public() -> Table {
    let options = Table::ordered_set("ordered").public();
    options.create().expect("nothing is wrong with that")
}

/// Keys of several sorts: small integers, tuples that begin alike, long texts that begin alike.
fn key(number: u64) -> Term {
    match number % 3 {
        0 => Term::from(number as i64),
        1 => Term::tuple([Term::from("a common beginning"), Term::from(number as i64)])
            .expect("short"),
        _ => Term::from(format!("a common beginning {number:08}").as_str()),
    }
}

fn keys(table: &Table) -> Vec<Term> {
    let objects = table.tab2list().expect("public");
    let key = |object: Term| object.as_ref().element(1).map(TermRef::to_term);
    objects.into_iter().filter_map(key).collect()
}

#[test]
fn random_calls_do_what_a_map_does() {
    for seed in 1..=20 {
        let mut random = Random(seed);
        let table = public();
        let mut map: BTreeMap<Term, i64> = BTreeMap::new();
        let bound = [30, 300, 3000][seed as usize % 3];
        for round in 0..6000 {
            let key = key(random.below(bound));
            let shrinking = round / 1500 % 2 == 1;
            match random.below(8) {
                0..=2 if !shrinking => {
                    table.insert((key.clone(), round)).expect("public");
                    map.insert(key, round);
                }
                0..=3 => {
                    table.delete(&key).expect("public");
                    map.remove(&key);
                }
                4 => {
                    let found = table.lookup_element_or(&key, 2, -1).expect("public");
                    assert_eq!(found, Term::from(map.get(&key).copied().unwrap_or(-1)));
                }
                5 => {
                    let next = map.range(key.clone()..).find(|(other, _)| **other != key);
                    assert_eq!(
                        table.next(&key).expect("public"),
                        next.map(|(key, _)| key.clone())
                    );
                    let previous = map.range(..key.clone()).next_back();
                    assert_eq!(
                        table.prev(&key).expect("public"),
                        previous.map(|(key, _)| key.clone())
                    );
                }
                6 => {
                    let rank = map.range(..key.clone()).count() as u64;
                    assert_eq!(table.rank(&key), Ok(rank));
                    let nth = map.keys().nth(rank as usize / 2).cloned();
                    assert_eq!(table.nth(rank / 2), Ok(nth));
                }
                _ => {
                    let popped = table.pop_first().expect("public");
                    let first = map
                        .pop_first()
                        .map(|(key, value)| Term::tuple([key, value.into()]).expect("short"));
                    assert_eq!(popped, first);
                }
            }
            assert_eq!(table.info().expect("public").size, map.len() as u64);
        }
        assert_eq!(keys(&table), map.keys().cloned().collect::<Vec<_>>());
        let backwards = table.foldr(Vec::new(), |mut keys, object| {
            keys.push(object.element(1).expect("a pair").to_term());
            keys
        });
        assert_eq!(backwards, Ok(map.keys().rev().cloned().collect()));
    }
}

#[test]
fn integers_and_floats_of_one_value_are_one_key() {
    let table = public();
    table.insert((1, "integer")).expect("public");
    table.insert((1.0, "float")).expect("public");
    assert_eq!(
        table.tab2list().expect("public"),
        [Term::tuple([1.0.try_into().expect("finite"), Term::from("float")]).expect("short")]
    );
}

/// All of these keys have the same head, so they are told apart by more than that.
#[test]
fn keys_of_one_value_are_one_key_among_others_that_begin_alike() {
    let table = public();
    let key = |number: Term| Term::tuple([Term::from("a common beginning"), number]);
    for number in 0..100 {
        let key = key(Term::from(number)).expect("short");
        table.insert((key, number)).expect("public");
    }
    for number in 0..100_i32 {
        let float = Term::try_from(f64::from(number)).expect("finite");
        let key = key(float).expect("short");
        let found = table.lookup_element(&key, 2).expect("it is there");
        assert_eq!(found, Term::from(number));
        assert_eq!(table.insert_new((&key, 0)), Ok(false));
        table.update_element(&key, (2, -number)).expect("public");
        assert_eq!(table.take(&key).expect("public").len(), 1);
        assert_eq!(table.member(&key), Ok(false));
    }
    assert_eq!(table.count::<i64>(..), Ok(0));
}

#[test]
fn lists_are_inserted_whole() {
    let table = public();
    let list: Vec<(i64, i64)> = (0..5000)
        .map(|number| (number * 7 % 5000, number))
        .collect();
    table.insert(list).expect("public");
    assert_eq!(table.count::<i64>(..), Ok(5000));
    assert_eq!(table.insert_new(vec![(10_000, 0), (3, 0)]), Ok(false));
    assert_eq!(table.member(10_000), Ok(false));
    table.delete_all_objects().expect("public");
    assert_eq!(table.count::<i64>(..), Ok(0));
}

/// Writers insert and delete between keys that stay; walkers must meet each of these exactly once.
#[test]
fn what_stays_is_met_exactly_once() {
    let table = public();
    let stays = |number: u64| number.is_multiple_of(5);
    let numbers = 0..3000u64;
    for number in numbers.clone().filter(|&number| stays(number)) {
        table.insert((key(number), 0)).expect("public");
    }
    let expected = keys(&table);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let (table, done) = (&table, &done);
            scope.spawn(move || {
                let mut random = Random(thread + 1);
                while !done.load(Ordering::Relaxed) {
                    let number = random.below(3000);
                    if stays(number) {
                        table.update_counter(key(number), 1).expect("it stays");
                    } else if random.below(2) == 0 {
                        table.insert((key(number), 1)).expect("public");
                    } else {
                        table.delete(key(number)).expect("public");
                    }
                }
            });
        }
        for round in 0..60 {
            let mut met = keys(&table);
            if round % 2 == 1 {
                met = table
                    .foldr(Vec::new(), |mut keys: Vec<Term>, object| {
                        keys.push(object.element(1).expect("a pair").to_term());
                        keys
                    })
                    .expect("public");
                met.reverse();
            }
            assert!(met.is_sorted_by(|a, b| a < b), "in order, none twice");
            met.retain(|key| expected.binary_search(key).is_ok());
            assert_eq!(met, expected);
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn two_consumers_share_what_there_is() {
    let table = public();
    table
        .insert(
            (0..20_000)
                .map(|number| (number, number))
                .collect::<Vec<_>>(),
        )
        .expect("public");
    let consume = || {
        let mut taken = Vec::new();
        while let Some(object) = table.pop_first().expect("public") {
            taken.push(
                object
                    .as_ref()
                    .element(1)
                    .and_then(TermRef::as_i64)
                    .expect("a number"),
            );
        }
        assert!(taken.is_sorted());
        taken
    };
    let mut all = std::thread::scope(|scope| {
        let other = scope.spawn(consume);
        let mut own = consume();
        own.extend(other.join().expect("no panic"));
        own
    });
    all.sort_unstable();
    assert_eq!(all, (0..20_000).collect::<Vec<_>>());
}

/// A reader of two keys that are always written together never finds them apart.
#[test]
fn lists_are_never_seen_in_part() {
    let table = public();
    let pair = |value: i64| vec![(1, value), (1_000_000, value)];
    table.insert(pair(0)).expect("public");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for value in 1..20_000 {
                table.insert(pair(value)).expect("public");
            }
            done.store(true, Ordering::Relaxed);
        });
        while !done.load(Ordering::Relaxed) {
            let read = |key: i64| {
                table
                    .lookup_element(key, 2)
                    .expect("it stays")
                    .as_ref()
                    .as_i64()
            };
            let (first, second) = (read(1), read(1_000_000));
            assert!(first <= second, "{first:?} {second:?}");
        }
    });
}
