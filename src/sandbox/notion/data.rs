//! The workspace as data: pages, blocks, databases, data sources, comments, files and people, and the tree they form.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// An identifier with dashes.
pub(super) type Id = String;

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Parent {
    Workspace,
    Page(Id),
    Block(Id),
    Source(Id),
}

impl Parent {
    pub(super) fn id(&self) -> Option<&Id> {
        match self {
            Self::Workspace => None,
            Self::Page(id) | Self::Block(id) | Self::Source(id) => Some(id),
        }
    }
}

/// Who made and who last changed something, and when.
#[derive(Debug, Clone)]
pub(super) struct Stamp {
    pub created: Timestamp,
    pub created_by: Id,
    pub edited: Timestamp,
    pub edited_by: Id,
}

impl Stamp {
    pub(super) fn new(who: &str, at: Timestamp) -> Self {
        Self { created: at, created_by: who.to_owned(), edited: at, edited_by: who.to_owned() }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Page {
    pub id: Id,
    pub parent: Parent,
    /// Values by the column's identifier; a page outside of a data source only has `title`.
    pub values: BTreeMap<String, Value>,
    pub icon: Value,
    pub cover: Value,
    pub children: Vec<Id>,
    pub trashed: bool,
    pub locked: bool,
    pub stamp: Stamp,
    /// Its number in its data source.
    pub number: u64,
    /// When the search sees its title.
    pub indexed: Timestamp,
}

#[derive(Debug, Clone)]
pub(super) struct Block {
    pub id: Id,
    pub kind: String,
    pub content: Map<String, Value>,
    /// The page or block that holds it.
    pub parent: Id,
    pub children: Vec<Id>,
    pub trashed: bool,
    pub stamp: Stamp,
}

#[derive(Debug, Clone)]
pub(super) struct Database {
    pub id: Id,
    pub parent: Parent,
    pub title: Value,
    pub description: Value,
    pub inline: bool,
    pub icon: Value,
    pub cover: Value,
    pub sources: Vec<Id>,
    pub trashed: bool,
    pub locked: bool,
    pub stamp: Stamp,
}

#[derive(Debug, Clone)]
pub(super) struct Source {
    pub id: Id,
    pub database: Id,
    pub title: Value,
    pub icon: Value,
    pub columns: Vec<Column>,
    pub rows: Vec<Id>,
    /// Pages that are templates; they are no rows.
    pub templates: Vec<Id>,
    pub default_template: Option<Id>,
    pub trashed: bool,
    pub stamp: Stamp,
    pub numbers: u64,
    pub indexed: Timestamp,
}

impl Source {
    /// A column by its name, or by its identifier, escaped or not.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        let by_name = self.columns.iter().find(|column| column.name == name);
        by_name.or_else(|| self.columns.iter().find(|column| same_id(&column.id, name)))
    }
}

/// Whether two identifiers of properties are the same, escaped or not.
pub(super) fn same_id(one: &str, other: &str) -> bool {
    one == other || unescaped(one) == unescaped(other)
}

/// A text without percent signs.
pub(super) fn unescaped(text: &str) -> String {
    // A plus sign means itself here.
    let query = format!("x={}", text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D"));
    url::form_urlencoded::parse(query.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub id: String,
    pub name: String,
    pub description: Value,
    pub kind: String,
    /// What stands under the key of its kind.
    pub config: Value,
}

#[derive(Debug, Clone)]
pub(super) struct Comment {
    pub id: Id,
    pub discussion: Id,
    /// The page or block.
    pub parent: Parent,
    pub page: Id,
    pub rich_text: Value,
    pub attachments: Vec<Value>,
    pub display_name: Value,
    pub stamp: Stamp,
}

#[derive(Debug, Clone)]
pub(super) struct Upload {
    pub id: Id,
    pub name: Option<String>,
    pub kind: Option<String>,
    pub mode: &'static str,
    /// How many parts there are to be.
    pub parts: u32,
    pub sent: BTreeMap<u32, Vec<u8>>,
    pub status: &'static str,
    /// What went wrong, or well, with an import.
    pub import: Value,
    pub attached: bool,
    pub stamp: Stamp,
}

#[derive(Debug, Clone)]
pub(super) struct User {
    pub id: Id,
    pub login: String,
    pub name: String,
    /// `None`: a bot.
    pub email: Option<String>,
}

/// Everything there is in the workspace.
#[derive(Debug, Default)]
pub(super) struct World {
    pub id: Id,
    pub name: String,
    pub web: String,
    /// Where files are fetched from.
    pub base: String,
    pub users: Vec<User>,
    pub pages: HashMap<Id, Page>,
    pub blocks: HashMap<Id, Block>,
    pub databases: HashMap<Id, Database>,
    pub sources: HashMap<Id, Source>,
    pub comments: Vec<Comment>,
    pub uploads: Vec<Upload>,
    /// In the order in which they were made.
    pub order: Vec<Id>,
    /// What is shared with each integration, by its bot; what stands below is shared too.
    pub shared: HashMap<Id, HashSet<Id>>,
    seed: u64,
}

/// A UUID that is the same in every run.
pub(super) fn uuid(seed: &str) -> Id {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(seed)[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().hyphenated().to_string()
}

impl World {
    pub(super) fn new(name: &str, web: &str) -> Self {
        let web = web.trim_end_matches('/').to_owned();
        let id = uuid(&format!("workspace {name}"));
        Self { id, name: name.to_owned(), web, ..Self::default() }
    }

    /// A new identifier.
    pub(super) fn fresh(&mut self) -> Id {
        self.seed += 1;
        uuid(&format!("{} {}", self.name, self.seed))
    }

    /// A new identifier of a column: four characters, sometimes with one that has to be escaped.
    pub(super) fn fresh_column(&mut self) -> String {
        let id = self.fresh();
        let letters: String = id.chars().filter(char::is_ascii_alphanumeric).take(3).collect();
        let last = ["a", "%40", "%3A", "Z", "%5B"][usize::try_from(self.seed % 5).unwrap_or_default()];
        format!("{letters}{last}")
    }

    pub(super) fn add_page(&mut self, page: Page) {
        self.order.push(page.id.clone());
        self.pages.insert(page.id.clone(), page);
    }

    pub(super) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// What holds this: the page, block or data source.
    pub(super) fn above(&self, id: &str) -> Option<&Id> {
        if let Some(page) = self.pages.get(id) {
            return page.parent.id();
        }
        if let Some(block) = self.blocks.get(id) {
            return Some(&block.parent);
        }
        if let Some(source) = self.sources.get(id) {
            return Some(&source.database);
        }
        self.databases.get(id).and_then(|database| database.parent.id())
    }

    /// The thing itself, and everything it stands in, from the inside out.
    pub(super) fn line<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a str> {
        std::iter::successors(Some(id), |id| self.above(id).map(String::as_str))
    }

    /// Whether this is in the trash, alone or with what it stands in.
    pub(super) fn trashed(&self, id: &str) -> bool {
        self.line(id).any(|id| {
            self.pages.get(id).is_some_and(|page| page.trashed)
                || self.blocks.get(id).is_some_and(|block| block.trashed)
                || self.databases.get(id).is_some_and(|database| database.trashed)
                || self.sources.get(id).is_some_and(|source| source.trashed)
        })
    }

    /// Whether this is shared with an integration.
    pub(super) fn visible(&self, id: &str, bot: &str) -> bool {
        self.shared.get(bot).is_some_and(|shared| self.line(id).any(|id| shared.contains(id)))
    }

    /// The page that a block stands on; a page stands on itself.
    pub(super) fn page_of(&self, id: &str) -> Option<&Page> {
        self.line(id).find_map(|id| self.pages.get(id))
    }

    /// What stands below a page or block and is not in the trash.
    pub(super) fn children(&self, id: &str) -> Vec<Id> {
        let page = self.pages.get(id).map(|page| &page.children);
        let all = page.or_else(|| self.blocks.get(id).map(|block| &block.children));
        let own = |id: &&Id| {
            !(self.pages.get(*id).is_some_and(|page| page.trashed)
                || self.blocks.get(*id).is_some_and(|block| block.trashed)
                || self.databases.get(*id).is_some_and(|database| database.trashed))
        };
        all.into_iter().flatten().filter(own).cloned().collect()
    }

    pub(super) fn children_mut(&mut self, id: &str) -> Option<&mut Vec<Id>> {
        if let Some(page) = self.pages.get_mut(id) {
            return Some(&mut page.children);
        }
        self.blocks.get_mut(id).map(|block| &mut block.children)
    }

    /// The data source of a page, when it is a row.
    pub(super) fn source_of(&self, page: &Page) -> Option<&Source> {
        match &page.parent {
            Parent::Source(id) => self.sources.get(id),
            _ => None,
        }
    }

    /// Notes that someone changed something: it and the page it stands on.
    pub(super) fn touch(&mut self, id: &str, who: &str, at: Timestamp) {
        let page = self.page_of(id).map(|page| page.id.clone());
        for id in [Some(id.to_owned()), page].into_iter().flatten() {
            let stamp = if let Some(page) = self.pages.get_mut(&id) {
                &mut page.stamp
            } else if let Some(block) = self.blocks.get_mut(&id) {
                &mut block.stamp
            } else if let Some(source) = self.sources.get_mut(&id) {
                &mut source.stamp
            } else if let Some(database) = self.databases.get_mut(&id) {
                &mut database.stamp
            } else {
                continue;
            };
            stamp.edited = at;
            who.clone_into(&mut stamp.edited_by);
        }
    }
}

/// A time as Notion shows it on pages and blocks: to the minute.
pub(super) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:00.000Z").to_string()
}

/// A time to the millisecond.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
