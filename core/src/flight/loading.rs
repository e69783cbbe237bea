//! What a thread is loading just now: the flights whose loaders it is running, one within the other.
//!
//! A loader that is a future is run whenever it is polled, on whichever thread. So whoever asks for a value knows for which
//! load it does so.

use crate::sync::thread_local;
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;

thread_local! {
    static LOADING: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// A thread's being in the loader of a flight, until this is dropped.
pub(super) struct Loading;

impl Loading {
    pub(super) fn enter(flight: u64) -> Loading {
        // A thread whose memory is gone may still load, and nobody will ask it for what.
        let _ = LOADING.try_with(|loading| loading.borrow_mut().push(flight));
        Loading
    }
}

impl Drop for Loading {
    fn drop(&mut self) {
        let _ = LOADING.try_with(|loading| loading.borrow_mut().pop());
    }
}

/// The flight whose loader this thread runs, if it runs one.
pub(super) fn current() -> Option<u64> {
    // A thread whose memory is gone loads nothing.
    LOADING
        .try_with(|loading| loading.borrow().last().copied())
        .unwrap_or(None)
}

/// Runs a future as the loader of a flight.
pub(super) async fn load<F: Future>(flight: u64, loader: F) -> F::Output {
    let mut loader = pin!(loader);
    poll_fn(|context| {
        let _loading = Loading::enter(flight);
        loader.as_mut().poll(context)
    })
    .await
}
