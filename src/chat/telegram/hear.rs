//! Telegram's updates as requests. Pure: vendor JSON ends here. Both ways in, polling and webhook, come through here.
//! <https://core.telegram.org/bots/api#update>
//!
//! Updates are read by hand and not into teloxide's types: the Bot API grows several times a year, and a message with
//! something new in it must not become unreadable.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::escape::JOINER;
use super::listen::Aside;
use super::quote::quote;
use super::tables::{Acquaintance, Question};
use super::wire::{Data, Handle, Key, Trigger};
use super::words::{Words, read};
use super::{Identity, platform};
use crate::delivery::{Arrival, Incoming};
use crate::model::{
    Actor, Ask, Choice, Clock, MessageRef, Place, PlaceNews, ReplyHandle, Request, Timestamp, Token, shortened,
};
use crate::operations::FieldKind;

/// How long a press can be answered at its message: ours to choose, for the message can be edited as long as it is there.
const REPLY: SignedDuration = SignedDuration::from_mins(15);
/// How long an answer to a line replies to the message that said it.
const REPLY_TO_LINE: SignedDuration = SignedDuration::from_hours(1);

/// What is needed to understand an update.
#[derive(Debug, Clone)]
pub(super) struct Ears {
    /// Our own id.
    pub bot: i64,
    /// The root command's name, without its slash.
    pub root: String,
    /// The services, each of which has a command of its own.
    pub services: BTreeSet<String>,
    /// The short names of what is used on messages, each of which is a command of its own.
    pub shorts: BTreeSet<String>,
    /// The words that a line may begin with.
    pub openings: BTreeSet<String>,
    /// As whom we are signed in.
    pub identity: Arc<OnceLock<Identity>>,
    /// The time.
    pub clock: Clock,
}

/// What was said before and matters for what is said now.
pub(super) trait Memory {
    /// The question that this message asks, if it is open.
    fn question(&self, chat: &str, message: i64) -> Option<Question>;
    /// The question that is put to this person in this place, if one is open; and the message that asks, or, where that is
    /// not known yet, the person's id as a negative number.
    fn question_to(&self, place: &Place, user: i64) -> Option<(i64, Question)>;
    /// What a menu offers, if it is one still.
    fn choices(&self, menu: &Token) -> Option<Vec<Choice>>;
    /// The id of the person with this user name.
    fn person(&self, username: &str) -> Option<String>;
}

/// An update, understood.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    /// What is to be done with it.
    pub what: What,
    /// The callback query that has to be answered.
    pub query: Option<String>,
    /// A word for who pressed.
    pub word: Option<&'static str>,
    /// Who pressed *Start*.
    pub started: Option<i64>,
    /// The chats and people that it tells of.
    pub met: Vec<(String, Acquaintance)>,
}

/// What is to be done with an update.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// For the inbox.
    Take(Box<Arrival>),
    /// For the inbox: the answer to a question, which is closed by it.
    Answer {
        /// What goes into the inbox.
        arrival: Box<Arrival>,
        /// The question.
        question: Box<Question>,
        /// The message that asks.
        message: i64,
        /// The answer, as a person reads it.
        answer: String,
    },
    /// For the outward half, at once.
    Aside(Aside),
    /// Nothing for us.
    Ignore(&'static str),
}

/// Who says something, and where.
struct Scene<'a> {
    key: String,
    message: &'a Value,
    id: i64,
    place: Place,
    private: bool,
    user: i64,
    name: String,
}

pub(super) fn number(value: &Value, pointer: &str) -> Option<i64> {
    value.pointer(pointer).and_then(Value::as_i64)
}

pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn flag(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool) == Some(true)
}

fn need(value: &Value, pointer: &str) -> Result<i64, String> {
    number(value, pointer).ok_or_else(|| format!("there is no number at `{pointer}`"))
}

impl Ears {
    /// Understands an update.
    ///
    /// # Errors
    /// Why it cannot be read; it is kept.
    pub(super) fn update(&self, update: &Value, memory: &dyn Memory) -> Result<Heard, String> {
        let id = need(update, "/update_id")?;
        let key = self.key(id);
        let mut heard = Heard { what: What::Ignore(""), query: None, word: None, started: None, met: Vec::new() };
        if let Some(query) = update.get("callback_query") {
            heard.query = text(query, "/id").map(str::to_owned);
            heard.met = met(&query["from"], &query["message"]["chat"]);
            heard.what = self.press(key, query, memory, &mut heard.word)?;
        } else if let Some(message) = update.get("message") {
            heard.met = met(&message["from"], &message["chat"]);
            heard.what = self.message(key, message, memory, &mut heard.started)?;
        } else if let Some(member) = update.get("my_chat_member") {
            heard.met = met(&member["from"], &member["chat"]);
            heard.what = member_of(key, member)?;
        } else if ["edited_message", "channel_post", "edited_channel_post"]
            .iter()
            .any(|kind| update.get(*kind).is_some())
        {
            heard.what = What::Ignore("an edit, or a post in a channel");
        } else {
            let kinds: Vec<&str> = update.as_object().into_iter().flatten().map(|(kind, _)| kind.as_str()).collect();
            return Err(format!("an update of an unknown kind: {}", cut(&kinds.join(", "), 200)));
        }
        Ok(heard)
    }

    /// What could not be read, for the inbox.
    pub(super) fn unread(&self, update: &Value, reason: String) -> Arrival {
        let body = update.to_string();
        let key =
            number(update, "/update_id").map_or_else(|| format!("unread/{}", shortened(&body, 100)), |id| self.key(id));
        let what = Incoming::Unread { body: Bytes::from(body), reason };
        Arrival { door: platform().as_str().to_owned(), dedupe: Some(key), what }
    }

    fn key(&self, update: i64) -> String {
        format!("{}/{update}", self.bot)
    }

    fn message(
        &self,
        key: String,
        message: &Value,
        memory: &dyn Memory,
        started: &mut Option<i64>,
    ) -> Result<What, String> {
        let chat = need(message, "/chat/id")?;
        if let Some(moved) = moved(chat, message) {
            return Ok(moved);
        }
        // Who writes in the name of a chat cannot be told from others there. Where it is the group's own name, it is an
        // administrator, who can do something about it.
        let nameless = number(message, "/sender_chat/id") == Some(chat) && !flag(message, "/is_automatic_forward");
        let spoken = message.get("sender_chat").is_none() && message.get("from").is_some();
        if !nameless && (!spoken || flag(message, "/from/is_bot")) {
            return Ok(What::Ignore("a message of a bot, or in the name of a chat"));
        }
        if message.get("forward_origin").is_some() || message.get("forward_date").is_some() {
            return Ok(What::Ignore("somebody else's words"));
        }
        let said = text(message, "/text").map(|text| (text, "/entities"));
        let Some((said, beside)) = said.or_else(|| text(message, "/caption").map(|text| (text, "/caption_entities")))
        else {
            return Ok(What::Ignore("a message without text"));
        };
        let entities = message.pointer(beside).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        // What was copied from a card of ours: there a sign that nobody sees keeps a command from being a link.
        let (copied, command);
        let (said, entities) = if said.starts_with(&format!("/{JOINER}")) {
            copied = said.replace(JOINER, "");
            let length = copied.split_whitespace().next().unwrap_or_default().encode_utf16().count();
            command = [json!({ "type": "bot_command", "offset": 0, "length": length })];
            (copied.as_str(), &command[..])
        } else {
            (said, entities)
        };
        let own = self.identity.get().map(|identity| identity.username.as_str());
        let words = read(said, entities, own, &|name| memory.person(name));
        let private = text(message, "/chat/type") == Some("private");
        let id = need(message, "/message_id")?;
        let place = place_of(chat, message);
        if nameless {
            let aside = || What::Aside(Aside::Nameless { place, message: id });
            return Ok(if self.calls_us(&words) { aside() } else { What::Ignore("a group's own words") });
        }
        let user = need(message, "/from/id")?;
        let scene = Scene { key, message, id, place, private, user, name: name_of(&message["from"]) };
        if private && words.command.as_ref().is_some_and(|command| command.name == "start") {
            *started = Some(user);
        }
        Ok(self.said(&scene, said, words, memory))
    }

    /// What a text of a person comes to.
    fn said(&self, scene: &Scene<'_>, raw: &str, words: Words, memory: &dyn Memory) -> What {
        let replied = replied(scene.message, self.bot);
        let own = self.identity.get().map(|identity| identity.username.as_str());
        let mut addressed = scene.private || words.to_us;
        if let Some(command) = &words.command {
            if let Some(target) = &command.target {
                if own.is_some_and(|own| !own.eq_ignore_ascii_case(target)) {
                    return What::Ignore("another bot's command");
                }
                addressed = true;
            }
            let service = self.service(&command.name);
            let line = match (command.name.as_str(), service) {
                ("cancel", _) => {
                    let question = replied.map(|(id, _)| id);
                    let (place, user, message) = (scene.place.clone(), scene.user, scene.id);
                    return What::Aside(Aside::Cancel { place, user, message, question });
                }
                (name, _) if name == self.root => Some(words.line.clone()),
                ("start", _) if addressed => Some(String::new()),
                ("help", _) => Some(format!("help {}", words.line).trim_end().to_owned()),
                (_, Some(service)) => Some(format!("{service} {}", words.line).trim_end().to_owned()),
                (name, None) => self.short(name).map(|short| format!("{short} {}", words.line).trim_end().to_owned()),
            };
            if let Some(line) = line {
                return self.line(scene, line, replied);
            }
        }
        if let Some(answer) = self.answered(scene, raw, replied, memory) {
            return answer;
        }
        let line = match &words.command {
            // The grammar says what may have been meant.
            Some(command) => format!("{} {}", command.name, words.line).trim_end().to_owned(),
            None => words.line,
        };
        // A reply to a card may be about it among people; it is for us where it begins like a line.
        let first = line.split([' ', '\n', '.']).next().unwrap_or_default().to_lowercase();
        let meant = replied.is_some_and(|(_, ours)| ours) && self.openings.contains(&first);
        if addressed || meant { self.line(scene, line, replied) } else { What::Ignore("people among themselves") }
    }

    /// Whether it is said to us: by one of our commands, or by our name.
    fn calls_us(&self, words: &Words) -> bool {
        let own = self.identity.get().map(|identity| identity.username.as_str());
        let Some(command) = &words.command else { return words.to_us };
        let name = command.name.as_str();
        let ours = || self.service(name).is_some() || self.short(name).is_some();
        let known = name == self.root || matches!(name, "help" | "cancel") || ours();
        command.target.as_ref().map_or(known, |target| own.is_some_and(|own| own.eq_ignore_ascii_case(target)))
    }

    /// The short name of what is used on messages; Telegram's names bear no `-`.
    fn short(&self, name: &str) -> Option<&str> {
        self.shorts.iter().find(|short| short.replace('-', "_") == name).map(String::as_str)
    }

    /// The service of a command; Telegram's names bear no `-`.
    fn service(&self, name: &str) -> Option<&str> {
        self.services.iter().find(|service| service.replace('-', "_") == name).map(String::as_str)
    }

    /// An answer to an open question: a reply to it, or in a private chat whatever that person says.
    fn answered(
        &self,
        scene: &Scene<'_>,
        said: &str,
        replied: Option<(i64, bool)>,
        memory: &dyn Memory,
    ) -> Option<What> {
        let chat = scene.place.channel.as_str();
        let to = replied.filter(|(_, ours)| *ours).and_then(|(id, _)| Some((id, memory.question(chat, id)?)));
        // A question that was put twice (the first was on its way when we stopped) is one: who replies to either means it.
        let twin = |question: &Question| {
            let asked = replied
                .is_some_and(|(_, ours)| ours)
                .then(|| text(scene.message, "/reply_to_message/text").unwrap_or_default());
            asked.is_some_and(|asked| asked.contains(&question.title) && asked.contains(&question.label))
        };
        let open =
            || memory.question_to(&scene.place, scene.user).filter(|(_, question)| scene.private || twin(question));
        // Whose time is over is about to be told so.
        let (message, question) = to.or_else(open).filter(|(_, question)| question.until > self.clock.now())?;
        if question.user != scene.user.to_string() {
            return Some(What::Ignore("an answer to somebody else's question"));
        }
        let value = value_of(&question, said);
        Some(scene.submit(question, message, Some((value, said.to_owned())), false, None))
    }

    /// A button was pressed. <https://core.telegram.org/bots/api#callbackquery>
    fn press(
        &self,
        key: String,
        query: &Value,
        memory: &dyn Memory,
        word: &mut Option<&'static str>,
    ) -> Result<What, String> {
        let user = need(query, "/from/id")?;
        let id = text(query, "/id").ok_or("there is no text at `/id`")?;
        let Some(message) = query.get("message") else {
            return Ok(What::Ignore("a button outside of chats"));
        };
        let Some(data) = text(query, "/data").and_then(Data::read) else {
            return Ok(What::Ignore("a button that is none of ours"));
        };
        let (chat, at) = (need(message, "/chat/id")?, need(message, "/message_id")?);
        let private = text(message, "/chat/type") == Some("private");
        let (place, name) = (place_of(chat, message), name_of(&query["from"]));
        let scene = Scene { key, message, id: at, place, private, user, name };
        let handle = Handle { query: id.to_owned(), place: scene.place.clone(), message: at, user };
        let reply = self.reply(&handle, REPLY);
        match data {
            Data::Press { token, choice } => {
                let choice = match &choice {
                    None => None,
                    Some(pick) => {
                        let Some(choices) = memory.choices(&token) else {
                            *word = Some("This menu has expired. Ask again, or use the newest card.");
                            return Ok(What::Ignore("a choice of a menu that is no more"));
                        };
                        let Some(choice) = pick.of(&choices) else {
                            *word = Some("This menu has changed; look again.");
                            return Ok(What::Ignore("a choice that its menu does not offer any more"));
                        };
                        Some(choice.value.clone())
                    }
                };
                let message = Some(MessageRef { place: scene.place.clone(), id: at.to_string() });
                let request = Request {
                    ask: Ask::Press { token, choice },
                    reply: Some(reply),
                    message,
                    ..scene.request(Ask::Line { text: String::new() }, None)
                };
                Ok(What::Take(Box::new(take(scene.key, request))))
            }
            Data::Menu { token, turn } => Ok(What::Aside(Aside::Menu { at: handle, token, turn })),
            Data::Form { token, key } => {
                let find = |at: i64| {
                    let question = memory.question(&scene.place.channel, at)?;
                    (question.token == token).then_some((at, question))
                };
                // It may not be noted yet which message asks.
                let Some((at, question)) = find(at).or_else(|| find(-user)) else {
                    *word = Some("This question is no longer open.");
                    return Ok(What::Ignore("a button of a question that is closed"));
                };
                if question.until <= self.clock.now() {
                    *word = Some("The time for this question is over; send the command again.");
                    return Ok(What::Ignore("a button of a question whose time is over"));
                }
                if question.user != user.to_string() {
                    *word = Some("This question is for the person who asked for it.");
                    return Ok(What::Ignore("a button of somebody else's question"));
                }
                let chosen = |numbers: &[usize]| {
                    let of = |number: &usize| question.offered.get(*number);
                    let values: Vec<&str> = numbers.iter().filter_map(of).map(|choice| choice.value.as_str()).collect();
                    let labels: Vec<&str> = numbers.iter().filter_map(of).map(|choice| choice.label.as_str()).collect();
                    (!values.is_empty()).then(|| (values.join(","), labels.join(", ")))
                };
                let (answer, last) = match key {
                    Key::Tick(_) | Key::Cancel => return Ok(What::Aside(Aside::Form { at: handle, token, key })),
                    Key::Choice(number) => (chosen(&[number]), false),
                    Key::Done => (chosen(&question.ticked), false),
                    Key::Skip => (None, false),
                    Key::Run => (None, true),
                };
                Ok(scene.submit(question, at, answer, last, Some(reply)))
            }
        }
    }

    /// A line of the grammar. In a group its answer replies to the message; there is no press to be answered.
    fn line(&self, scene: &Scene<'_>, text: String, replied: Option<(i64, bool)>) -> What {
        let handle = Handle { query: String::new(), place: scene.place.clone(), message: scene.id, user: scene.user };
        let request = Request {
            message: replied.map(|(id, _)| MessageRef { place: scene.place.clone(), id: id.to_string() }),
            reply: (!scene.private).then(|| self.reply(&handle, REPLY_TO_LINE)),
            quote: quote(&scene.place, scene.message).map(Box::new),
            ..scene.request(Ask::Line { text }, None)
        };
        What::Take(Box::new(take(scene.key.clone(), request)))
    }

    fn reply(&self, handle: &Handle, works: SignedDuration) -> ReplyHandle {
        let expires = self.clock.now().checked_add(works).unwrap_or(Timestamp::MAX);
        ReplyHandle { platform: platform(), value: handle.write(), expires }
    }
}

impl Scene<'_> {
    /// A request of this person in this place.
    fn request(&self, ask: Ask, question: Option<i64>) -> Request {
        let trigger = Trigger {
            place: self.place.clone(),
            user: self.user,
            name: self.name.clone(),
            // A press is no message of the person's that a question could reply to.
            message: number(self.message, "/from/id").filter(|from| *from == self.user).map(|_| self.id),
            question,
        };
        Request {
            ask,
            actor: person(self.user, &self.name),
            place: self.place.clone(),
            reply: None,
            trigger: Some(trigger.write()),
            message: None,
            quote: None,
        }
    }

    /// The answer to a question: its value and how a person reads it.
    fn submit(
        &self,
        question: Question,
        message: i64,
        answer: Option<(String, String)>,
        last: bool,
        reply: Option<ReplyHandle>,
    ) -> What {
        let (value, answer) = answer.map_or((None, String::new()), |(value, answer)| (Some(value), answer));
        let values: BTreeMap<String, String> = value.map(|value| (question.field.clone(), value)).into_iter().collect();
        let ask = Ask::Submit { token: question.token.clone(), values, last };
        let request = Request { reply, ..self.request(ask, Some(message)) };
        let arrival = Box::new(take(self.key.clone(), request));
        What::Answer { arrival, question: Box::new(question), message, answer }
    }
}

/// Something became of us in a chat. <https://core.telegram.org/bots/api#chatmemberupdated>
fn member_of(key: String, update: &Value) -> Result<What, String> {
    let chat = need(update, "/chat/id")?;
    let who = name_of(&update["from"]);
    let title = cut(text(update, "/chat/title").unwrap_or("the chat"), 128);
    let status = text(update, "/new_chat_member/status").ok_or("there is no text at `/new_chat_member/status`")?;
    let can = |right: &str| update.pointer("/new_chat_member").and_then(|member| member.get(right)?.as_bool());
    let kind = text(update, "/chat/type").unwrap_or_default();
    let lost = |why: String| PlaceNews::Lost(why);
    let news = match (status, kind) {
        ("kicked", "private") => lost(format!("{who} has blocked the bot. They can unblock it in their chat with it.")),
        ("left" | "kicked", _) => lost(format!("{who} removed the bot from {title}. Add it there again.")),
        ("restricted", _) if can("is_member") == Some(false) => {
            lost(format!("The bot is no longer in {title}. Add it there again."))
        }
        ("restricted", _) if can("can_send_messages") == Some(false) => lost(format!(
            "{who} took away the bot's right to write in {title}. An administrator there can give it back."
        )),
        ("member", "channel") => lost(format!("The bot is no administrator of {title}, and may not post there.")),
        ("administrator", "channel") if can("can_post_messages") != Some(true) => {
            lost(format!("The bot may not post in {title}. An administrator there can allow it."))
        }
        ("member" | "administrator" | "creator" | "restricted", _) => PlaceNews::Found,
        _ => return Err(format!("a status that is not known: {}", cut(status, 40))),
    };
    let user = need(update, "/from/id")?;
    let request = Request {
        ask: Ask::News(news),
        actor: person(user, &who),
        place: place_of(chat, &Value::Null),
        reply: None,
        trigger: None,
        message: None,
        quote: None,
    };
    Ok(What::Take(Box::new(take(key, request))))
}

/// What a text means as an answer: who types what stands on a button means the button.
fn value_of(question: &Question, said: &str) -> String {
    let one = |text: &str| {
        let text = text.trim();
        let choices = match &question.kind {
            FieldKind::Choice(choices) | FieldKind::Choices(choices) => choices.as_slice(),
            _ => &[],
        };
        let mut offered = question.offered.iter().chain(choices);
        let choice = offered.find(|choice| choice.label.trim().to_lowercase() == text.to_lowercase());
        choice.map_or_else(|| text.to_owned(), |choice| choice.value.clone())
    };
    match &question.kind {
        FieldKind::Long => said.to_owned(),
        FieldKind::Choices(_) => said.split(',').map(one).collect::<Vec<_>>().join(","),
        _ => one(said),
    }
}

/// A group that became a supergroup: told of in both, and heard of once.
/// <https://core.telegram.org/bots/api#message>, `migrate_to_chat_id`
fn moved(chat: i64, message: &Value) -> Option<What> {
    let to = number(message, "/migrate_to_chat_id").map(|to| (chat, to));
    let (from, to) = to.or_else(|| number(message, "/migrate_from_chat_id").map(|from| (from, chat)))?;
    let request = Request {
        ask: Ask::News(PlaceNews::Moved(place_of(to, &Value::Null))),
        actor: person(number(message, "/from/id").unwrap_or_default(), &name_of(&message["from"])),
        place: place_of(from, &Value::Null),
        reply: None,
        trigger: None,
        message: None,
        quote: None,
    };
    Some(What::Take(Box::new(take(format!("moved/{from}"), request))))
}

/// The message that this one replies to, and whether it is ours.
fn replied(message: &Value, bot: i64) -> Option<(i64, bool)> {
    let to = message.get("reply_to_message")?;
    let id = number(to, "/message_id")?;
    // In a topic, what replies to nothing replies to the notice that the topic was opened.
    if to.get("forum_topic_created").is_some() {
        return None;
    }
    Some((id, number(to, "/from/id") == Some(bot)))
}

/// The chat, and the topic of a forum where it is one; the general topic is the chat itself.
fn place_of(chat: i64, message: &Value) -> Place {
    let topic = number(message, "/message_thread_id").filter(|_| flag(message, "/is_topic_message"));
    Place { thread: topic.map(|topic| topic.to_string()), ..Place::channel(&platform(), &chat.to_string()) }
}

fn take(key: String, request: Request) -> Arrival {
    let what = Incoming::Request(Box::new(request));
    Arrival { door: platform().as_str().to_owned(), dedupe: Some(key), what }
}

fn person(id: i64, name: &str) -> Actor {
    let id = id.to_string();
    let name = if name.is_empty() { id.clone() } else { name.to_owned() };
    Actor::User { platform: platform(), id, name }
}

/// A person's or chat's name.
pub(super) fn name_of(who: &Value) -> String {
    let parts = [text(who, "/title"), text(who, "/first_name"), text(who, "/last_name")];
    let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = if name.trim().is_empty() { text(who, "/username").unwrap_or_default().to_owned() } else { name };
    cut(name.trim(), 128)
}

/// A text of others as one line, not without end.
fn cut(text: &str, most: usize) -> String {
    text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).take(most).collect()
}

/// The chat and the person of an update.
fn met(from: &Value, chat: &Value) -> Vec<(String, Acquaintance)> {
    let known = |who: &Value, person: bool| {
        let username = text(who, "/username").map(str::to_owned);
        Some((number(who, "/id")?.to_string(), Acquaintance { name: name_of(who), username, person }))
    };
    let from = known(from, true).filter(|_| !flag(from, "/is_bot"));
    let chat = known(chat, false).filter(|_| text(chat, "/type") != Some("private"));
    from.into_iter().chain(chat).collect()
}

#[cfg(test)]
#[path = "hear_tests.rs"]
mod tests;
