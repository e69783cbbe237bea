//! Why a text is not a term.

use crate::term::{AtomError, TermError};

/// Why a text is not a term, and where.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("line {line}, column {column}: {kind}")]
#[non_exhaustive]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// The place in bytes from the beginning of the text.
    pub offset: usize,
    /// What is wrong there.
    pub kind: ParseErrorKind,
}

/// What can be wrong with a text.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// Something else has to stand here.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What may stand here.
        expected: &'static str,
        /// What stands here: the beginning of the text from this place on, or that it ends.
        found: String,
    },
    /// A quoted atom, string or character does not end.
    #[error("{what} does not end")]
    Unterminated {
        /// What was begun here.
        what: &'static str,
    },
    /// A backslash is followed by nothing known.
    #[error("not an escape sequence of Erlang")]
    Escape,
    /// Not a number: a base outside 2 to 36, digits missing or not of the base, or a float too
    /// large.
    #[error("not a number: {reason}")]
    Number {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A name that begins like a variable. Atoms that do are written in quotes.
    #[error("a variable is not a term; an atom is written '{name}'")]
    Variable {
        /// The name.
        name: String,
    },
    /// A segment of a bit string has a type or size that is not supported.
    #[error("a bit string's segment with {what}")]
    Segment {
        /// What is wrong with it.
        what: &'static str,
    },
    /// Tuples, lists and maps are nested deeper than the limit.
    #[error("nested deeper than {depth_max}")]
    TooDeep {
        /// The limit in open brackets.
        depth_max: usize,
    },
    /// The text is longer than the limit.
    #[error("{bytes} bytes of text are more than {bytes_max}")]
    TooLong {
        /// Length of the text in bytes.
        bytes: usize,
        /// The limit in bytes.
        bytes_max: usize,
    },
    /// The text is well formed, but what it says cannot be a term.
    #[error(transparent)]
    Term(#[from] TermError),
}

impl From<AtomError> for ParseErrorKind {
    fn from(error: AtomError) -> Self {
        ParseErrorKind::Term(TermError::Atom(error))
    }
}

/// How much of the text an error quotes, in characters.
const FOUND_CHARACTERS_MAX: usize = 12;

/// What an error says was found.
pub(super) fn found(rest: &str) -> String {
    if rest.is_empty() {
        return "the end".to_owned();
    }
    let begin: String = rest.chars().take(FOUND_CHARACTERS_MAX).collect();
    format!("{begin:?}")
}

impl ParseError {
    /// The error at a place of a text.
    pub(super) fn at(text: &str, offset: usize, kind: ParseErrorKind) -> ParseError {
        let before = text.get(..offset).unwrap_or(text);
        let line_begins = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = 1 + before.matches('\n').count();
        let column = 1 + before[line_begins..].chars().count();
        ParseError {
            line,
            column,
            offset,
            kind,
        }
    }
}
