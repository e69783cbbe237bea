//! What one table holds, and the calls that find, put and remove objects by their keys, in plain
//! `Vec`s and `BTreeMap`s.

use super::call::{Answer, Cause};
use super::expected::{Expected, Groups};
use super::order::representative;
use super::value::Value;
use std::collections::BTreeSet;

/// The kind of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Set,
    OrderedSet,
    Bag,
    DuplicateBag,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Set => "set",
            Kind::OrderedSet => "ordered_set",
            Kind::Bag => "bag",
            Kind::DuplicateBag => "duplicate_bag",
        }
    }

    /// Whether there is one object a key.
    pub fn is_set(self) -> bool {
        matches!(self, Kind::Set | Kind::OrderedSet)
    }
}

/// The objects of a table. No group is empty. In an ordered set a group goes by the
/// [`representative`] of its keys, so that the groups are in the order of the table.
#[derive(Clone, Debug)]
pub struct Contents {
    pub kind: Kind,
    pub key_position: usize,
    pub groups: Groups,
    /// Keys deleted while the table was fixed: `next` still accepts them, in the hash kinds.
    pub kept: BTreeSet<Value>,
    pub fixed: bool,
}

/// What was asked for, or all that is wrong with it.
pub type Checked<T> = Result<T, Vec<Cause>>;

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

    /// What the group of a key goes by.
    pub fn identity(&self, key: &Value) -> Value {
        match self.kind {
            Kind::OrderedSet => representative(key),
            _ => key.clone(),
        }
    }

    fn group(&self, key: &Value) -> &[Value] {
        let group = self.groups.get(&self.identity(key));
        group.map_or(&[], Vec::as_slice)
    }

    fn has_key(&self, key: &Value) -> bool {
        self.groups.contains_key(&self.identity(key))
    }

    /// Why `object` can't be an object of this table, if it can't.
    pub fn faults_of_object(&self, object: &Value) -> Vec<Cause> {
        match object.as_tuple() {
            None => vec![Cause::NotATuple],
            Some(elements) if elements.len() < self.key_position => vec![Cause::TooShort],
            Some(_) => vec![],
        }
    }

    pub fn key_of(&self, object: &Value) -> Value {
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

    pub fn put(&mut self, object: Value) {
        let key = self.identity(&self.key_of(&object));
        self.kept.remove(&key);
        let group = self.groups.entry(key).or_default();
        match self.kind {
            Kind::Set | Kind::OrderedSet => *group = vec![object],
            Kind::Bag if group.contains(&object) => {}
            Kind::Bag | Kind::DuplicateBag => group.push(object),
        }
    }

    pub fn put_all(&mut self, objects: impl IntoIterator<Item = Value>) {
        objects.into_iter().for_each(|object| self.put(object));
    }

    pub fn remove(&mut self, key: &Value) -> Vec<Value> {
        let key = self.identity(key);
        let objects = self.groups.remove(&key).unwrap_or_default();
        if self.fixed && !objects.is_empty() {
            self.kept.insert(key);
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
                    .any(|object| self.has_key(&self.key_of(object)));
                if all_new {
                    self.put_all(objects);
                }
                Expected::truth(all_new)
            }
        }
    }

    /// `insert_many` and `init_table`: object by object up to the first that is none.
    pub fn insert_each(&mut self, objects: &[Value]) -> Checked<usize> {
        for object in objects {
            let faults = self.faults_of_object(object);
            if !faults.is_empty() {
                return Err(faults);
            }
            self.put(object.clone());
        }
        Ok(objects.len())
    }

    pub fn lookup(&self, key: &Value) -> Expected {
        Expected::several(self.group(key))
    }

    pub fn first_object(&self, key: &Value) -> Option<Value> {
        self.group(key).first().cloned()
    }

    pub fn member(&self, key: &Value) -> Expected {
        Expected::truth(self.has_key(key))
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
            Kind::Set | Kind::OrderedSet => elements.next().expect("a group is never empty"),
            Kind::Bag | Kind::DuplicateBag => Value::list(elements),
        }
    }

    pub fn delete_object(&mut self, object: &Value) -> Expected {
        let faults = self.faults_of_object(object);
        if !faults.is_empty() {
            return Expected::Fails(faults);
        }
        let key = self.identity(&self.key_of(object));
        self.retain(&key, |other| other != object);
        Expected::DONE
    }

    /// Removes those objects of a group that are not to be kept.
    pub fn retain(&mut self, identity: &Value, keep: impl Fn(&Value) -> bool) {
        let Some(group) = self.groups.get_mut(identity) else {
            return;
        };
        group.retain(keep);
        if group.is_empty() {
            self.groups.remove(identity);
            self.kept.extend(self.fixed.then(|| identity.clone()));
        }
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
