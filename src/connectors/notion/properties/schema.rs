//! The columns of a data source, as much of them as reading and writing needs.

use serde_json::{Map, Value};

use super::super::refs::Id;
use crate::connectors::markdown::line;
use crate::model::{Choice, Fault};
use crate::operations::nearest;

/// The columns of a data source (<https://developers.notion.com/reference/property-object>), its title first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema(pub Vec<Property>);

/// One column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Property {
    /// Its id, by which webhooks name it.
    pub id: String,
    /// Its name, by which people and requests do.
    pub name: String,
    /// Its type, such as `multi_select`.
    pub kind: String,
    /// What may be chosen.
    pub options: Vec<Choosable>,
    /// How a number is shown, such as `percent`.
    pub format: String,
    /// The data source whose pages a relation names.
    pub related: Option<Id>,
    /// What stands before the number of a unique id.
    pub prefix: String,
}

/// One option of a select or status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choosable {
    /// Its name.
    pub name: String,
    /// Where a status belongs: `To-do`, `In progress` or `Complete`, as the group is called.
    pub group: String,
}

impl Schema {
    /// The columns as Notion sends them.
    #[must_use]
    pub fn of(properties: &Map<String, Value>) -> Self {
        let mut all: Vec<Property> = properties.iter().map(|(name, value)| Property::of(name, value)).collect();
        all.sort_by_key(|property| property.kind != "title");
        Self(all)
    }

    /// The column of this name, whatever case it is written in; or of this id.
    ///
    /// # Errors
    /// `BadInput`: there is none; the text says which there are.
    pub fn find(&self, name: &str) -> Result<&Property, Fault> {
        let wanted = folded(name);
        let exact = self.0.iter().find(|property| property.name == name.trim());
        let found = exact.or_else(|| self.0.iter().find(|property| folded(&property.name) == wanted));
        found.or_else(|| self.by_id(name)).ok_or_else(|| {
            let names = self.0.iter().map(|property| property.name.as_str());
            let meant = nearest(name, names.clone()).map(|name| format!(" Did you mean `{}`?", shown(name)));
            let outside = format!(
                "There is no property `{}` here.{} There are: {}.",
                shown(name),
                meant.unwrap_or_default(),
                listed(names)
            );
            Fault::bad_input(name, outside)
        })
    }

    /// The column with this id, as webhooks name it.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Property> {
        self.0.iter().find(|property| !id.is_empty() && property.id == id)
    }

    /// The title's column.
    #[must_use]
    pub fn title(&self) -> Option<&Property> {
        self.0.iter().find(|property| property.kind == "title")
    }

    /// The columns that can be set.
    pub fn settable(&self) -> impl Iterator<Item = &Property> {
        self.0.iter().filter(|property| property.is_settable())
    }
}

impl Property {
    fn of(name: &str, value: &Value) -> Self {
        let string = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let kind = string("/type");
        let list = |name: &str| value.pointer(&format!("/{kind}/{name}")).and_then(Value::as_array);
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let group_of = |option: &Value| {
            let id = option.get("id");
            let holds = |group: &&Value| {
                group
                    .get("option_ids")
                    .and_then(Value::as_array)
                    .is_some_and(|ids| ids.iter().any(|one| Some(one) == id))
            };
            list("groups").and_then(|groups| groups.iter().find(holds)).map(|group| text(group, "name"))
        };
        let option =
            |option: &Value| Choosable { name: text(option, "name"), group: group_of(option).unwrap_or_default() };
        let options = list("options").map(|options| options.iter().map(option).collect()).unwrap_or_default();
        let related = value.pointer("/relation/data_source_id").and_then(Value::as_str).and_then(Id::parse);
        let (id, format, prefix) = (string("/id"), string("/number/format"), string("/unique_id/prefix"));
        Self { id, name: name.to_owned(), options, format, related, prefix, kind }
    }

    /// Whether it has a value that can be set, and is not computed by Notion.
    #[must_use]
    pub fn is_settable(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "title"
                | "rich_text"
                | "number"
                | "checkbox"
                | "select"
                | "multi_select"
                | "status"
                | "date"
                | "people"
                | "email"
                | "phone_number"
                | "url"
                | "relation"
                | "files"
                | "place"
        )
    }

    /// What may be chosen, where a choice is to be made; for completion and forms.
    #[must_use]
    pub fn choices(&self) -> Vec<Choice> {
        let choice = |value: &str, label: &str| Choice { value: value.to_owned(), label: label.to_owned() };
        match self.kind.as_str() {
            "checkbox" => vec![choice("yes", "Yes"), choice("no", "No")],
            _ => self.options.iter().map(|option| choice(&option.name, &line(&option.name, 75))).collect(),
        }
    }

    /// The option of this name, whatever case it is written in.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&Choosable> {
        let exact = self.options.iter().find(|option| option.name == name.trim());
        exact.or_else(|| self.options.iter().find(|option| folded(&option.name) == folded(name)))
    }

    /// A wrong value: what was written, and what was expected.
    pub(super) fn wrong(&self, text: &str, expected: &str) -> Fault {
        Fault::bad_input(&self.name, format!("`{}` does not fit `{}`: {expected}.", shown(text), shown(&self.name)))
    }

    /// A value that is none of the options.
    pub(super) fn no_option(&self, text: &str) -> Fault {
        let names = self.options.iter().map(|option| option.name.as_str());
        let meant = nearest(text, names.clone()).map(|name| format!(" Did you mean `{}`?", shown(name)));
        let outside = format!(
            "`{}` is no value of `{}`.{} There are: {}.",
            shown(text),
            shown(&self.name),
            meant.unwrap_or_default(),
            listed(names)
        );
        Fault::bad_input(&self.name, outside)
    }
}

/// Case, and blanks around it, make no difference to a name.
pub(super) fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Outside text as it may stand between back-ticks in an error.
pub(super) fn shown(text: &str) -> String {
    super::super::refs::shown(text)
}

/// Names as they stand in an error; not all of very many.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 30;
    let names: Vec<String> = names.map(|name| format!("`{}`", shown(name))).collect();
    match names.len().checked_sub(SHOWN) {
        _ if names.is_empty() => "none".to_owned(),
        Some(more) if more > 0 => format!("{} and {more} more", names[..SHOWN].join(", ")),
        _ => names.join(", "),
    }
}
