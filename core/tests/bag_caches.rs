//! Bags whose objects expire, against a model, with a clock that is moved by hand.

use std::time::Duration;

use heirloom::{
    Bag, DuplicateBag, Kind, ManualClock, RemovalCause, Table, TableOptions, Term, match_spec,
};
use proptest::prelude::*;

const TTL: Duration = Duration::from_millis(100);

type Pair = (i64, i64);

#[derive(Clone, Debug)]
enum Call {
    Insert(Pair),
    InsertFor(Pair, u64),
    InsertNew(Pair),
    InsertList(Vec<Pair>),
    SetTtl(i64, Option<u64>),
    Lookup(i64),
    Ttl(i64),
    Take(i64),
    Delete(i64),
    DeleteObject(Pair),
    Walk,
    Replace(i64),
    SelectDelete(i64),
    Clear,
    Maintain,
    Pass(u64),
}

fn call() -> impl Strategy<Value = Call> {
    let key = 0..3i64;
    let pair = (0..3i64, 0..30i64);
    let millis = 0..150u64;
    prop_oneof![
        4 => pair.clone().prop_map(Call::Insert),
        4 => (pair.clone(), millis.clone()).prop_map(|(pair, ttl)| Call::InsertFor(pair, ttl)),
        2 => pair.clone().prop_map(Call::InsertNew),
        3 => prop::collection::vec(pair.clone(), 2..90).prop_map(Call::InsertList),
        2 => (key.clone(), prop::option::of(millis.clone()))
            .prop_map(|(key, ttl)| Call::SetTtl(key, ttl)),
        4 => key.clone().prop_map(Call::Lookup),
        3 => key.clone().prop_map(Call::Ttl),
        1 => key.clone().prop_map(Call::Take),
        1 => key.clone().prop_map(Call::Delete),
        4 => pair.prop_map(Call::DeleteObject),
        2 => Just(Call::Walk),
        2 => key.clone().prop_map(Call::Replace),
        1 => key.prop_map(Call::SelectDelete),
        1 => Just(Call::Clear),
        2 => Just(Call::Maintain),
        6 => millis.prop_map(Call::Pass),
    ]
}

/// The objects, oldest first, and until when they are there.
struct Model {
    kind: Kind,
    now: u64,
    objects: Vec<(Pair, Option<u64>)>,
}

impl Model {
    fn put(&mut self, pair: Pair, ttl: Option<u64>) {
        let until = ttl.map(|ttl| self.now + ttl);
        let mut own = self.objects.iter_mut();
        match own.find(|(own, _)| *own == pair && self.kind == Kind::Bag) {
            Some((_, own)) => *own = until,
            None => self.objects.push((pair, until)),
        }
    }

    /// What is over is gone.
    fn forget(&mut self) {
        let now = self.now;
        let lives = |until: Option<u64>| until.is_none_or(|until| until > now);
        self.objects.retain(|(_, until)| lives(*until));
    }

    fn of_key(&self, key: i64) -> impl Iterator<Item = &(Pair, Option<u64>)> {
        self.objects.iter().filter(move |((own, _), _)| *own == key)
    }

    fn values(&self, key: i64) -> Vec<i64> {
        self.of_key(key).map(|((_, value), _)| *value).collect()
    }
}

struct Subject {
    table: Table,
    /// How many words objects have besides.
    more: usize,
}

impl Subject {
    fn object(&self, (key, value): Pair) -> Term {
        let text = "x".repeat(8 * self.more * key as usize);
        let object = Term::tuple([Term::from(key), Term::from(value), Term::from(text)]);
        object.expect("it is short")
    }

    fn values<'a>(&self, objects: impl IntoIterator<Item = &'a Term>) -> Vec<i64> {
        let value = |object: &Term| object.as_ref().element(2)?.as_i64();
        let values = objects.into_iter().map(value);
        values.map(|value| value.expect("a number")).collect()
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
        Call::Insert(pair) => {
            model.put(*pair, table_ttl);
            table.insert(subject.object(*pair))?;
        }
        Call::InsertFor(pair, ttl) => {
            model.put(*pair, Some(*ttl));
            table.insert_with_ttl(subject.object(*pair), Duration::from_millis(*ttl))?;
        }
        Call::InsertNew(pair) => {
            let is_new = model.values(pair.0).is_empty();
            if is_new {
                model.put(*pair, table_ttl);
            }
            prop_assert_eq!(table.insert_new(subject.object(*pair))?, is_new);
        }
        Call::InsertList(pairs) => {
            pairs.iter().for_each(|pair| model.put(*pair, table_ttl));
            let objects: Vec<Term> = pairs.iter().map(|pair| subject.object(*pair)).collect();
            table.insert(objects)?;
        }
        Call::SetTtl(key, ttl) => {
            let is_there = !model.values(*key).is_empty();
            let set = table.set_ttl(*key, ttl.map(Duration::from_millis))?;
            prop_assert_eq!(set, is_there);
            let until = ttl.map(|ttl| model.now + ttl);
            let own = model.objects.iter_mut();
            own.filter(|((own, _), _)| own == key)
                .for_each(|(_, own)| *own = until);
        }
        Call::Lookup(key) => {
            let expected = model.values(*key);
            prop_assert_eq!(subject.values(table.lookup(*key)?.iter()), &expected[..]);
            prop_assert_eq!(table.member(*key)?, !expected.is_empty());
            let first = table.with(*key, |object| object.element(2)?.as_i64())?;
            prop_assert_eq!(first.flatten(), expected.first().copied());
        }
        Call::Ttl(key) => {
            let left =
                |until: Option<u64>| until.map(|until| Duration::from_millis(until - model.now));
            // What never ends is the longest.
            let all = model.of_key(*key).map(|(_, until)| left(*until));
            let longest = all.max_by_key(|left| (left.is_none(), *left));
            prop_assert_eq!(table.ttl(*key)?, longest);
        }
        Call::Take(key) => {
            let expected = model.values(*key);
            model.objects.retain(|((own, _), _)| own != key);
            prop_assert_eq!(subject.values(table.take(*key)?.iter()), expected);
        }
        Call::Delete(key) => {
            table.delete(*key)?;
            model.objects.retain(|((own, _), _)| own != key);
        }
        Call::DeleteObject(pair) => {
            table.delete_object(subject.object(*pair))?;
            model.objects.retain(|(own, _)| own != pair);
        }
        Call::Walk => {
            let mut expected: Vec<i64> = model.objects.iter().map(|((_, own), _)| *own).collect();
            expected.sort_unstable();
            let all: Result<Vec<Term>, _> = table.iter().collect();
            let mut values = subject.values(&all?);
            values.sort_unstable();
            prop_assert_eq!(values, expected);
        }
        // A replaced object of a bag could be equal to another.
        Call::Replace(key) if model.kind == Kind::DuplicateBag => {
            let spec =
                match_spec!(|{own, value, text}| if own == const(*key) => {own, value + 1, text})?;
            let replaced = table.select_replace(&spec)?;
            prop_assert_eq!(replaced, model.values(*key).len() as u64);
            let own = model.objects.iter_mut();
            own.filter(|((own, _), _)| own == key)
                .for_each(|((_, value), _)| *value += 1);
        }
        Call::Replace(_) => {}
        Call::SelectDelete(key) => {
            let spec = match_spec!(|{own, value, _}| if own == const(*key) && value < 15 => true)?;
            let gone = |((own, value), _): &(Pair, _)| own == key && *value < 15;
            let expected = model.objects.iter().filter(|object| gone(object)).count();
            prop_assert_eq!(table.select_delete(&spec)?, expected as u64);
            model.objects.retain(|object| !gone(object));
        }
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
        }
    }
    model.forget();
    prop_assert_eq!(table.size()?, model.objects.len() as u64);
    Ok(())
}

fn options(kind: Kind) -> TableOptions {
    match kind {
        Kind::Bag => Table::bag("cache"),
        _ => Table::duplicate_bag("cache"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_cache_is_a_bag_without_what_is_over(
        calls in prop::collection::vec(call(), 1..80),
        duplicates in any::<bool>(),
        more in 0..90usize,
    ) {
        let clock = ManualClock::new();
        let kind = if duplicates { Kind::DuplicateBag } else { Kind::Bag };
        let table = options(kind).ttl(TTL).clock(clock.clone()).create()?;
        let subject = Subject { table, more };
        let mut model = Model { kind, now: 0, objects: Vec::new() };
        for call in &calls {
            apply(&subject, &clock, &mut model, call)?;
        }
        while subject.table.maintain()? > 0 {}
        prop_assert_eq!(subject.table.tab2list()?.len(), model.objects.len());
        subject.table.delete_table()?;
    }
}

#[test]
fn objects_of_one_key_come_and_go_each_for_itself() {
    let clock = ManualClock::new();
    let members = Bag::<String, u32>::options("members")
        .ttl(TTL)
        .clock(clock.clone())
        .create()
        .expect("good options");
    let join = |member| members.insert("room".into(), member).expect("public");
    let there = || members.get("room").expect("there");
    join(1);
    join(2);
    clock.advance(TTL / 2);
    join(1);
    join(3);
    clock.advance(TTL / 2);
    assert_eq!(there(), [1, 3]);
    assert_eq!(members.len(), Ok(2));
    let left = members.ttl("room").expect("there");
    assert_eq!(left, Some(Some(TTL / 2)));
    clock.advance(TTL / 2);
    assert_eq!(there(), Vec::<u32>::new());
    assert_eq!(members.ttl("room"), Ok(None));
}

#[test]
fn what_is_used_of_a_bag_stays() {
    let clock = ManualClock::new();
    let idle = Duration::from_secs(8);
    let table = Table::duplicate_bag("cache")
        .idle(idle)
        .clock(clock.clone())
        .create()
        .expect("good options");
    for key in ["used", "unused"] {
        table.insert(vec![(key, 1), (key, 2)]).expect("pairs");
    }
    for _ in 0..20 {
        clock.advance(idle - Duration::from_secs(1));
        assert_eq!(table.lookup("used").expect("there").len(), 2);
    }
    assert!(table.lookup("unused").expect("there").is_empty());
    assert_eq!(table.size(), Ok(2));
    let statistics = table.cache_statistics().expect("there");
    assert_eq!((statistics.hits, statistics.misses), (20, 1));
}

#[test]
fn a_bag_keeps_no_more_objects_than_it_may() {
    let gone = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let count = std::sync::Arc::clone(&gone);
    let lines = DuplicateBag::<u64, u64>::options("lines")
        .max_objects(100)
        .on_removal(move |removal| {
            assert_eq!(removal.cause, RemovalCause::Evicted);
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        })
        .create()
        .expect("good options");
    for line in 0..1000 {
        lines.insert(line % 3, line).expect("public");
        assert!(lines.len().expect("there") <= 100);
    }
    assert_eq!(gone.load(std::sync::atomic::Ordering::Relaxed), 900);
    let left: usize = (0..3)
        .map(|key| lines.get(&key).expect("there").len())
        .sum();
    assert_eq!(left, 100);
}

#[test]
fn tags_are_of_all_objects_of_a_key() {
    let table = Table::bag("pages").tagged().create().expect("good options");
    table
        .insert(vec![("/1", "text"), ("/1", "more"), ("/2", "text")])
        .expect("pairs");
    assert_eq!(table.tag("/1", "ann"), Ok(true));
    assert_eq!(table.tag("/3", "ann"), Ok(false));
    table.insert(("/1", "untagged")).expect("a pair");
    assert_eq!(table.invalidate_tag("ann"), Ok(2));
    assert_eq!(table.size(), Ok(2));
    assert_eq!(
        table.lookup("/1").expect("there"),
        [Term::tuple(["/1", "untagged"]).expect("two")]
    );
}

/// Threads that insert, one by one and in lists, look up, replace and delete, while objects expire, are evicted and idle; with an
/// index and a feed.
#[test]
fn everybodys_hands_in_one_bag() {
    const KEYS: i64 = 90;
    let rounds = if cfg!(feature = "tight") { 300 } else { 2000 };
    for kind in [Kind::Bag, Kind::DuplicateBag] {
        let table = options(kind)
            .public()
            .idle(Duration::from_millis(3))
            .ttl(Duration::from_millis(9))
            .max_objects(1500)
            .index(2)
            .change_feed(16)
            .create()
            .expect("good options");
        // The last element says what the others are.
        let object = |key: i64, value: i64| {
            let text = "x".repeat(if value % 7 == 0 { 1100 } else { 8 });
            (key, value, key * 1000 + value, text)
        };
        std::thread::scope(|scope| {
            for thread in 0..4i64 {
                let table = &table;
                scope.spawn(move || {
                    for round in 0..rounds {
                        let (key, value) = ((round * 7 + thread) % 5, round * 11 % 60);
                        let done = match (round + thread) % 8 {
                            0 | 1 => table.insert(object(key, value)),
                            2 if round % 50 == 0 => {
                                table.insert((0..KEYS).map(|key| object(key, value)).collect::<Vec<_>>())
                            }
                            2 => table.insert((0..30).map(|value| object(key, value)).collect::<Vec<_>>()),
                            3 => table.delete_object(object(key, value)),
                            4 if kind == Kind::DuplicateBag => {
                                let spec = match_spec!(|{own, value, sum, text}| if own == const(key) && value < 9 => {own, value + 1, sum + 1, text});
                                table.select_replace(&spec.expect("a specification")).map(drop)
                            }
                            5 if round % 100 == 0 => table.delete(key),
                            6 => table.index_read(value, 2).map(drop),
                            _ => Ok(()),
                        };
                        done.expect("the table is public");
                        for object in table.lookup(key).expect("public").iter() {
                            let element = |position| {
                                object.as_ref().element(position)?.as_i64()
                            };
                            let [own, value, sum] = [1, 2, 3].map(|position| element(position).expect("a number"));
                            assert_eq!((own, own * 1000 + value), (key, sum));
                        }
                    }
                });
            }
        });
        assert!(table.size().expect("there") <= 1500);
        table.delete_all_objects().expect("public");
        assert_eq!((table.size(), table.next_expiry()), (Ok(0), Ok(None)));
        assert!(table.index_read(7, 2).expect("there").is_empty());
        for value in 0..40 {
            table.insert(object(1, value)).expect("public");
        }
        assert_eq!(table.take(1).expect("public").len(), 40);
    }
}

/// A record of one object is the object's own. Who replaces it has no more to do with its cell than with any other's, which may be a
/// bag's by then.
#[test]
fn a_list_that_replaces_objects_frees_nothing_else() {
    const KEYS: i64 = 2000;
    let rounds = if cfg!(feature = "tight") { 5 } else { 60 };
    let table = Table::bag("cache").max_objects(1 << 20).public();
    let table = table.create().expect("good options");
    let list: Vec<(i64, i64)> = (0..KEYS).map(|key| (key, 0)).collect();
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..rounds {
                table.insert(&list).expect("public");
            }
            is_over.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        scope.spawn(|| {
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                for key in KEYS..2 * KEYS {
                    table.insert((key, 1)).expect("public");
                    table.insert((key, 2)).expect("public");
                }
                for key in KEYS..2 * KEYS {
                    let found = table.take(key).expect("public");
                    let expected = [1, 2].map(|value| Term::tuple([key, value]).expect("two"));
                    assert_eq!(found, expected);
                }
            }
        });
    });
    assert_eq!(table.size(), Ok(KEYS as u64));
}
