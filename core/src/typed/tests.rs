//! Typed tables against Rust's own maps, and what those don't have.

use std::collections::{BTreeMap, HashMap};
use std::ops::{Bound, RangeBounds};
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Bag, Blob, DuplicateBag, Live, LoadError, OrderedSet, Rows, Set};
use crate::process::Process;
use crate::table::{Kind, Table, TableError};
use crate::term::{SerdeError, Term, to_term, with_serde_term};

mod forms;

/// A value of many forms.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Shape {
    Empty,
    Id(u64),
    Named { text: String, sides: Option<i8> },
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Empty),
        any::<u64>().prop_map(Shape::Id),
        ("[a-c]{0,60}", any::<Option<i8>>()).prop_map(|(text, sides)| Shape::Named { text, sides }),
    ]
}

/// A call on a table in which each key has one value.
#[derive(Clone, Debug)]
enum Call {
    Insert(u8, Shape),
    InsertNew(u8, Shape),
    Remove(u8),
    Update(u8, Shape),
    GetOrInsert(u8, Shape),
    Get(u8),
    Clear,
    Extend(Vec<(u8, Shape)>),
    PopFirst,
    PopLast,
    Range(Bound<u8>, Bound<u8>),
}

fn call() -> impl Strategy<Value = Call> {
    let key = || 0..12u8;
    let bound = || {
        prop_oneof![
            key().prop_map(Bound::Included),
            key().prop_map(Bound::Excluded),
            Just(Bound::Unbounded)
        ]
    };
    prop_oneof![
        6 => (key(), shape()).prop_map(|(key, value)| Call::Insert(key, value)),
        2 => (key(), shape()).prop_map(|(key, value)| Call::InsertNew(key, value)),
        3 => key().prop_map(Call::Remove),
        3 => (key(), shape()).prop_map(|(key, value)| Call::Update(key, value)),
        2 => (key(), shape()).prop_map(|(key, value)| Call::GetOrInsert(key, value)),
        3 => key().prop_map(Call::Get),
        1 => Just(Call::Clear),
        1 => vec((key(), shape()), 0..40).prop_map(Call::Extend),
        2 => Just(Call::PopFirst),
        2 => Just(Call::PopLast),
        3 => (bound(), bound()).prop_map(|(from, to)| Call::Range(from, to)),
    ]
}

/// What both kinds with one value a key do, done to a table and a map.
macro_rules! check_unique {
    ($table:expr, $map:expr, $call:expr) => {
        match $call {
            Call::Insert(key, value) => {
                $map.insert(*key, value.clone());
                prop_assert_eq!($table.insert(*key, value.clone()), Ok(()));
            }
            Call::InsertNew(key, value) => {
                let is_new = !$map.contains_key(key);
                $map.entry(*key).or_insert_with(|| value.clone());
                prop_assert_eq!($table.insert_new(*key, value.clone()), Ok(is_new));
            }
            Call::Remove(key) => prop_assert_eq!($table.remove(key), Ok($map.remove(key))),
            Call::Update(key, value) => {
                let old = $map
                    .get_mut(key)
                    .map(|old| std::mem::replace(old, value.clone()));
                let mut seen = None;
                let new = $table.update(key, |old| {
                    seen = Some(old);
                    value.clone()
                });
                prop_assert_eq!(&seen, &old);
                prop_assert_eq!(new, Ok(old.map(|_| value.clone())));
            }
            Call::GetOrInsert(key, value) => {
                let expected = $map.entry(*key).or_insert_with(|| value.clone()).clone();
                prop_assert_eq!(
                    $table.get_or_insert_with(*key, || value.clone()),
                    Ok(expected)
                );
            }
            Call::Get(key) => {
                prop_assert_eq!($table.get(key), Ok($map.get(key).cloned()));
                prop_assert_eq!($table.contains(key), Ok($map.contains_key(key)));
            }
            Call::Clear => {
                $map.clear();
                prop_assert_eq!($table.clear(), Ok(()));
            }
            Call::Extend(pairs) => {
                $map.extend(pairs.clone());
                prop_assert_eq!($table.extend(pairs.clone()), Ok(pairs.len()));
            }
            Call::PopFirst | Call::PopLast | Call::Range(..) => {}
        }
    };
}

proptest! {
    #[test]
    fn a_set_is_a_map(calls in vec(call(), 0..60)) {
        let table = Set::<u8, Shape>::new("set")?;
        let mut map = HashMap::new();
        for call in &calls {
            check_unique!(table, map, call);
            prop_assert_eq!(table.len(), Ok(map.len() as u64));
        }
        let blobs = Set::<u8, Shape, Rows<Blob>>::new("blobs")?;
        let mut same = HashMap::new();
        for call in &calls {
            check_unique!(blobs, same, call);
        }
        prop_assert_eq!(blobs.iter().collect::<Result<HashMap<_, _>, _>>(), Ok(same));
        let all: Result<HashMap<_, _>, _> = table.iter().collect();
        prop_assert_eq!(all, Ok(map.clone()));
        let keys: Vec<u8> = (0..12).collect();
        let values = keys.iter().map(|key| map.get(key).cloned()).collect();
        prop_assert_eq!(table.get_many(&keys), Ok(values));
    }

    #[test]
    fn an_ordered_set_is_an_ordered_map(calls in vec(call(), 0..60)) {
        let table = OrderedSet::<u8, Shape>::new("ordered")?;
        let mut map = BTreeMap::new();
        for call in &calls {
            match call {
                Call::PopFirst => prop_assert_eq!(table.pop_first(), Ok(map.pop_first())),
                Call::PopLast => prop_assert_eq!(table.pop_last(), Ok(map.pop_last())),
                Call::Range(from, to) => {
                    let inside = |key: &u8| (*from, *to).contains(key);
                    let expected: Vec<_> = map.clone().into_iter().filter(|(key, _)| inside(key)).collect();
                    prop_assert_eq!(table.count((*from, *to)), Ok(expected.len() as u64));
                    let found: Result<Vec<_>, _> = table.range((*from, *to))?.collect();
                    prop_assert_eq!(found, Ok(expected));
                }
                call => check_unique!(table, map, call),
            }
            let first = map.first_key_value().map(|(key, value)| (*key, value.clone()));
            let last = map.last_key_value().map(|(key, value)| (*key, value.clone()));
            prop_assert_eq!(table.first(), Ok(first));
            prop_assert_eq!(table.last(), Ok(last));
        }
        for (index, key) in map.keys().enumerate() {
            prop_assert_eq!(table.rank(key), Ok(index as u64));
            prop_assert_eq!(table.nth(index as u64), Ok(Some(*key)));
        }
        prop_assert_eq!(table.nth(map.len() as u64), Ok(None));
        let all: Result<Vec<_>, _> = table.iter().collect();
        prop_assert_eq!(all, Ok(map.into_iter().collect::<Vec<_>>()));
    }

    #[test]
    fn bags_keep_values_in_order(pairs in vec((0..4u8, shape()), 0..60), gone in vec((0..4u8, shape()), 0..10)) {
        let (bag, duplicates) = (Bag::<u8, Shape>::new("bag")?, DuplicateBag::<u8, Shape>::new("bag")?);
        let (mut in_bag, mut in_duplicates) = (HashMap::<u8, Vec<Shape>>::new(), HashMap::<u8, Vec<Shape>>::new());
        for (key, value) in pairs {
            bag.insert(key, value.clone())?;
            duplicates.insert(key, value.clone())?;
            let values = in_bag.entry(key).or_default();
            if !values.contains(&value) {
                values.push(value.clone());
            }
            in_duplicates.entry(key).or_default().push(value);
        }
        for (key, value) in gone {
            bag.remove_value(&key, &value)?;
            duplicates.remove_value(&key, &value)?;
            in_bag.entry(key).or_default().retain(|other| *other != value);
            in_duplicates.entry(key).or_default().retain(|other| *other != value);
        }
        for key in 0..4 {
            prop_assert_eq!(bag.get(&key)?, in_bag.remove(&key).unwrap_or_default());
            let values = in_duplicates.remove(&key).unwrap_or_default();
            prop_assert_eq!(&duplicates.get(&key)?, &values);
            prop_assert_eq!(duplicates.contains(&key)?, !values.is_empty());
            prop_assert_eq!(duplicates.remove(&key)?, values);
        }
        prop_assert_eq!(duplicates.is_empty(), Ok(true));
    }

    #[test]
    fn the_short_way_makes_the_same_term(
        integers in any::<(i64, u64, i128, u128, i8)>(),
        others in any::<(bool, char, Option<u16>, f64, String)>(),
        shape in shape(),
    ) {
        fn check(value: &impl Serialize) -> Result<(), TestCaseError> {
            prop_assert_eq!(with_serde_term(value, |term| term.to_term()), to_term(value));
            Ok(())
        }
        check(&integers.0)?;
        check(&integers.1)?;
        check(&integers.2)?;
        check(&integers.3)?;
        check(&(integers.3 >> 68))?;
        check(&integers.4)?;
        check(&others.0)?;
        check(&others.1)?;
        check(&others.2)?;
        check(&Some(Some(others.3)))?;
        check(&others.4)?;
        check(&shape)?;
        check(&Wrapped(integers.1))?;
        check(&Unit)?;
        check(&integers)?;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Wrapped(u64);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

/// Newtypes and options as deep as one likes.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Nested(Option<Box<Nested>>);

fn nested(depth: usize) -> Nested {
    (0..depth).fold(Nested(None), |inner, _| Nested(Some(Box::new(inner))))
}

#[test]
fn nesting_has_its_limit() -> Result<(), TableError> {
    let table = Set::<u8, Nested>::new("nested")?;
    table.insert(1, nested(50))?;
    // `None` inside comes back as `None` outside: serde's options are one level.
    assert_eq!(table.get(&1)?, Some(Nested(None)));
    let refused = table.insert(2, nested(10_000));
    assert!(
        matches!(refused, Err(TableError::Value(SerdeError::TooDeep { .. }))),
        "{refused:?}"
    );
    assert_eq!(table.len(), Ok(1));
    Ok(())
}

#[test]
fn keys_come_in_equivalent_forms() -> Result<(), TableError> {
    let names = Set::<String, Wrapped>::new("names")?;
    names.insert("ann".into(), Wrapped(u64::MAX))?;
    assert_eq!(names.get("ann")?, Some(Wrapped(u64::MAX)));
    assert_eq!(names.get(&"ann".to_owned())?, Some(Wrapped(u64::MAX)));
    assert!(names.contains("ann")? && !names.contains("bob")?);
    let floats = Set::<f64, f64>::new("floats")?;
    floats.insert(1.5, 2.5)?;
    assert_eq!(floats.get(&1.5)?, Some(2.5));
    let lists = OrderedSet::<Vec<u16>, ()>::new("lists")?;
    lists.insert(vec![1, 2], ())?;
    assert_eq!(lists.remove(&[1, 2][..])?, Some(()));
    Ok(())
}

#[test]
fn values_that_lock_themselves_while_they_are_read() -> Result<(), TableError> {
    /// Serialised under its own lock, as the standard library's `Mutex` is.
    #[derive(Clone)]
    struct Locked(std::sync::Arc<std::sync::Mutex<u64>>);

    impl Serialize for Locked {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let value = self.0.try_lock().map_err(serde::ser::Error::custom)?;
            value.serialize(serializer)
        }
    }

    impl<'de> Deserialize<'de> for Locked {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let value = u64::deserialize(deserializer)?;
            Ok(Locked(std::sync::Arc::new(value.into())))
        }
    }

    let table = Set::<Locked, Locked>::new("locked")?;
    let locked = Locked(std::sync::Arc::default());
    table.insert(locked.clone(), locked.clone())?;
    assert!(table.contains(&locked)?);
    Ok(())
}

#[test]
fn a_value_without_a_term_changes_nothing() -> Result<(), TableError> {
    let table = Set::<String, f64>::new("floats")?;
    table.insert("a".into(), 1.5)?;
    let not_finite = |result: Result<(), TableError>| {
        assert!(
            matches!(result, Err(TableError::Value(SerdeError::Term(_)))),
            "{result:?}"
        );
    };
    not_finite(table.insert("a".into(), f64::NAN));
    not_finite(table.insert_new("b".into(), f64::NAN).map(drop));
    not_finite(table.update("a", |_| f64::INFINITY).map(drop));
    not_finite(table.get_or_insert_with("b".into(), || f64::NAN).map(drop));
    let pairs = [("c", 1.0), ("d", f64::NAN), ("e", 2.0)];
    not_finite(
        table
            .extend(pairs.map(|(key, value)| (key.to_owned(), value)))
            .map(drop),
    );
    assert_eq!(
        table.get_many(["a", "b", "c", "d", "e"])?,
        [Some(1.5), None, Some(1.0), None, None]
    );
    Ok(())
}

#[test]
fn objects_of_other_types_are_errors() -> Result<(), TableError> {
    let table = Set::<u8, u8>::new("bytes")?;
    table.insert(1, 1)?;
    table.table().insert((2, 300))?;
    table.table().insert((3, "text"))?;
    table.table().insert((4, 1, 1))?;
    assert_eq!(table.get(&1)?, Some(1));
    assert!(matches!(
        table.get(&2),
        Err(TableError::Value(SerdeError::Range { .. }))
    ));
    assert!(matches!(
        table.get(&3),
        Err(TableError::Value(SerdeError::Kind { .. }))
    ));
    let wrong = SerdeError::Length {
        expected: 2,
        found: 3,
    };
    assert_eq!(table.update(&4, |value| value), Err(wrong.into()));
    assert_eq!(table.iter().filter(Result::is_ok).count(), 1);
    assert_eq!(table.iter().count(), 4);
    Ok(())
}

#[test]
fn a_handle_of_an_untyped_table() -> Result<(), TableError> {
    let table = Table::ordered_set("plain").create()?;
    let wrong = Set::<u8, u8>::of_table(table.clone()).err();
    let kind = Kind::OrderedSet;
    assert_eq!(
        wrong,
        Some(TableError::WrongKind {
            kind,
            operation: "of_table"
        })
    );
    drop(OrderedSet::<u8, u8>::of_table(table.clone())?);
    assert_eq!(table.size(), Ok(0));
    let second = Table::set("second").key_position(2).create()?;
    let wrong = Set::<u8, u8>::of_table(second).err();
    assert_eq!(wrong, Some(TableError::KeyPosition { position: 2 }));
    Ok(())
}

#[test]
fn a_table_lives_as_long_as_its_handles() -> Result<(), TableError> {
    let table = Set::<u8, u8>::options("mine").private().create()?;
    table.insert(1, 2)?;
    let untyped = table.table().clone();
    let other = table.clone();
    drop(table);
    assert_eq!(other.get(&1)?, Some(2));
    let mut rest = other.iter();
    // The last handle may go anywhere, in any process.
    Process::new().run(|| drop(other));
    assert_eq!(rest.next(), Some(Ok((1, 2))));
    drop(rest);
    assert!(matches!(
        untyped.lookup(1),
        Err(TableError::NoSuchTable { .. })
    ));
    Ok(())
}

#[test]
fn the_last_handle_may_go_with_its_thread() -> Result<(), TableError> {
    thread_local! {
        static KEPT: std::cell::RefCell<Option<Set<u8, u8>>> = const { std::cell::RefCell::new(None) };
    }
    let table = Set::<u8, u8>::new("kept")?;
    let untyped = table.table().clone();
    let thread = std::thread::spawn(|| KEPT.with(|kept| kept.replace(Some(table)).is_none()));
    assert!(thread.join().is_ok_and(|was_empty| was_empty));
    assert!(matches!(
        untyped.lookup(1),
        Err(TableError::NoSuchTable { .. })
    ));
    Ok(())
}

#[test]
fn a_table_with_an_owner_lives_as_long_as_that() -> Result<(), TableError> {
    let (owner, heir) = (Process::new(), Process::new());
    let options = Set::<u8, u8>::options("owned")
        .owner(&owner)
        .heir(&heir, "yours");
    let table = options.clone().create()?;
    let untyped = table.table().clone();
    drop(table);
    let table = Set::<u8, u8>::of_table(untyped)?;
    table.insert(1, 1)?;
    owner.exit("done");
    assert_eq!(table.table().owner(), Some(heir.pid()));
    assert_eq!(table.get(&1)?, Some(1));
    let refused = options.create().err();
    assert_eq!(
        refused,
        Some(TableError::NoSuchProcess { pid: owner.pid() })
    );
    Ok(())
}

#[test]
fn a_table_that_was_given_away_is_its_owners() -> Result<(), TableError> {
    let table = Set::<u8, u8>::new("given")?;
    let untyped = table.table().clone();
    let owner = Process::new();
    Process::root().run(|| untyped.give_away(&owner, "yours"))?;
    drop(table);
    assert_eq!(untyped.size(), Ok(0));
    Ok(())
}

#[test]
fn changes_by_many_threads_are_all_there() -> Result<(), TableError> {
    const THREADS: usize = 4;
    const ROUNDS: u32 = 2_000;
    let sums = Set::<u8, u32>::new("sums")?;
    let lists = OrderedSet::<String, Vec<u32>>::new("lists")?;
    let made = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for round in 0..ROUNDS {
                    sums.fetch_add(1, 1).expect("it is public");
                    let key = (round % 100).to_string();
                    let first = lists.get_or_insert_with(key.clone(), || {
                        made.fetch_add(1, Ordering::Relaxed);
                        Vec::new()
                    });
                    first.expect("it is public");
                    let add = |mut list: Vec<u32>| {
                        list.push(round);
                        list
                    };
                    lists.update(&key, add).expect("it is public");
                }
            });
        }
    });
    assert_eq!(sums.get(&1)?, Some(THREADS as u32 * ROUNDS));
    let mut all = 0;
    for pair in &lists {
        all += pair?.1.len();
    }
    assert_eq!(all, THREADS * ROUNDS as usize);
    assert!((100..=100 * THREADS).contains(&made.into_inner()));
    Ok(())
}

/// What counts up a counter that others take away: each call tells what it found, and the numbers of one life of the
/// counter follow each other.
fn counts_add_up(count: impl Fn(&Set<u8, u32>) -> Option<u32> + Sync) {
    const ROUNDS: usize = 30_000;
    let table = Set::<u8, u32>::new("contended").expect("a short name");
    let begin = std::sync::Barrier::new(3);
    let running = AtomicUsize::new(2);
    let (mut found, lives) = std::thread::scope(|scope| {
        let counters = [(); 2].map(|()| {
            scope.spawn(|| {
                begin.wait();
                let counts: Vec<u32> = (0..ROUNDS).filter_map(|_| count(&table)).collect();
                running.fetch_sub(1, Ordering::Release);
                counts
            })
        });
        begin.wait();
        let mut lives: Vec<u32> = Vec::new();
        loop {
            let is_over = running.load(Ordering::Acquire) == 0;
            lives.extend(table.remove(&1).expect("it is public"));
            if is_over {
                break;
            }
        }
        let found = counters.map(|thread| thread.join().expect("no panic"));
        (found.concat(), lives)
    });
    let mut expected: Vec<u32> = lives.iter().flat_map(|&counted| 0..counted).collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert!(
        found == expected,
        "{} answers for {} counts",
        found.len(),
        expected.len()
    );
}

#[test]
fn what_is_added_to_is_what_is_taken() {
    counts_add_up(|table| Some(table.fetch_add(1, 1).expect("it is public")));
}

#[test]
fn what_is_updated_is_what_is_taken() {
    counts_add_up(|table| {
        table.insert_new(1, 0).expect("it is public");
        let updated = table.update(&1, |value| value + 1).expect("it is public");
        updated.map(|value| value - 1)
    });
}

#[test]
fn functions_that_are_handed_in_may_do_anything() -> Result<(), TableError> {
    let table = Set::<u8, u8>::new("free")?;
    table.insert(1, 1)?;
    let mut calls = 0;
    let updated = table.update(&1, |value| {
        calls += 1;
        if calls == 1 {
            // The value changes under the function, which is asked again.
            table.insert(1, 10).expect("it is public");
        }
        value + 1
    })?;
    assert_eq!((updated, calls), (Some(11), 2));
    let panicked = std::panic::catch_unwind(|| table.update(&1, |_| panic!("on purpose")));
    assert!(panicked.is_err());
    let inside = table.get_or_insert_with(2, || {
        table.get_or_insert_with(2, || 5).expect("it is public") + 1
    })?;
    assert_eq!(inside, 5);
    assert_eq!(table.get(&1)?, Some(11));
    Ok(())
}

#[test]
fn counters_stay_in_their_types() -> Result<(), TableError> {
    let table = Set::<u8, i64>::new("counters")?;
    assert_eq!(table.fetch_add(1, i64::MAX)?, 0);
    assert!(matches!(
        table.fetch_add(1, 1),
        Err(TableError::Value(SerdeError::Range { .. }))
    ));
    assert_eq!(table.fetch_add(1, -1)?, i64::MAX);
    assert_eq!(table.get(&1)?, Some(i64::MAX - 1));
    Ok(())
}

#[test]
fn whole_tables_travel() -> Result<(), Box<dyn std::error::Error>> {
    let ages = OrderedSet::<String, u8>::new("ages")?;
    ages.extend([("bob".to_owned(), 7), ("ann".to_owned(), 41)])?;
    let json = serde_json::to_string(&ages)?;
    assert_eq!(json, r#"{"ann":41,"bob":7}"#);
    let read: Set<String, u8> = serde_json::from_str(&json)?;
    assert_eq!(read.get_many(["ann", "bob"])?, [Some(41), Some(7)]);

    let events = DuplicateBag::<u8, char>::new("events")?;
    events.extend([(1, 'a'), (1, 'b'), (1, 'a')])?;
    let config = bincode::config::standard();
    let bytes = bincode::serde::encode_to_vec(&events, config)?;
    let (read, _): (DuplicateBag<u8, char>, _) = bincode::serde::decode_from_slice(&bytes, config)?;
    assert_eq!(read.get(&1)?, ['a', 'b', 'a']);
    assert!(serde_json::from_str::<Set<u8, u8>>("[1]").is_err());
    Ok(())
}

#[test]
fn debug_prints_no_values() -> Result<(), TableError> {
    let table = Set::<u8, String>::new("quiet")?;
    table.insert(1, "secret".into())?;
    let text = format!("{table:?}");
    assert!(
        text.contains("len: 1") && !text.contains("secret"),
        "{text}"
    );
    table.table().delete_table()?;
    assert!(format!("{table:?}").contains("gone"));
    Ok(())
}

#[test]
fn a_row_is_what_others_expect() -> Result<(), TableError> {
    let shapes = Set::<u8, Shape>::new("shapes")?;
    shapes.insert(
        1,
        Shape::Named {
            text: "x".into(),
            sides: None,
        },
    )?;
    let expected: Term = "{1,{'Named',#{text => <<\"x\">>,sides => undefined}}}"
        .parse()
        .expect("a term");
    assert_eq!(*shapes.table().lookup(1)?, [expected]);
    Ok(())
}

#[test]
fn of_many_who_want_a_value_one_loads_it() -> Result<(), TableError> {
    const KEYS: u32 = 100_000;
    const THREADS: u32 = 4;
    let table = Set::<u32, u32>::new("contests")?;
    let loads = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for key in 0..KEYS {
                    let load = || {
                        loads.fetch_add(1, Ordering::Relaxed);
                        std::thread::yield_now();
                        Ok::<_, ()>(key * 2)
                    };
                    let value = table.get_or_load(key, load).expect("nothing fails");
                    assert_eq!(value, key * 2);
                }
            });
        }
    });
    assert_eq!(loads.into_inner(), KEYS as usize);
    Ok(())
}

/// A load that another thread waits for when it ends as it is told.
fn with_a_passenger<R: Send>(
    table: &Set<u8, u8>,
    pilot: impl FnOnce(&dyn Fn()) -> R + Send,
    passenger: impl FnOnce() -> R + Send,
) -> [R; 2] {
    let (boarded, boarding) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let pilot = scope.spawn(move || {
            pilot(&|| {
                boarded.send(()).expect("somebody waits");
                // As long as the other needs to come aboard, as a rule.
                while table.lease.flights().passengers() == 0 {
                    std::thread::yield_now();
                }
            })
        });
        boarding.recv().expect("the pilot loads");
        let passenger = scope.spawn(passenger);
        [pilot, passenger].map(|thread| thread.join().expect("no panic"))
    })
}

#[test]
fn an_error_goes_to_all_who_wait_and_is_not_kept() -> Result<(), TableError> {
    let table = Set::<u8, u8>::new("failing")?;
    let errors = with_a_passenger(
        &table,
        |wait| {
            table.get_or_load(1, || {
                wait();
                Err("down".to_owned())
            })
        },
        || table.get_or_load(1, || Err("never asked".to_owned())),
    );
    let [Err(LoadError::Loader(one)), Err(LoadError::Loader(other))] = errors else {
        panic!("{errors:?}");
    };
    assert!(std::sync::Arc::ptr_eq(&one, &other) && *one == "down");
    assert_eq!(table.get_or_load(1, || Ok::<_, String>(5)).ok(), Some(5));
    Ok(())
}

#[test]
fn who_waits_with_other_errors_loads_himself() -> Result<(), TableError> {
    let table = Set::<u8, u8>::new("failing")?;
    let values = with_a_passenger(
        &table,
        |wait| {
            let load = || {
                wait();
                Err("down".to_owned())
            };
            table.get_or_load(1, load).ok()
        },
        || table.get_or_load(1, || Ok::<_, u8>(7)).ok(),
    );
    assert_eq!(values, [None, Some(7)]);
    Ok(())
}

#[test]
fn if_a_loader_panics_another_one_loads() -> Result<(), TableError> {
    let table = Set::<u8, u8>::new("panicking")?;
    let values = with_a_passenger(
        &table,
        |wait| {
            let load = || -> Result<u8, ()> {
                wait();
                panic!("on purpose");
            };
            let load = std::panic::AssertUnwindSafe(|| table.get_or_load(1, load).ok());
            std::panic::catch_unwind(load).unwrap_or_default()
        },
        || table.get_or_load(1, || Ok::<_, ()>(8)).ok(),
    );
    assert_eq!(values, [None, Some(8)]);
    assert_eq!(table.get(&1)?, Some(8));
    Ok(())
}

#[test]
fn a_pilot_without_rights_speaks_for_itself() -> Result<(), TableError> {
    let owner = Process::new();
    let table = Set::<u8, u8>::options("protected")
        .owner(&owner)
        .protected()
        .create()?;
    let values = with_a_passenger(
        &table,
        |wait| {
            let load = || {
                wait();
                Ok::<_, ()>(1)
            };
            let denied = table.get_or_load(1, load);
            assert!(matches!(
                denied,
                Err(LoadError::Table(TableError::AccessDenied { .. }))
            ));
            None
        },
        || owner.run(|| table.get_or_load(1, || Ok::<_, ()>(2)).ok()),
    );
    assert_eq!(values, [None, Some(2)]);
    let private = Set::<u8, u8>::options("private")
        .owner(&owner)
        .private()
        .create()?;
    let denied = private.get_or_load(1, || Ok::<_, ()>(1));
    assert!(matches!(
        denied,
        Err(LoadError::Table(TableError::AccessDenied { .. }))
    ));
    Ok(())
}

#[test]
fn a_load_that_would_wait_for_itself_is_told() -> Result<(), TableError> {
    let table = Set::<u8, u8>::new("circles")?;
    let inner = || table.get_or_load(1, || Ok::<_, ()>(1));
    let outer = table.get_or_load(1, || match inner() {
        Err(LoadError::Circle { key }) if key == Term::from(1) => Ok::<_, ()>(9),
        other => panic!("{other:?}"),
    });
    assert_eq!(outer.ok(), Some(9));
    // Other keys are no circle, and neither is the same one again.
    let other = table.get_or_load(2, || {
        table.get_or_load(3, || Ok::<_, ()>(3)).map_err(|_| ())
    });
    assert_eq!(other.ok(), Some(3));
    assert_eq!(inner().ok(), Some(9));
    Ok(())
}

/// Two threads, each of which loads its own key, of its own table, and meanwhile wants the other's.
fn a_circle_of_two_is_told(places: [(&Set<u8, u8>, u8); 2]) {
    let barrier = std::sync::Barrier::new(2);
    let ask = |own: usize| {
        let (table, key) = places[own];
        let (other_table, other_key) = places[1 - own];
        table.get_or_load(key, || {
            barrier.wait();
            // Whoever comes second is told; the first one then gets what that makes of it.
            match other_table.get_or_load(other_key, || Ok::<u8, ()>(0)) {
                Err(LoadError::Circle { .. }) => Ok::<u8, ()>(50),
                other => Ok(other.expect("no error") + 1),
            }
        })
    };
    let values = std::thread::scope(|scope| {
        let threads = [0, 1].map(|own| scope.spawn(move || ask(own)));
        threads.map(|thread| thread.join().expect("no panic").ok())
    });
    let expected = [[Some(50), Some(51)], [Some(51), Some(50)]];
    assert!(expected.contains(&values), "{values:?}");
}

#[test]
fn two_loads_that_would_wait_for_each_other_are_told() -> Result<(), TableError> {
    let (table, other) = (Set::new("circle")?, Set::new("of two")?);
    a_circle_of_two_is_told([(&table, 1), (&table, 2)]);
    a_circle_of_two_is_told([(&table, 3), (&other, 3)]);
    Ok(())
}

#[test]
fn keys_that_a_table_takes_for_one_are_loaded_once() -> Result<(), TableError> {
    let table = OrderedSet::<f64, u8>::new("zeros")?;
    let value = table.get_or_load(0.0, || {
        let inner = table.get_or_load(-0.0, || Ok::<_, ()>(1));
        assert!(matches!(inner, Err(LoadError::Circle { .. })));
        Ok::<_, ()>(2)
    });
    assert_eq!((value.ok(), table.len()?), (Some(2), 1));
    Ok(())
}

#[test]
fn an_object_of_other_types_is_no_loaded_value() -> Result<(), TableError> {
    let table = Set::<u8, u8>::new("mixed")?;
    let value = table.get_or_load(1, || {
        table.table().insert((1, 2, 3)).expect("it is public");
        Ok::<_, ()>(6)
    });
    let wrong = TableError::Value(SerdeError::Length {
        expected: 2,
        found: 3,
    });
    assert!(matches!(value, Err(LoadError::Table(error)) if error == wrong));
    Ok(())
}

#[test]
fn what_is_inserted_while_a_value_is_loaded_stays() -> Result<(), TableError> {
    let table = OrderedSet::<u8, u8>::new("inserted")?;
    let value = table.get_or_load(1, || {
        table.insert(1, 5).expect("it is public");
        Ok::<_, ()>(6)
    });
    assert_eq!((value.ok(), table.get(&1)?), (Some(5), Some(5)));
    table.table().delete_table()?;
    let gone = table.get_or_load(2, || Ok::<_, ()>(6));
    assert!(matches!(
        gone,
        Err(LoadError::Table(TableError::NoSuchTable { .. }))
    ));
    Ok(())
}

#[test]
fn tables_are_collected() {
    let pairs = || ["one", "two", "one"].into_iter().zip(1u8..);
    let named = || pairs().map(|(name, number)| (name.to_owned(), number));
    let set: Set<String, u8> = named().collect();
    assert_eq!((set.get("one"), set.len()), (Ok(Some(3)), Ok(2)));
    let bag: Bag<String, u8> = named().collect();
    assert_eq!(bag.get("one"), Ok(vec![1, 3]));
    let live: OrderedSet<String, std::sync::Arc<str>, Live> = pairs()
        .map(|(name, number)| (format!("{name} {number}"), name.into()))
        .collect();
    assert_eq!(live.first(), Ok(Some(("one 1".to_owned(), "one".into()))));
}
