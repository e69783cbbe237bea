//! Terms as text, in Erlang's own syntax.

mod bits;
mod error;
mod lex;
mod parse;
mod print;

pub use error::{ParseError, ParseErrorKind};

#[cfg(test)]
mod tests;
