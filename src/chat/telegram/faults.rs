//! What the Bot API's answers mean, as faults: one function, one table. Pure.
//! <https://core.telegram.org/bots/api#making-requests>; the descriptions are those of the Bot API server,
//! <https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp>.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::chat::web::{Answer, Cut, Twice};
use crate::delivery::retry_after;
use crate::model::{Fault, FaultKind};

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// What it means.
    pub fault: Fault,
    /// Telegram's `error_code`, or the HTTP status where there is none; 0 when nothing came back.
    pub code: u16,
    /// The group goes on as the supergroup of this id: the same call there works.
    pub moved_to: Option<i64>,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self { fault, code: 0, moved_to: None }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        refusal.fault
    }
}

/// Waited for where Telegram says "wait" but not how long.
const UNTOLD: SignedDuration = SignedDuration::from_secs(30);

/// What the outcome of a call means: the answer's `result`, or a refusal whose fault says what to do.
pub(super) fn classify(
    method: &str,
    twice: Twice,
    outcome: Result<Answer, Cut>,
    now: Timestamp,
) -> Result<Value, Refusal> {
    let unclear = |code: u16, why: String| {
        let fault = match twice {
            Twice::Harmless => Fault::unavailable("Telegram does not answer properly just now."),
            Twice::Seen => Fault::unknown("Telegram did not say whether the message arrived; it may have."),
        };
        Refusal { fault: fault.inside(format!("{method}: {why}")), code, moved_to: None }
    };
    let answer = match outcome {
        Ok(answer) => answer,
        Err(Cut::Before(why)) => {
            let fault = Fault::unavailable("Telegram cannot be reached just now.").inside(format!("{method}: {why}"));
            return Err(fault.into());
        }
        Err(Cut::After(why)) => return Err(unclear(0, why)),
    };
    let mut json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let ok = json.get("ok").and_then(Value::as_bool);
    if (200..=299).contains(&answer.status) && ok == Some(true) {
        return json.get_mut("result").map(Value::take).ok_or_else(|| unclear(answer.status, "no `result`".to_owned()));
    }
    let told = json.get("error_code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    let code = told.unwrap_or(answer.status);
    if code == 429 || answer.status == 429 {
        return Err(Refusal { fault: limited(method, &json, &answer, now), code: 429, moved_to: None });
    }
    let description = json.get("description").and_then(Value::as_str);
    let Some(description) = description.filter(|_| ok == Some(false)) else {
        return Err(no_answer(method, answer.status).map_or_else(
            || unclear(answer.status, format!("HTTP {} with a body that is no answer of Telegram's", answer.status)),
            |fault| Refusal { fault, code: answer.status, moved_to: None },
        ));
    };
    if code >= 500 {
        return Err(unclear(code, said(description)));
    }
    // What was to be shown is shown.
    if description.to_lowercase().contains("message is not modified") {
        return Ok(Value::Bool(true));
    }
    let moved_to = json.pointer("/parameters/migrate_to_chat_id").and_then(Value::as_i64);
    let fault = refused(code, description).inside(format!("{method}: {code} {}", said(description)));
    Err(Refusal { fault, code, moved_to })
}

/// An answer that no Bot API gave, where it is certain that nothing happened.
fn no_answer(method: &str, status: u16) -> Option<Fault> {
    let fault = match status {
        413 => Fault::new(FaultKind::BadInput { field: None }, "Telegram finds this too large."),
        408 => return None,
        300..=499 => Fault::misconfigured("There is no Bot API at `telegram.base_url`; correct it."),
        _ => return None,
    };
    Some(fault.inside(format!("{method}: HTTP {status}")))
}

fn limited(method: &str, json: &Value, answer: &Answer, now: Timestamp) -> Fault {
    let told = json.pointer("/parameters/retry_after").and_then(Value::as_f64);
    let header = || answer.retry_after.as_deref().and_then(|text| retry_after::text(text, now));
    let until = told.and_then(|seconds| retry_after::seconds(seconds, now)).or_else(header);
    let until = until.unwrap_or_else(|| now.checked_add(UNTOLD).unwrap_or(Timestamp::MAX));
    Fault::new(FaultKind::RateLimited { until }, "Telegram asks us to slow down; this goes on by itself.")
        .inside(format!("{method}: retry_after {}", told.map_or("(not given)".to_owned(), |told| told.to_string())))
}

/// A description for the log: one line, not without end.
fn said(description: &str) -> String {
    description.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).take(300).collect()
}

/// How a description of the table becomes a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    NotFound,
    Denied,
    Misconfigured,
    BadInput,
    Conflict,
    Bug,
}

/// Parts of Telegram's descriptions, in lower case, and what people are told of them. The first row that fits counts.
const TABLE: &[(Class, &[&str], &str)] = &[
    (
        Class::Misconfigured,
        &["terminated by other getupdates"],
        "Another program polls with this bot's token. Stop it, or give Quarterdeck a bot of its own.",
    ),
    (
        Class::Misconfigured,
        &["webhook is active"],
        "Another program has set a webhook for this bot. Stop it, or give Quarterdeck a bot of its own.",
    ),
    (
        Class::Denied,
        &["bot was blocked by the user"],
        "The person has blocked the bot. They can unblock it in their chat with it.",
    ),
    (Class::NotFound, &["user is deactivated"], "That person's Telegram account is gone."),
    (
        Class::Denied,
        &["can't initiate conversation"],
        "Telegram lets a bot write only to who wrote to it first: open a chat with the bot and press *Start*.",
    ),
    (Class::Denied, &["bots can't send messages to bots"], "Telegram lets no bot write to a bot."),
    (
        Class::Denied,
        &["bot was kicked", "bot is not a member", "bot is not participant", "user_not_participant"],
        "The bot is not in that chat. Add it there.",
    ),
    (
        Class::Denied,
        &[
            "not enough rights",
            "have no rights",
            "need administrator rights",
            "chat_write_forbidden",
            "chat_admin_required",
            "chat_restricted",
            "chat_send_plain_forbidden",
            "chat_send_docs_forbidden",
            "chat_send_media_forbidden",
            "chat_send_photos_forbidden",
            "can't be sent to the chat",
        ],
        "The bot may not do that in that chat; an administrator of the chat can allow it.",
    ),
    (
        Class::Denied,
        &["topic_closed", "topic closed"],
        "That topic is closed. Reopen it, or make the bot an administrator of the group.",
    ),
    (
        Class::NotFound,
        &["group chat was upgraded to a supergroup"],
        "That group goes on under another id, as a supergroup.",
    ),
    (
        Class::NotFound,
        &["group chat was deleted", "group chat was deactivated", "chat was deleted", "channel_private"],
        "That chat is gone, or the bot is no longer in it.",
    ),
    (
        Class::NotFound,
        &["chat not found", "peer_id_invalid", "chat_id_invalid", "chat_id is empty", "username_invalid"],
        "Telegram knows no such chat, or the bot was never in it. Check the name, add the bot to the group, or have the \
         person open a chat with the bot.",
    ),
    (
        Class::NotFound,
        &["message thread not found", "topic_id_invalid", "topic_deleted"],
        "That topic is not there any more.",
    ),
    (
        Class::NotFound,
        &[
            "message to edit not found",
            "message to delete not found",
            "message to be replied not found",
            "message to reply not found",
            "replied message not found",
            "message to react not found",
            "message to forward not found",
            "message to copy not found",
            "message to pin not found",
            "message not found",
            "message_id_invalid",
            "message can't be edited",
            "message can't be deleted",
            "message identifier is not specified",
        ],
        "That message is not there any more, or can no longer be changed.",
    ),
    (
        Class::NotFound,
        &["query is too old", "query_id_invalid", "query id is invalid"],
        "The press of the button is too old to be answered.",
    ),
    (
        Class::NotFound,
        &["user not found", "member not found", "user_id_invalid", "participant_id_invalid", "invalid user_id"],
        "Telegram knows no such person there.",
    ),
    (
        Class::BadInput,
        &["message is too long", "caption is too long", "text is too long"],
        "The text is too long for Telegram.",
    ),
    (Class::BadInput, &["file is too big", "request entity too large"], "Telegram finds this too large."),
    (Class::BadInput, &["message text is empty", "text must be non-empty"], "Telegram takes no empty message."),
    (Class::BadInput, &["reaction_invalid"], "Telegram does not know that reaction, or the chat does not allow it."),
    (
        Class::Conflict,
        &["can't use file of type", "message can't be pinned", "message is not a poll"],
        "Telegram cannot do that with this message.",
    ),
    (
        Class::Misconfigured,
        &["bad webhook", "https url must be provided", "failed to resolve host", "secret token"],
        "Telegram does not take the webhook; check `telegram.webhook_url` and `telegram.webhook_secret`.",
    ),
    (
        Class::Bug,
        &[
            "can't parse entities",
            "can't parse",
            "button_data_invalid",
            "button_url_invalid",
            "button_type_invalid",
            "reply_markup",
            "reply markup",
            "inline keyboard",
            "bot_command_invalid",
            "bot_command_description_invalid",
            "object expected",
            "array expected",
            "is empty",
        ],
        "",
    ),
];

fn refused(code: u16, description: &str) -> Fault {
    let text = description.to_lowercase();
    if let Some((class, _, words)) = TABLE.iter().find(|(_, parts, _)| parts.iter().any(|part| text.contains(part))) {
        return match class {
            Class::NotFound => Fault::not_found(*words),
            Class::Denied => Fault::denied(*words),
            Class::Misconfigured => Fault::misconfigured(*words),
            Class::BadInput => Fault::new(FaultKind::BadInput { field: None }, *words),
            Class::Conflict => Fault::conflict(*words),
            // Its text for the log is set by who calls.
            Class::Bug => Fault::bug(String::new()),
        };
    }
    match code {
        // Telegram knows no such bot: a token that is none is answered by "Not Found", a revoked one by "Unauthorized".
        401 | 404 => Fault::misconfigured(
            "Telegram does not accept the bot's token. Put the token that @BotFather shows where `telegram.token` \
             refers to, and check `telegram.base_url`.",
        ),
        403 => Fault::denied("Telegram does not let the bot do this in that chat."),
        409 => Fault::misconfigured("Another program uses this bot's token. Give Quarterdeck a bot of its own."),
        413 => Fault::new(FaultKind::BadInput { field: None }, "Telegram finds this too large."),
        // Nothing that somebody else wrote is repeated.
        _ => Fault::new(FaultKind::BadInput { field: None }, "Telegram refused this; the log has its words."),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use bytes::Bytes;

    use super::*;

    const NOW: &str = "2026-11-20T12:00:00Z";

    fn now() -> Timestamp {
        NOW.parse().expect("a time")
    }

    fn outcome(twice: Twice, status: u16, body: &str) -> Result<Value, Refusal> {
        let answer = Answer { status, retry_after: None, body: Bytes::from(body.to_owned()) };
        classify("sendMessage", twice, Ok(answer), now())
    }

    fn refusal(code: u16, description: &str) -> Refusal {
        let body = json!({ "ok": false, "error_code": code, "description": description }).to_string();
        outcome(Twice::Seen, code, &body).expect_err("a refusal")
    }

    #[test]
    fn telegrams_descriptions_become_faults() {
        use FaultKind as K;
        let bad = || K::BadInput { field: None };
        for (code, description, kind) in [
            (400, "Bad Request: chat not found", K::NotFound),
            (400, "Bad Request: message to edit not found", K::NotFound),
            (400, "Bad Request: message to be replied not found", K::NotFound),
            (400, "Bad Request: message thread not found", K::NotFound),
            (400, "Bad Request: query is too old and response timeout expired or query ID is invalid", K::NotFound),
            (400, "Bad Request: can't parse entities: Unsupported start tag \"x\" at byte offset 5", K::Bug),
            (400, "Bad Request: BUTTON_DATA_INVALID", K::Bug),
            (400, "Bad Request: message is too long", bad()),
            (400, "Bad Request: message text is empty", bad()),
            (400, "Bad Request: not enough rights to send text messages to the chat", K::Denied),
            (400, "Bad Request: TOPIC_CLOSED", K::Denied),
            (400, "Bad Request: something new", bad()),
            (401, "Unauthorized", K::Misconfigured),
            (404, "Not Found", K::Misconfigured),
            (403, "Forbidden: bot was blocked by the user", K::Denied),
            (403, "Forbidden: bot was kicked from the supergroup chat", K::Denied),
            (403, "Forbidden: bot is not a member of the channel chat", K::Denied),
            (403, "Forbidden: bot can't initiate conversation with a user", K::Denied),
            (403, "Forbidden: the group chat was deleted", K::NotFound),
            (403, "Forbidden: user is deactivated", K::NotFound),
            (403, "Forbidden: something new", K::Denied),
            (
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                K::Misconfigured,
            ),
            (413, "Request Entity Too Large", bad()),
            (500, "Internal Server Error", K::Unknown),
            (502, "Bad Gateway", K::Unknown),
        ] {
            let refusal = refusal(code, description);
            assert_eq!((refusal.fault.kind, refusal.code), (kind, code), "{description}");
        }
        let unmodified = json!({ "ok": false, "error_code": 400,
            "description": "Bad Request: message is not modified: specified new message content and reply markup are \
            exactly the same as a current content and reply markup of the message" });
        assert!(outcome(Twice::Harmless, 400, &unmodified.to_string()).is_ok());
        assert_eq!(outcome(Twice::Seen, 200, r#"{"ok":true,"result":{"message_id":7}}"#), Ok(json!({"message_id": 7})));
    }

    #[test]
    fn what_is_no_answer_of_telegrams_is_unclear_or_the_address_is_wrong() {
        use FaultKind as K;
        for (status, body, seen, harmless) in [
            (500, "oops", K::Unknown, K::Unavailable),
            (502, "<html>", K::Unknown, K::Unavailable),
            (200, "<html>", K::Unknown, K::Unavailable),
            (200, "{\"ok\":true}", K::Unknown, K::Unavailable),
            (408, "", K::Unknown, K::Unavailable),
            (302, "", K::Misconfigured, K::Misconfigured),
            (404, "nothing", K::Misconfigured, K::Misconfigured),
            (413, "", K::BadInput { field: None }, K::BadInput { field: None }),
        ] {
            assert_eq!(outcome(Twice::Seen, status, body).expect_err("a fault").fault.kind, seen, "{status} {body}");
            let harmless_fault = outcome(Twice::Harmless, status, body).expect_err("a fault").fault.kind;
            assert_eq!(harmless_fault, harmless, "{status} {body}");
        }
        let cut = |cut| classify("sendMessage", Twice::Seen, Err(cut), now()).expect_err("a fault").fault.kind;
        assert_eq!(cut(Cut::Before("refused".into())), K::Unavailable);
        assert_eq!(cut(Cut::After("reset".into())), K::Unknown);
    }

    #[test]
    fn waits_and_migrations_are_read() {
        let until = |body: &str, header: Option<&str>| {
            let retry_after = header.map(str::to_owned);
            let answer = Answer { status: 429, retry_after, body: Bytes::from(body.to_owned()) };
            match classify("getUpdates", Twice::Harmless, Ok(answer), now()).expect_err("a fault").fault.kind {
                FaultKind::RateLimited { until } => until.to_string(),
                other => panic!("{other:?}"),
            }
        };
        let body = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}"#;
        assert_eq!(until(body, None), "2026-11-20T12:00:07Z");
        assert_eq!(until(body, Some("99")), "2026-11-20T12:00:07Z", "the body's word counts");
        assert_eq!(until("", Some("9")), "2026-11-20T12:00:09Z");
        assert_eq!(until("<html>", None), "2026-11-20T12:00:30Z");
        let moved = json!({ "ok": false, "error_code": 400,
            "description": "Bad Request: group chat was upgraded to a supergroup chat",
            "parameters": { "migrate_to_chat_id": -1_001_234_567_890_i64 } });
        let refusal = outcome(Twice::Seen, 400, &moved.to_string()).expect_err("a refusal");
        assert_eq!((refusal.moved_to, refusal.fault.kind), (Some(-1_001_234_567_890), FaultKind::NotFound));
    }

    #[test]
    fn refusals_say_what_to_do_and_repeat_no_foreign_text() {
        assert!(
            refusal(403, "Forbidden: bot can't initiate conversation with a user").fault.outside.contains("*Start*")
        );
        let odd = refusal(400, "Bad Request: <b>hello</b>\nthere");
        assert!(!odd.fault.outside.contains("hello"), "{odd:?}");
        assert!(odd.fault.inside.is_some_and(|inside| inside.contains("hello") && !inside.contains('\n')));
        let parts: Vec<_> = TABLE.iter().flat_map(|(_, parts, _)| parts.iter()).collect();
        assert!(parts.iter().all(|part| **part == part.to_lowercase()));
        let distinct: std::collections::BTreeSet<_> = parts.iter().collect();
        assert_eq!(parts.len(), distinct.len(), "a text stands in one row only");
    }
}
