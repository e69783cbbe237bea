//! Whether an answer is the recorded one.

use super::face::Outcome;
use super::terms::{atom, is_atom, list, term};
use super::vectors::Expected;
use heirloom::Term;
use std::fmt;

impl Expected {
    /// Whether `outcome` is what was recorded, by exact equality.
    pub fn admits(&self, outcome: &Outcome) -> bool {
        match (self, outcome) {
            (Expected::Value(expected), Ok(got)) => expected == got,
            (Expected::AnyOrder(expected), Ok(got)) => {
                list(got).is_some_and(|got| same_elements(expected, got))
            }
            (Expected::Error(reason), Err(failure)) => is_atom(reason, &failure.reason),
            _ => false,
        }
    }

    /// Whether the other says exactly the same.
    pub fn same_as(&self, other: &Expected) -> bool {
        match (self, other) {
            (Expected::Value(a), Expected::Value(b)) | (Expected::Error(a), Expected::Error(b)) => {
                a == b
            }
            (Expected::AnyOrder(a), Expected::AnyOrder(b)) => same_elements(a, b.clone()),
            _ => false,
        }
    }
}

/// In the form of the vector files.
impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expected::Value(value) => write!(f, "{{ok,{value}}}"),
            Expected::AnyOrder(elements) => write!(f, "{{any_order,{}}}", term(elements.clone())),
            Expected::Error(reason) => write!(f, "{{error,{reason}}}"),
        }
    }
}

/// An answer in the form of the vector files, with the face's own words after a failure.
pub fn printed(outcome: &Outcome) -> String {
    match outcome {
        Ok(value) => Expected::Value(value.clone()).to_string(),
        Err(failure) => format!(
            "{} % {}",
            Expected::Error(atom(&failure.reason)),
            failure.detail
        ),
    }
}

/// Whether two lists hold the same elements, counted. Quadratic, and on purpose without sorting or
/// hashing, which are under test.
fn same_elements(expected: &[Term], mut got: Vec<Term>) -> bool {
    if expected.len() != got.len() {
        return false;
    }
    expected.iter().all(
        |wanted| match got.iter().position(|candidate| candidate == wanted) {
            Some(at) => {
                got.swap_remove(at);
                true
            }
            None => false,
        },
    )
}
