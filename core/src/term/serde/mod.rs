//! The bridge to serde: any `Serialize` type becomes a term, any `Deserialize` type is read from one, and terms go through other formats.

mod de;
mod error;
mod kind;
mod plain;
mod ser;
mod short;
mod term;

use ::serde::{Deserialize, Serialize};

pub use error::SerdeError;
pub(crate) use kind::plain_kind_of;
pub(crate) use plain::from_plain;
pub(crate) use short::{plain_of, with_term};

use super::{Term, TermRef};

/// How deep values may be nested on their way through serde, in levels: every container, enum, newtype and `Some` is one. 256.
///
/// Serde's interface recurses, so depth costs stack, of which the types on the way use as much as they please: with ordinary ones this much
/// fits a thread of 2 MiB even without optimisation. [`to_term_with_depth`] and [`from_term_with_depth`] take another limit.
///
/// ```
/// let mut term = heirloom::Term::NIL;
/// for _ in 0..heirloom::SERDE_DEPTH_MAX {
///     term = heirloom::Term::list([term])?;
/// }
/// assert!(serde_json::to_string(&term).unwrap_err().to_string().contains("nested deeper than 256"));
/// # Ok::<(), heirloom::TermError>(())
/// ```
pub const SERDE_DEPTH_MAX: usize = 256;

/// The name under which a [`Term`] travels through the bridge as it is, whole: a newtype struct of this name around its External Term Format.
const EMBEDDED: &str = "$heirloom::Term";

/// Makes a term of any value that serde can serialise.
///
/// | Rust | term |
/// |---|---|
/// | `bool` | the atom `true` or `false` |
/// | integers up to 128 bits | integer |
/// | `f32`, `f64` | float; NaN and infinities are errors |
/// | `char` | integer, its code point (a binary of one character is also read) |
/// | `str`, `String` | binary of UTF-8 ([`Origin::Text`](crate::Origin::Text)) |
/// | bytes, as from the crate `serde_bytes` | binary ([`Origin::Raw`](crate::Origin::Raw)) |
/// | `None` | the atom `undefined` |
/// | `Some(x)` | `x` |
/// | `()` | `{}` |
/// | `struct Unit;` | the atom `'Unit'` |
/// | `struct Meters(f64)` | what it wraps |
/// | `Vec`, slices, sets | list |
/// | tuples, `struct Pair(A, B)`, arrays `[T; N]` | tuple |
/// | `struct Point { x, y }` | map with atoms as keys: `#{x => 1,y => 2}` |
/// | `HashMap`, `BTreeMap` | map with keys of any kind; two equal ones are an error |
/// | `Shape::Empty` | the atom `'Empty'` |
/// | `Shape::Circle(r)` | `{'Circle',R}` |
/// | `Shape::Line(a, b)` | `{'Line',A,B}` |
/// | `Shape::Box { width }` | `{'Box',#{width => W}}` |
/// | [`Term`], [`TermRef`], [`Atom`](crate::Atom) | themselves |
///
/// Names are as serde has them, so `#[serde(rename_all = "snake_case")]` gives the usual atoms of Erlang. [`from_term`] is the reverse. Some
/// things to know:
/// * `Some(None)` is `None` is `undefined`, as JSON has one `null`: it comes back as `None`.
/// * Serde sees no difference between `Vec<u8>` and other vectors: it is a list. Use `serde_bytes`, or [`ToTerm`](crate::ToTerm), for a binary.
/// * Types that have a compact form beside a readable one, such as addresses and UUIDs, are asked for the compact one: `127.0.0.1` is
///   `{127,0,0,1}`.
/// * A struct with a flattened field is a map of strings to serde, so its keys are binaries. [`from_term`] finds fields by either.
/// * What serde has to set aside before it knows the type (under `flatten`, `untagged` and internally tagged enums) it keeps in its own words, in
///   which atoms are strings and tuples are sequences. Enums that carry data are not read there, and a [`Term`] comes back as it would from JSON.
///
/// ```
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// #[serde(rename_all = "snake_case")]
/// enum State { Idle, Busy { since: u64 } }
///
/// #[derive(Serialize)]
/// struct Worker { name: String, state: State, exit: Option<i32> }
///
/// let worker = Worker { name: "w1".into(), state: State::Busy { since: 5 }, exit: None };
/// let term = heirloom::to_term(&worker)?;
/// assert_eq!(term.to_string(), r#"#{exit => undefined,name => <<"w1">>,state => {busy,#{since => 5}}}"#);
/// assert_eq!(heirloom::to_term(&State::Idle)?.to_string(), "idle");
/// # Ok::<(), heirloom::SerdeError>(())
/// ```
///
/// # Errors
/// [`SerdeError::Term`] for what no term can be (NaN, equal keys, a name too long for an atom), [`SerdeError::TooDeep`] beyond
/// [`SERDE_DEPTH_MAX`], and what the type itself has against being serialised.
pub fn to_term<T: Serialize + ?Sized>(value: &T) -> Result<Term, SerdeError> {
    to_term_with_depth(value, SERDE_DEPTH_MAX)
}

/// [`to_term`] with a limit of nesting of one's own, in levels; the stack has to be large enough for it.
///
/// ```
/// let nested = vec![vec![1]];
/// assert!(heirloom::to_term_with_depth(&nested, 2).is_ok());
/// let error = heirloom::to_term_with_depth(&nested, 1).unwrap_err();
/// assert_eq!(error, heirloom::SerdeError::TooDeep { depth_max: 1 });
/// ```
///
/// # Errors
/// As [`to_term`].
pub fn to_term_with_depth<T: Serialize + ?Sized>(
    value: &T,
    depth_max: usize,
) -> Result<Term, SerdeError> {
    let mut serializer = ser::TermSerializer::new(depth_max);
    value.serialize(&mut serializer)?;
    serializer.finish()
}

/// Reads a value of any type that serde can deserialise; the table is at [`to_term`]. Text and bytes may be borrowed from the term.
///
/// Nothing is taken for something else: integers are not floats, atoms not strings, tuples not lists. Fields of structs are found by
/// atoms or by binaries of their names; fields that the type does not have are skipped.
///
/// ```
/// use heirloom::{SerdeError, Term, from_term};
/// use serde::Deserialize;
///
/// #[derive(Debug, PartialEq, Deserialize)]
/// struct User<'a> { name: &'a str, age: u8 }
///
/// let term: Term = r#"#{name => <<"Ada">>, age => 36, extra => []}"#.parse()?;
/// assert_eq!(from_term(term.as_ref()), Ok(User { name: "Ada", age: 36 }));
///
/// let old: Term = r#"#{name => <<"Ada">>, age => 300}"#.parse()?;
/// let error = from_term::<User<'_>>(old.as_ref()).unwrap_err();
/// assert_eq!(error.to_string(), "300 is out of the range of u8");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`SerdeError`], which says what was expected and what was found.
pub fn from_term<'de, T: Deserialize<'de>>(term: TermRef<'de>) -> Result<T, SerdeError> {
    from_term_with_depth(term, SERDE_DEPTH_MAX)
}

/// [`from_term`] with a limit of nesting of one's own, in levels; the stack has to be large enough for it.
///
/// ```
/// use heirloom::{SerdeError, Term, from_term_with_depth};
///
/// let term: Term = "[[1]]".parse()?;
/// assert_eq!(from_term_with_depth(term.as_ref(), 2), Ok(vec![vec![1]]));
/// let error = from_term_with_depth::<Vec<Vec<i32>>>(term.as_ref(), 1);
/// assert_eq!(error, Err(SerdeError::TooDeep { depth_max: 1 }));
/// # Ok::<(), heirloom::ParseError>(())
/// ```
///
/// # Errors
/// As [`from_term`].
pub fn from_term_with_depth<'de, T: Deserialize<'de>>(
    term: TermRef<'de>,
    depth_max: usize,
) -> Result<T, SerdeError> {
    T::deserialize(de::TermDeserializer::new(term, depth_max))
}
