//! Terms to values.

use ::serde::Deserializer;
use ::serde::de::value::BorrowedStrDeserializer;
use ::serde::de::{
    DeserializeSeed, EnumAccess, Expected, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::{EMBEDDED, SerdeError};
use crate::term::{
    Atom, ConvertError, FromTerm, ListElements, MapPairs, Origin, TermKind, TermRef,
};

/// A term about to be read as whatever the type asks for.
#[derive(Clone, Copy)]
pub(super) struct TermDeserializer<'de> {
    term: TermRef<'de>,
    /// Levels that may still be gone down.
    depth_left: usize,
    depth_max: usize,
    /// Whether the type wants the term itself, as the bytes of its encoding.
    embedded: bool,
}

impl<'de> TermDeserializer<'de> {
    pub(super) fn new(term: TermRef<'de>, depth_max: usize) -> TermDeserializer<'de> {
        TermDeserializer {
            term,
            depth_left: depth_max,
            depth_max,
            embedded: false,
        }
    }

    /// The same one level deeper. Types that wrap themselves without end find theirs here.
    fn nested(self) -> Result<Self, SerdeError> {
        let depth_max = self.depth_max;
        let left = self.depth_left.checked_sub(1);
        Ok(TermDeserializer {
            depth_left: left.ok_or(SerdeError::TooDeep { depth_max })?,
            ..self
        })
    }

    /// Another term on the same level.
    fn of(self, term: TermRef<'de>) -> Self {
        TermDeserializer { term, ..self }
    }

    /// The error of a term of the wrong kind.
    fn mismatch(self, expected: &dyn Expected) -> SerdeError {
        SerdeError::Kind {
            expected: expected.to_string(),
            found: self.term.kind(),
        }
    }

    /// The value of a type that this crate converts to, errors in the type's words.
    fn convert<T: FromTerm<'de>>(self, expected: &dyn Expected) -> Result<T, SerdeError> {
        T::from_term(self.term).map_err(|error| match error {
            ConvertError::Range { target } => self.out_of_range(target),
            ConvertError::NotUtf8 => SerdeError::NotUtf8,
            _ => self.mismatch(expected),
        })
    }

    fn out_of_range(self, target: &'static str) -> SerdeError {
        SerdeError::Range {
            target,
            found: number_text(self.term),
        }
    }

    /// The elements of a proper list.
    fn list(self, expected: &dyn Expected) -> Result<Parts<'de, ListElements<'de>>, SerdeError> {
        let elements = self.term.list_elements();
        let elements = elements.ok_or_else(|| self.mismatch(expected))?;
        let improper = || SerdeError::ImproperList {
            expected: expected.to_string(),
        };
        let left = self.term.list_length().ok_or_else(improper)?;
        self.parts(elements, left)
    }

    /// So many elements, which are one level deeper.
    fn parts<I>(self, elements: I, left: usize) -> Result<Parts<'de, I>, SerdeError> {
        Ok(Parts {
            elements,
            left,
            inside: self.nested()?,
        })
    }

    /// A tuple of a known number of elements, or what follows the first `skipped` of them.
    fn tuple<V: Visitor<'de>>(
        self,
        skipped: usize,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        let elements = self.term.elements();
        let elements = elements.ok_or_else(|| self.mismatch(&visitor))?;
        if elements.len() != skipped + length {
            return Err(SerdeError::Length {
                expected: skipped + length,
                found: elements.len(),
            });
        }
        self.parts(elements.skip(skipped), length)?.visit(visitor)
    }

    /// A string; of other binaries their bytes; of other bit strings their text.
    fn any_bits<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        let Some(bytes) = self.term.as_bytes() else {
            return visitor.visit_string(self.term.to_string());
        };
        match self.term.as_str() {
            Some(text) if self.term.origin() == Some(Origin::Text) => {
                visitor.visit_borrowed_str(text)
            }
            _ => visitor.visit_borrowed_bytes(bytes),
        }
    }

    /// An integer of the smallest type; one beyond 128 bits as its text.
    fn any_integer<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        if let Some(value) = self.term.as_u64() {
            visitor.visit_u64(value)
        } else if let Some(value) = self.term.as_i64() {
            visitor.visit_i64(value)
        } else if let Some(value) = self.term.as_i128() {
            visitor.visit_i128(value)
        } else if let Some(value) = self.term.as_u128() {
            visitor.visit_u128(value)
        } else {
            visitor.visit_string(self.term.to_string())
        }
    }

    /// `true`, `false`, nothing, or a name.
    fn any_atom<V: Visitor<'de>>(self, atom: Atom, visitor: V) -> Result<V::Value, SerdeError> {
        match atom {
            Atom::UNDEFINED => visitor.visit_none(),
            _ => match atom.as_bool() {
                Some(value) => visitor.visit_bool(value),
                None => visitor.visit_borrowed_str(atom.as_str()),
            },
        }
    }

    /// A tuple as a sequence; the one without elements is what `()` is made to.
    fn any_tuple<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.term.arity() {
            None | Some(0) => visitor.visit_unit(),
            Some(arity) => self.tuple(0, arity, visitor),
        }
    }
}

/// A number as errors quote it.
fn number_text(term: TermRef<'_>) -> String {
    let large = |bits| format!("an integer of {bits} bits");
    match (term.as_i128(), term.as_f64(), term.to_big_integer()) {
        (None, None, Some(value)) if value.bits() > 128 => large(value.bits()),
        _ => term.to_string(),
    }
}

/// Types that both this crate and serde know by the same name.
macro_rules! convert {
    ($($name:ident: $type:ty, $visit:ident;)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
            let value: $type = self.convert(&visitor)?;
            visitor.$visit(value)
        }
    )*};
}

impl<'de> Deserializer<'de> for TermDeserializer<'de> {
    type Error = SerdeError;

    /// Terms are for programs.
    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match (self.term.kind(), self.term.as_atom()) {
            (_, Some(atom)) => self.any_atom(atom, visitor),
            (TermKind::Integer, _) => self.any_integer(visitor),
            (TermKind::Float, _) => self.deserialize_f64(visitor),
            (TermKind::BitString, _) => self.any_bits(visitor),
            (TermKind::Tuple, _) => self.any_tuple(visitor),
            (TermKind::Nil | TermKind::List, _) => self.deserialize_seq(visitor),
            (TermKind::Map, _) => self.deserialize_map(visitor),
            _ => visitor.visit_string(self.term.to_string()),
        }
    }

    convert! {
        deserialize_bool: bool, visit_bool;
        deserialize_i8: i8, visit_i8;
        deserialize_i16: i16, visit_i16;
        deserialize_i32: i32, visit_i32;
        deserialize_i64: i64, visit_i64;
        deserialize_i128: i128, visit_i128;
        deserialize_u8: u8, visit_u8;
        deserialize_u16: u16, visit_u16;
        deserialize_u32: u32, visit_u32;
        deserialize_u64: u64, visit_u64;
        deserialize_u128: u128, visit_u128;
        deserialize_f64: f64, visit_f64;
        deserialize_str: &'de str, visit_borrowed_str;
        deserialize_string: &'de str, visit_borrowed_str;
    }

    /// Rounds to the nearest `f32`, but not to infinity.
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        let value = self.convert::<f64>(&visitor)? as f32;
        if value.is_finite() {
            visitor.visit_f32(value)
        } else {
            Err(self.out_of_range("f32"))
        }
    }

    /// A code point, or a binary of one character, which is for the visitor to count.
    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        if self.term.kind() == TermKind::BitString {
            return self.deserialize_str(visitor);
        }
        let value = self.convert(&visitor)?;
        visitor.visit_char(value)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        if self.embedded {
            return visitor.visit_byte_buf(self.term.to_etf()?);
        }
        let bytes = self.convert(&visitor)?;
        visitor.visit_borrowed_bytes(bytes)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.term.as_atom() {
            Some(Atom::UNDEFINED) => visitor.visit_none(),
            _ => visitor.visit_some(self.nested()?),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.term.arity() {
            Some(0) => visitor.visit_unit(),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        match self.term.as_atom() {
            Some(atom) if atom.as_str() == name => visitor.visit_unit(),
            Some(atom) => Err(SerdeError::Invalid {
                expected: (&visitor as &dyn Expected).to_string(),
                found: format!("the atom {atom}"),
            }),
            None => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        let embedded = name == EMBEDDED;
        visitor.visit_newtype_struct(TermDeserializer {
            embedded,
            ..self.nested()?
        })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        self.list(&visitor)?.visit(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        self.tuple(0, length, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        self.tuple(0, length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        let pairs = self.term.map_pairs();
        let pairs = Pairs {
            pairs: pairs.ok_or_else(|| self.mismatch(&visitor))?,
            value: None,
            inside: self.nested()?,
        };
        visitor.visit_map(pairs)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        self.deserialize_map(visitor)
    }

    /// An atom, or a tuple that begins with one.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        let first = self.term.element(1).unwrap_or(self.term);
        let name = first.as_atom().ok_or_else(|| self.mismatch(&visitor))?;
        let variant = Variant {
            term: self.nested()?,
        };
        visitor.visit_enum(Enum { name, variant })
    }

    /// The name of a field or variant.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.term.as_atom() {
            Some(atom) => visitor.visit_borrowed_str(atom.as_str()),
            None => self.deserialize_str(visitor),
        }
    }

    /// What is ignored is not gone through.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        visitor.visit_unit()
    }
}

/// The elements of a list or tuple that are left.
struct Parts<'de, I> {
    elements: I,
    left: usize,
    inside: TermDeserializer<'de>,
}

impl<'de, I: Iterator<Item = TermRef<'de>>> Parts<'de, I> {
    /// Hands the elements out, all of which have to be taken.
    fn visit<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, SerdeError> {
        let found = self.left;
        let value = visitor.visit_seq(&mut self)?;
        match self.left {
            0 => Ok(value),
            left => Err(SerdeError::Length {
                expected: found - left,
                found,
            }),
        }
    }
}

impl<'de, I: Iterator<Item = TermRef<'de>>> SeqAccess<'de> for &mut Parts<'de, I> {
    type Error = SerdeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, SerdeError> {
        let Some(element) = self.elements.next() else {
            return Ok(None);
        };
        self.left -= 1;
        seed.deserialize(self.inside.of(element)).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

/// The pairs of a map that are left.
struct Pairs<'de> {
    pairs: MapPairs<'de>,
    /// The value of the key handed out last.
    value: Option<TermRef<'de>>,
    inside: TermDeserializer<'de>,
}

impl<'de> MapAccess<'de> for Pairs<'de> {
    type Error = SerdeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, SerdeError> {
        let Some((key, value)) = self.pairs.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize(self.inside.of(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, SerdeError> {
        let value = self.value.take().ok_or_else(|| SerdeError::Custom {
            message: "a value was asked for before its key".to_owned(),
        })?;
        seed.deserialize(self.inside.of(value))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.pairs.len())
    }
}

/// A variant's name and what it carries.
struct Enum<'de> {
    name: Atom,
    variant: Variant<'de>,
}

impl<'de> EnumAccess<'de> for Enum<'de> {
    type Error = SerdeError;
    type Variant = Variant<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Variant<'de>), SerdeError> {
        let name = BorrowedStrDeserializer::<SerdeError>::new(self.name.as_str());
        Ok((seed.deserialize(name)?, self.variant))
    }
}

/// The whole term of a variant.
struct Variant<'de> {
    term: TermDeserializer<'de>,
}

impl<'de> Variant<'de> {
    /// The one value that a variant carries.
    fn value(self) -> Result<TermDeserializer<'de>, SerdeError> {
        let arity = self.term.term.arity();
        let found =
            arity.ok_or_else(|| self.term.mismatch(&"a tuple of a variant and its value"))?;
        match self.term.term.element(2) {
            Some(value) if found == 2 => Ok(self.term.of(value)),
            _ => Err(SerdeError::Length { expected: 2, found }),
        }
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = SerdeError;

    fn unit_variant(self) -> Result<(), SerdeError> {
        match self.term.term.as_atom() {
            Some(_) => Ok(()),
            None => Err(self.term.mismatch(&"the atom of a variant without values")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, SerdeError> {
        seed.deserialize(self.value()?)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        self.term.tuple(1, length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        self.value()?.deserialize_map(visitor)
    }
}
