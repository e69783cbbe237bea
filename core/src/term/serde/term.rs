//! Terms through other formats.

use std::fmt;

use ::serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use ::serde::ser::{Error, SerializeMap, SerializeSeq, SerializeTuple};
use ::serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{EMBEDDED, SERDE_DEPTH_MAX, SerdeError};
use crate::term::{Atom, Origin, Term, TermBuilder, TermError, TermKind, TermRef};

/// As [`Term`].
impl Serialize for TermRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            Readable::new(*self).serialize(serializer)
        } else {
            serializer.serialize_newtype_struct(EMBEDDED, &Encoded(*self))
        }
    }
}

/// In formats that people don't read (bincode, postcard, MessagePack, CBOR, …) a term is the bytes of its External Term Format: whole, at any depth
/// that the default [`Limits`](crate::Limits) allow. In those that people read (JSON, YAML, TOML, …) it is what looks most like it:
///
/// | term | written as | read back as |
/// |---|---|---|
/// | integer up to 128 bits | integer | the same, if the format has it (JSON readers often stop at 64 bits) |
/// | float | float | the same |
/// | `true`, `false` | boolean | the same |
/// | `undefined` | nothing, `null` | the same |
/// | other atom | string | text binary |
/// | binary of valid UTF-8 with [`Origin::Text`] | string | the same |
/// | other binary | bytes (in JSON: numbers) | raw binary (from JSON: list) |
/// | tuple | tuple (in JSON: array) | list |
/// | proper list | sequence | the same |
/// | map | map; keys that are neither atom, text nor integer as their text | the same with the keys' strings as text binaries |
/// | anything else | string of its text in Erlang's syntax | text binary |
///
/// So JSON becomes a term and is the same JSON when it comes back, but not every term survives the journey through JSON. Strings never become
/// atoms, so hostile input can't fill the atom table.
///
/// ```
/// use heirloom::Term;
///
/// let term: Term = r#"#{state => {busy, 5}, name => <<"w1">>, exit => undefined}"#.parse()?;
/// let json = serde_json::to_string(&term)?;
/// assert_eq!(json, r#"{"exit":null,"name":"w1","state":["busy",5]}"#);
/// let back: Term = serde_json::from_str(&json)?;
/// assert_eq!(back.to_string(), r#"#{<<"exit">> => undefined,<<"name">> => <<"w1">>,<<"state">> => [<<"busy">>,5]}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl Serialize for Term {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().serialize(serializer)
    }
}

/// The table is at [`Serialize`](#impl-Serialize-for-Term).
impl<'de> Deserialize<'de> for Term {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Term, D::Error> {
        if !deserializer.is_human_readable() {
            return deserializer.deserialize_newtype_struct(EMBEDDED, EncodedVisitor);
        }
        let mut builder = TermBuilder::new();
        Parts::of(&mut builder).deserialize(deserializer)?;
        builder.finish().map_err(de::Error::custom)
    }
}

/// A string in formats that people read, otherwise as [`Term`].
///
/// ```
/// use heirloom::{Atom, to_term};
///
/// assert_eq!(serde_json::to_string(&Atom::OK)?, r#""ok""#);
/// assert_eq!(to_term(&vec![Atom::OK])?.to_string(), "[ok]");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl Serialize for Atom {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(self.as_str())
        } else {
            Term::from(*self).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Atom {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Atom, D::Error> {
        if deserializer.is_human_readable() {
            return deserializer.deserialize_str(AtomVisitor);
        }
        let term = Term::deserialize(deserializer)?;
        term.convert().map_err(de::Error::custom)
    }
}

/// Takes an atom's text.
struct AtomVisitor;

impl Visitor<'_> for AtomVisitor {
    type Value = Atom;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the text of an atom")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Atom, E> {
        Atom::new(text).map_err(E::custom)
    }
}

/// A term as the bytes of its encoding.
struct Encoded<'a>(TermRef<'a>);

impl Serialize for Encoded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = self.0.to_etf().map_err(S::Error::custom)?;
        serializer.serialize_bytes(&bytes)
    }
}

/// Takes the bytes of an encoding.
struct EncodedVisitor;

impl<'de> Visitor<'de> for EncodedVisitor {
    type Value = Term;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a term in External Term Format")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Term, D::Error> {
        inner.deserialize_bytes(self)
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Term, E> {
        Term::from_etf(bytes).map_err(E::custom)
    }
}

/// One level deeper, where that is still allowed.
fn nested<E>(depth_left: usize, custom: impl FnOnce(SerdeError) -> E) -> Result<usize, E> {
    let too_deep = SerdeError::TooDeep {
        depth_max: SERDE_DEPTH_MAX,
    };
    depth_left.checked_sub(1).ok_or_else(|| custom(too_deep))
}

/// A term on its way into a format that people read.
#[derive(Clone, Copy)]
struct Readable<'a> {
    term: TermRef<'a>,
    depth_left: usize,
}

impl<'a> Readable<'a> {
    fn new(term: TermRef<'a>) -> Readable<'a> {
        Readable {
            term,
            depth_left: SERDE_DEPTH_MAX,
        }
    }

    /// What makes of a part what is serialised one level deeper.
    fn inside<E: Error>(self) -> Result<impl Fn(TermRef<'a>) -> Readable<'a>, E> {
        let depth_left = nested(self.depth_left, E::custom)?;
        Ok(move |term| Readable { term, depth_left })
    }

    fn tuple<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        let inside = self.inside()?;
        let elements = self.term.elements().into_iter().flatten();
        let mut tuple = serializer.serialize_tuple(self.term.arity().unwrap_or(0))?;
        for element in elements {
            tuple.serialize_element(&inside(element))?;
        }
        tuple.end()
    }

    fn list<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(length) = self.term.list_length() else {
            return serializer.collect_str(&self.term);
        };
        let inside = self.inside()?;
        let mut sequence = serializer.serialize_seq(Some(length))?;
        for element in self.term.list_elements().into_iter().flatten() {
            sequence.serialize_element(&inside(element))?;
        }
        sequence.end()
    }

    fn map<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        let inside = self.inside()?;
        let mut map = serializer.serialize_map(self.term.map_size())?;
        for (key, value) in self.term.map_pairs().into_iter().flatten() {
            map.serialize_entry(&Key(key), &inside(value))?;
        }
        map.end()
    }

    fn bits<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.term.origin() == Some(Origin::Text);
        match (self.term.as_str(), self.term.as_bytes()) {
            (Some(string), _) if text => serializer.serialize_str(string),
            (_, Some(bytes)) => serializer.serialize_bytes(bytes),
            _ => serializer.collect_str(&self.term),
        }
    }
}

impl Serialize for Readable<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.term.kind() {
            TermKind::Integer => integer(self.term, serializer),
            TermKind::Float => serializer.serialize_f64(self.term.as_f64().unwrap_or_default()),
            TermKind::Atom => atom(self.term, serializer),
            TermKind::Tuple => self.tuple(serializer),
            TermKind::Nil | TermKind::List => self.list(serializer),
            TermKind::Map => self.map(serializer),
            TermKind::BitString => self.bits(serializer),
            TermKind::Pid | TermKind::TableId => serializer.collect_str(&self.term),
        }
    }
}

/// In the smallest type, as formats that have only 64 bits like it; beyond 128 bits as text.
fn integer<S: Serializer>(term: TermRef<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    if let Some(value) = term.as_i64() {
        serializer.serialize_i64(value)
    } else if let Some(value) = term.as_u64() {
        serializer.serialize_u64(value)
    } else if let Some(value) = term.as_i128() {
        serializer.serialize_i128(value)
    } else if let Some(value) = term.as_u128() {
        serializer.serialize_u128(value)
    } else {
        serializer.collect_str(&term)
    }
}

fn atom<S: Serializer>(term: TermRef<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    match (term.as_bool(), term.as_atom()) {
        (Some(value), _) => serializer.serialize_bool(value),
        (_, None | Some(Atom::UNDEFINED)) => serializer.serialize_none(),
        (_, Some(atom)) => serializer.serialize_str(atom.as_str()),
    }
}

/// A key of a map: a string or an integer, since that is all that some formats have.
struct Key<'a>(TermRef<'a>);

impl Serialize for Key<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = self.0.as_atom().map(Atom::as_str);
        match name.or_else(|| self.0.as_str()) {
            Some(text) => serializer.serialize_str(text),
            None if self.0.kind() == TermKind::Integer => integer(self.0, serializer),
            None => serializer.collect_str(&self.0),
        }
    }
}

/// Takes whatever a format that people read has, and pushes the term of it.
struct Parts<'b> {
    builder: &'b mut TermBuilder,
    depth_left: usize,
}

impl<'b> Parts<'b> {
    fn of(builder: &'b mut TermBuilder) -> Parts<'b> {
        Parts {
            builder,
            depth_left: SERDE_DEPTH_MAX,
        }
    }

    /// The same one level deeper, for one of several parts.
    fn inside<E: de::Error>(&mut self) -> Result<Parts<'_>, E> {
        Ok(Parts {
            depth_left: nested(self.depth_left, E::custom)?,
            builder: self.builder,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Parts<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Leaves that are pushed as they are.
macro_rules! push {
    ($($visit:ident($value:ident: $type:ty) => $push:expr;)*) => {$(
        fn $visit<E: de::Error>(self, $value: $type) -> Result<(), E> {
            let push: fn(&mut TermBuilder, $type) -> Result<(), TermError> = $push;
            push(self.builder, $value).map_err(E::custom)
        }
    )*};
}

impl<'de> Visitor<'de> for Parts<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything that a term can be made of")
    }

    push! {
        visit_bool(value: bool) => |builder, value| builder.push(&value);
        visit_i64(value: i64) => TermBuilder::push_i64;
        visit_u64(value: u64) => |builder, value| builder.push(&value);
        visit_i128(value: i128) => |builder, value| builder.push(&value);
        visit_u128(value: u128) => |builder, value| builder.push(&value);
        visit_f64(value: f64) => TermBuilder::push_f64;
        visit_str(text: &str) => |builder, text| builder.push_bytes(text.as_bytes(), Origin::Text);
        visit_bytes(bytes: &[u8]) => |builder, bytes| builder.push_bytes(bytes, Origin::Raw);
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.builder.push_atom(Atom::UNDEFINED).map_err(E::custom)
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(mut self, inner: D) -> Result<(), D::Error> {
        self.inside()?.deserialize(inner)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(mut self, inner: D) -> Result<(), D::Error> {
        self.inside()?.deserialize(inner)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut sequence: A) -> Result<(), A::Error> {
        let mut count = 0;
        while sequence.next_element_seed(self.inside()?)?.is_some() {
            count += 1;
        }
        self.builder.make_list(count).map_err(de::Error::custom)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut count = 0;
        while map.next_key_seed(self.inside()?)?.is_some() {
            map.next_value_seed(self.inside()?)?;
            count += 1;
        }
        self.builder.make_map(count).map_err(de::Error::custom)
    }
}
