//! Completion of what Telegram knows: the chats and people that the bot has heard from, as far as who types may see them.

use async_trait::async_trait;
use futures::future::join_all;

use super::escape::one_line;
use super::tables::Known;
use super::{NAME, Telegram};
use crate::model::{Actor, Choice, Fault};
use crate::operations::{Asked, Completer};

/// So many are offered.
const MOST: usize = 25;
/// So many private chats are asked for who types, at once.
const ASKED: usize = 25;

/// What may be offered.
struct Offered {
    /// Whether it only holds what was typed.
    late: bool,
    /// The chat's id, if it is to be found out first whether who types is in it.
    private: Option<String>,
    choice: Choice,
}

#[async_trait]
impl Completer for Telegram {
    async fn complete(&self, asked: &Asked<'_>) -> Result<Vec<Choice>, Fault> {
        let people = match asked.what {
            "telegram.chats" => false,
            "telegram.chats_and_people" => true,
            _ => return Ok(Vec::new()),
        };
        let begun = asked.begun.trim().trim_start_matches('@').to_lowercase();
        let mut found: Vec<Offered> = Vec::new();
        for (id, known) in self.store.scan::<Known>(None, usize::MAX)? {
            let name = one_line(&known.name);
            let username = known.username.as_deref().filter(|name| !name.is_empty());
            let names = [Some(name.as_str()), username, Some(id.as_str())];
            let fits = |test: &dyn Fn(&str) -> bool| names.iter().flatten().any(|name| test(&name.to_lowercase()));
            if (known.person && !people) || !fits(&|name| name.contains(&begun)) {
                continue;
            }
            // People without a public name are known to those they wrote to, not to everyone.
            let own = !matches!(asked.actor, Actor::User { .. }) || asked.actor.handle() == format!("{NAME}:{id}");
            if known.person && username.is_none() && !own {
                continue;
            }
            let private = (!known.person && username.is_none()).then(|| id.clone());
            let late = !fits(&|name| name.starts_with(&begun));
            let (value, label) = match username {
                // A person is written to by the id: a bot cannot by the name.
                Some(username) if !known.person => (format!("@{username}"), format!("{name} (@{username})")),
                Some(username) => (id.clone(), format!("{name} (@{username})")),
                None => (id.clone(), if name.is_empty() { id.clone() } else { name.clone() }),
            };
            found.push(Offered { late, private, choice: Choice { value, label } });
        }
        found.sort_by(|a, b| (a.late, &a.choice.label).cmp(&(b.late, &b.choice.label)));
        let private = found.iter().filter_map(|one| one.private.as_deref()).take(ASKED);
        let seen = join_all(private.map(async |chat| {
            let sees = self.may_see(chat, asked.actor, Some(asked.place)).await;
            sees.is_ok_and(|sees| sees).then(|| chat.to_owned())
        }));
        let seen: Vec<String> = seen.await.into_iter().flatten().collect();
        found.retain(|one| one.private.as_ref().is_none_or(|chat| seen.contains(chat)));
        Ok(found.into_iter().map(|one| one.choice).take(MOST).collect())
    }
}
