//! Completion of what Telegram knows: the chats that the bot has heard from.

use async_trait::async_trait;

use super::Telegram;
use super::escape::one_line;
use super::tables::Known;
use crate::model::{Choice, Fault};
use crate::operations::{Asked, Completer};

/// So many are offered.
const MOST: usize = 25;

#[async_trait]
impl Completer for Telegram {
    async fn complete(&self, asked: &Asked<'_>) -> Result<Vec<Choice>, Fault> {
        let people = match asked.what {
            "telegram.chats" => false,
            "telegram.chats_and_people" => true,
            _ => return Ok(Vec::new()),
        };
        let begun = asked.begun.trim().trim_start_matches('@').to_lowercase();
        let mut found: Vec<(bool, Choice)> = Vec::new();
        for (id, known) in self.store.scan::<Known>(None, usize::MAX)? {
            let name = one_line(&known.name);
            let username = known.username.as_deref().filter(|name| !name.is_empty());
            let names = [Some(name.as_str()), username, Some(id.as_str())];
            let fits = |test: &dyn Fn(&str) -> bool| names.iter().flatten().any(|name| test(&name.to_lowercase()));
            if (known.person && !people) || !fits(&|name| name.contains(&begun)) {
                continue;
            }
            let (value, label) = match username {
                // A person is written to by the id: a bot cannot by the name.
                Some(username) if !known.person => (format!("@{username}"), format!("{name} (@{username})")),
                Some(username) => (id.clone(), format!("{name} (@{username})")),
                None => (id.clone(), if name.is_empty() { id.clone() } else { name.clone() }),
            };
            found.push((!fits(&|name| name.starts_with(&begun)), Choice { value, label }));
        }
        found.sort_by(|(late, a), (later, b)| late.cmp(later).then_with(|| a.label.cmp(&b.label)));
        Ok(found.into_iter().map(|(_, choice)| choice).take(MOST).collect())
    }
}
