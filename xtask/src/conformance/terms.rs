//! Taking terms apart and putting them together, as the vectors need it: one level at a time, by
//! value.

use heirloom::{Atom, Term, ToTerm};

/// `value` as a term. Only for what the runner makes itself: small atoms, integers, tuples and
/// lists, which can't fail.
pub fn term(value: impl ToTerm) -> Term {
    value
        .to_term()
        .unwrap_or_else(|error| panic!("the runner made no term: {error}"))
}

/// The atom `text`.
pub fn atom(text: &str) -> Term {
    term(Atom::new(text).unwrap_or_else(|error| panic!("the runner made no atom: {error}")))
}

/// The text of an atom.
pub fn atom_text(term: &Term) -> Option<&'static str> {
    term.as_atom().map(|atom| atom.as_str())
}

/// Whether `term` is the atom `text`.
pub fn is_atom(term: &Term, text: &str) -> bool {
    atom_text(term) == Some(text)
}

/// The elements of a tuple.
pub fn elements(term: &Term) -> Option<Vec<Term>> {
    Some(
        term.as_ref()
            .elements()?
            .map(|element| element.to_term())
            .collect(),
    )
}

/// The elements of a proper list.
pub fn list(term: &Term) -> Option<Vec<Term>> {
    let mut rest = term.as_ref().list_elements()?;
    let elements = rest.by_ref().map(|element| element.to_term()).collect();
    rest.tail().is_nil().then_some(elements)
}

/// A non-negative integer that fits.
pub fn index(term: &Term) -> Option<usize> {
    term.as_i64().and_then(|value| usize::try_from(value).ok())
}
