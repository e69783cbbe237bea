//! The calls of a table and what they may answer, as data: one sequence of them runs on the model
//! and on the crate.

use super::value::Value;
use std::ops::Bound;

/// A process of a test, by number. All of [`PROCESSES`] live at the start and number 0 lives to the
/// end; what a dead process should do, number 0 does.
pub type ProcessNumber = usize;
/// A table of a test: the first one made is 0, the next 1.
pub type TableNumber = usize;
/// Where the test keeps the handle of a table. A slot without a table answers no call.
pub type SlotNumber = usize;
/// Where the test keeps a continuation of a table.
pub type PlaceNumber = usize;

/// How many processes a test has.
pub const PROCESSES: usize = 5;
/// How many slots the random steps use.
pub const SLOTS: usize = 3;
/// How many places for continuations a table has.
pub const PLACES: usize = 2;

/// Which way a walk goes; in the hash kinds both are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Forward,
    Backward,
}

/// A question that the table answers with a result for each object that matches, all of them in one
/// call or in chunks. Patterns and specifications are as they are given, good or bad.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    Match(Value),
    MatchObject(Value),
    Select(Value),
    SelectReverse(Value),
}

impl Query {
    pub fn direction(&self) -> Direction {
        match self {
            Query::SelectReverse(_) => Direction::Backward,
            _ => Direction::Forward,
        }
    }
}

/// Keys between two others.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyRange {
    pub start: Bound<Value>,
    pub end: Bound<Value>,
}

/// One call of one table.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    Insert(Value),
    InsertNew(Value),
    InsertMany(Vec<Value>),
    InitTable(Vec<Value>),
    Lookup(Value),
    With(Value),
    LookupMany(Vec<Value>),
    Member(Value),
    LookupElement {
        key: Value,
        position: usize,
    },
    LookupElementOr {
        key: Value,
        position: usize,
        default: Value,
    },
    Take(Value),
    Delete(Value),
    DeleteObject(Value),
    DeleteAllObjects,
    DeleteTable,
    UpdateCounter {
        key: Value,
        operations: Value,
    },
    UpdateCounterOr {
        key: Value,
        operations: Value,
        default: Value,
    },
    UpdateElement {
        key: Value,
        changes: Value,
    },
    UpdateElementOr {
        key: Value,
        changes: Value,
        default: Value,
    },
    First,
    Last,
    Next(Value),
    Previous(Value),
    FirstLookup,
    LastLookup,
    NextLookup(Value),
    PreviousLookup(Value),
    /// All keys by `first` and `next`, with the table as it is (nobody else uses it).
    Walk,
    /// All keys by `last` and `prev`.
    WalkBack,
    /// All keys with their objects by `first_lookup` and `next_lookup`.
    WalkLookup,
    /// All keys with their objects by `last_lookup` and `prev_lookup`.
    WalkLookupBack,
    /// Fixes the table, walks it and deletes each key as it is met; the keys met.
    FixedWalkDeleting,
    FoldLeft,
    FoldRight,
    /// What all slots hold, in their order; checks too that there is nothing past the end.
    Slots,
    ToList,
    FixTable(bool),
    Info(InfoItem),
    /// An item that no table has.
    InfoUnknown,
    Size,
    /// Asked of the table's handle, not through `info`.
    Owner,
    Rename(String),
    GiveAway {
        to: ProcessNumber,
        data: Value,
    },
    SetOptions(Value),
    /// `insert` of one list of the range's objects, longer than any batch.
    InsertRangeAtOnce(Range),
    /// The key at a place in the order, counted from 0.
    Nth(usize),
    Rank(Value),
    Count(KeyRange),
    /// The objects of a range.
    Range(KeyRange, Direction),
    PopFirst,
    PopLast,
    /// All results, in one call.
    All(Query),
    /// All results, in chunks, one after the other (nobody else uses the table).
    Chunks(Query, usize),
    /// The first chunk; the continuation is kept.
    Open {
        query: Query,
        limit: usize,
        place: PlaceNumber,
    },
    /// The next chunk of what was opened there.
    Continue(PlaceNumber),
    MatchDelete(Value),
    SelectCount(Value),
    SelectDelete(Value),
    SelectReplace(Value),
    SelectTake(Value),
    /// One `insert` for each object of the range.
    InsertRange(Range),
    /// One `delete` for each key of the range.
    DeleteRange(Range),
}

/// The items of `info` that a sequential model can foretell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InfoItem {
    Size,
    Name,
    NamedTable,
    KeyPosition,
    Type,
    Protection,
    Owner,
    Heir,
    Fixed,
    /// Only that it is a positive integer.
    Memory,
}

/// Many keys: `start`, `start + step`, …, `count` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub start: i64,
    pub step: i64,
    pub count: i64,
    pub shape: KeyShape,
    /// Distinguishes what one insertion writes from what another one does.
    pub mark: i64,
}

/// What the keys of a range are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyShape {
    Integer,
    /// `{I rem 100, I div 100}`.
    Tuple,
    /// The decimal digits.
    Binary,
}

impl Range {
    pub fn keys(self) -> impl Iterator<Item = Value> {
        (0..self.count).map(move |index| self.shape.key(self.start + index * self.step))
    }

    /// The objects, for a table whose keys are at `key_position`: the key, after that the mark and
    /// a number.
    pub fn objects(self, key_position: usize) -> impl Iterator<Item = Value> {
        self.keys().enumerate().map(move |(index, key)| {
            let mut elements = vec![Value::atom("filler"); key_position - 1];
            elements.push(key);
            elements.push(Value::integer(self.mark));
            elements.push(Value::integer(index % 10));
            Value::Tuple(elements)
        })
    }
}

impl KeyShape {
    pub fn key(self, index: i64) -> Value {
        match self {
            KeyShape::Integer => Value::integer(index),
            KeyShape::Tuple => {
                Value::tuple([Value::integer(index % 100), Value::integer(index / 100)])
            }
            KeyShape::Binary => Value::binary(index.to_string()),
        }
    }
}

/// One step of a sequence: who does what.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `Table::new`, its options as a term; the table goes to the slot.
    New {
        by: ProcessNumber,
        slot: SlotNumber,
        name: Value,
        options: Value,
    },
    Call {
        by: ProcessNumber,
        slot: SlotNumber,
        call: Call,
    },
    /// The process ends, unless it is number 0.
    Exit(ProcessNumber),
    /// What the process, if it lives, was sent since it was asked last.
    Mailbox(ProcessNumber),
    /// Which table has the name.
    Whereis(String),
    /// Which tables there are.
    All,
}

/// What a step answered.
pub type Outcome = Result<Answer, Cause>;

/// The answer of a call that succeeded.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Done,
    Truth(bool),
    Count(usize),
    Element(Value),
    /// An object, a key or an item of `info`, or that there is none.
    Perhaps(Option<Value>),
    /// Objects or keys in the order in which they came.
    Several(Vec<Value>),
    /// The objects of several keys, in the order of the keys asked for.
    Groups(Vec<Vec<Value>>),
    /// Results, and whether there is a continuation.
    Chunk(Vec<Value>, bool),
    KeyAndObjects(Option<(Value, Vec<Value>)>),
    KeysAndObjects(Vec<(Value, Vec<Value>)>),
    /// The table that has a name.
    Table(Option<TableNumber>),
    Tables(Vec<TableNumber>),
    /// Transfers: the table, who had it, the data.
    Transfers(Vec<(TableNumber, ProcessNumber, Value)>),
}

/// Why a call failed: the causes that the errors of the crate tell apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    NoSuchTable,
    AccessDenied,
    /// The kind of the table has no such call.
    WrongKind,
    NoSuchKey,
    /// The call may not touch the element that is the key.
    KeyPosition,
    /// There is no such position.
    Position,
    NotATuple,
    /// The object ends before the key position.
    TooShort,
    ImproperList,
    NotAnInteger,
    /// A counter operation or an element change that is none.
    BadOperation,
    NotOwner,
    AlreadyOwner,
    /// A pattern or a match specification that is none.
    BadSpecification,
    /// `select_replace` might change a key.
    KeyNotKept,
    /// A chunk of no results was asked for.
    BadLimit,
    NoSuchProcess,
    NameTaken,
    BadName,
    BadOption,
    BadItem,
    /// Something else, printed: never expected.
    Other(String),
}
