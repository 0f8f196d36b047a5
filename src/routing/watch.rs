//! What becomes of places: one that we cannot write to degrades what is subscribed there, and says why; one that goes on
//! under another id takes everything along.

use std::sync::PoisonError;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::places::PlaceDefaults;
use super::router::Router;
use super::subscription::Subscriptions;
use crate::delivery::{PlaceWatch, subjects};
use crate::model::{Fault, Place};
use crate::store::{Row, Table, Tx};

/// Places that we cannot write to, by the place without its thread.
#[derive(Debug)]
pub struct LostPlaces;

impl Table for LostPlaces {
    const ID: u8 = 34;
    const NAME: &'static str = "lost-places";
    type Key = String;
    type Value = Lost;
}

/// Places that go on under another id: the old one and the new one.
#[derive(Debug)]
pub struct MovedPlaces;

impl Table for MovedPlaces {
    const ID: u8 = 35;
    const NAME: &'static str = "moved-places";
    type Key = String;
    type Value = String;
}

/// Why a place cannot be written to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// Why, in words for people.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
}

impl Row for Lost {}

impl PlaceWatch for Router {
    fn lost(&self, tx: &mut Tx<'_>, place: &Place, why: &str) -> Result<(), Fault> {
        let name = place.without_thread().to_string();
        if tx.get::<LostPlaces>(&name)?.is_some() {
            return Ok(());
        }
        tracing::warn!(place = name, why, "a place can no longer be written to");
        tx.put::<LostPlaces>(&name, &Lost { why: why.to_owned(), since: self.now() })
    }

    fn found(&self, tx: &mut Tx<'_>, place: &Place) -> Result<(), Fault> {
        let name = place.without_thread().to_string();
        if tx.get::<LostPlaces>(&name)?.is_some() {
            tracing::info!(place = name, "a place can be written to again");
            tx.delete::<LostPlaces>(&name);
        }
        Ok(())
    }

    fn moved(&self, tx: &mut Tx<'_>, from: &Place, to: &Place) -> Result<(), Fault> {
        let (from, to) = (from.without_thread(), to.without_thread());
        if from == to || tx.get::<MovedPlaces>(&from.to_string())?.is_some() {
            return Ok(());
        }
        tracing::info!(%from, %to, "a place goes on under another id");
        tx.put::<MovedPlaces>(&from.to_string(), &to.to_string())?;
        tx.delete::<LostPlaces>(&from.to_string());
        if let Some(defaults) = tx.get::<PlaceDefaults>(&from.to_string())? {
            tx.delete::<PlaceDefaults>(&from.to_string());
            tx.put::<PlaceDefaults>(&to.to_string(), &defaults)?;
        }
        subjects::moved(tx, &from, &to)?;
        let mut book = self.book().write().unwrap_or_else(PoisonError::into_inner);
        for subscription in book.chat.iter().filter(|subscription| subscription.place == from) {
            let mut row = subscription.clone();
            row.place = to.clone();
            tx.put::<Subscriptions>(&row.id.clone(), &row)?;
        }
        book.moved(&from, &to);
        Ok(())
    }
}

impl Router {
    /// Why the place cannot be written to, if it cannot.
    ///
    /// # Errors
    /// The store failed.
    pub fn trouble(&self, place: &Place) -> Result<Option<Lost>, Fault> {
        self.store().get::<LostPlaces>(&place.without_thread().to_string())
    }

    /// The place as it is called now: what has moved has another id than the configuration says.
    ///
    /// # Errors
    /// The store failed.
    pub fn current(&self, place: &Place) -> Result<Place, Fault> {
        let moved = self.store().get::<MovedPlaces>(&place.without_thread().to_string())?;
        Ok(moved.and_then(|to| to.parse::<Place>().ok()).unwrap_or_else(|| place.clone()))
    }
}
