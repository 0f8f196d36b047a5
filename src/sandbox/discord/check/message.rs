//! Rules for the bodies of messages: new ones, edits, webhook messages and answers to interactions.
//!
//! Follows docs.discord.com/developers/resources/message. The result is a draft that `write` turns into a message.

use serde_json::Value;

use super::{
    super::{
        body::Upload,
        form::{Form, length},
        model::{COMPONENTS_V2, Message},
        refused::Refused,
    },
    components::{self, Frame},
    embeds,
};

/// Most files on a message.
const FILES: usize = 10;

/// Whom a message may notify (docs.discord.com/developers/resources/message#allowed-mentions-object).
#[derive(Clone, Debug)]
pub(crate) struct Allowed {
    pub(crate) users: Only,
    pub(crate) roles: Only,
    pub(crate) everyone: bool,
    pub(crate) replied_user: bool,
}

/// All of a kind, or only these.
#[derive(Clone, Debug)]
pub(crate) enum Only {
    All,
    These(Vec<String>),
}

impl Only {
    /// Whether this one may be notified.
    pub(crate) fn has(&self, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(ids) => ids.iter().any(|one| one == id),
        }
    }
}

/// A file of a message: one that stays, or one that was uploaded.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Kept { id: String, description: Option<String> },
    New { upload: usize, filename: String, description: Option<String> },
}

/// A body that keeps the rules. What was not given is `None`.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) content: Option<String>,
    pub(crate) embeds: Option<Vec<Value>>,
    pub(crate) components: Option<Vec<Value>>,
    pub(crate) parts: Option<Vec<Part>>,
    pub(crate) flags: Option<u64>,
    pub(crate) allowed: Option<Allowed>,
    pub(crate) reference: Option<Reference>,
    pub(crate) nonce: Option<Value>,
    pub(crate) enforce_nonce: bool,
}

/// What a message replies to.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) message: String,
    pub(crate) channel: Option<String>,
    pub(crate) fail: bool,
}

/// Reads a body. `before` is the message that is edited; `under` the key that the body is under, if any.
pub(crate) fn read(
    body: &Value,
    uploads: &[Upload],
    before: Option<&Message>,
    under: Option<&str>,
) -> Result<Draft, Refused> {
    let mut form = Form::default();
    let draft = match under {
        Some(key) => form.within(key, |form| fields(form, body, uploads, before)),
        None => fields(&mut form, body, uploads, before),
    };
    form.done()?;
    Ok(draft)
}

fn fields(form: &mut Form, body: &Value, uploads: &[Upload], before: Option<&Message>) -> Draft {
    let flags = form.integer(body, "flags", (0, i64::MAX), false).and_then(|flags| u64::try_from(flags).ok());
    let was_v2 = before.is_some_and(|before| before.flags & COMPONENTS_V2 != 0);
    let v2 = was_v2 || flags.is_some_and(|flags| flags & COMPONENTS_V2 != 0);
    let given = |key: &str| body.get(key).is_some();
    let content = form.text(body, "content", (0, 2000), false).map(|text| text.trim().to_owned());
    let content = if given("content") { Some(content.unwrap_or_default()) } else { None };
    let list = form.list(body, "embeds", (0, 10), false);
    let list = list.map(|list| form.within("embeds", |form| embeds::check(form, list)));
    let embeds = if given("embeds") { Some(list.unwrap_or_default()) } else { None };
    let parts = files(form, body, uploads, before);
    let names = names(parts.as_deref(), before);
    if v2 {
        legacy(form, content.as_deref(), embeds.as_deref(), before.filter(|_| !was_v2));
    }
    let list = form.list(body, "components", (0, usize::MAX), false);
    let frame = Frame { v2, files: &names };
    let list = list.map(|list| form.within("components", |form| components::check(form, list, frame)));
    let components = if given("components") { Some(list.unwrap_or_default()) } else { None };
    let allowed = form.value(body, "allowed_mentions", false);
    let allowed = allowed.map(|value| form.within("allowed_mentions", |form| mentions(form, value)));
    form.flag(body, "tts");
    let nonce = form.value(body, "nonce", false).cloned();
    if let Some(nonce) = &nonce {
        let long = nonce.as_str().map_or_else(|| nonce.to_string().len(), length);
        if !nonce.is_string() && !nonce.is_i64() && !nonce.is_u64() {
            form.error_at("nonce", "NONCE_TYPE", "Nonce must be a string or an integer.");
        } else if long > 25 {
            form.error_at("nonce", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.");
        }
    }
    let enforce_nonce = form.flag(body, "enforce_nonce").unwrap_or(false);
    let reference = form.value(body, "message_reference", false).and_then(|value| {
        form.within("message_reference", |form| {
            form.object(value).then_some(())?;
            form.choice(value, "type", &[0], false);
            let channel = form.snowflake(value, "channel_id", false);
            let fail = form.flag(value, "fail_if_not_exists").unwrap_or(true);
            form.snowflake(value, "message_id", true).map(|message| Reference { message, channel, fail })
        })
    });
    Draft { content, embeds, components, parts, flags, allowed, reference, nonce, enforce_nonce }
}

/// A message of the second version has neither content nor embeds; one that becomes such must lose them.
fn legacy(form: &mut Form, content: Option<&str>, embeds: Option<&[Value]>, before: Option<&Message>) {
    let content =
        content.map_or_else(|| before.is_some_and(|before| !before.content.is_empty()), |text| !text.is_empty());
    let embeds = embeds.map_or_else(|| before.is_some_and(|before| !before.embeds.is_empty()), |list| !list.is_empty());
    for (key, wrong) in [("content", content), ("embeds", embeds)] {
        if wrong {
            let message = format!("The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2");
            form.error_at(key, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message);
        }
    }
}

fn names(parts: Option<&[Part]>, before: Option<&Message>) -> Vec<String> {
    let old = before.map(|before| before.attachments.as_slice()).unwrap_or_default();
    let Some(parts) = parts else { return old.iter().map(|file| file.filename.clone()).collect() };
    let name = |part: &Part| match part {
        Part::Kept { id, .. } => old.iter().find(|file| file.id == *id).map(|file| file.filename.clone()),
        Part::New { filename, .. } => Some(filename.clone()),
    };
    parts.iter().filter_map(name).collect()
}

/// Brings the `attachments` field and the uploads together (docs.discord.com/developers/reference#uploading-files).
fn files(form: &mut Form, body: &Value, uploads: &[Upload], before: Option<&Message>) -> Option<Vec<Part>> {
    let old = before.map(|before| before.attachments.as_slice()).unwrap_or_default();
    if body.get("attachments").is_none_or(Value::is_null) {
        if uploads.is_empty() {
            return body.get("attachments").map(|_| Vec::new());
        }
        let kept = old.iter().map(|file| Part::Kept { id: file.id.clone(), description: None });
        let new = uploads.iter().enumerate();
        let new = new.map(|(upload, file)| Part::New { upload, filename: file.filename.clone(), description: None });
        let all: Vec<_> = kept.chain(new).collect();
        if all.len() > FILES {
            form.error_at("attachments", "BASE_TYPE_MAX_LENGTH", format!("Must be {FILES} or fewer in length."));
        }
        return Some(all);
    }
    let list = form.list(body, "attachments", (0, FILES), false)?;
    let mut parts = Vec::new();
    form.within("attachments", |form| {
        for (at, entry) in list.iter().enumerate() {
            form.within(at, |form| {
                if !form.object(entry) {
                    return;
                }
                let Some(id) = form.snowflake(entry, "id", true) else { return };
                let description = form.text(entry, "description", (0, 1024), false).map(str::to_owned);
                let filename = form.text(entry, "filename", (1, 1024), false);
                if old.iter().any(|file| file.id == id) {
                    parts.push(Part::Kept { id, description });
                } else if let Some(upload) = uploads.iter().position(|file| file.index.to_string() == id) {
                    let filename = filename.map_or_else(|| uploads[upload].filename.clone(), str::to_owned);
                    parts.push(Part::New { upload, filename, description });
                } else {
                    form.error("ATTACHMENT_NOT_FOUND", format!("Attachment data not found for id {id}"));
                }
            });
        }
    });
    Some(parts)
}

fn mentions(form: &mut Form, value: &Value) -> Allowed {
    let mut allowed = Allowed {
        users: Only::These(Vec::new()),
        roles: Only::These(Vec::new()),
        everyone: false,
        replied_user: false,
    };
    if !form.object(value) {
        return allowed;
    }
    let kinds = form.list(value, "parse", (0, 3), false).unwrap_or_default();
    for (at, kind) in kinds.iter().enumerate() {
        match kind.as_str() {
            Some("users") => allowed.users = Only::All,
            Some("roles") => allowed.roles = Only::All,
            Some("everyone") => allowed.everyone = true,
            _ => form.within("parse", |form| {
                let message = "Value must be one of ('roles', 'users', 'everyone').";
                form.error_at(&at.to_string(), "BASE_TYPE_CHOICES", message);
            }),
        }
    }
    for key in ["users", "roles"] {
        let list = form.list(value, key, (0, 100), false).unwrap_or_default();
        let ids: Vec<_> = list.iter().map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned)).collect();
        if let Some(wrong) = ids.iter().find(|id| id.parse::<u64>().is_err()) {
            form.error_at(key, "NUMBER_TYPE_COERCE", format!("Value \"{wrong}\" is not snowflake."));
        }
        let slot = if key == "users" { &mut allowed.users } else { &mut allowed.roles };
        if ids.is_empty() {
            continue;
        }
        if matches!(slot, Only::All) {
            let message = format!("parse:[\"{key}\"] and {key}: [ids...] are mutually exclusive.");
            form.error("MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message);
        }
        *slot = Only::These(ids);
    }
    allowed.replied_user = form.flag(value, "replied_user").unwrap_or(false);
    allowed
}
