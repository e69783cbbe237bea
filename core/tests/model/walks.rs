//! The calls that go from key to key, and those that ask an ordered set for a place in its order.

use super::call::{Answer, Cause, Direction, KeyRange};
use super::contents::{Contents, Kind};
use super::expected::Expected;
use super::value::Value;
use std::collections::BTreeSet;
use std::ops::{Bound, RangeBounds};

/// What a group is known by, and its objects.
type Group<'c> = (&'c Value, &'c Vec<Value>);

impl Contents {
    fn is_ordered(&self) -> bool {
        self.kind == Kind::OrderedSet
    }

    fn key_of_group(&self, (_, objects): Group<'_>) -> Value {
        self.key_of(&objects[0])
    }

    fn key_and_objects(&self, group: Group<'_>) -> (Value, Vec<Value>) {
        (self.key_of_group(group), group.1.clone())
    }

    /// The groups, in the order of an ordered set or against it.
    pub fn groups_in(&self, direction: Direction) -> Vec<Group<'_>> {
        let mut groups: Vec<Group<'_>> = self.groups.iter().collect();
        if direction == Direction::Backward {
            groups.reverse();
        }
        groups
    }

    /// The group that comes after a key in this direction, in an ordered set.
    pub fn group_after(&self, key: &Value, direction: Direction) -> Option<Group<'_>> {
        let key = self.identity(key);
        match direction {
            Direction::Forward => self
                .groups
                .range((Bound::Excluded(&key), Bound::Unbounded))
                .next(),
            Direction::Backward => self.groups.range(..&key).next_back(),
        }
    }

    /// All keys, each once, in the order of an ordered set.
    pub fn keys(&self) -> Vec<Value> {
        let groups = self.groups.iter();
        groups.map(|group| self.key_of_group(group)).collect()
    }

    /// All keys, each once.
    pub fn walk(&self, direction: Direction) -> Expected {
        let groups = self.groups_in(direction);
        let keys = groups.into_iter().map(|group| self.key_of_group(group));
        if self.is_ordered() {
            Expected::Is(Answer::Several(keys.collect()))
        } else {
            Expected::Keys(keys.collect())
        }
    }

    /// All keys with their objects, each once.
    pub fn walk_lookup(&self, direction: Direction) -> Expected {
        if !self.is_ordered() {
            return Expected::KeysAndObjects(self.groups.clone());
        }
        let groups = self.groups_in(direction).into_iter();
        Expected::Is(Answer::KeysAndObjects(
            groups.map(|group| self.key_and_objects(group)).collect(),
        ))
    }

    /// All objects; forwards those of a key oldest first, backwards newest first.
    pub fn objects(&self, direction: Direction) -> Expected {
        if self.is_ordered() {
            let groups = self.groups_in(direction).into_iter();
            let objects = groups.flat_map(|(_, objects)| objects.clone());
            return Expected::Is(Answer::Several(objects.collect()));
        }
        let mut groups = self.groups.clone();
        if direction == Direction::Backward {
            groups.values_mut().for_each(|objects| objects.reverse());
        }
        Expected::Objects(groups)
    }

    /// `first`, or `last`, which is the same in the hash kinds: any key.
    pub fn first(&self, direction: Direction) -> Expected {
        if self.is_ordered() {
            let group = self.groups_in(direction).into_iter().next();
            return self.perhaps_key(group);
        }
        Expected::OneKeyOf {
            keys: self.groups.keys().cloned().collect(),
            end: self.groups.is_empty(),
        }
    }

    pub fn first_lookup(&self, direction: Direction) -> Expected {
        if self.is_ordered() {
            let group = self.groups_in(direction).into_iter().next();
            return self.perhaps_group(group);
        }
        Expected::OneGroupOf {
            groups: self.groups.clone(),
            end: self.groups.is_empty(),
        }
    }

    /// `next`, or `prev`, which is the same in the hash kinds: another key, we don't know which.
    pub fn next(&self, key: &Value, direction: Direction) -> Expected {
        if self.is_ordered() {
            let after = self.perhaps_key(self.group_after(key, direction));
            return after.or_fails(faults_of_walk_from(key));
        }
        let others = self.groups.keys().filter(|other| *other != key);
        let keys: BTreeSet<Value> = others.cloned().collect();
        self.after(key, Expected::OneKeyOf { keys, end: true })
    }

    pub fn next_lookup(&self, key: &Value, direction: Direction) -> Expected {
        if self.is_ordered() {
            let after = self.perhaps_group(self.group_after(key, direction));
            return after.or_fails(faults_of_walk_from(key));
        }
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

    fn perhaps_key(&self, group: Option<Group<'_>>) -> Expected {
        Expected::Is(Answer::Perhaps(group.map(|group| self.key_of_group(group))))
    }

    fn perhaps_group(&self, group: Option<Group<'_>>) -> Expected {
        Expected::Is(Answer::KeyAndObjects(
            group.map(|group| self.key_and_objects(group)),
        ))
    }

    /// `nth`: the key that so many keys are before.
    pub fn nth(&self, index: usize) -> Expected {
        if !self.is_ordered() {
            return Expected::fails(Cause::WrongKind);
        }
        self.perhaps_key(self.groups.iter().nth(index))
    }

    /// `rank`: how many keys are before this one, which need not be there.
    pub fn rank(&self, key: &Value) -> Expected {
        if !self.is_ordered() {
            return Expected::fails(Cause::WrongKind);
        }
        let before = self.groups.range(..self.identity(key)).count();
        Expected::Is(Answer::Count(before))
    }

    /// `count`: how many keys are within the bounds.
    pub fn count(&self, range: &KeyRange) -> Expected {
        if !self.is_ordered() {
            return Expected::fails(Cause::WrongKind);
        }
        let inside = self.groups_within(range, Direction::Forward);
        Expected::Is(Answer::Count(inside.len()))
    }

    /// The objects whose keys are within the bounds.
    pub fn range(&self, range: &KeyRange, direction: Direction) -> Expected {
        if !self.is_ordered() {
            return Expected::fails(Cause::WrongKind);
        }
        let inside = self.groups_within(range, direction).into_iter();
        let objects = inside.flat_map(|(_, objects)| objects.clone());
        Expected::Is(Answer::Several(objects.collect()))
    }

    fn groups_within(&self, range: &KeyRange, direction: Direction) -> Vec<Group<'_>> {
        let identity = |bound: &Bound<Value>| bound.as_ref().map(|key| self.identity(key));
        let range = (identity(&range.start), identity(&range.end));
        let mut groups = self.groups_in(direction);
        groups.retain(|(key, _)| range.contains(*key));
        groups
    }

    /// `pop_first`, `pop_last`: removes the first object in this direction.
    pub fn pop(&mut self, direction: Direction) -> Expected {
        if !self.is_ordered() {
            return Expected::fails(Cause::WrongKind);
        }
        let first = self.groups_in(direction).into_iter().next();
        let key = first.map(|(key, _)| key.clone());
        let objects = key.map(|key| self.remove(&key)).unwrap_or_default();
        Expected::Is(Answer::Perhaps(objects.into_iter().next()))
    }
}

/// Erlang refuses to go on from the atom that stands for the end, even if it is a key. Where the
/// end is no atom, that is not needed.
fn faults_of_walk_from(key: &Value) -> Vec<Cause> {
    let is_end = key.as_atom() == Some("$end_of_table");
    Vec::from_iter(is_end.then_some(Cause::NoSuchKey))
}
