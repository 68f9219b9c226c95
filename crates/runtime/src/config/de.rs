//! Reading a type from the merged tree.

use super::error::{ConfigError, ConfigErrorKind};
use super::layers::{Node, Origin, Value};
use serde::de::value::{MapAccessDeserializer, SeqDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;
use std::collections::btree_map;
use std::str::FromStr;

/// Reads a type from the tree.
pub(super) fn read<T: DeserializeOwned>(root: Node) -> Result<T, ConfigError> {
    T::deserialize(root.into_deserializer())
}

/// A node being read.
pub(super) struct Reader {
    node: Node,
    /// The node's key, and the keys known beside it; empty where the type does not list them.
    key: String,
    known: &'static [&'static str],
}

/// A table being read.
struct Entries {
    rest: btree_map::IntoIter<String, Node>,
    known: &'static [&'static str],
    /// The entry whose key has been read.
    current: Option<(String, Node)>,
}

/// Reads a value of the named type from text of no type yet, such as a variable's.
macro_rules! from_text {
    ($($method:ident $visit:ident $type:ty: $expected:literal,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
            match &self.node.value {
                Value::Text(text) => visitor.$visit(parsed::<$type>(text, $expected)?),
                _ => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader {
    type Error = ConfigError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        match self.node.value {
            Value::Table(_) => self.deserialize_struct("", &[], visitor),
            Value::Array(nodes) => visitor.visit_seq(SeqDeserializer::new(nodes.into_iter())),
            Value::Text(text) => visitor.visit_string(text),
            Value::Scalar(toml::Value::Integer(number)) => visitor.visit_i64(number),
            Value::Scalar(toml::Value::Float(number)) => visitor.visit_f64(number),
            Value::Scalar(toml::Value::Boolean(truth)) => visitor.visit_bool(truth),
            Value::Scalar(toml::Value::String(text)) => visitor.visit_string(text),
            Value::Scalar(other) => visitor.visit_string(other.to_string()),
        }
    }

    from_text! {
        deserialize_bool visit_bool bool: "`true` or `false`",
        deserialize_i8 visit_i64 i64: "a whole number",
        deserialize_i16 visit_i64 i64: "a whole number",
        deserialize_i32 visit_i64 i64: "a whole number",
        deserialize_i64 visit_i64 i64: "a whole number",
        deserialize_u8 visit_u64 u64: "a whole number that is not negative",
        deserialize_u16 visit_u64 u64: "a whole number that is not negative",
        deserialize_u32 visit_u64 u64: "a whole number that is not negative",
        deserialize_u64 visit_u64 u64: "a whole number that is not negative",
        deserialize_f32 visit_f64 f64: "a number",
        deserialize_f64 visit_f64 f64: "a number",
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        match self.node.value {
            Value::Table(table) => visitor.visit_map(Entries {
                rest: table.into_iter(),
                known: fields,
                current: None,
            }),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        match self.node.value {
            Value::Text(text) => list(&text, &self.node.origin)?
                .into_deserializer()
                .deserialize_any(visitor),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        match self.node.value {
            Value::Text(text) | Value::Scalar(toml::Value::String(text)) => {
                visitor.visit_enum(text.into_deserializer())
            }
            Value::Table(table) => MapAccessDeserializer::new(Entries {
                rest: table.into_iter(),
                known: variants,
                current: None,
            })
            .deserialize_enum(name, variants, visitor),
            _ => Err(ConfigError::unknown_variant("", variants)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        visitor.visit_newtype_struct(self)
    }

    /// A type ignores only what it does not know.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ConfigError> {
        Err(ConfigError::unknown_field(&self.key, self.known))
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct map identifier
    }
}

impl<'de> MapAccess<'de> for Entries {
    type Error = ConfigError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ConfigError> {
        let Some((key, node)) = self.rest.next() else {
            return Ok(None);
        };
        let origin = node.origin.clone();
        let read = seed
            .deserialize(key.as_str().into_deserializer())
            .map_err(|error: ConfigError| error.within(&key, &origin));
        self.current = Some((key, node));
        read.map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, ConfigError> {
        let (key, node) = self
            .current
            .take()
            .expect("serde reads a key before its value");
        let origin = node.origin.clone();
        let reader = Reader {
            node,
            key: key.clone(),
            known: self.known,
        };
        seed.deserialize(reader)
            .map_err(|error| error.within(&key, &origin))
    }
}

impl IntoDeserializer<'_, ConfigError> for Node {
    type Deserializer = Reader;

    fn into_deserializer(self) -> Reader {
        Reader {
            node: self,
            key: String::new(),
            known: &[],
        }
    }
}

fn parsed<T: FromStr>(text: &str, expected: &str) -> Result<T, ConfigError> {
    text.trim()
        .parse()
        .map_err(|_| ConfigError::custom(format_args!("the value must be {expected}")))
}

/// A list written as text: a TOML array, or values between commas.
fn list(text: &str, origin: &Origin) -> Result<Node, ConfigError> {
    let text = text.trim();
    if text.starts_with('[') {
        let mut table: toml::Table = format!("list = {text}").parse().map_err(|_| {
            ConfigError::new(
                ConfigErrorKind::Invalid,
                "the value is not a valid TOML array",
            )
        })?;
        let array = table
            .remove("list")
            .unwrap_or_else(|| Vec::<i64>::new().into());
        return Ok(Node::of(array, origin));
    }
    let items = text
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty());
    let nodes = items.map(|item| Node {
        origin: origin.clone(),
        value: Value::Text(item.to_owned()),
    });
    Ok(Node {
        origin: origin.clone(),
        value: Value::Array(nodes.collect()),
    })
}
