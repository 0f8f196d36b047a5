//! `release`: one card a release, however many webhooks GitHub sends for it.

use serde_json::json;

use super::super::cards::{object, who};
use super::super::refs::Repo;
use super::Told;
use super::envelope::Envelope;
use crate::connectors::markdown::{Limits, blocks, line};
use crate::model::{Action, Card, SubjectKey, Text, Tone};

pub(super) fn changed(repo: &Repo, envelope: &Envelope) -> Option<Told> {
    let release = envelope.release.as_ref().filter(|release| !release.tag_name.is_empty())?;
    let tag = line(&release.tag_name, 100);
    let key = SubjectKey::new(format!("github:{repo}/release/{tag}"));
    let (tone, said) = match (envelope.action.as_str(), release.draft, release.prerelease) {
        ("deleted", _, _) => (Tone::Muted, "deleted"),
        ("unpublished", _, _) => (Tone::Muted, "unpublished"),
        (_, true, _) => (Tone::Neutral, "drafted"),
        (_, false, true) => (Tone::Neutral, "pre-released"),
        (_, false, false) => (Tone::Good, "released"),
    };
    let name = release.name.as_deref().map(|name| line(name, 120)).filter(|name| !name.is_empty() && *name != tag);
    let mut card = Card::new(tone, format!("{repo} {tag} {said}"))
        .key(key.clone())
        .field("Name", name.clone().unwrap_or_default())
        .field("By", who(&release.author))
        .field("From", line(&release.target_commitish, 80));
    card.body = blocks(release.body.as_deref().unwrap_or_default(), Limits { blocks: 8, chars: 1000 });
    if !release.html_url.is_empty() {
        card = card.link(&release.html_url);
        if envelope.action != "deleted" {
            card = card.action(Action::open("open", "Open release", &release.html_url));
        }
    }
    let footer = Text::from(format!("GitHub · {repo}"));
    card = card.footer(match release.published_at {
        Some(at) => footer.plain(" · published ").time(at),
        None => footer,
    });
    let data = object(json!({
        "tag": tag, "name": name, "draft": release.draft, "prerelease": release.prerelease, "url": release.html_url,
        "author": release.author.called(), "target": release.target_commitish,
    }));
    Some(Told {
        subject: Some(format!("{repo}/release/{tag}")),
        key: Some(key),
        time: release.published_at.or(release.created_at),
        data,
        card: Some(card),
        ..Told::default()
    })
}
