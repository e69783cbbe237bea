//! The calls of a history on a real table. All that a call needs is made before it, and its answer
//! read after it, so that nothing but the call lies between two moments.

use super::program::{Planned, Random};
use super::spec::{Answer, Call, Direction, KEYS, Key, Kind, Met, Step};
use super::walks::Order;
use heirloom::{
    Atom, CounterOperation, CounterOps, ElementChanges, Objects, Table, TableError, Term, TermRef,
    ToTerm,
};

/// What the keys of a history are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyShape {
    Integer,
    Binary,
    /// 1,200 bytes, equal but for the last ones.
    LongBinary,
}

/// What the objects of a history are; every one is told whole by its key and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectShape {
    /// `{Key, Number}`.
    Pair,
    /// `{Key, Number, …}`, the number eight times: an object of which a part was read shows.
    Copies,
    /// `{Key, Number, Binary}` of 1,500 bytes.
    Large,
}

const COPIES: usize = 8;
const LARGE_BYTES: usize = 1_500;

/// What table a history is about.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub kind: Kind,
    pub keys: KeyShape,
    pub objects: ObjectShape,
    /// Objects of other keys in each list: 50, so that it takes time to insert it, or 70, so that
    /// it is longer than what is inserted in one batch.
    pub list_fillers: usize,
    /// Whether all other keys come after those of a history in Erlang's order, or before them.
    pub others_after: bool,
}

impl Layout {
    pub fn random(random: &mut Random, kind: Kind) -> Layout {
        Layout {
            kind,
            keys: random.one_of(&[
                KeyShape::Integer,
                KeyShape::Integer,
                KeyShape::Binary,
                KeyShape::LongBinary,
            ]),
            objects: random.one_of(&[
                ObjectShape::Pair,
                ObjectShape::Pair,
                ObjectShape::Copies,
                ObjectShape::Large,
            ]),
            list_fillers: random.one_of(&[0, 0, 50, 70]),
            others_after: random.below(2) == 0,
        }
    }

    /// Which way a walk goes from the end where no other keys are.
    pub fn free_end(&self) -> Direction {
        if self.others_after {
            Direction::Forward
        } else {
            Direction::Backward
        }
    }

    /// Number `key` of the keys of a turn. Those of the turns before are others.
    fn key(&self, turn: i64, key: Key) -> Term {
        let turn = if self.others_after {
            TURNS_MAX - turn
        } else {
            turn
        };
        let number = turn * KEYS as i64 + key as i64;
        match self.keys {
            KeyShape::Integer => term(number),
            KeyShape::Binary => term(format!("key {number:010}")),
            KeyShape::LongBinary => term(format!("{number:>1200}")),
        }
    }

    /// One of any number of other keys.
    fn filler_key(&self, index: i64) -> Term {
        match (self.others_after, self.keys) {
            (false, _) => term(-1 - index),
            (true, KeyShape::Integer) => term(FIRST_FILLER + index),
            (true, _) => term(format!("~{index:020}")),
        }
    }
}

/// More turns than any table has.
const TURNS_MAX: i64 = 1 << 30;
/// Larger tables are not walked whole.
const SMALL_TABLE_OBJECTS: u64 = 1_000;
/// An integer above all keys of histories.
const FIRST_FILLER: i64 = 1 << 40;

/// A table, and the keys of one history on it.
#[derive(Clone)]
pub struct Subject {
    table: Table,
    layout: Layout,
    keys: [Term; KEYS],
}

/// A call with all its arguments made.
pub enum Prepared {
    Insert(Term),
    InsertNew(Term),
    Lookup(Term),
    /// A lookup that makes no copy, of the one object of a set.
    With(Term),
    LookupElement(Term),
    Member(Term),
    Take(Term),
    Delete(Term),
    DeleteObject(Term),
    DeleteAllObjects,
    UpdateCounter(Term, CounterOps),
    UpdateCounterOr(Term, CounterOps, Term),
    UpdateElement(Term, ElementChanges),
    Pop(Direction),
    First(Direction),
    FirstLookup(Direction),
    Next(Term, Direction),
    NextLookup(Term, Direction),
}

/// What a call answered, not yet read.
pub enum Raw {
    Done,
    Truth(bool),
    Objects(Objects),
    Number(Option<i64>),
    Element(Term),
    Object(Option<Term>),
    Key(Option<Term>),
    KeyAndObjects(Option<(Term, Objects)>),
    Failed(TableError),
}

impl From<TableError> for Raw {
    fn from(error: TableError) -> Raw {
        Raw::Failed(error)
    }
}

impl Subject {
    pub fn new(layout: Layout) -> Subject {
        let [kind, public] = [layout.kind.name(), "public"].map(atom);
        let table = Table::new(atom("history"), vec![kind, public]);
        Subject {
            table: table.expect("a table can be made"),
            layout,
            keys: [0, 1, 2].map(|key| layout.key(0, key)),
        }
    }

    /// The same table with other keys: number `turn` of as many triples as one likes.
    pub fn with_keys_of(&self, turn: i64) -> Subject {
        Subject {
            keys: [0, 1, 2].map(|key| self.layout.key(turn, key)),
            ..self.clone()
        }
    }

    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Objects of other keys, many of them, for a large table.
    pub fn fill(&self, count: i64) {
        self.table
            .insert_many(
                (0..count).map(|index| (self.layout.filler_key(FILLERS_THAT_STAY + index), 0)),
            )
            .expect("the objects are good");
    }

    /// A few insertions and deletions of other keys: `position` says which. They come in long rows
    /// of either, so that the table grows and shrinks all the time.
    pub fn churn(&self, position: i64, row_length: i64) {
        let key = self
            .layout
            .filler_key(FILLERS_OF_CHURN + position % row_length);
        let inserts = (position / row_length) % 2 == 0;
        let outcome = if inserts {
            self.table.insert((key, position))
        } else {
            self.table.delete(key)
        };
        outcome.expect("the table lives");
    }

    pub fn delete(&self) {
        self.table.delete_table().expect("the table lives");
    }

    /// The call with its arguments. `number` is another one for each call on the table.
    pub fn prepare(&self, random: &mut Random, planned: &Planned, number: i64) -> Prepared {
        let key = |key: &Key| self.keys[*key].clone();
        match &planned.call {
            Call::Insert(objects) => Prepared::Insert(self.insertion(random, objects, 0)),
            // Another thread's fillers must not be in the way of an `insert_new`: nobody else uses
            // these.
            Call::InsertNew(objects) => {
                Prepared::InsertNew(self.insertion(random, objects, number))
            }
            Call::Lookup(lookup) if self.layout.kind.is_set() && random.below(2) == 0 => {
                Prepared::With(key(lookup))
            }
            Call::Lookup(lookup) => Prepared::Lookup(key(lookup)),
            Call::LookupElement(lookup) => Prepared::LookupElement(key(lookup)),
            Call::Member(lookup) => Prepared::Member(key(lookup)),
            Call::Take(taken) => Prepared::Take(key(taken)),
            Call::Delete(deleted) => Prepared::Delete(key(deleted)),
            Call::DeleteObject(deleted, number) => {
                Prepared::DeleteObject(self.object(*deleted, *number))
            }
            Call::DeleteAllObjects => Prepared::DeleteAllObjects,
            Call::UpdateCounter(counter, step) => {
                Prepared::UpdateCounter(key(counter), self.additions(*step))
            }
            Call::UpdateCounterOr(counter, step, default) => Prepared::UpdateCounterOr(
                key(counter),
                self.additions(*step),
                self.object(*counter, *default),
            ),
            Call::UpdateElement(updated, number) => {
                Prepared::UpdateElement(key(updated), self.changes(*number))
            }
            Call::Pop(direction) => Prepared::Pop(*direction),
            Call::Step(step) => self.prepare_step(*step),
        }
    }

    fn prepare_step(&self, step: Step) -> Prepared {
        let from = step.from.map(|key| self.keys[key].clone());
        match (from, step.with_objects) {
            (None, false) => Prepared::First(step.direction),
            (None, true) => Prepared::FirstLookup(step.direction),
            (Some(key), false) => Prepared::Next(key, step.direction),
            (Some(key), true) => Prepared::NextLookup(key, step.direction),
        }
    }

    /// One object as it is, several as a list with fillers among them.
    fn insertion(&self, random: &mut Random, objects: &[(Key, i64)], number: i64) -> Term {
        let mut terms: Vec<Term> = objects
            .iter()
            .map(|&(key, number)| self.object(key, number))
            .collect();
        if let [one] = terms.as_slice() {
            return one.clone();
        }
        for index in 0..self.layout.list_fillers as i64 {
            let key = self
                .layout
                .filler_key(number * self.layout.list_fillers as i64 + index);
            let at = random.below(terms.len() + 1);
            terms.insert(at, term((key, number)));
        }
        term(terms)
    }

    fn object(&self, key: Key, number: i64) -> Term {
        let key = &self.keys[key];
        match self.layout.objects {
            ObjectShape::Pair => term((key, number)),
            ObjectShape::Copies => {
                let copies = std::iter::repeat_n(term(number), COPIES);
                Term::tuple(std::iter::once(key.clone()).chain(copies)).expect("a tuple")
            }
            ObjectShape::Large => term((key, number, Term::binary(&[b'x'; LARGE_BYTES]))),
        }
    }

    /// The last position of the number in an object.
    fn last_copy(&self) -> usize {
        if self.layout.objects == ObjectShape::Copies {
            1 + COPIES
        } else {
            2
        }
    }

    fn additions(&self, step: i64) -> CounterOps {
        (2..=self.last_copy())
            .map(|position| CounterOperation::new(position, step))
            .collect::<Vec<_>>()
            .into()
    }

    fn changes(&self, number: i64) -> ElementChanges {
        (2..=self.last_copy())
            .map(|position| (position, number))
            .collect::<Vec<_>>()
            .into()
    }

    /// Makes the call.
    #[inline]
    pub fn perform(&self, prepared: Prepared) -> Raw {
        self.try_perform(prepared).unwrap_or_else(Raw::Failed)
    }

    #[inline]
    fn try_perform(&self, prepared: Prepared) -> Result<Raw, TableError> {
        let table = &self.table;
        Ok(match prepared {
            Prepared::Insert(argument) => done(table.insert(&argument)?),
            Prepared::InsertNew(argument) => Raw::Truth(table.insert_new(&argument)?),
            Prepared::Lookup(key) => Raw::Objects(table.lookup(&key)?),
            Prepared::With(key) => Raw::Number(table.with(&key, number_of)?),
            Prepared::LookupElement(key) => Raw::Element(table.lookup_element(&key, 2)?),
            Prepared::Member(key) => Raw::Truth(table.member(&key)?),
            Prepared::Take(key) => Raw::Objects(table.take(&key)?),
            Prepared::Delete(key) => done(table.delete(&key)?),
            Prepared::DeleteObject(object) => done(table.delete_object(&object)?),
            Prepared::DeleteAllObjects => done(table.delete_all_objects()?),
            Prepared::UpdateCounter(key, additions) => {
                Raw::Element(table.update_counter(&key, additions)?)
            }
            Prepared::UpdateCounterOr(key, additions, default) => {
                Raw::Element(table.update_counter_or(&key, additions, &default)?)
            }
            Prepared::UpdateElement(key, changes) => {
                Raw::Truth(table.update_element(&key, changes)?)
            }
            Prepared::Pop(Direction::Forward) => Raw::Object(table.pop_first()?),
            Prepared::Pop(Direction::Backward) => Raw::Object(table.pop_last()?),
            step => self.perform_step(step)?,
        })
    }

    #[inline]
    fn perform_step(&self, prepared: Prepared) -> Result<Raw, TableError> {
        use Direction::{Backward, Forward};
        let table = &self.table;
        Ok(match prepared {
            Prepared::First(Forward) => Raw::Key(table.first()?),
            Prepared::First(Backward) => Raw::Key(table.last()?),
            Prepared::FirstLookup(Forward) => Raw::KeyAndObjects(table.first_lookup()?),
            Prepared::FirstLookup(Backward) => Raw::KeyAndObjects(table.last_lookup()?),
            Prepared::Next(key, Forward) => Raw::Key(table.next(&key)?),
            Prepared::Next(key, Backward) => Raw::Key(table.prev(&key)?),
            Prepared::NextLookup(key, Forward) => Raw::KeyAndObjects(table.next_lookup(&key)?),
            Prepared::NextLookup(key, Backward) => Raw::KeyAndObjects(table.prev_lookup(&key)?),
            _ => unreachable!("the other calls are no steps"),
        })
    }

    /// Reads the answer. Panics at an object that was never whole.
    pub fn interpret(&self, call: &Call, raw: Raw) -> Answer {
        match raw {
            Raw::Done => Answer::Done,
            Raw::Truth(truth) => Answer::Truth(truth),
            Raw::Objects(objects) => Answer::Numbers(
                objects
                    .iter()
                    .map(|object| number_of(object.as_ref()))
                    .collect(),
            ),
            Raw::Number(number) => Answer::Numbers(number.into_iter().collect()),
            Raw::Element(element) => Answer::Numbers(self.numbers(call, element.as_ref())),
            Raw::Object(object) => self.popped(object),
            Raw::Key(key) => Answer::Met(self.met(key.as_ref()), vec![]),
            Raw::KeyAndObjects(group) => self.met_with_objects(group),
            Raw::Failed(TableError::KeyNotFound { .. }) => Answer::NoSuchKey,
            Raw::Failed(error) => panic!("{call:?} failed: {error}"),
        }
    }

    fn popped(&self, object: Option<Term>) -> Answer {
        let object = object.as_ref().map(Term::as_ref);
        let key = object.and_then(|object| object.element(1));
        let met = self.met(key.map(|key| key.to_term()).as_ref());
        let numbers = object.filter(|_| met != Met::End).map(number_of);
        Answer::Met(met, numbers.into_iter().collect())
    }

    fn met_with_objects(&self, group: Option<(Term, Objects)>) -> Answer {
        let Some((key, objects)) = group else {
            return Answer::Met(Met::End, vec![]);
        };
        let met = self.met(Some(&key));
        let numbers = match met {
            Met::Key(_) => objects.iter().map(|object| number_of(object.as_ref())),
            _ => return Answer::Met(met, vec![]),
        };
        Answer::Met(met, numbers.collect())
    }

    /// In an ordered set all other keys are beyond the end of those of the history.
    fn met(&self, key: Option<&Term>) -> Met {
        let Some(key) = key else { return Met::End };
        match self.keys.iter().position(|own| own == key) {
            Some(key) => Met::Key(key),
            None if self.layout.kind == Kind::OrderedSet => Met::End,
            None => Met::Other,
        }
    }

    /// The order in which a walk meets the keys of the history: in a hash table that is small, by
    /// trying. All of them are there afterwards.
    pub fn order(&self) -> Option<Order> {
        let is_small = self.table.size().expect("the table lives") < SMALL_TABLE_OBJECTS;
        if self.layout.kind == Kind::OrderedSet || !is_small {
            return None;
        }
        let objects: Vec<Term> = (0..KEYS).map(|key| self.object(key, 0)).collect();
        self.table.insert(term(objects)).expect("the table lives");
        let mut order = Vec::new();
        let mut at = self.table.first().expect("the table lives");
        while let Some(key) = at {
            order.extend(self.keys.iter().position(|own| *own == key));
            at = self.table.next(&key).expect("the key is there");
        }
        Some(order.try_into().expect("each key is met once"))
    }

    /// The numbers in a result: those of several objects, or the same number for every copy of it.
    fn numbers(&self, call: &Call, element: TermRef<'_>) -> Vec<i64> {
        let Some(list) = element.list_elements() else {
            return vec![integer(element)];
        };
        let mut numbers: Vec<i64> = list.map(integer).collect();
        if !matches!(call, Call::LookupElement(_)) {
            numbers.dedup();
        }
        numbers
    }
}

fn atom(text: &str) -> Atom {
    Atom::new(text).expect("a short text")
}

fn done((): ()) -> Raw {
    Raw::Done
}

fn term(value: impl ToTerm) -> Term {
    value.to_term().expect("the value is a term")
}

/// The fillers before this one are for lists.
const FILLERS_OF_CHURN: i64 = 1 << 40;
const FILLERS_THAT_STAY: i64 = 1 << 41;

fn integer(term: TermRef<'_>) -> i64 {
    term.as_i64()
        .unwrap_or_else(|| panic!("no number of ours: {term}"))
}

/// The number of an object, which must be whole.
fn number_of(object: TermRef<'_>) -> i64 {
    let number = integer(object.element(2).expect("an object has a number"));
    for other in object.elements().expect("an object is a tuple").skip(2) {
        let whole = match other.as_bytes() {
            Some(bytes) => bytes.len() == LARGE_BYTES && bytes.iter().all(|&byte| byte == b'x'),
            None => other.as_i64() == Some(number),
        };
        assert!(whole, "an object in parts: {object}");
    }
    number
}
