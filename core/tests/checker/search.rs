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
    predecessors: Vec<u32>,
    entered: HashSet<(u32, State)>,
    order: Vec<usize>,
}

impl Search<'_> {
    /// Whether the calls not in `done` can follow when the table is in `state`. Recurses once per
    /// call.
    fn extend(&mut self, done: u32, state: &State) -> bool {
        let history = self.history;
        if self.order.len() == history.calls.len() {
            return true;
        }
        for (position, recorded) in history.calls.iter().enumerate() {
            let is_next = done & 1 << position == 0 && self.predecessors[position] & !done == 0;
            if !is_next {
                continue;
            }
            let mut after = state.clone();
            if after.apply(history.kind, &recorded.call) != recorded.answer {
                continue;
            }
            let done_after = done | 1 << position;
            if !self.entered.insert((done_after, after.clone())) {
                continue;
            }
            self.order.push(position);
            if self.extend(done_after, &after) {
                return true;
            }
            self.order.pop();
        }
        false
    }
}
