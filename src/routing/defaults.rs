//! What a place takes for granted: set in chat, said by the configuration, or plain from what is followed there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use super::places::PlaceDefaults;
use super::router::Router;
use crate::model::{Fault, Place};

/// The parameter that stands for a source, by the service that the source is of.
pub(super) const STANDS_FOR: [(&str, &str); 3] =
    [("github", "repository"), ("jira", "project"), ("notion", "database")];

impl Router {
    /// What the place takes for granted: as set in chat, else by the file; a place that follows just one GitHub repository,
    /// Jira project or Notion database takes that one for granted.
    ///
    /// # Errors
    /// The store failed.
    pub fn defaults(&self, place: &Place) -> Result<BTreeMap<String, String>, Fault> {
        let name = place.room().to_string();
        let mut defaults = self.book().read().unwrap_or_else(PoisonError::into_inner).defaults.get(&name).cloned();
        if let Some(set) = self.store().get::<PlaceDefaults>(&name)? {
            defaults.get_or_insert_default().extend(set);
        }
        let mut defaults = defaults.unwrap_or_default();
        let followed = self.subscriptions(place);
        for (service, name) in STANDS_FOR {
            if defaults.contains_key(name) {
                continue;
            }
            let own = followed.iter().filter_map(|one| one.source.strip_prefix(service)?.strip_prefix(':'));
            let own: BTreeSet<&str> = own.filter(|own| !own.contains(['*', '?'])).collect();
            if let (1, Some(only)) = (own.len(), own.first()) {
                defaults.insert(name.to_owned(), (*only).to_owned());
            }
        }
        Ok(defaults)
    }

    /// Sets what the place takes for granted.
    ///
    /// # Errors
    /// The store failed.
    pub async fn set_default(&self, place: &Place, name: &str, value: &str) -> Result<(), Fault> {
        let (place, name, value) = (place.room().to_string(), name.to_owned(), value.to_owned());
        self.store()
            .write(move |tx| {
                let mut defaults = tx.get::<PlaceDefaults>(&place)?.unwrap_or_default();
                defaults.insert(name, value);
                tx.put::<PlaceDefaults>(&place, &defaults)
            })
            .await
    }
}
