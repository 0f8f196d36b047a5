//! What Notion says, as far as we read it (<https://developers.notion.com/reference/intro>, version 2026-03-11).
//!
//! Every field is optional in the reading: what is missing, null or of another type becomes the default, so that a
//! change at Notion costs a detail of a card and never a whole answer. Blocks and property values stay JSON here;
//! [`super::blocks`] and [`super::properties`] know what is in them.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::blocks::plain;
use super::refs::Id;
use crate::connectors::markdown::line;

/// Reads a value, or the default where it does not fit.
fn lax<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).unwrap_or_default())
}

/// Reads a list, leaving out what does not fit.
fn lax_list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Array(values) => values.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect(),
        _ => Vec::new(),
    })
}

macro_rules! wire {
    ($(#[$doc:meta])* $name:ident { $($(#[$attr:meta])* $field:ident: $type:ty = $with:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Deserialize)]
        #[serde(default)]
        pub struct $name {
            $($(#[$attr])* #[serde(deserialize_with = $with)] pub $field: $type,)*
        }
    };
}

wire!(
    /// A page; a row of a data source is one too (<https://developers.notion.com/reference/page>).
    Page {
        /// Its id.
        id: Id = "lax",
        /// When it was created.
        created_time: Option<Timestamp> = "lax",
        /// When it was last edited; to the minute.
        last_edited_time: Option<Timestamp> = "lax",
        /// Who created it.
        created_by: User = "lax",
        /// Who edited it last.
        last_edited_by: User = "lax",
        /// Its icon.
        icon: Option<Icon> = "lax",
        /// What it is in.
        parent: Parent = "lax",
        /// Whether it is in the trash.
        in_trash: bool = "lax",
        /// Whether it is locked against editing.
        is_locked: bool = "lax",
        /// Its properties by name, each as Notion sends it.
        properties: Map<String, Value> = "lax",
        /// Where people read it.
        url: String = "lax",
    }
);

impl Page {
    /// The title, without formatting; empty where it has none.
    #[must_use]
    pub fn title(&self) -> String {
        let title = self.properties.values().find_map(|value| value.get("title").and_then(Value::as_array));
        title.map(|pieces| plain(pieces)).unwrap_or_default()
    }
}

wire!(
    /// A database: the container of data sources (<https://developers.notion.com/reference/database>).
    Database {
        /// Its id.
        id: Id = "lax",
        /// Its title, as rich text.
        title: Vec<Value> = "lax_list",
        /// Its icon.
        icon: Option<Icon> = "lax",
        /// What it is in.
        parent: Parent = "lax",
        /// Whether it is in the trash.
        in_trash: bool = "lax",
        /// Its data sources; mostly one.
        data_sources: Vec<Named> = "lax_list",
        /// Where people read it.
        url: String = "lax",
    }
);

wire!(
    /// A thing with an id and a name.
    Named {
        /// The id.
        id: Id = "lax",
        /// The name.
        name: String = "lax",
    }
);

wire!(
    /// A data source: a table whose rows are pages (<https://developers.notion.com/reference/data-source>).
    DataSource {
        /// Its id.
        id: Id = "lax",
        /// Its title, as rich text.
        title: Vec<Value> = "lax_list",
        /// Its icon.
        icon: Option<Icon> = "lax",
        /// The database it belongs to.
        parent: Parent = "lax",
        /// What its database is in.
        database_parent: Parent = "lax",
        /// Whether it is in the trash.
        in_trash: bool = "lax",
        /// Its columns by name, each as Notion sends it. See [`super::properties::Schema::of`].
        properties: Map<String, Value> = "lax",
        /// Where people read it.
        url: String = "lax",
    }
);

wire!(
    /// A block (<https://developers.notion.com/reference/block>).
    Block {
        /// Its id.
        id: Id = "lax",
        /// Its type, such as `paragraph`.
        #[serde(rename = "type")]
        kind: String = "lax",
        /// Whether there are blocks in it, to be read by its id.
        has_children: bool = "lax",
        /// What it is in.
        parent: Parent = "lax",
        /// Whether it is in the trash.
        in_trash: bool = "lax",
        /// When it was last edited.
        last_edited_time: Option<Timestamp> = "lax",
        /// Who edited it last.
        last_edited_by: User = "lax",
    }
);

wire!(
    /// What something is in (<https://developers.notion.com/reference/parent-object>).
    Parent {
        /// Which of the fields counts, such as `data_source_id`.
        #[serde(rename = "type")]
        kind: String = "lax",
        /// A page.
        page_id: Option<Id> = "lax",
        /// A data source.
        data_source_id: Option<Id> = "lax",
        /// A database; given beside the data source too.
        database_id: Option<Id> = "lax",
        /// A block.
        block_id: Option<Id> = "lax",
        /// Whether it stands at the top of the workspace.
        workspace: bool = "lax",
    }
);

impl Parent {
    /// The nearest thing it is in that has an id: data source, database, page, block.
    #[must_use]
    pub fn id(&self) -> Option<Id> {
        self.data_source_id.or(self.database_id).or(self.page_id).or(self.block_id)
    }
}

wire!(
    /// A person, a bot or an agent (<https://developers.notion.com/reference/user>). Mostly only the id is given.
    User {
        /// The id.
        id: Id = "lax",
        /// `person` or `bot`.
        #[serde(rename = "type")]
        kind: String = "lax",
        /// The name that is shown.
        name: Option<String> = "lax",
        /// What only people have.
        person: Option<Person> = "lax",
    }
);

impl User {
    /// The name by which people know them; `somebody` where Notion does not say.
    #[must_use]
    pub fn called(&self) -> String {
        let name = line(self.name.as_deref().unwrap_or_default(), 60);
        if name.is_empty() { "somebody".to_owned() } else { name }
    }

    /// Their address, where the integration may see it.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.person.as_ref().map(|person| person.email.as_str()).filter(|email| !email.is_empty())
    }

    /// Whether it is no person.
    #[must_use]
    pub fn is_bot(&self) -> bool {
        matches!(self.kind.as_str(), "bot" | "agent")
    }
}

wire!(
    /// What only people have.
    Person {
        /// The address.
        email: String = "lax",
    }
);

wire!(
    /// The icon of a page, database or callout. Only an emoji can be shown in chat.
    Icon {
        /// The emoji, where it is one.
        emoji: Option<String> = "lax",
    }
);

impl Icon {
    /// The emoji with a space behind it, for the beginning of a title.
    #[must_use]
    pub fn lead(icon: Option<&Self>) -> String {
        let emoji = icon.and_then(|icon| icon.emoji.as_deref()).map(|emoji| line(emoji, 16)).unwrap_or_default();
        if emoji.is_empty() { emoji } else { format!("{emoji} ") }
    }
}

wire!(
    /// A comment (<https://developers.notion.com/reference/comment-object>).
    Comment {
        /// Its id.
        id: Id = "lax",
        /// The page or block it is on.
        parent: Parent = "lax",
        /// The thread it belongs to.
        discussion_id: Option<Id> = "lax",
        /// When it was written.
        created_time: Option<Timestamp> = "lax",
        /// Who wrote it.
        created_by: User = "lax",
        /// What it says.
        rich_text: Vec<Value> = "lax_list",
        /// The name it is shown under, where that is not its author's.
        display_name: DisplayName = "lax",
    }
);

wire!(
    /// The name that a comment is shown under.
    DisplayName {
        /// The name.
        resolved_name: Option<String> = "lax",
    }
);

impl Comment {
    /// The name of who wrote it.
    #[must_use]
    pub fn by(&self) -> String {
        let shown = self.display_name.resolved_name.as_deref().map(|name| line(name, 60)).unwrap_or_default();
        if shown.is_empty() { self.created_by.called() } else { shown }
    }
}

wire!(
    /// A file on its way into Notion (<https://developers.notion.com/reference/file-upload>).
    FileUpload {
        /// Its id, by which blocks and properties name it.
        id: Id = "lax",
        /// `pending`, `uploaded`, `expired` or `failed`.
        status: String = "lax",
        /// Its name.
        filename: Option<String> = "lax",
        /// Its type.
        content_type: Option<String> = "lax",
    }
);

/// One page of a list (<https://developers.notion.com/reference/intro#pagination>). What does not fit is left out of it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, bound(deserialize = "T: DeserializeOwned"))]
pub struct Listed<T> {
    /// What is on it.
    #[serde(deserialize_with = "lax_list")]
    pub results: Vec<T>,
    /// What to ask for the next one with.
    #[serde(deserialize_with = "lax")]
    pub next_cursor: Option<String>,
    /// Whether there is a next one.
    #[serde(deserialize_with = "lax")]
    pub has_more: bool,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { results: Vec::new(), next_cursor: None, has_more: false }
    }
}

impl<T> Listed<T> {
    /// What to ask for the next page of the list with, if there is one.
    #[must_use]
    pub fn next(&self) -> Option<&str> {
        self.next_cursor.as_deref().filter(|_| self.has_more)
    }
}

/// One result of a search, or of a query of a data source (<https://developers.notion.com/reference/post-search>).
#[derive(Debug, Clone, PartialEq)]
pub enum Hit {
    /// A page.
    Page(Box<Page>),
    /// A data source.
    DataSource(Box<DataSource>),
}

impl<'de> Deserialize<'de> for Hit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let wrong = |error: serde_json::Error| serde::de::Error::custom(error);
        match value.get("object").and_then(Value::as_str) {
            Some("page") => serde_json::from_value(value).map(Self::Page).map_err(wrong),
            Some("data_source" | "database") => serde_json::from_value(value).map(Self::DataSource).map_err(wrong),
            _ => Err(serde::de::Error::custom("neither a page nor a data source")),
        }
    }
}

wire!(
    /// A refusal (<https://developers.notion.com/reference/status-codes>).
    Refusal {
        /// Such as `validation_error`.
        code: String = "lax",
        /// Why, in Notion's words.
        message: String = "lax",
        /// What Notion's support finds the request by.
        request_id: Option<String> = "lax",
        /// More, such as why a limit was hit.
        additional_data: Map<String, Value> = "lax",
    }
);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_is_read_and_what_is_wrong_is_passed_over() {
        let page: Page = serde_json::from_value(json!({
            "object": "page", "id": "be633bf1-dfa0-436d-b259-571129a590e5", "created_time": "2022-10-24T22:54:00.000Z",
            "icon": {"type": "emoji", "emoji": "🐞"}, "in_trash": "no", "url": 7, "newer": {"than": "us"},
            "parent": {"type": "data_source_id", "data_source_id": "a1d8501e-1ac1-43e9-a6bd-ea9fe6c8822b",
                "database_id": "b1d8501e-1ac1-43e9-a6bd-ea9fe6c8822b"},
            "properties": {"Title": {"id": "title", "type": "title", "title": [{"plain_text": "Bug "}, {"plain_text": "bash"}]}},
        }))
        .unwrap();
        assert_eq!(page.title(), "Bug bash");
        assert_eq!(page.id.to_string(), "be633bf1dfa0436db259571129a590e5");
        assert_eq!(page.parent.id().unwrap().to_string(), "a1d8501e1ac143e9a6bdea9fe6c8822b");
        assert_eq!(Icon::lead(page.icon.as_ref()), "🐞 ");
        assert!(!page.in_trash && page.url.is_empty());
    }

    #[test]
    fn lists_keep_what_fits() {
        let list: Listed<Hit> = serde_json::from_value(json!({
            "results": [
                {"object": "page", "id": "x"}, {"object": "data_source", "title": [{"plain_text": "Tasks"}]}, {"object": "cat"}, 3
            ],
            "has_more": true, "next_cursor": "abc", "type": "page_or_data_source",
        }))
        .unwrap();
        assert_eq!(list.results.len(), 2);
        assert_eq!(list.next(), Some("abc"));
        assert_eq!(serde_json::from_str::<Listed<Hit>>("{\"results\":null}").unwrap().next(), None);
    }

    #[test]
    fn people_and_comments_have_a_name() {
        let user: User =
            serde_json::from_value(json!({"name": "Ana\nB", "person": {"email": "ana@acme.example"}})).unwrap();
        assert_eq!((user.called().as_str(), user.email()), ("Ana B", Some("ana@acme.example")));
        assert_eq!(User::default().called(), "somebody");
        let comment = json!({"display_name": {"type": "custom", "resolved_name": "Ana (Slack)"}});
        assert_eq!(serde_json::from_value::<Comment>(comment).unwrap().by(), "Ana (Slack)");
    }
}
