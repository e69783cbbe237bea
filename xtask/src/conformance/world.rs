//! The world of one scenario: which process and table the scenario's names stand for, and which of
//! its tables can't be compared, and why.

use super::face::{Face, Feature};
use super::terms::{atom, elements, is_atom, list, term};
use super::vectors::{Call, Expected};
use heirloom::{Term, TermKind};
use std::collections::{HashMap, HashSet};

/// Why a line was not run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Skip {
    /// It needs a feature that the face has not.
    Needs(Feature),
    /// A line before it on the same table was skipped that changed the table, in a way the runner
    /// can't repeat.
    FollowsSkippedChange,
}

/// A table that a scenario speaks of.
enum Table {
    /// What the face calls it.
    Live(Term),
    /// It was never made, since the face can't.
    Absent(Skip),
    /// It is there, but what it holds is no longer what was recorded.
    Uncertain,
}

/// The names of a scenario.
#[derive(Default)]
pub struct World {
    processes: HashMap<Term, Term>,
    tables: HashMap<Term, Table>,
    /// From process and table identifiers to the scenario's names.
    names: HashMap<Term, Term>,
    /// Names that a named table would have, had it not been skipped.
    absent_names: HashSet<Term>,
}

impl World {
    /// Notes that `name` stands for the process `identifier`.
    pub fn add_process(&mut self, name: Term, identifier: Term) {
        self.names.insert(identifier.clone(), name.clone());
        self.processes.insert(name, identifier);
    }

    /// The identifier of the process `name`.
    pub fn process(&self, name: &Term) -> Option<&Term> {
        self.processes.get(name)
    }

    /// Notes that `name` stands for the table that the face calls `table`.
    pub fn add_table(&mut self, name: Term, table: Term) {
        if table.kind() == TermKind::TableId {
            self.names.insert(table.clone(), name.clone());
        }
        self.tables.insert(name, Table::Live(table));
    }

    /// Notes that the table `name` was not made, though Erlang made it (or might have).
    pub fn add_absent_table(&mut self, name: Term, registered: &Term, options: &Term, skip: Skip) {
        if is_named(options) {
            self.absent_names.insert(registered.clone());
        }
        self.tables.insert(name, Table::Absent(skip));
    }

    /// Notes that a call on a table that was not made is skipped: a rename of such a table takes
    /// another name.
    pub fn note_skipped(&mut self, call: &Call) {
        let absent = matches!(self.tables.get(&call.table), Some(Table::Absent(_)));
        if let ("rename", [name], true) = (call.function, call.arguments.as_slice(), absent) {
            self.absent_names.insert(name.clone());
        }
    }

    /// Notes that a change of the table `name` was skipped.
    pub fn make_uncertain(&mut self, name: &Term) {
        self.tables.insert(name.clone(), Table::Uncertain);
    }

    /// What the face calls the table `name`; for one that was never made, a name that no table has.
    pub fn table(&self, name: &Term) -> Term {
        match self.tables.get(name) {
            Some(Table::Live(table)) => table.clone(),
            _ => atom("no_such_table"),
        }
    }

    /// Why a call can't be compared, if it can't.
    pub fn skip_call(&self, face: &dyn Face, call: &Call) -> Option<Skip> {
        match self.tables.get(&call.table) {
            Some(Table::Absent(skip)) => return Some(*skip),
            Some(Table::Uncertain) => return Some(Skip::FollowsSkippedChange),
            Some(Table::Live(_)) | None => {}
        }
        if call
            .arguments
            .first()
            .is_some_and(|name| call.function == "whereis" && self.absent_names.contains(name))
        {
            return Some(Skip::Needs(Feature::OrderedSet));
        }
        let unknown = takes_pattern(call.function) && !face.supports(Feature::Patterns);
        unknown.then_some(Skip::Needs(Feature::Patterns))
    }

    /// Why a table can't be made, if it can't: its kind, or a name that would be taken by a table
    /// that was skipped.
    pub fn skip_new(&self, face: &dyn Face, name: &Term, options: &Term) -> Option<Skip> {
        let taken = is_named(options) && self.absent_names.contains(name);
        let ordered = is_ordered(options) && !face.supports(Feature::OrderedSet);
        (taken || ordered).then_some(Skip::Needs(Feature::OrderedSet))
    }

    /// Why a mailbox can't be compared: it holds a message about a table that was skipped.
    pub fn skip_mailbox(&self, messages: &[Term]) -> Option<Skip> {
        let table_of = |message: &Term| elements(message)?.into_iter().nth(1);
        messages
            .iter()
            .filter_map(table_of)
            .find_map(|table| match self.tables.get(&table) {
                Some(Table::Absent(skip)) => Some(*skip),
                _ => self
                    .absent_names
                    .contains(&table)
                    .then_some(Skip::Needs(Feature::OrderedSet)),
            })
    }

    /// The arguments of a call with process identifiers where the scenario has names.
    pub fn arguments_in(&self, function: &str, arguments: &[Term]) -> Vec<Term> {
        let mut arguments = arguments.to_vec();
        match (function, arguments.as_mut_slice()) {
            ("give_away", [receiver, ..]) => *receiver = self.process_in(receiver),
            ("setopts", [options]) => *options = self.options_in(options),
            _ => {}
        }
        arguments
    }

    /// Options, one or a list, with a process identifier in `{heir, Process, Data}`. What is no
    /// proper list stays as it is.
    pub fn options_in(&self, options: &Term) -> Term {
        match list(options) {
            Some(options) => term(
                options
                    .iter()
                    .map(|option| self.option_in(option))
                    .collect::<Vec<Term>>(),
            ),
            None => self.option_in(options),
        }
    }

    fn option_in(&self, option: &Term) -> Term {
        match elements(option).as_deref() {
            Some([tag, heir, data]) if is_atom(tag, "heir") => {
                term((tag, self.process_in(heir), data))
            }
            _ => option.clone(),
        }
    }

    fn process_in(&self, name: &Term) -> Term {
        self.process(name).unwrap_or(name).clone()
    }

    /// A value with the scenario's name where it is a process or table identifier.
    pub fn name_out(&self, value: Term) -> Term {
        let unknown = match value.kind() {
            TermKind::Pid => "other_process",
            TermKind::TableId => "a_table",
            _ => return value,
        };
        self.names
            .get(&value)
            .cloned()
            .unwrap_or_else(|| atom(unknown))
    }

    /// A message with the scenario's names in its elements.
    pub fn message_out(&self, message: &Term) -> Term {
        match elements(message).as_deref() {
            Some([tag, table, from, data]) => term((
                tag,
                self.name_out(table.clone()),
                self.name_out(from.clone()),
                data,
            )),
            _ => message.clone(),
        }
    }
}

/// Whether a call that is skipped would have changed its table.
pub fn changes_table(call: &Call) -> bool {
    let changes = matches!(
        call.function,
        "select_delete" | "match_delete" | "select_replace"
    );
    let nothing_done = match &call.expected {
        Expected::Error(_) => true,
        Expected::Value(count) => count.as_i64() == Some(0),
        Expected::AnyOrder(_) => false,
    };
    changes && !nothing_done
}

fn takes_pattern(function: &str) -> bool {
    function.starts_with("select") || function.starts_with("match")
}

fn is_named(options: &Term) -> bool {
    list(options).is_some_and(|options| options.iter().any(|option| is_atom(option, "named_table")))
}

/// Whether these options make an `ordered_set`: of several kinds the last counts, but `set` never
/// overrides another.
fn is_ordered(options: &Term) -> bool {
    let kinds = ["bag", "duplicate_bag", "ordered_set"];
    let is_kind = |option: &Term| kinds.iter().any(|kind| is_atom(option, kind));
    let last = list(options).and_then(|options| options.into_iter().rfind(is_kind));
    last.is_some_and(|kind| is_atom(&kind, "ordered_set"))
}
