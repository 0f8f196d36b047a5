//! What becomes of a repository itself: its name, its owner, its people, its stars.

use serde_json::{Value, json};

use crate::sandbox::github::json::stamp;
use crate::sandbox::github::setup::Role;
use crate::sandbox::github::state::State;

impl State {
    /// Gives a repository another name. The old one goes on leading here.
    pub(in crate::sandbox::github) fn rename_repo(&mut self, repo: usize, actor: &str, name: &str) {
        let home = &mut self.world.repos[repo];
        let full = home.full_name();
        home.formerly.push(full);
        let from = std::mem::replace(&mut home.name, name.to_owned());
        home.updated_at = self.now;
        let changes = json!({ "repository": { "name": { "from": from } } });
        self.emit(repo, "repository", Some("renamed"), actor, json!({ "changes": changes }));
    }

    /// Hands a repository to another owner. The old name goes on leading here.
    pub(in crate::sandbox::github) fn transfer_repo(&mut self, repo: usize, actor: &str, owner: &str) {
        let now = self.now;
        self.world.add_login(owner, now);
        let owner = self.world.user(owner).map_or_else(|| owner.to_owned(), |user| user.login.clone());
        let home = &mut self.world.repos[repo];
        let full = home.full_name();
        home.formerly.push(full);
        let from = std::mem::replace(&mut home.owner, owner);
        home.updated_at = now;
        let sight = self.sight();
        let from = match sight.organization(&from) {
            Some(organization) => json!({ "organization": organization }),
            None => json!({ "user": sight.user(&from) }),
        };
        let changes = json!({ "owner": { "from": from } });
        self.emit(repo, "repository", Some("transferred"), actor, json!({ "changes": changes }));
    }

    /// Stars or takes the star away; nothing happens when it already is so.
    pub(in crate::sandbox::github) fn star(&mut self, repo: usize, actor: &str, on: bool) {
        let now = self.now;
        self.world.add_login(actor, now);
        let stars = &mut self.world.repos[repo].stars;
        let changed = if on { stars.insert(actor.to_owned(), now).is_none() } else { stars.remove(actor).is_some() };
        if !changed {
            return;
        }
        let at = if on { json!(stamp(now)) } else { Value::Null };
        let action = if on { "created" } else { "deleted" };
        self.emit(repo, "star", Some(action), actor, json!({ "starred_at": at }));
    }

    /// Makes someone a collaborator, changes what they may do, or (`None`) takes them off.
    pub(in crate::sandbox::github) fn set_member(&mut self, repo: usize, actor: &str, login: &str, role: Option<Role>) {
        self.world.add_login(login, self.now);
        let roles = &mut self.world.repos[repo].roles;
        let before = match role {
            Some(role) => roles.insert(login.to_lowercase(), role),
            None => roles.remove(&login.to_lowercase()),
        };
        let mut more = json!({ "member": self.sight().user(login) });
        let action = match (before, role) {
            (None, None) => return,
            (None, Some(role)) => {
                more["changes"] = json!({ "permission": { "to": permission(role) } });
                "added"
            }
            (Some(_), None) => "removed",
            (Some(before), Some(role)) if before == role => return,
            (Some(before), Some(_)) => {
                more["changes"] = json!({ "old_permission": { "from": permission(before) } });
                "edited"
            }
        };
        self.emit(repo, "member", Some(action), actor, more);
    }
}

/// The word of the older permission model that payloads use.
pub(in crate::sandbox::github) const fn permission(role: Role) -> &'static str {
    match role {
        Role::Read | Role::Triage => "read",
        Role::Write | Role::Maintain => "write",
        Role::Admin => "admin",
    }
}
