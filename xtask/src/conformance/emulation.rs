//! Deletions by pattern, for faces that have no patterns yet: so that the lines after a
//! `select_delete` can still be compared.
//!
//! Only the simplest patterns are understood: a tuple of plain values and `'_'`. Of everything else
//! the runner must assume that the table has changed in a way it does not know.

use super::composite::Caller;
use super::face::Outcome;
use super::terms::{elements, is_atom, list};
use heirloom::{Term, TermKind};

/// The pattern whose objects `function(arguments)` would delete, if it is simple enough.
pub fn deleted_pattern(function: &str, arguments: &[Term]) -> Option<Vec<Term>> {
    let [argument] = arguments else { return None };
    let pattern = match function {
        "match_delete" => elements(argument)?,
        "select_delete" => elements(&unconditional_head(argument)?)?,
        _ => return None,
    };
    pattern.iter().all(is_simple).then_some(pattern)
}

/// The head of `[{Head, [], [true]}]`.
fn unconditional_head(specification: &Term) -> Option<Term> {
    let [clause] = list(specification)?.try_into().ok()?;
    let [head, guards, body] = elements(&clause)?.try_into().ok()?;
    let [result] = list(&body)?.try_into().ok()?;
    (list(&guards)?.is_empty() && is_atom(&result, "true")).then_some(head)
}

fn is_simple(element: &Term) -> bool {
    match element.kind() {
        TermKind::Atom => !element
            .as_atom()
            .is_some_and(|atom| atom.as_str().starts_with('$')),
        TermKind::Integer | TermKind::Float | TermKind::BitString => true,
        _ => false,
    }
}

/// Deletes every object that matches.
pub fn delete_matching(caller: &mut Caller<'_>, pattern: &[Term]) -> Outcome {
    let objects = caller.call("tab2list", &[])?;
    for object in list(&objects).unwrap_or_default() {
        if matches(pattern, &object) {
            caller.call("delete_object", std::slice::from_ref(&object))?;
        }
    }
    Ok(objects)
}

fn matches(pattern: &[Term], object: &Term) -> bool {
    let Some(object) = elements(object) else {
        return false;
    };
    let fits = |(pattern, element)| is_atom(pattern, "_") || pattern == element;
    pattern.len() == object.len() && pattern.iter().zip(&object).all(fits)
}
