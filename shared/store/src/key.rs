//! Where items stand, and the attributes that every item may carry.

use aws_sdk_dynamodb::types::AttributeValue;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use model::TenantId;
use model::resource::{Home, Resource};
use std::collections::HashMap;

/// The names of the keys in every table.
pub const PK: &str = "_pk";
pub const SK: &str = "_sk";
/// A token of the last write, by which a writer recognises its own work when
/// a repeated request finds its condition no longer met.
pub const WRITE: &str = "_w";
/// Set, for ever, on what another record refers to or has referred to.
pub const USED: &str = "_used";

/// Where an item stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub pk: String,
    pub sk: String,
}

impl Key {
    pub fn of<R: Resource>(tenant: &TenantId, id: &str) -> Key {
        Key::at(&Home::of::<R>(), tenant, id)
    }

    pub fn at(home: &Home, tenant: &TenantId, id: &str) -> Key {
        Key {
            pk: format!("{tenant}#{}", home.partition(id)),
            sk: id.to_owned(),
        }
    }

    /// Where a link to the record of `id` stands.
    pub fn of_link(tenant: &TenantId, link: &str, id: &str) -> Key {
        Key {
            pk: format!("{tenant}#{link}"),
            sk: id.to_owned(),
        }
    }

    pub fn attributes(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([(PK.into(), text(&self.pk)), (SK.into(), text(&self.sk))])
    }
}

pub fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub fn write_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 8]>())
}

/// Whether an id could be a key at all: the database refuses an empty one, and
/// one above 1,024 bytes.
pub fn is_possible(id: &str) -> bool {
    !id.is_empty() && id.len() <= 1_000
}
