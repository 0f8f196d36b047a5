//! Tables, keys and values: how typed rows become bytes that sort.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::{CallId, DeliveryId, Fault, SubscriptionId, Token};

/// One typed table. `ID` is its first key byte for ever; never give it to another table.
pub trait Table: 'static {
    /// The table's number in the store, 1 to 253 (the others are the store's own).
    const ID: u8;
    /// The table's name in exports, metrics and messages.
    const NAME: &'static str;
    /// What its rows are found by.
    type Key: Key;
    /// What its rows hold.
    type Value: Value;
}

/// Rows of a table as they are read: keys and values.
pub type Rows<T> = Vec<(<T as Table>::Key, <T as Table>::Value)>;

/// A key that becomes bytes which sort as the key does.
pub trait Key: Sized + Clone + Send + Sync + 'static {
    /// Appends the key's bytes.
    fn write(&self, into: &mut Vec<u8>);
    /// The key of these bytes; `None` when they are no such key.
    fn read(bytes: &[u8]) -> Option<Self>;
}

/// A row's value. Everything that serde can write as JSON is one; so are [`Raw`] bytes.
pub trait Value: Sized + Send + 'static {
    /// The value's bytes, uncompressed.
    ///
    /// # Errors
    /// A bug: the value cannot be written.
    fn to_bytes(&self) -> Result<Vec<u8>, Fault>;
    /// The value of these bytes.
    ///
    /// # Errors
    /// The bytes are no such value: the row is damaged or was written by another version.
    fn from_bytes(bytes: Vec<u8>) -> Result<Self, Fault>;
}

/// Marks a serde type as a row's value: `impl Row for Delivery {}`.
pub trait Row: Serialize + DeserializeOwned + Send + 'static {}

impl<T: Row> Value for T {
    fn to_bytes(&self) -> Result<Vec<u8>, Fault> {
        serde_json::to_vec(self).map_err(|error| Fault::bug(format!("a row cannot be written: {error}")))
    }

    fn from_bytes(bytes: Vec<u8>) -> Result<Self, Fault> {
        serde_json::from_slice(&bytes).map_err(|error| Fault::bug(format!("a row cannot be read: {error}")))
    }
}

/// Bytes as they came, such as the body of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw(pub Bytes);

impl Value for Raw {
    fn to_bytes(&self) -> Result<Vec<u8>, Fault> {
        Ok(self.0.to_vec())
    }

    fn from_bytes(bytes: Vec<u8>) -> Result<Self, Fault> {
        Ok(Self(Bytes::from(bytes)))
    }
}

impl Row for String {}
impl Row for u64 {}
impl Row for serde_json::Value {}
impl<T: Serialize + DeserializeOwned + Send + 'static> Row for BTreeMap<String, T> {}

impl Key for u64 {
    fn write(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.to_be_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        Some(Self::from_be_bytes(bytes.try_into().ok()?))
    }
}

impl Key for String {
    fn write(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(self.as_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        Self::from_utf8(bytes.to_vec()).ok()
    }
}

/// Two texts; the first must hold no NUL (it is cut there).
impl Key for (String, String) {
    fn write(&self, into: &mut Vec<u8>) {
        into.extend(self.0.bytes().take_while(|byte| *byte != 0));
        into.push(0);
        into.extend_from_slice(self.1.as_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let cut = bytes.iter().position(|byte| *byte == 0)?;
        Some((String::read(&bytes[..cut])?, String::read(&bytes[cut + 1..])?))
    }
}

/// An id and a number: the attempts of a delivery, the chunks of a body.
impl Key for (DeliveryId, u32) {
    fn write(&self, into: &mut Vec<u8>) {
        self.0.write(into);
        into.extend_from_slice(&self.1.to_be_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (id, number) = bytes.split_at_checked(16)?;
        Some((DeliveryId::read(id)?, u32::from_be_bytes(number.try_into().ok()?)))
    }
}

impl Key for Token {
    fn write(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(self.as_str().as_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        Some(Self::from_wire(std::str::from_utf8(bytes).ok()?))
    }
}

macro_rules! id_key {
    ($($id:ty),*) => {$(
        impl Key for $id {
            fn write(&self, into: &mut Vec<u8>) {
                into.extend_from_slice(self.as_bytes());
            }

            fn read(bytes: &[u8]) -> Option<Self> {
                Some(Self::from_bytes(bytes.try_into().ok()?))
            }
        }
    )*};
}
id_key!(CallId, DeliveryId, SubscriptionId);
