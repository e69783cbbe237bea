//! What a table answers to calls made one after the other. Objects are a key and a number.

/// Keys of a history.
pub const KEYS: usize = 3;

/// One of the keys, by number.
pub type Key = usize;

/// The kind of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Set,
    Bag,
    DuplicateBag,
}

/// A call; each is atomic as a whole.
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
    NoSuchKey,
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
                Kind::Set => *stored = vec![number],
                Kind::Bag if stored.contains(&number) => {}
                Kind::Bag | Kind::DuplicateBag => stored.push(number),
            }
        }
        Answer::Done
    }

    fn retain(&mut self, key: Key, keep: impl Fn(i64) -> bool) -> Answer {
        self.0[key].retain(|&number| keep(number));
        Answer::Done
    }
}
