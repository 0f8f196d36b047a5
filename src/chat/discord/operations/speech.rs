//! What people have the bot say: their own words in Discord's Markdown, who they may call, and who had it said. Pure.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::NAME;
use super::super::config::is_id;
use super::super::escape::{clean, length, literal, one_line};
use super::super::limits;
use crate::model::{Actor, Fault};

/// Kept free for saying who had it said.
const SIGNATURE: usize = 150;
/// The longest text.
pub(super) const LONGEST: usize = limits::MESSAGE - SIGNATURE;
/// People and roles that one message can call.
const CALLED: usize = 100;

/// A text that Discord takes.
pub(super) fn checked(field: &str, text: &str) -> Result<String, Fault> {
    let text = clean(text).trim().to_owned();
    if text.is_empty() {
        return Err(Fault::bad_input(field, format!("The {field} is empty; write what to say.")));
    }
    let length = length(&text);
    if length > LONGEST {
        return Err(Fault::bad_input(
            field,
            format!(
                "The {field} has {length} characters, Discord takes {LONGEST}; shorten it, or send it as a file \
                 (`discord file send`)."
            ),
        ));
    }
    Ok(text)
}

/// The text with who had it said below, in small print.
pub(super) fn signed(text: &str, what: &str, by: &Actor) -> String {
    let who = match by {
        // The name is shown in the reader's own way, and nobody is called by it.
        Actor::User { platform, id, .. } if platform.as_str() == NAME && is_id(id) => format!("<@{id}>"),
        Actor::User { platform, name, .. } => format!("{} on {}", named(name), named(platform.as_str())),
        Actor::ApiKey { name } => format!("the API key {}", named(name)),
        Actor::Rule { name } => format!("the rule {}", named(name)),
    };
    // An open block of code would take the small print in.
    let closed = if text.matches("```").count() % 2 == 1 { "\n```" } else { "" };
    format!("{text}{closed}\n{}{who}", mark(what))
}

fn named(name: &str) -> String {
    let short: String = one_line(name).chars().take(40).collect();
    literal(&short)
}

/// What begins the small print.
fn mark(what: &str) -> String {
    format!("-# {what} by ")
}

/// Whether this is a message that somebody had the bot say.
pub(super) fn is_signed(content: &str) -> bool {
    let last = content.lines().next_back().unwrap_or_default();
    ["Sent", "Changed"].iter().any(|what| last.starts_with(&mark(what)))
}

/// Whom the message may call: the people and roles that a person wrote, by name and one by one. Never everybody. What a
/// program or a rule says calls nobody, because its text comes from somewhere else.
pub(super) fn allowed(text: &str, by: &Actor) -> Value {
    let mut users = BTreeSet::new();
    let mut roles = BTreeSet::new();
    if matches!(by, Actor::User { .. }) {
        for part in text.split("<@").skip(1) {
            let Some((id, _)) = part.split_once('>') else { continue };
            match id.strip_prefix('&') {
                Some(role) if is_id(role) && roles.len() < CALLED => drop(roles.insert(role)),
                None if is_id(id.trim_start_matches('!')) && users.len() < CALLED => {
                    users.insert(id.trim_start_matches('!'));
                }
                _ => {}
            }
        }
    }
    let mut allowed = json!({ "parse": [] });
    if !users.is_empty() {
        allowed["users"] = json!(users);
    }
    if !roles.is_empty() {
        allowed["roles"] = json!(roles);
    }
    allowed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PlatformId;

    fn person(platform: &str, id: &str) -> Actor {
        Actor::User { platform: PlatformId::new(platform), id: id.into(), name: "Ana *".into() }
    }

    #[test]
    fn only_whom_a_person_wrote_is_called() {
        let text = "<@1> and <@!2>, <@&3>; @everyone <@x> <@4";
        assert_eq!(allowed(text, &person("discord", "7")), json!({ "parse": [], "users": ["1", "2"], "roles": ["3"] }));
        assert_eq!(allowed(text, &Actor::Rule { name: "r".into() }), json!({ "parse": [] }));
    }

    #[test]
    fn a_message_says_who_had_it_said() {
        assert_eq!(signed("hi", "Sent", &person("discord", "7")), "hi\n-# Sent by <@7>");
        assert_eq!(signed("hi", "Sent", &person("slack", "U7")), "hi\n-# Sent by Ana \\* on slack");
        assert_eq!(signed("```\nx", "Changed", &person("discord", "7")), "```\nx\n```\n-# Changed by <@7>");
        assert!(is_signed("a\n-# Sent by <@7>") && !is_signed("-# Sent by <@7>\nfooter") && !is_signed("card"));
    }

    #[test]
    fn texts_are_checked() {
        assert_eq!(checked("text", " a\u{202e}b "), Ok("ab".to_owned()));
        assert!(checked("text", " \n").is_err());
        let long = checked("text", &"x".repeat(2_001)).expect_err("too long").outside;
        assert!(long.contains("has 2001 characters") && long.contains("discord file send"), "{long}");
    }
}
