//! What the vectors go through: one of the faces of the project, seen as Erlang sees `ets`, in
//! terms only.
//!
//! A face keeps no names of the scenario. The runner knows which process is `p1` and which table is
//! `t1`, passes the terms that the face itself made for them (process identifiers; table
//! identifiers, or the name of a named table), and replaces them in what comes back.

use heirloom::Term;
use std::cmp::Ordering;

/// What a call answers: a value, or that it failed.
pub type Outcome = Result<Term, Failure>;

/// A call that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Erlang's reason: `badarg`, `system_limit`.
    pub reason: String,
    /// The face's own words, for people.
    pub detail: String,
}

impl Failure {
    /// A call that Erlang would answer with `badarg`, refused before it reached the store: the
    /// face's types can't say it.
    pub fn bad_argument(detail: impl Into<String>) -> Failure {
        Failure {
            reason: "badarg".into(),
            detail: detail.into(),
        }
    }

    /// A call that this face has no function for.
    pub fn unsupported(what: &str) -> Failure {
        Failure {
            reason: "unsupported".into(),
            detail: format!("this face has no {what}"),
        }
    }
}

/// What a face may be without; lines that need it are skipped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Feature {
    /// Tables of kind `ordered_set`.
    OrderedSet,
    /// Functions of tables that take a pattern or a match specification.
    Patterns,
    /// Match specifications run over lists.
    Specifications,
    /// Tables on disk.
    Disk,
}

/// A face of the project.
pub trait Face {
    /// Its name on the command line.
    fn name(&self) -> &'static str;

    /// Whether it has this.
    fn supports(&self, feature: Feature) -> bool;

    /// Ends every process and drops every table of the scenario before.
    fn start_scenario(&mut self);

    /// Starts a process and answers its identifier.
    fn start_process(&mut self) -> Term;

    /// Ends a process; its tables are deleted or inherited by the time this returns.
    fn exit_process(&mut self, process: &Term);

    /// The transfer messages that have come since the last call, as `{'ETS-TRANSFER', Table, From,
    /// Data}`.
    fn mailbox(&mut self, process: &Term) -> Vec<Term>;

    /// `ets:new(name, options)`: the name of a named table, otherwise the table's identifier.
    fn new_table(&mut self, caller: &Term, name: &Term, options: &Term) -> Outcome;

    /// `ets:function(table, arguments…)`, with these differences from Erlang: `foldl` and `foldr`
    /// take no arguments and answer the list of the objects in the order of the visit; and where a
    /// pattern function's argument is `{all_chunks, Pattern, Limit}` or
    /// `{first_chunk, Pattern, Limit}`, it answers the chunks joined or the first.
    fn call(&mut self, caller: &Term, table: &Term, function: &str, arguments: &[Term]) -> Outcome;

    /// `ets:match_spec_run(objects, ets:match_spec_compile(specification))`.
    fn run_specification(&mut self, _specification: &Term, _objects: &Term) -> Outcome {
        Err(Failure::unsupported("match specifications"))
    }

    /// Makes a new disk table and answers what stands for it.
    fn open_disk(&mut self, _caller: &Term, _kind: &Term, _key_position: &Term) -> Outcome {
        Err(Failure::unsupported("disk tables"))
    }

    /// Closes a disk table and opens it again.
    fn reopen_disk(&mut self, _caller: &Term, _table: &Term) -> Outcome {
        Err(Failure::unsupported("disk tables"))
    }

    /// Erlang's `<`, `==`, `>`, and whether `left =:= right`.
    fn compare(&mut self, left: &Term, right: &Term) -> (Ordering, bool) {
        (
            left.as_ref().numeric_cmp(right.as_ref()),
            left.as_ref().exact_eq(right.as_ref()),
        )
    }
}
