//! The cards of issues, sprints and versions: the same from an answer of the API and from the body of a webhook.

mod changes;
mod data;
mod plans;

use url::Url;

use super::refs::IssueKey;
use super::text::Doc;
use super::wire::{Comment, Fields, Issue, User};
use crate::connectors::markdown::{Limits, is_web, line};
use crate::model::{Action, Block, Card, Object, Press, Severity, Span, SubjectKey, Text, Tone};

pub use changes::{change_words, changes};
pub use data::{change_data, comment_data, issue_data, sprint_data, version_data, worklog_data};
pub use plans::{sprint_card, sprint_key, version_card, version_key};

/// The longest title on a card, in characters.
const TITLE: usize = 200;
/// The longest words of somebody in a note, in characters.
const WORDS: usize = 700;

/// The living card of an issue. `web` is the site as people open it; without it, the issue's own address says which it is.
#[must_use]
pub fn issue_card(at: &IssueKey, issue: &Issue, web: Option<&Url>) -> Card {
    let fields = &issue.fields;
    let mut card = Card::new(tone(fields), title(at, fields))
        .key(at.key())
        .field("Status", status(fields))
        .field("Type", line(&fields.issuetype.name, 60))
        .field("Priority", fields.priority.as_ref().map(|priority| line(&priority.name, 60)).unwrap_or_default())
        .field("Assignee", fields.assignee.as_ref().map(|user| Text::new().span(mention(user))).unwrap_or_default())
        .field("Reporter", fields.reporter.as_ref().map(who).unwrap_or_default())
        .field("Sprint", fields.sprint().map(|sprint| line(&sprint.name, 80)).unwrap_or_default())
        .field("Parent", fields.parent.as_ref().map(|parent| parent_text(parent, web)).unwrap_or_default())
        .field("Labels", few(fields.labels.iter().map(|label| Span::Code(line(label, 50))), " "))
        .field("Components", few(fields.components.iter().map(|one| Span::Text(line(&one.name, 60))), ", "))
        .field("Fix versions", few(fields.fix_versions.iter().map(|one| Span::Text(line(&one.name, 60))), ", "))
        .field("Due", fields.duedate.as_deref().map(|due| line(due, 20)).unwrap_or_default());
    card.body = description(fields).blocks(Limits::EXCERPT);
    card = card.action(Action::run("transition", "Transition", Press::new("jira.issue.transition", arguments(at))));
    if !fields.is_done() {
        card = card.action(Action::run("assign", "Assign", Press::new("jira.issue.assign", arguments(at))));
    }
    card = card.action(Action::run("comment", "Comment", Press::new("jira.issue.comment", arguments(at))));
    if let Some(url) = page(at, &issue.address, web) {
        card = card.link(&url).action(Action::open("open", "Open in Jira", url));
    }
    let footer = Text::from(format!("Jira · {}", at.project));
    card.footer(match fields.created {
        Some(created) => footer.plain(" · created ").time(created),
        None => footer,
    })
}

/// The card of what is no longer there: nothing can be done with it.
#[must_use]
pub fn gone(mut card: Card) -> Card {
    card.tone = Tone::Muted;
    card.actions.clear();
    card.link = None;
    card.fields.retain(|field| field.label != "Status");
    card
}

/// A comment, as a follow-up below the card of its issue. What not everybody may see is only mentioned.
#[must_use]
pub fn comment_note(comment: &Comment, said: &str, link: Option<&str>, known: &Fields) -> Card {
    let by = if comment.update_author.id().is_empty() || said == "commented" {
        &comment.author
    } else {
        &comment.update_author
    };
    let mut card = note(Tone::Neutral, format!("{} {said}", who(by)), link);
    if comment.is_restricted() {
        return card.text("It is not for everybody; read it in Jira.");
    }
    let words = with_names(comment.body.doc(), known).line(WORDS);
    if !words.is_empty() {
        card = card.block(Block::Quote(words));
    }
    card
}

/// A small card for the quiet thread below the living one.
#[must_use]
pub fn note(tone: Tone, title: String, link: Option<&str>) -> Card {
    let card = Card::new(tone, title);
    match link {
        Some(link) => card.link(link),
        None => card,
    }
}

/// The state of an issue, as cards that name it show it.
#[must_use]
pub fn state(issue: &Issue) -> Text {
    status(&issue.fields).into()
}

/// The issues that this one names: its links, its parent, its parts. At most 20.
#[must_use]
pub fn related(issue: &Issue) -> Vec<SubjectKey> {
    let fields = &issue.fields;
    let links = fields.issuelinks.iter().filter_map(|link| link.other()).map(|(_, other)| other);
    let keys = links.chain(&fields.parent).chain(&fields.subtasks).filter_map(|other| IssueKey::parse(&other.key));
    let mut out: Vec<SubjectKey> = Vec::new();
    for key in keys.map(|key| key.key()) {
        if out.len() < 20 && !out.contains(&key) {
            out.push(key);
        }
    }
    out
}

/// How grave an open issue is, by its priority; what is done or has no telling one is for the record.
#[must_use]
pub fn severity(fields: &Fields) -> Severity {
    let priority = fields.priority.as_ref().map(|priority| priority.name.to_lowercase()).unwrap_or_default();
    match priority.as_str() {
        _ if fields.is_done() => Severity::Info,
        "blocker" | "p0" => Severity::Critical,
        "highest" | "critical" | "urgent" | "p1" => Severity::High,
        "high" | "major" | "p2" => Severity::Medium,
        "medium" | "normal" | "p3" => Severity::Low,
        _ => Severity::Info,
    }
}

/// The page of an issue: on the site that is given, else on the one that its own address names.
#[must_use]
pub fn page(at: &IssueKey, address: &str, web: Option<&Url>) -> Option<String> {
    if let Some(web) = web {
        return Some(at.page(web));
    }
    site(address).map(|site| at.page(&site))
}

/// The page of an issue, opened at a comment.
#[must_use]
pub fn comment_page(page: &str, comment: &Comment) -> String {
    let id: String = comment.id.chars().filter(char::is_ascii_digit).collect();
    if id.is_empty() { page.to_owned() } else { format!("{page}?focusedCommentId={id}") }
}

/// The site in the address of something in its API; `None` for the gateway that apps go through, where nobody can look.
#[must_use]
pub fn site(address: &str) -> Option<Url> {
    let (site, _) = address.split_once("/rest/")?;
    let url = Url::parse(site).ok().filter(|url| is_web(url.as_str()) && url.has_host())?;
    (url.host_str() != Some("api.atlassian.com")).then_some(url)
}

/// The argument of a button: always the whole key, whatever channel it is pressed in.
#[must_use]
pub fn arguments(at: &IssueKey) -> Object {
    Object::from_iter([("issue".to_owned(), at.to_string().into())])
}

/// The description of an issue, with the names and files that the issue itself knows.
#[must_use]
pub fn description(fields: &Fields) -> Doc {
    let file =
        |name: &str| fields.attachment.iter().find(|file| file.filename == name).map(|file| file.content.clone());
    with_names(fields.description.doc(), fields).with_files(&file)
}

fn with_names(doc: Doc, fields: &Fields) -> Doc {
    let people = [&fields.assignee, &fields.reporter, &fields.creator];
    doc.named(&|id| people.into_iter().flatten().find(|user| user.id() == id).map(|user| user.called().to_owned()))
}

/// Somebody who is asked to act: those are mentioned, so that they hear of it where they are.
pub(super) fn mention(user: &User) -> Span {
    let name = line(user.called(), 60);
    match user.handle() {
        Some(handle) => Span::Mention { handle, name },
        None => Span::Text(name),
    }
}

/// Somebody who only did something.
pub(super) fn who(user: &User) -> String {
    line(user.called(), 60)
}

fn title(at: &IssueKey, fields: &Fields) -> String {
    format!("{at} {}", line(&fields.summary, TITLE)).trim_end().to_owned()
}

fn tone(fields: &Fields) -> Tone {
    let ended = fields.resolution.as_ref().map(|resolution| resolution.name.to_lowercase()).unwrap_or_default();
    let in_vain = [
        "won't",
        "wont",
        "duplicate",
        "cannot",
        "declined",
        "cancelled",
        "canceled",
        "invalid",
        "rejected",
        "incomplete",
    ];
    match fields.status.status_category.key.as_str() {
        "done" if in_vain.iter().any(|word| ended.contains(word)) => Tone::Muted,
        "done" => Tone::Good,
        "indeterminate" => Tone::Progress,
        _ => Tone::Neutral,
    }
}

fn status(fields: &Fields) -> String {
    let status = line(&fields.status.name, 60);
    match fields.resolution.as_ref().map(|resolution| line(&resolution.name, 60)) {
        // That it is done, a status that means so says already.
        Some(ended) if ![status.as_str(), "Done", ""].contains(&ended.as_str()) => format!("{status} ({ended})"),
        _ => status,
    }
}

fn parent_text(parent: &super::wire::Linked, web: Option<&Url>) -> Text {
    let Some(at) = IssueKey::parse(&parent.key) else { return Text::new() };
    let title = title(&at, &parent.fields);
    let title = line(&title, 80);
    match page(&at, &parent.address, web) {
        Some(url) => Text::new().link(title, url),
        None => title.into(),
    }
}

fn few(names: impl Iterator<Item = Span>, between: &str) -> Text {
    const SHOWN: usize = 8;
    let names: Vec<Span> = names.collect();
    let more = names.len().saturating_sub(SHOWN);
    let mut text = Text::new();
    for name in names.into_iter().take(SHOWN) {
        text = if text.is_empty() { text } else { text.plain(between) };
        text = text.span(name);
    }
    if more > 0 { text.plain(format!(" +{more} more")) } else { text }
}
