//! Futures as processes: an asynchronous task that owns tables.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::exit::end;
use super::{Process, reason};
use crate::term::Term;

pin_project! {
    /// A future that runs as a process; made by [`Process::wrap`] and [`Process::enter_future`].
    ///
    /// At each poll, on whichever thread, the process is the current one; also while the inner
    /// future is dropped, which happens as soon as it has completed or panicked.
    ///
    /// ```
    /// use heirloom::Process;
    /// use heirloom::process::ProcessFuture;
    /// use std::future::{Ready, ready};
    ///
    /// let task: ProcessFuture<Ready<u8>> = Process::new().wrap(ready(1));
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct ProcessFuture<F> {
        // `None` when it has completed. Declared first, and so dropped first: the process outlives
        // its code.
        #[pin]
        future: Option<F>,
        ending: Ending,
    }

    impl<F> PinnedDrop for ProcessFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.future.is_some() {
                let _scope = this.ending.process.enter();
                this.future.set(None);
            }
        }
    }
}

/// What becomes of the process when the future is gone.
struct Ending {
    process: Process,
    ends: bool,
    /// Why the process ends if it ends now.
    reason: Term,
}

impl Process {
    /// Makes `future` a process: this process is current whenever the future runs, and exits when
    /// it completes (with the reason `normal`), panics (`{panic, Message}`) or is dropped before
    /// (`killed`).
    ///
    /// The answer holds a handle to the process. Where the task runs, and on how many threads in
    /// turn, doesn't matter. The exit happens on the thread that polls or drops; see
    /// [`Process::exit`] for its cost.
    ///
    /// ```
    /// use heirloom::Process;
    /// use std::pin::pin;
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let process = Process::new();
    /// let mut task = pin!(process.wrap(async { Process::current() }));
    /// let mut context = Context::from_waker(Waker::noop());
    /// assert_eq!(task.as_mut().poll(&mut context), Poll::Ready(process.clone()));
    /// assert!(!process.is_alive());
    /// ```
    pub fn wrap<F: Future>(&self, future: F) -> ProcessFuture<F> {
        self.future(future, true)
    }

    /// Like [`Process::wrap`], but the process goes on when the future is gone: for one of several
    /// tasks of a process.
    ///
    /// ```
    /// use heirloom::Process;
    /// use std::pin::pin;
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let process = Process::new();
    /// let mut task = pin!(process.enter_future(async { Process::current() }));
    /// let mut context = Context::from_waker(Waker::noop());
    /// assert_eq!(task.as_mut().poll(&mut context), Poll::Ready(process.clone()));
    /// assert!(process.is_alive());
    /// ```
    pub fn enter_future<F: Future>(&self, future: F) -> ProcessFuture<F> {
        self.future(future, false)
    }

    fn future<F>(&self, future: F, ends: bool) -> ProcessFuture<F> {
        let ending = Ending {
            process: self.clone(),
            ends,
            reason: reason::killed(),
        };
        ProcessFuture {
            future: Some(future),
            ending,
        }
    }
}

impl<F: Future> Future for ProcessFuture<F> {
    type Output = F::Output;

    /// Polls the inner future inside the process.
    ///
    /// # Panics
    ///
    /// If the inner future does, and if polled again after it has completed or panicked.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let scope = this.ending.process.enter();
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            panic!("a `ProcessFuture` was polled after it had completed");
        };
        // Unwind safe: a future that has panicked is dropped, and the panic goes on.
        let polled = catch_unwind(AssertUnwindSafe(|| future.poll(context)));
        this.ending.reason = match &polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(_)) => reason::normal(),
            Err(payload) => reason::panicked(payload),
        };
        this.future.set(None);
        drop(scope);
        this.ending.end();
        polled.unwrap_or_else(|payload| resume_unwind(payload))
    }
}

impl Ending {
    /// Ends the process, if that is what was asked for. Doesn't wait if another thread is just
    /// doing that: a poll should not block.
    fn end(&self) {
        if self.ends {
            end(&self.process, self.reason.clone());
        }
    }
}

impl Drop for Ending {
    /// After completion, a second end, which does nothing.
    fn drop(&mut self) {
        self.end();
    }
}
