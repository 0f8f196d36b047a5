//! What people write: texts, files, edits, answers to prompts, and the keys of reply keyboards.
//!
//! Entities are those that a client finds while typing. See `person` for everything else that people do.

use super::{
    Impossible, Inner, Prompt, Said, TelegramFake,
    api::{LARGEST_UPLOAD, entities, store},
    args::Upload,
    lock,
    model::{Attachment, Chat, ChatKind, FileKind, Message, Status, World},
    person::inside,
    shapes,
    text::{self, Formatted, utf16},
};

/// Characters after which a client begins a second message.
const LONGEST_TEXT: usize = 4096;
/// Characters of a caption.
const LONGEST_CAPTION: usize = 1024;

/// The chat, if the person may write there now, and the topic it goes to.
fn writable(
    world: &World,
    user: i64,
    chat: i64,
    topic: Option<i64>,
    reply_to: Option<i64>,
) -> Result<(&Chat, Option<i64>), Impossible> {
    let found = inside(world, user, chat)?;
    let person = world.user(user).ok_or_else(|| Impossible::new("no such person"))?;
    let status = found.status(user);
    match found.kind {
        ChatKind::Private if !person.started => return Err(Impossible::new("the client shows START instead")),
        ChatKind::Private if person.blocked => return Err(Impossible::new("the client shows UNBLOCK instead")),
        ChatKind::Channel if !status.is_admin() => return Err(Impossible::new("only administrators post here")),
        _ if !status.is_admin() && (status == Status::Restricted || !found.can_send) => {
            return Err(Impossible::new("sending messages is not allowed in this group"));
        }
        _ => {}
    }
    let mut topic = topic;
    if let Some(answered) = reply_to {
        let answered = world.message(chat, answered).ok_or_else(|| Impossible::new("no such message to answer"))?;
        if topic.is_some() && topic != answered.topic {
            return Err(Impossible::new("the answered message is in another topic"));
        }
        topic = answered.topic;
    }
    let closed = match topic {
        None => found.is_forum && found.general_closed,
        Some(id) => found.topic(id).ok_or_else(|| Impossible::new("no such topic"))?.closed,
    };
    if closed && !status.is_admin() {
        return Err(Impossible::new("this topic is closed"));
    }
    Ok((found, topic))
}

/// Where and as an answer to what something is written.
#[derive(Clone, Copy)]
struct Spot {
    user: i64,
    chat: i64,
    topic: Option<i64>,
    reply_to: Option<i64>,
    /// Whether it is said in the group's name.
    anonymous: bool,
}

impl Inner {
    fn write(
        &self,
        world: &mut World,
        spot: Spot,
        formatted: Formatted,
        file: Option<Attachment>,
    ) -> Result<Said, Impossible> {
        let Spot { user, chat, topic, reply_to, anonymous } = spot;
        let (found, topic) = writable(world, user, chat, topic, reply_to)?;
        let channel = found.kind == ChatKind::Channel;
        let message = Message {
            chat,
            id: world.next_message(chat),
            date: self.now().as_second(),
            from: (!channel).then_some(if anonymous { shapes::ANONYMOUS } else { user }),
            author: user,
            sender_chat: (channel || anonymous).then_some(chat),
            entities: entities(world, &formatted),
            text: formatted.text,
            topic,
            reply_to,
            file,
            ..Message::default()
        };
        world.put(message.clone());
        let update = self.tell_message(world, &message);
        self.changed();
        Ok(Said { chat, message: message.id, update })
    }
}

impl TelegramFake {
    /// Writes a message: `topic` is a thread id of a forum (`None` is General), `reply_to` the message answered.
    ///
    /// # Errors
    /// When the person may not write there, or the text is empty or too long for one message.
    pub fn say(
        &self,
        user: i64,
        chat: i64,
        topic: Option<i64>,
        text: &str,
        reply_to: Option<i64>,
    ) -> Result<Said, Impossible> {
        self.typed(Spot { user, chat, topic, reply_to, anonymous: false }, text)
    }

    /// Writes a message in the name of a group, as an administrator of it who remains anonymous.
    ///
    /// # Errors
    /// As [`Self::say`], and for who is no administrator of a supergroup.
    pub fn say_anonymously(&self, user: i64, chat: i64, text: &str) -> Result<Said, Impossible> {
        let may = lock(&self.inner.world)
            .chat(chat)
            .is_some_and(|chat| chat.kind == ChatKind::Supergroup && chat.status(user).is_admin());
        if !may {
            return Err(Impossible::new("only administrators of a supergroup can remain anonymous"));
        }
        self.typed(Spot { user, chat, topic: None, reply_to: None, anonymous: true }, text)
    }

    fn typed(&self, spot: Spot, text: &str) -> Result<Said, Impossible> {
        let formatted = text::typed(text);
        if formatted.text.is_empty() {
            return Err(Impossible::new("there is nothing to send"));
        }
        if formatted.text.chars().count() > LONGEST_TEXT {
            return Err(Impossible::new("this is too long for one message"));
        }
        let said = {
            let mut world = lock(&self.inner.world);
            self.inner.write(&mut world, spot, formatted, None)?
        };
        self.inner.bring();
        Ok(said)
    }

    /// Writes a message that names someone by a link instead of a username, as clients do for those who have none.
    ///
    /// # Errors
    /// As [`Self::say`], or when there is no such person to name.
    pub fn mention_by_name(
        &self,
        user: i64,
        chat: i64,
        topic: Option<i64>,
        mentioned: i64,
        before: &str,
        after: &str,
    ) -> Result<Said, Impossible> {
        let said = {
            let mut world = lock(&self.inner.world);
            let name = world.user(mentioned).ok_or_else(|| Impossible::new("nobody to name"))?.first_name.clone();
            let mut formatted = text::typed(&format!("{before}{name}{after}"));
            formatted.mention(mentioned, utf16(before), utf16(&name));
            self.inner.write(
                &mut world,
                Spot { user, chat, topic, reply_to: None, anonymous: false },
                formatted,
                None,
            )?
        };
        self.inner.bring();
        Ok(said)
    }

    /// Sends a document with a caption, which may be empty.
    ///
    /// # Errors
    /// As [`Self::say`], or when the file is empty or too large for the fake.
    pub fn send_file(
        &self,
        user: i64,
        chat: i64,
        topic: Option<i64>,
        name: &str,
        content: &[u8],
        caption: &str,
    ) -> Result<Said, Impossible> {
        let formatted = text::typed(caption);
        if formatted.text.chars().count() > LONGEST_CAPTION || content.len() > LARGEST_UPLOAD {
            return Err(Impossible::new("this is too large"));
        }
        let said = {
            let mut world = lock(&self.inner.world);
            writable(&world, user, chat, topic, None)?;
            let upload = Upload { name: name.to_owned(), mime: None, content: content.to_vec() };
            let file = store(&mut world, &upload, FileKind::Document);
            let file = file.map_err(|refused| Impossible::new(refused.description))?;
            self.inner.write(
                &mut world,
                Spot { user, chat, topic, reply_to: None, anonymous: false },
                formatted,
                Some(file),
            )?
        };
        self.inner.bring();
        Ok(said)
    }

    /// Answers the question that the bot has put to this person in this chat.
    ///
    /// # Errors
    /// When there is none, and as [`Self::say`].
    pub fn answer_prompt(&self, user: i64, chat: i64, text: &str) -> Result<Said, Impossible> {
        let prompt = self.prompt(user, chat).ok_or_else(|| Impossible::new("the bot asked nothing"))?;
        self.say(user, chat, None, text, Some(prompt.message))
    }

    /// Presses a key of the reply keyboard that the person sees in this chat.
    ///
    /// # Errors
    /// When there is no such key, and as [`Self::say`].
    pub fn press_key(&self, user: i64, chat: i64, label: &str) -> Result<Said, Impossible> {
        let (message, grouped) = {
            let world = lock(&self.inner.world);
            let found = inside(&world, user, chat)?;
            let shown = newest(&world, user, chat, |markup| {
                markup.get("keyboard").is_some() || markup.get("remove_keyboard").is_some()
            });
            let shown = shown.ok_or_else(|| Impossible::new("there is no keyboard"))?;
            let rows = shown.reply_markup.as_ref().and_then(|markup| markup["keyboard"].as_array());
            let mut keys = rows.into_iter().flatten().filter_map(|row| row.as_array()).flatten();
            if !keys.any(|key| key["text"] == label) {
                return Err(Impossible::new("no such key"));
            }
            (shown.id, found.is_group())
        };
        // In groups a key answers the message that brought the keyboard, so that the bot sees it.
        self.say(user, chat, None, label, grouped.then_some(message))
    }

    /// Changes the text of an own message, or the caption of an own file.
    ///
    /// # Errors
    /// When it is not the person's own or not to be changed any more.
    pub fn edit(&self, user: i64, chat: i64, message: i64, text: &str) -> Result<Said, Impossible> {
        let inner = &self.inner;
        let said = {
            let mut world = lock(&inner.world);
            inside(&world, user, chat)?;
            let found = world.message(chat, message).ok_or_else(|| Impossible::new("no such message"))?;
            let now = inner.now().as_second();
            if found.author != user || found.service || now - found.date >= 48 * 3600 {
                return Err(Impossible::new("this message can't be edited"));
            }
            let formatted = text::typed(text);
            let longest = if found.file.is_some() { LONGEST_CAPTION } else { LONGEST_TEXT };
            let empty = formatted.text.is_empty() && found.file.is_none();
            if empty || formatted.text.chars().count() > longest {
                return Err(Impossible::new("the new text is empty or too long"));
            }
            let mut edited = found.clone();
            edited.entities = entities(&world, &formatted);
            edited.text = formatted.text;
            edited.edit_date = Some(now);
            world.put(edited.clone());
            Said { chat, message, update: inner.tell_message(&world, &edited) }
        };
        inner.changed();
        inner.bring();
        Ok(said)
    }

    /// The question to which the client has opened an answer for this person, from the bot's `force_reply`.
    pub fn prompt(&self, user: i64, chat: i64) -> Option<Prompt> {
        let world = lock(&self.inner.world);
        prompt(&world, user, chat)
    }
}

/// The newest message of a chat whose keyboard is of this sort and meant for this person.
fn newest(world: &World, user: i64, chat: i64, sort: impl Fn(&serde_json::Value) -> bool) -> Option<&Message> {
    let mut all = world.messages.get(&chat)?.values().rev().filter(|message| !message.deleted);
    all.find(|message| message.reply_markup.as_ref().is_some_and(&sort) && meant_for(world, user, message))
}

/// Whether a message's keyboard is for this person. A selective one is for those who are named or answered.
fn meant_for(world: &World, user: i64, message: &Message) -> bool {
    let selective = message.reply_markup.as_ref().is_some_and(|markup| markup["selective"] == true);
    if !selective || message.chat > 0 {
        return true;
    }
    let answered = message.reply_to.and_then(|id| world.message(message.chat, id)).map(|message| message.author);
    let username = world.user(user).and_then(|person| person.username.as_ref()).map(|name| format!("@{name}"));
    let named = message.entities.iter().any(|entity| {
        entity["user"]["id"] == user
            || username
                .as_ref()
                .is_some_and(|name| super::updates::part(&message.text, entity).eq_ignore_ascii_case(name))
    });
    answered == Some(user) || named
}

pub(super) fn prompt(world: &World, user: i64, chat: i64) -> Option<Prompt> {
    if !world.chat(chat)?.has(user) {
        return None;
    }
    let asked = newest(world, user, chat, |markup| markup.get("force_reply").is_some())?;
    let mut later = world.messages.get(&chat)?.range(asked.id + 1..).map(|(_, message)| message);
    if later.any(|message| message.author == user && message.reply_to == Some(asked.id)) {
        return None;
    }
    let placeholder = asked.reply_markup.as_ref().and_then(|markup| markup["input_field_placeholder"].as_str());
    Some(Prompt { user, chat, message: asked.id, placeholder: placeholder.map(str::to_owned) })
}
