//! The human side: what people do in the app, and what goes wrong on order.

use serde_json::{Value, json};

use super::{NewComment, NewPage};
use crate::sandbox::notion::NotionFake;
use crate::sandbox::notion::check::normal;
use crate::sandbox::notion::data::{Column, Id, Page, Parent};
use crate::sandbox::notion::faults::Failure;
use crate::sandbox::notion::markdown::{What, inline, read};
use crate::sandbox::notion::reply::{Content, Reply};
use crate::sandbox::notion::rich::{plain, plain_text};
use crate::sandbox::notion::state::State;

/// Something was named that does not exist here, or that Notion would not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the sandbox Notion has no {0}")]
pub struct Missing(String);

impl Missing {
    pub(super) fn new(what: &str, name: &str) -> Self {
        Self(format!("{what} {name}"))
    }
}

/// What Notion said against it.
fn refused(reply: Reply) -> Missing {
    match reply.body {
        Content::Json(body) => Missing(format!("way to do this: {}", body["message"].as_str().unwrap_or_default())),
        Content::Bytes(..) => Missing("way to do this".to_owned()),
    }
}

impl State {
    /// The identifier of a page, database, data source or block: itself, or the title of a page or data source.
    pub(in crate::sandbox::notion) fn named(&self, name: &str) -> Result<Id, Missing> {
        if let Some(id) = normal(name) {
            return Ok(id);
        }
        let world = &self.world;
        let titled = |id: &&Id| {
            let page = world.pages.get(*id).map(Page::title);
            page.or_else(|| world.sources.get(*id).map(|source| plain(&source.title))).as_deref() == Some(name)
        };
        let living = world.order.iter().filter(|id| !world.trashed(id)).find(titled);
        living
            .or_else(|| world.order.iter().find(titled))
            .cloned()
            .ok_or_else(|| Missing::new("page or data source", name))
    }

    fn page_named(&self, name: &str) -> Result<Id, Missing> {
        let id = self.named(name)?;
        if self.world.pages.contains_key(&id) { Ok(id) } else { Err(Missing::new("page", name)) }
    }

    fn source_named(&self, name: &str) -> Result<Id, Missing> {
        let id = self.named(name)?;
        let first = || self.world.databases.get(&id).and_then(|database| database.sources.first().cloned());
        let found = if self.world.sources.contains_key(&id) { Some(id.clone()) } else { first() };
        found.ok_or_else(|| Missing::new("data source", name))
    }

    fn who(&self, name: &str) -> Result<Id, Missing> {
        self.person(name).ok_or_else(|| Missing::new("person", name))
    }

    /// A property of a request out of what a person types.
    fn typed(&self, column: &Column, text: &str) -> Result<Value, Missing> {
        let list = || text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let kind = column.kind.as_str();
        let value = match kind {
            "title" | "rich_text" => json!([{ "text": { "content": text } }]),
            "number" | "select" | "status" | "date" | "url" | "email" | "phone_number" if text.is_empty() => {
                Value::Null
            }
            "number" => json!(text.parse::<f64>().map_err(|_| Missing::new("number", text))?),
            "select" | "status" => json!({ "name": text }),
            "multi_select" => list().map(|name| json!({ "name": name })).collect(),
            "date" => match text.split_once("..") {
                Some((start, end)) => json!({ "start": start, "end": end }),
                None => json!({ "start": text }),
            },
            "people" => {
                list().map(|name| self.who(name).map(|id| json!({ "id": id }))).collect::<Result<Value, Missing>>()?
            }
            "relation" => list()
                .map(|name| self.page_named(name).map(|id| json!({ "id": id })))
                .collect::<Result<Value, Missing>>()?,
            "checkbox" => json!(matches!(text, "true" | "yes")),
            "url" | "email" | "phone_number" => json!(text),
            _ => return Err(Missing::new("way to type into", &column.name)),
        };
        Ok(json!({ kind: value }))
    }

    fn typed_all(&self, source: &Id, cells: &[(&str, &str)]) -> Result<Value, Missing> {
        let mut values = json!({});
        let found = self.world.sources.get(source).ok_or_else(|| Missing::new("data source", source))?;
        for (name, text) in cells {
            let column = found.column(name).ok_or_else(|| Missing::new("property", name))?;
            values[*name] = self.typed(column, text)?;
        }
        Ok(values)
    }

    pub(in crate::sandbox::notion) fn new_row(
        &mut self,
        who: &str,
        source: &str,
        cells: &[(&str, &str)],
        text: &str,
    ) -> Result<Id, Missing> {
        let (who, source) = (self.who(who)?, self.source_named(source)?);
        let given = self.typed_all(&source, cells)?;
        let values = self.world.read_properties(Some(&source), &given, "", "").map_err(refused)?;
        let new = NewPage { values: Some(values), blocks: blocks(text), ..NewPage::below(Parent::Source(source)) };
        Ok(self.add_page(new, &who))
    }

    pub(in crate::sandbox::notion) fn new_page(
        &mut self,
        who: &str,
        parent: Option<&str>,
        title: &str,
        text: &str,
    ) -> Result<Id, Missing> {
        let who = self.who(who)?;
        let parent = match parent {
            Some(parent) => Parent::Page(self.page_named(parent)?),
            None => Parent::Workspace,
        };
        let given = json!({ "title": { "title": [{ "text": { "content": title } }] } });
        let values = self.world.read_properties(None, &given, "", "").map_err(refused)?;
        let new = NewPage { values: Some(values), blocks: blocks(text), ..NewPage::below(parent) };
        Ok(self.add_page(new, &who))
    }

    pub(in crate::sandbox::notion) fn new_database(
        &mut self,
        who: &str,
        parent: Option<&str>,
        title: &str,
        columns: &Value,
    ) -> Result<Id, Missing> {
        let who = self.who(who)?;
        let parent = match parent {
            Some(parent) => Parent::Page(self.page_named(parent)?),
            None => Parent::Workspace,
        };
        self.add_database(&parent, plain_text(title), columns, &who).map_err(refused)
    }

    /// Shares a page or database, and all below it, with every integration, or takes that back.
    pub(in crate::sandbox::notion) fn set_shared(&mut self, name: &str, shared: bool) -> Result<(), Missing> {
        let id = self.named(name)?;
        for with in self.world.shared.values_mut() {
            if shared {
                with.insert(id.clone());
            } else {
                with.remove(&id);
            }
        }
        Ok(())
    }
}

/// The blocks of a text in markdown.
fn blocks(text: &str) -> Vec<crate::sandbox::notion::content::Ready> {
    let new = |item: crate::sandbox::notion::markdown::Item| match item.what {
        What::New(ready) => Some(ready),
        What::Stays(_) => None,
    };
    read(text).into_iter().filter_map(new).collect()
}

/// What people do. A page or data source is named by its title or identifier, a person by the short name, the full name
/// or the identifier. Every method answers [`Missing`] when something named does not exist, or Notion would not take it.
#[expect(clippy::missing_errors_doc, reason = "the one error of all of them is told once, above")]
impl NotionFake {
    /// The identifier of a page or data source by its title.
    pub fn find(&self, title: &str) -> Result<String, Missing> {
        self.shared.lock().named(title)
    }

    /// The identifier of a person or bot.
    pub fn user_id(&self, name: &str) -> Result<String, Missing> {
        self.shared.lock().who(name)
    }

    /// Someone makes a page with a text in markdown, in another page or, without one, in the workspace; returns its
    /// identifier.
    pub fn create_page(&self, who: &str, parent: Option<&str>, title: &str, text: &str) -> Result<String, Missing> {
        self.shared.act(|state| state.new_page(who, parent, title, text))
    }

    /// Someone makes a row of a data source; returns its identifier. Each cell is typed as text: dates as `2026-11-20` or
    /// `2026-11-20..2026-11-22`, people and options with commas between them.
    pub fn create_row(&self, who: &str, source: &str, cells: &[(&str, &str)]) -> Result<String, Missing> {
        self.shared.act(|state| state.new_row(who, source, cells, ""))
    }

    /// Someone makes a database with one data source, whose columns are written as the API takes them; returns the
    /// database's identifier.
    pub fn create_database(
        &self,
        who: &str,
        parent: Option<&str>,
        title: &str,
        columns: &Value,
    ) -> Result<String, Missing> {
        self.shared.act(|state| state.new_database(who, parent, title, columns))
    }

    /// Someone changes a property; an empty text takes the value away.
    pub fn set_property(&self, who: &str, page: &str, property: &str, text: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let (who, id) = (state.who(who)?, state.page_named(page)?);
            let source = match state.world.pages.get(&id).map(|page| &page.parent) {
                Some(Parent::Source(source)) => source.clone(),
                _ => return Err(Missing::new("property", property)),
            };
            let given = state.typed_all(&source, &[(property, text)])?;
            let values = state.world.read_properties(Some(&source), &given, "", "").map_err(refused)?;
            state.set_values(&id, values, &who);
            Ok(())
        })
    }

    /// Someone gives a page another title.
    pub fn rename_page(&self, who: &str, page: &str, title: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let (who, id) = (state.who(who)?, state.page_named(page)?);
            let given = json!({ "title": { "title": [{ "text": { "content": title } }] } });
            let source = state.world.pages.get(&id).and_then(|page| match &page.parent {
                Parent::Source(source) => Some(source.clone()),
                _ => None,
            });
            let values = state.world.read_properties(source.as_ref(), &given, "", "").map_err(refused)?;
            state.set_values(&id, values, &who);
            Ok(())
        })
    }

    /// Someone writes more at the end of a page, in markdown; returns the identifiers of the new blocks.
    pub fn write(&self, who: &str, page: &str, text: &str) -> Result<Vec<String>, Missing> {
        self.shared.act(|state| {
            let (who, id) = (state.who(who)?, state.page_named(page)?);
            Ok(state.put_blocks(&id, blocks(text), usize::MAX, &who))
        })
    }

    /// Someone changes the text of a block.
    pub fn edit_block(&self, who: &str, block: &str, text: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let (who, id) = (state.who(who)?, state.named(block)?);
            if !state.world.blocks.contains_key(&id) {
                return Err(Missing::new("block", block));
            }
            let content = serde_json::Map::from_iter([("rich_text".to_owned(), inline(text))]);
            state.change_block(&id, content, &who);
            Ok(())
        })
    }

    /// Someone comments on a page or block; returns the comment's identifier.
    pub fn comment(&self, who: &str, on: &str, text: &str) -> Result<String, Missing> {
        self.shared.act(|state| {
            let (who, id) = (state.who(who)?, state.named(on)?);
            let on = if state.world.pages.contains_key(&id) { Parent::Page(id) } else { Parent::Block(id) };
            Ok(state.add_comment(NewComment::of(state, on, None, text, &who), &who))
        })
    }

    /// Someone answers a comment in its thread; returns the new comment's identifier.
    pub fn answer_comment(&self, who: &str, comment: &str, text: &str) -> Result<String, Missing> {
        self.shared.act(|state| {
            let who = state.who(who)?;
            let first = state.world.comments.iter().find(|known| known.id == comment);
            let first = first.cloned().ok_or_else(|| Missing::new("comment", comment))?;
            let new = NewComment::of(state, first.parent, Some(first.discussion), text, &who);
            Ok(state.add_comment(new, &who))
        })
    }

    /// Someone changes what a comment says.
    pub fn edit_comment(&self, who: &str, comment: &str, text: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let who = state.who(who)?;
            state.change_comment(comment, plain_text(text), &who);
            Ok(())
        })
    }

    /// Someone takes a comment away.
    pub fn delete_comment(&self, who: &str, comment: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let who = state.who(who)?;
            state.remove_comment(comment, &who);
            Ok(())
        })
    }

    /// Someone throws away a page, block, database or data source.
    pub fn trash(&self, who: &str, what: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let (who, id) = (state.who(who)?, state.named(what)?);
            state.trash(&id, true, &who);
            Ok(())
        })
    }

    /// Someone brings it back.
    pub fn restore(&self, who: &str, what: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let (who, id) = (state.who(who)?, state.named(what)?);
            state.trash(&id, false, &who);
            Ok(())
        })
    }

    /// Someone locks or unlocks a page.
    pub fn lock_page(&self, who: &str, page: &str, locked: bool) -> Result<(), Missing> {
        self.shared.act(|state| {
            let (who, id) = (state.who(who)?, state.page_named(page)?);
            state.set_locked(&id, locked, &who);
            Ok(())
        })
    }

    /// Someone moves a page into another page or a data source.
    pub fn move_page(&self, who: &str, page: &str, to: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let (who, id, to) = (state.who(who)?, state.page_named(page)?, state.named(to)?);
            let to = if state.world.pages.contains_key(&to) {
                Parent::Page(to)
            } else {
                Parent::Source(state.source_named(&to)?)
            };
            state.move_to(&id, &to, &who);
            Ok(())
        })
    }

    /// Someone changes columns of a data source, written as the API takes them; `null` takes one away.
    pub fn change_schema(&self, who: &str, source: &str, changes: &Value) -> Result<(), Missing> {
        self.shared.act(|state| {
            let (who, id) = (state.who(who)?, state.source_named(source)?);
            state.change_schema(&id, changes, &who).map_err(refused)
        })
    }

    /// Someone gives an option of a select, a status or tags another name, which the API cannot do to a status.
    pub fn rename_option(&self, who: &str, source: &str, property: &str, old: &str, new: &str) -> Result<(), Missing> {
        self.option(who, source, property, |options| {
            let option = options.iter_mut().find(|option| option["name"] == old);
            option.map(|option| option["name"] = json!(new)).ok_or_else(|| Missing::new("option", old))
        })
    }

    /// Someone takes an option away; rows that had it have none then.
    pub fn delete_option(&self, who: &str, source: &str, property: &str, name: &str) -> Result<(), Missing> {
        self.option(who, source, property, |options| {
            options.retain(|option| option["name"] != name);
            Ok(())
        })
    }

    fn option(
        &self,
        who: &str,
        source: &str,
        property: &str,
        change: impl FnOnce(&mut Vec<Value>) -> Result<(), Missing>,
    ) -> Result<(), Missing> {
        self.shared.act(|state| {
            let (who, id) = (state.who(who)?, state.source_named(source)?);
            let columns = state.world.sources.get_mut(&id).map(|source| &mut source.columns);
            let column = columns.and_then(|columns| columns.iter_mut().find(|column| column.name == property));
            let column = column.ok_or_else(|| Missing::new("property", property))?;
            let options =
                column.config["options"].as_array_mut().ok_or_else(|| Missing::new("options in", property))?;
            change(options)?;
            let changed =
                [super::super::schema::Changed { id: column.id.clone(), name: column.name.clone(), action: "updated" }];
            state.world.forget_options(&id);
            state.tell_schema(&id, &changed, &who);
            Ok(())
        })
    }

    /// Someone makes a page a template of a data source; it is no row any more.
    pub fn make_template(&self, page: &str, default: bool) -> Result<(), Missing> {
        self.shared.act(|state| {
            let id = state.page_named(page)?;
            let source = match state.world.pages.get(&id).map(|page| &page.parent) {
                Some(Parent::Source(source)) => state.world.sources.get_mut(&source.clone()),
                _ => None,
            };
            let source = source.ok_or_else(|| Missing::new("data source of", page))?;
            source.rows.retain(|row| *row != id);
            source.templates.push(id.clone());
            if default {
                source.default_template = Some(id);
            }
            Ok(())
        })
    }

    /// Someone shares a page or data source, and all below it, with the integrations.
    pub fn share(&self, what: &str) -> Result<(), Missing> {
        self.shared.act(|state| state.set_shared(what, true))
    }

    /// Someone takes that back: it and all below it is `404` for the integrations.
    pub fn unshare(&self, what: &str) -> Result<(), Missing> {
        self.shared.act(|state| state.set_shared(what, false))
    }

    /// An import of a file from an address comes to its end: with bytes, or with what went wrong.
    pub fn finish_import(&self, upload: &str, content: Result<Vec<u8>, String>) -> Result<(), Missing> {
        self.shared.act(
            |state| {
                if state.finish_import(upload, content) { Ok(()) } else { Err(Missing::new("import", upload)) }
            },
        )
    }

    /// The next `times` requests to a route meet this. `pattern` is `METHOD /path` or only `/path`; `*` stands for one
    /// segment (or any method), `**` for the rest: `POST /v1/pages`, `/v1/blocks/*/children`.
    pub fn fail_next(&self, pattern: &str, failure: Failure, times: u32) {
        self.shared.act(|state| state.faults.order(pattern, failure, times));
    }

    /// Forgets every failure that is still on order.
    pub fn fail_no_more(&self) {
        self.shared.act(|state| state.faults.clear());
    }
}

impl NewComment {
    fn of(state: &State, on: Parent, discussion: Option<Id>, text: &str, who: &str) -> Self {
        let name = state.world.user(who).map(|user| user.name.clone());
        let display_name = json!({ "type": "user", "resolved_name": name });
        Self { on, discussion, rich_text: plain_text(text), attachments: Vec::new(), display_name }
    }
}
