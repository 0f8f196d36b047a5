//! Events: what happened, gathered by what it happened to, and made into webhooks.
//!
//! <https://developers.notion.com/reference/webhooks-events-delivery>. Events are signals: they name what changed, never
//! its content. The same kind of event on the same thing is one event, also when several people caused it.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::data::{Id, Parent, World, moment, uuid};
use super::ledger::Job;
use super::state::State;

/// Something that happened.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub id: Id,
    pub kind: &'static str,
    pub entity: Id,
    pub entity_kind: &'static str,
    pub authors: Vec<Id>,
    pub at: Timestamp,
    pub data: Value,
}

/// A webhook subscription.
#[derive(Debug, Clone)]
pub(super) struct Subscription {
    pub id: Id,
    pub url: String,
    pub events: Vec<String>,
    pub token: String,
    pub active: bool,
    /// Index of the integration.
    pub integration: usize,
}

/// Kinds that come one by one.
fn is_single(kind: &str) -> bool {
    kind.starts_with("comment.") || kind.starts_with("file_upload.") || matches!(kind, "page.locked" | "page.unlocked")
}

impl World {
    /// The parent as an event names it.
    pub(super) fn event_parent(&self, parent: &Parent) -> Value {
        match parent {
            Parent::Workspace => json!({ "id": self.id, "type": "space" }),
            Parent::Page(id) => json!({ "id": id, "type": "page" }),
            Parent::Block(id) => json!({ "id": id, "type": "block" }),
            Parent::Source(id) => {
                let database = self.sources.get(id).map(|source| &source.database);
                json!({ "id": database, "type": "database", "data_source_id": id })
            }
        }
    }
}

impl State {
    fn note(&mut self, kind: &'static str, entity: (&str, &'static str), who: &str, data: Value) {
        self.event_count += 1;
        let event = Event {
            id: uuid(&format!("event {}", self.event_count)),
            kind,
            entity: entity.0.to_owned(),
            entity_kind: entity.1,
            authors: vec![who.to_owned()],
            at: self.now,
            data,
        };
        merge(&mut self.happened, event);
    }

    /// A page was made, thrown away, moved, …
    pub(super) fn tell_page(&mut self, kind: &'static str, page: &str, who: &str) {
        let Some(parent) = self.world.pages.get(page).map(|page| page.parent.clone()) else { return };
        let data = json!({ "parent": self.world.event_parent(&parent) });
        self.note(kind, (page, "page"), who, data);
        // What holds it changed too.
        if matches!(kind, "page.created" | "page.deleted" | "page.undeleted" | "page.moved") {
            match &parent {
                Parent::Source(source) => self.tell_source_content(source, page, who),
                Parent::Page(above) | Parent::Block(above) => {
                    self.tell_content(above, &[(page.to_owned(), "page")], who);
                }
                Parent::Workspace => {}
            }
        }
    }

    /// Properties of a page changed.
    pub(super) fn tell_properties(&mut self, page: &str, properties: &[String], who: &str) {
        let Some(found) = self.world.pages.get(page).filter(|_| !properties.is_empty()) else { return };
        let data = json!({ "parent": self.world.event_parent(&found.parent), "updated_properties": properties });
        self.note("page.properties_updated", (page, "page"), who, data);
    }

    /// Blocks on a page were made, changed or thrown away.
    pub(super) fn tell_content(&mut self, on: &str, blocks: &[(Id, &'static str)], who: &str) {
        let Some(page) = self.world.page_of(on).filter(|_| !blocks.is_empty()) else { return };
        let (id, parent) = (page.id.clone(), self.world.event_parent(&page.parent));
        let blocks: Vec<Value> = blocks.iter().map(|(id, kind)| json!({ "id": id, "type": kind })).collect();
        let data = json!({ "parent": parent, "updated_blocks": blocks });
        self.note("page.content_updated", (&id, "page"), who, data);
    }

    fn source_parent(&self, source: &str) -> Option<Value> {
        let source = self.world.sources.get(source)?;
        Some(json!({ "id": source.database, "type": "database" }))
    }

    fn tell_source_content(&mut self, source: &str, page: &str, who: &str) {
        let Some(parent) = self.source_parent(source) else { return };
        let data = json!({ "parent": parent, "updated_blocks": [{ "id": page, "type": "page" }] });
        self.note("data_source.content_updated", (source, "data_source"), who, data);
    }

    /// A data source was made, moved, thrown away or brought back.
    pub(super) fn tell_source(&mut self, kind: &'static str, source: &str, who: &str) {
        let Some(parent) = self.source_parent(source) else { return };
        self.note(kind, (source, "data_source"), who, json!({ "parent": parent }));
    }

    /// The columns of a data source changed.
    pub(super) fn tell_schema(&mut self, source: &str, changed: &[super::schema::Changed], who: &str) {
        let Some(parent) = self.source_parent(source).filter(|_| !changed.is_empty()) else { return };
        let changed: Vec<Value> = changed
            .iter()
            .map(|change| json!({ "id": change.id, "name": change.name, "action": change.action }))
            .collect();
        let data = json!({ "parent": parent, "updated_properties": changed });
        self.note("data_source.schema_updated", (source, "data_source"), who, data);
    }

    /// A database was made, moved, thrown away or brought back.
    pub(super) fn tell_database(&mut self, kind: &'static str, database: &str, who: &str) {
        let Some(parent) = self.world.databases.get(database).map(|database| database.parent.clone()) else { return };
        let data = json!({ "parent": self.world.event_parent(&parent) });
        self.note(kind, (database, "database"), who, data);
    }

    /// A comment was made, changed or taken away.
    pub(super) fn tell_comment(&mut self, kind: &'static str, comment: &super::data::Comment, who: &str) {
        let data = json!({ "page_id": comment.page, "parent": self.world.event_parent(&comment.parent) });
        self.note(kind, (&comment.id, "comment"), who, data);
    }

    /// Something became of a file.
    pub(super) fn tell_upload(&mut self, kind: &'static str, upload: &str, who: &str, data: Value) {
        self.note(kind, (upload, "file_upload"), who, data);
    }

    /// Makes webhooks of what happened, or keeps it until it is let go.
    pub(super) fn settle(&mut self) {
        let happened = std::mem::take(&mut self.happened);
        if self.holding {
            for event in happened {
                merge(&mut self.held, event);
            }
            return;
        }
        for event in &happened {
            self.send(event);
        }
    }

    /// Sends an event to every subscription that wants it and may know of it.
    pub(super) fn send(&mut self, event: &Event) {
        let wanted = |subscription: &&Subscription| {
            let bot = &self.integrations[subscription.integration].bot;
            // A comment is known to who knows the page it is on.
            let names = event.data["page_id"].as_str().unwrap_or(&event.entity);
            let own_upload = event.entity_kind == "file_upload" && event.authors.contains(bot);
            subscription.active
                && subscription.events.iter().any(|kind| kind == "*" || kind == event.kind)
                && (own_upload || self.world.visible(names, bot))
        };
        let subscriptions: Vec<Subscription> = self.subscriptions.iter().filter(wanted).cloned().collect();
        for subscription in subscriptions {
            let payload = self.payload(event, &subscription, 1);
            self.outbox.push(Job {
                id: event.id.clone(),
                subscription: subscription.id,
                event: event.kind.to_owned(),
                attempt: 1,
                url: subscription.url,
                token: Some(subscription.token),
                payload: Arc::new(payload),
            });
        }
    }

    fn payload(&self, event: &Event, subscription: &Subscription, attempt: u32) -> Value {
        let integration = &self.integrations[subscription.integration];
        let author = |id: &Id| {
            let person = self.world.user(id).is_some_and(|user| user.email.is_some());
            json!({ "id": id, "type": if person { "person" } else { "bot" } })
        };
        let mut payload = json!({
            "id": event.id,
            "timestamp": moment(event.at),
            "workspace_id": self.world.id,
            "workspace_name": self.world.name,
            "subscription_id": subscription.id,
            "integration_id": integration.id,
            "authors": event.authors.iter().map(author).collect::<Vec<Value>>(),
            "attempt_number": attempt,
            "api_version": super::gate::VERSION,
            "entity": { "id": event.entity, "type": event.entity_kind },
            "type": event.kind,
            "data": event.data,
        });
        if event.data.is_null()
            && let Some(map) = payload.as_object_mut()
        {
            map.remove("data");
        }
        if integration.setup.public {
            payload["accessible_by"] = json!([{ "id": integration.bot, "type": "bot" }]);
        }
        payload
    }
}

/// Adds an event, or joins it with one that is there; what undoes another leaves nothing.
fn merge(events: &mut Vec<Event>, new: Event) {
    let undone = match new.kind {
        "page.undeleted" => Some("page.deleted"),
        "page.deleted" => Some("page.undeleted"),
        _ => None,
    };
    let on = |event: &Event| event.entity == new.entity;
    if let Some(undone) = undone
        && let Some(at) = events.iter().position(|event| on(event) && event.kind == undone)
    {
        events.remove(at);
        return;
    }
    if new.kind == "page.deleted" && events.iter().any(|event| on(event) && event.kind == "page.created") {
        events.retain(|event| !on(event));
        return;
    }
    let same =
        events.iter_mut().find(|event| event.entity == new.entity && event.kind == new.kind && !is_single(new.kind));
    let Some(same) = same else { return events.push(new) };
    same.at = new.at;
    for author in new.authors {
        if !same.authors.contains(&author) {
            same.authors.push(author);
        }
    }
    same.data["parent"] = new.data["parent"].clone();
    for list in ["updated_blocks", "updated_properties"] {
        let (Some(old), Some(more)) =
            (same.data.get_mut(list).and_then(Value::as_array_mut), new.data.get(list).and_then(Value::as_array))
        else {
            continue;
        };
        for item in more {
            if !old.contains(item) {
                old.push(item.clone());
            }
        }
    }
}
