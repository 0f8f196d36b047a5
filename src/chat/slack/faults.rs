//! What Slack's answers mean, as faults: one function, one table. Pure.
//! <https://docs.slack.dev/apis/web-api/rate-limits>, and the errors of each method at
//! `https://docs.slack.dev/reference/methods/<method>`.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::chat::web::{Answer, Cut, Twice};
use crate::delivery::retry_after;
use crate::model::{Fault, FaultKind};

impl Answer {
    /// The answer's JSON where it refuses with one of these codes.
    pub(super) fn refusal(&self, codes: &[&str]) -> Option<Value> {
        if codes.is_empty() || self.status != 200 {
            return None;
        }
        let answer: Value = serde_json::from_slice(&self.body).ok()?;
        let code = answer.get("error")?.as_str()?;
        (answer.get("ok")? == false && codes.contains(&code)).then_some(answer)
    }
}

/// Waited for where Slack says "wait" but not how long.
const UNTOLD: SignedDuration = SignedDuration::from_secs(30);

/// What the outcome of a call means: the answer's JSON, or a fault that says what to do.
pub(super) fn classify(
    method: &str,
    twice: Twice,
    outcome: Result<Answer, Cut>,
    now: Timestamp,
) -> Result<Value, Fault> {
    let unclear = |why: String| match twice {
        Twice::Harmless => {
            Fault::unavailable("Slack does not answer properly just now.").inside(format!("{method}: {why}"))
        }
        Twice::Seen => Fault::unknown("Slack did not say whether the message arrived; it may have.")
            .inside(format!("{method}: {why}")),
    };
    let answer = match outcome {
        Ok(answer) => answer,
        Err(Cut::Before(why)) => {
            return Err(Fault::unavailable("Slack cannot be reached just now.").inside(format!("{method}: {why}")));
        }
        Err(Cut::After(why)) => return Err(unclear(why)),
    };
    let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let ok = json.as_ref().and_then(|json| json.get("ok")).and_then(Value::as_bool);
    let error = json.as_ref().filter(|_| ok == Some(false)).and_then(|json| json.get("error")).and_then(Value::as_str);
    if answer.status == 429 || matches!(error, Some("ratelimited" | "rate_limited" | "message_limit_exceeded")) {
        return Err(limited(method, answer.retry_after.as_deref(), now));
    }
    if let (Some(code), Some(json)) = (error, &json) {
        return Err(told(method, twice, code, json));
    }
    match (answer.status, ok) {
        (200..=299, Some(true)) => Ok(json.unwrap_or_default()),
        // A reply address answers with the bare word.
        (200..=299, _) if method == RESPONSE_URL => Ok(Value::Null),
        (404 | 410, _) if method == RESPONSE_URL => Err(told(method, twice, "expired_url", &Value::Null)),
        (401 | 403, _) => Err(told(method, twice, "invalid_auth", &Value::Null)),
        (413, _) => Err(told(method, twice, "msg_too_long", &Value::Null)),
        (300..=399, _) => Err(Fault::misconfigured(
            "Slack's address sends us elsewhere; correct `slack.base_url` to where the Web API really is.",
        )
        .inside(format!("{method}: HTTP {}", answer.status))),
        (400..=499, _) if answer.status != 408 => {
            Err(Fault::misconfigured("There is no Slack Web API at `slack.base_url`; correct it.")
                .inside(format!("{method}: HTTP {}", answer.status)))
        }
        (status, _) => Err(unclear(format!("HTTP {status} with a body that is no answer of Slack's"))),
    }
}

/// What came of putting a file's bytes to their address: the file is seen by nobody yet, so that all can be done again.
pub(super) fn uploaded(outcome: Result<Answer, Cut>, now: Timestamp) -> Result<(), Fault> {
    let failed = |why: String| {
        Fault::unavailable("Slack did not take the file's content just now.").inside(format!("upload: {why}"))
    };
    match outcome {
        Ok(Answer { status: 200..=299, .. }) => Ok(()),
        Ok(Answer { status: 429, retry_after, .. }) => Err(limited("upload", retry_after.as_deref(), now)),
        Ok(Answer { status: 413, .. }) => {
            Err(Fault::new(FaultKind::BadInput { field: None }, "Slack finds the file too large."))
        }
        Ok(Answer { status, .. }) => Err(failed(format!("HTTP {status}"))),
        Err(Cut::Before(why) | Cut::After(why)) => Err(failed(why)),
    }
}

/// The name by which answers over a reply address go through [`classify`].
pub(super) const RESPONSE_URL: &str = "response_url";

fn limited(method: &str, retry_after: Option<&str>, now: Timestamp) -> Fault {
    let until = retry_after.and_then(|text| retry_time(text.trim(), now));
    let until = until.unwrap_or_else(|| now.checked_add(UNTOLD).unwrap_or(Timestamp::MAX));
    Fault::new(FaultKind::RateLimited { until }, "Slack asks us to slow down; this goes on by itself.")
        .inside(format!("{method}: retry-after {}", retry_after.unwrap_or("(not given)")))
}

/// The time that a `Retry-After` means, rounded up to whole seconds from now: a little late is inside Slack's rules, a
/// little early is not.
fn retry_time(text: &str, now: Timestamp) -> Option<Timestamp> {
    let span = retry_after::text(text, now)?.duration_since(now);
    let up = i64::from(span.subsec_nanos() > 0);
    now.checked_add(SignedDuration::from_secs(span.as_secs() + up)).ok()
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
    /// It did not happen and may work later.
    Later,
    /// Slack itself does not know.
    Unclear,
}

/// Slack's error codes, and what people are told of them.
const TABLE: &[(Class, &[&str], &str)] = &[
    (
        Class::Denied,
        &["not_in_channel"],
        "Quarterdeck is not in that channel. Invite the bot there: `/invite @quarterdeck`.",
    ),
    (
        Class::NotFound,
        &["channel_not_found"],
        "Slack knows no such channel, or it is private and Quarterdeck is not in it. Check the name, and invite the bot \
         there: `/invite @quarterdeck`.",
    ),
    (
        Class::Conflict,
        &["is_archived", "is_inactive"],
        "That channel is archived. Unarchive it, or choose another one.",
    ),
    (
        Class::Denied,
        &[
            "restricted_action",
            "restricted_action_read_only_channel",
            "restricted_action_thread_only_channel",
            "restricted_action_non_threadable_channel",
            "restricted_action_thread_locked",
            "access_denied",
            "ekm_access_denied",
            "not_allowed",
            "no_permission",
            "as_user_not_supported",
            "cannot_reply_to_message",
            "method_not_supported_for_channel_type",
            "channel_type_not_supported",
            "slack_connect_blocked_file_type",
            "file_uploads_disabled",
            "file_upload_size_restricted",
            "posting_to_channel_denied",
            "user_is_restricted",
            "user_is_ultra_restricted",
            "cant_invite",
            "cannot_dm_bot",
            "messages_tab_disabled",
        ],
        "Slack's settings of that channel or workspace do not let Quarterdeck do this; ask an administrator of it.",
    ),
    (
        Class::Misconfigured,
        &[
            "invalid_auth",
            "not_authed",
            "token_revoked",
            "token_expired",
            "account_inactive",
            "not_allowed_token_type",
            "bad_token",
        ],
        "Slack does not accept Quarterdeck's token. Install the app in the workspace again and put the new token where \
         `slack.bot_token` (or `slack.app_token`) refers to.",
    ),
    (
        Class::Misconfigured,
        &[
            "team_access_not_granted",
            "org_login_required",
            "accesslimited",
            "team_not_found",
            "enterprise_is_restricted",
            "two_factor_setup_required",
        ],
        "The workspace does not let the app in; an administrator of it must approve or install it again.",
    ),
    (
        Class::Misconfigured,
        &["unknown_method", "method_deprecated", "deprecated_endpoint"],
        "The Web API at `slack.base_url` does not know a method that Quarterdeck needs; correct the address.",
    ),
    (
        Class::Conflict,
        &["name_taken"],
        "There is a channel of that name already; it may be private or archived. Choose another name.",
    ),
    (
        Class::BadInput,
        &[
            "invalid_name",
            "invalid_name_required",
            "invalid_name_punctuation",
            "invalid_name_maxlength",
            "invalid_name_specials",
        ],
        "Slack takes no such name.",
    ),
    (
        Class::Conflict,
        &["too_many_emoji", "too_many_reactions"],
        "That message bears as many different reactions as Slack allows.",
    ),
    (Class::NotFound, &["file_not_found", "file_deleted"], "That file is not there any more."),
    (
        Class::BadInput,
        &["msg_too_long", "msg_blocks_too_long", "metadata_too_large", "too_many_attachments"],
        "Slack finds the message too long.",
    ),
    (
        Class::Bug,
        &[
            "invalid_blocks",
            "invalid_blocks_format",
            "invalid_arguments",
            "invalid_arg_name",
            "invalid_array_arg",
            "invalid_charset",
            "invalid_form_data",
            "invalid_post_type",
            "missing_post_type",
            "invalid_json",
            "json_not_object",
            "no_text",
            "missing_charset",
            "invalid_metadata_format",
            "invalid_metadata_schema",
            "metadata_must_be_sent_from_app",
            "view_too_large",
            "duplicate_external_id",
            "invalid_payload",
            "no_item_specified",
            "bad_timestamp",
            "no_user",
        ],
        "",
    ),
    (
        Class::NotFound,
        &[
            "message_not_found",
            "cant_update_message",
            "edit_window_closed",
            "thread_not_found",
            "cant_delete_message",
            "message_has_been_deleted",
        ],
        "That message is not there any more, or can no longer be changed.",
    ),
    (
        Class::NotFound,
        &["user_not_found", "users_not_found", "user_not_in_channel", "user_disabled", "user_not_visible"],
        "Slack knows no such person there, or they are not in that channel.",
    ),
    (
        Class::NotFound,
        &["no_such_subteam", "subteam_not_found", "usergroup_not_found", "invalid_usergroup"],
        "Slack knows no such user group.",
    ),
    (
        Class::Conflict,
        &[
            "expired_trigger_id",
            "trigger_expired",
            "exchanged_trigger_id",
            "trigger_exchanged",
            "invalid_trigger_id",
            "invalid_trigger",
        ],
        "The form came too late: Slack allows three seconds. Press the button again.",
    ),
    (Class::NotFound, &["expired_url"], "Slack takes no answer there any more: the request is too old."),
    (Class::Conflict, &["used_url"], "Slack takes no further answer to that request."),
    (Class::Later, &["request_timeout", "team_added_to_org"], "Slack did not take it just now."),
    (
        Class::Unclear,
        &["fatal_error", "internal_error", "service_unavailable", "timeout", "upstream_error"],
        "Slack has trouble just now.",
    ),
];

fn told(method: &str, twice: Twice, code: &str, answer: &Value) -> Fault {
    // Only a code is repeated, never text of somebody else's.
    let code: String =
        code.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')).take(60).collect();
    let word =
        |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default().chars().take(200).collect::<String>();
    let mut inside = format!("{method}: {code}");
    let messages = answer.pointer("/response_metadata/messages").and_then(Value::as_array);
    for message in messages.into_iter().flatten().filter_map(Value::as_str).take(5) {
        inside.push_str("; ");
        inside.extend(message.chars().take(300));
    }
    if code == "missing_scope" {
        let needed = word("needed");
        inside = format!("{inside}; needs {needed}, has {}", word("provided"));
        return Fault::misconfigured(format!(
            "The Slack app lacks the permission `{}`. Add that scope to the app and install it again.",
            needed.replace('`', "")
        ))
        .inside(inside);
    }
    let row = TABLE.iter().find(|(_, codes, _)| codes.contains(&code.as_str()));
    let Some((class, _, text)) = row else {
        return Fault::new(FaultKind::BadInput { field: None }, format!("Slack refused this: `{code}`."))
            .inside(inside);
    };
    match class {
        Class::NotFound => Fault::not_found(*text),
        Class::Denied => Fault::denied(*text),
        Class::Misconfigured => Fault::misconfigured(*text),
        Class::BadInput => Fault::new(FaultKind::BadInput { field: None }, *text),
        Class::Conflict => Fault::conflict(*text),
        Class::Bug => return Fault::bug(inside),
        Class::Later => Fault::unavailable(*text),
        Class::Unclear => match twice {
            Twice::Harmless => Fault::unavailable(*text),
            Twice::Seen => {
                Fault::unknown("Slack had trouble and did not say whether the message arrived; it may have.")
            }
        },
    }
    .inside(inside)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const NOW: &str = "2026-11-20T12:00:00Z";

    fn now() -> Timestamp {
        NOW.parse().expect("a time")
    }

    fn fault(twice: Twice, status: u16, body: &str) -> FaultKind {
        let answer = Answer { status, retry_after: None, body: Bytes::from(body.to_owned()) };
        classify("chat.postMessage", twice, Ok(answer), now()).expect_err("a fault").kind
    }

    #[test]
    fn slack_answers_become_faults() {
        use FaultKind as K;
        let no = |code: &str| format!("{{\"ok\":false,\"error\":\"{code}\"}}");
        for (code, kind) in [
            ("not_in_channel", K::Denied),
            ("channel_not_found", K::NotFound),
            ("is_archived", K::Conflict),
            ("token_revoked", K::Misconfigured),
            ("account_inactive", K::Misconfigured),
            ("invalid_auth", K::Misconfigured),
            ("missing_scope", K::Misconfigured),
            ("msg_too_long", K::BadInput { field: None }),
            ("invalid_blocks", K::Bug),
            ("message_not_found", K::NotFound),
            ("cant_update_message", K::NotFound),
            ("expired_trigger_id", K::Conflict),
            ("used_url", K::Conflict),
            ("expired_url", K::NotFound),
            ("something_new", K::BadInput { field: None }),
            ("fatal_error", K::Unknown),
        ] {
            assert_eq!(fault(Twice::Seen, 200, &no(code)), kind, "{code}");
        }
        assert_eq!(fault(Twice::Harmless, 200, &no("fatal_error")), K::Unavailable);
        for (status, body, seen, harmless) in [
            (500, "oops", K::Unknown, K::Unavailable),
            (503, "", K::Unknown, K::Unavailable),
            (200, "<html>", K::Unknown, K::Unavailable),
            (200, "{}", K::Unknown, K::Unavailable),
            (200, "{\"ok\":tru", K::Unknown, K::Unavailable),
            (401, "", K::Misconfigured, K::Misconfigured),
            (302, "", K::Misconfigured, K::Misconfigured),
            (404, "nothing", K::Misconfigured, K::Misconfigured),
        ] {
            assert_eq!(fault(Twice::Seen, status, body), seen, "{status} {body}");
            assert_eq!(fault(Twice::Harmless, status, body), harmless, "{status} {body}");
        }
        let cut = |cut| classify("chat.postMessage", Twice::Seen, Err(cut), now()).expect_err("a fault").kind;
        assert_eq!(cut(Cut::Before("refused".into())), K::Unavailable);
        assert_eq!(cut(Cut::After("reset".into())), K::Unknown);
    }

    #[test]
    fn every_form_of_wait_is_kept_to() {
        for (header, until) in [
            (Some("7"), "2026-11-20T12:00:07Z"),
            (Some("1.2"), "2026-11-20T12:00:02Z"),
            (Some("Fri, 20 Nov 2026 12:01:00 GMT"), "2026-11-20T12:01:00Z"),
            (Some("Fri, 20 Nov 2026 11:00:00 GMT"), NOW),
            (Some("-5"), "2026-11-20T12:00:30Z"),
            (Some("soon"), "2026-11-20T12:00:30Z"),
            (Some("99999999999999999999999"), "2026-11-27T12:00:00Z"),
            (None, "2026-11-20T12:00:30Z"),
        ] {
            for (status, body) in [(429, "not even JSON"), (200, "{\"ok\":false,\"error\":\"ratelimited\"}")] {
                let answer = Answer { status, retry_after: header.map(str::to_owned), body: Bytes::from(body) };
                let fault = classify("chat.update", Twice::Seen, Ok(answer), now()).expect_err("a fault");
                assert_eq!(fault.kind, FaultKind::RateLimited { until: until.parse().expect("a time") }, "{header:?}");
            }
        }
    }

    #[test]
    fn refusals_say_what_to_do_and_repeat_no_foreign_text() {
        let say = |body: &str| {
            let answer = Answer { status: 200, retry_after: None, body: Bytes::from(body.to_owned()) };
            classify("chat.postMessage", Twice::Seen, Ok(answer), now()).expect_err("a fault")
        };
        assert!(say(r#"{"ok":false,"error":"not_in_channel"}"#).outside.contains("/invite @quarterdeck"));
        let scope = say(r#"{"ok":false,"error":"missing_scope","needed":"groups:read","provided":"chat:write"}"#);
        assert!(scope.outside.contains("`groups:read`"));
        let odd = say(r#"{"ok":false,"error":"<!channel> hello"}"#);
        assert!(!odd.outside.contains('<'), "{odd}");
        let codes: Vec<_> = TABLE.iter().flat_map(|(_, codes, _)| codes.iter()).collect();
        let distinct: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(codes.len(), distinct.len(), "a code stands in one row only");
    }

    #[test]
    fn a_reply_address_answers_in_its_own_way() {
        let via = |status, body: &str| {
            let answer = Answer { status, retry_after: None, body: Bytes::from(body.to_owned()) };
            classify(RESPONSE_URL, Twice::Seen, Ok(answer), now())
        };
        assert_eq!(via(200, "ok"), Ok(Value::Null));
        assert!(via(200, "{\"ok\":true}").is_ok());
        let kind = |status, body: &str| via(status, body).expect_err("a fault").kind;
        assert_eq!(kind(404, "{\"ok\":false,\"error\":\"used_url\"}"), FaultKind::Conflict);
        assert_eq!(kind(404, "expired"), FaultKind::NotFound);
        assert_eq!(kind(500, ""), FaultKind::Unknown);
    }
}
