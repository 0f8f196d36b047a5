//! Buttons and menus of messages as people use them.

use serde_json::{Value, json};

use super::{
    super::{
        Delivered, DiscordFake, Impossible,
        interactions::{Ask, COMPONENT},
        lock,
        model::{Channel, walk},
        world::World,
    },
    message,
    options::Resolved,
    seen,
};

/// The component of these types with this custom id or label, which can be used.
fn find(components: &[Value], kinds: &[i64], wanted: &str) -> Result<Value, Impossible> {
    let mut by_id = None;
    let mut by_label = None;
    walk(components, &mut |component| {
        let kind = component["type"].as_i64().unwrap_or_default();
        if !kinds.contains(&kind) {
            return;
        }
        if component["custom_id"] == wanted && by_id.is_none() {
            by_id = Some(component.clone());
        }
        let shown = if kind == 2 { &component["label"] } else { &component["placeholder"] };
        if *shown == wanted && by_label.is_none() {
            by_label = Some(component.clone());
        }
    });
    let found = by_id.or(by_label).ok_or_else(|| Impossible::new(format!("there is no component {wanted}")))?;
    if found["disabled"] == true {
        return Err(Impossible::new(format!("{wanted} is disabled")));
    }
    Ok(found)
}

/// What was chosen in a menu, checked, with the entities it names.
pub(super) fn picked(
    world: &World,
    (user, bot): (&str, &str),
    channel: &Channel,
    menu: &Value,
    values: &[&str],
    resolved: &mut Resolved,
) -> Result<Vec<String>, String> {
    let least = menu["min_values"].as_u64().unwrap_or(1);
    let most = menu["max_values"].as_u64().unwrap_or(1);
    let count = u64::try_from(values.len()).unwrap_or(u64::MAX);
    if count < least || count > most {
        return Err(format!("choose between {least} and {most}"));
    }
    let one = |wanted: &str| -> Option<String> {
        match menu["type"].as_i64()? {
            3 => {
                let options = menu["options"].as_array()?;
                let option = options.iter().find(|option| option["value"] == wanted);
                let option = option.or_else(|| options.iter().find(|option| option["label"] == wanted))?;
                option["value"].as_str().map(str::to_owned)
            }
            5 => resolved.user(world, channel, wanted),
            6 => resolved.role(world, channel, wanted),
            7 => resolved.user(world, channel, wanted).or_else(|| resolved.role(world, channel, wanted)),
            8 => {
                let (id, kind) = resolved.channel(world, user, bot, wanted)?;
                let types = menu["channel_types"].as_array().filter(|types| !types.is_empty());
                types.is_none_or(|types| types.contains(&json!(kind))).then_some(id)
            }
            _ => None,
        }
    };
    let mut one = one;
    values.iter().map(|wanted| one(wanted).ok_or_else(|| format!("{wanted} cannot be chosen"))).collect()
}

impl DiscordFake {
    /// Presses a button of a message, named by custom id or label.
    ///
    /// # Errors
    /// When the person sees no such message or button, or it is disabled or a link.
    pub fn press(&self, user: &str, channel: &str, message_id: &str, button: &str) -> Result<Delivered, Impossible> {
        self.used(user, channel, message_id, &[2], button, None)
    }

    /// Chooses in a menu of a message, named by custom id or placeholder: options by value or label, users, roles and
    /// channels by id or name.
    ///
    /// # Errors
    /// When the person sees no such message, menu or option, or too many or too few are chosen.
    pub fn choose(
        &self,
        user: &str,
        channel: &str,
        message_id: &str,
        menu: &str,
        values: &[&str],
    ) -> Result<Delivered, Impossible> {
        self.used(user, channel, message_id, &[3, 5, 6, 7, 8], menu, Some(values))
    }

    fn used(
        &self,
        user: &str,
        channel: &str,
        message_id: &str,
        kinds: &[i64],
        wanted: &str,
        values: Option<&[&str]>,
    ) -> Result<Delivered, Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let (user, channel) = seen(&world, user, channel)?;
        let message = message(&world, &user, &channel, message_id)?;
        if channel.thread.as_ref().is_some_and(|thread| thread.archived && thread.locked) {
            return Err(Impossible::new("the thread is locked"));
        }
        let component = find(&message.components, kinds, wanted)?;
        let Some(custom_id) = component["custom_id"].as_str() else {
            return Err(Impossible::new(format!("{wanted} is a link")));
        };
        let mut data = json!({"custom_id": custom_id, "component_type": component["type"], "id": component["id"]});
        if let Some(values) = values {
            let mut resolved = Resolved::default();
            let who = (user.as_str(), inner.setup.bot.id.as_str());
            let picked = picked(&world, who, &channel, &component, values, &mut resolved);
            data["values"] = json!(picked.map_err(|why| Impossible::field(wanted, why))?);
            resolved.into(&mut data);
        }
        let ask = Ask {
            kind: COMPONENT,
            user,
            channel: channel.id,
            what: custom_id.to_owned(),
            data,
            source: Some(message.id),
            modal: None,
            focus: 0,
            answer_kind: 19,
        };
        Ok(inner.ask(&mut world, ask))
    }
}
