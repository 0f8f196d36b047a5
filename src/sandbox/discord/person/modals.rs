//! Modals as people fill them in.

use serde_json::{Map, Value, json};

use super::{
    super::{
        Delivered, DiscordFake, Impossible,
        form::length,
        interactions::{Ask, MODAL_SUBMIT},
        lock,
        model::{Channel, Modal},
        world::World,
    },
    components::picked,
    options::Resolved,
    user,
};

/// Who fills in what, where.
struct Filling<'a> {
    world: &'a World,
    who: (&'a str, &'a str),
    channel: &'a Channel,
    values: &'a [(&'a str, Value)],
    resolved: Resolved,
    wrong: Impossible,
}

impl Filling<'_> {
    fn refuse(&mut self, field: &str, why: impl Into<String>) {
        let why = why.into();
        if self.wrong.reason.is_empty() {
            self.wrong.reason = format!("{field}: {why}");
        }
        self.wrong.fields.insert(field.to_owned(), why);
    }

    /// A component as it is submitted; `None` for what holds no value and is left out.
    fn one(&mut self, component: &Value) -> Value {
        let mut made = json!({"type": component["type"], "id": component["id"]});
        match component["type"].as_i64() {
            Some(1) => {
                let inside = component["components"].as_array().into_iter().flatten();
                made["components"] = inside.map(|one| self.one(one)).collect();
            }
            Some(18) => made["component"] = self.one(&component["component"]),
            Some(10) | None => {}
            Some(kind) => self.input(kind, component, &mut made),
        }
        made
    }

    fn input(&mut self, kind: i64, component: &Value, made: &mut Value) {
        let id = component["custom_id"].as_str().unwrap_or_default();
        made["custom_id"] = json!(id);
        let given = self.values.iter().find(|(name, _)| *name == id).map(|(_, value)| value.clone());
        let required = component["required"] != false;
        match kind {
            4 => {
                let text = given.as_ref().unwrap_or(&component["value"]).as_str().unwrap_or_default().to_owned();
                let long = u64::try_from(length(&text)).unwrap_or(u64::MAX);
                let least = component["min_length"].as_u64().unwrap_or(0);
                if text.is_empty() && required {
                    self.refuse(id, "this field is required");
                } else if !text.is_empty() && long < least || long > component["max_length"].as_u64().unwrap_or(4000) {
                    self.refuse(id, "the text is too short or too long");
                } else if component["style"] == 1 && text.contains('\n') {
                    self.refuse(id, "this field has one line");
                }
                made["value"] = json!(text);
            }
            3 | 5..=8 => {
                let values = chosen(given.as_ref(), component);
                let values: Vec<_> = values.iter().map(String::as_str).collect();
                if values.is_empty() && !required {
                    made["values"] = json!([]);
                    return;
                }
                match picked(self.world, self.who, self.channel, component, &values, &mut self.resolved) {
                    Ok(values) => made["values"] = json!(values),
                    Err(why) => self.refuse(id, why),
                }
            }
            21 => {
                let value = chosen(given.as_ref(), component).into_iter().next();
                if value.is_none() && required {
                    self.refuse(id, "this field is required");
                }
                if value.as_ref().is_some_and(|value| !has_option(component, value)) {
                    self.refuse(id, "this cannot be chosen");
                }
                made["value"] = json!(value);
            }
            22 => {
                let values = chosen(given.as_ref(), component);
                if values.is_empty() && required || values.iter().any(|value| !has_option(component, value)) {
                    self.refuse(id, "this cannot be chosen");
                }
                made["values"] = json!(values);
            }
            23 => made["value"] = given.unwrap_or_else(|| json!(component["default"] == true)),
            _ if required => self.refuse(id, "files cannot be uploaded here"),
            _ => made["values"] = json!([]),
        }
    }
}

fn has_option(component: &Value, value: &str) -> bool {
    component["options"].as_array().into_iter().flatten().any(|option| option["value"] == value)
}

/// The values given, or those chosen beforehand.
fn chosen(given: Option<&Value>, component: &Value) -> Vec<String> {
    match given {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(_) => Vec::new(),
        None => {
            let options = component["options"].as_array().into_iter().flatten();
            let default = options.filter(|option| option["default"] == true);
            default.filter_map(|option| option["value"].as_str().map(str::to_owned)).collect()
        }
    }
}

impl DiscordFake {
    /// Fills in and submits an open modal, by its id. Values go by the custom ids of the fields: a text, or texts for
    /// menus and boxes; what is not given stays as the app filled it in.
    ///
    /// # Errors
    /// When the person has no such modal open, or a field does not take its value; `fields` then says which.
    pub fn submit_modal(&self, who: &str, modal: &str, values: &[(&str, Value)]) -> Result<Delivered, Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let who = user(&world, who)?;
        let modal = open(&world, &who, modal)?;
        let channel = world.channel(&modal.channel).cloned();
        let channel = channel.ok_or_else(|| Impossible::new("the channel is gone"))?;
        let mut filling = Filling {
            world: &world,
            who: (&who, &inner.setup.bot.id),
            channel: &channel,
            values,
            resolved: Resolved::default(),
            wrong: Impossible::default(),
        };
        let components: Vec<_> = modal.components.iter().map(|component| filling.one(component)).collect();
        let mut known = Map::new();
        super::super::model::walk(&components, &mut |component| {
            if let Some(id) = component["custom_id"].as_str() {
                known.insert(id.to_owned(), Value::Null);
            }
        });
        for (name, _) in values {
            if !known.contains_key(*name) {
                filling.refuse(name, "there is no such field");
            }
        }
        let Filling { resolved, wrong, .. } = filling;
        if !wrong.fields.is_empty() {
            return Err(wrong);
        }
        let mut data = json!({"custom_id": modal.custom_id, "components": components});
        resolved.into(&mut data);
        let ask = Ask {
            kind: MODAL_SUBMIT,
            user: who,
            channel: channel.id,
            what: modal.custom_id.clone(),
            data,
            source: modal.message.clone().filter(|id| world.message(&modal.channel, id).is_some()),
            modal: Some(modal.id),
            focus: 0,
            answer_kind: if modal.message.is_some() { 19 } else { 20 },
        };
        Ok(inner.ask(&mut world, ask))
    }

    /// Closes a modal; the app is told nothing.
    ///
    /// # Errors
    /// When the person has no such modal open.
    pub fn close_modal(&self, who: &str, modal: &str) -> Result<(), Impossible> {
        let mut world = lock(&self.inner.world);
        let who = user(&world, who)?;
        let modal = open(&world, &who, modal)?;
        world.modals.retain(|one| one.id != modal.id);
        self.inner.changed();
        Ok(())
    }
}

fn open(world: &World, user: &str, modal: &str) -> Result<Modal, Impossible> {
    let found = world.modals.iter().find(|one| one.user == user && (one.id == modal || one.custom_id == modal));
    found.cloned().ok_or_else(|| Impossible::new(format!("no open modal {modal}")))
}
