//! Hearing of changes: every change is told, by whatever call it came about, and nobody waits in vain.

use heirloom::{
    Cache, ManualClock, MatchSpec, Notice, OrderedSet, Subscription, Table, TableError,
    TableOptions, Term,
};
use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

/// What was told until now: the keys as text.
fn told(subscription: &mut Subscription) -> Vec<String> {
    std::iter::from_fn(|| subscription.try_receive())
        .map(|notice| match notice {
            Notice::Changed(key) => key.to_string(),
            other => format!("{other:?}"),
        })
        .collect()
}

fn fed(options: TableOptions) -> (Table, Subscription) {
    let table = options
        .public()
        .change_feed(1000)
        .create()
        .expect("good options");
    let subscription = table.subscribe().expect("it has a feed");
    (table, subscription)
}

#[test]
fn every_call_tells_what_it_changed_and_no_more() -> Result<(), Box<dyn std::error::Error>> {
    for kind in [Table::set("set"), Table::ordered_set("ordered")] {
        let (table, mut changes) = fed(kind);
        table.insert((1, 10))?;
        assert!(!table.insert_new((1, 11))?);
        assert_eq!(told(&mut changes), ["1"]);
        table.insert(vec![(2, 20), (3, 30)])?;
        assert_eq!(told(&mut changes), ["2", "3"]);
        assert!(table.insert_new((4, "text"))?);
        table.update_counter(1, 5)?;
        table.update_counter(1, (2, 1, 12, 0))?;
        table.update_element(4, (2, "other"))?;
        assert_eq!(told(&mut changes), ["4", "1", "1", "4"]);
        assert!(!table.update_element(99, (2, "none"))?);
        table.delete(99)?;
        table.delete_object((1, 99))?;
        assert_eq!(told(&mut changes), Vec::<String>::new());
        table.delete_object((1, 0))?;
        table.delete(2)?;
        table.take(3)?;
        assert_eq!(told(&mut changes), ["1", "2", "3"]);
        table.insert_many((10..13).map(|key| (key, 0)))?;
        let replace: MatchSpec = "[{{'$1',0},[{'>','$1',10}],[{{'$1',1}}]}]".parse()?;
        assert_eq!(table.select_replace(&replace)?, 2);
        let mut all = told(&mut changes);
        all[3..].sort();
        assert_eq!(all, ["10", "11", "12", "11", "12"]);
        let zero: MatchSpec = "[{{'_',0},[],[true]}]".parse()?;
        assert_eq!(table.select_delete(&zero)?, 1);
        assert_eq!(told(&mut changes), ["10"]);
        table.delete_all_objects()?;
        assert_eq!(told(&mut changes), ["Cleared"]);
    }
    Ok(())
}

#[test]
fn both_ends_of_an_ordered_set_are_told() -> Result<(), TableError> {
    let (table, mut changes) = fed(Table::ordered_set("ordered"));
    table.insert(vec![(1, 1), (2, 2), (3, 3)])?;
    table.pop_first()?;
    table.pop_last()?;
    assert_eq!(told(&mut changes), ["1", "2", "3", "1", "3"]);
    table.pop_first()?;
    assert_eq!(table.pop_first()?, None);
    assert_eq!(told(&mut changes), ["2"]);
    Ok(())
}

#[test]
fn bags_tell_keys() -> Result<(), Box<dyn std::error::Error>> {
    for kind in [Table::bag("bag"), Table::duplicate_bag("duplicate bag")] {
        let (table, mut changes) = fed(kind);
        table.insert((1, "a"))?;
        table.insert(vec![(1, "b"), (2, "b")])?;
        table.delete_object((1, "a"))?;
        table.delete_object((1, "a"))?;
        let mut all = told(&mut changes);
        all[1..3].sort();
        assert_eq!(all, ["1", "1", "2", "1"]);
        if table.kind() == heirloom::Kind::DuplicateBag {
            let rename: MatchSpec = r#"[{{'$1',<<"b">>},[],[{{'$1',<<"c">>}}]}]"#.parse()?;
            assert_eq!(table.select_replace(&rename)?, 2);
            assert_eq!(told(&mut changes).len(), 2);
        }
        table.delete(1)?;
        assert_eq!(told(&mut changes), ["1"]);
    }
    Ok(())
}

#[test]
fn what_a_cache_forgets_is_told() -> Result<(), TableError> {
    let clock = ManualClock::new();
    let options = Table::set("cache")
        .max_objects(3)
        .expiring()
        .tagged()
        .clock(clock.clone());
    let (cache, mut changes) = fed(options);
    cache.insert_with_ttl((1, 1), Duration::from_secs(1))?;
    clock.advance(Duration::from_secs(1));
    assert_eq!(cache.maintain()?, 1);
    assert_eq!(told(&mut changes), ["1", "1"]);
    for key in 2..6 {
        cache.insert((key, key))?;
    }
    // Four came and one went.
    assert_eq!(told(&mut changes).len(), 5);
    let left: Vec<_> = cache.tab2list()?;
    let key = left[0].as_ref().element(1).map(|key| key.to_term());
    let key = key.expect("objects have keys");
    cache.tag(&key, "old")?;
    assert_eq!(cache.invalidate_tag("old")?, 1);
    assert_eq!(told(&mut changes), [key.to_string()]);
    Ok(())
}

#[test]
fn what_is_over_and_taken_out_by_the_way_is_told() -> Result<(), TableError> {
    for kind in [Table::set("set"), Table::ordered_set("ordered")] {
        let clock = ManualClock::new();
        let (cache, mut changes) = fed(kind.ttl(Duration::from_secs(1)).clock(clock.clone()));
        cache.insert(vec![(1, 1), (2, 2), (3, 3)])?;
        assert_eq!(told(&mut changes).len(), 3);
        clock.advance(Duration::from_secs(1));
        cache.delete(1)?;
        let mut gone = told(&mut changes);
        cache.take(2)?;
        gone.extend(told(&mut changes));
        if cache.kind() == heirloom::Kind::OrderedSet {
            assert_eq!(cache.pop_first()?, None);
        }
        while cache.maintain()? > 0 {}
        gone.extend(told(&mut changes));
        gone.sort();
        assert_eq!(gone, ["1", "2", "3"]);
    }
    Ok(())
}

#[test]
fn live_values_are_told_of() -> Result<(), TableError> {
    let cache = Cache::<String, Arc<str>>::options("live")
        .change_feed(10)
        .create()?;
    let mut changes = cache.subscribe()?;
    cache.insert("a".into(), "1".into())?;
    cache.update("a", |_| "2".into())?;
    cache.remove("a")?;
    cache.get_or_insert_with("b".into(), || "3".into())?;
    cache.clear()?;
    let told: Result<Vec<_>, _> = std::iter::from_fn(|| changes.try_receive()).collect();
    let changed = |key: &str| Notice::Changed(key.to_owned());
    let expected = [
        changed("a"),
        changed("a"),
        changed("a"),
        changed("b"),
        Notice::Cleared,
    ];
    assert_eq!(told?, expected);

    let ordered = OrderedSet::<u64, Arc<str>, heirloom::Live>::options("ordered");
    let ordered = ordered.change_feed(10).create()?;
    let mut changes = ordered.subscribe()?;
    ordered.insert(7, "x".into())?;
    ordered.pop_first()?;
    assert_eq!(changes.by_ref().take(2).count(), 2);
    assert!(changes.try_receive().is_none());
    Ok(())
}

#[test]
fn who_lags_is_told_what_it_missed() -> Result<(), TableError> {
    let table = Table::set("few").change_feed(4).create()?;
    let mut slow = table.subscribe()?;
    let mut quick = table.subscribe()?;
    for key in 0..6 {
        table.insert((key, key))?;
        assert_eq!(quick.try_receive(), Some(Notice::Changed(key.into())));
    }
    assert_eq!(told(&mut slow), ["Missed(2)", "2", "3", "4", "5"]);
    // Who comes later hears nothing of what was before.
    assert_eq!(table.subscribe()?.try_receive(), None);
    // When nobody listens nothing is kept.
    drop((slow, quick));
    table.insert((7, 7))?;
    let mut late = table.subscribe()?;
    assert_eq!(late.try_receive(), None);
    table.insert((8, 8))?;
    assert_eq!(told(&mut late), ["8"]);
    Ok(())
}

#[test]
fn without_a_feed_nobody_subscribes() {
    let table = Table::set("silent").create().expect("a short name");
    assert!(matches!(table.subscribe(), Err(TableError::NoChangeFeed)));
    let table = Table::set("private").private().change_feed(1).create();
    let table = table.expect("a short name");
    let other = heirloom::Process::new();
    let refused = other.run(|| table.subscribe());
    assert!(matches!(refused, Err(TableError::AccessDenied { .. })));
}

#[test]
fn those_who_wait_are_woken_by_changes_and_by_the_end() -> Result<(), TableError> {
    let table = Table::set("waited for").public().change_feed(10).create()?;
    let waiters: Vec<_> = (0..4)
        .map(|_| {
            table
                .subscribe()
                .map(|changes| thread::spawn(move || changes.collect::<Vec<_>>()))
        })
        .collect::<Result<_, _>>()?;
    table.insert((1, 1))?;
    table.delete_table()?;
    for waiter in waiters {
        let heard = waiter.join().expect("it did not panic");
        assert_eq!(heard, [Notice::Changed(Term::from(1)), Notice::Cleared]);
    }
    Ok(())
}

#[test]
fn a_wait_with_a_limit_ends() -> Result<(), TableError> {
    let table = Table::set("silent").change_feed(10).create()?;
    let mut changes = table.subscribe()?;
    assert_eq!(changes.receive_timeout(Duration::from_millis(1)), None);
    table.insert((1, 1))?;
    let long = Duration::from_secs(3600);
    assert_eq!(
        changes.receive_timeout(long),
        Some(Notice::Changed(1.into()))
    );
    table.delete_table()?;
    assert_eq!(changes.receive_timeout(long), Some(Notice::Cleared));
    assert_eq!(changes.receive_timeout(long), None);
    Ok(())
}

/// Counts how often it wakes; and uses the table in the middle of it.
struct Nosy {
    woken: AtomicUsize,
    table: Table,
}

impl Wake for Nosy {
    fn wake(self: Arc<Self>) {
        self.woken.fetch_add(1, Ordering::SeqCst);
        assert_eq!(self.table.lookup_element("a", 2), Ok(1.into()));
        self.table.insert(("b", 2)).expect("public");
    }
}

#[test]
fn futures_are_woken_where_nothing_is_held() -> Result<(), TableError> {
    let (table, mut changes) = fed(Table::set("futures"));
    let nosy = Arc::new(Nosy {
        woken: AtomicUsize::new(0),
        table: table.clone(),
    });
    let waker = Waker::from(Arc::clone(&nosy));
    let mut context = Context::from_waker(&waker);
    let mut receive = pin!(changes.receive_async());
    assert_eq!(receive.as_mut().poll(&mut context), Poll::Pending);
    assert_eq!(receive.as_mut().poll(&mut context), Poll::Pending);
    table.insert(("a", 1))?;
    assert_eq!(nosy.woken.load(Ordering::SeqCst), 1);
    let heard = Poll::Ready(Some(Notice::Changed("a".into())));
    assert_eq!(receive.as_mut().poll(&mut context), heard);
    assert_eq!(told(&mut changes), [Term::from("b").to_string()]);
    Ok(())
}

/// Subscribers that keep up with notices, and read anew what they missed, end with what is in the table.
#[test]
fn copies_that_follow_the_notices_end_up_equal() -> Result<(), TableError> {
    const WRITERS: u64 = 2;
    const WRITES: u64 = if cfg!(feature = "tight") { 300 } else { 3000 };
    for kind in [Table::set("set"), Table::ordered_set("ordered")] {
        let table = kind.public().change_feed(16).create()?;
        let followers: Vec<_> = (0..2)
            .map(|_| {
                let (changes, table) = (table.subscribe()?, table.clone());
                Ok(thread::spawn(move || follow(changes, &table)))
            })
            .collect::<Result<_, TableError>>()?;
        thread::scope(|scope| {
            for writer in 0..WRITERS {
                let table = &table;
                scope.spawn(move || write(table, writer, WRITES));
            }
        });
        table.insert(("stop", 0))?;
        let expected: HashMap<Term, Term> = contents(&table)?;
        for follower in followers {
            let copy = follower.join().expect("it did not panic")?;
            assert_eq!(copy, expected);
        }
    }
    Ok(())
}

fn write(table: &Table, writer: u64, writes: u64) {
    for count in 0..writes {
        // Each writer goes through the keys with a step of its own.
        let key = count * (7 + 4 * writer) % 20;
        match count % 20 {
            0 => table.delete_all_objects(),
            1..6 => table.delete(key),
            6..8 => table.insert(vec![(key, count), (key + 1, count)]),
            _ => table.insert((key, count)),
        }
        .expect("the table is public");
    }
}

fn contents(table: &Table) -> Result<HashMap<Term, Term>, TableError> {
    let objects = table.tab2list()?;
    let key = |object: &Term| object.as_ref().element(1).map(|key| key.to_term());
    Ok(objects
        .into_iter()
        .filter_map(|object| Some((key(&object)?, object)))
        .collect())
}

fn follow(changes: Subscription, table: &Table) -> Result<HashMap<Term, Term>, TableError> {
    let mut copy = HashMap::new();
    let stop = Term::from("stop");
    for notice in changes {
        match notice {
            Notice::Changed(key) => {
                match table.lookup(&key)?.iter().next() {
                    Some(object) => copy.insert(key.clone(), object.clone()),
                    None => copy.remove(&key),
                };
            }
            Notice::Cleared => copy.clear(),
            _ => copy = contents(table)?,
        }
        if copy.contains_key(&stop) {
            // What is in the ring still was told before.
            break;
        }
    }
    Ok(copy)
}
