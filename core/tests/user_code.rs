//! No lock is held while code of the user runs: wherever a table calls it, it may use the same table, and it may panic.
//!
//! Keys are words when a table sees them, so there is neither a hash nor a comparison of the user's.

use heirloom::{
    Cache, Clock, Live, LoadError, OrderedSet, Set, Table, TableError, Term, TermError, ToTerm,
    TypedTable, kinds,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

/// Far longer than any of this takes.
const PATIENCE: Duration = Duration::from_secs(60);

type Hook = Box<dyn FnMut()>;

thread_local! {
    /// What the user's code does, and after how many calls. Once: otherwise it would call itself for ever.
    static HOOK: RefCell<Option<(u32, Hook)>> = const { RefCell::new(None) };
}

/// Code of the user.
fn user_code() {
    let hook = HOOK.with_borrow_mut(|hook| match hook {
        Some((calls @ 1.., _)) => {
            *calls -= 1;
            None
        }
        _ => hook.take(),
    });
    if let Some((_, mut hook)) = hook {
        hook();
    }
}

/// Does something of which the user's code takes no notice.
fn quietly(act: impl FnOnce()) {
    let hook = HOOK.take();
    act();
    HOOK.set(hook);
}

/// A key or value whose every part is code of the user.
#[derive(Debug, PartialEq, Eq)]
struct Custom(u64);

impl Clone for Custom {
    fn clone(&self) -> Custom {
        user_code();
        Custom(self.0)
    }
}

impl Drop for Custom {
    fn drop(&mut self) {
        // Not while it unwinds already: that would abort.
        if !thread::panicking() {
            user_code();
        }
    }
}

impl Serialize for Custom {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        user_code();
        // More than a word.
        (self.0, "custom").serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Custom {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Custom, D::Error> {
        let (number, _) = <(u64, String)>::deserialize(deserializer)?;
        user_code();
        Ok(Custom(number))
    }
}

impl ToTerm for Custom {
    fn write<'w>(&self, writer: &mut heirloom::Writer<'w>, at: heirloom::Slot<'w>) {
        user_code();
        self.0.write(writer, at);
    }

    fn to_term(&self) -> Result<Term, TermError> {
        user_code();
        self.0.to_term()
    }
}

#[derive(Debug)]
struct Hands;

impl Clock for Hands {
    fn now(&self) -> Duration {
        user_code();
        Duration::from_secs(1)
    }
}

struct Bell;

impl Wake for Bell {
    fn wake(self: Arc<Bell>) {
        user_code();
    }
}

/// Uses a table in every way, as somebody who is called by it may.
fn use_table(table: &Table) {
    let public = "the table is public";
    for key in 0..20 {
        drop(table.lookup(key).expect(public));
        table.delete(key).expect(public);
    }
    drop(table.tab2list().expect(public));
    table.maintain().expect(public);
    table.size().expect(public);
    table.delete_all_objects().expect(public);
}

/// Does what calls the user's code, which uses the table at its first call, or the second, and so on; and again, when it panics there. Each time
/// others can go on.
fn check(what: &str, table: &Table, act: impl Fn() + Send + Sync + 'static) {
    let act = Arc::new(act);
    for (calls, panics) in (0..6).flat_map(|calls| [(calls, false), (calls, true)]) {
        let (done, is_done) = channel();
        let (table, act) = (table.clone(), Arc::clone(&act));
        let other = table.clone();
        let thread = thread::spawn(move || {
            let hook = move || {
                if panics {
                    panic!("on purpose");
                }
                use_table(&table);
            };
            HOOK.set(Some((calls, Box::new(hook))));
            let outcome = catch_unwind(AssertUnwindSafe(|| act()));
            let was_called = HOOK.with_borrow_mut(Option::take).is_none();
            done.send((was_called, outcome.is_ok()))
                .expect("somebody waits");
        });
        let (was_called, is_ok) = is_done
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|_| panic!("{what}: does not come back"));
        assert!(was_called || calls > 0, "{what}: nothing was called");
        // Some panics are caught where they can do no harm.
        assert!(is_ok || panics, "{what}: failed");
        thread.join().expect("it caught the panic");
        let (done, is_done) = channel();
        thread::spawn(move || {
            use_table(&other);
            done.send(()).expect("somebody waits");
        });
        let gone_on = is_done.recv_timeout(PATIENCE);
        assert!(gone_on.is_ok(), "{what}: the table is stuck");
    }
}

fn no_error<T>(result: Result<T, TableError>) -> T {
    result.expect("the table is public")
}

#[test]
fn what_makes_and_reads_terms() {
    for kind in [
        Table::set("terms"),
        Table::ordered_set("terms"),
        Table::bag("terms"),
    ] {
        let table = no_error(kind.public().index(2).change_feed(10).create());
        let made = |act: fn(&Table)| {
            let table = table.clone();
            move || act(&table)
        };
        check(
            "insert",
            &table,
            made(|table| no_error(table.insert((Custom(1), 1)))),
        );
        check(
            "a list",
            &table,
            made(|table| no_error(table.insert(vec![(1, Custom(1)), (2, Custom(2))]))),
        );
        check(
            "insert_many",
            &table,
            made(|table| {
                let objects = (0..100).map(|key| {
                    user_code();
                    (key, key)
                });
                no_error(table.insert_many(objects));
            }),
        );
        check(
            "lookup",
            &table,
            made(|table| drop(no_error(table.lookup(Custom(1))))),
        );
        check(
            "with",
            &table,
            made(|table| {
                no_error(table.insert((1, 1)));
                no_error(table.with(1, |_| user_code()));
            }),
        );
        check(
            "foldl",
            &table,
            made(|table| {
                no_error(table.insert((1, 1)));
                no_error(table.foldl((), |(), _| user_code()));
            }),
        );
        check(
            "index_read",
            &table,
            made(|table| drop(no_error(table.index_read(Custom(1), 2)))),
        );
    }
}

fn calls_of_keys_and_values<M, S>(table: &TypedTable<M, Custom, Custom, S>)
where
    M: kinds::UniqueKeys + 'static,
    S: 'static,
    TypedTable<M, Custom, Custom, S>: Calls,
{
    let act = |what: &str, call: fn(&TypedTable<M, Custom, Custom, S>)| {
        let handle = table.clone();
        check(what, table.untyped(), move || call(&handle));
    };
    act("insert", |table| table.insert_one());
    act("get", |table| table.get_one());
    act("update", |table| table.update_one());
    act("remove", |table| table.remove_one());
    act("extend", |table| table.extend_all());
    act("get_or_load", |table| table.load_one());
    act("iter", |table| table.iterate());
}

/// The calls of a typed table, whatever its storage.
trait Calls: Sized {
    fn untyped(&self) -> &Table;
    fn insert_one(&self);
    fn get_one(&self);
    fn update_one(&self);
    fn remove_one(&self);
    fn extend_all(&self);
    fn load_one(&self);
    fn iterate(&self);
}

macro_rules! calls {
    ($($table:ty)*) => {$(
        impl Calls for $table {
            fn untyped(&self) -> &Table {
                self.table()
            }

            fn insert_one(&self) {
                no_error(self.insert(Custom(1), Custom(1)));
            }

            fn get_one(&self) {
                quietly(|| self.insert_one());
                drop(no_error(self.get(&Custom(1))));
            }

            fn update_one(&self) {
                quietly(|| self.insert_one());
                drop(no_error(self.update(&Custom(1), |value| {
                    user_code();
                    value
                })));
            }

            fn remove_one(&self) {
                quietly(|| self.insert_one());
                drop(no_error(self.remove(&Custom(1))));
            }

            fn extend_all(&self) {
                no_error(self.extend((0..20).map(|key| (Custom(key), Custom(key)))));
            }

            fn load_one(&self) {
                let loaded = self.get_or_load(Custom(1), || {
                    user_code();
                    Ok::<_, String>(Custom(2))
                });
                assert!(!matches!(loaded, Err(LoadError::Loader(_))));
            }

            fn iterate(&self) {
                quietly(|| self.extend_all());
                self.iter().for_each(drop);
            }
        }
    )*};
}

calls! {
    Set<Custom, Custom>
    OrderedSet<Custom, Custom>
    Set<Custom, Custom, Live>
    OrderedSet<Custom, Custom, Live>
}

#[test]
fn keys_and_values_of_typed_tables() {
    calls_of_keys_and_values(&no_error(Set::<Custom, Custom>::new("set")));
    calls_of_keys_and_values(&no_error(OrderedSet::<Custom, Custom>::new("ordered")));
}

#[test]
fn live_values_and_their_destructors() {
    calls_of_keys_and_values(&no_error(Set::<Custom, Custom, Live>::new("set")));
    calls_of_keys_and_values(&no_error(OrderedSet::<Custom, Custom, Live>::new(
        "ordered",
    )));
}

#[test]
fn destructors_of_what_is_replaced_deleted_and_evicted() {
    let cache = no_error(
        Cache::<u64, Custom>::options("cache")
            .max_objects(4)
            .create(),
    );
    let act = |what: &str, call: fn(&Cache<u64, Custom>)| {
        let handle = cache.clone();
        check(what, cache.table(), move || call(&handle));
    };
    act("replace", |cache| {
        (0..50).for_each(|_| no_error(cache.insert(1, Custom(1))));
        bury(cache);
    });
    act("evict", |cache| {
        (0..50).for_each(|key| no_error(cache.insert(key, Custom(key))));
        bury(cache);
    });
    act("clear", |cache| {
        for _ in 0..10 {
            no_error(cache.insert(1, Custom(1)));
            no_error(cache.clear());
        }
        bury(cache);
    });
}

/// Values go when nobody can see them any more; other tests may be looking at theirs just now.
fn bury(cache: &Cache<u64, Custom>) {
    while HOOK.with_borrow(Option::is_some) {
        no_error(cache.maintain());
        thread::yield_now();
    }
}

#[test]
fn weighers_listeners_and_clocks() {
    let weighed = Cache::<u64, u64>::options("weighed")
        .max_bytes(1000)
        .weigher(|_| {
            user_code();
            1
        });
    let weighed = no_error(weighed.create());
    let handle = weighed.clone();
    check("weigher", weighed.table(), move || {
        no_error(handle.insert(1, 1))
    });

    let told = Table::set("told")
        .public()
        .max_objects(4)
        .on_removal(|_| user_code());
    let told = no_error(told.create());
    let handle = told.clone();
    check("listener", &told, move || {
        (0..20).for_each(|key| no_error(handle.insert((key, key))));
    });

    let timed = Table::ordered_set("timed")
        .public()
        .ttl(Duration::from_secs(5))
        .clock(Hands);
    let timed = no_error(timed.create());
    for (what, call) in [
        (
            "clock of a write",
            (|table| no_error(table.insert((1, 1)))) as fn(&Table),
        ),
        ("clock of a read", |table| {
            drop(no_error(table.lookup("some text")))
        }),
        ("clock of a walk", |table| drop(no_error(table.tab2list()))),
    ] {
        let handle = timed.clone();
        check(what, &timed, move || call(&handle));
    }
}

#[test]
fn loaders_that_are_futures_and_wakers() {
    let set = no_error(Set::<u64, u64>::options("set").change_feed(10).create());
    let handle = set.clone();
    check("get_or_load_async", set.table(), move || {
        let loader = async {
            user_code();
            Ok::<_, String>(1)
        };
        let mut load = pin!(handle.get_or_load_async(1, loader));
        let mut context = Context::from_waker(Waker::noop());
        assert!(load.as_mut().poll(&mut context).is_ready());
    });
    let handle = set.clone();
    check("waker of a subscriber", set.table(), move || {
        let mut notices = no_error(handle.table().subscribe());
        let waker = Waker::from(Arc::new(Bell));
        let mut context = Context::from_waker(&waker);
        let mut receive = pin!(notices.receive_async());
        assert_eq!(receive.as_mut().poll(&mut context), Poll::Pending);
        no_error(handle.insert(1, 1));
    });
}
