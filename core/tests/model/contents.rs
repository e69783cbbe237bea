//! What one table holds, and every call on it that needs no rights and no names, in plain `Vec`s
//! and `BTreeMap`s.

use super::call::{Answer, Cause};
use super::expected::{Expected, Groups};
use super::value::Value;
use num_bigint::BigInt;
use std::collections::BTreeSet;

/// The kind of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Set,
    Bag,
    DuplicateBag,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Set => "set",
            Kind::Bag => "bag",
            Kind::DuplicateBag => "duplicate_bag",
        }
    }
}

/// The objects of a table. No group is empty.
#[derive(Clone, Debug)]
pub struct Contents {
    pub kind: Kind,
    pub key_position: usize,
    pub groups: Groups,
    /// Keys deleted while the table was fixed: `next` still accepts them.
    pub kept: BTreeSet<Value>,
    pub fixed: bool,
}

type Checked<T> = Result<T, Vec<Cause>>;

impl Contents {
    pub fn new(kind: Kind, key_position: usize) -> Contents {
        Contents {
            kind,
            key_position,
            groups: Groups::new(),
            kept: BTreeSet::new(),
            fixed: false,
        }
    }

    pub fn size(&self) -> usize {
        self.groups.values().map(Vec::len).sum()
    }

    fn group(&self, key: &Value) -> &[Value] {
        self.groups.get(key).map_or(&[], Vec::as_slice)
    }

    /// Why `object` can't be an object of this table, if it can't.
    fn faults_of_object(&self, object: &Value) -> Vec<Cause> {
        match object.as_tuple() {
            None => vec![Cause::NotATuple],
            Some(elements) if elements.len() < self.key_position => vec![Cause::TooShort],
            Some(_) => vec![],
        }
    }

    fn key_of(&self, object: &Value) -> Value {
        object.as_tuple().expect("checked to be a tuple")[self.key_position - 1].clone()
    }

    /// The objects of an argument of `insert`, or all that is wrong with it.
    fn objects_of_argument(&self, argument: &Value) -> Checked<Vec<Value>> {
        let (objects, tail) = match argument {
            Value::List(objects, tail) => (objects.as_slice(), tail.is_some()),
            object => (std::slice::from_ref(object), false),
        };
        let mut faults: Vec<Cause> = objects
            .iter()
            .flat_map(|object| self.faults_of_object(object))
            .collect();
        faults.extend(tail.then_some(Cause::ImproperList));
        if faults.is_empty() {
            Ok(objects.to_vec())
        } else {
            Err(faults)
        }
    }

    fn put(&mut self, object: Value) {
        let key = self.key_of(&object);
        self.kept.remove(&key);
        let group = self.groups.entry(key).or_default();
        match self.kind {
            Kind::Set => *group = vec![object],
            Kind::Bag if group.contains(&object) => {}
            Kind::Bag | Kind::DuplicateBag => group.push(object),
        }
    }

    pub fn put_all(&mut self, objects: impl IntoIterator<Item = Value>) {
        objects.into_iter().for_each(|object| self.put(object));
    }

    pub fn remove(&mut self, key: &Value) -> Vec<Value> {
        let objects = self.groups.remove(key).unwrap_or_default();
        if self.fixed && !objects.is_empty() {
            self.kept.insert(key.clone());
        }
        objects
    }

    pub fn remove_all(&mut self) {
        if self.fixed {
            self.kept.extend(self.groups.keys().cloned());
        }
        self.groups.clear();
    }

    pub fn insert(&mut self, argument: &Value) -> Expected {
        match self.objects_of_argument(argument) {
            Err(faults) => Expected::Fails(faults),
            Ok(objects) => {
                self.put_all(objects);
                Expected::DONE
            }
        }
    }

    pub fn insert_new(&mut self, argument: &Value) -> Expected {
        match self.objects_of_argument(argument) {
            Err(faults) => Expected::Fails(faults),
            Ok(objects) => {
                let all_new = !objects
                    .iter()
                    .any(|object| self.groups.contains_key(&self.key_of(object)));
                if all_new {
                    self.put_all(objects);
                }
                Expected::truth(all_new)
            }
        }
    }

    /// `insert_many` and `init_table`, of objects that are all good.
    pub fn insert_each(&mut self, objects: &[Value]) -> usize {
        self.put_all(objects.iter().cloned());
        objects.len()
    }

    pub fn lookup(&self, key: &Value) -> Expected {
        Expected::several(self.group(key))
    }

    pub fn first_object(&self, key: &Value) -> Option<Value> {
        self.group(key).first().cloned()
    }

    pub fn member(&self, key: &Value) -> Expected {
        Expected::truth(self.groups.contains_key(key))
    }

    pub fn lookup_element(
        &self,
        key: &Value,
        position: usize,
        default: Option<&Value>,
    ) -> Expected {
        let group = self.group(key);
        let bad_position = position == 0
            || group
                .iter()
                .any(|object| object.as_tuple().unwrap().len() < position);
        match (bad_position, group, default) {
            (true, [], None) => Expected::Fails(vec![Cause::Position, Cause::NoSuchKey]),
            (true, ..) => Expected::fails(Cause::Position),
            (false, [], None) => Expected::fails(Cause::NoSuchKey),
            (false, [], Some(default)) => Expected::element(default.clone()),
            (false, objects, _) => Expected::element(self.elements(objects, position)),
        }
    }

    fn elements(&self, objects: &[Value], position: usize) -> Value {
        let mut elements = objects
            .iter()
            .map(|object| object.as_tuple().unwrap()[position - 1].clone());
        match self.kind {
            Kind::Set => elements.next().expect("a group is never empty"),
            Kind::Bag | Kind::DuplicateBag => Value::list(elements),
        }
    }

    pub fn delete_object(&mut self, object: &Value) -> Expected {
        let faults = self.faults_of_object(object);
        if !faults.is_empty() {
            return Expected::Fails(faults);
        }
        let key = self.key_of(object);
        if let Some(group) = self.groups.get_mut(&key) {
            group.retain(|other| other != object);
            if group.is_empty() {
                self.groups.remove(&key);
                self.kept.extend(self.fixed.then_some(key));
            }
        }
        Expected::DONE
    }

    /// `update_counter`. A missing key is told before anything that is wrong with the operations.
    pub fn update_counter(
        &mut self,
        key: &Value,
        operations: &Value,
        default: Option<&Value>,
    ) -> Expected {
        if self.kind != Kind::Set {
            return Expected::fails(Cause::WrongKind);
        }
        let parsed = parse_operations(operations, self.key_position);
        let object = match self.object_to_update(key, default) {
            Err(causes) => return Expected::Fails(causes).or_fails(faults_beside(default, parsed)),
            Ok(object) => object,
        };
        let outcome = parsed.and_then(|(operations, single)| {
            count(object, &operations, self.key_position)
                .map(|(object, results)| (object, results, single))
        });
        match outcome {
            Err(causes) => Expected::Fails(causes),
            Ok((object, mut results, single)) => {
                self.put(object);
                let result = if single {
                    results.remove(0)
                } else {
                    Value::list(results)
                };
                Expected::element(result)
            }
        }
    }

    /// `update_element`. A missing key without a default is no error, whatever the changes are.
    pub fn update_element(
        &mut self,
        key: &Value,
        changes: &Value,
        default: Option<&Value>,
    ) -> Expected {
        if self.kind != Kind::Set {
            return Expected::fails(Cause::WrongKind);
        }
        let parsed = parse_changes(changes);
        let object = match self.object_to_update(key, default) {
            Err(_) if default.is_none() => return Expected::truth(false),
            Err(causes) => return Expected::Fails(causes).or_fails(faults_beside(default, parsed)),
            Ok(object) => object,
        };
        match parsed.and_then(|changes| change(object, &changes, self.key_position)) {
            Err(causes) => Expected::Fails(causes),
            Ok(object) => {
                self.put(object);
                if default.is_some() {
                    Expected::DONE
                } else {
                    Expected::truth(true)
                }
            }
        }
    }

    /// The elements of the object stored under `key`, else those of the default with `key` in its
    /// place.
    fn object_to_update(&self, key: &Value, default: Option<&Value>) -> Checked<Vec<Value>> {
        if let Some(default) = default {
            let faults = self.faults_of_object(default);
            if !faults.is_empty() {
                return Err(faults);
            }
        }
        let stored = self.first_object(key);
        let mut elements = match stored.as_ref().or(default) {
            None => return Err(vec![Cause::NoSuchKey]),
            Some(object) => object.as_tuple().unwrap().to_vec(),
        };
        elements[self.key_position - 1] = key.clone();
        Ok(elements)
    }

    pub fn keys(&self) -> BTreeSet<Value> {
        self.groups.keys().cloned().collect()
    }

    fn keys_but(&self, key: &Value) -> BTreeSet<Value> {
        self.groups
            .keys()
            .filter(|other| *other != key)
            .cloned()
            .collect()
    }

    /// `first`, and `last`, which is the same in these kinds.
    pub fn first(&self) -> Expected {
        Expected::OneKeyOf {
            keys: self.keys(),
            end: self.groups.is_empty(),
        }
    }

    pub fn first_lookup(&self) -> Expected {
        Expected::OneGroupOf {
            groups: self.groups.clone(),
            end: self.groups.is_empty(),
        }
    }

    /// `next`, and `prev`, which is the same in these kinds: another key, we don't know which.
    pub fn next(&self, key: &Value) -> Expected {
        self.after(
            key,
            Expected::OneKeyOf {
                keys: self.keys_but(key),
                end: true,
            },
        )
    }

    pub fn next_lookup(&self, key: &Value) -> Expected {
        let mut groups = self.groups.clone();
        groups.remove(key);
        self.after(key, Expected::OneGroupOf { groups, end: true })
    }

    /// A key that is not there is an error, unless the table is fixed: then it may have been
    /// deleted meanwhile, and an engine may answer for a key that never was.
    fn after(&self, key: &Value, step: Expected) -> Expected {
        if self.groups.contains_key(key) || self.kept.contains(key) {
            step
        } else if self.fixed {
            step.or_fails(vec![Cause::NoSuchKey])
        } else {
            Expected::fails(Cause::NoSuchKey)
        }
    }

    pub fn objects(&self) -> Expected {
        Expected::Objects(self.groups.clone())
    }

    pub fn objects_reversed(&self) -> Expected {
        let reversed = |(key, objects): (&Value, &Vec<Value>)| {
            (key.clone(), objects.iter().rev().cloned().collect())
        };
        Expected::Objects(self.groups.iter().map(reversed).collect())
    }

    pub fn lookup_many(&self, keys: &[Value]) -> Expected {
        let groups = keys.iter().map(|key| self.group(key).to_vec());
        Expected::Is(Answer::Groups(groups.collect()))
    }

    /// Sets whether some process has the table fixed.
    pub fn set_fixed(&mut self, fixed: bool) {
        self.fixed = fixed;
        if !fixed {
            self.kept.clear();
        }
    }
}

/// One operation of `update_counter`.
#[derive(Clone, Debug)]
struct Operation {
    position: usize,
    increment: BigInt,
    threshold: Option<(BigInt, BigInt)>,
}

/// A bad default and bad updates: either may be told.
fn faults_beside<T>(default: Option<&Value>, parsed: Checked<T>) -> Vec<Cause> {
    default.and(parsed.err()).unwrap_or_default()
}

/// The operations, and whether they were one alone, which answers with one number.
fn parse_operations(operations: &Value, key_position: usize) -> Checked<(Vec<Operation>, bool)> {
    match operations {
        Value::Integer(increment) => Ok((
            vec![Operation {
                position: key_position + 1,
                increment: increment.clone(),
                threshold: None,
            }],
            true,
        )),
        Value::Tuple(_) => Ok((vec![parse_operation(operations)?], true)),
        Value::List(operations, None) => Ok((each(operations, parse_operation)?, false)),
        Value::List(..) => Err(vec![Cause::BadOperation, Cause::ImproperList]),
        _ => Err(vec![Cause::BadOperation, Cause::NotAnInteger]),
    }
}

fn parse_operation(operation: &Value) -> Checked<Operation> {
    let integer = |value: &Value| {
        value
            .as_integer()
            .cloned()
            .ok_or(vec![Cause::BadOperation, Cause::NotAnInteger])
    };
    match operation.as_tuple() {
        Some([position, increment]) => Ok(Operation {
            position: parse_position(position)?,
            increment: integer(increment)?,
            threshold: None,
        }),
        Some([position, increment, threshold, set_value]) => Ok(Operation {
            position: parse_position(position)?,
            increment: integer(increment)?,
            threshold: Some((integer(threshold)?, integer(set_value)?)),
        }),
        _ => Err(vec![Cause::BadOperation]),
    }
}

/// A position from 1. One that is no such number is a fault of the form or of the position, as the
/// crate sees it.
fn parse_position(position: &Value) -> Checked<usize> {
    position
        .as_position()
        .ok_or(vec![Cause::BadOperation, Cause::Position])
}

fn parse_changes(changes: &Value) -> Checked<Vec<(usize, Value)>> {
    match changes {
        Value::Tuple(_) => Ok(vec![parse_change(changes)?]),
        Value::List(changes, None) => each(changes, parse_change),
        Value::List(..) => Err(vec![Cause::BadOperation, Cause::ImproperList]),
        _ => Err(vec![Cause::BadOperation]),
    }
}

fn parse_change(change: &Value) -> Checked<(usize, Value)> {
    match change.as_tuple() {
        Some([position, value]) => Ok((parse_position(position)?, value.clone())),
        _ => Err(vec![Cause::BadOperation]),
    }
}

/// All results, or all faults: which of several faults is told is not ours to say.
fn each<T>(items: &[Value], parse: impl Fn(&Value) -> Checked<T>) -> Checked<Vec<T>> {
    gather(items.iter().map(parse))
}

fn gather<T>(results: impl Iterator<Item = Checked<T>>) -> Checked<Vec<T>> {
    let (mut good, mut faults) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(item) => good.push(item),
            Err(mut causes) => faults.append(&mut causes),
        }
    }
    if faults.is_empty() {
        Ok(good)
    } else {
        Err(faults)
    }
}

fn faults_of_position(position: usize, arity: usize, key_position: usize) -> Vec<Cause> {
    if position == key_position {
        vec![Cause::KeyPosition]
    } else if position == 0 || position > arity {
        vec![Cause::Position]
    } else {
        vec![]
    }
}

/// The object after all operations and the number that each of them left.
fn count(
    mut elements: Vec<Value>,
    operations: &[Operation],
    key_position: usize,
) -> Checked<(Value, Vec<Value>)> {
    let arity = elements.len();
    let results = gather(operations.iter().map(|operation| {
        let faults = faults_of_position(operation.position, arity, key_position);
        if !faults.is_empty() {
            return Err(faults);
        }
        let element = &mut elements[operation.position - 1];
        let old = element.as_integer().ok_or(vec![Cause::NotAnInteger])?;
        *element = Value::Integer(operation.apply(old));
        Ok(element.clone())
    }))?;
    Ok((Value::Tuple(elements), results))
}

impl Operation {
    fn apply(&self, old: &BigInt) -> BigInt {
        let new = old + &self.increment;
        let Some((threshold, set_value)) = &self.threshold else {
            return new;
        };
        let past = if self.increment < BigInt::ZERO {
            new < *threshold
        } else {
            new > *threshold
        };
        if past { set_value.clone() } else { new }
    }
}

fn change(
    mut elements: Vec<Value>,
    changes: &[(usize, Value)],
    key_position: usize,
) -> Checked<Value> {
    let arity = elements.len();
    gather(changes.iter().map(|(position, value)| {
        let faults = faults_of_position(*position, arity, key_position);
        if !faults.is_empty() {
            return Err(faults);
        }
        elements[position - 1] = value.clone();
        Ok(())
    }))?;
    Ok(Value::Tuple(elements))
}
