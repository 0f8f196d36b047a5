//! How Notion looks in chat: a page as a living card, lists of entries and of what a search found, comments as notes.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::blocks::{plain, read, shown};
use super::properties::{Property, Schema, show_as};
use super::wire::{Comment, DataSource, Hit, Icon, Page};
use crate::connectors::markdown::{Limits, line};
use crate::model::{Action, Block, Card, Object, Press, Text, Tone};

/// The longest title on a card, in characters.
const TITLE: usize = 200;
/// How many properties a card shows.
const FIELDS: usize = 12;
/// How many entries or results a list shows.
const LISTED: usize = 20;
/// How many properties stand behind the title of an entry in a list.
const BEHIND: usize = 4;

/// A page with what was read around it.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The page.
    pub page: &'a Page,
    /// The columns of its data source, where it is an entry of one.
    pub schema: Option<&'a Schema>,
    /// Its first blocks; none where they were not read.
    pub content: &'a [Value],
    /// What it is in, by name.
    pub parent: Option<&'a str>,
}

impl<'a> View<'a> {
    /// A page of which nothing else is known.
    #[must_use]
    pub fn new(page: &'a Page) -> Self {
        Self { page, schema: None, content: &[], parent: None }
    }

    /// Its properties in the order of the columns, the title left out.
    fn properties(&self) -> Vec<(&'a str, Option<&'a Property>, &'a Value)> {
        let page = self.page;
        let rest = || page.properties.iter().map(|(name, value)| (name.as_str(), None, value));
        let all: Vec<_> = match self.schema {
            Some(schema) => {
                let known = schema.0.iter();
                known.filter_map(|one| Some((one.name.as_str(), Some(one), page.properties.get(&one.name)?))).collect()
            }
            None => rest().collect(),
        };
        all.into_iter().filter(|(_, _, value)| value.get("title").is_none()).collect()
    }
}

/// The living card of a page.
#[must_use]
pub fn page_card(view: &View<'_>) -> Card {
    let page = view.page;
    let mut card = Card::new(tone(view), heading(page)).key(page.id.key());
    if !page.url.is_empty() {
        card = card.link(page.url.clone());
    }
    if page.in_trash {
        card = card.field("State", "In the trash");
    }
    for (name, property, value) in view.properties() {
        if card.fields.len() >= FIELDS {
            break;
        }
        card = card.field(line(name, 60), show_as(value, property));
    }
    card.body = read(view.content, Limits::EXCERPT);
    if !page.in_trash {
        let run = |id: &str, label: &str, operation: &str, argument: &str| {
            let args = Object::from_iter([(argument.to_owned(), page.id.to_string().into())]);
            Action::run(id, label, Press::new(operation, args))
        };
        if is_entry(page) {
            card = card.action(run("update", "Update", "notion.entry.update", "entry"));
        }
        card = card.action(run("comment", "Comment", "notion.comment.add", "page"));
        if !page.is_locked {
            card = card.action(run("append", "Append", "notion.page.append", "page"));
        }
    }
    if !page.url.is_empty() {
        card = card.action(Action::open("open", "Open in Notion", page.url.clone()));
    }
    let footer = view.parent.map(|parent| line(parent, 100)).filter(|parent| !parent.is_empty());
    let footer = Text::from(footer.map_or_else(|| "Notion".to_owned(), |parent| format!("Notion · {parent}")));
    card.footer(edited(footer, page.last_edited_time))
}

/// The state of an entry in a word or two: the value of its status.
#[must_use]
pub fn state(view: &View<'_>) -> Option<Text> {
    if view.page.in_trash {
        return Some(Text::from("In the trash"));
    }
    let properties = view.properties();
    let (_, property, value) = properties.iter().find(|(_, _, value)| value.get("status").is_some())?;
    Some(show_as(value, *property)).filter(|text| !text.is_empty())
}

/// What is kept of a page as data: its properties as texts.
#[must_use]
pub fn page_data(view: &View<'_>) -> Object {
    let page = view.page;
    let texts = view.properties().into_iter();
    let texts: Object =
        texts.map(|(name, property, value)| (name.to_owned(), show_as(value, property).to_plain().into())).collect();
    let data = json!({
        "page": page.id, "title": line(&page.title(), TITLE), "url": page.url, "is_entry": is_entry(page),
        "parent": page.parent.id(), "parent_name": view.parent, "in_trash": page.in_trash, "properties": texts,
    });
    match data {
        Value::Object(data) => data,
        _ => Object::new(),
    }
}

/// Entries of a data source, each with the values of some columns; of those that tell most, where none are named.
#[must_use]
pub fn entries_card(title: &str, pages: &[Page], schema: &Schema, columns: &[&Property], more: bool) -> Card {
    let telling: Vec<&Property>;
    let columns = if columns.is_empty() {
        let kinds = ["status", "people", "date", "select"];
        telling = kinds.iter().filter_map(|kind| schema.0.iter().find(|property| property.kind == *kind)).collect();
        telling.as_slice()
    } else {
        columns
    };
    let item = |page: &Page| {
        let mut text = linked(&heading(page), &page.url);
        for property in columns.iter().take(BEHIND) {
            let value = page.properties.get(&property.name).map(|value| show_as(value, Some(property)));
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                text = text.plain(" · ");
                text.0.extend(value.0);
            }
        }
        text
    };
    list(line(title, TITLE), pages.iter().map(item).collect(), more, "No entry fits.")
}

/// What a search found.
#[must_use]
pub fn hits_card(query: &str, hits: &[Hit], more: bool) -> Card {
    let item = |hit: &Hit| match hit {
        Hit::Page(page) => edited(linked(&heading(page), &page.url), page.last_edited_time),
        Hit::DataSource(source) => linked(&source_title(source), &source.url).plain(" · database"),
    };
    let query = line(query, 80);
    let title = if query.is_empty() { "Pages and databases".to_owned() } else { format!("Results for “{query}”") };
    let nothing = "Nothing was found. Only what was shared with the integration can be.";
    list(title, hits.iter().map(item).collect(), more, nothing)
}

/// Somebody's comment, for the thread below a page's card.
#[must_use]
pub fn comment_note(comment: &Comment, link: &str) -> Card {
    let card = note(Tone::Neutral, format!("{} commented", comment.by()), link);
    let words = shown(&comment.rich_text, 700);
    if words.is_empty() { card } else { card.block(Block::Quote(words)) }
}

/// The living card of a data source.
#[must_use]
pub fn source_card(source: &DataSource) -> Card {
    let schema = Schema::of(&source.properties);
    let mut names = Text::new();
    for property in schema.0.iter().take(FIELDS) {
        names = if names.is_empty() { names } else { names.plain(" ") };
        names = names.code(line(&property.name, 50));
    }
    let more = schema.0.len().saturating_sub(FIELDS);
    let names = if more > 0 { names.plain(format!(" +{more} more")) } else { names };
    let tone = if source.in_trash { Tone::Muted } else { Tone::Neutral };
    let card = Card::new(tone, source_title(source)).key(source.id.key()).field("Properties", names).footer("Notion");
    let card = if source.in_trash { card.field("State", "In the trash") } else { card };
    if source.url.is_empty() {
        return card;
    }
    card.link(source.url.clone()).action(Action::open("open", "Open in Notion", source.url.clone()))
}

/// The name of a data source.
#[must_use]
pub fn source_title(source: &DataSource) -> String {
    titled(source.icon.as_ref(), &plain(&source.title))
}

/// The icon and title of a page, as one line.
#[must_use]
pub fn heading(page: &Page) -> String {
    titled(page.icon.as_ref(), &page.title())
}

fn titled(icon: Option<&Icon>, title: &str) -> String {
    let title = line(title, TITLE);
    format!("{}{}", Icon::lead(icon), if title.is_empty() { "Untitled" } else { &title })
}

/// A small card for the quiet thread below the living one.
pub(super) fn note(tone: Tone, title: String, link: &str) -> Card {
    let card = Card::new(tone, title);
    if link.is_empty() { card } else { card.link(link) }
}

/// Whether a page is a row of a data source.
fn is_entry(page: &Page) -> bool {
    page.parent.data_source_id.is_some() || page.parent.database_id.is_some()
}

/// Good where the status is one of the last group, under way in the middle one, as Notion orders them.
fn tone(view: &View<'_>) -> Tone {
    if view.page.in_trash {
        return Tone::Muted;
    }
    let statuses = view.properties().into_iter().filter_map(|(_, property, value)| {
        let name = value.get("status")?.get("name")?.as_str()?;
        Some(property?.option(name)?.group.to_lowercase())
    });
    match statuses.into_iter().next().as_deref() {
        Some("complete" | "done") => Tone::Good,
        Some("in progress" | "in_progress") => Tone::Progress,
        _ => Tone::Neutral,
    }
}

fn linked(title: &str, url: &str) -> Text {
    if url.is_empty() { Text::from(title) } else { Text::new().link(title, url) }
}

fn edited(text: Text, at: Option<Timestamp>) -> Text {
    match at {
        Some(at) => text.plain(" · edited ").time(at),
        None => text,
    }
}

fn list(title: String, items: Vec<Text>, more: bool, nothing: &str) -> Card {
    let card = Card::new(Tone::Neutral, title);
    if items.is_empty() {
        return card.text(nothing);
    }
    let hidden = items.len().saturating_sub(LISTED);
    let items = items.into_iter().take(LISTED).collect();
    let card = card.block(Block::List { ordered: false, items });
    match (hidden, more) {
        (0, false) => card,
        (0, true) => card.footer("There are more; narrow it down."),
        (hidden, more) => card.footer(format!("+{hidden}{} more", if more { " and" } else { "" })),
    }
}

#[cfg(test)]
mod tests {
    use super::super::blocks::from_markdown;
    use super::super::tests::{dump, entry, tasks};
    use super::*;
    use crate::model::ActionKind;

    #[test]
    fn an_entry_shows_what_it_is() {
        let (page, schema) = (entry(), tasks());
        let content = from_markdown("# Steps\n- one\n- [x] two\n");
        let view = View { schema: Some(&schema), content: &content, parent: Some("Tasks"), ..View::new(&page) };
        let card = page_card(&view);
        assert_eq!(
            dump(&card),
            "Progress 🐞 Fix *it*\nSteps\n- one\n- ☑ two\nStatus: Doing\nAssignee: @Ana\nDue: 2026-11-30\nEstimate: 3\n[Update]\n\
             [Comment]\n[Append]\n[Open in Notion]\nNotion · Tasks · edited 2026-11-21 17:30 UTC"
        );
        assert_eq!(card.key, Some(page.id.key()));
        let ActionKind::Run(press) = &card.actions[1].kind else { panic!("no button") };
        assert_eq!(
            (press.operation.as_str(), &press.args["page"]),
            ("notion.comment.add", &json!("153104cd477e809d8dc4ff2d96ae3090"))
        );
        assert_eq!(state(&view), Some("Doing".into()));
        assert_eq!(page_data(&view)["properties"]["Status"], "Doing");
    }

    #[test]
    fn what_is_in_the_trash_can_only_be_opened() {
        let page = Page { in_trash: true, ..entry() };
        let card = page_card(&View::new(&page));
        assert_eq!((card.tone, card.actions.len()), (Tone::Muted, 1));
        assert_eq!(state(&View::new(&page)), Some("In the trash".into()));
        let nothing = page_card(&View::new(&Page::default()));
        assert_eq!(dump(&nothing), "Neutral Untitled\n[Comment]\n[Append]\nNotion");
    }

    #[test]
    fn lists_show_what_tells_most() {
        let schema = tasks();
        let card = entries_card("Tasks", &[entry()], &schema, &[], true);
        assert_eq!(
            dump(&card),
            "Neutral Tasks\n- 🐞 Fix *it* · Doing · @Ana · 2026-11-30\nThere are more; narrow it down."
        );
        let estimate = [schema.find("Estimate").unwrap()];
        let many = entries_card("Tasks", &vec![entry(); 25], &schema, &estimate, false);
        assert_eq!(many.footer, Some("+5 more".into()));
        assert_eq!(dump(&entries_card("Tasks", &[], &schema, &[], false)), "Neutral Tasks\nNo entry fits.");
        let source = DataSource { title: super::super::blocks::rich("Tasks"), ..DataSource::default() };
        let hits = [Hit::Page(Box::new(entry())), Hit::DataSource(Box::new(source.clone()))];
        let found = dump(&hits_card("fix", &hits, false));
        assert!(
            found.starts_with("Neutral Results for “fix”\n- 🐞 Fix *it* · edited 2026")
                && found.ends_with("- Tasks · database"),
            "{found}"
        );
        assert!(dump(&source_card(&source)).starts_with("Neutral Tasks"));
    }

    #[test]
    fn a_comment_is_somebodys_words() {
        let comment = Comment { rich_text: super::super::blocks::inline("Looks *good*"), ..Comment::default() };
        assert_eq!(
            dump(&comment_note(&comment, "https://www.notion.so/x")),
            "Neutral somebody commented\n> Looks good"
        );
    }
}
