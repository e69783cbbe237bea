//! Which plain values a type has, asked of the type itself: it is made to begin to read one, and what it asks for is the answer.

use std::cell::Cell;

use ::serde::de::Visitor;
use ::serde::forward_to_deserialize_any;
use ::serde::{Deserialize, Deserializer};

use super::EMBEDDED;
use super::short::{DEPTH_MAX, NotShort};
use crate::term::PlainKind;

/// The kind of most values of a type, if they are plain. A guess: nothing may rest on it but speed.
pub(crate) fn plain_kind_of<T: Deserialize<'static>>() -> Option<PlainKind> {
    let asked = Cell::new(None);
    let question = Question {
        asked: &asked,
        depth_left: DEPTH_MAX,
    };
    // There is nothing to be read, so this fails; unless the type makes something of that, which is nobody's business.
    drop(T::deserialize(question));
    asked.get()
}

struct Question<'q> {
    asked: &'q Cell<Option<PlainKind>>,
    depth_left: u8,
}

impl Question<'_> {
    fn nested(self) -> Result<Self, NotShort> {
        let depth_left = self.depth_left.checked_sub(1).ok_or(NotShort)?;
        Ok(Question { depth_left, ..self })
    }
}

macro_rules! plain {
    ($($name:ident: $kind:ident;)*) => {$(
        fn $name<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NotShort> {
            self.asked.set(Some(PlainKind::$kind));
            Err(NotShort)
        }
    )*};
}

impl<'de> Deserializer<'de> for Question<'_> {
    type Error = NotShort;

    /// As for any term.
    fn is_human_readable(&self) -> bool {
        false
    }

    plain! {
        deserialize_bool: Word;
        deserialize_char: Word;
        deserialize_i8: Word;
        deserialize_i16: Word;
        deserialize_i32: Word;
        deserialize_i64: Signed;
        deserialize_u8: Word;
        deserialize_u16: Word;
        deserialize_u32: Word;
        deserialize_u64: Unsigned;
        deserialize_f32: Float;
        deserialize_f64: Float;
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotShort> {
        visitor.visit_some(self.nested()?)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, NotShort> {
        if name == EMBEDDED {
            return Err(NotShort);
        }
        visitor.visit_newtype_struct(self.nested()?)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NotShort> {
        Err(NotShort)
    }

    forward_to_deserialize_any! {
        i128 u128 str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct enum
        identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU64;

    #[derive(Deserialize)]
    struct UserId(#[expect(dead_code, reason = "it is never read")] u64);

    /// A type without values, which never comes to an end.
    #[derive(Deserialize)]
    struct Endless(#[expect(dead_code, reason = "it is never read")] Box<Endless>);

    #[test]
    fn a_type_says_what_it_has() {
        assert_eq!(plain_kind_of::<u64>(), Some(PlainKind::Unsigned));
        assert_eq!(plain_kind_of::<usize>(), Some(PlainKind::Unsigned));
        assert_eq!(plain_kind_of::<NonZeroU64>(), Some(PlainKind::Unsigned));
        assert_eq!(plain_kind_of::<UserId>(), Some(PlainKind::Unsigned));
        assert_eq!(plain_kind_of::<Option<i64>>(), Some(PlainKind::Signed));
        assert_eq!(plain_kind_of::<f32>(), Some(PlainKind::Float));
        assert_eq!(plain_kind_of::<char>(), Some(PlainKind::Word));
        assert_eq!(plain_kind_of::<String>(), None);
        assert_eq!(plain_kind_of::<&'static str>(), None);
        assert_eq!(plain_kind_of::<(u64, u64)>(), None);
        assert_eq!(plain_kind_of::<Endless>(), None);
    }
}
