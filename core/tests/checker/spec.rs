//! What a table answers to calls made one after the other. Objects are a key and a number.

/// Keys of a history.
pub const KEYS: usize = 3;

/// One of the keys, by number.
pub type Key = usize;

/// The kind of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Set,
    OrderedSet,
    Bag,
    DuplicateBag,
}

impl Kind {
    /// Erlang's name of the kind.
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

/// Which way a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Forward,
    Backward,
}

/// A step of a walk: to the first key, or on from a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub from: Option<Key>,
    pub direction: Direction,
    /// `first_lookup` and the like, which answer the objects too.
    pub with_objects: bool,
}

/// A call; each is atomic as a whole, but for [`Call::Step`] in the hash kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// `insert` of one object or of a list.
    Insert(Vec<(Key, i64)>),
    InsertNew(Vec<(Key, i64)>),
    Lookup(Key),
    LookupElement(Key),
    Member(Key),
    Take(Key),
    Delete(Key),
    DeleteObject(Key, i64),
    DeleteAllObjects,
    Step(Step),
    /// `pop_first` or `pop_last`, in ordered sets.
    Pop(Direction),
    /// Adds the number. Sets only, as the next two.
    UpdateCounter(Key, i64),
    /// Adds the first number; to the second one, if the key is missing.
    UpdateCounterOr(Key, i64, i64),
    UpdateElement(Key, i64),
}

/// What a call answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Done,
    Truth(bool),
    /// The numbers of the objects of a key, oldest first.
    Numbers(Vec<i64>),
    /// Where a step of a walk came to, and the numbers there if it was asked for them.
    Met(Met, Vec<i64>),
    NoSuchKey,
}

/// What a step of a walk came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    Key(Key),
    /// A key that the history is not about.
    Other,
    End,
}

impl Call {
    /// Whether it leaves everything as it is.
    pub fn is_read(&self) -> bool {
        matches!(
            self,
            Call::Lookup(_) | Call::LookupElement(_) | Call::Member(_) | Call::Step(_)
        )
    }
}

/// The numbers stored under each key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State([Vec<i64>; KEYS]);

impl State {
    /// Makes the call.
    pub fn apply(&mut self, kind: Kind, call: &Call) -> Answer {
        match call {
            Call::Insert(objects) => self.insert(kind, objects),
            Call::InsertNew(objects) => {
                let all_new = objects.iter().all(|&(key, _)| self.0[key].is_empty());
                if all_new {
                    self.insert(kind, objects);
                }
                Answer::Truth(all_new)
            }
            Call::Lookup(key) => Answer::Numbers(self.0[*key].clone()),
            Call::LookupElement(key) if self.0[*key].is_empty() => Answer::NoSuchKey,
            Call::LookupElement(key) => Answer::Numbers(self.0[*key].clone()),
            Call::Member(key) => Answer::Truth(!self.0[*key].is_empty()),
            Call::Take(key) => Answer::Numbers(std::mem::take(&mut self.0[*key])),
            Call::Delete(key) => self.retain(*key, |_| false),
            Call::DeleteObject(key, number) => self.retain(*key, |other| other != *number),
            Call::DeleteAllObjects => {
                *self = State::default();
                Answer::Done
            }
            Call::Step(step) => self.step(kind, *step),
            Call::Pop(direction) => {
                let first = self.first_from(None, *direction);
                let numbers = first.map(|key| std::mem::take(&mut self.0[key]));
                met(first, numbers.unwrap_or_default())
            }
            Call::UpdateCounter(key, step) => match self.0[*key].first_mut() {
                None => Answer::NoSuchKey,
                Some(number) => {
                    *number += step;
                    Answer::Numbers(vec![*number])
                }
            },
            Call::UpdateCounterOr(key, step, default) => {
                let number = self.0[*key].first().unwrap_or(default) + step;
                self.0[*key] = vec![number];
                Answer::Numbers(vec![number])
            }
            Call::UpdateElement(key, number) => {
                self.0[*key].iter_mut().for_each(|old| *old = *number);
                Answer::Truth(!self.0[*key].is_empty())
            }
        }
    }

    fn insert(&mut self, kind: Kind, objects: &[(Key, i64)]) -> Answer {
        for &(key, number) in objects {
            let stored = &mut self.0[key];
            match kind {
                Kind::Set | Kind::OrderedSet => *stored = vec![number],
                Kind::Bag if stored.contains(&number) => {}
                Kind::Bag | Kind::DuplicateBag => stored.push(number),
            }
        }
        Answer::Done
    }

    /// In the hash kinds a key must be there, and both directions are the same; as they have some
    /// order, let it be that of the keys.
    fn step(&self, kind: Kind, step: Step) -> Answer {
        let is_gone = step.from.is_some_and(|key| self.0[key].is_empty());
        let direction = match kind {
            Kind::OrderedSet => step.direction,
            _ if is_gone => return Answer::NoSuchKey,
            _ => Direction::Forward,
        };
        let key = self.first_from(step.from, direction);
        let numbers = key.filter(|_| step.with_objects);
        met(key, numbers.map_or(vec![], |key| self.0[key].clone()))
    }

    /// The first key that is there, behind another if one is given.
    fn first_from(&self, from: Option<Key>, direction: Direction) -> Option<Key> {
        let mut is_there = |key: &Key| !self.0[*key].is_empty();
        match direction {
            Direction::Forward => (from.map_or(0, |key| key + 1)..KEYS).find(&mut is_there),
            Direction::Backward => (0..from.unwrap_or(KEYS)).rfind(is_there),
        }
    }

    fn retain(&mut self, key: Key, keep: impl Fn(i64) -> bool) -> Answer {
        self.0[key].retain(|&number| keep(number));
        Answer::Done
    }
}

fn met(key: Option<Key>, numbers: Vec<i64>) -> Answer {
    Answer::Met(key.map_or(Met::End, Met::Key), numbers)
}
