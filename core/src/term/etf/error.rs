//! Why bytes are not a term.

use crate::term::TermError;

use super::tag;

/// Why bytes are not a term, or a term cannot be bytes, and where.
///
/// ```
/// use heirloom::{EtfErrorKind, Term};
///
/// let error = Term::from_etf(&[131, 97]).unwrap_err();
/// assert_eq!(error.kind, EtfErrorKind::Truncated { needed: 1, left: 0 });
/// assert_eq!(error.to_string(), "byte 2: 1 more bytes are needed where 0 are left");
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("byte {offset}: {kind}")]
#[non_exhaustive]
pub struct EtfError {
    /// The place in bytes from the beginning of the encoding.
    pub offset: usize,
    /// What is wrong there.
    pub kind: EtfErrorKind,
}

/// What can be wrong with an encoding.
///
/// ```
/// use heirloom::{EtfErrorKind, Term, TermError};
///
/// let twice = [131, 116, 0, 0, 0, 2, 97, 1, 97, 2, 97, 1, 97, 3]; // #{1 => 2, 1 => 3}
/// let error = Term::from_etf(&twice).unwrap_err();
/// assert_eq!(error.kind, EtfErrorKind::Term(TermError::DuplicateKey));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EtfErrorKind {
    /// The bytes do not begin with the version this crate knows, 131.
    #[error("the version is {found}, not 131")]
    Version {
        /// The first byte.
        found: u8,
    },
    /// The bytes end before the term does, or announce more than there are bytes for.
    #[error("{needed} more bytes are needed where {left} are left")]
    Truncated {
        /// Bytes that the term needs from this place on, at least.
        needed: usize,
        /// Bytes that there are.
        left: usize,
    },
    /// The term has ended, the bytes have not.
    #[error("{bytes} bytes follow the term")]
    TrailingBytes {
        /// How many bytes are left.
        bytes: usize,
    },
    /// A tag that stands for something no term here can be: a port, a function, a compressed term, or nothing at all.
    #[error("tag {tag} is {}, which no term stands for", tag::unsupported(*.tag))]
    UnsupportedTag {
        /// The tag.
        tag: u8,
    },
    /// A process id or reference that is not one of this program: of another node or incarnation, or out of range.
    #[error("tag {tag} begins an identifier of another node or out of range")]
    ForeignIdentifier {
        /// The tag.
        tag: u8,
    },
    /// Where an identifier's node should be named, there is no atom.
    #[error("tag {tag} begins no atom")]
    NotAnAtom {
        /// The tag.
        tag: u8,
    },
    /// An atom's text is not UTF-8.
    #[error("the atom is not valid UTF-8")]
    NotUtf8,
    /// A float's text is not a decimal number with a point.
    #[error("the float is not a decimal number")]
    BadFloat,
    /// A bit string whose last byte does not have 1 to 8 bits (0, if it is empty).
    #[error("the last of {bytes} bytes can't have {bits} bits")]
    BadBits {
        /// Bytes of the bit string.
        bytes: usize,
        /// Bits that its last byte is said to have.
        bits: u8,
    },
    /// The sign of a large integer is neither 0 nor 1.
    #[error("the sign is {sign}, not 0 or 1")]
    BadSign {
        /// The byte in question.
        sign: u8,
    },
    /// Tuples, lists and maps are nested deeper than the limit.
    #[error("nested deeper than {depth_max}")]
    TooDeep {
        /// The limit in open tuples, lists and maps.
        depth_max: usize,
    },
    /// The input is longer than the limit.
    #[error("{bytes} bytes of input are more than {bytes_max}")]
    TooLong {
        /// Length of the input in bytes.
        bytes: usize,
        /// The limit in bytes.
        bytes_max: usize,
    },
    /// Only when encoding: a bit string or map has more parts than 32 bits can count.
    #[error("{parts} bytes or keys are more than the format can count")]
    TooLarge {
        /// Bytes of the bit string or keys of the map.
        parts: usize,
    },
    /// The encoding is well formed, but what it says cannot be a term, or exceeds a limit.
    #[error(transparent)]
    Term(#[from] TermError),
}

impl EtfErrorKind {
    /// The error at a place.
    pub(super) fn at(self, offset: usize) -> EtfError {
        EtfError { offset, kind: self }
    }
}
