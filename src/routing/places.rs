//! What a place takes for granted, such as the repository that `#12` belongs to.

use std::collections::BTreeMap;

use crate::store::Table;

/// The ids of channels that the configuration names by name, as the platform last gave them.
#[derive(Debug)]
pub struct PlaceNames;

impl Table for PlaceNames {
    const ID: u8 = 33;
    const NAME: &'static str = "place-names";
    type Key = String;
    type Value = String;
}

/// What a place takes for granted, as set in chat; by the place without its thread.
#[derive(Debug)]
pub struct PlaceDefaults;

impl Table for PlaceDefaults {
    const ID: u8 = 31;
    const NAME: &'static str = "place-defaults";
    type Key = String;
    type Value = BTreeMap<String, String>;
}
