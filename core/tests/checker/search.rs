//! The search: depth first over the orders that the recorded moments allow, each answer checked
//! against the specification, and no configuration (calls made, state reached) entered twice.
//!
//! The search is that of J. M. Wing and C. Gong, "Testing and verifying concurrent objects" (1993);
//! to remember the configurations already entered is from G. Lowe, "Testing for linearizability"
//! (2017).

use super::history::History;
use super::spec::State;
use std::collections::HashSet;

/// An order of the calls, as positions in the history, that explains every answer; none if there is
/// none.
pub fn linearize(history: &History) -> Option<Vec<usize>> {
    let mut search = Search {
        history,
        predecessors: history.predecessors(),
        entered: HashSet::new(),
        order: Vec::with_capacity(history.calls.len()),
    };
    search.extend(0, &State::default()).then_some(search.order)
}

struct Search<'h> {
    history: &'h History,
    predecessors: Vec<u64>,
    entered: HashSet<(u64, State)>,
    order: Vec<usize>,
}

impl Search<'_> {
    /// Whether the calls not in `done` can follow when the table is in `state`. Recurses once per
    /// call.
    fn extend(&mut self, done: u64, state: &State) -> bool {
        let history = self.history;
        if self.order.len() == history.calls.len() {
            return true;
        }
        let can_be_next = |position: &usize| {
            done & 1 << *position == 0 && self.predecessors[*position] & !done == 0
        };
        let next: Vec<usize> = (0..history.calls.len()).filter(can_be_next).collect();
        // A read that is right now loses nothing by coming now: it changes nothing, and others may
        // wait for it.
        let mut reads = next
            .iter()
            .filter(|&&position| history.calls[position].call.is_read());
        if let Some(&read) = reads.find(|&&read| self.after(read, state).is_some()) {
            return self.go_on(read, done, state);
        }
        next.into_iter()
            .any(|position| match self.after(position, state) {
                Some(after) => self.go_on(position, done, &after),
                None => false,
            })
    }

    /// The state after a call, if the answer is right.
    fn after(&self, position: usize, state: &State) -> Option<State> {
        let recorded = &self.history.calls[position];
        let mut after = state.clone();
        let answer = after.apply(self.history.kind, &recorded.call);
        (answer == recorded.answer).then_some(after)
    }

    /// Whether all calls can be explained when this one comes next and leads to `after`.
    fn go_on(&mut self, position: usize, done: u64, after: &State) -> bool {
        let done = done | 1 << position;
        if !self.entered.insert((done, after.clone())) {
            return false;
        }
        self.order.push(position);
        let explained = self.extend(done, after);
        if !explained {
            self.order.pop();
        }
        explained
    }
}
