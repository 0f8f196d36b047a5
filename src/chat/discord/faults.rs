//! What Discord's answers mean, as faults: one function, one table. Pure.
//! <https://docs.discord.com/developers/topics/opcodes-and-status-codes>

use jiff::Timestamp;
use serde_json::Value;

use crate::chat::web::{Answer, Cut, Twice};
use crate::model::{Fault, FaultKind};

/// A failed call: what it means, with what Discord said.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trouble {
    /// The HTTP status, where there was an answer; else 0.
    pub status: u16,
    /// Discord's own code, such as 10008; 0 where it named none.
    pub code: u64,
    /// What it means.
    pub fault: Fault,
}

impl Trouble {
    /// A fault that no answer of Discord's brought about.
    pub(super) const fn own(fault: Fault) -> Self {
        Self { status: 0, code: 0, fault }
    }
}

impl From<Trouble> for Fault {
    fn from(trouble: Trouble) -> Self {
        trouble.fault
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::own(fault)
    }
}

/// Discord's code for a form that does not fit; `errors` says where.
const FORM_BODY: u64 = 50035;

/// What the outcome of a call means: the answer's JSON (`Null` for an empty one), or a fault that says what to do.
/// `until` is when a 429 lets us call again.
pub(super) fn classify(
    call: &str,
    twice: Twice,
    outcome: Result<Answer, Cut>,
    until: Timestamp,
) -> Result<Value, Trouble> {
    let unclear = |status: u16, code: u64, why: String| {
        let fault = match twice {
            Twice::Harmless => Fault::unavailable("Discord does not answer properly just now."),
            Twice::Seen => Fault::unknown("Discord did not say whether the message arrived; it may have."),
        };
        Trouble { status, code, fault: fault.inside(format!("{call}: {why}")) }
    };
    let answer = match outcome {
        Ok(answer) => answer,
        Err(Cut::Before(why)) => {
            return Err(Trouble::own(
                Fault::unavailable("Discord cannot be reached just now.").inside(format!("{call}: {why}")),
            ));
        }
        Err(Cut::After(why)) => return Err(unclear(0, 0, why)),
    };
    let status = answer.status;
    let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
    if (200..=299).contains(&status) {
        return match json {
            Some(json) => Ok(json),
            None if answer.body.is_empty() => Ok(Value::Null),
            None => Err(unclear(status, 0, format!("HTTP {status} with a body that is no JSON"))),
        };
    }
    let code = json.as_ref().and_then(|json| json.get("code")).and_then(Value::as_u64).unwrap_or_default();
    let trouble = |fault: Fault| {
        let inside = inside(call, status, code, json.as_ref());
        Trouble { status, code, fault: if fault.inside.is_some() { fault } else { fault.inside(inside) } }
    };
    if status == 429 {
        return Err(trouble(Fault::new(
            FaultKind::RateLimited { until },
            "Discord asks us to slow down; this goes on by itself.",
        )));
    }
    if code != 0
        && let Some(row) = TABLE.iter().find(|row| row.codes.contains(&code))
    {
        return Err(match row.class {
            Class::Unclear => unclear(status, code, inside(call, status, code, json.as_ref())),
            Class::Bug => trouble(Fault::bug(inside(call, status, code, json.as_ref()))),
            class => trouble(class.fault(row.text)),
        });
    }
    Err(match status {
        401 => trouble(Class::Misconfigured.fault(BAD_TOKEN)),
        403 if code == 0 => {
            trouble(Class::Denied.fault(
                "Discord does not let us do this. If it lasts, this machine's address may be blocked by Discord.",
            ))
        }
        403 => trouble(Class::Denied.fault("Discord does not let Quarterdeck do this there.")),
        404 if code != 0 => trouble(Class::NotFound.fault("Discord does not know what this is about any more.")),
        413 => trouble(Class::BadInput.fault("Discord finds the message or a file too large.")),
        300..=399 | 404 | 405 => {
            trouble(Class::Misconfigured.fault("There is no REST API of Discord's at `discord.base_url`; correct it."))
        }
        400..=499 if status != 408 => trouble(
            Fault::new(FaultKind::BadInput { field: None }, format!("Discord refused this (code {code})."))
                .inside(inside(call, status, code, json.as_ref())),
        ),
        _ => unclear(status, code, format!("HTTP {status}")),
    })
}

/// The text for a token that Discord does not accept.
pub(super) const BAD_TOKEN: &str = "Discord does not accept Quarterdeck's token. Reset the token on the bot's page, and \
    put the new one where `discord.bot_token` refers to.";

/// What Discord said, for the log: the code, its own words, and where a form does not fit. No text of somebody else's.
fn inside(call: &str, status: u16, code: u64, json: Option<&Value>) -> String {
    let mut text = format!("{call}: HTTP {status}, code {code}");
    let message = json.and_then(|json| json.get("message")).and_then(Value::as_str).unwrap_or_default();
    if !message.is_empty() {
        text.push_str(": ");
        text.extend(message.chars().filter(|c| !c.is_control()).take(200));
    }
    let mut found = Vec::new();
    if let Some(errors) = json.and_then(|json| json.get("errors")) {
        complaints(errors, &mut String::new(), &mut found, 0);
    }
    for complaint in found.iter().take(5) {
        text.push_str("; ");
        text.push_str(complaint);
    }
    text
}

/// The complaints of a nested error object, each with its path.
/// <https://docs.discord.com/developers/reference#error-messages>
fn complaints(errors: &Value, path: &mut String, found: &mut Vec<String>, depth: usize) {
    let Some(map) = errors.as_object().filter(|_| depth < 12) else { return };
    for (key, value) in map {
        if key == "_errors" {
            for error in value.as_array().into_iter().flatten() {
                let word = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
                let message: String = word("message").chars().filter(|c| !c.is_control()).take(120).collect();
                found.push(format!("{path}: {} ({message})", word("code")));
            }
            continue;
        }
        let before = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.extend(key.chars().take(40));
        complaints(value, path, found, depth + 1);
        path.truncate(before);
    }
}

/// How a code of the table becomes a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    NotFound,
    Denied,
    Misconfigured,
    BadInput,
    Conflict,
    Bug,
    /// Discord itself does not know.
    Unclear,
}

impl Class {
    fn fault(self, text: &str) -> Fault {
        match self {
            Self::NotFound => Fault::not_found(text),
            Self::Denied => Fault::denied(text),
            Self::Misconfigured => Fault::misconfigured(text),
            Self::BadInput => Fault::new(FaultKind::BadInput { field: None }, text),
            Self::Conflict => Fault::conflict(text),
            Self::Bug => Fault::bug(text),
            Self::Unclear => Fault::unknown(text),
        }
    }
}

/// A row of the table.
struct Row {
    class: Class,
    codes: &'static [u64],
    text: &'static str,
}

const fn row(class: Class, codes: &'static [u64], text: &'static str) -> Row {
    Row { class, codes, text }
}

/// Discord's JSON codes, and what people are told of them.
/// <https://docs.discord.com/developers/topics/opcodes-and-status-codes#json>
const TABLE: &[Row] = &[
    row(
        Class::NotFound,
        &[10003],
        "Discord knows no such channel, or Quarterdeck cannot see it. Check it, and let the bot in.",
    ),
    row(Class::NotFound, &[10004], "Discord knows no such server, or the bot is not in it. Invite the bot there."),
    row(Class::NotFound, &[10007, 10013], "Discord knows no such person there."),
    row(Class::NotFound, &[10008], "That message is not there any more."),
    row(Class::NotFound, &[10011], "Discord knows no such role."),
    row(Class::BadInput, &[10014], "Discord knows no such emoji. Write one emoji, or `name:id` of a server's own."),
    row(
        Class::NotFound,
        &[10015, 50027],
        "That webhook or answer is not there any more; Discord takes answers for 15 minutes.",
    ),
    row(Class::NotFound, &[10062], "Discord takes no answer there any more: it waits for three seconds only."),
    row(Class::NotFound, &[10002, 10063], "Discord knows no such application or command."),
    row(Class::Conflict, &[40060], "Discord has its answer to that request already."),
    row(Class::Misconfigured, &[40001, 50014], BAD_TOKEN),
    row(
        Class::Misconfigured,
        &[20012, 50025],
        "The token is not one of this application; correct `discord.bot_token` or `discord.application`.",
    ),
    row(
        Class::Denied,
        &[50001],
        "Quarterdeck cannot see that channel. Give the bot \"View Channel\" there, or invite it to the server with the \
         scopes `bot` and `applications.commands`.",
    ),
    row(
        Class::Denied,
        &[50013],
        "Quarterdeck lacks a permission there. Give the bot's role \"View Channel\", \"Send Messages\", \"Send Messages \
         in Threads\", \"Embed Links\", \"Attach Files\" and \"Read Message History\".",
    ),
    row(Class::Denied, &[50007], "That person takes no direct messages from the bot."),
    row(Class::Denied, &[50278], "That person shares no server with the bot, so it cannot write to them."),
    row(
        Class::Denied,
        &[50003, 50005, 50020, 50028],
        "Discord does not allow this with that message, channel or role.",
    ),
    row(Class::Denied, &[50074], "Discord does not allow this with a channel that a community server needs."),
    row(Class::Denied, &[90001], "A person there has blocked the bot, so it cannot react."),
    row(Class::Denied, &[200_000, 200_001], "The server's own filter (AutoMod) stopped this message."),
    row(Class::Conflict, &[50083], "That thread is archived. Unarchive it, or choose another place."),
    row(Class::Conflict, &[160_005], "That thread is locked."),
    row(Class::Conflict, &[160_004], "That message has a thread already."),
    row(Class::Conflict, &[160_006, 160_007], "The channel has as many active threads as Discord allows."),
    row(Class::Conflict, &[30003], "The channel has as many pinned messages as Discord allows; unpin one."),
    row(Class::Conflict, &[30005, 30010, 30013], "Discord allows no more of these; remove one."),
    row(Class::Conflict, &[30007], "The channel has as many webhooks as Discord allows."),
    row(Class::Misconfigured, &[30032, 30034], "Discord takes no more commands of this application today."),
    row(
        Class::Conflict,
        &[30046],
        "Discord allows no more edits of that message for a while: it is older than an hour.",
    ),
    row(Class::BadInput, &[40005], "Discord finds the message or a file too large."),
    row(Class::BadInput, &[50006], "The message would be empty."),
    row(Class::BadInput, &[50016], "Discord deletes from 2 to 100 messages at once."),
    row(Class::BadInput, &[50034], "Discord deletes at once only messages that are younger than 14 days."),
    row(Class::BadInput, &[50019], "A message can be pinned only in the channel that it is in."),
    row(Class::BadInput, &[50021], "A notice of Discord's own cannot be changed so."),
    row(Class::BadInput, &[50024, 50008], "That does not work in a channel of this kind."),
    row(Class::BadInput, &[50033], "There is a recipient that Discord does not take."),
    row(Class::BadInput, &[50036], "That invitation is not valid."),
    row(Class::BadInput, &[50055], "That server is not valid."),
    row(Class::Bug, &[FORM_BODY, 50041, 50046, 50068, 50109, 50138, 50178, 50180], ""),
    row(Class::Unclear, &[130_000], "Discord is overloaded just now."),
];

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn until() -> Timestamp {
        "2026-11-20T12:00:01Z".parse().expect("a time")
    }

    fn trouble(twice: Twice, status: u16, body: &str) -> Trouble {
        let answer = Answer { status, retry_after: None, body: Bytes::from(body.to_owned()) };
        classify("POST /channels/{}/messages", twice, Ok(answer), until()).expect_err("a fault")
    }

    #[test]
    fn discords_answers_become_faults() {
        use FaultKind as K;
        for (status, code, kind) in [
            (404, 10003, K::NotFound),
            (404, 10008, K::NotFound),
            (404, 10062, K::NotFound),
            (401, 50027, K::NotFound),
            (400, 40060, K::Conflict),
            (403, 50001, K::Denied),
            (403, 50013, K::Denied),
            (403, 50007, K::Denied),
            (401, 50014, K::Misconfigured),
            (400, 50035, K::Bug),
            (400, 50006, K::BadInput { field: None }),
            (400, 99_999, K::BadInput { field: None }),
            (403, 99_999, K::Denied),
            (404, 99_999, K::NotFound),
            (503, 130_000, K::Unknown),
        ] {
            let found = trouble(Twice::Seen, status, &format!("{{\"message\":\"No\",\"code\":{code}}}"));
            assert_eq!((&found.fault.kind, found.code, found.status), (&kind, code, status), "{code}");
        }
        for (status, body, seen, harmless) in [
            (500, "oops", K::Unknown, K::Unavailable),
            (502, "", K::Unknown, K::Unavailable),
            (200, "<html>", K::Unknown, K::Unavailable),
            (401, "{\"message\":\"401: Unauthorized\",\"code\":0}", K::Misconfigured, K::Misconfigured),
            (404, "{\"message\":\"404: Not Found\",\"code\":0}", K::Misconfigured, K::Misconfigured),
            (302, "", K::Misconfigured, K::Misconfigured),
            (403, "error code: 1015", K::Denied, K::Denied),
            (429, "", K::RateLimited { until: until() }, K::RateLimited { until: until() }),
        ] {
            assert_eq!(trouble(Twice::Seen, status, body).fault.kind, seen, "{status} {body}");
            assert_eq!(trouble(Twice::Harmless, status, body).fault.kind, harmless, "{status} {body}");
        }
        let cut = |cut| classify("GET /gateway", Twice::Seen, Err(cut), until()).expect_err("a fault").fault.kind;
        assert_eq!(cut(Cut::Before("refused".into())), K::Unavailable);
        assert_eq!(cut(Cut::After("reset".into())), K::Unknown);
        let empty = Answer { status: 204, retry_after: None, body: Bytes::new() };
        assert_eq!(classify("PUT /x", Twice::Seen, Ok(empty), until()), Ok(Value::Null));
    }

    #[test]
    fn a_form_that_does_not_fit_says_where_and_only_in_the_log() {
        let body = r#"{"code":50035,"message":"Invalid Form Body","errors":{"embeds":{"0":{"title":{"_errors":[
            {"code":"BASE_TYPE_MAX_LENGTH","message":"Must be 256 or fewer in length."}]}}}}}"#;
        let fault = trouble(Twice::Seen, 400, body).fault;
        assert!(fault.inside.as_deref().is_some_and(|inside| inside.contains("embeds.0.title: BASE_TYPE_MAX_LENGTH")));
        assert!(!fault.outside.contains("embeds"));
    }

    #[test]
    fn a_code_stands_in_one_row_only() {
        let codes: Vec<_> = TABLE.iter().flat_map(|row| row.codes.iter()).collect();
        let distinct: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(codes.len(), distinct.len());
        assert!(trouble(Twice::Seen, 403, r#"{"code":50013}"#).fault.outside.contains("Send Messages"));
    }
}
