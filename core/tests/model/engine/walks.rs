//! The calls that go from key to key or from object to object, and those about the order of an
//! ordered set.

use super::super::call::*;
use super::super::value::Value;
use super::caller::{Called, Caller, count};
use heirloom::{Kind, Objects, TableError, Term, TermRef};
use proptest::test_runner::TestCaseError;
use std::ops::{Bound, ControlFlow};

/// Walks that go on for longer than this can have no end. Larger than any table of a test.
const WALK_KEYS_MAX: usize = 1_000_000;

/// What a check of a walk found, if the table could be asked.
type Checked = Result<Result<(), TestCaseError>, TableError>;

impl Caller<'_> {
    pub fn call_walk(&self, call: &Call) -> Called {
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
            Call::Walk if self.alternates() => Ok(Answer::Several(
                self.values(&table.keys().collect::<Result<Vec<Term>, _>>()?),
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
            other => self.call_on_all(other),
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

    /// Adds an object to those that a fold has met.
    fn collect(&self, mut objects: Vec<Value>, object: TermRef<'_>) -> Vec<Value> {
        objects.push(self.value(object));
        objects
    }

    fn call_on_all(&self, call: &Call) -> Called {
        let table = self.table;
        let collect = |objects, object: TermRef<'_>| self.collect(objects, object);
        match call {
            Call::FoldLeft => Ok(Answer::Several(table.foldl(Vec::new(), collect)?)),
            Call::FoldRight => Ok(Answer::Several(table.foldr(Vec::new(), collect)?)),
            Call::Slots => self.slots(),
            Call::ToList if self.alternates() => Ok(Answer::Several(
                self.values(&table.iter().collect::<Result<Vec<Term>, _>>()?),
            )),
            Call::ToList => Ok(Answer::Several(self.values(&table.tab2list()?))),
            other => self.call_ordered(other),
        }
    }

    fn call_ordered(&self, call: &Call) -> Called {
        let table = self.table;
        match call {
            Call::Nth(index) => Ok(self.perhaps(table.nth(*index as u64)?)),
            Call::Rank(key) => count(table.rank(self.key(key))?),
            Call::Count(range) => count(table.count(self.bounds(range))?),
            Call::Range(range, direction) => self.range(range, *direction),
            Call::PopFirst => Ok(self.perhaps(table.pop_first()?)),
            Call::PopLast => Ok(self.perhaps(table.pop_last()?)),
            other => self.call_query(other),
        }
    }

    fn bounds(&self, range: &KeyRange) -> (Bound<Term>, Bound<Term>) {
        let bound = |bound: &Bound<Value>| bound.as_ref().map(|key| self.key(key));
        (bound(&range.start), bound(&range.end))
    }

    fn range(&self, range: &KeyRange, direction: Direction) -> Called {
        let (table, bounds) = (self.table, self.bounds(range));
        let collect =
            |objects, object: TermRef<'_>| ControlFlow::Continue(self.collect(objects, object));
        let objects = match direction {
            Direction::Forward if self.alternates() => {
                let objects = table.range(bounds)?;
                self.values(&objects.collect::<Result<Vec<Term>, _>>()?)
            }
            Direction::Forward => table.fold_range(bounds, Vec::new(), collect)?,
            Direction::Backward => table.fold_range_reverse(bounds, Vec::new(), collect)?,
        };
        Ok(Answer::Several(objects))
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

    /// That the table has one order: each key has its place in it, asked in whatever way.
    pub fn check_order(&self) -> Checked {
        let table = self.table;
        let there = follow(|| table.first(), |key| table.next(key))?;
        let back = follow(|| table.last(), |key| table.prev(key))?;
        let numbers = match table.kind() {
            Kind::OrderedSet => self.check_numbers()?,
            _ => Ok(()),
        };
        Ok(there.and(back).and(numbers))
    }

    /// That each key of an ordered set is found by its number and has that number.
    fn check_numbers(&self) -> Checked {
        let table = self.table;
        let keys = walk(|| table.first(), |key| table.next(key))?;
        for (number, key) in (0..).zip(&keys) {
            let (found, rank) = (table.nth(number)?, table.rank(key)?);
            if found.as_ref() != Some(key) || rank != number {
                let message = format!("number {number} is {found:?}, but {key:?} is number {rank}");
                return Ok(Err(TestCaseError::fail(message)));
            }
        }
        Ok(Ok(()))
    }
}

/// Walks, and then asks once more for what follows each key.
fn follow(
    first: impl Fn() -> Result<Option<Term>, TableError>,
    next: impl Fn(&Term) -> Result<Option<Term>, TableError>,
) -> Checked {
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
