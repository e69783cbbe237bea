//! Other forms of keys and values.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// Another form of a key or value of type `K`, such as `str` for `String`: what equals a `K` is serialised as that is.
///
/// Every type is a form of itself. For a type of your own you may say so; lookups by a form that is serialised otherwise
/// find nothing. (So `[T]` is a form of `Vec<T>`, but none of `[T; N]`, which serde takes for a tuple.)
///
/// ```
/// use heirloom::{Equivalent, Set};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Place { country: String, town: String }
///
/// #[derive(Serialize)]
/// struct PlaceRef<'a> { country: &'a str, town: &'a str }
///
/// impl Equivalent<Place> for PlaceRef<'_> {}
///
/// let people = Set::<Place, u32>::new("people")?;
/// people.insert(Place { country: "AT".into(), town: "Graz".into() }, 302_000)?;
/// assert_eq!(people.get(&PlaceRef { country: "AT", town: "Graz" })?, Some(302_000));
/// # Ok::<(), heirloom::TableError>(())
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` is no form of `{K}`")]
pub trait Equivalent<K: ?Sized> {}

impl<K> Equivalent<K> for K {}
impl Equivalent<String> for str {}
impl Equivalent<Box<str>> for str {}
impl Equivalent<Cow<'_, str>> for str {}
impl Equivalent<PathBuf> for Path {}
impl<T> Equivalent<Vec<T>> for [T] {}
impl<T> Equivalent<Box<[T]>> for [T] {}
