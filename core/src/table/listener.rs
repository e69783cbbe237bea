//! Who is told of objects that go.

use super::{Removal, Table};
use crate::sync::Arc;
use crate::term::TableId;
use std::cell::RefCell;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

/// The user's function. It runs outside of all locks.
#[derive(Clone)]
pub(super) struct Listener(Arc<dyn Fn(&Removal) + Send + Sync>);

/// A table calls it and keeps nothing of it: what a panic leaves broken in it is its own.
impl UnwindSafe for Listener {}
impl RefUnwindSafe for Listener {}

impl Listener {
    pub(super) fn new(listener: impl Fn(&Removal) + Send + Sync + 'static) -> Listener {
        Listener(Arc::new(listener))
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

std::thread_local! {
    /// The tables whose listeners this thread is calling.
    static TELLING: RefCell<Vec<TableId>> = const { RefCell::new(Vec::new()) };
}

/// Marks a thread as calling a table's listener.
struct Telling(TableId);

impl Telling {
    /// `None` if it is already.
    fn begin(table: TableId) -> Option<Telling> {
        let begin = |telling: &RefCell<Vec<TableId>>| {
            let mut telling = telling.borrow_mut();
            let is_new = !telling.contains(&table);
            if is_new {
                telling.push(table);
            }
            is_new
        };
        // A thread whose memory is gone tells nobody.
        let is_new = TELLING.try_with(begin).unwrap_or(false);
        is_new.then(|| Telling(table))
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        let end = |telling: &RefCell<Vec<TableId>>| telling.borrow_mut().retain(|id| *id != self.0);
        let _ = TELLING.try_with(end);
    }
}

impl Table {
    /// Tells the listener of the objects that went until now. A listener that uses the table is not called again from within:
    /// what goes by its doing is told at the next write.
    pub(super) fn tell_removals(&self) {
        let (Some(listener), Some(lifetimes)) = (&self.shared.listener, self.engine().lifetimes())
        else {
            return;
        };
        let waiting = lifetimes.untold();
        if waiting == 0 {
            return;
        }
        let Some(_telling) = Telling::begin(self.id()) else {
            return;
        };
        // One by one, so that a listener that panics costs nobody else the news.
        for _ in 0..waiting {
            match lifetimes.next_removal() {
                Some(removal) => (listener.0)(&removal),
                None => return,
            }
        }
    }
}
