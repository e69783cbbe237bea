//! The steps of the model, made on the crate: here those on processes and tables, in [`caller`] the
//! calls that find, put and remove objects and those about a table as a whole, in [`walks`] those that
//! go from object to object, in [`queries`] those with patterns and specifications; [`cause`] has the
//! errors.

mod caller;
mod cause;
mod queries;
mod walks;

use super::call::*;
use super::convert::{Marked, Pids};
use super::options::{self, Protection};
use super::value::Value;
use caller::Caller;
use cause::cause;
use heirloom::process::Message;
use heirloom::{Access, Atom, Continuation, Process, Set, Table, TableError, TableId, Term};
use proptest::test_runner::TestCaseError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Processes and tables of the crate, in the same state as a [`World`](super::world::World).
pub struct Engine {
    processes: Vec<Process>,
    pids: Pids,
    tables: Vec<Table>,
    slots: BTreeMap<SlotNumber, TableNumber>,
    /// What names of this test end with: names are shared by all tests that run at the same time.
    suffix: String,
    calls: usize,
    /// How a `set` without a name, an heir and a key position is made, if not like other tables.
    set_maker: Option<SetMaker>,
    continuations: RefCell<BTreeMap<(TableId, PlaceNumber), Continuation>>,
}

impl Default for Engine {
    fn default() -> Engine {
        let processes: Vec<Process> = (0..PROCESSES).map(|_| Process::new()).collect();
        let pids = Pids(processes.iter().map(Process::pid).collect());
        Engine {
            processes,
            pids,
            tables: Vec::new(),
            slots: BTreeMap::new(),
            suffix: suffix(),
            calls: 0,
            set_maker: None,
            continuations: RefCell::default(),
        }
    }
}

/// One per thread: a thread runs one test at a time, and atoms are never forgotten.
fn suffix() -> String {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: Cell<usize> = Cell::new(THREADS.fetch_add(1, Ordering::Relaxed));
    }
    format!("@{}", NUMBER.get())
}

/// Makes a `set` that belongs to a process.
pub type SetMaker = fn(&str, &Process, Protection) -> Result<Table, TableError>;

/// Makes a set whose objects have, as a rule, elements of these types.
pub fn set_of<K: DeserializeOwned, V: Serialize + DeserializeOwned>(
    name: &str,
    owner: &Process,
    protection: Protection,
) -> Result<Table, TableError> {
    let access = match protection {
        Protection::Private => Access::Private,
        Protection::Protected => Access::Protected,
        Protection::Public => Access::Public,
    };
    let options = Set::<K, V>::options(name).owner(owner).access(access);
    Ok(options.create()?.table().clone())
}

impl Engine {
    /// An engine whose simple sets are made so.
    pub fn with_sets(make: SetMaker) -> Engine {
        Engine {
            set_maker: Some(make),
            ..Engine::default()
        }
    }

    /// Makes the step.
    pub fn step(&mut self, step: &Step) -> Outcome {
        self.calls += 1;
        match step {
            Step::New {
                by,
                slot,
                name,
                options,
            } => self.new_table(*by, *slot, name, options),
            Step::Call { by, slot, call } => {
                let table = self.tables[self.slots[slot]].clone();
                let caller = Caller {
                    engine: self,
                    table: &table,
                };
                self.processes[*by].run(|| caller.call(call)).map_err(cause)
            }
            Step::Exit(process) => {
                self.processes[*process].exit(Atom::NORMAL);
                Ok(Answer::Done)
            }
            Step::Mailbox(process) => Ok(self.mailbox(*process)),
            Step::Whereis(name) => {
                let found = Table::whereis(&self.real_name(name));
                Ok(Answer::Table(found.map(|table| {
                    self.number_of(table.id()).expect("a table of this test")
                })))
            }
            Step::All => Ok(Answer::Tables(
                Table::all()
                    .iter()
                    .filter_map(|table| self.number_of(table.id()))
                    .collect(),
            )),
        }
    }

    fn new_table(
        &mut self,
        by: ProcessNumber,
        slot: SlotNumber,
        name: &Value,
        options: &Value,
    ) -> Outcome {
        let process = &self.processes[by];
        let table = match (self.set_maker, name.as_atom(), options::parse(options)) {
            (Some(make), Some(name), Ok(parsed)) if parsed.is_simple_set() => {
                make(&self.real_name(name), process, parsed.protection)
            }
            _ => {
                let (name, options) = (self.name_term(name), self.pids.term(options, Marked::Text));
                process.run(|| Table::new(&name, &options))
            }
        };
        let table = table.map_err(cause)?;
        self.slots.insert(slot, self.tables.len());
        self.tables.push(table);
        Ok(Answer::Done)
    }

    fn mailbox(&self, process: ProcessNumber) -> Answer {
        let messages = std::iter::from_fn(|| self.processes[process].try_receive());
        let transfer = |message| match message {
            Message::Transfer {
                table, from, data, ..
            } => {
                let table = self.number_of(table).expect("a table of this test");
                let Value::Process(from) = self.pids.process(from) else {
                    unreachable!()
                };
                (table, from, self.pids.value(data.as_ref()))
            }
            other => panic!("nobody sent {other:?}"),
        };
        Answer::Transfers(messages.map(transfer).collect())
    }

    fn number_of(&self, id: TableId) -> Option<TableNumber> {
        self.tables.iter().position(|table| table.id() == id)
    }

    fn real_name(&self, name: &str) -> String {
        format!("{name}{}", self.suffix)
    }

    fn name_term(&self, name: &Value) -> Term {
        let name = match name {
            Value::Atom(name) => &Value::Atom(self.real_name(name)),
            other => other,
        };
        self.pids.term(name, Marked::Text)
    }

    /// That the table has one order: see [`Caller::check_order`].
    pub fn check_order(&self, by: ProcessNumber, slot: SlotNumber) -> Result<(), TestCaseError> {
        let table = &self.tables[self.slots[&slot]];
        let caller = Caller {
            engine: self,
            table,
        };
        self.processes[by]
            .run(|| caller.check_order())
            .map_err(|error| TestCaseError::fail(error.to_string()))?
    }

    /// Ends all processes. No table may be left, and every handle has to say so.
    pub fn end(self) -> Result<(), TestCaseError> {
        for process in &self.processes {
            process.exit(Atom::NORMAL);
        }
        for table in &self.tables {
            let gone = matches!(table.size(), Err(TableError::NoSuchTable { .. }));
            if !gone || table.owner().is_some() {
                return Err(TestCaseError::fail(format!(
                    "table {} outlived its owner",
                    table.id()
                )));
            }
        }
        Ok(())
    }
}
