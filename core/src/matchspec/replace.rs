//! Whether a specification keeps the key of what it matches.
//!
//! `select_replace` puts a body's value in the place of the object, which is one step only if the
//! key is the same. As in Erlang this must be plain from the text: the body is `'$_'`, or a tuple
//! whose element at the key's position rebuilds the head's.

use super::compile::ClauseParts;
use super::variable::Meaning;
use crate::term::{Atom, TermRef};

/// Whether a clause keeps the key at a position.
pub(super) fn keeps_key(clause: ClauseParts<'_>, key_position: usize) -> bool {
    let Some(body) = only_element(clause.body) else {
        return false;
    };
    if body.as_atom() == Some(Atom::WHOLE_OBJECT) {
        return true;
    }
    let quoted = quoted(body);
    let Some(tuple) = quoted.or_else(|| constructed(body)) else {
        return false;
    };
    match (
        clause.head.element(key_position),
        tuple.element(key_position),
    ) {
        (Some(key), Some(new)) => {
            (quoted.is_none() && is_key_of_object(new, key_position))
                || rebuilds(key, new, quoted.is_some())
        }
        _ => false,
    }
}

/// The element of a list of one.
fn only_element(list: TermRef<'_>) -> Option<TermRef<'_>> {
    let (head, tail) = list.uncons()?;
    tail.is_nil().then_some(head)
}

/// `Term` of `{const, Term}`.
fn quoted(expression: TermRef<'_>) -> Option<TermRef<'_>> {
    let is_quote = expression.arity() == Some(2) && is_atom(expression.element(1)?, "const");
    is_quote.then(|| expression.element(2)).flatten()
}

/// `{…}` of `{{…}}`.
fn constructed(expression: TermRef<'_>) -> Option<TermRef<'_>> {
    let inner = expression
        .element(1)
        .filter(|_| expression.arity() == Some(1));
    inner.filter(|inner| inner.arity().is_some())
}

fn is_atom(term: TermRef<'_>, text: &str) -> bool {
    term.as_atom().is_some_and(|atom| atom.as_str() == text)
}

/// Whether an expression is `{element, KeyPosition, '$_'}`.
pub(super) fn is_key_of_object(expression: TermRef<'_>, key_position: usize) -> bool {
    let is_element = || {
        let position = expression.element(2)?.as_u64()?;
        let of_object = expression.element(3)?.as_atom() == Some(Atom::WHOLE_OBJECT);
        Some(
            is_atom(expression.element(1)?, "element")
                && position == key_position as u64
                && of_object,
        )
    };
    expression.arity() == Some(3) && is_element() == Some(true)
}

/// Whether an expression has exactly the value that the pattern has matched. If it is quoted, it is
/// a term rather than an expression.
fn rebuilds(pattern: TermRef<'_>, expression: TermRef<'_>, is_quoted: bool) -> bool {
    let mut waiting = vec![(pattern, expression, is_quoted)];
    while let Some((pattern, expression, is_quoted)) = waiting.pop() {
        let (expression, is_quoted) = match quoted(expression) {
            Some(term) if !is_quoted => (term, true),
            _ => (expression, is_quoted),
        };
        if pattern.arity().is_some() {
            let tuple = if is_quoted {
                Some(expression)
            } else {
                constructed(expression)
            };
            let Some(tuple) = tuple.filter(|tuple| tuple.arity() == pattern.arity()) else {
                return false;
            };
            let elements = pattern.elements().into_iter().flatten();
            let others = tuple.elements().into_iter().flatten();
            waiting.extend(elements.zip(others).map(|(a, b)| (a, b, is_quoted)));
        } else if let Some((head, tail)) = pattern.uncons() {
            let Some((first, rest)) = expression.uncons() else {
                return false;
            };
            waiting.extend([(tail, rest, is_quoted), (head, first, is_quoted)]);
        } else if !is_same_leaf(pattern, expression, is_quoted) {
            return false;
        }
    }
    true
}

/// The same for what is neither tuple nor list.
fn is_same_leaf(pattern: TermRef<'_>, expression: TermRef<'_>, is_quoted: bool) -> bool {
    let is_special = |atom| atom == Atom::WHOLE_OBJECT || atom == Atom::ALL_VARIABLES;
    let means_itself = match Meaning::of_term(pattern) {
        Meaning::Variable(_) => !is_quoted,
        Meaning::Itself => is_quoted || !expression.as_atom().is_some_and(is_special),
        Meaning::Anything | Meaning::TooLarge => false,
    };
    // A map in a head matches larger ones too.
    means_itself && pattern.map_size().is_none() && pattern.exact_eq(expression)
}
