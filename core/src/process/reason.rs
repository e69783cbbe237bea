//! The exit reasons that this crate gives itself. All are made of predefined atoms or can do
//! without memory of the atom table, so that no exit fails for want of a reason.

use super::exit::Payload;
use crate::term::{Atom, Term, ToTerm};

/// Finished: returned, completed, or nobody holds a handle any more.
pub(super) fn normal() -> Term {
    Term::from(Atom::NORMAL)
}

/// There was no process to end.
pub(super) fn no_process() -> Term {
    Term::from(Atom::NOPROC)
}

/// A future was dropped before it completed.
pub(super) fn killed() -> Term {
    Term::from(Atom::KILLED)
}

/// The operating system gave no thread.
pub(super) fn system_limit() -> Term {
    Term::from(Atom::SYSTEM_LIMIT)
}

/// `{panic, Message}`, where the message is the binary `<<>>` if the panic carries no text.
pub(super) fn panicked(payload: &Payload) -> Term {
    // In a full atom table a panic is just an error.
    let panic = Atom::new("panic").unwrap_or(Atom::ERROR);
    (panic, text_of(payload))
        .to_term()
        .unwrap_or_else(|_| Term::from(panic))
}

fn text_of(payload: &Payload) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&'static str>().copied())
        .unwrap_or_default()
}
