//! Values to terms.
//!
//! Serde tells a value from the outside in, and ends each container when its parts are told: what a [`TermBuilder`] wants.

use ::serde::{Serialize, Serializer, ser};

use super::{EMBEDDED, SerdeError};
use crate::term::{Atom, Origin, Term, TermBuilder};

/// Takes a value's parts and makes a term of them.
pub(super) struct TermSerializer {
    builder: TermBuilder,
    /// Levels that may still be opened.
    depth_left: usize,
    depth_max: usize,
    /// Set while the next bytes are the encoding of a term.
    embedded: bool,
}

type Done = Result<(), SerdeError>;

impl TermSerializer {
    pub(super) fn new(depth_max: usize) -> TermSerializer {
        TermSerializer {
            builder: TermBuilder::new(),
            depth_left: depth_max,
            depth_max,
            embedded: false,
        }
    }

    /// The term of the value that has been serialised.
    pub(super) fn finish(self) -> Result<Term, SerdeError> {
        Ok(self.builder.finish()?)
    }

    /// Goes one level deeper.
    fn enter(&mut self) -> Done {
        let depth_max = self.depth_max;
        let left = self.depth_left.checked_sub(1);
        self.depth_left = left.ok_or(SerdeError::TooDeep { depth_max })?;
        Ok(())
    }

    /// Comes back from a level. (After an error nobody goes on, so nobody needs to come back.)
    fn leave(&mut self) {
        self.depth_left += 1;
    }

    /// A value one level deeper.
    fn nested<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.enter()?;
        value.serialize(&mut *self)?;
        self.leave();
        Ok(())
    }

    /// A name of the value's type.
    fn name(&mut self, name: &str) -> Done {
        let atom = Atom::new(name).map_err(crate::TermError::from)?;
        Ok(self.builder.push_atom(atom)?)
    }

    /// A container whose parts follow. Some parts may be on the builder already.
    fn container(&mut self, makes: Makes, count: usize) -> Result<Container<'_>, SerdeError> {
        self.enter()?;
        Ok(Container {
            serializer: self,
            makes,
            count,
        })
    }
}

/// Values that are pushed as they are.
macro_rules! push {
    ($($name:ident: $type:ty;)*) => {$(
        fn $name(self, value: $type) -> Done {
            Ok(self.builder.push(&value)?)
        }
    )*};
}

impl<'a> Serializer for &'a mut TermSerializer {
    type Ok = ();
    type Error = SerdeError;
    type SerializeSeq = Container<'a>;
    type SerializeTuple = Container<'a>;
    type SerializeTupleStruct = Container<'a>;
    type SerializeTupleVariant = Container<'a>;
    type SerializeMap = Container<'a>;
    type SerializeStruct = Container<'a>;
    type SerializeStructVariant = Container<'a>;

    /// Terms are for programs.
    fn is_human_readable(&self) -> bool {
        false
    }

    push! {
        serialize_bool: bool;
        serialize_i8: i8;
        serialize_i16: i16;
        serialize_i32: i32;
        serialize_i64: i64;
        serialize_i128: i128;
        serialize_u8: u8;
        serialize_u16: u16;
        serialize_u32: u32;
        serialize_u64: u64;
        serialize_u128: u128;
        serialize_f32: f32;
        serialize_f64: f64;
        serialize_char: char;
    }

    fn serialize_str(self, text: &str) -> Done {
        Ok(self.builder.push_bytes(text.as_bytes(), Origin::Text)?)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Done {
        if std::mem::take(&mut self.embedded) {
            return Ok(self.builder.push(&Term::from_etf(bytes)?)?);
        }
        Ok(self.builder.push_bytes(bytes, Origin::Raw)?)
    }

    fn serialize_none(self) -> Done {
        Ok(self.builder.push_atom(Atom::UNDEFINED)?)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        self.nested(value)
    }

    fn serialize_unit(self) -> Done {
        Ok(self.builder.make_tuple(0)?)
    }

    fn serialize_unit_struct(self, name: &'static str) -> Done {
        self.name(name)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done {
        self.name(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Done {
        self.embedded = name == EMBEDDED;
        self.nested(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Done {
        self.name(variant)?;
        self.nested(value)?;
        Ok(self.builder.make_tuple(2)?)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Container<'a>, SerdeError> {
        self.container(Makes::List, 0)
    }

    fn serialize_tuple(self, _: usize) -> Result<Container<'a>, SerdeError> {
        self.container(Makes::Tuple, 0)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Container<'a>, SerdeError> {
        self.container(Makes::Tuple, 0)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Container<'a>, SerdeError> {
        self.name(variant)?;
        self.container(Makes::Tuple, 1)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Container<'a>, SerdeError> {
        self.container(Makes::Map, 0)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Container<'a>, SerdeError> {
        self.container(Makes::Map, 0)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Container<'a>, SerdeError> {
        self.name(variant)?;
        self.container(Makes::VariantMap, 0)
    }
}

/// What a container's parts become.
enum Makes {
    List,
    Tuple,
    Map,
    /// A map, and a pair of the variant's name, which stands before the parts, and the map.
    VariantMap,
}

/// A container some of whose parts have been serialised.
pub(super) struct Container<'a> {
    serializer: &'a mut TermSerializer,
    makes: Makes,
    /// Elements, or pairs.
    count: usize,
}

impl Container<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.count += 1;
        value.serialize(&mut *self.serializer)
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Done {
        self.serializer.name(name)?;
        self.element(value)
    }

    fn finish(self) -> Done {
        let builder = &mut self.serializer.builder;
        match self.makes {
            Makes::List => builder.make_list(self.count)?,
            Makes::Tuple => builder.make_tuple(self.count)?,
            Makes::Map => builder.make_map(self.count)?,
            Makes::VariantMap => {
                builder.make_map(self.count)?;
                builder.make_tuple(2)?;
            }
        }
        self.serializer.leave();
        Ok(())
    }
}

/// Containers of elements, which serde has under many names.
macro_rules! elements {
    ($($trait:ident: $element:ident;)*) => {$(
        impl ser::$trait for Container<'_> {
            type Ok = ();
            type Error = SerdeError;

            fn $element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
                self.element(value)
            }

            fn end(self) -> Done {
                self.finish()
            }
        }
    )*};
}

elements! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
}

/// Containers of named fields.
macro_rules! fields {
    ($($trait:ident;)*) => {$(
        impl ser::$trait for Container<'_> {
            type Ok = ();
            type Error = SerdeError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Done {
                self.field(name, value)
            }

            fn end(self) -> Done {
                self.finish()
            }
        }
    )*};
}

fields! {
    SerializeStruct;
    SerializeStructVariant;
}

impl ser::SerializeMap for Container<'_> {
    type Ok = ();
    type Error = SerdeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        key.serialize(&mut *self.serializer)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.element(value)
    }

    fn end(self) -> Done {
        self.finish()
    }
}
