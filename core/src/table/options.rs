//! What a table can be told when it is made.

use super::error::TableError;
use super::listener::Listener;
use super::weigher::Weigher;
use super::{Table, create};
use crate::engine::{Limits, LiveType, PairKinds};
use crate::process::Process;
use crate::term::{Atom, Pid, Term, TermRef, ToTerm};

/// How a table treats objects of one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// One object a key; a new one replaces it.
    #[default]
    Set,
    /// One object a key, in the order of keys; keys are compared by value, so 1 and 1.0 are one.
    OrderedSet,
    /// Several different objects a key, in the order they came.
    Bag,
    /// Several objects a key, equal ones too, in the order they came.
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

    /// Whether there is at most one object of a key.
    pub(crate) fn has_unique_keys(self) -> bool {
        matches!(self, Kind::Set | Kind::OrderedSet)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Who may use a table. Information about it ([`Table::info`]) is for everybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Access {
    /// The owner alone.
    Private,
    /// The owner writes, everybody reads.
    #[default]
    Protected,
    /// Everybody reads and writes.
    Public,
}

impl Access {
    /// Erlang's name of the protection.
    pub fn name(self) -> &'static str {
        match self {
            Access::Private => "private",
            Access::Protected => "protected",
            Access::Public => "public",
        }
    }
}

impl std::fmt::Display for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Erlang's advice on how much a table is written by several processes at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WriteConcurrency {
    /// `false`
    #[default]
    Off,
    /// `true`
    On,
    /// `auto`
    Auto,
}

impl WriteConcurrency {
    pub(super) fn name(self) -> &'static str {
        match self {
            WriteConcurrency::Off => "false",
            WriteConcurrency::On => "true",
            WriteConcurrency::Auto => "auto",
        }
    }
}

/// Who gets a table when its owner ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Heir {
    pub(super) pid: Pid,
    /// What the message says; without it there is no message.
    pub(super) data: Option<Term>,
}

/// The options of a table, as [`Table::set`], [`Table::bag`] and [`Table::duplicate_bag`] begin
/// them and [`TableOptions::create`] ends them.
///
/// ```
/// use heirloom::Table;
///
/// let scores = Table::set("scores").public().key_position(2).create()?;
/// scores.insert(("gold", 1))?;
/// assert!(scores.member(1)?);
/// # Ok::<(), heirloom::TableError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "options make no table before `create`"]
pub struct TableOptions {
    pub(super) name: Result<Atom, TableError>,
    pub(super) kind: Kind,
    pub(super) access: Access,
    pub(super) named: bool,
    pub(super) key_position: usize,
    pub(super) heir: Option<Heir>,
    pub(super) read_concurrency: bool,
    pub(super) write_concurrency: WriteConcurrency,
    pub(super) decentralized_counters: Option<bool>,
    pub(super) compressed: bool,
    pub(super) limits: Limits,
    pub(super) listener: Option<Listener>,
    /// Which live values its objects have, if they have such.
    pub(super) values: Option<LiveType>,
    pub(super) weigher: Option<Weigher>,
    /// Which elements are found by indexes, from 1.
    pub(super) indexes: Vec<usize>,
    /// How many notices of changes are kept for those who subscribe, if they may.
    pub(super) feed: Option<usize>,
    /// What the elements of most objects are.
    pub(super) kinds: PairKinds,
}

impl TableOptions {
    pub(super) fn new(kind: Kind, name: Result<Atom, TableError>) -> TableOptions {
        TableOptions {
            name,
            kind,
            access: Access::Protected,
            named: false,
            key_position: 1,
            heir: None,
            read_concurrency: false,
            write_concurrency: WriteConcurrency::Off,
            decentralized_counters: None,
            compressed: false,
            limits: Limits::default(),
            listener: None,
            values: None,
            weigher: None,
            indexes: Vec::new(),
            feed: None,
            kinds: PairKinds::default(),
        }
    }

    /// Says what the elements of most objects will be, for speed and memory only.
    pub(crate) fn of_pairs(mut self, kinds: PairKinds) -> TableOptions {
        self.kinds = kinds;
        self
    }

    /// Options of a table of this kind.
    pub(crate) fn of_kind(kind: Kind, name: &str) -> TableOptions {
        let name = Atom::new(name).map_err(|error| TableError::Term(error.into()));
        TableOptions::new(kind, name)
    }

    /// [`Table::whereis`] finds the table by its name, which no other named table may have.
    pub fn named(mut self) -> TableOptions {
        self.named = true;
        self
    }

    /// Only the owner reads and writes.
    pub fn private(self) -> TableOptions {
        self.access(Access::Private)
    }

    /// The owner writes, everybody reads: the default.
    pub fn protected(self) -> TableOptions {
        self.access(Access::Protected)
    }

    /// Everybody reads and writes.
    pub fn public(self) -> TableOptions {
        self.access(Access::Public)
    }

    /// Who may use the table.
    pub fn access(mut self, access: Access) -> TableOptions {
        self.access = access;
        self
    }

    /// Which element of an object is its key, from 1 (the default). 0 is an error at `create`;
    /// objects with fewer elements are refused when they are inserted.
    pub fn key_position(mut self, position: usize) -> TableOptions {
        self.key_position = position;
        self
    }

    /// When the owner ends, `heir` becomes the owner, and its mailbox gets a
    /// [`Transfer`](crate::process::Message::Transfer) with `data`. A dead heir is none.
    pub fn heir(mut self, heir: &Process, data: impl Into<Term>) -> TableOptions {
        self.heir = Some(Heir {
            pid: heir.pid(),
            data: Some(data.into()),
        });
        self
    }

    /// Accepted for Erlang's sake; every table here is made for concurrent readers.
    pub fn read_concurrency(mut self, on: bool) -> TableOptions {
        self.read_concurrency = on;
        self
    }

    /// Accepted for Erlang's sake; every table here is made for concurrent writers.
    pub fn write_concurrency(mut self, mode: WriteConcurrency) -> TableOptions {
        self.write_concurrency = mode;
        self
    }

    /// Accepted for Erlang's sake; every table here counts in a decentralised way.
    pub fn decentralized_counters(mut self, on: bool) -> TableOptions {
        self.decentralized_counters = Some(on);
        self
    }

    /// Accepted for Erlang's sake; has no effect.
    pub fn compressed(mut self) -> TableOptions {
        self.compressed = true;
        self
    }

    /// Makes the table. Its owner is the current process.
    ///
    /// # Errors
    /// [`TableError::NameTaken`]; [`TableError::BadOption`] for key position 0;
    /// [`TableError::NoSuchProcess`] if the current process has exited; [`TableError::Term`] if the
    /// name is no atom's.
    pub fn create(self) -> Result<Table, TableError> {
        create::create(self)
    }

    /// Options in Erlang's form: a list as for `ets:new/2`.
    pub(super) fn from_term(
        name: TermRef<'_>,
        options: TermRef<'_>,
    ) -> Result<TableOptions, TableError> {
        let name = name.as_atom().ok_or_else(|| TableError::BadName {
            name: name.to_term(),
        })?;
        let mut parsed = TableOptions::new(Kind::Set, Ok(name));
        for option in proper_list(options)? {
            parsed.apply(option)?;
        }
        Ok(parsed)
    }

    /// One option of the list. `set` and `protected` are what a table is anyway, so they undo
    /// nothing, as in Erlang.
    fn apply(&mut self, option: TermRef<'_>) -> Result<(), TableError> {
        let bad = || TableError::BadOption {
            option: option.to_term(),
        };
        if let Some(flag) = option.as_atom() {
            return self.apply_flag(flag.as_str()).ok_or_else(bad);
        }
        let name = option
            .element(1)
            .and_then(TermRef::as_atom)
            .ok_or_else(bad)?;
        let value = option.element(2).ok_or_else(bad)?;
        match (name.as_str(), option.arity()) {
            ("keypos", Some(2)) => self.key_position = position(value).ok_or_else(bad)?,
            ("read_concurrency", Some(2)) => {
                self.read_concurrency = value.as_bool().ok_or_else(bad)?;
            }
            ("write_concurrency", Some(2)) => {
                self.write_concurrency = write_concurrency(value).ok_or_else(bad)?;
            }
            ("decentralized_counters", Some(2)) => {
                self.decentralized_counters = Some(value.as_bool().ok_or_else(bad)?);
            }
            ("heir", _) => self.heir = heir(option).ok_or_else(bad)?,
            _ => return Err(bad()),
        }
        Ok(())
    }

    fn apply_flag(&mut self, flag: &str) -> Option<()> {
        match flag {
            "set" | "protected" => {}
            "ordered_set" => self.kind = Kind::OrderedSet,
            "bag" => self.kind = Kind::Bag,
            "duplicate_bag" => self.kind = Kind::DuplicateBag,
            "private" => self.access = Access::Private,
            "public" => self.access = Access::Public,
            "named_table" => self.named = true,
            "compressed" => self.compressed = true,
            _ => return None,
        }
        Some(())
    }
}

/// The elements of a list, or an error for what is none.
pub(super) fn proper_list(list: TermRef<'_>) -> Result<Vec<TermRef<'_>>, TableError> {
    let mut elements = list.list_elements().ok_or_else(|| TableError::BadOption {
        option: list.to_term(),
    })?;
    let collected = elements.by_ref().collect();
    if elements.tail().is_nil() {
        Ok(collected)
    } else {
        Err(TableError::ImproperList)
    }
}

/// A position in a tuple: an integer from 1 on.
pub(super) fn position(term: TermRef<'_>) -> Option<usize> {
    usize::try_from(term.as_i64()?)
        .ok()
        .filter(|&position| position > 0)
}

fn write_concurrency(value: TermRef<'_>) -> Option<WriteConcurrency> {
    match value.as_atom()?.as_str() {
        "true" => Some(WriteConcurrency::On),
        "false" => Some(WriteConcurrency::Off),
        "auto" => Some(WriteConcurrency::Auto),
        _ => None,
    }
}

/// The heir in `{heir, Pid, Data}`, `{heir, Pid}` (no message) or `{heir, none}`.
pub(super) fn heir(option: TermRef<'_>) -> Option<Option<Heir>> {
    let receiver = option.element(2)?;
    let arity = option.arity()?;
    if arity == 2
        && receiver
            .as_atom()
            .is_some_and(|atom| atom.as_str() == "none")
    {
        return Some(None);
    }
    let pid = receiver.as_pid()?;
    (arity == 2 || arity == 3).then(|| {
        Some(Heir {
            pid,
            data: option.element(3).map(TermRef::to_term),
        })
    })
}

impl Table {
    /// Begins a `set` of this name: one object a key.
    pub fn set(name: &str) -> TableOptions {
        TableOptions::new(Kind::Set, atom(name))
    }

    /// Begins an `ordered_set` of this name: one object a key, in the order of keys.
    pub fn ordered_set(name: &str) -> TableOptions {
        TableOptions::new(Kind::OrderedSet, atom(name))
    }

    /// Begins a `bag` of this name: several different objects a key.
    pub fn bag(name: &str) -> TableOptions {
        TableOptions::new(Kind::Bag, atom(name))
    }

    /// Begins a `duplicate_bag` of this name: several objects a key, equal ones too.
    pub fn duplicate_bag(name: &str) -> TableOptions {
        TableOptions::new(Kind::DuplicateBag, atom(name))
    }

    /// Makes a table from a name and a list of options in Erlang's form, as `ets:new/2` does.
    ///
    /// | option | effect |
    /// |---|---|
    /// | `set`, `ordered_set`, `bag`, `duplicate_bag` | the kind; `set` if none is given |
    /// | `private`, `protected`, `public` | the access; `protected` if none is given |
    /// | `named_table` | [`Table::whereis`] finds it |
    /// | `{keypos, P}` | which element is the key, from 1 |
    /// | `{heir, Pid, Data}`, `{heir, Pid}`, `{heir, none}` | who gets the table when its owner ends |
    /// | `{read_concurrency, B}`, `{write_concurrency, B}` (also `auto`), `{decentralized_counters, B}`, `compressed` | checked and reported by `info`, otherwise without effect |
    ///
    /// # Errors
    /// As [`TableOptions::create`], and [`TableError::BadOption`] or [`TableError::ImproperList`].
    ///
    /// ```
    /// use heirloom::{Atom, Kind, Table, Term};
    ///
    /// let options: Term = "[bag, public, {keypos, 2}]".parse()?;
    /// let table = Table::new(Atom::new("words")?, options)?;
    /// assert_eq!(table.kind(), Kind::Bag);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(name: impl ToTerm, options: impl ToTerm) -> Result<Table, TableError> {
        let parsed = name.with_term(|name| {
            options.with_term(|options| TableOptions::from_term(name, options))
        })??;
        parsed?.create()
    }
}

fn atom(name: &str) -> Result<Atom, TableError> {
    Atom::new(name).map_err(|error| TableError::Term(error.into()))
}
