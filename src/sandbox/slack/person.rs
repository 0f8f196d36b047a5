//! The people's side: what someone at the Slack client types, presses and fills in.
//!
//! Tests and the demo page call these on the handle. Each checks what Slack's client would check, changes the
//! workspace, and sends the app what Slack would send.

use serde_json::{Map, Value, json};

use super::{
    Delivered, Impossible, Message, Said, SlackFake, Spot,
    api::{forget, reactions, render, shown},
    blocks::{self, kind},
    form, lock,
    model::{ChannelKind, World},
    push::Errand,
};

/// The user and channel named by id or name, if the user is in the channel.
pub(super) fn member(world: &World, user: &str, channel: &str) -> Result<(String, String), Impossible> {
    let found = world.user(user).or_else(|| world.users.iter().find(|one| one.name == user));
    let user = found.ok_or_else(|| Impossible::new(format!("no user {user}")))?.id.clone();
    let channel = world.channel(channel).ok_or_else(|| Impossible::new(format!("no channel {channel}")))?;
    if !channel.has(&user) {
        return Err(Impossible::new(format!("{user} is not in {}", channel.id)));
    }
    Ok((user, channel.id.clone()))
}

fn person(world: &World, user: &str) -> Result<String, Impossible> {
    let found = world.user(user).or_else(|| world.users.iter().find(|one| one.name == user));
    found.map(|user| user.id.clone()).ok_or_else(|| Impossible::new(format!("no user {user}")))
}

/// The rich text Slack's client makes of a typed line that may begin with a mention.
fn typed(text: &str) -> Value {
    let mention = text.strip_prefix("<@").and_then(|rest| rest.split_once('>'));
    let elements = match mention {
        Some((user, "")) => json!([{"type": "user", "user_id": user}]),
        Some((user, rest)) => json!([{"type": "user", "user_id": user}, {"type": "text", "text": rest}]),
        None => json!([{"type": "text", "text": text}]),
    };
    json!([{"type": "rich_text", "block_id": "typed", "elements": [{"type": "rich_text_section", "elements": elements}]}])
}

impl SlackFake {
    /// Types a slash command. Users and channels go by id or name, here and below.
    ///
    /// # Errors
    /// When Slack's client would not send it: an unknown command, or not in the channel.
    pub fn slash(&self, user: &str, channel: &str, command: &str, text: &str) -> Result<Delivered, Impossible> {
        let inner = &self.inner;
        if !inner.setup.commands.iter().any(|known| known == command) {
            return Err(Impossible::new(format!("{command} is not a valid command")));
        }
        let (payload, reply) = {
            let mut world = lock(&inner.world);
            let (user, channel) = member(&world, user, channel)?;
            let (url, reply) = inner.response_url(&mut world, "commands", &user, &channel, None, None);
            let payload = json!({
                "token": "sandbox",
                "team_id": inner.setup.team.id,
                "team_domain": inner.setup.team.domain,
                "channel_id": channel,
                "channel_name": super::Inner::channel_name(&world, &channel),
                "user_id": user,
                "user_name": world.user(&user).map(|user| user.name.clone()),
                "command": command,
                "text": text,
                "api_app_id": inner.setup.app_id,
                "is_enterprise_install": "false",
                "response_url": url,
                "trigger_id": inner.trigger(&mut world, &user),
            });
            (payload, reply)
        };
        inner.changed();
        Ok(inner.dispatch(payload, Errand::Command { command: command.to_owned(), reply }))
    }

    /// Writes a message, in a thread when one is named.
    ///
    /// # Errors
    /// When the user is not in the channel or the thread does not exist.
    pub fn say(&self, user: &str, channel: &str, thread: Option<&str>, text: &str) -> Result<Said, Impossible> {
        let inner = &self.inner;
        let now = inner.now();
        let (channel, ts, shown, here) = {
            let mut world = lock(&inner.world);
            let (user, channel) = member(&world, user, channel)?;
            if thread.is_some_and(|ts| world.message(&channel, ts).is_none()) {
                return Err(Impossible::new("no such thread"));
            }
            let ts = world.next_ts(now);
            let message = Message {
                ts: ts.clone(),
                channel: channel.clone(),
                user,
                text: text.to_owned(),
                blocks: typed(text).as_array().cloned().unwrap_or_default(),
                thread_ts: thread.map(str::to_owned),
                ..Message::default()
            };
            let mut shown = render(inner, &world, &message, false, false);
            shown["client_msg_id"] = json!(uuid::Uuid::now_v7().to_string());
            shown["channel"] = json!(channel);
            shown["event_ts"] = json!(ts);
            world.put(message);
            let here = world.channel(&channel).filter(|channel| channel.has(&inner.setup.bot.id));
            let here = here.map(|channel| channel.kind);
            (channel, ts, shown, here)
        };
        inner.changed();
        let mut delivered = Vec::new();
        // In a direct message a mention is a message like any other.
        let mentioned = text.contains(&format!("<@{}>", inner.setup.bot.id));
        if mentioned && here.is_some_and(|kind| kind != ChannelKind::Dm) {
            let mut event = shown.clone();
            event["type"] = json!("app_mention");
            delivered.extend(inner.emit("app_mention", &event));
        }
        delivered.extend(inner.emit_message(&channel, shown));
        Ok(Said { channel, ts, delivered })
    }

    /// Writes to the app by name in a channel.
    ///
    /// # Errors
    /// When the user is not in the channel.
    pub fn mention(&self, user: &str, channel: &str, text: &str) -> Result<Said, Impossible> {
        self.say(user, channel, None, format!("<@{}> {text}", self.inner.setup.bot.id).trim_end())
    }

    /// Writes to the app in a direct message.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn direct_message(&self, user: &str, text: &str) -> Result<Said, Impossible> {
        let channel = self.direct_channel(user)?;
        self.say(user, &channel, None, text)
    }

    /// The direct message channel between a user and the app.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn direct_channel(&self, user: &str) -> Result<String, Impossible> {
        let mut world = lock(&self.inner.world);
        let user = person(&world, user)?;
        Ok(world.direct(&user, &self.inner.setup.bot.id))
    }

    /// Presses a button of a message, named by action id or label.
    ///
    /// # Errors
    /// When the person sees no such message or button.
    pub fn press(&self, user: &str, channel: &str, ts: &str, button: &str) -> Result<Delivered, Impossible> {
        self.act(user, &Spot::message(channel, ts), button, None)
    }

    /// Presses a button of a modal.
    ///
    /// # Errors
    /// When the person sees no such modal or button.
    pub fn press_in_view(&self, user: &str, view: &str, button: &str) -> Result<Delivered, Impossible> {
        self.act(user, &Spot::view(view), button, None)
    }

    /// Chooses in a menu, picker or group of boxes: an option by value or label, or an id.
    ///
    /// # Errors
    /// When the person sees no such element or option, or the element sends nothing before the modal is submitted.
    pub fn choose(
        &self,
        user: &str,
        spot: &Spot,
        action: &str,
        value: impl Into<Value>,
    ) -> Result<Delivered, Impossible> {
        self.act(user, spot, action, Some(&value.into()))
    }

    fn act(&self, user: &str, spot: &Spot, action: &str, choice: Option<&Value>) -> Result<Delivered, Impossible> {
        let inner = &self.inner;
        let (payload, user) = {
            let mut world = lock(&inner.world);
            let user = person(&world, user)?;
            let found = find(&mut world, &user, spot, action)?;
            if kind(&found.block) == "input" && found.block.get("dispatch_action") != Some(&json!(true)) {
                return Err(Impossible::new("this input sends nothing until the modal is submitted"));
            }
            let mut payload = inner.interaction(&world, "block_actions", &user);
            let mut taken = json!({
                "type": kind(&found.element),
                "action_id": form::text(&found.element, "action_id"),
                "block_id": form::text(&found.block, "block_id"),
                "action_ts": world.next_ts(inner.now()),
            });
            for name in ["text", "value", "style", "placeholder"] {
                if let Some(value) = found.element.get(name) {
                    taken[name] = value.clone();
                }
            }
            match (kind(&found.element), choice) {
                ("button" | "workflow_button", None) => {}
                ("overflow", Some(choice)) => {
                    taken["selected_option"] = form::option(&found.element, choice).map_err(Impossible::new)?;
                }
                ("button" | "workflow_button", Some(_)) => return Err(Impossible::new("a button offers no choice")),
                (other, None) => return Err(Impossible::new(format!("a {other} is not pressed but chosen from"))),
                (_, Some(choice)) => {
                    let state = found.state(&mut world, &user).ok_or_else(|| Impossible::new("gone"))?;
                    let filled = form::fill(state, &found.block, &found.element, choice).map_err(Impossible::new)?;
                    for (name, value) in filled.as_object().into_iter().flatten() {
                        taken[name] = value.clone();
                    }
                }
            }
            payload["actions"] = json!([taken]);
            payload["trigger_id"] = json!(inner.trigger(&mut world, &user));
            self.place(&mut world, &user, &found, &mut payload);
            (payload, user)
        };
        inner.changed();
        let what = action.to_owned();
        Ok(inner.dispatch(payload, Errand::Interaction { user, what }))
    }

    /// Fills in where an interaction took place.
    fn place(&self, world: &mut World, user: &str, found: &Found, payload: &mut Value) {
        let inner = &self.inner;
        match &found.place {
            Place::View(id) => {
                payload["container"] = json!({"type": "view", "view_id": id});
                payload["view"] = world.views.get(id).map_or(Value::Null, |view| shown(inner, view));
            }
            Place::Message { channel, ts, attachment } => {
                let Some(message) = world.seen_mut(user, channel, ts).map(|message| message.clone()) else { return };
                let hidden = message.ephemeral_to.is_some();
                let mut container = json!({
                    "type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": hidden,
                });
                if let Some(id) = attachment {
                    container["type"] = json!("message_attachment");
                    container["attachment_id"] = json!(id);
                    container["is_app_unfurl"] = json!(false);
                }
                if let Some(thread) = &message.thread_ts {
                    container["thread_ts"] = json!(thread);
                }
                payload["container"] = container;
                payload["channel"] = json!({"id": channel, "name": super::Inner::channel_name(world, channel)});
                // Slack keeps no content of ephemeral messages to send along.
                if !hidden {
                    payload["message"] = inner.acted_on(world, &message);
                }
                let mut values = form::initial(&message.blocks);
                form::keep(&mut values, &message.state);
                payload["state"] = json!({"values": values});
                let thread = message.thread_ts.as_deref();
                let (url, _) = inner.response_url(world, "actions", user, channel, Some(ts), thread);
                payload["response_url"] = json!(url);
            }
        }
    }

    /// Types into an external select, named by action id, block id or label, and asks the app for options. Those that it
    /// answers with within three seconds are what the person can choose from afterwards.
    ///
    /// # Errors
    /// When the person sees no such menu or typed too little.
    pub fn suggest(&self, user: &str, spot: &Spot, action: &str, query: &str) -> Result<Delivered, Impossible> {
        let inner = &self.inner;
        let (payload, errand) = {
            let mut world = lock(&inner.world);
            let user = person(&world, user)?;
            let found = find(&mut world, &user, spot, action)?;
            if !kind(&found.element).ends_with("external_select") {
                return Err(Impossible::new("only external selects ask for options"));
            }
            let least = found.element.get("min_query_length").and_then(Value::as_u64).unwrap_or(3);
            if u64::try_from(query.chars().count()).unwrap_or(u64::MAX) < least {
                return Err(Impossible::new(format!("options are asked for from {least} characters on")));
            }
            let mut payload = inner.interaction(&world, "block_suggestion", &user);
            payload["action_id"] = json!(form::text(&found.element, "action_id"));
            payload["block_id"] = json!(form::text(&found.block, "block_id"));
            payload["value"] = json!(query);
            self.place(&mut world, &user, &found, &mut payload);
            if let Some(object) = payload.as_object_mut() {
                object.remove("response_url");
                object.remove("state");
            }
            let menu = (form::text(&found.block, "block_id"), form::text(&found.element, "action_id"));
            let menu = (menu.0.to_owned(), menu.1.to_owned());
            let spot = match found.place {
                Place::View(id) => Spot::View(id),
                Place::Message { channel, ts, .. } => Spot::Message { channel, ts },
            };
            (payload, Errand::Suggestion { user, spot, menu })
        };
        Ok(inner.dispatch(payload, errand))
    }

    /// Types into every search field of the modal on top what is to be chosen there, as one does before submitting it.
    /// `values` are as for [`Self::submit_view`]; what was asked is answered when the deliveries are.
    ///
    /// # Errors
    /// When the modal is not on the person's screen.
    pub fn search_fields(&self, user: &str, view: &str, values: &Value) -> Result<Vec<Delivered>, Impossible> {
        let wanted: Vec<(String, String)> = {
            let mut world = lock(&self.inner.world);
            let user = person(&world, user)?;
            top(&world, &user, view)?;
            let open = world.views.get_mut(view).ok_or_else(|| Impossible::new("no such modal"))?;
            let searched = |field: &str| {
                let mut all = blocks::elements(open.blocks());
                all.any(|(block, element)| kind(element).ends_with("external_select") && is_field(block, field))
            };
            let given = values.as_object().into_iter().flatten().filter(|(field, _)| searched(field));
            let texts = |value: &Value| match value {
                Value::Array(several) => several.clone(),
                one => vec![one.clone()],
            };
            given
                .flat_map(|(field, value)| texts(value).into_iter().map(move |text| (field.clone(), text)))
                .filter_map(|(field, text)| Some((field, text.as_str()?.to_owned())))
                .collect()
        };
        let spot = Spot::view(view);
        wanted.iter().map(|(field, text)| self.suggest(user, &spot, field, text)).collect()
    }

    /// Fills in and submits the modal on top. `values` maps action ids, block ids or labels to what is entered.
    ///
    /// # Errors
    /// When it is not on the person's screen, or a field's content would not be accepted: then `fields` says which.
    pub fn submit_view(&self, user: &str, view: &str, values: &Value) -> Result<Delivered, Impossible> {
        let inner = &self.inner;
        let (payload, user) = {
            let mut world = lock(&inner.world);
            let user = person(&world, user)?;
            top(&world, &user, view)?;
            let trigger = inner.trigger(&mut world, &user);
            let mut payload = inner.interaction(&world, "view_submission", &user);
            let Some(open) = world.views.get_mut(view) else { return Err(Impossible::new("no such modal")) };
            if !open.body.contains_key("submit") {
                return Err(Impossible::new("this modal has nothing to submit"));
            }
            fill_in(open, values)?;
            open.errors.clear();
            let fields = form::complaints(open);
            if !fields.is_empty() {
                open.errors.clone_from(&fields);
                return Err(Impossible { reason: "some fields need another look".into(), fields });
            }
            payload["trigger_id"] = json!(trigger);
            payload["view"] = shown(inner, open);
            payload["response_urls"] = json!([]);
            (payload, user)
        };
        inner.changed();
        Ok(inner.dispatch(payload, Errand::Submission { user, view: view.to_owned() }))
    }

    /// Closes the modal on top. Gives the `view_closed` delivery when the app asked to be told.
    ///
    /// # Errors
    /// When it is not on the person's screen.
    pub fn close_view(&self, user: &str, view: &str) -> Result<Option<Delivered>, Impossible> {
        let inner = &self.inner;
        let (payload, user) = {
            let mut world = lock(&inner.world);
            let user = person(&world, user)?;
            top(&world, &user, view)?;
            let open = world.views.get(view).ok_or_else(|| Impossible::new("no such modal"))?;
            let asked = |name: &str| open.body.get(name) == Some(&json!(true));
            let (told, all) = (asked("notify_on_close"), asked("clear_on_close"));
            let mut payload = inner.interaction(&world, "view_closed", &user);
            payload["view"] = shown(inner, open);
            payload["is_cleared"] = json!(all);
            world.close_views(&user, all);
            (told.then_some(payload), user)
        };
        inner.changed();
        let errand = Errand::Interaction { user, what: "close".into() };
        Ok(payload.map(|payload| inner.dispatch(payload, errand)))
    }

    /// Deletes a message: one's own, or anyone's as an admin.
    ///
    /// # Errors
    /// When there is no such message or it may not be deleted by this person.
    pub fn delete_message_as(&self, user: &str, ts: &str) -> Result<Option<Delivered>, Impossible> {
        let inner = &self.inner;
        let (channel, event) = {
            let mut world = lock(&inner.world);
            let user = person(&world, user)?;
            let admin = world.user(&user).is_some_and(|user| user.is_admin);
            let found = world.messages.values().find_map(|all| all.get(ts)).filter(|message| !message.deleted);
            let message = found.ok_or_else(|| Impossible::new("no such message"))?;
            if message.user != user && !admin {
                return Err(Impossible::new("only its author or an admin may delete a message"));
            }
            let channel = message.channel.clone();
            let event = forget(inner, &mut world, &channel, ts, inner.now());
            (channel, event)
        };
        inner.changed();
        Ok(event.and_then(|event| inner.emit_message(&channel, event)))
    }

    /// Puts an emoji on a message.
    ///
    /// # Errors
    /// When the person sees no such message or already reacted so.
    pub fn react(&self, user: &str, channel: &str, ts: &str, name: &str) -> Result<Option<Delivered>, Impossible> {
        let inner = &self.inner;
        let (user, channel) = {
            let mut world = lock(&inner.world);
            let (user, channel) = member(&world, user, channel)?;
            let message = world.message_mut(&channel, ts).ok_or_else(|| Impossible::new("no such message"))?;
            reactions::put(message, &user, name).map_err(|refused| Impossible::new(refused.code))?;
            (user, channel)
        };
        inner.changed();
        Ok(inner.emit_reaction("reaction_added", &user, name, &channel, ts))
    }
}

/// An element a person sees, and where.
struct Found {
    place: Place,
    block: Value,
    element: Value,
}

enum Place {
    Message { channel: String, ts: String, attachment: Option<u64> },
    View(String),
}

impl Found {
    /// Where the place keeps what is chosen.
    fn state<'w>(&self, world: &'w mut World, user: &str) -> Option<&'w mut Map<String, Value>> {
        match &self.place {
            Place::View(id) => world.views.get_mut(id).map(|view| &mut view.values),
            Place::Message { channel, ts, .. } => world.seen_mut(user, channel, ts).map(|message| &mut message.state),
        }
    }
}

/// The element a person means by action id or label.
fn find(world: &mut World, user: &str, spot: &Spot, action: &str) -> Result<Found, Impossible> {
    let meant = |all: &[Value]| {
        let by_id = blocks::elements(all).find(|(_, element)| form::text(element, "action_id") == action);
        let by_label = || blocks::elements(all).find(|(_, element)| form::label(element) == action);
        let by_field = || blocks::elements(all).find(|(block, _)| is_field(block, action));
        by_id.or_else(by_label).or_else(by_field).map(|(block, element)| (block.clone(), element.clone()))
    };
    let nothing = || Impossible::new(format!("no element {action:?} here"));
    match spot {
        Spot::View(id) => {
            top(world, user, id)?;
            let view = world.views.get(id).ok_or_else(nothing)?;
            let (block, element) = meant(view.blocks()).ok_or_else(nothing)?;
            let element = form::as_offered(&block, &element, &view.offered, &view.values);
            Ok(Found { place: Place::View(id.clone()), block, element })
        }
        Spot::Message { channel, ts } => {
            let (_, channel) = member(world, user, channel)?;
            let message = world.seen_mut(user, &channel, ts).ok_or_else(|| Impossible::new("no such message"))?;
            let place = |attachment| Place::Message { channel: channel.clone(), ts: ts.clone(), attachment };
            let (offered, state) = (message.offered.clone(), message.state.clone());
            if let Some((block, element)) = meant(&message.blocks) {
                let element = form::as_offered(&block, &element, &offered, &state);
                return Ok(Found { place: place(None), block, element });
            }
            for attachment in &message.attachments {
                let inside = attachment.get("blocks").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                if let Some((block, element)) = meant(inside) {
                    let element = form::as_offered(&block, &element, &offered, &state);
                    let id = attachment.get("id").and_then(Value::as_u64);
                    return Ok(Found { place: place(id), block, element });
                }
            }
            Err(nothing())
        }
    }
}

/// Whether a field of a modal is meant: by the block's id or by what stands above it.
fn is_field(block: &Value, meant: &str) -> bool {
    let label = block.get("label").map_or("", |label| form::text(label, "text"));
    kind(block) == "input" && (form::text(block, "block_id") == meant || label == meant)
}

/// Fails unless `view` is on top of the person's screen.
fn top(world: &World, user: &str, view: &str) -> Result<(), Impossible> {
    let above = world.screens.get(user).and_then(|stack| stack.last());
    if above.is_some_and(|id| id == view) {
        Ok(())
    } else {
        Err(Impossible::new(format!("{view} is not on top of {user}'s screen")))
    }
}

/// Enters values into a modal.
fn fill_in(view: &mut super::View, values: &Value) -> Result<(), Impossible> {
    let blocks = view.blocks().to_vec();
    for (name, choice) in values.as_object().into_iter().flatten() {
        let found = blocks::elements(&blocks)
            .find(|(block, element)| form::text(element, "action_id") == name || is_field(block, name));
        let (block, element) = found.ok_or_else(|| Impossible::new(format!("no field {name:?} in this modal")))?;
        let element = form::as_offered(block, element, &view.offered, &view.values);
        if let Err(reason) = form::fill(&mut view.values, block, &element, choice) {
            let fields = [(form::text(block, "block_id").to_owned(), reason)].into();
            return Err(Impossible { reason: "some fields need another look".into(), fields });
        }
    }
    Ok(())
}
