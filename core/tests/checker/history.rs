//! Calls as they were recorded.

use super::spec::{Answer, Call, Kind};
use std::fmt;

/// Calls of a history at most: they are a set of bits in the search.
pub const CALLS_MAX: usize = 64;

/// A moment: a larger one is later. Those of one history come from one source.
pub type Moment = u64;

/// A call that has returned.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub thread: usize,
    /// Which of the thread's calls it is. Those of the same number are parts of one call, in any
    /// order.
    pub turn: usize,
    pub call: Call,
    pub answer: Answer,
    pub invoked: Moment,
    pub returned: Moment,
}

/// All calls on one table. All of them have returned.
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
    pub fn predecessors(&self) -> Vec<u64> {
        assert!(self.calls.len() <= CALLS_MAX);
        let precedes = |first: &Recorded, second: &Recorded| {
            let by_thread = first.thread == second.thread && first.turn < second.turn;
            first.returned < second.invoked || by_thread
        };
        let bits = |second| {
            let calls = self.calls.iter().enumerate();
            calls
                .filter(|(_, first)| precedes(first, second))
                .fold(0, |bits, (position, _)| bits | 1 << position)
        };
        self.calls.iter().map(bits).collect()
    }
}

/// A line per call, as a failure prints it.
impl fmt::Display for History {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{:?}", self.kind)?;
        for Recorded {
            thread,
            turn,
            call,
            answer,
            invoked,
            returned,
        } in &self.calls
        {
            writeln!(
                out,
                "  thread {thread}, call {turn} [{invoked:>3}, {returned:>3}] {call:?} -> {answer:?}"
            )?;
        }
        Ok(())
    }
}
