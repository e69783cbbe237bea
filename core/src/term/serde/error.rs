//! Why a value could not pass the bridge.

use std::fmt::Display;

use ::serde::{de, ser};

use crate::term::{EtfError, TermError, TermKind};

/// Why a value could not become a term, or a term a value, by way of serde.
///
/// ```
/// use heirloom::{SerdeError, Term, TermKind, from_term};
///
/// let error = from_term::<Vec<i32>>(Term::from(5).as_ref()).unwrap_err();
/// assert_eq!(error.to_string(), "expected a sequence, found an integer");
/// assert!(matches!(error, SerdeError::Kind { found: TermKind::Integer, .. }));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SerdeError {
    /// The value cannot be a term: a float that is not finite, a map with equal keys, a name too long for an atom, …
    #[error(transparent)]
    Term(#[from] TermError),
    /// A term inside the value could not be carried over.
    #[error(transparent)]
    Etf(#[from] EtfError),
    /// The term is of another kind than the type needs.
    #[error("expected {expected}, found {found}")]
    Kind {
        /// What the type accepts, in its own words.
        expected: String,
        /// The kind of the term.
        found: TermKind,
    },
    /// The number lies outside the type's range.
    #[error("{found} is out of the range of {target}")]
    Range {
        /// The type's name.
        target: &'static str,
        /// The number; of very large ones the size.
        found: String,
    },
    /// The tuple or list has another number of elements. Of a variant's tuple, the variant's name counts as one.
    #[error("expected {expected} elements, found {found}")]
    Length {
        /// Elements that the type takes.
        expected: usize,
        /// Elements of the term.
        found: usize,
    },
    /// The binary is not UTF-8.
    #[error("the binary is not valid UTF-8")]
    NotUtf8,
    /// A list whose last tail is not the empty list, which no sequence in Rust is.
    #[error("expected {expected}, found an improper list")]
    ImproperList {
        /// What the type accepts, in its own words.
        expected: String,
    },
    /// The type refused what the term holds.
    #[error("expected {expected}, found {found}")]
    Invalid {
        /// What the type accepts, in its own words.
        expected: String,
        /// What it was given.
        found: String,
    },
    /// A field is missing in the map that stands for a struct.
    #[error("the field {field} is missing")]
    MissingField {
        /// The field's name.
        field: &'static str,
    },
    /// A field is there twice: as an atom and as a binary.
    #[error("the field {field} is there twice")]
    DuplicateField {
        /// The field's name.
        field: &'static str,
    },
    /// A field that the struct does not have, where it refuses those.
    #[error("there is no field {field}, but {expected:?}")]
    UnknownField {
        /// The field's name in the term.
        field: String,
        /// The fields that there are.
        expected: &'static [&'static str],
    },
    /// A variant that the enum does not have.
    #[error("there is no variant {variant}, but {expected:?}")]
    UnknownVariant {
        /// The variant's name in the term.
        variant: String,
        /// The variants that there are.
        expected: &'static [&'static str],
    },
    /// The value is nested deeper than the limit.
    #[error("nested deeper than {depth_max} levels")]
    TooDeep {
        /// The limit in levels; see [`SERDE_DEPTH_MAX`](crate::SERDE_DEPTH_MAX).
        depth_max: usize,
    },
    /// What the type itself said.
    #[error("{message}")]
    Custom {
        /// The type's message.
        message: String,
    },
}

impl ser::Error for SerdeError {
    fn custom<T: Display>(message: T) -> Self {
        SerdeError::Custom {
            message: message.to_string(),
        }
    }
}

impl de::Error for SerdeError {
    fn custom<T: Display>(message: T) -> Self {
        ser::Error::custom(message)
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_value(found, expected)
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        SerdeError::Invalid {
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }

    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        SerdeError::Invalid {
            expected: expected.to_string(),
            found: format!("{length} elements"),
        }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        SerdeError::UnknownVariant {
            variant: variant.to_owned(),
            expected,
        }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        SerdeError::UnknownField {
            field: field.to_owned(),
            expected,
        }
    }

    fn missing_field(field: &'static str) -> Self {
        SerdeError::MissingField { field }
    }

    fn duplicate_field(field: &'static str) -> Self {
        SerdeError::DuplicateField { field }
    }
}
