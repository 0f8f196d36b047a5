//! Turns a checked draft into a message: text, files, `attachment://` addresses and who is notified.
//!
//! Used by every route that writes messages; permissions are looked at before.

use serde_json::{Value, json};

use super::{
    Inner,
    body::Upload,
    check::message::{Allowed, Draft, Only, Part},
    form::length,
    model::{Attachment, COMPONENTS_V2, Message, SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS, walk},
    refused::Refused,
    world::World,
};

/// The ids in `<@1>`, `<@!1>` (with `&` empty) or `<@&1>` of a text, each once.
fn named(text: &str, sigil: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let start = format!("<@{sigil}");
    for rest in text.split(&start).skip(1) {
        let Some((id, _)) = rest.split_once('>') else { continue };
        let id = id.strip_prefix('!').unwrap_or(id);
        let good = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        if good && !found.iter().any(|one| one == id) {
            found.push(id.to_owned());
        }
    }
    found
}

/// All text of a message that can name someone: the content, or the texts of its components.
fn speech(message: &Message) -> String {
    if message.flags & COMPONENTS_V2 == 0 {
        return message.content.clone();
    }
    let mut text = String::new();
    walk(&message.components, &mut |component| {
        if let Some(content) = component["content"].as_str() {
            text.push_str(content);
            text.push('\n');
        }
    });
    text
}

/// Sets whom the message notifies.
pub(super) fn notify(world: &World, message: &mut Message, allowed: Option<&Allowed>, may_everyone: bool) {
    let all = Allowed { users: Only::All, roles: Only::All, everyone: true, replied_user: true };
    let allowed = allowed.unwrap_or(&all);
    let text = speech(message);
    let users = named(&text, "").into_iter().filter(|id| world.user(id).is_some());
    message.mentions = users.filter(|id| allowed.users.has(id)).collect();
    let guild = world.channel(&message.channel).and_then(|channel| channel.guild.clone());
    let role = |id: &String| guild.as_deref().and_then(|guild| world.role(guild, id));
    let roles = named(&text, "&").into_iter().filter(|id| allowed.roles.has(id));
    message.mention_roles = roles.filter(|id| role(id).is_some_and(|role| role.mentionable || may_everyone)).collect();
    let everyone = text.contains("@everyone") || text.contains("@here");
    message.mention_everyone = everyone && allowed.everyone && may_everyone;
    if message.kind == 19 && allowed.replied_user {
        let target = message
            .reference
            .as_ref()
            .and_then(|to| world.message(to["channel_id"].as_str()?, to["message_id"].as_str()?));
        if let Some(author) = target.map(|target| target.author.clone())
            && world.user(&author).is_some()
            && !message.mentions.contains(&author)
        {
            message.mentions.push(author);
        }
    }
}

impl Inner {
    /// Brings a draft into a message. Fails when nothing would be left of it.
    pub(super) fn apply(
        &self,
        world: &mut World,
        message: &mut Message,
        draft: &Draft,
        uploads: &[Upload],
        may_everyone: bool,
    ) -> Result<(), Refused> {
        if let Some(flags) = draft.flags {
            let settable = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS;
            message.flags = message.flags & !settable | flags & (settable | COMPONENTS_V2);
        }
        if let Some(content) = &draft.content {
            message.content.clone_from(content);
        }
        if let Some(embeds) = &draft.embeds {
            message.embeds.clone_from(embeds);
        }
        if let Some(components) = &draft.components {
            message.components.clone_from(components);
        }
        if let Some(parts) = &draft.parts {
            self.attach(world, message, parts, uploads);
        }
        let nothing = message.content.is_empty() && message.embeds.is_empty() && message.components.is_empty();
        if nothing && message.attachments.is_empty() {
            return Err(Refused::empty());
        }
        let files = message.attachments.clone();
        for value in message.embeds.iter_mut().chain(&mut message.components) {
            resolve(value, &files);
        }
        if draft.components.is_some() {
            for component in &mut message.components {
                self.unfurl(world, component, &files);
            }
        }
        if draft.content.is_some() || draft.components.is_some() || draft.allowed.is_some() {
            notify(world, message, draft.allowed.as_ref(), may_everyone);
        }
        Ok(())
    }

    /// Fills in what the API shows of pictures and files in components.
    fn unfurl(&self, world: &mut World, value: &mut Value, files: &[Attachment]) {
        if let Value::Array(items) = value {
            return items.iter_mut().for_each(|item| self.unfurl(world, item, files));
        }
        let Some(fields) = value.as_object_mut() else { return };
        let is_file = fields.get("type").is_some_and(|kind| *kind == 13);
        for key in ["media", "file"] {
            let Some(media) = fields.get_mut(key).filter(|media| media["url"].is_string()) else { continue };
            media["id"] = json!(world.snowflake(self.now()));
            media["proxy_url"] = media["url"].clone();
            let file = files.iter().find(|file| media["url"] == file.url);
            if let Some(file) = file.filter(|_| is_file) {
                let (name, size) = (json!(file.filename), json!(file.size));
                fields.insert("name".into(), name);
                fields.insert("size".into(), size);
            }
        }
        for key in ["components", "items", "accessory"] {
            if let Some(inside) = fields.get_mut(key) {
                self.unfurl(world, inside, files);
            }
        }
    }

    fn attach(&self, world: &mut World, message: &mut Message, parts: &[Part], uploads: &[Upload]) {
        let old = std::mem::take(&mut message.attachments);
        for part in parts {
            match part {
                Part::Kept { id, description } => {
                    let Some(mut file) = old.iter().find(|file| file.id == *id).cloned() else { continue };
                    if description.is_some() {
                        file.description.clone_from(description);
                    }
                    message.attachments.push(file);
                }
                Part::New { upload, filename, description } => {
                    let Some(upload) = uploads.get(*upload) else { continue };
                    let id = world.snowflake(self.now());
                    // Discord keeps letters, digits, dots, dashes and underscores of a name.
                    let keep = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
                    let filename: String = filename.chars().map(|c| if keep(c) { c } else { '_' }).collect();
                    let url = format!("{}/attachments/{}/{id}/{filename}", self.base(), message.channel);
                    message.attachments.push(Attachment {
                        id: id.clone(),
                        filename,
                        description: description.clone(),
                        content_type: upload.content_type.clone(),
                        size: upload.content.len(),
                        url,
                        ephemeral: message.is_ephemeral(),
                    });
                    world.files.insert(id, upload.content.clone());
                }
            }
        }
    }

    /// Fails when a channel does not take what is in the message.
    pub(super) fn need_rights(draft: &Draft, bits: u64) -> Result<(), Refused> {
        let files = draft.parts.as_ref().is_some_and(|parts| !parts.is_empty());
        let embeds = draft.embeds.as_ref().is_some_and(|embeds| !embeds.is_empty());
        let lacks = |bit: u64| bits & bit == 0;
        if files && lacks(super::perm::ATTACH_FILES) || embeds && lacks(super::perm::EMBED_LINKS) {
            return Err(Refused::missing_permissions());
        }
        Ok(())
    }
}

/// Puts real addresses where `attachment://name` stands.
fn resolve(value: &mut Value, files: &[Attachment]) {
    match value {
        Value::Object(fields) => {
            let own = fields.get("url").and_then(Value::as_str).and_then(|url| url.strip_prefix("attachment://"));
            let file = own.and_then(|name| files.iter().find(|file| file.filename == name));
            if let Some(file) = file {
                fields.insert("url".into(), json!(file.url));
                fields.insert("proxy_url".into(), json!(file.url));
                fields.insert("attachment_id".into(), json!(file.id));
                if let Some(kind) = &file.content_type {
                    fields.insert("content_type".into(), json!(kind));
                }
            }
            fields.values_mut().for_each(|value| resolve(value, files));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| resolve(value, files)),
        _ => {}
    }
}

/// Whether a person could have typed this text.
pub(super) fn fits(text: &str) -> bool {
    !text.trim().is_empty() && length(text) <= 2000
}
