//! Pages, blocks and comments: made, changed, moved, locked, thrown away.

use serde_json::{Map, Value};

use crate::sandbox::notion::content::Ready;
use crate::sandbox::notion::data::{Comment, Id, Page, Parent, Stamp};
use crate::sandbox::notion::props;
use crate::sandbox::notion::state::State;

/// A page that is to be made.
pub(in crate::sandbox::notion) struct NewPage {
    pub parent: Parent,
    pub values: Option<props::Ready>,
    pub icon: Value,
    pub cover: Value,
    pub blocks: Vec<Ready>,
    /// The page whose content and values it begins with.
    pub template: Option<Id>,
    /// Its place among the children of its parent; at the end when it is not said.
    pub after: Option<usize>,
}

impl NewPage {
    pub(in crate::sandbox::notion) fn below(parent: Parent) -> Self {
        Self {
            parent,
            values: None,
            icon: Value::Null,
            cover: Value::Null,
            blocks: Vec::new(),
            template: None,
            after: None,
        }
    }
}

/// A comment that is to be made.
pub(in crate::sandbox::notion) struct NewComment {
    pub on: Parent,
    /// The thread; a new one when it is not said.
    pub discussion: Option<Id>,
    pub rich_text: Value,
    pub attachments: Vec<Value>,
    pub display_name: Value,
}

impl State {
    /// Makes a page.
    pub(in crate::sandbox::notion) fn add_page(&mut self, new: NewPage, who: &str) -> Id {
        let now = self.now;
        let id = self.world.fresh();
        let template = new.template.as_ref().and_then(|id| self.world.pages.get(id));
        let values = template.map(|template| template.values.clone()).unwrap_or_default();
        let source = match &new.parent {
            Parent::Source(id) => self.world.sources.get_mut(id),
            _ => None,
        };
        let number = source.map_or(0, |source| {
            source.rows.push(id.clone());
            source.numbers += 1;
            source.numbers
        });
        match &new.parent {
            Parent::Page(parent) | Parent::Block(parent) => {
                if let Some(children) = self.world.children_mut(parent) {
                    let at = new.after.unwrap_or(usize::MAX).min(children.len());
                    children.insert(at, id.clone());
                }
            }
            Parent::Source(_) | Parent::Workspace => {}
        }
        self.world.attach(&new.icon);
        self.world.attach(&new.cover);
        self.world.add_page(Page {
            id: id.clone(),
            parent: new.parent.clone(),
            values,
            icon: new.icon,
            cover: new.cover,
            children: Vec::new(),
            trashed: false,
            locked: false,
            stamp: Stamp::new(who, now),
            number,
            indexed: now + self.search_lag,
        });
        if let Some(values) = new.values {
            self.put_values(&id, values);
        }
        if let Some(template) = new.template {
            let copies = self.copies(&template);
            self.world.place(&id, copies, 0, who, now);
        }
        self.world.place(&id, new.blocks, usize::MAX, who, now);
        self.tell_page("page.created", &id, who);
        id
    }

    fn put_values(&mut self, page: &str, values: props::Ready) -> Vec<String> {
        let source = self.world.pages.get(page).and_then(|page| match &page.parent {
            Parent::Source(id) => Some(id.clone()),
            _ => None,
        });
        let changed = self.world.set_properties(page, source.as_ref(), values);
        let files = self.world.pages.get(page).map(|page| page.values.values().cloned().collect::<Vec<Value>>());
        self.world.attach(&Value::Array(files.unwrap_or_default()));
        changed
    }

    /// Changes properties of a page and tells of it.
    pub(in crate::sandbox::notion) fn set_values(&mut self, page: &str, values: props::Ready, who: &str) {
        let changed = self.put_values(page, values);
        if changed.is_empty() {
            return;
        }
        let (now, indexed) = (self.now, self.now + self.search_lag);
        self.world.touch(page, who, now);
        if changed.iter().any(|id| id == "title")
            && let Some(page) = self.world.pages.get_mut(page)
        {
            page.indexed = indexed;
        }
        self.tell_properties(page, &changed, who);
    }

    /// Puts blocks on a page and tells of it.
    pub(in crate::sandbox::notion) fn put_blocks(
        &mut self,
        parent: &str,
        blocks: Vec<Ready>,
        at: usize,
        who: &str,
    ) -> Vec<Id> {
        let now = self.now;
        let made = self.world.place(parent, blocks, at, who, now);
        if !made.is_empty() {
            self.world.touch(parent, who, now);
        }
        let told: Vec<(Id, &str)> = made.iter().map(|id| (id.clone(), "block")).collect();
        self.tell_content(parent, &told, who);
        made
    }

    /// Changes what is said of the content of a block.
    pub(in crate::sandbox::notion) fn change_block(&mut self, id: &str, content: Map<String, Value>, who: &str) {
        let now = self.now;
        let Some(block) = self.world.blocks.get_mut(id) else { return };
        if content.contains_key("external") || content.contains_key("file") {
            block.content.remove("external");
            block.content.remove("file");
        }
        block.content.extend(content);
        let content = Value::Object(block.content.clone());
        self.world.attach(&content);
        self.world.touch(id, who, now);
        self.tell_content(id, &[(id.to_owned(), "block")], who);
    }

    /// Throws away a page, block, database or data source, or brings it back.
    pub(in crate::sandbox::notion) fn trash(&mut self, id: &str, trashed: bool, who: &str) {
        let now = self.now;
        if !self.world.set_trashed(id, trashed) {
            return;
        }
        self.world.touch(id, who, now);
        let told = |gone: &'static str, back: &'static str| if trashed { gone } else { back };
        if self.world.pages.contains_key(id) {
            self.tell_page(told("page.deleted", "page.undeleted"), id, who);
        } else if let Some(database) = self.world.databases.get(id) {
            let sources = database.sources.clone();
            self.tell_database(told("database.deleted", "database.undeleted"), id, who);
            for source in sources {
                self.tell_source(told("data_source.deleted", "data_source.undeleted"), &source, who);
            }
        } else if self.world.sources.contains_key(id) {
            self.tell_source(told("data_source.deleted", "data_source.undeleted"), id, who);
        } else {
            self.tell_content(id, &[(id.to_owned(), "block")], who);
        }
    }

    /// Locks a page against changes by people, or unlocks it.
    pub(in crate::sandbox::notion) fn set_locked(&mut self, id: &str, locked: bool, who: &str) {
        let Some(page) = self.world.pages.get_mut(id) else { return };
        if std::mem::replace(&mut page.locked, locked) != locked {
            self.tell_page(if locked { "page.locked" } else { "page.unlocked" }, id, who);
        }
    }

    /// Moves a page to another place.
    pub(in crate::sandbox::notion) fn move_to(&mut self, id: &str, to: &Parent, who: &str) {
        let now = self.now;
        let Some(page) = self.world.pages.get_mut(id) else { return };
        let old = std::mem::replace(&mut page.parent, to.clone());
        match &old {
            Parent::Source(source) => {
                if let Some(source) = self.world.sources.get_mut(source) {
                    source.rows.retain(|row| row != id);
                }
            }
            Parent::Page(parent) | Parent::Block(parent) => {
                if let Some(children) = self.world.children_mut(parent) {
                    children.retain(|child| child != id);
                }
            }
            Parent::Workspace => {}
        }
        match to {
            Parent::Source(source) => {
                if let Some(source) = self.world.sources.get_mut(source) {
                    source.rows.push(id.to_owned());
                }
            }
            Parent::Page(parent) | Parent::Block(parent) => {
                if let Some(children) = self.world.children_mut(parent) {
                    children.push(id.to_owned());
                }
            }
            Parent::Workspace => {}
        }
        if old != *to
            && let Some(page) = self.world.pages.get_mut(id)
        {
            // Only the title means the same everywhere.
            page.values.retain(|name, _| name == "title");
        }
        self.world.touch(id, who, now);
        self.tell_page("page.moved", id, who);
    }

    /// Throws away all that stands on a page.
    pub(in crate::sandbox::notion) fn erase(&mut self, id: &str, who: &str) {
        for child in self.world.children(id) {
            self.trash(&child, true, who);
        }
    }

    /// Copies the blocks of one page to the end of another.
    pub(in crate::sandbox::notion) fn copy_content(&mut self, from: &str, to: &str, who: &str) {
        let copies = self.copies(from);
        self.put_blocks(to, copies, usize::MAX, who);
    }

    fn copies(&self, of: &str) -> Vec<Ready> {
        let blocks = self.world.children(of).into_iter().filter_map(|id| self.world.blocks.get(&id));
        blocks
            .map(|block| Ready {
                kind: block.kind.clone(),
                content: block.content.clone(),
                children: self.copies(&block.id),
            })
            .collect()
    }

    /// Comments on a page or block.
    pub(in crate::sandbox::notion) fn add_comment(&mut self, new: NewComment, who: &str) -> Id {
        let id = self.world.fresh();
        let discussion = new.discussion.unwrap_or_else(|| self.world.fresh());
        let page = new.on.id().and_then(|on| self.world.page_of(on)).map(|page| page.id.clone()).unwrap_or_default();
        self.world.attach(&Value::Array(new.attachments.clone()));
        let comment = Comment {
            id: id.clone(),
            discussion,
            parent: new.on,
            page,
            rich_text: new.rich_text,
            attachments: new.attachments,
            display_name: new.display_name,
            stamp: Stamp::new(who, self.now),
        };
        self.world.comments.push(comment.clone());
        self.tell_comment("comment.created", &comment, who);
        id
    }

    /// Changes what a comment says.
    pub(in crate::sandbox::notion) fn change_comment(&mut self, id: &str, rich_text: Value, who: &str) {
        let now = self.now;
        let Some(comment) = self.world.comments.iter_mut().find(|comment| comment.id == id) else { return };
        comment.rich_text = rich_text;
        comment.stamp.edited = now;
        let comment = comment.clone();
        self.tell_comment("comment.updated", &comment, who);
    }

    /// Takes a comment away.
    pub(in crate::sandbox::notion) fn remove_comment(&mut self, id: &str, who: &str) {
        let Some(at) = self.world.comments.iter().position(|comment| comment.id == id) else { return };
        let comment = self.world.comments.remove(at);
        self.tell_comment("comment.deleted", &comment, who);
    }
}
