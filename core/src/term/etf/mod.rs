//! Terms as bytes, in Erlang's External Term Format (ETF).
//!
//! ```text
//!  131  one term               104 2  97 1  97 2        {1,2}
//!       tag, then contents     108 0 0 0 1  97 7  106   [7]
//! ```
//!
//! All numbers are big-endian but the digits of large integers. What is written is what Erlang/OTP 26 and later write, with one liberty: a binary of
//! raw bytes ([`Origin::Raw`](super::Origin::Raw)) is written as a bit string whose last byte has 8 bits. To Erlang that is the same binary, and here it
//! keeps the difference between bytes and text. An empty one has 0 bits in its last byte, as Erlang requires.
//!
//! The format is described in "External Term Format" of Erlang's ERTS user's guide.

mod decode;
mod encode;
mod error;

pub use error::{EtfError, EtfErrorKind};

use super::{Limits, Term, TermRef};

/// The first byte of every encoding.
const VERSION: u8 = 131;

/// The node that process and table ids belong to: that of an Erlang runtime without a name. Its creation is 0.
const NODE: &str = "nonode@nohost";
/// The incarnation of [`NODE`].
const CREATION: u32 = 0;

/// Bits of a reference's first word that Erlang lets be used.
const REFERENCE_FIRST_BITS: u32 = 18;
/// Bits of a reference's other words.
const REFERENCE_WORD_BITS: u32 = 32;
/// Words of the references that table ids are written as.
const REFERENCE_WORDS: usize = 3;

/// The byte that says what follows. Names and numbers are the format's own.
mod tag {
    /// A float of 8 bytes.
    pub(super) const NEW_FLOAT: u8 = 70;
    /// A bit string; its last byte may have fewer than 8 bits.
    pub(super) const BIT_BINARY: u8 = 77;
    /// A process id.
    pub(super) const NEW_PID: u8 = 88;
    /// A reference.
    pub(super) const NEWER_REFERENCE: u8 = 90;
    /// An integer of one byte without sign.
    pub(super) const SMALL_INTEGER: u8 = 97;
    /// An integer of four bytes with sign.
    pub(super) const INTEGER: u8 = 98;
    /// A float as text, padded with zeros.
    pub(super) const FLOAT: u8 = 99;
    /// An atom in Latin-1, up to 65,535 bytes.
    pub(super) const ATOM: u8 = 100;
    /// A process id with a creation of one byte.
    pub(super) const PID: u8 = 103;
    /// A tuple of up to 255 elements.
    pub(super) const SMALL_TUPLE: u8 = 104;
    /// A tuple.
    pub(super) const LARGE_TUPLE: u8 = 105;
    /// The empty list.
    pub(super) const NIL: u8 = 106;
    /// A proper list of bytes, up to 65,535.
    pub(super) const STRING: u8 = 107;
    /// A list: its elements, then its tail.
    pub(super) const LIST: u8 = 108;
    /// A binary.
    pub(super) const BINARY: u8 = 109;
    /// An integer of up to 255 bytes, least significant first.
    pub(super) const SMALL_BIG: u8 = 110;
    /// An integer of any size, least significant byte first.
    pub(super) const LARGE_BIG: u8 = 111;
    /// An atom in Latin-1, up to 255 bytes.
    pub(super) const SMALL_ATOM: u8 = 115;
    /// A map: keys and values in turn.
    pub(super) const MAP: u8 = 116;
    /// An atom in UTF-8, up to 65,535 bytes.
    pub(super) const ATOM_UTF8: u8 = 118;
    /// An atom in UTF-8, up to 255 bytes.
    pub(super) const SMALL_ATOM_UTF8: u8 = 119;

    /// What a tag stands for that no term here can be made of.
    pub(super) fn unsupported(tag: u8) -> &'static str {
        match tag {
            68 | 69 => "a header of the distribution protocol",
            80 => "a compressed term",
            82 => "a reference to the atom cache",
            89 | 102 | 120 => "a port",
            101 | 114 => "a reference in an old form",
            112 | 113 | 117 => "a function",
            121 => "a term in a local format",
            _ => "nothing known",
        }
    }
}

impl Term {
    /// The term in External Term Format; see [`TermRef::to_etf`].
    ///
    /// ```
    /// use heirloom::Term;
    ///
    /// let pair: Term = "{1,2}".parse()?;
    /// assert_eq!(pair.to_etf()?, [131, 104, 2, 97, 1, 97, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`TermRef::to_etf_into`].
    pub fn to_etf(&self) -> Result<Vec<u8>, EtfError> {
        self.as_ref().to_etf()
    }

    /// Reads a term in External Term Format, within the default [`Limits`].
    ///
    /// ```
    /// use heirloom::Term;
    ///
    /// let list = Term::from_etf(&[131, 107, 0, 2, b'h', b'i'])?;
    /// assert_eq!(list.to_string(), r#""hi""#);
    /// let port = Term::from_etf(&[131, 120, 119, 1]);
    /// assert_eq!(port.unwrap_err().to_string(), "byte 1: tag 120 is a port, which no term stands for");
    /// # Ok::<(), heirloom::EtfError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Term::from_etf_with`].
    pub fn from_etf(bytes: &[u8]) -> Result<Term, EtfError> {
        Term::from_etf_with(bytes, &Limits::default())
    }

    /// Reads a term in External Term Format.
    ///
    /// All forms are understood in which Erlang has ever written these kinds of terms: also atoms in Latin-1, floats as text and integers with
    /// leading zeros. Process and table ids have to be of the node `nonode@nohost` with creation 0, since those of other nodes would mean
    /// somebody else's. Time is proportional to the input (with sorting, for maps whose keys are not in order), and so is memory: what the
    /// input says about lengths is believed only as far as it has bytes to show for it.
    ///
    /// ```
    /// use heirloom::{EtfErrorKind, Limits, Term};
    ///
    /// let nested = [131, 104, 1, 104, 1, 106]; // {{[]}}
    /// let flat = Limits::default().with_depth_max(1);
    /// let error = Term::from_etf_with(&nested, &flat).unwrap_err();
    /// assert_eq!(error.kind, EtfErrorKind::TooDeep { depth_max: 1 });
    /// assert_eq!(error.offset, 3);
    /// ```
    ///
    /// # Errors
    /// [`EtfError`] with the place: where the bytes are no encoding, go on after the term, encode what no term here can be (a port, a function, NaN, …), or
    /// exceed the limits. A bit string's unused bits are ignored.
    pub fn from_etf_with(bytes: &[u8], limits: &Limits) -> Result<Term, EtfError> {
        decode::decode(bytes, limits)
    }
}

impl TermRef<'_> {
    /// The term in External Term Format.
    ///
    /// ```
    /// use heirloom::{Term, TermRef};
    ///
    /// let object: Term = r#"{key, <<"value">>}"#.parse()?;
    /// let value = object.element(2).map(TermRef::to_etf).transpose()?;
    /// assert_eq!(value.as_deref(), Some(&b"\x83m\0\0\0\x05value"[..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`to_etf_into`](Self::to_etf_into).
    pub fn to_etf(self) -> Result<Vec<u8>, EtfError> {
        let mut bytes = Vec::new();
        self.to_etf_into(&mut bytes)?;
        Ok(bytes)
    }

    /// Appends the term in External Term Format: the version byte 131, then the term. Time is proportional to its size.
    ///
    /// Reading it back gives the same term, and the same [`Origin`](super::Origin) of every binary. (A bit string that does not end with a whole
    /// byte comes back with [`Origin::Text`](super::Origin::Text).)
    ///
    /// ```
    /// use heirloom::{Atom, ToTerm};
    ///
    /// let mut bytes = vec![7];
    /// Atom::OK.to_term()?.as_ref().to_etf_into(&mut bytes)?;
    /// assert_eq!(bytes, [7, 131, 119, 2, b'o', b'k']);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`EtfErrorKind::TooLarge`] where a bit string has 4 GiB or more, or a map 2^32 keys: the format has no way to say so. `bytes` is then as
    /// it was.
    pub fn to_etf_into(self, bytes: &mut Vec<u8>) -> Result<(), EtfError> {
        encode::encode(self, bytes)
    }
}
