//! The Rust face: the vectors' calls as calls of the crate `heirloom`.
//!
//! Where an argument can't be said in Rust's types (a position `x`, a table name `"list"`), the
//! answer is Erlang's
//! `badarg` without a call. Everything else is passed on as the term that it is.

use super::face::{Face, Failure, Feature, Outcome};
use super::rust_queries::query;
use super::terms::{atom, index, term};
use heirloom::process::Message;
use heirloom::{
    Atom, CounterOps, ElementChanges, MatchSpec, Objects, Process, Table, TableError, Term,
    TermKind, TermRef, match_spec_run,
};
use std::collections::HashMap;

/// The crate `heirloom`, with the processes and tables of a scenario.
#[derive(Default)]
pub struct RustFace {
    processes: HashMap<Term, Process>,
    tables: HashMap<Term, Table>,
}

impl RustFace {
    /// A face without processes and tables.
    pub fn new() -> RustFace {
        RustFace::default()
    }

    fn process(&self, identifier: &Term) -> Result<Process, Failure> {
        self.processes
            .get(identifier)
            .cloned()
            .ok_or_else(|| Failure::bad_argument("no such process"))
    }

    /// The table of an identifier or a name.
    fn table(&self, table: &Term) -> Option<Table> {
        match table.as_atom() {
            Some(name) => Table::whereis(name.as_str()),
            None => self.tables.get(table).cloned(),
        }
    }

    fn dispatch(&self, table: &Term, function: &str, arguments: &[Term]) -> Outcome {
        if let ("whereis", [name]) = (function, arguments) {
            let found = Table::whereis(name_argument(name)?.as_str());
            return Ok(found.map_or_else(undefined, |table| term(table.id())));
        }
        let Some(found) = self.table(table) else {
            return if function == "info" {
                Ok(undefined())
            } else {
                Err(Failure::bad_argument("no such table"))
            };
        };
        let answer = read(&found, function, arguments)
            .or_else(|| write(&found, function, arguments))
            .or_else(|| update(&found, function, arguments))
            .or_else(|| traverse(&found, function, arguments))
            .or_else(|| query(&found, function, arguments))
            .or_else(|| self.administer(&found, table, function, arguments));
        answer.unwrap_or_else(|| Err(Failure::unsupported(function)))
    }

    /// Functions on the table itself and its ownership.
    fn administer(
        &self,
        table: &Table,
        named: &Term,
        function: &str,
        arguments: &[Term],
    ) -> Option<Outcome> {
        Some(match (function, arguments) {
            ("delete", []) => done(table.delete_table()),
            ("info", []) => whole_info(table),
            ("info", [item]) => info_item(table, item),
            ("rename", [name]) => rename(table, named, name),
            ("give_away", [receiver, data]) => self.give_away(table, receiver, data),
            ("setopts", [options]) => done(table.setopts(options)),
            _ => return None,
        })
    }

    fn give_away(&self, table: &Table, receiver: &Term, data: &Term) -> Outcome {
        done(table.give_away(&self.process(receiver)?, data))
    }
}

impl Face for RustFace {
    fn name(&self) -> &'static str {
        "rust"
    }

    fn supports(&self, feature: Feature) -> bool {
        match feature {
            Feature::Specifications | Feature::OrderedSet | Feature::Patterns => true,
            Feature::Disk => false,
        }
    }

    fn start_scenario(&mut self) {
        for (_, process) in self.processes.drain() {
            process.exit(atom("kill"));
        }
        self.tables.clear();
    }

    fn start_process(&mut self) -> Term {
        let process = Process::new();
        let identifier = term(process.pid());
        self.processes.insert(identifier.clone(), process);
        identifier
    }

    fn exit_process(&mut self, process: &Term) {
        if let Some(process) = self.processes.get(process) {
            process.exit(atom("kill"));
        }
    }

    fn mailbox(&mut self, process: &Term) -> Vec<Term> {
        let Some(process) = self.processes.get(process) else {
            return Vec::new();
        };
        std::iter::from_fn(|| process.try_receive())
            .filter_map(transfer)
            .collect()
    }

    fn new_table(&mut self, caller: &Term, name: &Term, options: &Term) -> Outcome {
        let table = self.process(caller)?.run(|| Table::new(name, options))?;
        let identifier = term(table.id());
        if table.info().is_some_and(|info| info.named_table) {
            return Ok(name.clone());
        }
        self.tables.insert(identifier.clone(), table);
        Ok(identifier)
    }

    fn call(&mut self, caller: &Term, table: &Term, function: &str, arguments: &[Term]) -> Outcome {
        let process = self.process(caller)?;
        process.run(|| self.dispatch(table, function, arguments))
    }

    fn run_specification(&mut self, specification: &Term, objects: &Term) -> Outcome {
        let bad = |error: String| Failure::bad_argument(error);
        let specification =
            MatchSpec::new(specification).map_err(|error| bad(error.to_string()))?;
        match_spec_run(objects, &specification).map_err(|error| bad(error.to_string()))
    }
}

/// Erlang's form of a transfer message: a named table goes by its name. The vectors look at no
/// other messages.
fn transfer(message: Message) -> Option<Term> {
    let Message::Transfer {
        table,
        name,
        from,
        data,
    } = message
    else {
        return None;
    };
    let table = name.map_or_else(|| term(table), term);
    Some(term((atom("ETS-TRANSFER"), table, from, data)))
}

impl From<TableError> for Failure {
    fn from(error: TableError) -> Failure {
        Failure {
            reason: error.erlang_reason().into(),
            detail: error.to_string(),
        }
    }
}

/// Functions that only read.
fn read(table: &Table, function: &str, arguments: &[Term]) -> Option<Outcome> {
    Some(match (function, arguments) {
        ("lookup", [key]) => objects(table.lookup(key)),
        ("member", [key]) => answer(table.member(key)),
        ("lookup_element", [key, position]) => lookup_element(table, key, position),
        ("lookup_element", [key, position, default]) => {
            lookup_element_or(table, key, position, default)
        }
        ("tab2list", []) => answer(table.tab2list()),
        ("slot", [number]) => slot(table, number),
        _ => return None,
    })
}

/// Functions that put objects in or take them out.
fn write(table: &Table, function: &str, arguments: &[Term]) -> Option<Outcome> {
    Some(match (function, arguments) {
        ("insert", [objects]) => done(table.insert(objects)),
        ("insert_new", [objects]) => answer(table.insert_new(objects)),
        ("take", [key]) => objects(table.take(key)),
        ("delete", [key]) => done(table.delete(key)),
        ("delete_object", [object]) => done(table.delete_object(object)),
        ("delete_all_objects", []) => done(table.delete_all_objects()),
        _ => return None,
    })
}

/// Functions that change elements in place.
fn update(table: &Table, function: &str, arguments: &[Term]) -> Option<Outcome> {
    Some(match (function, arguments) {
        ("update_counter", [key, operations]) => update_counter(table, key, operations, None),
        ("update_counter", [key, operations, default]) => {
            update_counter(table, key, operations, Some(default))
        }
        ("update_element", [key, changes]) => update_element(table, key, changes, None),
        ("update_element", [key, changes, default]) => {
            update_element(table, key, changes, Some(default))
        }
        _ => return None,
    })
}

/// Functions that go from object to object.
fn traverse(table: &Table, function: &str, arguments: &[Term]) -> Option<Outcome> {
    Some(match (function, arguments) {
        ("first", []) => key_or_end(table.first()),
        ("last", []) => key_or_end(table.last()),
        ("next", [key]) => key_or_end(table.next(key)),
        ("prev", [key]) => key_or_end(table.prev(key)),
        ("first_lookup", []) => pair_or_end(table.first_lookup()),
        ("last_lookup", []) => pair_or_end(table.last_lookup()),
        ("next_lookup", [key]) => pair_or_end(table.next_lookup(key)),
        ("prev_lookup", [key]) => pair_or_end(table.prev_lookup(key)),
        ("foldl", []) => answer(table.foldl(Vec::new(), visit)),
        ("foldr", []) => answer(table.foldr(Vec::new(), visit)),
        ("safe_fixtable", [fix]) => match fix.as_bool() {
            Some(fix) => done(table.safe_fixtable(fix)),
            None => Err(Failure::bad_argument("no boolean")),
        },
        _ => return None,
    })
}

fn visit(mut visited: Vec<Term>, object: TermRef<'_>) -> Vec<Term> {
    visited.push(object.to_term());
    visited
}

fn lookup_element(table: &Table, key: &Term, position: &Term) -> Outcome {
    Ok(table.lookup_element(key, position_argument(position)?)?)
}

fn lookup_element_or(table: &Table, key: &Term, position: &Term, default: &Term) -> Outcome {
    Ok(table.lookup_element_or(key, position_argument(position)?, default)?)
}

fn slot(table: &Table, number: &Term) -> Outcome {
    let number = position_argument(number)? as u64;
    Ok(table
        .slot(number)?
        .map_or_else(end_of_table, |objects| term(objects.to_vec())))
}

fn update_counter(table: &Table, key: &Term, operations: &Term, default: Option<&Term>) -> Outcome {
    let operations = CounterOps::from_term(operations.as_ref());
    Ok(match default {
        Some(default) => table.update_counter_or(key, operations, default)?,
        None => table.update_counter(key, operations)?,
    })
}

fn update_element(table: &Table, key: &Term, changes: &Term, default: Option<&Term>) -> Outcome {
    let changes = ElementChanges::from_term(changes.as_ref());
    match default {
        Some(default) => done(table.update_element_or(key, changes, default)),
        None => answer(table.update_element(key, changes)),
    }
}

/// All that a table tells about itself, in Rust's form: the vectors only ask a table that is gone.
fn whole_info(table: &Table) -> Outcome {
    Ok(table
        .info()
        .map_or_else(undefined, |info| term(format!("{info:?}"))))
}

fn info_item(table: &Table, item: &Term) -> Outcome {
    Ok(table.info_item(item)?.unwrap_or_else(undefined))
}

/// The new name of a named table; an unnamed one is answered as it was called.
fn rename(table: &Table, called: &Term, name: &Term) -> Outcome {
    table.rename(name_argument(name)?.as_str())?;
    let named = called.kind() == TermKind::Atom;
    Ok(if named { name.clone() } else { called.clone() })
}

fn name_argument(name: &Term) -> Result<Atom, Failure> {
    name.as_atom()
        .ok_or_else(|| Failure::bad_argument(format!("{name} is no atom")))
}

fn position_argument(position: &Term) -> Result<usize, Failure> {
    index(position).ok_or_else(|| Failure::bad_argument(format!("{position} is no position")))
}

fn answer<T: heirloom::ToTerm>(result: Result<T, TableError>) -> Outcome {
    Ok(term(result?))
}

/// Erlang's mutators answer `true`, whatever they found to do.
fn done(result: Result<(), TableError>) -> Outcome {
    answer(result.map(|()| true))
}

fn objects(result: Result<Objects, TableError>) -> Outcome {
    Ok(term(result?.to_vec()))
}

fn key_or_end(result: Result<Option<Term>, TableError>) -> Outcome {
    Ok(result?.unwrap_or_else(end_of_table))
}

fn pair_or_end(result: Result<Option<(Term, Objects)>, TableError>) -> Outcome {
    Ok(result?.map_or_else(end_of_table, |(key, objects)| term((key, objects.to_vec()))))
}

/// What Erlang answers where there is nothing more.
pub fn end_of_table() -> Term {
    atom("$end_of_table")
}

fn undefined() -> Term {
    atom("undefined")
}
