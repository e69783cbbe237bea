//! Tests of match specifications.

mod conformance;
mod deep;
mod keys;
mod macros;
mod naive;
mod properties;
mod quirks;
mod replace;
mod short_ways;

use crate::matchspec::{MatchSpec, SpecError};
use crate::term::Term;

/// A term from its text.
fn term(text: &str) -> Term {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A specification from its text.
fn spec(text: &str) -> MatchSpec {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Why a text is no specification.
fn refused(text: &str) -> SpecError {
    match text.parse::<MatchSpec>() {
        Ok(_) => panic!("{text} is a specification"),
        Err(error) => error,
    }
}
