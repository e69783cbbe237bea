//! The steps of the model, made on the crate.

use super::call::*;
use super::convert::{Marked, Pids};
use super::value::Value;
use heirloom::process::Message;
use heirloom::{
    Atom, CounterOps, ElementChanges, Objects, Process, Table, TableError, TableId, Term, TermRef,
};
use proptest::test_runner::TestCaseError;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Walks that go on for longer than this can have no end. Larger than any table of a test.
const WALK_KEYS_MAX: usize = 1_000_000;

/// Processes and tables of the crate, in the same state as a [`World`](super::world::World).
pub struct Engine {
    processes: Vec<Process>,
    pids: Pids,
    tables: Vec<Table>,
    slots: BTreeMap<SlotNumber, TableNumber>,
    /// What names of this test end with: names are shared by all tests that run at the same time.
    suffix: String,
    calls: usize,
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

impl Engine {
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
        let (name, options) = (self.name_term(name), self.pids.term(options, Marked::Text));
        let table = self.processes[by]
            .run(|| Table::new(&name, &options))
            .map_err(cause)?;
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

    /// That `next` and `prev` of every key lead along the walk: there is one order, and every key
    /// has its place in it.
    pub fn check_walk_is_one_order(
        &self,
        by: ProcessNumber,
        slot: SlotNumber,
    ) -> Result<(), TestCaseError> {
        let table = &self.tables[self.slots[&slot]];
        let caller = Caller {
            engine: self,
            table,
        };
        self.processes[by]
            .run(|| caller.check_walk())
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

/// A table and what turns values into terms for it.
struct Caller<'e> {
    engine: &'e Engine,
    table: &'e Table,
}

type Called = Result<Answer, TableError>;

impl Caller<'_> {
    /// The term of an argument that is stored.
    fn term(&self, value: &Value) -> Term {
        self.engine.pids.term(value, Marked::Text)
    }

    /// The term of a key to look for: binaries are marked otherwise than in the stored objects.
    fn key(&self, value: &Value) -> Term {
        self.engine.pids.term(value, Marked::Raw)
    }

    fn terms(&self, values: &[Value]) -> Vec<Term> {
        values.iter().map(|value| self.term(value)).collect()
    }

    fn value(&self, term: TermRef<'_>) -> Value {
        self.engine.pids.value(term)
    }

    fn perhaps(&self, term: Option<Term>) -> Answer {
        Answer::Perhaps(term.map(|term| self.value(term.as_ref())))
    }

    fn values<'t>(&self, terms: impl IntoIterator<Item = &'t Term>) -> Vec<Value> {
        terms
            .into_iter()
            .map(|term| self.value(term.as_ref()))
            .collect()
    }

    fn group(&self, (key, objects): (Term, Objects)) -> (Value, Vec<Value>) {
        (self.value(key.as_ref()), self.values(objects.iter()))
    }

    fn call(&self, call: &Call) -> Called {
        let table = self.table;
        match call {
            Call::Insert(argument) => done(table.insert(self.term(argument))?),
            Call::InsertNew(argument) => Ok(Answer::Truth(table.insert_new(self.term(argument))?)),
            Call::InsertMany(objects) => Ok(Answer::Count(table.insert_many(self.terms(objects))?)),
            Call::InitTable(objects) => done(table.init_table(self.terms(objects)).map(drop)?),
            Call::Take(key) => Ok(Answer::Several(
                self.values(table.take(self.key(key))?.iter()),
            )),
            Call::Delete(key) => done(table.delete(self.key(key))?),
            Call::DeleteObject(object) => done(table.delete_object(self.key(object))?),
            Call::DeleteAllObjects => done(table.delete_all_objects()?),
            Call::DeleteTable => done(table.delete_table()?),
            Call::InsertRangeAtOnce(range) => {
                let objects: Vec<Value> = range.objects(table.key_position()).collect();
                done(table.insert(self.terms(&objects))?)
            }
            Call::InsertRange(range) => done(
                range
                    .objects(table.key_position())
                    .try_for_each(|object| table.insert(self.term(&object)))?,
            ),
            Call::DeleteRange(range) => done(
                range
                    .keys()
                    .try_for_each(|key| table.delete(self.key(&key)))?,
            ),
            other => self.call_update(other),
        }
    }

    fn call_update(&self, call: &Call) -> Called {
        let table = self.table;
        match call {
            Call::UpdateCounter { key, operations } => {
                let result = match typed_operations(operations)
                    .filter(|_| self.engine.calls.is_multiple_of(2))
                {
                    Some(operations) => table.update_counter(self.key(key), operations)?,
                    None => table.update_counter(
                        self.key(key),
                        CounterOps::from_term(self.term(operations).as_ref()),
                    )?,
                };
                Ok(Answer::Element(self.value(result.as_ref())))
            }
            Call::UpdateCounterOr {
                key,
                operations,
                default,
            } => {
                let operations = CounterOps::from_term(self.term(operations).as_ref());
                let result =
                    table.update_counter_or(self.term(key), operations, self.term(default))?;
                Ok(Answer::Element(self.value(result.as_ref())))
            }
            Call::UpdateElement { key, changes } => {
                let changes = ElementChanges::from_term(self.term(changes).as_ref());
                Ok(Answer::Truth(table.update_element(self.key(key), changes)?))
            }
            Call::UpdateElementOr {
                key,
                changes,
                default,
            } => {
                let changes = ElementChanges::from_term(self.term(changes).as_ref());
                done(table.update_element_or(self.term(key), changes, self.term(default))?)
            }
            other => self.call_read(other),
        }
    }

    fn call_read(&self, call: &Call) -> Called {
        let table = self.table;
        match call {
            Call::Lookup(key) => Ok(Answer::Several(
                self.values(table.lookup(self.key(key))?.iter()),
            )),
            Call::With(key) => Ok(Answer::Perhaps(
                table.with(self.key(key), |object| self.value(object))?,
            )),
            Call::LookupMany(keys) => self.lookup_many(keys),
            Call::Member(key) => Ok(Answer::Truth(table.member(self.key(key))?)),
            Call::LookupElement { key, position } => {
                let element = table.lookup_element(self.key(key), *position)?;
                Ok(Answer::Element(self.value(element.as_ref())))
            }
            Call::LookupElementOr {
                key,
                position,
                default,
            } => {
                let element =
                    table.lookup_element_or(self.key(key), *position, self.term(default))?;
                Ok(Answer::Element(self.value(element.as_ref())))
            }
            other => self.call_traversal(other),
        }
    }

    /// Each object comes with the number of its key; a key without an object comes once, alone.
    fn lookup_many(&self, keys: &[Value]) -> Called {
        let keys: Vec<Term> = keys.iter().map(|key| self.key(key)).collect();
        let mut groups = vec![None; keys.len()];
        self.table.lookup_many(&keys, |index, object| {
            let object = object.map(|object| self.value(object));
            match (&mut groups[index], object) {
                (group @ None, object) => *group = Some(Vec::from_iter(object)),
                (Some(objects), Some(object)) if !objects.is_empty() => objects.push(object),
                (Some(_), _) => panic!("key {index} was answered twice"),
            }
        })?;
        let answered = |group: Option<Vec<Value>>| group.expect("a key was not answered");
        Ok(Answer::Groups(groups.into_iter().map(answered).collect()))
    }

    fn call_traversal(&self, call: &Call) -> Called {
        let table = self.table;
        match call {
            Call::First => Ok(self.perhaps(table.first()?)),
            Call::Last => Ok(self.perhaps(table.last()?)),
            Call::Next(key) => Ok(self.perhaps(table.next(self.key(key))?)),
            Call::Previous(key) => Ok(self.perhaps(table.prev(self.key(key))?)),
            Call::FirstLookup => Ok(Answer::KeyAndObjects(
                table.first_lookup()?.map(|group| self.group(group)),
            )),
            Call::LastLookup => Ok(Answer::KeyAndObjects(
                table.last_lookup()?.map(|group| self.group(group)),
            )),
            Call::NextLookup(key) => Ok(Answer::KeyAndObjects(
                table
                    .next_lookup(self.key(key))?
                    .map(|group| self.group(group)),
            )),
            Call::PreviousLookup(key) => Ok(Answer::KeyAndObjects(
                table
                    .prev_lookup(self.key(key))?
                    .map(|group| self.group(group)),
            )),
            Call::Walk => Ok(Answer::Several(
                self.values(&walk(|| table.first(), |key| table.next(key))?),
            )),
            Call::WalkBack => Ok(Answer::Several(
                self.values(&walk(|| table.last(), |key| table.prev(key))?),
            )),
            Call::WalkLookup => {
                self.walk_groups(|| table.first_lookup(), |key| table.next_lookup(key))
            }
            Call::WalkLookupBack => {
                self.walk_groups(|| table.last_lookup(), |key| table.prev_lookup(key))
            }
            Call::FixedWalkDeleting => self.fixed_walk_deleting(),
            other => self.call_whole(other),
        }
    }

    fn walk_groups(
        &self,
        first: impl Fn() -> Result<Option<(Term, Objects)>, TableError>,
        next: impl Fn(&Term) -> Result<Option<(Term, Objects)>, TableError>,
    ) -> Called {
        let mut groups = Vec::new();
        let mut step = first()?;
        while let Some(group) = step {
            let key = group.0.clone();
            groups.push(self.group(group));
            assert!(groups.len() < WALK_KEYS_MAX, "a walk without an end");
            step = next(&key)?;
        }
        Ok(Answer::KeysAndObjects(groups))
    }

    fn fixed_walk_deleting(&self) -> Called {
        let table = self.table;
        table.safe_fixtable(true)?;
        let next = |key: &Term| table.delete(key).and_then(|()| table.next(key));
        let keys = walk(|| table.first(), next);
        table.safe_fixtable(false)?;
        Ok(Answer::Several(self.values(&keys?)))
    }

    fn call_whole(&self, call: &Call) -> Called {
        let table = self.table;
        let collect = |mut objects: Vec<Value>, object: TermRef<'_>| {
            objects.push(self.value(object));
            objects
        };
        match call {
            Call::FoldLeft => Ok(Answer::Several(table.foldl(Vec::new(), collect)?)),
            Call::FoldRight => Ok(Answer::Several(table.foldr(Vec::new(), collect)?)),
            Call::Slots => self.slots(),
            Call::ToList => Ok(Answer::Several(self.values(&table.tab2list()?))),
            Call::FixTable(on) => done(table.safe_fixtable(*on)?),
            Call::Info(InfoItem::Name) => {
                let name = table
                    .info_item(atom("name"))?
                    .map(|name| self.value(name.as_ref()));
                Ok(Answer::Perhaps(name.map(|name| self.without_suffix(&name))))
            }
            Call::Info(item) => Ok(self.perhaps(table.info_item(atom(info_name(*item)))?)),
            Call::InfoUnknown => Ok(self.perhaps(table.info_item(atom("no_such_item"))?)),
            Call::Size => Ok(Answer::Count(table.size()? as usize)),
            Call::Owner => Ok(Answer::Perhaps(
                table.owner().map(|pid| self.engine.pids.process(pid)),
            )),
            Call::Rename(name) => done(table.rename(&self.engine.real_name(name))?),
            Call::GiveAway { to, data } => {
                done(table.give_away(&self.engine.processes[*to], self.term(data))?)
            }
            Call::SetOptions(options) => done(table.setopts(self.term(options))?),
            other => unreachable!("{other:?} is a call of another kind"),
        }
    }

    fn without_suffix(&self, name: &Value) -> Value {
        let text = name.as_atom().expect("a name is an atom");
        Value::atom(
            text.strip_suffix(self.engine.suffix.as_str())
                .expect("all names end so"),
        )
    }

    /// All slots up to the end, and that the slot after the end is an error.
    fn slots(&self) -> Called {
        let mut objects = Vec::new();
        let mut number = 0u64;
        while let Some(slot) = self.table.slot(number)? {
            objects.extend(self.values(slot.iter()));
            number += 1;
        }
        assert!(
            self.table.slot(number + 1).is_err(),
            "slot {} is past the end",
            number + 1
        );
        Ok(Answer::Several(objects))
    }

    fn check_walk(&self) -> Result<Result<(), TestCaseError>, TableError> {
        let table = self.table;
        let there = follow(|| table.first(), |key| table.next(key))?;
        let back = follow(|| table.last(), |key| table.prev(key))?;
        Ok(there.and(back))
    }
}

/// Walks, and then asks once more for what follows each key.
fn follow(
    first: impl Fn() -> Result<Option<Term>, TableError>,
    next: impl Fn(&Term) -> Result<Option<Term>, TableError>,
) -> Result<Result<(), TestCaseError>, TableError> {
    let keys = walk(first, &next)?;
    for (index, key) in keys.iter().enumerate() {
        let after = next(key)?;
        if after.as_ref() != keys.get(index + 1) {
            let message = format!("after {key:?} comes {after:?}, in the walk another");
            return Ok(Err(TestCaseError::fail(message)));
        }
    }
    Ok(Ok(()))
}

fn done((): ()) -> Called {
    Ok(Answer::Done)
}

fn walk(
    first: impl Fn() -> Result<Option<Term>, TableError>,
    next: impl Fn(&Term) -> Result<Option<Term>, TableError>,
) -> Result<Vec<Term>, TableError> {
    let mut keys = Vec::new();
    let mut step = first()?;
    while let Some(key) = step {
        step = next(&key)?;
        keys.push(key);
        assert!(keys.len() < WALK_KEYS_MAX, "a walk without an end");
    }
    Ok(keys)
}

/// The operations as Rust values, if they are small integers.
fn typed_operations(operations: &Value) -> Option<CounterOps> {
    let integer = |value: &Value| {
        value
            .as_integer()
            .and_then(|integer| i64::try_from(integer).ok())
    };
    match operations {
        Value::Integer(_) => integer(operations).map(CounterOps::from),
        Value::Tuple(elements) => match elements.as_slice() {
            [position, step] => Some((position.as_position()?, integer(step)?).into()),
            [position, step, threshold, set] => Some(
                (
                    position.as_position()?,
                    integer(step)?,
                    integer(threshold)?,
                    integer(set)?,
                )
                    .into(),
            ),
            _ => None,
        },
        _ => None,
    }
}

fn atom(text: &str) -> Atom {
    Atom::new(text).expect("tests use few atoms")
}

fn info_name(item: InfoItem) -> &'static str {
    match item {
        InfoItem::Size => "size",
        InfoItem::Name => "name",
        InfoItem::NamedTable => "named_table",
        InfoItem::KeyPosition => "keypos",
        InfoItem::Type => "type",
        InfoItem::Protection => "protection",
        InfoItem::Owner => "owner",
        InfoItem::Heir => "heir",
        InfoItem::Fixed => "fixed",
        InfoItem::Memory => "memory",
    }
}

/// Why the crate says that a call failed, in the words of the model.
fn cause(error: TableError) -> Cause {
    match error {
        TableError::NoSuchTable { .. } => Cause::NoSuchTable,
        TableError::AccessDenied { .. } => Cause::AccessDenied,
        TableError::NotOwner { .. } => Cause::NotOwner,
        TableError::AlreadyOwner { .. } => Cause::AlreadyOwner,
        TableError::WrongKind { .. } => Cause::WrongKind,
        TableError::KeyNotFound { .. } => Cause::NoSuchKey,
        TableError::NotATuple { .. } => Cause::NotATuple,
        TableError::NoKey { .. } => Cause::TooShort,
        TableError::ImproperList => Cause::ImproperList,
        TableError::NotAPosition { .. } | TableError::PositionOutOfRange { .. } => Cause::Position,
        TableError::KeyPosition { .. } => Cause::KeyPosition,
        TableError::NotAnInteger { .. } => Cause::NotAnInteger,
        TableError::NotAnUpdate { .. } => Cause::BadOperation,
        TableError::BadOption { .. } => Cause::BadOption,
        TableError::BadName { .. } => Cause::BadName,
        TableError::NameTaken { .. } => Cause::NameTaken,
        TableError::NoSuchProcess { .. } => Cause::NoSuchProcess,
        TableError::NoSuchItem { .. } => Cause::BadItem,
        other => Cause::Other(other.to_string()),
    }
}
