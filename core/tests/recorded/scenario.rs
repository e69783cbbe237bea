//! The lines of one scenario, one after the other.

use super::calls::{Meaning, meaning};
use super::outcome::{agrees, outcome};
use crate::model::call::*;
use crate::model::expected::Expected;
use crate::model::options;
use crate::model::order;
use crate::model::spec::Specification;
use crate::model::text;
use crate::model::value::Value;
use crate::model::world::World;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// What became of a line.
pub enum Verdict {
    Agrees,
    /// The line asks nothing.
    Setting,
    /// What the model says instead.
    Differs(String),
}

impl Verdict {
    fn of(agrees: bool, says: impl FnOnce() -> String) -> Verdict {
        if agrees {
            Verdict::Agrees
        } else {
            Verdict::Differs(says())
        }
    }
}

/// What the symbol of a table stands for.
enum Target {
    /// A named table is called by its name, so that after a renaming it is not found.
    Name(String),
    Slot(TableNumber),
}

/// A world, and what the scenario calls its tables.
#[derive(Default)]
pub struct Scenario {
    world: World,
    targets: BTreeMap<String, Target>,
    tables: usize,
}

impl Scenario {
    pub fn line(&mut self, line: &Value) -> Verdict {
        let [word, rest @ ..] = line.as_tuple().expect("a line is a tuple") else {
            panic!("an empty line")
        };
        match (word.as_atom().expect("a line begins with a word"), rest) {
            ("scenario", _) => {
                *self = Scenario::default();
                Verdict::Setting
            }
            ("exit", [process]) => {
                self.world.step(&Step::Exit(process_number(process)));
                Verdict::Setting
            }
            ("mailbox", [process, messages]) => self.mailbox(process, messages),
            ("new", [by, symbol, name, options, result]) => {
                self.new_table(by, symbol, name, options, result)
            }
            ("call", [by, symbol, function, arguments, result]) => {
                self.call(by, symbol, function, arguments, result)
            }
            ("run", [specification, objects, result]) => run(specification, objects, result),
            ("compare", [left, right, order, same]) => compare(left, right, order, same),
            ("sorted", [values]) => sorted(values.as_list().expect("a list")),
            ("conformance" | "process", _) => Verdict::Setting,
            _ => panic!("an unknown line: {line:?}"),
        }
    }

    fn new_table(
        &mut self,
        by: &Value,
        symbol: &Value,
        name: &Value,
        options: &Value,
        result: &Value,
    ) -> Verdict {
        let options = with_processes(options);
        let step = Step::New {
            by: process_number(by),
            slot: self.tables,
            name: name.clone(),
            options: options.clone(),
        };
        let expected = self
            .world
            .step(&step)
            .expect("a table can always be asked for");
        if expected == Expected::DONE {
            let named = options::parse(&options).is_ok_and(|options| options.named);
            let target = match name.as_atom() {
                Some(name) if named => Target::Name(name.to_owned()),
                _ => Target::Slot(self.tables),
            };
            self.targets
                .insert(symbol.as_atom().expect("a symbol").to_owned(), target);
            self.tables += 1;
        }
        let succeeded = result.as_atom() == Some("ok");
        Verdict::of(succeeded == (expected == Expected::DONE), || {
            format!("{expected:?}")
        })
    }

    /// Who got what from whom; the tables are not compared, as they go by names that change.
    fn mailbox(&mut self, process: &Value, messages: &Value) -> Verdict {
        let step = Step::Mailbox(process_number(process));
        let expected = self
            .world
            .step(&self.world.resolve(&step))
            .expect("a mailbox can always be read");
        let Expected::Transfers(transfers) = &expected else {
            panic!("not what a mailbox answers: {expected:?}")
        };
        let mut ours: Vec<_> = transfers
            .iter()
            .map(|(_, from, data)| (*from, data.clone()))
            .collect();
        let mut theirs: Vec<_> = messages
            .as_list()
            .expect("messages")
            .iter()
            .map(sender_and_data)
            .collect();
        ours.sort();
        theirs.sort();
        Verdict::of(ours == theirs, || format!("{expected:?}"))
    }

    fn call(
        &mut self,
        by: &Value,
        symbol: &Value,
        function: &Value,
        arguments: &Value,
        result: &Value,
    ) -> Verdict {
        let function = function.as_atom().expect("a function");
        let arguments = arguments.as_list().expect("arguments");
        if function == "whereis" {
            return self.whereis(&arguments[0], result);
        }
        let by = process_number(by);
        let table = self.table(symbol.as_atom().expect("a symbol"));
        match meaning(function, arguments) {
            Meaning::Refused => {
                let failed = text::parse("{error, badarg}.");
                Verdict::of(*result == failed, || "there is no such call".to_owned())
            }
            Meaning::Calls(calls) => {
                let mut wrong = calls.iter().filter_map(|call| {
                    let expected = self.expected(by, table, call);
                    let outcome = outcome(call, result)?;
                    (!agrees(function, &expected, &outcome)).then(|| format!("{expected:?}"))
                });
                let first = wrong.next();
                Verdict::of(first.is_none(), || first.unwrap_or_default())
            }
        }
    }

    fn table(&self, symbol: &str) -> Option<TableNumber> {
        match self.targets.get(symbol)? {
            Target::Slot(table) => Some(*table),
            Target::Name(name) => self.world.named(name),
        }
    }

    fn expected(&mut self, by: ProcessNumber, table: Option<TableNumber>, call: &Call) -> Expected {
        match table {
            Some(table) => self.world.call(by, table, call),
            None if matches!(call, Call::Info(_) | Call::InfoUnknown) => {
                Expected::Is(Answer::Perhaps(None))
            }
            None => Expected::fails(Cause::NoSuchTable),
        }
    }

    fn whereis(&self, name: &Value, result: &Value) -> Verdict {
        let found = self.world.named(name.as_atom().expect("a name"));
        let is_there = result == &text::parse("{ok, a_table}.");
        Verdict::of(found.is_some() == is_there, || format!("table {found:?}"))
    }
}

/// A match specification run over a list.
fn run(specification: &Value, objects: &Value, result: &Value) -> Verdict {
    let ours = match Specification::parse(specification) {
        None => text::parse("{error, badarg}."),
        Some(specification) => {
            let objects = objects.as_list().expect("a list");
            let results = objects
                .iter()
                .filter_map(|object| specification.result(object, 0));
            Value::tuple([Value::atom("ok"), Value::list(results)])
        }
    };
    Verdict::of(ours == *result, || format!("{ours:?}"))
}

fn compare(left: &Value, right: &Value, order: &Value, same: &Value) -> Verdict {
    let ours = match order::compare(left, right) {
        Ordering::Less => "less",
        Ordering::Equal => "equal",
        Ordering::Greater => "greater",
    };
    let is_same = left == right;
    let agrees = order.as_atom() == Some(ours) && *same == Value::bool(is_same);
    Verdict::of(agrees, || format!("{ours}, {is_same}"))
}

/// Every pair: neighbours alone would not show an order that is not transitive.
fn sorted(values: &[Value]) -> Verdict {
    for (index, low) in values.iter().enumerate() {
        for high in &values[index + 1..] {
            let orders = [order::compare(low, high), order::compare(high, low)];
            if orders != [Ordering::Less, Ordering::Greater] {
                return Verdict::Differs(format!("{low:?} and {high:?}: {orders:?}"));
            }
        }
    }
    Verdict::Agrees
}

/// `p1` is process number 1.
pub fn as_process(value: &Value) -> Option<ProcessNumber> {
    value.as_atom()?.strip_prefix('p')?.parse().ok()
}

pub fn process_number(value: &Value) -> ProcessNumber {
    as_process(value).expect("a process")
}

/// The options with the processes in the place of their names.
pub fn with_processes(options: &Value) -> Value {
    let convert = |element: &Value| as_process(element).map_or(element.clone(), Value::Process);
    match options {
        Value::Tuple(elements) => Value::tuple(elements.iter().map(convert)),
        Value::List(options, tail) => {
            Value::List(options.iter().map(with_processes).collect(), tail.clone())
        }
        other => other.clone(),
    }
}

fn sender_and_data(message: &Value) -> (ProcessNumber, Value) {
    match message.as_tuple() {
        Some([_, _, from, data]) => (process_number(from), data.clone()),
        _ => panic!("no transfer: {message:?}"),
    }
}
