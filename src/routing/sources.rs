//! Sources by the id that never changes: a repository or project that goes on under another name takes along who follows
//! it, what places take for granted, and the cards of its subjects.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::defaults::STANDS_FOR;
use super::places::PlaceDefaults;
use super::router::Router;
use super::{Notice, Subscription, Subscriptions};
use crate::delivery::{Content, Destination, EndpointConfig, Origin, moves, outbox};
use crate::model::{Card, Event, Fault, Place, SubjectKey, Tone};
use crate::store::{Row, Table, Tx};

/// What sources are called, by the vendors' unchanging ids.
#[derive(Debug)]
pub struct Sources;

impl Table for Sources {
    const ID: u8 = 38;
    const NAME: &'static str = "sources";
    type Key = String;
    type Value = SourceRow;
}

/// What a source is called now that the configuration calls by an earlier name: by who names it (a place, or
/// `webhook/name`) and the name that stands there.
#[derive(Debug)]
pub struct SourceAliases;

impl Table for SourceAliases {
    const ID: u8 = 39;
    const NAME: &'static str = "source-aliases";
    type Key = (String, String);
    type Value = String;
}

/// What a source is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRow {
    /// Its name, such as `github:acme/api`; its own id, while another has its name and its new one is not known yet.
    pub name: String,
    /// The time of the event that brought the name: an older one does not change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Names that it had, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<String>,
    /// Since when another has its name: who followed that name before meant this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ousted: Option<Timestamp>,
}

impl Row for SourceRow {}

/// How many earlier names are kept of one source.
const EARLIER: usize = 8;

/// One source's move from name to name.
struct Move<'a> {
    from: &'a str,
    to: &'a str,
    /// Only subscriptions made before then go along, and nothing that is said by the name itself.
    made_before: Option<Timestamp>,
}

/// What the configuration names, by the names of now; and which names it was asked for.
type CalledNow = (BTreeSet<(String, String)>, Vec<Subscription>, Vec<EndpointConfig>, Vec<(Place, String)>);

impl Router {
    /// Takes note of the id of the notice's source. Where it was called otherwise before, everything moves to the new
    /// name; where the notice is older than the name that we know, the notice is told under the known one.
    pub(super) fn known_as(&self, tx: &mut Tx<'_>, id: &str, notice: &mut Notice) -> Result<(), Fault> {
        // As short as keys of the store have to be.
        let id = SubjectKey::new(id).as_str().to_owned();
        let name = notice.event.source.clone();
        let known = tx.get::<Sources>(&id)?;
        match &known {
            Some(row) if row.name == name => return Ok(()),
            Some(row) if row.name != id && is_late(row, &name, notice.event.time) => {
                call(&mut notice.event, &name, &row.name);
                notice.formerly = None;
                return Ok(());
            }
            _ => {}
        }
        self.make_way(tx, &id, &name, known.is_some())?;
        let since = notice.event.time.or_else(|| known.is_some().then(|| self.now()));
        let mut row = SourceRow { name: name.clone(), since, earlier: Vec::new(), ousted: None };
        if let Some(before) = known {
            row.earlier = before.earlier;
            let called = if before.name == id { row.earlier.last().cloned() } else { Some(before.name.clone()) };
            let called = called.unwrap_or_else(|| before.name.clone());
            tracing::info!(id, from = called, to = name, "a source goes on under another name");
            let mut told = self.move_source(tx, &Move { from: &before.name, to: &name, made_before: None })?;
            if let Some(ousted) = before.ousted {
                let made_before = Some(ousted);
                told.extend(self.move_source(tx, &Move { from: &called, to: &name, made_before })?);
            }
            if !called.eq_ignore_ascii_case(&name) {
                self.tell_moved(tx, &called, &name, told, &notice.event)?;
            }
            row.earlier.retain(|other| *other != name && *other != called);
            row.earlier.push(called);
            let surplus = row.earlier.len().saturating_sub(EARLIER);
            row.earlier.drain(..surplus);
        }
        moves::forget(tx, &name)?;
        tx.put::<Sources>(&id, &row)
    }

    /// Another source that we know by this name has it no longer. Until it is heard of under its new one, its cards wait
    /// under its id; so do its followers, where the name goes to a source that has followers of its own. A source that
    /// nobody knew is told to those who follow the name: it may well be the same one, made anew.
    fn make_way(&self, tx: &mut Tx<'_>, id: &str, name: &str, brings_followers: bool) -> Result<(), Fault> {
        let rows = tx.scan::<Sources>(None, usize::MAX)?;
        for (other, mut row) in rows {
            if other == id || !row.name.eq_ignore_ascii_case(name) {
                continue;
            }
            tracing::info!(id = other, name, to = id, "the name of a source is another's now");
            if brings_followers {
                self.move_source(tx, &Move { from: &row.name, to: &other, made_before: None })?;
            } else {
                moves::rename_source(tx, self.minter(), &row.name, &other)?;
                row.ousted = Some(self.now());
            }
            row.earlier.retain(|earlier| *earlier != row.name);
            row.earlier.push(std::mem::replace(&mut row.name, other.clone()));
            tx.put::<Sources>(&other, &row)?;
        }
        Ok(())
    }

    /// Moves what hangs on a source's name. Gives the places that follow it by that name.
    fn move_source(&self, tx: &mut Tx<'_>, to: &Move<'_>) -> Result<BTreeSet<Place>, Fault> {
        let mut places = BTreeSet::new();
        if to.made_before.is_none() {
            moves::rename_source(tx, self.minter(), to.from, to.to)?;
            Self::move_defaults(tx, to)?;
            self.move_file(tx, to, &mut places)?;
        }
        let mut book = self.book().write().unwrap_or_else(PoisonError::into_inner);
        let goes = |one: &Subscription| {
            one.source.eq_ignore_ascii_case(to.from) && to.made_before.is_none_or(|before| one.created_at < before)
        };
        let (going, mut chat): (Vec<_>, Vec<_>) = std::mem::take(&mut book.chat).into_iter().partition(goes);
        for mut one in going {
            places.insert(one.place.clone());
            to.to.clone_into(&mut one.source);
            // The same source in the same place again widens the events of the first.
            let same = |other: &Subscription| other.place == one.place && other.source.eq_ignore_ascii_case(to.to);
            let one = match chat.iter().position(same).map(|at| chat.remove(at)) {
                Some(first) => {
                    tx.delete::<Subscriptions>(&one.id);
                    first.widened(one)
                }
                None => one,
            };
            tx.put::<Subscriptions>(&one.id.clone(), &one)?;
            chat.push(one);
        }
        book.chat = chat;
        Ok(places)
    }

    /// What the configuration says by the old name it goes on saying; what it means is noted beside it.
    fn move_file(&self, tx: &mut Tx<'_>, to: &Move<'_>, places: &mut BTreeSet<Place>) -> Result<(), Fault> {
        for (alias, now) in tx.scan::<SourceAliases>(None, usize::MAX)? {
            if now.eq_ignore_ascii_case(to.from) {
                tx.put::<SourceAliases>(&alias, &to.to.to_owned())?;
            }
        }
        let mut book = self.book().write().unwrap_or_else(PoisonError::into_inner);
        for (by, said) in book.said.iter().filter(|(_, said)| said.eq_ignore_ascii_case(to.from)) {
            let alias = (by.clone(), said.clone());
            if tx.get::<SourceAliases>(&alias)?.is_none() {
                tx.put::<SourceAliases>(&alias, &to.to.to_owned())?;
            }
        }
        for one in book.file.iter_mut().filter(|one| one.source.eq_ignore_ascii_case(to.from)) {
            places.insert(one.place.clone());
            to.to.clone_into(&mut one.source);
        }
        for endpoint in book.endpoints.iter_mut().filter(|one| one.source.eq_ignore_ascii_case(to.from)) {
            to.to.clone_into(&mut endpoint.source);
        }
        for defaults in book.defaults.values_mut() {
            stand_for(defaults, to);
        }
        Ok(())
    }

    fn move_defaults(tx: &mut Tx<'_>, to: &Move<'_>) -> Result<(), Fault> {
        for (place, mut defaults) in tx.scan::<PlaceDefaults>(None, usize::MAX)? {
            if stand_for(&mut defaults, to) {
                tx.put::<PlaceDefaults>(&place, &defaults)?;
            }
        }
        Ok(())
    }

    /// Tells those who follow a source that it is called otherwise from now on.
    fn tell_moved(
        &self,
        tx: &mut Tx<'_>,
        from: &str,
        to: &str,
        places: BTreeSet<Place>,
        event: &Event,
    ) -> Result<(), Fault> {
        let own = |source: &str| source.split_once(':').map_or(source, |(_, own)| own).to_owned();
        let title = format!("{} is called {} now; the subscription goes on.", own(from), own(to));
        let origin = Origin { event: Some(event.id.clone()), ..Origin::default() };
        for place in places {
            let content = Content::Card(Box::new(Card::new(Tone::Neutral, title.clone())));
            outbox::stage(tx, self.minter(), self.now(), Destination::Place(place), content, &origin)?;
        }
        Ok(())
    }

    /// What the configuration says, its sources by the names that they have now; and which names stand there.
    pub(super) fn as_called_now(
        &self,
        mut file: Vec<Subscription>,
        mut endpoints: Vec<EndpointConfig>,
        mut places: Vec<(Place, String)>,
    ) -> CalledNow {
        let mut said = BTreeSet::new();
        let mut now = |by: String, source: &str| {
            let alias = (by, source.to_owned());
            let now = self.store().get::<SourceAliases>(&alias).unwrap_or_else(|fault| {
                tracing::error!(%fault, source, "it cannot be looked up what a source is called now");
                None
            });
            said.insert(alias);
            now
        };
        for one in &mut file {
            if let Some(source) = now(one.place.to_string(), &one.source) {
                one.source = source;
            }
        }
        for one in &mut endpoints {
            if let Some(source) = now(webhook(one), &one.source) {
                one.source = source;
            }
        }
        for (place, repository) in &mut places {
            if let Some(source) = now(place.to_string(), &format!("github:{repository}")) {
                *repository = source.strip_prefix("github:").map(str::to_owned).unwrap_or(source);
            }
        }
        (said, file, endpoints, places)
    }

    /// Forgets earlier names that the configuration does not use any more: should it use one again, it means what is
    /// called so then.
    ///
    /// # Errors
    /// The store failed.
    pub async fn forget_aliases(&self) -> Result<(), Fault> {
        let said = self.book().read().unwrap_or_else(PoisonError::into_inner).said.clone();
        let aliases = self.store().scan::<SourceAliases>(None, usize::MAX)?;
        let gone: Vec<_> = aliases.into_iter().map(|(alias, _)| alias).filter(|alias| !said.contains(alias)).collect();
        if gone.is_empty() {
            return Ok(());
        }
        self.store()
            .write(move |tx| {
                for alias in &gone {
                    tx.delete::<SourceAliases>(alias);
                }
                Ok(())
            })
            .await
    }
}

/// Takes what the configuration says of one place over to another.
pub(super) fn place_moved(
    tx: &mut Tx<'_>,
    said: &mut BTreeSet<(String, String)>,
    from: &Place,
    to: &Place,
) -> Result<(), Fault> {
    let (from, to) = (from.to_string(), to.to_string());
    for ((by, source), now) in tx.scan::<SourceAliases>(None, usize::MAX)? {
        if by == from {
            tx.delete::<SourceAliases>(&(by, source.clone()));
            tx.put::<SourceAliases>(&(to.clone(), source), &now)?;
        }
    }
    *said = std::mem::take(said)
        .into_iter()
        .map(|(by, source)| (if by == from { to.clone() } else { by }, source))
        .collect();
    Ok(())
}

fn webhook(endpoint: &EndpointConfig) -> String {
    format!("webhook/{}", endpoint.name)
}

/// Whether an event under another name is only late: from before the last move, or without a time and under a name that
/// the source is known to have had.
fn is_late(row: &SourceRow, name: &str, time: Option<Timestamp>) -> bool {
    match time.zip(row.since) {
        Some((time, since)) => time < since,
        None => row.earlier.iter().any(|earlier| earlier == name),
    }
}

/// Has the event tell of its source and subject under the name that they have now.
fn call(event: &mut Event, from: &str, to: &str) {
    to.clone_into(&mut event.source);
    if let Some(new) = event.key.as_ref().and_then(|key| moves::under(key.as_str(), from, to)) {
        event.key = Some(SubjectKey::new(new));
    }
}

/// Has what a place takes for granted stand for the new name. Says whether it stood for the old one.
fn stand_for(defaults: &mut std::collections::BTreeMap<String, String>, to: &Move<'_>) -> bool {
    let Some((service, from)) = to.from.split_once(':') else { return false };
    let own = to.to.split_once(':').map_or(to.to, |(_, own)| own);
    let Some((_, name)) = STANDS_FOR.into_iter().find(|(other, _)| *other == service) else { return false };
    let Some(value) = defaults.get_mut(name).filter(|value| value.eq_ignore_ascii_case(from)) else { return false };
    own.clone_into(value);
    true
}

#[cfg(test)]
mod tests;
