//! Calls as they were recorded.

use super::spec::{Answer, Call, Kind};
use std::fmt;

/// Calls of a history at most: they are a set of bits in the search.
pub const CALLS_MAX: usize = 32;

/// A moment: a larger one is later. Those of one history come from one source.
pub type Moment = u64;

/// A call that has returned.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub thread: usize,
    pub call: Call,
    pub answer: Answer,
    pub invoked: Moment,
    pub returned: Moment,
}

/// All calls on one table, those of one thread in the order in which it made them. All of them have
/// returned.
#[derive(Clone, Debug)]
pub struct History {
    pub kind: Kind,
    pub calls: Vec<Recorded>,
}

impl History {
    /// For each call the set of calls that must come before it: those that returned before it was
    /// invoked, and those that its own thread made before. (Where moments were not recorded, the
    /// second rule alone orders the calls of the threads, and what is searched is sequential
    /// consistency of the whole table.)
    pub fn predecessors(&self) -> Vec<u32> {
        assert!(self.calls.len() <= CALLS_MAX);
        let precedes = |(a, first): (usize, &Recorded), (b, second): (usize, &Recorded)| {
            first.returned < second.invoked || (first.thread == second.thread && a < b)
        };
        let before = |second| {
            self.calls
                .iter()
                .enumerate()
                .filter(move |&first| precedes(first, second))
        };
        let bits = |second| before(second).fold(0, |bits, (position, _)| bits | 1 << position);
        self.calls.iter().enumerate().map(bits).collect()
    }
}

/// A line per call, as a failure prints it.
impl fmt::Display for History {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{:?}", self.kind)?;
        for Recorded {
            thread,
            call,
            answer,
            invoked,
            returned,
        } in &self.calls
        {
            writeln!(
                out,
                "  thread {thread} [{invoked:>3}, {returned:>3}] {call:?} -> {answer:?}"
            )?;
        }
        Ok(())
    }
}
