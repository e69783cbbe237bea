//! Tables of live values: nothing is dropped twice, early or never, and user code runs where nothing is locked.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use heirloom::{
    Bag, Cache, Live, LoadError, ManualClock, OrderedSet, RemovalCause, Set, Table, TableError,
    kinds,
};

/// Counts how many of its kind there are.
#[derive(Debug)]
struct Counted {
    there: Arc<AtomicI64>,
    /// Found again by whoever reads: a value that was given back would have another.
    check: u64,
}

const CHECK: u64 = 0x5eed_cafe_f00d_beef;

impl Counted {
    fn new(there: &Arc<AtomicI64>) -> Counted {
        there.fetch_add(1, Ordering::SeqCst);
        Counted {
            there: Arc::clone(there),
            check: CHECK,
        }
    }
}

impl Clone for Counted {
    fn clone(&self) -> Counted {
        assert_eq!(self.check, CHECK);
        Counted::new(&self.there)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        assert_eq!(self.check, CHECK);
        self.check = 0;
        self.there.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Values go when nobody can see them any more: other tests may be looking at theirs just now, and be interrupted.
fn settle(tables: &[&Table], there: &AtomicI64, expected: i64) {
    // Far longer than any interruption: what is not there by then never comes.
    let patience = Instant::now() + Duration::from_secs(60);
    while there.load(Ordering::SeqCst) != expected && Instant::now() < patience {
        // A table that is gone leaves its values to the others.
        for table in tables {
            drop(table.maintain());
        }
        std::thread::sleep(Duration::from_micros(50));
    }
    assert_eq!(there.load(Ordering::SeqCst), expected);
}

/// A table for those who have none any more.
fn other() -> Set<u8, u8, Live> {
    Set::new("other").expect("a short name")
}

fn every_call<M>(there: &Arc<AtomicI64>, table: &heirloom::TypedTable<M, u64, Counted, Live>)
where
    M: kinds::UniqueKeys,
{
    let value = || Counted::new(there);
    for key in 0..50 {
        table.insert(key, value()).expect("public");
    }
    assert_eq!(there.load(Ordering::SeqCst), 50);
    assert!(!table.insert_new(7, value()).expect("public"));
    assert!(table.insert_new(50, value()).expect("public"));
    drop(table.remove(&50).expect("public"));
    assert!(!table.contains(&50).expect("public"));
    assert!(
        table
            .update(&3, |value| value.clone())
            .expect("public")
            .is_some()
    );
    assert!(table.update(&99, |value| value).expect("public").is_none());
    let kept = table.get_or_insert_with(60, value).expect("public");
    drop(kept);
    let loaded = table
        .get_or_load(61, || Ok::<_, String>(value()))
        .expect("it is loaded");
    drop(loaded);
    let failed = table.get_or_load(62, || Err::<Counted, _>("on purpose"));
    assert!(matches!(failed, Err(LoadError::Loader(_))));
    let many = table.get_many(&[1, 2, 99]).expect("public");
    assert_eq!(many.iter().filter(|value| value.is_some()).count(), 2);
    drop(many);
    assert_eq!(table.iter().filter(|pair| pair.is_ok()).count(), 52);
    assert_eq!(table.extend((100..110).map(|key| (key, value()))), Ok(10));
    settle(&[table.table()], there, 62);
}

#[test]
fn each_value_is_dropped_once() {
    let there = Arc::new(AtomicI64::new(0));
    let set = Set::<u64, Counted, Live>::new("set").expect("a short name");
    every_call(&there, &set);
    set.clear().expect("public");
    settle(&[set.table()], &there, 0);
    every_call(&there, &set);
    drop(set);
    settle(&[other().table()], &there, 0);

    let ordered = OrderedSet::<u64, Counted, Live>::new("ordered").expect("a short name");
    every_call(&there, &ordered);
    assert_eq!(
        ordered.pop_first().expect("public").map(|(key, _)| key),
        Some(0)
    );
    assert_eq!(
        ordered.pop_last().expect("public").map(|(key, _)| key),
        Some(109)
    );
    assert_eq!(
        ordered.last().expect("public").map(|(key, _)| key),
        Some(108)
    );
    let range: Result<Vec<_>, _> = ordered.range(100..104).expect("public").collect();
    assert_eq!(range.expect("public").len(), 4);
    settle(&[ordered.table()], &there, 60);
    drop(ordered);
    settle(&[other().table()], &there, 0);

    let bag = Bag::<u64, Counted, Live>::new("bag").expect("a short name");
    for _ in 0..40 {
        bag.insert(1, Counted::new(&there)).expect("public");
    }
    assert_eq!(bag.get(&1).expect("public").len(), 40);
    settle(&[bag.table()], &there, 40);
    assert_eq!(bag.remove(&1).expect("public").len(), 40);
    settle(&[bag.table()], &there, 0);
}

#[test]
fn keys_of_any_form_have_live_values() {
    let there = Arc::new(AtomicI64::new(0));
    let names = Cache::<String, Counted>::new("names").expect("a short name");
    for name in ["ann", "bob", "a name that is longer than a word or two"] {
        names
            .insert(name.into(), Counted::new(&there))
            .expect("public");
        names
            .insert(name.into(), Counted::new(&there))
            .expect("public");
        assert!(names.get(name).expect("public").is_some());
    }
    settle(&[names.table()], &there, 3);
    let keys: Vec<String> = names.iter().map(|pair| pair.expect("public").0).collect();
    assert_eq!(keys.len(), 3);
    // Without types, the keys can be asked for, and what matches can be deleted.
    let of_ann = "[{{<<\"ann\">>,'_'},[],[true]}]"
        .parse()
        .expect("a specification");
    assert_eq!(names.table().select_delete(&of_ann), Ok(1));
    drop(names);
    settle(&[other().table()], &there, 0);
}

#[test]
fn no_term_gets_into_a_table_of_live_values() {
    let table = Set::<u64, Arc<u64>, Live>::options("live")
        .named()
        .create()
        .expect("a free name");
    table.insert(1, Arc::new(5)).expect("public");
    let untyped = Table::whereis("live").expect("it is there");
    let refused = |result: Result<(), TableError>| assert_eq!(result, Err(TableError::LiveValues));
    refused(untyped.insert((1, 2)));
    refused(untyped.insert(("text", 2)));
    refused(untyped.insert(vec![(1, 2), (2, 3)]));
    refused(untyped.insert_new((3, 4)).map(drop));
    refused(untyped.insert_many([(3, 4)]).map(drop));
    refused(untyped.update_counter(1, 8).map(drop));
    refused(untyped.update_counter_or(1, 8, (1, 2)).map(drop));
    refused(untyped.update_element(1, (2, 8)).map(drop));
    let spec = "[{{'$1','_'},[],[{{'$1',8}}]}]"
        .parse()
        .expect("a specification");
    refused(untyped.select_replace(&spec).map(drop));
    refused(Set::<u64, u64>::of_table(untyped.clone()).map(drop));
    let wrong = Set::<u64, Arc<u32>, Live>::of_table(untyped.clone());
    assert!(matches!(wrong, Err(TableError::NotLive { .. })));
    let same = Set::<u64, Arc<u64>, Live>::of_table(untyped.clone()).expect("the same types");
    assert_eq!(same.get(&1), Ok(Some(Arc::new(5))));
    untyped.delete(1).expect("public");
    assert_eq!(same.get(&1), Ok(None));
    let plain = Table::set("plain").create().expect("good options");
    assert!(Set::<u64, Arc<u64>, Live>::of_table(plain).is_err());
}

#[test]
fn readers_never_see_a_value_that_is_gone() {
    let there = Arc::new(AtomicI64::new(0));
    let set = Set::<u64, Counted, Live>::new("contended").expect("a short name");
    let names = OrderedSet::<String, Counted, Live>::new("contended").expect("a short name");
    std::thread::scope(|scope| {
        for thread in 0..4u64 {
            let (set, names, there) = (&set, &names, &there);
            scope.spawn(move || {
                for round in 0..5_000u64 {
                    let key = (round * 7 + thread) % 20;
                    let name = format!("key {key}");
                    match round % 6 {
                        0 => {
                            set.insert(key, Counted::new(there)).expect("public");
                            names.insert(name, Counted::new(there)).expect("public");
                        }
                        1 => {
                            set.remove(&key).expect("public");
                            names.remove(name.as_str()).expect("public");
                        }
                        2 => drop(set.update(&key, |value| value.clone()).expect("public")),
                        3 => assert!(set.iter().all(|pair| pair.is_ok())),
                        4 => drop(names.pop_first().expect("public")),
                        _ => {
                            drop(set.get(&key).expect("public"));
                            drop(names.get(name.as_str()).expect("public"));
                        }
                    }
                }
            });
        }
    });
    let left = set.len().expect("there") + names.len().expect("there");
    settle(&[set.table(), names.table()], &there, left as i64);
    drop((set, names));
    settle(&[other().table()], &there, 0);
}

#[test]
fn updates_of_a_contended_value_are_not_lost() {
    let table = Set::<u8, Arc<u64>, Live>::new("sums").expect("a short name");
    table.insert(1, Arc::new(0)).expect("public");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5_000 {
                    let sum = table.update(&1, |sum| Arc::new(*sum + 1));
                    assert!(sum.expect("public").is_some());
                }
            });
        }
    });
    assert_eq!(table.get(&1), Ok(Some(Arc::new(20_000))));
}

#[test]
fn what_a_cache_forgets_is_dropped_and_told() {
    let there = Arc::new(AtomicI64::new(0));
    let told = Arc::new(Mutex::new(Vec::new()));
    let clock = ManualClock::new();
    let listener = Arc::clone(&told);
    let cache = Cache::<u64, Counted>::options("cache")
        .max_objects(10)
        .ttl(Duration::from_secs(5))
        .clock(clock.clone())
        .on_removal(move |removal| {
            let value = removal
                .live_value::<Counted>()
                .expect("they are of this type");
            assert_eq!(value.check, CHECK);
            assert!(removal.live_value::<u64>().is_none());
            listener.lock().expect("no panic").push(removal.cause);
        })
        .create()
        .expect("good options");
    for key in 0..25 {
        cache.insert(key, Counted::new(&there)).expect("public");
    }
    assert_eq!(cache.len(), Ok(10));
    settle(&[cache.table()], &there, 10);
    clock.advance(Duration::from_secs(5));
    assert_eq!(cache.len(), Ok(0));
    assert_eq!(cache.maintain(), Ok(10));
    settle(&[cache.table()], &there, 0);
    let told = told.lock().expect("no panic");
    let count = |cause| told.iter().filter(|own| **own == cause).count();
    assert_eq!(
        (count(RemovalCause::Evicted), count(RemovalCause::Expired)),
        (15, 10)
    );
}

/// Its table, as long as it is to be used.
type Own = Arc<Mutex<Option<Set<u8, Arc<Meddling>, Live>>>>;

/// Does something to its table whenever it is cloned or dropped, and now and then panics.
struct Meddling {
    table: Own,
    panics: Arc<AtomicUsize>,
}

impl Drop for Meddling {
    fn drop(&mut self) {
        let table = self
            .table
            .lock()
            .expect("no panic while it is locked")
            .clone();
        if let Some(table) = table {
            table.remove(&99).expect("public");
            assert!(table.len().is_ok());
        }
        // 0 stands for never.
        let panics = self.panics.load(Ordering::SeqCst);
        if panics > 0 {
            self.panics.store(panics + 1, Ordering::SeqCst);
            assert_ne!(panics % 100, 0, "on purpose");
        }
    }
}

#[test]
fn a_destructor_may_use_the_table_and_may_panic() {
    let table = Set::<u8, Arc<Meddling>, Live>::new("meddling").expect("a short name");
    let own = Arc::new(Mutex::new(Some(table.clone())));
    let panics = Arc::new(AtomicUsize::new(1));
    let mut caught = 0;
    for round in 0..1_000_000u32 {
        // When they run depends on who else is about.
        if round > 900 && caught > 0 {
            break;
        }
        let value = Arc::new(Meddling {
            table: Arc::clone(&own),
            panics: Arc::clone(&panics),
        });
        let insert = AssertUnwindSafe(|| table.insert((round % 50) as u8, value));
        caught += usize::from(catch_unwind(insert).is_err());
        assert!(table.get(&0).expect("public").is_some());
    }
    assert!(caught > 0, "some destructors panic");
    assert_eq!(table.len(), Ok(50));
    own.lock().expect("no panic").take();
    panics.store(0, Ordering::SeqCst);
}

/// Takes another one of its kind out of the table when it is dropped.
struct Chained {
    table: std::sync::Weak<Set<u32, Arc<Chained>, Live>>,
    next: u32,
}

impl Drop for Chained {
    fn drop(&mut self) {
        if let Some(table) = self.table.upgrade() {
            table.remove(&self.next).expect("public");
        }
    }
}

#[test]
fn destructors_that_lead_to_others_need_no_stack() {
    let table = Arc::new(Set::<u32, Arc<Chained>, Live>::new("chained").expect("a short name"));
    let insert_all = || {
        for key in 0..100_000 {
            let value = Chained {
                table: Arc::downgrade(&table),
                next: key + 1,
            };
            table.insert(key, Arc::new(value)).expect("public");
        }
    };
    insert_all();
    table.clear().expect("public");
    insert_all();
    drop(table.remove(&0).expect("public"));
    while !table.is_empty().expect("there") {
        table.table().maintain().expect("there");
        drop(table.remove(&0).expect("public"));
    }
}

#[test]
fn values_of_no_size_are_told_apart() {
    #[derive(Clone, Debug, PartialEq)]
    struct Nothing;
    let bag = Bag::<u8, Nothing, Live>::new("bag").expect("a short name");
    bag.insert(1, Nothing).expect("public");
    bag.insert(1, Nothing).expect("public");
    assert_eq!(bag.get(&1), Ok(vec![Nothing, Nothing]));
}
