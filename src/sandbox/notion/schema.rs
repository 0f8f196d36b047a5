//! Columns of data sources: made, changed, renamed, taken away. <https://developers.notion.com/reference/property-object>

use serde_json::{Map, Value, json};

use super::check::normal;
use super::check::parts::OPTION_COLOR_NAMES;
use super::data::{Column, Id, World, uuid};
use super::reply::Reply;

/// What became of a column, for the event that tells of it.
pub(super) struct Changed {
    pub id: String,
    pub name: String,
    pub action: &'static str,
}

/// A new option. Its identifier follows from its column and name, so that it is the same in every run.
pub(super) fn option(column: &Column, name: &str, color: Option<&str>, at: usize) -> Value {
    let id = uuid(&format!("option {} {name}", column.id));
    let color = color.unwrap_or(OPTION_COLOR_NAMES[at % OPTION_COLOR_NAMES.len()]);
    json!({ "id": id, "name": name, "color": color, "description": null })
}

/// The key of a column's kind in a request.
fn kind_of(given: &Map<String, Value>) -> Option<&str> {
    let rest = ["name", "description", "type", "id"];
    given.keys().map(String::as_str).find(|key| !rest.contains(key))
}

impl World {
    /// The columns that a request describes, for a new data source. There is always a title.
    pub(super) fn make_columns(&mut self, given: &Value) -> Result<Vec<Column>, Reply> {
        let mut columns = Vec::new();
        for (name, column) in given.as_object().into_iter().flatten() {
            let Some(map) = column.as_object() else { continue };
            let column = self.make_column(&columns, name, map)?;
            columns.push(column);
        }
        match columns.iter().filter(|column| column.kind == "title").count() {
            0 => {
                let title = Map::from_iter([("title".to_owned(), json!({}))]);
                let title = self.make_column(&[], "Name", &title)?;
                columns.insert(0, title);
            }
            1 => {}
            _ => return Err(Reply::invalid("Only one title property is allowed.")),
        }
        Ok(columns)
    }

    fn make_column(&mut self, columns: &[Column], name: &str, given: &Map<String, Value>) -> Result<Column, Reply> {
        let kind = kind_of(given).unwrap_or("rich_text").to_owned();
        let id = if kind == "title" { "title".to_owned() } else { self.fresh_column() };
        let description = given.get("description").cloned().unwrap_or(Value::Null);
        let mut column = Column { id, name: name.to_owned(), description, kind, config: json!({}) };
        column.config = self.config(columns, &column, &given[&column.kind], None)?;
        Ok(column)
    }

    /// What is kept under the key of a column's kind. `columns`: those beside it; `old`: what was there.
    fn config(&self, columns: &[Column], column: &Column, given: &Value, old: Option<&Value>) -> Result<Value, Reply> {
        Ok(match column.kind.as_str() {
            "number" => {
                let format = given["format"].as_str().or_else(|| old.and_then(|old| old["format"].as_str()));
                json!({ "format": format.unwrap_or("number") })
            }
            "select" | "multi_select" => json!({ "options": options(column, given, old)? }),
            "status" => status(column, given, old)?,
            "formula" => json!({ "expression": given["expression"].as_str().unwrap_or_default() }),
            "unique_id" => json!({ "prefix": given["prefix"] }),
            "relation" => {
                let id = given["data_source_id"].as_str().and_then(normal).unwrap_or_default();
                let Some(source) = self.sources.get(&id) else {
                    return Err(Reply::invalid(&format!("Could not find data source with ID: {id}.")));
                };
                let kind = if given.get("dual_property").is_some() { "dual_property" } else { "single_property" };
                json!({ "database_id": source.database, "data_source_id": id, "type": kind, kind: {} })
            }
            "rollup" => self.rollup(columns, given)?,
            _ => json!({}),
        })
    }

    /// A rollup names a relation beside it and a property of the data source that the relation leads to.
    fn rollup(&self, columns: &[Column], given: &Value) -> Result<Value, Reply> {
        let text = |name: &str| given[name].as_str();
        let find = |columns: &[Column], part: &str| {
            let (name, id) = (text(&format!("{part}_property_name")), text(&format!("{part}_property_id")));
            let is = |column: &&Column| match (name, id) {
                (Some(name), _) => column.name == name,
                (None, Some(id)) => super::data::same_id(&column.id, id),
                (None, None) => false,
            };
            columns.iter().find(is).cloned().ok_or_else(|| unknown(name.or(id).unwrap_or_default()))
        };
        let relation = find(columns, "relation")?;
        let source = relation.config["data_source_id"].as_str().and_then(|id| self.sources.get(id));
        let Some(source) = source else {
            return Err(Reply::invalid(&format!("Property {} is not a relation.", relation.name)));
        };
        let target = find(&source.columns, "rollup")?;
        Ok(json!({
            "function": given["function"],
            "relation_property_name": relation.name,
            "relation_property_id": relation.id,
            "rollup_property_name": target.name,
            "rollup_property_id": target.id,
        }))
    }

    /// Changes the columns of a data source as a request says, or nothing at all.
    pub(super) fn change_columns(&mut self, source: &Id, given: &Value) -> Result<Vec<Changed>, Reply> {
        let Some(mut columns) = self.sources.get(source).map(|source| source.columns.clone()) else {
            return Ok(Vec::new());
        };
        let mut changed = Vec::new();
        for (name, change) in given.as_object().into_iter().flatten() {
            let by_name = columns.iter().position(|column| column.name == *name);
            let by_id = || columns.iter().position(|column| super::data::same_id(&column.id, name));
            let at = by_name.or_else(by_id);
            let Some(map) = change.as_object() else {
                let Some(at) = at else { return Err(unknown(name)) };
                if columns[at].kind == "title" {
                    return Err(Reply::invalid("Cannot delete title property."));
                }
                let gone = columns.remove(at);
                changed.push(Changed { id: gone.id, name: gone.name, action: "deleted" });
                continue;
            };
            let Some(at) = at else {
                if kind_of(map).is_none() {
                    return Err(unknown(name));
                }
                if kind_of(map) == Some("title") {
                    return Err(Reply::invalid("Cannot create new title property."));
                }
                let column = self.make_column(&columns, name, map)?;
                changed.push(Changed { id: column.id.clone(), name: column.name.clone(), action: "created" });
                columns.push(column);
                continue;
            };
            if let Some(new) = map.get("name").and_then(Value::as_str) {
                if columns.iter().enumerate().any(|(other, column)| other != at && column.name == new) {
                    return Err(Reply::invalid(&format!("Property with name \"{new}\" already exists.")));
                }
                new.clone_into(&mut columns[at].name);
            }
            if let Some(description) = map.get("description") {
                columns[at].description = description.clone();
            }
            if let Some(kind) = kind_of(map) {
                let same = columns[at].kind == kind;
                if !same && (columns[at].kind == "title" || kind == "title") {
                    return Err(Reply::invalid("Cannot change the type of the title property."));
                }
                kind.clone_into(&mut columns[at].kind);
                let old = columns[at].config.clone();
                columns[at].config = self.config(&columns, &columns[at], &map[kind], same.then_some(&old))?;
            }
            changed.push(Changed { id: columns[at].id.clone(), name: columns[at].name.clone(), action: "updated" });
        }
        if let Some(source) = self.sources.get_mut(source) {
            source.columns = columns;
        }
        self.forget_options(source);
        Ok(changed)
    }

    /// Takes values out of the rows that name an option which is gone, and brings names up to date.
    pub(super) fn forget_options(&mut self, source: &Id) {
        let Some(source) = self.sources.get(source) else { return };
        let (columns, rows) = (source.columns.clone(), source.rows.clone());
        for row in rows {
            let Some(page) = self.pages.get_mut(&row) else { continue };
            for column in &columns {
                let Some(options) = column.config["options"].as_array() else { continue };
                let current = |value: &Value| options.iter().find(|option| option["id"] == value["id"]);
                let brief =
                    |option: &Value| json!({ "id": option["id"], "name": option["name"], "color": option["color"] });
                match page.values.get_mut(&column.id) {
                    Some(Value::Array(values)) => {
                        *values = values.iter().filter_map(current).map(brief).collect();
                    }
                    Some(value) if value.is_object() => *value = current(value).map_or(Value::Null, brief),
                    _ => {}
                }
            }
        }
    }
}

fn unknown(name: &str) -> Reply {
    Reply::invalid(&format!("Could not find property with name or id: {name}"))
}

/// The options a request leaves: those it names. The colour of one that is there cannot be changed.
fn options(column: &Column, given: &Value, old: Option<&Value>) -> Result<Vec<Value>, Reply> {
    let known = old.and_then(|old| old["options"].as_array()).map_or(&[][..], Vec::as_slice);
    let Some(items) = given["options"].as_array() else { return Ok(known.to_vec()) };
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        let by_id = item["id"].as_str().map(|id| known.iter().find(|option| option["id"] == id));
        let found = match by_id {
            Some(found) => found,
            None => known.iter().find(|option| option["name"] == item["name"]),
        };
        let name = item["name"].as_str();
        if name.is_some_and(|name| name.contains(',')) {
            let kind = &column.kind;
            return Err(Reply::invalid(&format!(
                "Invalid {kind} option, commas not allowed: {}",
                name.unwrap_or_default()
            )));
        }
        let option = match found {
            Some(found) => {
                if item["color"].as_str().is_some_and(|color| found["color"] != color) {
                    let id = found["id"].as_str().unwrap_or_default();
                    return Err(Reply::invalid(&format!("Cannot update color of select with id: {id}.")));
                }
                let mut option = found.clone();
                // A status keeps its names: Notion says 200 and changes nothing.
                if let Some(name) = name.filter(|_| column.kind != "status") {
                    option["name"] = json!(name);
                }
                if let Some(description) = item.get("description") {
                    option["description"] = description.clone();
                }
                option
            }
            None => option(column, name.unwrap_or_default(), item["color"].as_str(), kept.len()),
        };
        if kept.iter().any(|other| other["name"] == option["name"]) {
            return Err(Reply::invalid(&format!(
                "Duplicate option name: {}",
                option["name"].as_str().unwrap_or_default()
            )));
        }
        kept.push(option);
    }
    Ok(kept)
}

/// A status has three groups that the API cannot change; what it adds comes into the first.
fn status(column: &Column, given: &Value, old: Option<&Value>) -> Result<Value, Reply> {
    let group = |name: &str, color: &str, options: Vec<Value>| {
        let id = uuid(&format!("group {} {name}", column.id));
        json!({ "id": id, "name": name, "color": color, "option_ids": options })
    };
    if let Some(old) = old {
        let options = options(column, given, Some(old))?;
        let ids: Vec<&Value> = options.iter().map(|option| &option["id"]).collect();
        let mut groups = old["groups"].clone();
        let listed: Vec<Value> = groups
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|group| group["option_ids"].as_array().cloned().unwrap_or_default())
            .collect();
        for (at, group) in groups.as_array_mut().into_iter().flatten().enumerate() {
            if let Some(members) = group["option_ids"].as_array_mut() {
                members.retain(|id| ids.contains(&id));
                if at == 0 {
                    members.extend(ids.iter().copied().filter(|id| !listed.contains(id)).cloned());
                }
            }
        }
        return Ok(json!({ "options": options, "groups": groups }));
    }
    if given["options"].is_array() {
        let options = options(column, given, None)?;
        let ids = options.iter().map(|option| option["id"].clone()).collect();
        let groups = [
            group("To-do", "gray", ids),
            group("In progress", "blue", Vec::new()),
            group("Complete", "green", Vec::new()),
        ];
        return Ok(json!({ "options": options, "groups": groups }));
    }
    let options = [("Not started", "default"), ("In progress", "blue"), ("Done", "green")]
        .map(|(name, color)| option(column, name, Some(color), 0));
    let [first, second, third] = options.clone().map(|option| vec![option["id"].clone()]);
    let groups =
        [group("To-do", "gray", first), group("In progress", "blue", second), group("Complete", "green", third)];
    Ok(json!({ "options": options, "groups": groups }))
}
