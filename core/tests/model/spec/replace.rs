//! Which clauses `select_replace` takes: those of which the text alone shows that the result has
//! the key of the object.

use super::super::value::Value;
use super::{is_atom, variable};

/// Whether the clause's one result is `'$_'`, or a tuple whose key is written as the head's, or as
/// `{element, KeyPosition, '$_'}`.
pub fn keeps_key(clause: &Value, key_position: usize) -> bool {
    let (head, body) = match clause.as_tuple() {
        Some([head, _, body]) => (head, body.as_list().unwrap_or_default()),
        _ => return false,
    };
    let [result] = body else { return false };
    if is_atom(result, "$_") {
        return true;
    }
    let Some(made) = Made::of(result) else {
        return false;
    };
    match (key_at(head, key_position), key_at(made.value, key_position)) {
        (Some(key), Some(new)) => {
            let same = same_key(key, Made { value: new, ..made });
            same || !made.quoted && is_key_of_object(new, key_position)
        }
        _ => false,
    }
}

fn key_at(tuple: &Value, key_position: usize) -> Option<&Value> {
    tuple.as_tuple()?.get(key_position - 1)
}

/// What an expression makes, as it is written.
#[derive(Clone, Copy)]
struct Made<'s> {
    value: &'s Value,
    /// It is under `{const, …}`: the value itself. Otherwise its parts are expressions.
    quoted: bool,
}

impl Made<'_> {
    /// The tuple of `{{…}}`, or the value of `{const, …}`.
    fn of(expression: &Value) -> Option<Made<'_>> {
        match expression.as_tuple()? {
            [tuple @ Value::Tuple(_)] => Some(Made {
                value: tuple,
                quoted: false,
            }),
            [name, value] if is_atom(name, "const") => Some(Made {
                value,
                quoted: true,
            }),
            _ => None,
        }
    }
}

/// Whether a part of a result is surely what a part of the head has matched.
fn same_key(pattern: &Value, part: Made<'_>) -> bool {
    if !part.quoted && part.value.as_tuple().is_some() {
        let Some(made) = Made::of(part.value) else {
            return false;
        };
        // Under `{{…}}` there is a tuple to compare with one; the value of a constant is any.
        return if made.quoted {
            same_key(pattern, made)
        } else {
            same_parts(pattern, made)
        };
    }
    match pattern {
        Value::Tuple(_) | Value::List(..) => same_parts(pattern, part),
        // A map matches larger ones too.
        Value::Map(_) => false,
        _ if is_atom(pattern, "_") => false,
        _ if variable(pattern).is_some() => !part.quoted && pattern == part.value,
        Value::Atom(text) if !part.quoted && (text == "$_" || text == "$$") => false,
        _ => pattern == part.value,
    }
}

fn same_parts(pattern: &Value, part: Made<'_>) -> bool {
    let quoted = part.quoted;
    let same = |(pattern, value)| same_key(pattern, Made { value, quoted });
    match (pattern, part.value) {
        (Value::Tuple(patterns), Value::Tuple(values)) => {
            patterns.len() == values.len() && patterns.iter().zip(values).all(same)
        }
        (Value::List(patterns, end), Value::List(values, tail)) => {
            let ends = match (end, tail) {
                (None, None) => true,
                (Some(end), Some(tail)) => same((&**end, &**tail)),
                _ => false,
            };
            ends && patterns.len() == values.len() && patterns.iter().zip(values).all(same)
        }
        _ => false,
    }
}

fn is_key_of_object(expression: &Value, key_position: usize) -> bool {
    let whole = [
        Value::atom("element"),
        Value::integer(key_position),
        Value::atom("$_"),
    ];
    expression.as_tuple() == Some(&whole)
}
