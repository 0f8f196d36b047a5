//! Apps and installations.

use serde_json::{Map, Value, json};

use super::{Sight, node, stamp, stamp_or_null, with};
use crate::sandbox::github::data::{App, Installation};

impl Sight<'_> {
    pub(in crate::sandbox::github) fn app(&self, app: &App) -> Value {
        json!({
            "id": app.id,
            "slug": app.slug,
            "client_id": app.client_id,
            "node_id": node("A", app.id),
            "owner": self.user(&app.owner),
            "name": app.name,
            "description": "",
            "external_url": "https://example.com",
            "html_url": format!("{}/apps/{}", self.links.web, app.slug),
            "created_at": stamp(app.created_at),
            "updated_at": stamp(app.created_at),
            "permissions": permissions(app),
            "events": app.events,
            "installations_count": app.installations.len(),
        })
    }

    pub(in crate::sandbox::github) fn installation(&self, app: &App, found: &Installation) -> Value {
        let account = self.user(&found.account);
        let url = format!("{}/app/installations/{}", self.links.api, found.id);
        let place =
            if account["type"] == "Organization" { format!("organizations/{}/", found.account) } else { String::new() };
        let by = found.suspended.as_ref().map_or(Value::Null, |(_, by)| self.user(by));
        let target = json!({ "target_id": account["id"], "target_type": account["type"] });
        with(
            target,
            json!({
                "id": found.id,
                "account": account,
                "repository_selection": if found.repos.is_some() { "selected" } else { "all" },
                "access_tokens_url": format!("{url}/access_tokens"),
                "repositories_url": format!("{}/installation/repositories", self.links.api),
                "html_url": format!("{}/{place}settings/installations/{}", self.links.web, found.id),
                "app_id": app.id,
                "app_slug": app.slug,
                "client_id": app.client_id,
                "permissions": permissions(app),
                "events": app.events,
                "created_at": stamp(found.created_at),
                "updated_at": stamp(found.created_at),
                "single_file_name": null,
                "suspended_by": by,
                "suspended_at": stamp_or_null(found.suspended.as_ref().map(|(at, _)| *at)),
            }),
        )
    }

    /// How payloads name an installation.
    pub(in crate::sandbox::github) fn installation_lite(id: u64) -> Value {
        use base64::Engine as _;
        let name = base64::engine::general_purpose::STANDARD.encode(format!("023:IntegrationInstallation{id}"));
        json!({ "id": id, "node_id": name })
    }
}

fn permissions(app: &App) -> Value {
    let words = app.permissions.iter().map(|(name, level)| (name.clone(), json!(level.as_str())));
    Value::Object(words.collect::<Map<_, _>>())
}
