//! Databases and data sources: made.

use serde_json::{Value, json};

use crate::sandbox::notion::data::{Database, Id, Parent, Source, Stamp};
use crate::sandbox::notion::reply::Reply;
use crate::sandbox::notion::state::State;

impl State {
    /// Makes a database with one data source of the same title.
    pub(in crate::sandbox::notion) fn add_database(
        &mut self,
        parent: &Parent,
        title: Value,
        columns: &Value,
        who: &str,
    ) -> Result<Id, Reply> {
        let id = self.world.fresh();
        // The columns may be wrong; then nothing is made.
        self.world.make_columns(columns)?;
        let database = Database {
            id: id.clone(),
            parent: parent.clone(),
            title: title.clone(),
            description: json!([]),
            inline: false,
            icon: Value::Null,
            cover: Value::Null,
            sources: Vec::new(),
            trashed: false,
            locked: false,
            stamp: Stamp::new(who, self.now),
        };
        self.world.order.push(id.clone());
        self.world.databases.insert(id.clone(), database);
        if let Some(children) = parent.id().cloned().and_then(|parent| self.world.children_mut(&parent)) {
            children.push(id.clone());
        }
        self.add_source(&id, title, columns, who)?;
        self.tell_database("database.created", &id, who);
        if let Some(parent) = parent.id() {
            self.tell_content(parent, &[(id.clone(), "database")], who);
        }
        Ok(id)
    }

    /// Makes a data source in a database. Who makes it alone tells of it.
    pub(in crate::sandbox::notion) fn add_source(
        &mut self,
        database: &str,
        title: Value,
        columns: &Value,
        who: &str,
    ) -> Result<Id, Reply> {
        let columns = self.world.make_columns(columns)?;
        let id = self.world.fresh();
        let source = Source {
            id: id.clone(),
            database: database.to_owned(),
            title,
            icon: Value::Null,
            columns,
            rows: Vec::new(),
            templates: Vec::new(),
            default_template: None,
            trashed: false,
            stamp: Stamp::new(who, self.now),
            numbers: 0,
            indexed: self.now + self.search_lag,
        };
        self.world.order.push(id.clone());
        self.world.sources.insert(id.clone(), source);
        if let Some(database) = self.world.databases.get_mut(database) {
            database.sources.push(id.clone());
        }
        Ok(id)
    }
}
