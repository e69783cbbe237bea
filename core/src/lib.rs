//! Heirloom: the store that sits inside your program.

pub mod process;
mod sync;
#[allow(dead_code, reason = "what the tables do not use yet")]
mod term;

pub use process::Process;
pub use term::{
    Atom, AtomError, BigInt, Bits, ConvertError, Elements, FromTerm, Immediate, Limits,
    ListElements, MapPairs, Origin, Pid, Slot, TableId, Term, TermBuilder, TermError, TermKind,
    TermRef, ToTerm, Writer,
};
