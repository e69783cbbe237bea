//! Heirloom: the store that sits inside your program.

#[allow(dead_code)]
mod engine;
#[cfg(all(test, heirloom_loom))]
mod loom_support;
mod mutant;
pub mod process;
mod slab;
mod sync;
mod table;
#[allow(dead_code, reason = "what the tables do not use yet")]
mod term;

pub use process::Process;
pub use table::{
    Access, CounterOperation, CounterOps, ElementChanges, Info, Kind, Objects, Table, TableError,
    TableOptions, WriteConcurrency,
};
pub use term::{
    Atom, AtomError, BigInt, Bits, ConvertError, Elements, FromTerm, Immediate, Limits,
    ListElements, MapPairs, Origin, ParseError, ParseErrorKind, Pid, Slot, TableId, Term,
    TermBuilder, TermError, TermKind, TermRef, ToTerm, Writer,
};

/// What the macros of this crate expand to. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use crate::term::MacroBuilder;
}
