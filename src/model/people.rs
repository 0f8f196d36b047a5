//! People: who is one and the same over all platforms and services.

use std::collections::HashMap;

use super::{Block, Card, PlatformId, Span, Text};

/// A person with all their handles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What they are called everywhere.
    pub name: String,
    /// Their handles, such as `slack:U02ABCDEF`, `telegram:1042` and `github:ana`.
    pub handles: Vec<String>,
}

/// Who is who. A handle belongs to at most one person; one that belongs to nobody stands for itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    all: Vec<Person>,
    by_handle: HashMap<String, usize>,
}

impl People {
    /// The book of these people.
    #[must_use]
    pub fn new(all: Vec<Person>) -> Self {
        let pairs =
            all.iter().enumerate().flat_map(|(at, person)| person.handles.iter().map(move |one| (folded(one), at)));
        Self { by_handle: pairs.collect(), all }
    }

    /// The person of this handle.
    #[must_use]
    pub fn of(&self, handle: &str) -> Option<&Person> {
        self.by_handle.get(&folded(handle)).and_then(|at| self.all.get(*at))
    }

    /// Whether both handles are the same person's.
    #[must_use]
    pub fn same(&self, one: &str, other: &str) -> bool {
        folded(one) == folded(other)
            || self.of(one).zip(self.of(other)).is_some_and(|(one, other)| std::ptr::eq(one, other))
    }

    /// All handles of the person with this one; at least this one itself.
    #[must_use]
    pub fn handles<'a>(&'a self, handle: &'a str) -> Vec<&'a str> {
        self.of(handle).map_or_else(|| vec![handle], |person| person.handles.iter().map(String::as_str).collect())
    }

    /// The handles of all people.
    pub fn all_handles(&self) -> impl Iterator<Item = &str> {
        self.all.iter().flat_map(|person| &person.handles).map(String::as_str)
    }

    /// The person's handle on a platform or service, such as `slack`.
    #[must_use]
    pub fn on(&self, handle: &str, platform: &str) -> Option<&str> {
        let of = |handle: &str| handle.split_once(':').is_some_and(|(at, _)| at == platform);
        self.of(handle)?.handles.iter().map(String::as_str).find(|handle| of(handle))
    }

    /// The card as people of this platform read it: who is mentioned by another system's handle is mentioned by the one
    /// they have here.
    #[must_use]
    pub fn card_on(&self, mut card: Card, platform: &PlatformId) -> Card {
        if self.all.is_empty() {
            return card;
        }
        for block in &mut card.body {
            match block {
                Block::Text(text) | Block::Quote(text) => self.text_on(text, platform),
                Block::List { items, .. } => items.iter_mut().for_each(|item| self.text_on(item, platform)),
                Block::Code(_) | Block::Diff(_) | Block::Table { .. } => {}
            }
        }
        card.fields.iter_mut().for_each(|field| self.text_on(&mut field.value, platform));
        card.footer.iter_mut().for_each(|footer| self.text_on(footer, platform));
        for decision in &mut card.decisions {
            if let Some(person) = self.of(&decision.handle) {
                decision.name.clone_from(&person.name);
            }
            if let Some(here) = self.on(&decision.handle, platform.as_str()) {
                decision.handle = here.to_owned();
            }
        }
        card
    }

    fn text_on(&self, text: &mut Text, platform: &PlatformId) {
        for span in &mut text.0 {
            if let Span::Mention { handle, name } = span {
                if let Some(person) = self.of(handle) {
                    name.clone_from(&person.name);
                }
                if let Some(here) = self.on(handle, platform.as_str()) {
                    *handle = here.to_owned();
                }
            }
        }
    }
}

/// Handles of services are written in either case (GitHub's are); ids never differ by case alone.
fn folded(handle: &str) -> String {
    handle.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Tone;

    fn people() -> People {
        let ana = Person {
            name: "Ana".to_owned(),
            handles: vec!["slack:U1".into(), "telegram:7".into(), "github:ana-w".into()],
        };
        People::new(vec![ana])
    }

    #[test]
    fn one_person_has_many_handles() {
        let people = people();
        assert!(people.same("slack:U1", "telegram:7") && people.same("x:1", "x:1"));
        assert!(!people.same("slack:U1", "slack:U2") && !people.same("slack:U2", "slack:U3"));
        assert_eq!(people.on("github:Ana-W", "telegram"), Some("telegram:7"));
        assert_eq!(people.on("github:ana-w", "discord"), None);
        assert_eq!(people.handles("discord:9"), ["discord:9"]);
    }

    #[test]
    fn a_mention_becomes_the_one_of_the_platform() {
        let mention = Span::Mention { handle: "github:ana-w".to_owned(), name: "ana-w".to_owned() };
        let card = Card::new(Tone::Neutral, "x").text(Text::new().span(mention));
        let card = people().card_on(card, &PlatformId::new("telegram"));
        let Block::Text(text) = &card.body[0] else { panic!("no text") };
        assert_eq!(text.0, [Span::Mention { handle: "telegram:7".to_owned(), name: "Ana".to_owned() }]);
    }
}
