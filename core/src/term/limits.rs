//! Bounds on what is read from outside.

/// How deep, how large and how numerous a term read from text or bytes may be.
///
/// Nothing in this crate recurses on a term's depth, so any depth is safe; the limits are there so
/// that a small hostile input cannot ask for unbounded work or memory. They are checked before
/// memory is reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The deepest nesting, in open tuples, lists and maps. 65,536 by default.
    pub depth_max: usize,
    /// The largest input, and the largest term made of it, in bytes. 1 GiB by default.
    pub bytes_max: usize,
    /// The greatest number of elements of all tuples, lists and maps together. 67,108,864 by
    /// default.
    pub elements_max: usize,
}

impl Limits {
    /// The deepest nesting unless told otherwise.
    pub const DEPTH_MAX_DEFAULT: usize = 1 << 16;
    /// The largest input and term in bytes unless told otherwise.
    pub const BYTES_MAX_DEFAULT: usize = 1 << 30;
    /// The greatest number of elements unless told otherwise.
    pub const ELEMENTS_MAX_DEFAULT: usize = 1 << 26;

    /// The same limits with another depth.
    pub fn with_depth_max(self, depth_max: usize) -> Self {
        Limits { depth_max, ..self }
    }

    /// The same limits with another size in bytes.
    pub fn with_bytes_max(self, bytes_max: usize) -> Self {
        Limits { bytes_max, ..self }
    }

    /// The same limits with another number of elements.
    pub fn with_elements_max(self, elements_max: usize) -> Self {
        Limits {
            elements_max,
            ..self
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            depth_max: Self::DEPTH_MAX_DEFAULT,
            bytes_max: Self::BYTES_MAX_DEFAULT,
            elements_max: Self::ELEMENTS_MAX_DEFAULT,
        }
    }
}
