//! What the API refuses with: a status, one of Discord's JSON error codes, and for forms a tree of errors.
//!
//! Codes and texts are those of docs.discord.com/developers/topics/opcodes-and-status-codes#json.

use axum::http::StatusCode;
use serde_json::{Value, json};

/// A refusal.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) code: u64,
    message: String,
    errors: Option<Value>,
}

macro_rules! codes {
    ($($name:ident $status:ident $code:literal $message:literal;)*) => {
        impl Refused {
            $(pub(super) fn $name() -> Self {
                Self::new(StatusCode::$status, $code, $message)
            })*
        }
    };
}

codes! {
    unauthorized UNAUTHORIZED 0 "401: Unauthorized";
    not_found NOT_FOUND 0 "404: Not Found";
    method_not_allowed METHOD_NOT_ALLOWED 0 "405: Method Not Allowed";
    no_agent FORBIDDEN 40333 "internal network error";
    unknown_application NOT_FOUND 10002 "Unknown Application";
    unknown_channel NOT_FOUND 10003 "Unknown Channel";
    unknown_guild NOT_FOUND 10004 "Unknown Guild";
    unknown_member NOT_FOUND 10007 "Unknown Member";
    unknown_message NOT_FOUND 10008 "Unknown Message";
    unknown_user NOT_FOUND 10013 "Unknown User";
    unknown_emoji BAD_REQUEST 10014 "Unknown Emoji";
    unknown_webhook NOT_FOUND 10015 "Unknown Webhook";
    unknown_interaction NOT_FOUND 10062 "Unknown interaction";
    unknown_command NOT_FOUND 10063 "Unknown application command";
    wrong_application FORBIDDEN 20012 "You are not authorized to perform this action on this application";
    too_many_webhooks BAD_REQUEST 30007 "Maximum number of webhooks reached (15)";
    too_many_reactions BAD_REQUEST 30010 "Maximum number of reactions reached (20)";
    too_many_commands BAD_REQUEST 30032 "Maximum number of application commands reached (100).";
    too_many_creates TOO_MANY_REQUESTS 30034
        "Max number of daily application command creates has been reached (200)";
    too_large PAYLOAD_TOO_LARGE 40005 "Request entity too large";
    name_taken BAD_REQUEST 40041 "An application command with that name already exists";
    acknowledged BAD_REQUEST 40060 "Interaction has already been acknowledged.";
    missing_access FORBIDDEN 50001 "Missing Access";
    not_in_direct_messages FORBIDDEN 50003 "Cannot execute action on a DM channel";
    not_the_author FORBIDDEN 50005 "Cannot edit a message authored by another user";
    empty BAD_REQUEST 50006 "Cannot send an empty message";
    closed_to_messages FORBIDDEN 50007 "Cannot send messages to this user";
    not_a_text_channel BAD_REQUEST 50008 "Cannot send messages in a non-text channel";
    missing_permissions FORBIDDEN 50013 "Missing Permissions";
    system_message FORBIDDEN 50021 "Cannot execute action on a system message";
    wrong_channel_type BAD_REQUEST 50024 "Cannot execute action on this channel type";
    invalid_webhook_token UNAUTHORIZED 50027 "Invalid Webhook Token";
    invalid_recipients BAD_REQUEST 50033 "Invalid Recipient(s)";
    invalid_version BAD_REQUEST 50041 "Invalid API version";
    archived BAD_REQUEST 50083 "Thread is archived";
    invalid_json BAD_REQUEST 50109 "The request body contains invalid JSON.";
    no_history FORBIDDEN 160_002 "Cannot reply without permission to read message history";
    thread_exists BAD_REQUEST 160_004 "A thread has already been created for this message";
    thread_locked BAD_REQUEST 160_005 "Thread is locked";
}

impl Refused {
    /// With any status, code and message.
    pub(super) fn new(status: StatusCode, code: u64, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), errors: None }
    }

    /// A body that breaks rules, with the tree of errors.
    pub(super) fn form(errors: Value) -> Self {
        let mut refused = Self::new(StatusCode::BAD_REQUEST, 50035, "Invalid Form Body");
        refused.errors = Some(errors);
        refused
    }

    /// A body that breaks one rule.
    pub(super) fn form_at(key: &str, code: &'static str, message: &str) -> Self {
        Self::form(json!({key: {"_errors": [{"code": code, "message": message}]}}))
    }

    /// The answer's body.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({"message": self.message, "code": self.code});
        if let Some(errors) = &self.errors {
            body["errors"] = errors.clone();
        }
        body
    }
}
