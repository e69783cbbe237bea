//! Whole typed tables by way of serde: a map where each key has one value, otherwise a sequence of keys and values.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, DeserializeOwned, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

use super::TypedTable;
use super::kinds::TypedKind;
use crate::table::TableError;

/// All keys and values, read first and then written: formats want to know how many there are.
impl<M, K, V> Serialize for TypedTable<M, K, V>
where
    M: TypedKind,
    K: Serialize + DeserializeOwned,
    V: Serialize + DeserializeOwned,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs: Result<Vec<(K, V)>, TableError> = self.iter().collect();
        let pairs = pairs.map_err(ser::Error::custom)?;
        if M::KIND.has_unique_keys() {
            serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
        } else {
            serializer.collect_seq(&pairs)
        }
    }
}

/// A new table with the usual options.
impl<'de, M, K, V> Deserialize<'de> for TypedTable<M, K, V>
where
    M: TypedKind,
    K: Serialize + DeserializeOwned,
    V: Serialize + DeserializeOwned,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = TypedTable::new("deserialized").map_err(de::Error::custom)?;
        if M::KIND.has_unique_keys() {
            deserializer.deserialize_map(Filler(table, PhantomData))
        } else {
            deserializer.deserialize_seq(Filler(table, PhantomData))
        }
    }
}

/// Fills a table with what is told.
struct Filler<'de, M, K, V>(TypedTable<M, K, V>, PhantomData<&'de ()>);

impl<'de, M, K, V> Visitor<'de> for Filler<'de, M, K, V>
where
    M: TypedKind,
    K: Serialize + DeserializeOwned,
    V: Serialize + DeserializeOwned,
{
    type Value = TypedTable<M, K, V>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if M::KIND.has_unique_keys() {
            "a map of keys and values"
        } else {
            "a sequence of keys and values"
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while let Some((key, value)) = map.next_entry()? {
            self.0.insert(key, value).map_err(de::Error::custom)?;
        }
        Ok(self.0)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while let Some((key, value)) = seq.next_element()? {
            self.0.insert(key, value).map_err(de::Error::custom)?;
        }
        Ok(self.0)
    }
}
