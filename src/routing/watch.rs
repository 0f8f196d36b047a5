//! What becomes of places: one that we cannot write to degrades what is subscribed there, and says why; one that goes on
//! under another id takes everything along.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::places::{PlaceDefaults, PlaceNames};
use super::router::Router;
use super::sources;
use super::subscription::Subscriptions;
use crate::delivery::{PlaceWatch, Reach, Trouble, outbox, subjects};
use crate::model::{Fault, Place};
use crate::store::{Row, Table, Tx};

/// Places that we cannot write to, by the room.
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
    /// Whether the platform said so of the channel or chat with all rooms in it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub whole: bool,
    /// Since when.
    pub since: Timestamp,
    /// When it was last seen to be so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried: Option<Timestamp>,
}

impl Row for Lost {}

/// So much of what a place missed is sent when it can be told again: enough to know what happened, and no flood.
pub const MISSED: usize = 50;

impl PlaceWatch for Router {
    fn lost(&self, tx: &mut Tx<'_>, place: &Place, reach: Reach, why: &str) -> Result<(), Fault> {
        let name = match reach {
            Reach::Room => place.room(),
            Reach::Channel => place.without_thread(),
        }
        .to_string();
        let (why, now) = (why.to_owned(), self.now());
        let known = tx.get::<LostPlaces>(&name)?;
        if known.is_none() {
            tracing::warn!(place = name, why, "a place can no longer be written to");
        }
        let since = known.as_ref().map_or(now, |known| known.since);
        let whole = reach == Reach::Channel || known.is_some_and(|known| known.whole);
        tx.put::<LostPlaces>(&name, &Lost { why, whole, since, tried: Some(now) })
    }

    fn found(&self, tx: &mut Tx<'_>, place: &Place, reach: Reach) -> Result<(), Fault> {
        let (room, channel) = (place.room(), place.without_thread());
        let lost = tx.prefix::<LostPlaces>(channel.to_string().as_bytes(), usize::MAX)?;
        let lost = lost.into_iter().filter_map(|(name, row)| Some((name.parse::<Place>().ok()?, row)));
        // What arrived in one room shows that the channel takes something, but not that another room of it does.
        let (found, left): (Vec<_>, Vec<_>) = lost
            .filter(|(at, _)| at.without_thread() == channel)
            .partition(|(at, row)| reach == Reach::Channel || row.whole || *at == room);
        if found.is_empty() {
            return Ok(());
        }
        for (at, _) in &found {
            tx.delete::<LostPlaces>(&at.to_string());
        }
        let missed = outbox::redrive_missed(tx, MISSED, |to, when| {
            let ended = |(at, row): &(Place, Lost)| {
                when >= row.since && (*at == to.room() || row.whole && *at == to.without_thread())
            };
            left.iter().all(|(at, _)| *at != to.room()) && found.iter().any(ended)
        })?;
        tracing::info!(%place, missed, "a place can be written to again; what it missed is sent");
        Ok(())
    }

    fn moved(&self, tx: &mut Tx<'_>, from: &Place, to: &Place) -> Result<(), Fault> {
        let (from, to) = (from.without_thread(), to.without_thread());
        if from == to || tx.get::<MovedPlaces>(&from.to_string())?.is_some() {
            return Ok(());
        }
        tracing::info!(%from, %to, "a place goes on under another id");
        tx.put::<MovedPlaces>(&from.to_string(), &to.to_string())?;
        self.found(tx, &from, Reach::Channel)?;
        if let Some(defaults) = tx.get::<PlaceDefaults>(&from.to_string())? {
            tx.delete::<PlaceDefaults>(&from.to_string());
            tx.put::<PlaceDefaults>(&to.to_string(), &defaults)?;
        }
        subjects::moved(tx, self.minter(), &from, &to)?;
        let mut book = self.book().write().unwrap_or_else(PoisonError::into_inner);
        for subscription in book.chat.iter().filter(|subscription| subscription.place == from) {
            let mut row = subscription.clone();
            row.place = to.clone();
            tx.put::<Subscriptions>(&row.id.clone(), &row)?;
        }
        sources::place_moved(tx, &mut book.said, &from, &to)?;
        book.moved(&from, &to);
        Ok(())
    }

    fn trouble(&self, place: &Place) -> Result<Option<Trouble>, Fault> {
        let lost = self.why_lost(place)?;
        Ok(lost.map(|lost| Trouble { tried: lost.tried.unwrap_or(lost.since), why: lost.why }))
    }

    fn current(&self, place: &Place) -> Result<Place, Fault> {
        let mut place = place.clone();
        // A place moves once or twice in its life; a circle would be a vendor's joke.
        for _ in 0..8 {
            let moved = self.store().get::<MovedPlaces>(&place.without_thread().to_string())?;
            let Some(to) = moved.and_then(|to| to.parse::<Place>().ok()) else { break };
            place = Place { thread: place.thread, ..to };
        }
        Ok(place)
    }
}

impl Router {
    /// Why the place cannot be written to, if it cannot.
    ///
    /// # Errors
    /// The store failed.
    pub fn why_lost(&self, place: &Place) -> Result<Option<Lost>, Fault> {
        let (room, channel) = (place.room(), place.without_thread());
        let lost = |place: &Place| self.store().get::<LostPlaces>(&place.to_string());
        Ok(match lost(&room)? {
            None if channel != room => lost(&channel)?.filter(|lost| lost.whole),
            lost => lost,
        })
    }

    /// The places that should be told of something and cannot be, by the name that the configuration has for them.
    ///
    /// # Errors
    /// The store failed.
    pub fn lost_places(&self) -> Result<Vec<(String, Lost)>, Fault> {
        let (rooms, channels): (BTreeSet<String>, BTreeSet<String>) = {
            let book = self.book().read().unwrap_or_else(PoisonError::into_inner);
            let all = book.file.iter().chain(&book.chat).map(|subscription| &subscription.place);
            all.map(|place| (place.room().to_string(), place.without_thread().to_string())).unzip()
        };
        let lost = self.store().scan::<LostPlaces>(None, usize::MAX)?;
        let told = |place: &String, whole| rooms.contains(place) || whole && channels.contains(place);
        let lost = lost.into_iter().filter(|(place, lost)| told(place, lost.whole));
        lost.map(|(place, lost)| Ok((self.called(&place)?, lost))).collect()
    }

    /// The name by which the configuration knows a place, such as `slack:#deploys`; else the place as it is. A room of a
    /// place that has a name is called by that name, such as `telegram:@acmeops/7`.
    ///
    /// # Errors
    /// The store failed.
    pub fn called(&self, place: &str) -> Result<String, Fault> {
        let names = self.store().scan::<PlaceNames>(None, usize::MAX)?;
        let name = |place: &str| names.iter().find(|(_, id)| id == place).map(|(name, _)| name.clone());
        let within = || {
            let (channel, room) = place.split_once('/')?;
            Some(format!("{}/{room}", name(channel)?))
        };
        Ok(name(place).or_else(within).unwrap_or_else(|| place.to_owned()))
    }
}

#[cfg(test)]
mod tests;
