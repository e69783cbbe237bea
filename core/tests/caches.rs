//! Tables whose objects expire, against a model, with a clock that is moved by hand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use heirloom::{
    Cache, Kind, ManualClock, OrderedSet, Process, Removal, RemovalCause, Set, Table, TableOptions,
    Term, match_spec,
};
use proptest::prelude::*;

const TTL: Duration = Duration::from_millis(100);
const KINDS: [Kind; 4] = [Kind::Set, Kind::OrderedSet, Kind::Bag, Kind::DuplicateBag];

#[derive(Clone, Debug)]
enum Call {
    Insert(i64),
    InsertFor(i64, u64),
    InsertNew(i64),
    InsertList(Vec<i64>),
    Count(i64),
    SetTtl(i64, Option<u64>),
    Lookup(i64),
    Ttl(i64),
    Take(i64),
    Delete(i64),
    Walk,
    Select,
    PopFirst,
    Clear,
    Maintain,
    Pass(u64),
}

fn call() -> impl Strategy<Value = Call> {
    let key = 0..12i64;
    let millis = 0..150u64;
    prop_oneof![
        4 => key.clone().prop_map(Call::Insert),
        4 => (key.clone(), millis.clone()).prop_map(|(key, ttl)| Call::InsertFor(key, ttl)),
        4 => key.clone().prop_map(Call::InsertNew),
        1 => prop::collection::vec(key.clone(), 2..80).prop_map(Call::InsertList),
        4 => key.clone().prop_map(Call::Count),
        3 => (key.clone(), prop::option::of(millis.clone()))
            .prop_map(|(key, ttl)| Call::SetTtl(key, ttl)),
        4 => key.clone().prop_map(Call::Lookup),
        3 => key.clone().prop_map(Call::Ttl),
        2 => key.clone().prop_map(Call::Take),
        2 => key.prop_map(Call::Delete),
        2 => Just(Call::Walk),
        1 => Just(Call::Select),
        1 => Just(Call::PopFirst),
        1 => Just(Call::Clear),
        1 => Just(Call::Maintain),
        6 => millis.prop_map(Call::Pass),
    ]
}

/// What each key has, and until when.
#[derive(Default)]
struct Model {
    now: u64,
    version: i64,
    objects: BTreeMap<i64, (i64, Option<u64>)>,
}

impl Model {
    fn put(&mut self, key: i64, ttl: Option<u64>) -> i64 {
        self.version += 1;
        let until = ttl.map(|ttl| self.now + ttl);
        self.objects.insert(key, (self.version, until));
        self.forget();
        self.version
    }

    /// What is over is gone.
    fn forget(&mut self) {
        let now = self.now;
        self.objects
            .retain(|_, (_, until)| until.is_none_or(|until| until > now));
    }

    fn value(&self, key: i64) -> Option<i64> {
        self.objects.get(&key).map(|(value, _)| *value)
    }
}

fn table(kind: Kind, rows: bool, clock: &ManualClock) -> TableOptions {
    let options = match kind {
        Kind::Set => Table::set("cache"),
        Kind::OrderedSet => Table::ordered_set("cache"),
        Kind::Bag => Table::bag("cache"),
        _ => Table::duplicate_bag("cache"),
    };
    // Rows have their key elsewhere.
    let options = if rows {
        options.key_position(2)
    } else {
        options
    };
    options.ttl(TTL).clock(clock.clone()).public()
}

struct Subject {
    table: Table,
    rows: bool,
}

impl Subject {
    fn object(&self, key: i64, value: i64) -> Term {
        let object = if self.rows {
            let text = "more than a word or two, to fill a cell".repeat((key as usize % 4) * 10);
            Term::tuple([Term::from(value), Term::from(key), Term::from(text)])
        } else {
            Term::tuple([Term::from(key), Term::from(value)])
        };
        object.expect("it is short")
    }

    fn value_of(&self, object: &Term) -> i64 {
        let position = if self.rows { 1 } else { 2 };
        let value = object.as_ref().element(position);
        value.and_then(|value| value.as_i64()).expect("a number")
    }

    fn value_position(&self) -> usize {
        if self.rows { 1 } else { 2 }
    }

    fn values(&self, objects: impl IntoIterator<Item = Term>) -> Vec<i64> {
        let mut values: Vec<i64> = objects
            .into_iter()
            .map(|object| self.value_of(&object))
            .collect();
        values.sort_unstable();
        values
    }
}

/// Does the same with both, and compares what they say.
fn apply(
    subject: &Subject,
    clock: &ManualClock,
    model: &mut Model,
    call: &Call,
) -> Result<(), TestCaseError> {
    let table = &subject.table;
    let table_ttl = Some(TTL.as_millis() as u64);
    match call {
        Call::Insert(key) => {
            let value = model.put(*key, table_ttl);
            table.insert(subject.object(*key, value))?;
        }
        Call::InsertFor(key, ttl) => {
            let value = model.put(*key, Some(*ttl));
            let ttl = Duration::from_millis(*ttl);
            table.insert_with_ttl(subject.object(*key, value), ttl)?;
        }
        Call::InsertNew(key) => {
            let is_new = model.value(*key).is_none();
            let value = if is_new {
                model.put(*key, table_ttl)
            } else {
                0
            };
            let inserted = table.insert_new(subject.object(*key, value))?;
            prop_assert_eq!(inserted, is_new);
        }
        Call::InsertList(keys) => {
            let insert = |key: &i64| {
                let value = model.put(*key, table_ttl);
                subject.object(*key, value)
            };
            let objects: Vec<Term> = keys.iter().map(insert).collect();
            table.insert(objects)?;
        }
        Call::Count(key) => {
            let counted = table.update_counter(*key, (subject.value_position(), 0));
            prop_assert_eq!(counted.ok().and_then(|sum| sum.as_i64()), model.value(*key));
            // An addition makes another row of it, which lives as long.
            if let Some((value, _)) = model.objects.get_mut(key) {
                model.version += 1;
                *value = model.version;
                let change = (subject.value_position(), Term::from(*value));
                prop_assert!(table.update_element(*key, change)?);
            }
        }
        Call::SetTtl(key, ttl) => {
            let set = table.set_ttl(*key, ttl.map(Duration::from_millis))?;
            prop_assert_eq!(set, model.value(*key).is_some());
            let now = model.now;
            if let Some((_, until)) = model.objects.get_mut(key) {
                *until = ttl.map(|ttl| now + ttl);
            }
            model.forget();
        }
        Call::Lookup(key) => {
            let found = subject.values(table.lookup(*key)?.iter().cloned());
            let expected: Vec<i64> = model.value(*key).into_iter().collect();
            prop_assert_eq!(found, expected);
            prop_assert_eq!(table.member(*key)?, model.value(*key).is_some());
        }
        Call::Ttl(key) => {
            let left =
                |until: &Option<u64>| until.map(|until| Duration::from_millis(until - model.now));
            let expected = model.objects.get(key).map(|(_, until)| left(until));
            prop_assert_eq!(table.ttl(*key)?, expected);
        }
        Call::Take(key) => {
            let taken = subject.values(table.take(*key)?.iter().cloned());
            let expected: Vec<i64> = model
                .objects
                .remove(key)
                .map(|(value, _)| value)
                .into_iter()
                .collect();
            prop_assert_eq!(taken, expected);
        }
        Call::Delete(key) => {
            table.delete(*key)?;
            model.objects.remove(key);
        }
        Call::Walk => {
            let mut expected: Vec<i64> = model.objects.values().map(|(value, _)| *value).collect();
            expected.sort_unstable();
            let all: Result<Vec<Term>, _> = table.iter().collect();
            prop_assert_eq!(subject.values(all?), expected);
        }
        Call::Select => {
            let count = if subject.rows {
                table.select_count(&match_spec!(|{_, key, _}| if key < 6 => true)?)?
            } else {
                table.select_count(&match_spec!(|{key, _}| if key < 6 => true)?)?
            };
            let expected = model.objects.keys().filter(|key| **key < 6).count();
            prop_assert_eq!(count, expected as u64);
        }
        Call::PopFirst if table.kind() == Kind::OrderedSet => {
            let popped = table.pop_first()?.map(|object| subject.value_of(&object));
            prop_assert_eq!(
                popped,
                model.objects.pop_first().map(|(_, (value, _))| value)
            );
        }
        Call::PopFirst => {}
        Call::Clear => {
            table.delete_all_objects()?;
            model.objects.clear();
        }
        Call::Maintain => {
            table.maintain()?;
        }
        Call::Pass(millis) => {
            clock.advance(Duration::from_millis(*millis));
            model.now += millis;
            model.forget();
        }
    }
    prop_assert_eq!(table.size()?, model.objects.len() as u64);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_cache_is_a_table_without_what_is_over(
        calls in prop::collection::vec(call(), 1..80),
        ordered in any::<bool>(),
        rows in any::<bool>(),
    ) {
        let clock = ManualClock::new();
        let kind = if ordered { Kind::OrderedSet } else { Kind::Set };
        let table = table(kind, rows, &clock).create()?;
        let subject = Subject { table, rows };
        let mut model = Model::default();
        for call in &calls {
            apply(&subject, &clock, &mut model, call)?;
        }
        subject.table.delete_table()?;
    }

    /// Whatever goes is told, once, and what was told is gone.
    #[test]
    fn what_is_there_and_what_was_told_is_all_there_was(
        keys in prop::collection::vec((0..60i64, 0..4u8), 1..400),
        max_objects in 1..30u64,
        kind in prop::sample::select(&KINDS[..]),
    ) {
        let clock = ManualClock::new();
        let told = Arc::new(Mutex::new(Vec::<Removal>::new()));
        let listener = Arc::clone(&told);
        let table = table(kind, false, &clock)
            .max_objects(max_objects)
            .on_removal(move |removal| listener.lock().expect("no panic").push(removal.clone()))
            .create()?;
        let mut inserted = Vec::new();
        for (number, (key, what)) in keys.into_iter().enumerate() {
            match what {
                0 => table.delete(key)?,
                1 => drop(table.lookup(key)?),
                _ => {
                    let object = Term::tuple([key, number as i64]).expect("two elements");
                    table.insert(&object)?;
                    inserted.push(object);
                }
            }
            clock.advance(Duration::from_millis(3));
            prop_assert!(table.size()? <= max_objects);
        }
        while table.maintain()? > 0 {}
        let told = told.lock().expect("no panic");
        let mut seen: Vec<Term> = told.iter().map(|removal| removal.object.clone()).collect();
        seen.extend(table.tab2list()?);
        seen.sort();
        inserted.sort();
        prop_assert_eq!(seen, inserted);
        let statistics = table.cache_statistics()?;
        let count = |cause| told.iter().filter(|removal| removal.cause == cause).count() as u64;
        prop_assert_eq!(statistics.evictions, count(RemovalCause::Evicted));
        prop_assert_eq!(statistics.expirations, count(RemovalCause::Expired));
        drop(told);
        table.delete_table()?;
    }
}

#[test]
fn what_is_used_stays_and_what_is_not_goes() {
    let clock = ManualClock::new();
    let idle = Duration::from_secs(8);
    let table = Table::set("cache")
        .idle(idle)
        .clock(clock.clone())
        .create()
        .expect("good options");
    table.insert(("used", 1)).expect("a pair");
    table.insert(("unused", 1)).expect("a pair");
    for _ in 0..20 {
        clock.advance(idle - Duration::from_secs(1));
        assert!(table.member("used").expect("there"));
    }
    assert!(!table.member("unused").expect("there"));
    assert_eq!(table.size(), Ok(1));
    clock.advance(idle + idle / 8);
    assert_eq!(table.size(), Ok(0));
}

#[test]
fn use_does_not_outlast_the_ttl() {
    let clock = ManualClock::new();
    let table = Table::ordered_set("cache")
        .idle(Duration::from_secs(8))
        .ttl(Duration::from_secs(20))
        .clock(clock.clone())
        .create()
        .expect("good options");
    table.insert(("key", 1)).expect("a pair");
    for second in 0..20 {
        assert!(table.member("key").expect("there"), "after {second} s");
        clock.advance(Duration::from_secs(1));
    }
    assert!(!table.member("key").expect("there"));
}

#[test]
fn what_is_used_often_survives_a_scan() {
    let table = Table::set("cache")
        .max_objects(1000)
        .create()
        .expect("good options");
    for key in 0..500 {
        table.insert((key, 0)).expect("a pair");
    }
    for _ in 0..3 {
        (0..500).for_each(|key| assert!(table.member(key).expect("there")));
    }
    for key in 1_000_000..1_010_000 {
        table.insert((key, 0)).expect("a pair");
        assert!(table.size().expect("there") <= 1000);
    }
    let left = (0..500)
        .filter(|&key| table.member(key).expect("there"))
        .count();
    assert_eq!(left, 500);
}

/// Threads that insert, delete and look up; pairs, bare pairs and rows. Afterwards there are as many as the limit allows,
/// and who deletes what he inserts leaves nothing in the queues.
#[test]
fn a_number_of_objects_is_kept_under_everybodys_hands() {
    const LIMIT: u64 = 500;
    const KEYS: u64 = 1_500;
    let bare = Set::<u64, u64>::options("cache").max_objects(LIMIT);
    let bare = bare.owner(&Process::root()).create().expect("good options");
    let plain = Table::set("cache").public().max_objects(LIMIT);
    for table in [bare.table().clone(), plain.create().expect("good options")] {
        std::thread::scope(|scope| {
            for thread in 0..3 {
                let table = &table;
                scope.spawn(move || {
                    for turn in 0..20_000u64 {
                        let key = (turn + thread).wrapping_mul(0x9e37_79b9_7f4a_7c15) % KEYS;
                        let done = match turn % 5 {
                            0 => table.insert((key, u64::MAX - key)),
                            1 => table.insert((key, "a text")),
                            2 => table.insert((key, key)),
                            3 => table.delete(key).map(drop),
                            _ => table.lookup(key).map(drop),
                        };
                        done.expect("public");
                    }
                });
            }
        });
        table.maintain().expect("public");
        assert!(table.size().expect("public") <= LIMIT);
        for key in KEYS..KEYS + 4 * LIMIT {
            table.insert((key, key)).expect("public");
        }
        assert_eq!(table.size().expect("public"), LIMIT);
        let memory = table.memory_bytes().expect("public");
        for _ in 0..50_000 {
            table.insert((1, 1)).expect("public");
            table.delete(1).expect("public");
        }
        let grown = table.memory_bytes().expect("public").saturating_sub(memory);
        assert!(grown < 64 << 10, "entries pile up: {grown} bytes");
    }
}

#[test]
fn a_list_of_more_than_fit_leaves_as_many_as_fit() {
    let table = Table::set("cache").max_objects(300);
    let table = table.create().expect("good options");
    let list: Vec<(i32, i32)> = (0..10_000).map(|key| (key, key)).collect();
    table.insert(list).expect("pairs");
    assert_eq!(table.size().expect("there"), 300);
    let full = table.memory_bytes().expect("there");
    table.delete_all_objects().expect("there");
    assert!(table.memory_bytes().expect("there") < full);
    table.insert((1, 1)).expect("a pair");
    assert_eq!(table.size().expect("there"), 1);
}

#[test]
fn no_more_bytes_than_asked_for() {
    let max_bytes = 200_000;
    let table = Table::set("cache")
        .max_bytes(max_bytes)
        .create()
        .expect("good options");
    let text = "x".repeat(5000);
    for key in 0..1000 {
        table.insert((key, &text[..key as usize])).expect("a text");
    }
    let size = table.size().expect("there");
    assert!(
        (150..300).contains(&size),
        "{size} objects of 600 to 1000 bytes"
    );
    // One that is too large for all is not kept.
    table.insert((1, "y".repeat(300_000))).expect("a text");
    assert!(!table.member(1).expect("there"));
}

#[test]
fn a_million_expire_together_without_a_long_call() {
    let clock = ManualClock::new();
    let table = Table::set("cache")
        .ttl(TTL)
        .clock(clock.clone())
        .create()
        .expect("good options");
    // With tiny buckets and pages a few are many.
    let million = if cfg!(feature = "tight") {
        20_000
    } else {
        1_000_000
    };
    table
        .insert_many((0..million).map(|key| (key, key)))
        .expect("pairs");
    assert_eq!(table.size(), Ok(million as u64));
    clock.advance(TTL + Duration::from_millis(10));
    assert_eq!(table.size(), Ok(0), "before any is taken out");
    assert_eq!(table.next_expiry(), Ok(Some(Duration::ZERO)));
    let mut swept = 0;
    loop {
        let now = table.maintain().expect("there");
        assert!(now <= 1024);
        swept += now;
        if now == 0 {
            break;
        }
    }
    assert_eq!(swept, million);
    assert_eq!((table.size(), table.next_expiry()), (Ok(0), Ok(None)));
}

#[test]
fn what_has_no_time_is_given_none() {
    let table = Table::set("plain").create().expect("good options");
    let refused = table.insert_with_ttl((1, 2), TTL);
    assert!(matches!(
        refused,
        Err(heirloom::TableError::NotExpiring { .. })
    ));
}

#[test]
fn a_listener_may_use_the_table_and_may_panic() {
    let table = Arc::new(std::sync::OnceLock::<Table>::new());
    let own = Arc::clone(&table);
    let calls = std::sync::atomic::AtomicU32::new(0);
    let options = Table::set("cache")
        .max_objects(4)
        .public()
        .on_removal(move |removal| {
            let table = own.get().expect("it is there");
            table
                .insert(("gone", removal.object.clone()))
                .expect("public");
            let call = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            assert_ne!(call, 10, "on purpose");
        });
    let made = table.set(options.create().expect("good options"));
    assert!(made.is_ok());
    let table = table.get().expect("it is there");
    let mut panics = 0;
    for key in 0..100 {
        let inserted = std::panic::catch_unwind(|| table.insert((key, 0)));
        panics += usize::from(inserted.is_err());
        assert!(table.size().expect("there") <= 4);
    }
    assert_eq!(panics, 1);
}

#[test]
fn many_threads_leave_what_they_should() {
    let table = Table::ordered_set("cache")
        .max_objects(500)
        .ttl(Duration::from_millis(2))
        .public()
        .create()
        .expect("good options");
    for table in [
        table,
        Table::bag("cache")
            .max_objects(500)
            .expiring()
            .public()
            .create()
            .expect("good options"),
        Table::duplicate_bag("cache")
            .max_objects(500)
            .ttl(Duration::from_millis(2))
            .public()
            .create()
            .expect("good options"),
        Table::set("cache")
            .max_objects(500)
            .expiring()
            .public()
            .create()
            .expect("good options"),
    ] {
        std::thread::scope(|scope| {
            for thread in 0..4i64 {
                let table = &table;
                scope.spawn(move || {
                    for round in 0..20_000i64 {
                        let key = (round * 7 + thread * 13) % 1500;
                        match round % 5 {
                            0 => table.delete(key),
                            1 => table.insert_with_ttl((key, thread), Duration::from_micros(500)),
                            2 => table.set_ttl(key, None).map(drop),
                            3 => table.lookup(key).map(drop),
                            _ => table.insert((key, thread, "a row")),
                        }
                        .expect("the table is public");
                    }
                });
            }
        });
        assert!(table.size().expect("there") <= 500);
        while table.maintain().expect("there") > 0 {}
        let there = table.tab2list().expect("there").len() as u64;
        assert!(table.size().expect("there") <= there);
        table.delete_all_objects().expect("public");
        assert_eq!((table.size(), table.next_expiry()), (Ok(0), Ok(None)));
        // All room is free again.
        for key in 0..500 {
            table.insert((key, 0)).expect("public");
        }
        table
            .insert_with_ttl((0, 0), Duration::from_secs(600))
            .expect("public");
        assert!(table.member(0).expect("there"));
    }
}

#[test]
fn who_would_wait_gets_what_is_stale() {
    let clock = ManualClock::new();
    let cache = OrderedSet::<u8, u32>::options("cache")
        .ttl(TTL)
        .stale_while_loading(TTL)
        .clock(clock.clone())
        .create()
        .expect("good options");
    let load = |value: u32| move || Ok::<_, String>(value);
    assert_eq!(cache.get_or_load(1, load(1)).ok(), Some(1));
    clock.advance(TTL - Duration::from_millis(1));
    assert_eq!(cache.get_or_load(1, load(2)).ok(), Some(1));
    assert_eq!(cache.ttl(&1), Ok(Some(Some(Duration::from_millis(1)))));
    clock.advance(Duration::from_millis(1));
    assert_eq!((cache.get(&1), cache.len()), (Ok(None), Ok(0)));
    // Who loads gets the new one, who comes meanwhile the old one, and does not wait.
    let meanwhile = || {
        std::thread::scope(|scope| {
            let other = scope.spawn(|| cache.get_or_load(1, load(3)));
            other.join().expect("no panic").ok()
        })
    };
    let loaded = cache.get_or_load(1, || {
        assert_eq!(meanwhile(), Some(1));
        Ok::<_, String>(4)
    });
    assert_eq!(loaded.ok(), Some(4));
    // Nothing is that stale.
    clock.advance(2 * TTL);
    let failed = cache.get_or_load(1, || Err("down".to_owned()));
    assert!(failed.is_err());
    assert_eq!(cache.maintain(), Ok(1));
    let statistics = cache.cache_statistics().expect("there");
    assert_eq!((statistics.loads, statistics.failed_loads), (2, 1));
}

#[test]
fn that_there_is_nothing_is_remembered_for_a_while() {
    let clock = ManualClock::new();
    let cache = Cache::<u8, Arc<str>>::options("cache")
        .ttl(TTL)
        .remember_absent(TTL)
        .clock(clock.clone())
        .create()
        .expect("good options");
    let found = |value: &str| Ok::<_, String>(Some(Arc::from(value)));
    assert_eq!(
        cache.get_or_find(1, || Ok::<_, String>(None)).ok(),
        Some(None)
    );
    assert_eq!(cache.get_or_find(1, || found("too soon")).ok(), Some(None));
    clock.advance(TTL);
    let value = cache.get_or_find(1, || found("now")).ok().flatten();
    assert_eq!(value.as_deref(), Some("now"));
    // Who wants a value in any case does not take that for an answer.
    assert_eq!(
        cache.get_or_find(2, || Ok::<_, String>(None)).ok(),
        Some(None)
    );
    let loaded = cache.get_or_load(2, || Ok::<_, String>(Arc::from("made")));
    assert_eq!(loaded.ok().as_deref(), Some("made"));
    clock.advance(TTL);
    let value = cache
        .get_or_find(2, || found("looked for again"))
        .ok()
        .flatten();
    assert_eq!(value.as_deref(), Some("looked for again"));
}

#[test]
fn each_value_is_loaded_once_in_a_cache_of_live_values() {
    let cache = Cache::<u32, Arc<u32>>::options("contests")
        .ttl(Duration::from_secs(600))
        .create()
        .expect("good options");
    let loads = std::sync::atomic::AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for key in 0..25_000 {
                    let load = || {
                        loads.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        Ok::<_, String>(Arc::new(key))
                    };
                    assert_eq!(cache.get_or_load(key, load).ok().as_deref(), Some(&key));
                }
            });
        }
    });
    assert_eq!(loads.into_inner(), 25_000);
    assert_eq!(cache.cache_statistics().expect("there").loads, 25_000);
}

#[test]
fn what_has_a_tag_goes_with_it() {
    let makers = [Table::set, Table::ordered_set];
    for make in makers {
        let table = make("cache")
            .tagged()
            .max_objects(1000)
            .public()
            .create()
            .expect("good options");
        for key in 0..100 {
            table.insert((key, 0)).expect("public");
            assert_eq!(table.tag(key, key % 10), Ok(true));
            assert_eq!(table.tag(key, ("all", "of them")), Ok(true));
        }
        assert_eq!(table.tag(1000, 1), Ok(false));
        // A change keeps the tags, another object has none.
        table.update_counter(11, 1).expect("there");
        assert_eq!(table.update_element(21, (2, "text")), Ok(true));
        table.insert((31, 0)).expect("public");
        table.delete(41).expect("public");
        table.insert((41, 0)).expect("public");
        assert_eq!(table.invalidate_tag(1), Ok(8));
        for (key, is_there) in [
            (1, false),
            (11, false),
            (21, false),
            (31, true),
            (41, true),
            (2, true),
        ] {
            assert_eq!(table.member(key), Ok(is_there), "{key}");
        }
        assert_eq!(table.invalidate_tag(1), Ok(0));
        assert_eq!(table.invalidate_tag(("all", "of them")), Ok(90));
        assert_eq!(table.size(), Ok(2));
    }
    let plain = Table::set("plain")
        .max_objects(5)
        .create()
        .expect("good options");
    assert_eq!(plain.tag(1, 2), Err(heirloom::TableError::NotTagged));
}

#[test]
fn tags_are_not_left_behind_by_many_threads() {
    let cache = Cache::<u64, Arc<u64>>::options("cache")
        .tagged()
        .max_objects(200)
        .ttl(Duration::from_millis(2))
        .create()
        .expect("good options");
    std::thread::scope(|scope| {
        for thread in 0..4u64 {
            let cache = &cache;
            scope.spawn(move || {
                for round in 0..10_000u64 {
                    let key = (round * 7 + thread) % 300;
                    match round % 4 {
                        0 => cache.remove(&key).map(drop),
                        1 => cache.invalidate_tag(key % 5).map(drop),
                        2 => cache.update(&key, |value| value).map(drop),
                        _ => cache
                            .insert(key, Arc::new(key))
                            .and_then(|()| cache.tag(&key, key % 5).map(drop)),
                    }
                    .expect("the table is public");
                }
            });
        }
    });
    cache.clear().expect("public");
    // Whatever was left behind would be found under a tag.
    for tag in 0..5 {
        assert_eq!(cache.invalidate_tag(tag), Ok(0));
    }
}

#[test]
fn a_change_is_a_use_and_a_stale_answer_is_none() {
    let clock = ManualClock::new();
    let second = Duration::from_secs(1);
    let table = Table::set("cache")
        .idle(8 * second)
        .clock(clock.clone())
        .create()
        .expect("good options");
    table.insert((1, "text")).expect("a pair");
    for _ in 0..10 {
        clock.advance(6 * second);
        assert_eq!(table.update_element(1, (2, "another text")), Ok(true));
    }

    let cache = Cache::<u8, Arc<u32>>::options("cache")
        .idle(60 * second)
        .stale_while_loading(10 * second)
        .clock(clock.clone())
        .create()
        .expect("good options");
    cache.insert(1, Arc::new(1)).expect("public");
    clock.advance(68 * second);
    assert_eq!(cache.get(&1), Ok(None));
    let loaded = cache.get_or_load(1, || {
        let stale = std::thread::scope(|scope| {
            let other = || cache.get_or_load(1, || Ok::<_, String>(Arc::new(2)));
            scope.spawn(other).join().expect("no panic")
        });
        assert_eq!(stale.ok().as_deref(), Some(&1));
        assert_eq!(cache.get(&1), Ok(None), "it is not fresh again");
        Ok::<_, String>(Arc::new(3))
    });
    assert_eq!(loaded.ok().as_deref(), Some(&3));
}

#[test]
fn a_listener_that_asks_for_what_is_being_stored_is_told() {
    type Own = Cache<u8, Arc<u32>>;
    let own = Arc::new(std::sync::OnceLock::<Own>::new());
    let circles = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let (cache, count) = (Arc::clone(&own), Arc::clone(&circles));
    let options = Own::options("cache")
        .max_bytes(100)
        .weigher(|_| u64::MAX)
        .on_removal(move |_| {
            let cache = cache.get().expect("it is there");
            let again = cache.get_or_load(1, || Ok::<_, String>(Arc::new(2)));
            let is_circle = matches!(again, Err(heirloom::LoadError::Circle { .. }));
            count.fetch_add(u32::from(is_circle), std::sync::atomic::Ordering::Relaxed);
        });
    assert!(own.set(options.create().expect("good options")).is_ok());
    let cache = own.get().expect("it is there");
    let loaded = cache.get_or_load(1, || Ok::<_, String>(Arc::new(1)));
    assert_eq!(loaded.ok().as_deref(), Some(&1));
    assert_eq!(circles.load(std::sync::atomic::Ordering::Relaxed), 1);
    assert_eq!(cache.len(), Ok(0));
}

#[test]
fn what_came_by_other_ways_is_not_taken_for_absent() {
    let cache = OrderedSet::<u8, u32>::options("cache")
        .remember_absent(TTL)
        .create()
        .expect("good options");
    for key in [1, 2] {
        assert_eq!(
            cache.get_or_find(key, || Ok::<_, String>(None)).ok(),
            Some(None)
        );
    }
    cache.extend([(1, 5)]).expect("public");
    cache.fetch_add(2, 5).expect("public");
    for key in [1, 2] {
        assert_eq!(cache.remove(&key), Ok(Some(5)));
        assert_eq!(
            cache.get_or_find(key, || Ok::<_, String>(Some(7))).ok(),
            Some(Some(7))
        );
    }
}
