//! One piece of formatting, and a text with all of its own.
//!
//! The parsers fill it in; [`Formatted::tidied`] brings it into the form in which the servers keep it.

use serde_json::{Value, json};

/// Length in UTF-16 units, in which the Bot API counts offsets.
pub(in super::super) fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

/// What a piece of formatting is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    Bold,
    Italic,
    Underline,
    Strikethrough,
    Spoiler,
    Blockquote,
    ExpandableBlockquote,
    Code,
    Pre(Option<String>),
    TextLink(String),
    TextMention(i64),
    CustomEmoji(String),
    DateTime(i64, String),
    Mention,
    Hashtag,
    Cashtag,
    BotCommand,
    Url,
    Email,
}

impl Kind {
    /// As the Bot API writes it.
    fn name(&self) -> &'static str {
        match self {
            Self::Bold => "bold",
            Self::Italic => "italic",
            Self::Underline => "underline",
            Self::Strikethrough => "strikethrough",
            Self::Spoiler => "spoiler",
            Self::Blockquote => "blockquote",
            Self::ExpandableBlockquote => "expandable_blockquote",
            Self::Code => "code",
            Self::Pre(_) => "pre",
            Self::TextLink(_) => "text_link",
            Self::TextMention(_) => "text_mention",
            Self::CustomEmoji(_) => "custom_emoji",
            Self::DateTime(..) => "date_time",
            Self::Mention => "mention",
            Self::Hashtag => "hashtag",
            Self::Cashtag => "cashtag",
            Self::BotCommand => "bot_command",
            Self::Url => "url",
            Self::Email => "email",
        }
    }

    /// Whether pieces of it join and may be cut by others.
    fn splits(&self) -> bool {
        matches!(self, Self::Bold | Self::Italic | Self::Underline | Self::Strikethrough | Self::Spoiler)
    }

    /// Whether nothing else may be formatted inside.
    fn is_code(&self) -> bool {
        matches!(self, Self::Code | Self::Pre(_))
    }

    fn is_quote(&self) -> bool {
        matches!(self, Self::Blockquote | Self::ExpandableBlockquote)
    }
}

/// A piece of formatting with its place in UTF-16 units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Entity {
    pub(in super::super) kind: Kind,
    pub(in super::super) offset: usize,
    pub(in super::super) length: usize,
}

impl Entity {
    pub(super) fn new(kind: Kind, offset: usize, length: usize) -> Self {
        Self { kind, offset, length }
    }

    fn end(&self) -> usize {
        self.offset + self.length
    }

    fn meets(&self, other: &Self) -> bool {
        self.offset < other.end() && other.offset < self.end()
    }

    /// As the Bot API shows it; `user` finds the JSON of a mentioned person, without whom the entity falls away.
    pub(in super::super) fn json(&self, user: impl Fn(i64) -> Option<Value>) -> Option<Value> {
        let mut shown = json!({"offset": self.offset, "length": self.length, "type": self.kind.name()});
        match &self.kind {
            Kind::Pre(Some(language)) => shown["language"] = json!(language),
            Kind::TextLink(url) => shown["url"] = json!(url),
            Kind::TextMention(id) => shown["user"] = user(*id)?,
            Kind::CustomEmoji(id) => shown["custom_emoji_id"] = json!(id),
            Kind::DateTime(time, format) => {
                shown["unix_time"] = json!(time);
                shown["date_time_format"] = json!(format);
            }
            _ => {}
        }
        Some(shown)
    }
}

/// A text and its formatting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Formatted {
    pub(in super::super) text: String,
    pub(in super::super) entities: Vec<Entity>,
}

impl Formatted {
    /// The text without white space at its ends, and its entities joined, cut and sorted as the servers keep them.
    pub(super) fn tidied(self) -> Self {
        let Self { text, mut entities } = self;
        let text = text.replace('\r', "");
        let kept = text.trim_end();
        let end = utf16(kept);
        entities.retain(|entity| entity.length > 0 && entity.offset < end);
        for entity in &mut entities {
            entity.length = entity.length.min(end - entity.offset);
        }
        let first = entities.iter().map(|entity| entity.offset).min().unwrap_or(usize::MAX);
        // What is trimmed at the front is one byte and one unit each.
        let cut = kept.bytes().take_while(|byte| matches!(byte, b' ' | b'\n')).count().min(first);
        let text = kept[cut..].to_owned();
        for entity in &mut entities {
            entity.offset -= cut;
        }
        let mut tidy = Self { text, entities: settle(entities) };
        tidy.sort();
        tidy
    }

    /// Takes in what was found in the text, where no fixed entity is in the way.
    pub(super) fn add(&mut self, found: Vec<Entity>) {
        for entity in found {
            let fixed = |other: &Entity| !other.kind.splits() && !other.kind.is_quote() && other.meets(&entity);
            if !self.entities.iter().any(fixed) {
                self.entities.push(entity);
            }
        }
        self.sort();
    }

    /// Puts in an entity that a client made, such as a mention of someone without a username.
    pub(in super::super) fn mention(&mut self, user: i64, offset: usize, length: usize) {
        self.entities.push(Entity::new(Kind::TextMention(user), offset, length));
        self.sort();
    }

    fn sort(&mut self) {
        self.entities.sort_by(|a, b| a.offset.cmp(&b.offset).then(b.length.cmp(&a.length)));
    }
}

/// Cuts code out of other formatting, drops nested quotes and links, and joins neighbours of the same kind.
fn settle(entities: Vec<Entity>) -> Vec<Entity> {
    let mut fixed: Vec<Entity> = Vec::new();
    let mut soft: Vec<Entity> = Vec::new();
    for entity in entities {
        if entity.kind.splits() {
            soft.push(entity);
            continue;
        }
        let same_family = |other: &Entity| other.kind.is_quote() == entity.kind.is_quote() && other.meets(&entity);
        if !fixed.iter().any(same_family) {
            fixed.push(entity);
        }
    }
    for code in fixed.iter().filter(|entity| entity.kind.is_code()) {
        soft = soft.into_iter().flat_map(|entity| without(entity, code)).collect();
    }
    soft.sort_by_key(|entity| entity.offset);
    let mut joined: Vec<Entity> = Vec::new();
    for entity in soft {
        let before = joined.iter_mut().find(|other| other.kind == entity.kind && other.end() >= entity.offset);
        match before {
            Some(other) => other.length = other.end().max(entity.end()) - other.offset,
            None => joined.push(entity),
        }
    }
    fixed.into_iter().chain(joined).collect()
}

/// The parts of an entity that lie outside of another.
fn without(entity: Entity, other: &Entity) -> Vec<Entity> {
    if !entity.meets(other) {
        return vec![entity];
    }
    let before = other.offset.saturating_sub(entity.offset);
    let after = entity.end().saturating_sub(other.end());
    let left = Entity { length: before, ..entity.clone() };
    let right = Entity { offset: entity.end() - after, length: after, ..entity };
    [left, right].into_iter().filter(|part| part.length > 0).collect()
}
