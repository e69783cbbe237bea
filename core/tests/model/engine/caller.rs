//! The calls of one table that find, put and remove objects, and those about the table as a whole.

use super::super::call::*;
use super::super::convert::Marked;
use super::super::value::Value;
use super::Engine;
use heirloom::{Atom, CounterOps, ElementChanges, Objects, Table, TableError, Term, TermRef};

/// A table and what turns values into terms for it.
pub struct Caller<'e> {
    pub engine: &'e Engine,
    pub table: &'e Table,
}

pub type Called = Result<Answer, TableError>;

impl Caller<'_> {
    /// The term of an argument that is stored.
    pub fn term(&self, value: &Value) -> Term {
        self.engine.pids.term(value, Marked::Text)
    }

    /// The term of a key to look for: binaries are marked otherwise than in the stored objects.
    pub fn key(&self, value: &Value) -> Term {
        self.engine.pids.term(value, Marked::Raw)
    }

    pub fn terms(&self, values: &[Value]) -> Vec<Term> {
        values.iter().map(|value| self.term(value)).collect()
    }

    pub fn value(&self, term: TermRef<'_>) -> Value {
        self.engine.pids.value(term)
    }

    pub fn perhaps(&self, term: Option<Term>) -> Answer {
        Answer::Perhaps(term.map(|term| self.value(term.as_ref())))
    }

    pub fn values<'t>(&self, terms: impl IntoIterator<Item = &'t Term>) -> Vec<Value> {
        terms
            .into_iter()
            .map(|term| self.value(term.as_ref()))
            .collect()
    }

    pub fn group(&self, (key, objects): (Term, Objects)) -> (Value, Vec<Value>) {
        (self.value(key.as_ref()), self.values(objects.iter()))
    }

    /// Makes the call.
    pub fn call(&self, call: &Call) -> Called {
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
                let result = match typed_operations(operations).filter(|_| self.alternates()) {
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
            other => self.call_about_table(other),
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

    fn call_about_table(&self, call: &Call) -> Called {
        let table = self.table;
        match call {
            Call::FixTable(on) => done(table.safe_fixtable(*on)?),
            Call::Info(InfoItem::Name) => {
                let name = table
                    .info_item(atom("name"))?
                    .map(|name| self.value(name.as_ref()));
                Ok(Answer::Perhaps(name.map(|name| self.without_suffix(&name))))
            }
            Call::Info(item) => Ok(self.perhaps(table.info_item(atom(info_name(*item)))?)),
            Call::InfoUnknown => Ok(self.perhaps(table.info_item(atom("no_such_item"))?)),
            Call::Size => count(table.size()?),
            Call::Owner => Ok(Answer::Perhaps(
                table.owner().map(|pid| self.engine.pids.process(pid)),
            )),
            Call::Rename(name) => done(table.rename(&self.engine.real_name(name))?),
            Call::GiveAway { to, data } => {
                done(table.give_away(&self.engine.processes[*to], self.term(data))?)
            }
            Call::SetOptions(options) => done(table.setopts(self.term(options))?),
            other => self.call_walk(other),
        }
    }

    fn without_suffix(&self, name: &Value) -> Value {
        let text = name.as_atom().expect("a name is an atom");
        Value::atom(
            text.strip_suffix(self.engine.suffix.as_str())
                .expect("all names end so"),
        )
    }

    /// Whether to take the second of two ways to ask the same.
    pub fn alternates(&self) -> bool {
        self.engine.calls.is_multiple_of(2)
    }
}

pub fn done((): ()) -> Called {
    Ok(Answer::Done)
}

pub fn count(count: u64) -> Called {
    Ok(Answer::Count(count as usize))
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
