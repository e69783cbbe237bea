//! The calls that take a pattern or a match specification.

use super::call::{Answer, Cause, Direction, ProcessNumber, Query};
use super::contents::{Checked, Contents, Kind};
use super::expected::{Expected, Groups};
use super::spec::Specification;
use super::value::Value;

impl Query {
    /// The specification that it asks with; none if that is none.
    pub fn specification(&self) -> Option<Specification> {
        match self {
            Query::Match(pattern) => Specification::of_pattern(pattern, "$$"),
            Query::MatchObject(pattern) => Specification::of_pattern(pattern, "$_"),
            Query::Select(source) | Query::SelectReverse(source) => Specification::parse(source),
        }
    }
}

fn checked(specification: Option<Specification>) -> Checked<Specification> {
    specification.ok_or(vec![Cause::BadSpecification])
}

fn parsed(source: &Value) -> Checked<Specification> {
    checked(Specification::parse(source))
}

impl Contents {
    /// The results of the objects that match, in the order of an ordered set.
    fn results(
        &self,
        specification: &Specification,
        direction: Direction,
        caller: ProcessNumber,
    ) -> Vec<Value> {
        let groups = self.groups_in(direction).into_iter();
        groups
            .flat_map(|(_, objects)| objects)
            .filter_map(|object| specification.result(object, caller))
            .collect()
    }

    /// What is right for results in the order of an ordered set.
    fn in_order(&self, results: Vec<Value>) -> Expected {
        match self.kind {
            Kind::OrderedSet => Expected::Is(Answer::Several(results)),
            _ => Expected::AnyOrder(results),
        }
    }

    /// All results of a query, in one call.
    pub fn all(&self, query: &Query, caller: ProcessNumber) -> Expected {
        let specification = match checked(query.specification()) {
            Err(causes) => return Expected::Fails(causes),
            Ok(specification) => specification,
        };
        let results = self.results(&specification, query.direction(), caller);
        match (self.kind, query) {
            // Objects of one key stay beside each other.
            (Kind::Set | Kind::Bag | Kind::DuplicateBag, Query::MatchObject(_)) => {
                Expected::Objects(self.matching(&specification, caller))
            }
            _ => self.in_order(results),
        }
    }

    /// All results of a query, in chunks.
    pub fn chunks(&self, query: &Query, limit: usize, caller: ProcessNumber) -> Expected {
        match checked(query.specification()) {
            Err(causes) => Expected::Fails(causes).or_fails(faults_of_limit(limit)),
            Ok(_) if limit == 0 => Expected::fails(Cause::BadLimit),
            Ok(specification) => {
                self.in_order(self.results(&specification, query.direction(), caller))
            }
        }
    }

    /// The groups of the objects that match.
    fn matching(&self, specification: &Specification, caller: ProcessNumber) -> Groups {
        let mut groups = self.groups.clone();
        for objects in groups.values_mut() {
            objects.retain(|object| specification.result(object, caller).is_some());
        }
        groups.retain(|_, objects| !objects.is_empty());
        groups
    }

    pub fn select_count(&self, source: &Value, caller: ProcessNumber) -> Expected {
        match parsed(source) {
            Err(causes) => Expected::Fails(causes),
            Ok(specification) => {
                Expected::Is(Answer::Count(self.count_true(&specification, caller)))
            }
        }
    }

    fn count_true(&self, specification: &Specification, caller: ProcessNumber) -> usize {
        let objects = self.groups.values().flatten();
        objects
            .filter(|object| specification.is_true(object, caller))
            .count()
    }

    pub fn match_delete(&mut self, pattern: &Value, caller: ProcessNumber) -> Expected {
        match checked(Specification::of_pattern(pattern, "true")) {
            Err(causes) => Expected::Fails(causes),
            Ok(specification) => {
                self.delete_where(|object| specification.is_true(object, caller));
                Expected::DONE
            }
        }
    }

    pub fn select_delete(&mut self, source: &Value, caller: ProcessNumber) -> Expected {
        match parsed(source) {
            Err(causes) => Expected::Fails(causes),
            Ok(specification) => {
                let count = self.count_true(&specification, caller);
                self.delete_where(|object| specification.is_true(object, caller));
                Expected::Is(Answer::Count(count))
            }
        }
    }

    /// `select_take`: the results of the objects that match, which are removed.
    pub fn select_take(&mut self, source: &Value, caller: ProcessNumber) -> Expected {
        match parsed(source) {
            Err(causes) => Expected::Fails(causes),
            Ok(specification) => {
                let results = self.results(&specification, Direction::Forward, caller);
                self.delete_where(|object| specification.result(object, caller).is_some());
                self.in_order(results)
            }
        }
    }

    fn delete_where(&mut self, delete: impl Fn(&Value) -> bool) {
        let identities: Vec<Value> = self.groups.keys().cloned().collect();
        for identity in identities {
            self.retain(&identity, |object| !delete(object));
        }
    }

    /// Each object that matches becomes its result, where it is. Counted even if it is the same.
    pub fn select_replace(&mut self, source: &Value, caller: ProcessNumber) -> Expected {
        let specification = parsed(source);
        if self.kind == Kind::Bag {
            let faults = specification.err().unwrap_or_default();
            return Expected::fails(Cause::WrongKind).or_fails(faults);
        }
        let specification = match specification {
            Err(causes) => return Expected::Fails(causes),
            Ok(specification) if !specification.keeps_key(self.key_position) => {
                return Expected::fails(Cause::KeyNotKept);
            }
            Ok(specification) => specification,
        };
        let mut count = 0;
        for object in self.groups.values_mut().flatten() {
            if let Some(result) = specification.result(object, caller) {
                *object = result;
                count += 1;
            }
        }
        Expected::Is(Answer::Count(count))
    }
}

/// What a query says wrong by itself, whatever the table is.
pub fn faults_of_query(query: &Query) -> Vec<Cause> {
    checked(query.specification()).err().unwrap_or_default()
}

/// What is wrong with a specification by itself.
pub fn faults_of_specification(source: &Value) -> Vec<Cause> {
    parsed(source).err().unwrap_or_default()
}

pub fn faults_of_pattern(pattern: &Value) -> Vec<Cause> {
    checked(Specification::of_pattern(pattern, "true"))
        .err()
        .unwrap_or_default()
}

pub fn faults_of_limit(limit: usize) -> Vec<Cause> {
    Vec::from_iter((limit == 0).then_some(Cause::BadLimit))
}
