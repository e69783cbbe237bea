//! Terms as text, in Erlang's own syntax.

mod bits;
mod error;
mod lex;
mod parse;
mod print;
mod segments;

pub use error::{ParseError, ParseErrorKind};

#[cfg(test)]
mod tests;
