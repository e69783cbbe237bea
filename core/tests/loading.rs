//! Single flight among futures, and between futures and threads.

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use heirloom::{Cache, LoadError, Set};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future on this thread, which sleeps until it is woken.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::park();
    }
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Option<F::Output> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// Ready when the cell says so.
async fn until(ready: &Cell<bool>) {
    poll_fn(|_| {
        if ready.get() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn of_all_futures_one_loads() {
    let cache = Cache::<u8, Arc<u32>>::new("cache").expect("a short name");
    let (ready, loads) = (Cell::new(false), Cell::new(0));
    let ask = || {
        let (ready, loads) = (&ready, &loads);
        cache.get_or_load_async(1, async move {
            loads.set(loads.get() + 1);
            until(ready).await;
            Ok::<_, String>(Arc::new(5))
        })
    };
    let mut futures: Vec<_> = (0..10).map(|_| Box::pin(ask())).collect();
    assert!(
        futures
            .iter_mut()
            .all(|future| poll_once(future.as_mut()).is_none())
    );
    ready.set(true);
    // The first one has to come first: the others wait for it.
    for future in &mut futures {
        let value = poll_once(future.as_mut()).expect("it is there");
        assert_eq!(value.ok().as_deref(), Some(&5));
    }
    assert_eq!(loads.get(), 1);
}

#[test]
fn who_is_dropped_leaves_the_load_to_another() {
    let cache = Set::<u8, u32>::new("cache").expect("a short name");
    let mut first = Box::pin(cache.get_or_load_async(1, pending::<Result<u32, String>>()));
    let second = async { Ok::<_, String>(7) };
    let mut second = Box::pin(cache.get_or_load_async(1, second));
    assert!(poll_once(first.as_mut()).is_none());
    assert!(poll_once(second.as_mut()).is_none());
    drop(first);
    assert_eq!(
        poll_once(second.as_mut()).expect("it loads itself").ok(),
        Some(7)
    );
}

#[test]
fn an_error_goes_to_all_who_wait() {
    let cache = Set::<u8, u32>::new("cache").expect("a short name");
    let ready = Cell::new(false);
    let failing = async {
        until(&ready).await;
        Err::<u32, _>("down".to_owned())
    };
    let mut first = Box::pin(cache.get_or_load_async(1, failing));
    let never = async { unreachable!("somebody else loads") };
    let mut second = Box::pin(cache.get_or_load_async(1, never));
    assert!(poll_once(first.as_mut()).is_none());
    assert!(poll_once(second.as_mut()).is_none());
    ready.set(true);
    let errors = [poll_once(first.as_mut()), poll_once(second.as_mut())];
    let [
        Some(Err(LoadError::Loader(first))),
        Some(Err(LoadError::Loader(second))),
    ] = errors
    else {
        panic!("both get the error");
    };
    assert!(Arc::ptr_eq(&first, &second));
    // It is not kept.
    let again = cache.get_or_load_async(1, async { Ok::<_, String>(1) });
    assert_eq!(block_on(again).ok(), Some(1));
}

#[test]
fn a_load_that_would_wait_for_itself_is_told() {
    let [a, b] = ["a", "b"].map(|name| Set::<u8, u32>::new(name).expect("a short name"));
    let itself = a.get_or_load_async(1, async {
        let inner = a.get_or_load_async(1, async { Ok::<_, String>(1) }).await;
        assert!(matches!(inner, Err(LoadError::Circle { .. })));
        Ok::<_, String>(2)
    });
    assert_eq!(block_on(itself).ok(), Some(2));

    // By way of another load that it began itself, and one that another future has begun.
    let through = a.get_or_load_async(2, async {
        let inner = b.get_or_load_async(2, async {
            let innermost = a.get_or_load(2, || Ok::<_, String>(1));
            assert!(matches!(innermost, Err(LoadError::Circle { .. })));
            Ok::<_, String>(3)
        });
        inner.await.map_err(|error| error.to_string())
    });
    assert_eq!(block_on(through).ok(), Some(3));

    let ready = Cell::new(false);
    let first = a.get_or_load_async(3, async {
        until(&ready).await;
        let other = b.get_or_load_async(3, async { Ok::<_, String>(1) }).await;
        other.map_err(|error| error.to_string())
    });
    let second = b.get_or_load_async(3, async {
        let other = a.get_or_load_async(3, async { Ok::<_, String>(1) }).await;
        other.map_err(|error| error.to_string())
    });
    let (mut first, mut second) = (Box::pin(first), Box::pin(second));
    assert!(poll_once(first.as_mut()).is_none());
    assert!(poll_once(second.as_mut()).is_none());
    ready.set(true);
    let told = poll_once(first.as_mut()).expect("it does not wait");
    let told = told.expect_err("its load failed").to_string();
    assert!(told.contains("waits for itself"), "{told}");
    // The second one loads what the first could not.
    assert_eq!(poll_once(second.as_mut()).expect("it is free").ok(), None);
}

#[test]
fn who_merely_waits_closes_no_circle() {
    let [a, b] = ["a", "b"].map(|name| Set::<u8, u32>::new(name).expect("a short name"));
    let ready = Cell::new(false);
    let slow = |table: &Set<u8, u32>| {
        let (table, ready) = (table.clone(), &ready);
        async move {
            let load = async {
                until(ready).await;
                Ok::<_, String>(1)
            };
            table.get_or_load_async(1, load).await.ok()
        }
    };
    let mut loading = [Box::pin(slow(&a)), Box::pin(slow(&b))];
    assert!(
        loading
            .iter_mut()
            .all(|future| poll_once(future.as_mut()).is_none())
    );
    // On the same thread, tasks that wait for both, in either order.
    let both = |first: &Set<u8, u32>, second: &Set<u8, u32>| {
        let tables = [first.clone(), second.clone()];
        async move {
            let mut sum = 0;
            for table in &tables {
                let value = table.get_or_load_async(1, async { Err::<u32, _>("never".to_owned()) });
                sum += value.await.expect("somebody loads it");
            }
            sum
        }
    };
    let mut waiting = [Box::pin(both(&a, &b)), Box::pin(both(&b, &a))];
    assert!(
        waiting
            .iter_mut()
            .all(|future| poll_once(future.as_mut()).is_none())
    );
    ready.set(true);
    assert!(
        loading
            .iter_mut()
            .all(|future| poll_once(future.as_mut()) == Some(Some(1)))
    );
    assert!(
        waiting
            .iter_mut()
            .all(|future| poll_once(future.as_mut()) == Some(2))
    );
}

#[test]
fn futures_and_threads_wait_for_each_other() {
    let cache = Cache::<u32, Arc<u32>>::new("cache").expect("a short name");
    let loads = AtomicU32::new(0);
    let loader = |key: u32| {
        loads.fetch_add(1, Ordering::Relaxed);
        Ok::<_, String>(Arc::new(key))
    };
    thread::scope(|scope| {
        for number in 0..4 {
            let (cache, loader) = (&cache, &loader);
            scope.spawn(move || {
                for key in 0..5_000 {
                    let value = if number % 2 == 0 {
                        cache.get_or_load(key, || loader(key))
                    } else {
                        block_on(is_send(cache.get_or_load_async(key, async { loader(key) })))
                    };
                    assert_eq!(value.ok().as_deref(), Some(&key));
                }
            });
        }
    });
    assert_eq!(loads.into_inner(), 5_000);
}
