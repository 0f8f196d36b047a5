//! What a place takes for granted, such as the repository that `#12` belongs to.

use std::collections::BTreeMap;

use crate::store::Table;

/// What a place takes for granted, as set in chat; by the place without its thread.
#[derive(Debug)]
pub struct PlaceDefaults;

impl Table for PlaceDefaults {
    const ID: u8 = 31;
    const NAME: &'static str = "place-defaults";
    type Key = String;
    type Value = BTreeMap<String, String>;
}
