//! Property values of pages: set from requests, with Notion's refusals, and shown.
//!
//! <https://developers.notion.com/reference/page-property-values>

use serde_json::{Map, Value, json};

use super::check::normal;
use super::content::file;
use super::data::{Column, Id, Page, World, minute};
use super::json::user_brief;
use super::reply::Reply;
use super::rich;
use super::schema;
use super::setup::UserInformation;

/// The one column of a page outside of a data source.
pub(super) fn title_column() -> Column {
    Column {
        id: "title".to_owned(),
        name: "title".to_owned(),
        description: Value::Null,
        kind: "title".to_owned(),
        config: json!({}),
    }
}

/// Values that are ready to be put into a page.
pub(super) struct Ready {
    values: Vec<(String, Value)>,
    /// New options: the column's identifier and the option.
    options: Vec<(String, Value)>,
}

impl World {
    /// Checks the properties of a request against the columns of the data source, or of a plain page. An empty `bot` is a
    /// person, who sees everything.
    pub(super) fn read_properties(
        &self,
        source: Option<&Id>,
        given: &Value,
        bot: &str,
        app: &str,
    ) -> Result<Ready, Reply> {
        let plain = [title_column()];
        let source = source.and_then(|id| self.sources.get(id));
        let columns = source.map_or(plain.as_slice(), |source| source.columns.as_slice());
        let mut ready = Ready { values: Vec::new(), options: Vec::new() };
        let (mut wrong, mut pairs) = (Vec::new(), Vec::new());
        for (name, value) in given.as_object().into_iter().flatten() {
            let by_name = columns.iter().find(|column| column.name == *name);
            let by_id = || columns.iter().find(|column| super::data::same_id(&column.id, name));
            match by_name.or_else(by_id) {
                None => wrong.push(format!("{name} is not a property that exists.")),
                Some(column) => match value.get(&column.kind) {
                    None => wrong.push(format!("{name} is expected to be {}.", column.kind)),
                    Some(content) => pairs.push((column, content)),
                },
            }
        }
        if !wrong.is_empty() {
            return Err(Reply::invalid(&wrong.join(" ")));
        }
        for (column, content) in pairs {
            let value = self.read_value(column, content, &mut ready.options, bot, app)?;
            ready.values.push((column.id.clone(), value));
        }
        Ok(ready)
    }

    fn read_value(
        &self,
        column: &Column,
        given: &Value,
        new: &mut Vec<(String, Value)>,
        bot: &str,
        app: &str,
    ) -> Result<Value, Reply> {
        Ok(match column.kind.as_str() {
            "title" | "rich_text" => rich::build(self, given),
            "select" | "status" if given.is_null() => match column.kind.as_str() {
                // A status is never empty: it falls back to the first option.
                "status" => column.config["options"][0].clone(),
                _ => Value::Null,
            },
            "select" | "status" => pick(column, given, new)?,
            "multi_select" => {
                let items = given.as_array().into_iter().flatten();
                items.map(|item| pick(column, item, new)).collect::<Result<Value, Reply>>()?
            }
            "date" if !given.is_null() => date(given)?,
            "people" => {
                let ids = ids(given);
                if let Some(stranger) = ids.iter().find(|id| self.user(id).is_none()) {
                    return Err(Reply::not_found("user", stranger, app));
                }
                ids.iter().map(|id| json!({ "id": id })).collect()
            }
            "relation" => {
                let ids = ids(given);
                let hidden =
                    ids.iter().find(|id| !self.pages.contains_key(*id) || !(bot.is_empty() || self.visible(id, bot)));
                if let Some(hidden) = hidden {
                    return Err(Reply::not_found("page", hidden, app));
                }
                ids.iter().map(|id| json!({ "id": id })).collect()
            }
            "files" => {
                let items = given.as_array().into_iter().flatten();
                items
                    .map(|item| {
                        let name = item["name"].as_str().map(str::to_owned);
                        file(self, item).map(|(kept, own)| joined_name(kept, name.or(own)))
                    })
                    .collect::<Result<Value, Reply>>()?
            }
            _ => given.clone(),
        })
    }

    /// Puts values into a page and new options into its columns. Returns the columns that changed.
    pub(super) fn set_properties(&mut self, page: &str, source: Option<&Id>, ready: Ready) -> Vec<String> {
        if let Some(source) = source.and_then(|id| self.sources.get_mut(id)) {
            for (id, option) in ready.options {
                let column = source.columns.iter_mut().find(|column| column.id == id);
                if let Some(options) = column.and_then(|column| column.config["options"].as_array_mut())
                    && !options.iter().any(|known| known["name"] == option["name"])
                {
                    options.push(option);
                }
            }
        }
        let mut changed = Vec::new();
        let Some(page) = self.pages.get_mut(page) else { return changed };
        for (id, value) in ready.values {
            if page.values.get(&id) != Some(&value) {
                changed.push(id.clone());
            }
            page.values.insert(id, value);
        }
        changed
    }
}

fn joined_name(mut file: Value, name: Option<String>) -> Value {
    file["name"] = json!(name.unwrap_or_default());
    file
}

fn ids(given: &Value) -> Vec<Id> {
    given.as_array().into_iter().flatten().filter_map(|item| item["id"].as_str().and_then(normal)).collect()
}

/// The option that is meant; one that is new is made, except in a status.
fn pick(column: &Column, given: &Value, new: &mut Vec<(String, Value)>) -> Result<Value, Reply> {
    let options = column.config["options"].as_array().map_or(&[][..], Vec::as_slice);
    let status = column.kind == "status";
    let brief = |option: &Value| json!({ "id": option["id"], "name": option["name"], "color": option["color"] });
    if let Some(id) = given["id"].as_str() {
        let known = options.iter().find(|option| option["id"] == id);
        let refusal =
            || Reply::invalid(&format!("Invalid {} option. Option with id \"{id}\" does not exist.", column.kind));
        return known.map(brief).ok_or_else(refusal);
    }
    let name = given["name"].as_str().unwrap_or_default();
    let waiting = new.iter().filter(|(id, _)| *id == column.id).map(|(_, option)| option);
    // Notion takes the name for the same when only its case differs.
    let known = options
        .iter()
        .chain(waiting.clone())
        .find(|option| option["name"].as_str().is_some_and(|known| known.to_lowercase() == name.to_lowercase()));
    if let Some(known) = known {
        return Ok(brief(known));
    }
    if status {
        return Err(Reply::invalid(&format!("Invalid status option. Status option \"{name}\" does not exist\".")));
    }
    if name.contains(',') {
        return Err(Reply::invalid(&format!("Invalid {} option, commas not allowed: {name}", column.kind)));
    }
    let option = schema::option(column, name, given["color"].as_str(), options.len() + waiting.count());
    let shown = brief(&option);
    new.push((column.id.clone(), option));
    Ok(shown)
}

fn date(given: &Value) -> Result<Value, Reply> {
    let zone = &given["time_zone"];
    if let Some(zone) = zone.as_str()
        && jiff::tz::TimeZone::get(zone).is_err()
    {
        let message =
            format!("body failed validation: time_zone should be a valid IANA time zone, instead was `\"{zone}\"`.");
        return Err(Reply::invalid(&message));
    }
    if let (Some(start), Some(end)) = (given["start"].as_str(), given["end"].as_str())
        && start.get(..10) > end.get(..10)
    {
        return Err(Reply::invalid("Date range end must not be before its start."));
    }
    Ok(json!({ "start": given["start"], "end": given["end"], "time_zone": zone }))
}

/// What stands in a column of a page, without its identifier and type. People are only named by identifier.
pub(super) fn value(world: &World, page: &Page, column: &Column) -> Value {
    match column.kind.as_str() {
        "created_time" => json!(minute(page.stamp.created)),
        "last_edited_time" => json!(minute(page.stamp.edited)),
        "created_by" => user_brief(&page.stamp.created_by),
        "last_edited_by" => user_brief(&page.stamp.edited_by),
        "unique_id" => json!({ "prefix": column.config["prefix"], "number": page.number }),
        "formula" => formula(world, page, column),
        "rollup" => rollup(world, page, column),
        kind => page.values.get(&column.id).cloned().unwrap_or_else(|| empty(kind)),
    }
}

fn empty(kind: &str) -> Value {
    match kind {
        "title" | "rich_text" | "multi_select" | "people" | "files" | "relation" => json!([]),
        "checkbox" => json!(false),
        _ => Value::Null,
    }
}

/// A formula that names one property has its value; any other formula is beyond this fake.
fn formula(world: &World, page: &Page, column: &Column) -> Value {
    let expression = column.config["expression"].as_str().unwrap_or_default();
    let name = expression.trim().strip_prefix("prop(\"").and_then(|rest| rest.strip_suffix("\")"));
    let found = name.and_then(|name| world.source_of(page)?.column(name));
    let Some(found) = found.filter(|found| found.id != column.id) else {
        return json!({ "type": "unsupported", "unsupported": {} });
    };
    let inner = value(world, page, found);
    match found.kind.as_str() {
        "number" => json!({ "type": "number", "number": inner }),
        "checkbox" => json!({ "type": "boolean", "boolean": inner }),
        "date" => json!({ "type": "date", "date": inner }),
        "select" | "status" => json!({ "type": "string", "string": inner["name"] }),
        "title" | "rich_text" => json!({ "type": "string", "string": rich::plain(&inner) }),
        _ => json!({ "type": "string", "string": inner.as_str() }),
    }
}

/// Related pages are counted; any other function is beyond this fake.
fn rollup(world: &World, page: &Page, column: &Column) -> Value {
    let function = column.config["function"].as_str().unwrap_or_default();
    let relation = column.config["relation_property_name"].as_str();
    let related = relation.and_then(|name| world.source_of(page)?.column(name));
    match related {
        Some(related) if function == "count" => {
            let count = value(world, page, related).as_array().map_or(0, Vec::len);
            json!({ "type": "number", "number": count, "function": function })
        }
        _ => json!({ "type": "unsupported", "unsupported": {}, "function": function }),
    }
}

/// A property as a page shows it; `most` related pages and people, as Notion cuts them off there.
pub(super) fn shown(world: &World, page: &Page, column: &Column, sees: UserInformation, most: Option<usize>) -> Value {
    let kind = column.kind.as_str();
    let mut found = value(world, page, column);
    let mut more = false;
    if let (Some(items), Some(most)) = (found.as_array_mut(), most.filter(|_| matches!(kind, "people" | "relation"))) {
        more = items.len() > most;
        items.truncate(most);
    }
    if kind == "people" {
        found = found.as_array().into_iter().flatten().map(|item| person(world, item, sees)).collect();
    }
    if matches!(kind, "created_by" | "last_edited_by") {
        found = person(world, &found, sees);
    }
    let mut property: Map<String, Value> = Map::new();
    property.insert("id".to_owned(), json!(column.id));
    property.insert("type".to_owned(), json!(kind));
    property.insert(kind.to_owned(), found);
    if kind == "relation" {
        property.insert("has_more".to_owned(), json!(more));
    }
    Value::Object(property)
}

/// Someone whom a property names.
pub(super) fn person(world: &World, item: &Value, sees: UserInformation) -> Value {
    let id = item["id"].as_str().unwrap_or_default();
    world.user(id).map_or_else(|| user_brief(id), |user| user.json(sees))
}
