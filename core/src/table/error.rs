//! What can go wrong when a table is used.

use super::{Access, Kind};
use crate::matchspec::{RunError, SpecError};
use crate::term::{Atom, Pid, SerdeError, TableId, Term, TermError, TermKind};

/// Why a call on a table failed. A call that fails has changed nothing, unless it is one that goes from
/// object to object and says so, such as [`insert_many`](super::Table::insert_many).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The table is gone: it was deleted, or its owner ended and there was no heir.
    #[error("there is no table {table}")]
    NoSuchTable {
        /// The table's id.
        table: TableId,
    },
    /// The calling process has no right to this.
    #[error("process {caller} may not do this to a {access} table of process {owner}")]
    AccessDenied {
        /// The table's protection.
        access: Access,
        /// Who owns the table.
        owner: Pid,
        /// Who called.
        caller: Pid,
    },
    /// Only the table's owner may do this.
    #[error("process {caller} is not the owner, which is {owner}")]
    NotOwner {
        /// Who owns the table.
        owner: Pid,
        /// Who called.
        caller: Pid,
    },
    /// The receiver of a table owns it already.
    #[error("process {owner} owns the table already")]
    AlreadyOwner {
        /// Who owns the table.
        owner: Pid,
    },
    /// Tables of this kind do not have this operation.
    #[error("{operation} is not for tables of kind {kind}")]
    WrongKind {
        /// The table's kind.
        kind: Kind,
        /// The operation's name.
        operation: &'static str,
    },
    /// The table was made without options that say how long objects live.
    #[error("{operation} is for tables whose objects expire: `ttl`, `idle` or `expiring`")]
    NotExpiring {
        /// The operation's name.
        operation: &'static str,
    },
    /// The table was made without the option that lets objects have tags.
    #[error("the table was made without the option `tagged`")]
    NotTagged,
    /// The table does not have live values of this type.
    #[error("the table has no live values of type {values}")]
    NotLive {
        /// The type's name.
        values: &'static str,
    },
    /// The table has live values, and no terms can be written into it.
    #[error("the table has live values, not terms")]
    LiveValues,
    /// There is no object with this key.
    #[error("no object has the key {key}")]
    KeyNotFound {
        /// The key.
        key: Term,
    },
    /// An object must be a tuple.
    #[error("an object must be a tuple, this is of kind {found}")]
    NotATuple {
        /// What was given instead.
        found: TermKind,
    },
    /// The tuple has no element at the table's key position.
    #[error("a tuple of {arity} elements has no key at position {key_position}")]
    NoKey {
        /// Elements of the tuple.
        arity: usize,
        /// The table's key position, from 1.
        key_position: usize,
    },
    /// A list does not end in `[]`.
    #[error("the list is improper")]
    ImproperList,
    /// A position is no integer from 1 on.
    #[error("{position} is not a position in a tuple")]
    NotAPosition {
        /// What was given.
        position: Term,
    },
    /// The object has no element at this position.
    #[error("an object of {arity} elements has no position {position}")]
    PositionOutOfRange {
        /// The position, from 1.
        position: usize,
        /// Elements of the object.
        arity: usize,
    },
    /// The key of an object cannot be changed in place.
    #[error("position {position} is the key's")]
    KeyPosition {
        /// The position, from 1.
        position: usize,
    },
    /// A counter is not an integer.
    #[error("the element at position {position} is of kind {found}, not an integer")]
    NotAnInteger {
        /// The position, from 1.
        position: usize,
        /// What is there.
        found: TermKind,
    },
    /// This is no counter operation or no change of elements.
    #[error("{operation} is not an update")]
    NotAnUpdate {
        /// What was given.
        operation: Term,
    },
    /// This is no option of a table, or not with this value.
    #[error("{option} is not an option")]
    BadOption {
        /// What was given.
        option: Term,
    },
    /// A table's name must be an atom.
    #[error("{name} is not a name")]
    BadName {
        /// What was given.
        name: Term,
    },
    /// Another table has this name.
    #[error("there is a table named {name}")]
    NameTaken {
        /// The name.
        name: Atom,
    },
    /// The process is dead, or never was.
    #[error("process {pid} is not alive")]
    NoSuchProcess {
        /// Its id.
        pid: Pid,
    },
    /// There is no slot of this number.
    #[error("there is no slot {slot}, there are {slots}")]
    NoSuchSlot {
        /// The slot's number, from 0.
        slot: u64,
        /// How many slots there are.
        slots: u64,
    },
    /// There is no item of information with this name.
    #[error("{item} is not an item of information")]
    NoSuchItem {
        /// What was asked for.
        item: Term,
    },
    /// A limit is at least 1.
    #[error("{limit} is not a limit")]
    BadLimit {
        /// What was given.
        limit: usize,
    },
    /// The continuation is that of another table.
    #[error("a continuation of table {continuation_of} can't go on in table {table}")]
    ForeignContinuation {
        /// The table that was called.
        table: TableId,
        /// The table of the call that the continuation came from.
        continuation_of: TableId,
    },
    /// The table was made without an [`index`](crate::TableOptions::index) of this position.
    #[error("the table has no index of position {position}")]
    NoIndex {
        /// What was asked for, from 1.
        position: usize,
    },
    /// The table was made without [`change_feed`](crate::TableOptions::change_feed).
    #[error("the table tells nobody of its changes: it was made without a change feed")]
    NoChangeFeed,
    /// The results of this match specification may have another key than the objects that they are to
    /// replace.
    #[error("the match specification does not surely keep the key at position {key_position}")]
    KeyNotKept {
        /// The table's key position, from 1.
        key_position: usize,
    },
    /// This is no match specification.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// A match specification could not be run to its end.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A value has no term.
    #[error(transparent)]
    Term(#[from] TermError),
    /// A key or value of a typed table has no term, or an object is none of the table's types.
    #[error(transparent)]
    Value(#[from] SerdeError),
}

impl TableError {
    /// What Erlang says in this case: `"badarg"`, or `"system_limit"` for an integer that is too
    /// large.
    pub fn erlang_reason(&self) -> &'static str {
        match self {
            TableError::Term(error)
            | TableError::Spec(SpecError::Term(error))
            | TableError::Run(RunError::Term(error))
                if matches!(error, TermError::IntegerTooLarge { .. }) =>
            {
                "system_limit"
            }
            _ => "badarg",
        }
    }
}
