//! Continuations: what the next chunk of a query may hold, while the table goes on changing.
//!
//! In an ordered set that is exact: the results beyond the last object delivered. In the hash kinds
//! the order is the table's own, so we count: nothing is delivered that is not there, or more often
//! than it has come, and what has been there all the time is delivered by the end. (Erlang may
//! deliver what is gone since the chunk before; the crate promises not to.)

use super::call::{Direction, ProcessNumber, Query};
use super::contents::{Contents, Kind};
use super::spec::Specification;
use super::value::Value;
use std::collections::BTreeMap;

/// How often each value is there.
type Bag = BTreeMap<Value, usize>;

/// What is right for a chunk.
#[derive(Clone, Debug, PartialEq)]
pub enum Chunk {
    /// These results. There is a continuation if there is `more`, and at most if the chunk is full.
    Exactly {
        results: Vec<Value>,
        limit: usize,
        more: bool,
    },
    /// Results that are in both `now` and `new`, and where there is no continuation all of `due`.
    Of {
        now: Bag,
        new: Bag,
        due: Bag,
        limit: usize,
    },
}

impl Chunk {
    /// A chunk with a continuation is full.
    pub fn allows(&self, met: &[Value], continues: bool) -> bool {
        match self {
            Chunk::Exactly {
                results,
                limit,
                more,
            } => {
                let is_full = met.len() == *limit;
                met == results && (!more || continues) && (!continues || is_full)
            }
            Chunk::Of {
                now,
                new,
                due,
                limit,
            } => {
                let is_full = met.len() == *limit;
                let met_bag = counted(met);
                met.len() <= *limit
                    && includes(now, &met_bag)
                    && includes(new, &met_bag)
                    && if continues {
                        is_full
                    } else {
                        includes(&met_bag, due)
                    }
            }
        }
    }
}

fn counted<'v>(values: impl IntoIterator<Item = &'v Value>) -> Bag {
    let mut bag = Bag::new();
    for value in values {
        *bag.entry(value.clone()).or_default() += 1;
    }
    bag
}

fn count_in(bag: &Bag, value: &Value) -> usize {
    bag.get(value).copied().unwrap_or(0)
}

fn includes(larger: &Bag, smaller: &Bag) -> bool {
    smaller
        .iter()
        .all(|(value, &count)| count_in(larger, value) >= count)
}

fn without(bag: &Bag, other: &Bag) -> Bag {
    let left = |(value, &count): (&Value, &usize)| {
        let left = count.saturating_sub(count_in(other, value));
        (left > 0).then(|| (value.clone(), left))
    };
    bag.iter().filter_map(left).collect()
}

/// A query of which some chunks are still to come.
#[derive(Debug)]
pub struct Cursor {
    specification: Specification,
    caller: ProcessNumber,
    direction: Direction,
    limit: usize,
    progress: Progress,
}

#[derive(Debug)]
enum Progress {
    /// The last key delivered, in an ordered set.
    After(Option<Value>),
    Counted(Counts),
}

/// Objects that match, while the query goes on, in one of the hash kinds.
#[derive(Debug, Default)]
struct Counts {
    now: Bag,
    /// How often each has been there or has come.
    ever: Bag,
    /// How often each has been there all the time.
    always: Bag,
    /// The results that were delivered.
    delivered: Bag,
}

impl Cursor {
    /// None if the query is none, or the limit.
    pub fn open(
        contents: &Contents,
        query: &Query,
        limit: usize,
        caller: ProcessNumber,
    ) -> Option<Cursor> {
        let mut cursor = Cursor {
            specification: query.specification()?,
            caller,
            direction: query.direction(),
            limit,
            progress: match contents.kind {
                Kind::OrderedSet => Progress::After(None),
                _ => Progress::Counted(Counts::default()),
            },
        };
        cursor.note(contents);
        if let Progress::Counted(counts) = &mut cursor.progress {
            counts.always = counts.now.clone();
        }
        (limit > 0).then_some(cursor)
    }

    /// Looks at what the table holds after a call.
    pub fn note(&mut self, contents: &Contents) {
        let matches = |object: &&Value| self.specification.result(object, self.caller).is_some();
        if let Progress::Counted(counts) = &mut self.progress {
            let objects = contents.groups.values().flatten();
            counts.note(counted(objects.filter(matches)));
        }
    }

    /// What the next chunk may be.
    pub fn next_chunk(&self, contents: &Contents) -> Chunk {
        let limit = self.limit;
        match &self.progress {
            Progress::After(key) => {
                let mut results = self.results_after(contents, key.as_ref());
                let more = results.len() > limit;
                results.truncate(limit);
                let results = results.into_iter().map(|(_, result)| result).collect();
                Chunk::Exactly {
                    results,
                    limit,
                    more,
                }
            }
            Progress::Counted(counts) => Chunk::Of {
                now: self.results_of(&counts.now),
                new: without(&self.results_of(&counts.ever), &counts.delivered),
                due: without(&self.results_of(&counts.always), &counts.delivered),
                limit,
            },
        }
    }

    /// Notes a chunk that was delivered. The table is as it was for [`Cursor::next_chunk`].
    pub fn deliver(&mut self, contents: &Contents, results: &[Value]) {
        let after = match &self.progress {
            Progress::After(key) => self
                .results_after(contents, key.as_ref())
                .into_iter()
                .take(results.len())
                .next_back()
                .map(|(key, _)| key),
            Progress::Counted(_) => None,
        };
        match &mut self.progress {
            Progress::After(key) => *key = after.or(key.take()),
            Progress::Counted(counts) => {
                for result in results {
                    *counts.delivered.entry(result.clone()).or_default() += 1;
                }
            }
        }
    }

    /// The results beyond a key, each with its own key.
    fn results_after(&self, contents: &Contents, key: Option<&Value>) -> Vec<(Value, Value)> {
        let is_beyond = |identity: &Value| match (key, self.direction) {
            (None, _) => true,
            (Some(key), Direction::Forward) => identity > key,
            (Some(key), Direction::Backward) => identity < key,
        };
        let groups = contents.groups_in(self.direction).into_iter();
        groups
            .filter(|(identity, _)| is_beyond(identity))
            .flat_map(|(identity, objects)| objects.iter().map(move |object| (identity, object)))
            .filter_map(|(identity, object)| {
                let result = self.specification.result(object, self.caller)?;
                Some((identity.clone(), result))
            })
            .collect()
    }

    fn results_of(&self, objects: &Bag) -> Bag {
        let mut results = Bag::new();
        for (object, count) in objects {
            let result = self.specification.result(object, self.caller);
            *results.entry(result.expect("it matched")).or_default() += count;
        }
        results
    }
}

impl Counts {
    fn note(&mut self, now: Bag) {
        for (object, &count) in &now {
            let come = count.saturating_sub(count_in(&self.now, object));
            *self.ever.entry(object.clone()).or_default() += come;
        }
        for (object, count) in &mut self.always {
            *count = (*count).min(count_in(&now, object));
        }
        self.now = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(key: i64, value: i64) -> Value {
        Value::tuple([Value::integer(key), Value::integer(value)])
    }

    fn objects(pairs: &[(i64, i64)]) -> Vec<Value> {
        pairs
            .iter()
            .map(|&(key, value)| object(key, value))
            .collect()
    }

    /// A table of these objects, and a query for all of them in chunks of two.
    fn opened(kind: Kind, pairs: &[(i64, i64)]) -> (Contents, Cursor) {
        let mut contents = Contents::new(kind, 1);
        contents.put_all(objects(pairs));
        let everything = Query::MatchObject(Value::atom("_"));
        let cursor = Cursor::open(&contents, &everything, 2, 0).expect("a query");
        (contents, cursor)
    }

    fn allows(contents: &Contents, cursor: &Cursor, pairs: &[(i64, i64)], continues: bool) -> bool {
        let chunk = cursor.next_chunk(contents);
        chunk.allows(&objects(pairs), continues)
    }

    #[test]
    fn chunks_of_an_ordered_set_go_on_behind_the_last_key() {
        let (mut contents, mut cursor) = opened(Kind::OrderedSet, &[(1, 1), (2, 1), (3, 1)]);
        assert!(allows(&contents, &cursor, &[(1, 1), (2, 1)], true));
        assert!(
            !allows(&contents, &cursor, &[(1, 1), (2, 1)], false),
            "3 is left"
        );
        assert!(!allows(&contents, &cursor, &[(1, 1)], true), "not full");
        cursor.deliver(&contents, &objects(&[(1, 1), (2, 1)]));
        contents.put_all(objects(&[(0, 2), (4, 2)]));
        contents.remove(&Value::integer(3));
        cursor.note(&contents);
        assert!(allows(&contents, &cursor, &[(4, 2)], false));
        assert!(
            !allows(&contents, &cursor, &[(3, 1), (4, 2)], false),
            "3 is gone"
        );
        contents.put(object(5, 2));
        assert!(
            allows(&contents, &cursor, &[(4, 2), (5, 2)], true),
            "ETS says so"
        );
        assert!(
            allows(&contents, &cursor, &[(4, 2), (5, 2)], false),
            "there is no more"
        );
    }

    #[test]
    fn what_stays_in_a_hash_table_is_delivered_once() {
        let (mut contents, mut cursor) = opened(Kind::Bag, &[(1, 1), (1, 2), (2, 1)]);
        for chunk in [[(1, 1), (1, 2)], [(2, 1), (1, 2)], [(2, 1), (1, 1)]] {
            assert!(allows(&contents, &cursor, &chunk, true));
            assert!(!allows(&contents, &cursor, &chunk, false), "one is left");
        }
        assert!(
            !allows(&contents, &cursor, &[(1, 1), (1, 1)], true),
            "one twice"
        );
        cursor.deliver(&contents, &objects(&[(1, 1), (2, 1)]));
        assert!(allows(&contents, &cursor, &[(1, 2)], false));
        assert!(
            !allows(&contents, &cursor, &[(2, 1)], false),
            "delivered before"
        );
        contents.remove(&Value::integer(1));
        contents.put(object(3, 1));
        cursor.note(&contents);
        assert!(allows(&contents, &cursor, &[], false));
        assert!(allows(&contents, &cursor, &[(3, 1)], false));
        assert!(!allows(&contents, &cursor, &[(1, 2)], false), "it is gone");
    }

    #[test]
    fn what_went_and_came_again_may_come_twice() {
        let (mut contents, mut cursor) = opened(Kind::Set, &[(1, 1), (2, 1), (3, 1)]);
        cursor.deliver(&contents, &objects(&[(1, 1), (2, 1)]));
        contents.remove(&Value::integer(1));
        cursor.note(&contents);
        contents.put(object(1, 1));
        cursor.note(&contents);
        assert!(allows(&contents, &cursor, &[(3, 1)], false));
        assert!(allows(&contents, &cursor, &[(1, 1), (3, 1)], false));
        assert!(!allows(&contents, &cursor, &[(2, 1), (3, 1)], false));
    }
}
