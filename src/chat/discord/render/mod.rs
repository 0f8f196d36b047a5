//! A card as a message of Discord's. Pure: called by the sender, it calls nobody.
//!
//! The parts, from top to bottom: the content (symbol and title), an embed with what there is beside the title (body,
//! facts, what was decided, footer; its bar in the colour of the tone), the buttons. What was looked at and chosen:
//!
//! - **Embeds, not Components V2.** A message with V2 components may have neither content nor embeds, so a phone's
//!   notification, a reply's preview and the search have nothing to show of it, and older clients show nothing at all. It
//!   knows no facts side by side either, and no moment in the reader's own zone at the foot.
//! - **The title is the content.** An embed alone is a blank notification, a reply to it shows "click to see attachment",
//!   and who has embeds switched off reads nothing. So the title stands above, where it can be read everywhere, and it is
//!   not said a second time inside the embed. A card that is only a title is only a line.
//! - **The link is a button**, which a thumb hits, and stands where the other buttons are.
//! - **What does not fit comes as a file** in the same message.
//!
//! How text is kept inert is told in [`super::escape`].

mod actions;
mod body;
mod facts;
mod inline;
#[cfg(test)]
pub(super) mod tests;

use serde_json::{Value, json};
use serenity::builder::{CreateActionRow, CreateEmbed, CreateEmbedFooter};
use serenity::model::Timestamp;

use super::client::Upload;
use super::escape::{cut, headline, length, one_line, safe_url};
use super::limits::{self, Limits};
use crate::model::{Card, Fault, Tone};

pub(super) use actions::label;

/// A card as Discord takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// The line above: symbol and title.
    pub content: String,
    /// All that is more than a title.
    pub embed: Option<CreateEmbed>,
    /// The buttons and menus.
    pub rows: Vec<CreateActionRow>,
    /// The whole body, where it did not fit.
    pub attachment: Option<Attachment>,
    /// What did not fit or could not be shown, for the log.
    pub lost: Vec<String>,
}

/// A file that comes with a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What it is called.
    pub name: &'static str,
    /// What is in it.
    pub text: String,
}

impl Rendered {
    /// The message as JSON; complete, so that it says everything of an edited message, too. Nobody is pinged by it: what
    /// a card says of people informs, and does not call.
    ///
    /// # Errors
    /// `Bug`: it cannot be written as JSON.
    pub fn payload(&self) -> Result<Value, Fault> {
        let wrong = |error: serde_json::Error| Fault::bug(format!("a message for Discord: {error}"));
        let embeds = self.embed.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>().map_err(wrong)?;
        let components = serde_json::to_value(&self.rows).map_err(wrong)?;
        let file = |file: &Attachment| json!({ "id": "0", "filename": file.name, "description": "All of it" });
        Ok(json!({
            "content": self.content,
            "embeds": embeds,
            "components": components,
            "attachments": self.attachment.iter().map(file).collect::<Vec<_>>(),
            "allowed_mentions": { "parse": [] },
        }))
    }

    /// The files that belong to [`Rendered::payload`].
    pub(super) fn files(&self) -> Vec<Upload> {
        let file = |file: &Attachment| Upload {
            name: file.name.to_owned(),
            kind: "text/plain; charset=utf-8".to_owned(),
            bytes: file.text.clone().into(),
        };
        self.attachment.iter().map(file).collect()
    }
}

/// Renders a card within these limits.
#[must_use]
pub fn render(card: &Card, limits: &Limits) -> Rendered {
    let mut lost = Vec::new();
    let title = one_line(&card.title);
    let content = content(card.tone, &title, limits, &mut lost);
    let link = card.link.as_deref().and_then(|link| {
        let url = safe_url(link);
        if url.is_none() {
            lost.push("the title's link, which leads nowhere a link may".to_owned());
        }
        url
    });
    let actions = actions::actions(&card.actions, link.as_deref(), &mut lost);
    let facts = facts::facts(&card.fields, &card.decisions, &mut lost);
    let (footer, at) = card.footer.as_ref().map(facts::footer).unwrap_or_default();
    let links = links(&actions.links, &mut lost);

    // What is short is placed first and the body gets the rest: a card without its facts is worth less than one without
    // the end of its text.
    let used = facts.iter().map(facts::Fact::weight).sum::<usize>() + length(&footer) + length(&links);
    let room = limits.description.saturating_sub(length(&links)).min(limits.total.saturating_sub(used));
    let body = body::body(&title, &card.body, room, limits, &mut lost);

    let description = [body.text, links].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    let blank = description.is_empty() && facts.is_empty() && footer.is_empty() && at.is_none();
    let embed = (!blank).then(|| {
        let mut embed = CreateEmbed::new().colour(colour(card.tone));
        if !description.is_empty() {
            embed = embed.description(description);
        }
        embed = embed.fields(facts.into_iter().map(|fact| (fact.name, fact.value, fact.inline)));
        if !footer.is_empty() {
            embed = embed.footer(CreateEmbedFooter::new(footer));
        }
        match at.map(|at| Timestamp::from_unix_timestamp(at.as_second())) {
            Some(Ok(at)) => embed.timestamp(at),
            _ => embed,
        }
    });
    Rendered { content, embed, rows: actions.rows, attachment: body.file, lost }
}

/// The line above: as much of the title as fits, which says itself that there is more.
fn content(tone: Tone, title: &str, limits: &Limits, lost: &mut Vec<String>) -> String {
    let symbol = symbol(tone).map(|symbol| format!("{symbol} ")).unwrap_or_default();
    let room = limits.content.saturating_sub(length(&symbol));
    // Escaping makes it longer: what is cut is the text before, and until it fits.
    let mut most = room;
    let (mut shown, mut was_cut) = cut(title, most);
    let mut written = headline(&shown);
    while length(&written) > room && most > 0 {
        most = most.saturating_sub((length(&written) - room).div_ceil(2).max(1));
        (shown, was_cut) = cut(title, most);
        written = headline(&shown);
    }
    if was_cut {
        lost.push("the end of the title".to_owned());
    }
    format!("{symbol}{}", if written.is_empty() { "…" } else { &written })
}

/// Addresses that are too long for a button.
fn links(links: &[(String, String)], lost: &mut Vec<String>) -> String {
    let mut out = String::new();
    for (label, url) in links {
        let link = format!("[{}]({url})", super::escape::literal(label));
        if length(&out) + length(&link) + 3 > limits::URL + limits::BUTTON {
            lost.push(format!("the link `{label}`"));
            continue;
        }
        if !out.is_empty() {
            out.push_str(" · ");
        }
        out.push_str(&link);
    }
    out
}

/// The tone's symbol: who does not see colours sees it, and so does a notification.
const fn symbol(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Neutral => None,
        Tone::Progress => Some("⏳"),
        Tone::Good => Some("✅"),
        Tone::Warning => Some("⚠️"),
        Tone::Bad => Some("🔴"),
        Tone::Muted => Some("⚪"),
    }
}

/// The tone's colour, which stands out from a dark and from a light ground.
const fn colour(tone: Tone) -> u32 {
    match tone {
        Tone::Neutral => 0x58_65_f2,
        Tone::Progress => 0x34_98_db,
        Tone::Good => 0x2e_cc_71,
        Tone::Warning => 0xf1_c4_0f,
        Tone::Bad => 0xed_42_45,
        Tone::Muted => 0x80_84_8e,
    }
}
