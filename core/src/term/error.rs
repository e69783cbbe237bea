//! What can go wrong when terms are made or read.

use super::TermKind;

/// Why an atom could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AtomError {
    /// The text is longer than an atom may be.
    #[error("an atom of {characters} characters is longer than {characters_max}")]
    TooLong {
        /// Length of the text in characters.
        characters: usize,
        /// The limit in characters.
        characters_max: usize,
    },
    /// The atom table is full. Atoms live as long as the program, so no retry will help.
    #[error("the table of {atoms_max} atoms is full")]
    TableFull {
        /// The limit in atoms.
        atoms_max: usize,
    },
}

/// Why a value could not become a term.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TermError {
    /// NaN and infinities are not terms.
    #[error("{value} is not a finite float")]
    NotFinite {
        /// The float in question.
        value: f64,
    },
    /// A tuple with more elements than Erlang allows.
    #[error("a tuple of {arity} elements is larger than {arity_max}")]
    ArityTooLarge {
        /// Number of elements.
        arity: usize,
        /// The limit in elements.
        arity_max: usize,
    },
    /// An integer with more bits than Erlang allows. Erlang calls this `system_limit`.
    #[error("an integer of {bits} bits is larger than {bits_max}")]
    IntegerTooLarge {
        /// Size of the magnitude in bits.
        bits: u64,
        /// The limit in bits.
        bits_max: u64,
    },
    /// A map with two exactly equal keys.
    #[error("a map has two equal keys")]
    DuplicateKey,
    /// An atom could not be made.
    #[error(transparent)]
    Atom(#[from] AtomError),
    /// The term would be larger than the limit set for it.
    #[error("the term is larger than {bytes_max} bytes")]
    TooManyBytes {
        /// The limit in bytes.
        bytes_max: usize,
    },
    /// The term would have more elements than the limit set for it.
    #[error("the term has more than {elements_max} elements")]
    TooManyElements {
        /// The limit in elements.
        elements_max: usize,
    },
    /// A bit string was announced with more bits than its bytes have.
    #[error("{bytes} bytes do not hold {bits} bits")]
    MissingBits {
        /// Bytes that were given.
        bytes: usize,
        /// Bits that were announced.
        bits: usize,
    },
    /// A builder was asked for more values than were pushed.
    #[error("the builder holds {values} values where {needed} are needed")]
    MissingValues {
        /// Values on the builder's stack.
        values: usize,
        /// Values that the call takes from it.
        needed: usize,
    },
    /// A builder was finished with a number of values other than one.
    #[error("the builder was finished with {values} values instead of one")]
    Unfinished {
        /// Values on the builder's stack.
        values: usize,
    },
}

/// Why a term could not become a value of a Rust type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// The term is of another kind.
    #[error("expected {expected}, found {found}")]
    Kind {
        /// What the type accepts.
        expected: &'static str,
        /// The kind of the term.
        found: TermKind,
    },
    /// The number lies outside the type's range.
    #[error("the number is out of the range of {target}")]
    Range {
        /// The type's name.
        target: &'static str,
    },
    /// The tuple or list has another number of elements.
    #[error("expected {expected} elements, found {found}")]
    Length {
        /// Elements that the type has.
        expected: usize,
        /// Elements of the term.
        found: usize,
    },
    /// The binary is not UTF-8.
    #[error("the binary is not valid UTF-8")]
    NotUtf8,
}
