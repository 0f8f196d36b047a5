//! People and organisations.

use serde_json::{Value, json};

use super::{Sight, node, stamp, with};
use crate::sandbox::github::acts::permission;
use crate::sandbox::github::data::{User, UserKind};
use crate::sandbox::github::setup::Role;

impl Sight<'_> {
    /// The short form of a user, as it stands in issues and payloads. Someone who was never added is GitHub's `ghost`.
    pub(in crate::sandbox::github) fn user(&self, login: &str) -> Value {
        if login == "github" {
            return github();
        }
        let Some(user) = self.world.user(login) else { return self.simple_user("ghost", 10_137, UserKind::User) };
        self.simple_user(&user.login, user.id, user.kind)
    }

    fn simple_user(&self, login: &str, id: u64, kind: UserKind) -> Value {
        let api = format!("{}/users/{login}", self.links.api);
        json!({
            "login": login,
            "id": id,
            "node_id": node(if kind == UserKind::Organization { "O" } else { "U" }, id),
            "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"),
            "gravatar_id": "",
            "url": api,
            "html_url": format!("{}/{login}", self.links.web),
            "followers_url": format!("{api}/followers"),
            "following_url": format!("{api}/following{{/other_user}}"),
            "gists_url": format!("{api}/gists{{/gist_id}}"),
            "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
            "subscriptions_url": format!("{api}/subscriptions"),
            "organizations_url": format!("{api}/orgs"),
            "repos_url": format!("{api}/repos"),
            "events_url": format!("{api}/events{{/privacy}}"),
            "received_events_url": format!("{api}/received_events"),
            "type": kind.as_str(),
            "site_admin": false,
        })
    }

    /// The long form: a public profile, or one's own with `private`.
    pub(in crate::sandbox::github) fn profile(&self, user: &User, private: bool) -> Value {
        let owned = |hidden: bool| {
            self.world.repos.iter().filter(|repo| repo.owner == user.login && repo.private == hidden).count()
        };
        let public = with(
            self.user(&user.login),
            json!({
                "name": user.name,
                "company": null,
                "blog": "",
                "location": null,
                "email": null,
                "hireable": null,
                "bio": null,
                "twitter_username": null,
                "public_repos": owned(false),
                "public_gists": 0,
                "followers": 0,
                "following": 0,
                "created_at": stamp(user.created_at),
                "updated_at": stamp(user.created_at),
            }),
        );
        if !private {
            return public;
        }
        with(
            public,
            json!({
                "private_gists": 0,
                "total_private_repos": owned(true),
                "owned_private_repos": owned(true),
                "disk_usage": 0,
                "collaborators": 0,
                "two_factor_authentication": true,
                "plan": { "name": "free", "space": 976_562_499, "collaborators": 0, "private_repos": 10_000 },
            }),
        )
    }

    /// A collaborator with what they may do.
    pub(in crate::sandbox::github) fn collaborator(&self, login: &str, role: Role) -> Value {
        let at_least = |wanted: Role| role >= wanted;
        with(
            self.user(login),
            json!({
                "permissions": {
                    "admin": at_least(Role::Admin),
                    "maintain": at_least(Role::Maintain),
                    "push": at_least(Role::Write),
                    "triage": at_least(Role::Triage),
                    "pull": true,
                },
                "role_name": role.as_str(),
            }),
        )
    }

    /// What someone may do, in the words of the older and of the newer model.
    pub(in crate::sandbox::github) fn permission(&self, login: &str, role: Option<Role>) -> Value {
        let user = self.collaborator(login, role.unwrap_or(Role::Read));
        json!({
            "permission": role.map_or("none", permission),
            "role_name": role.map_or("none", Role::as_str),
            "user": user,
        })
    }

    /// An organisation as it stands in webhook payloads.
    pub(in crate::sandbox::github) fn organization(&self, login: &str) -> Option<Value> {
        let user = self.world.user(login).filter(|user| user.kind == UserKind::Organization)?;
        let api = format!("{}/orgs/{}", self.links.api, user.login);
        Some(json!({
            "login": user.login,
            "id": user.id,
            "node_id": node("O", user.id),
            "url": api,
            "repos_url": format!("{api}/repos"),
            "events_url": format!("{api}/events"),
            "hooks_url": format!("{api}/hooks"),
            "issues_url": format!("{api}/issues"),
            "members_url": format!("{api}/members{{/member}}"),
            "public_members_url": format!("{api}/public_members{{/member}}"),
            "avatar_url": format!("https://avatars.githubusercontent.com/u/{}?v=4", user.id),
            "description": null,
        }))
    }
}

/// GitHub's own account, which is the same everywhere.
fn github() -> Value {
    let api = "https://api.github.com/users/github";
    json!({
        "login": "github",
        "id": 9919,
        "node_id": "MDEyOk9yZ2FuaXphdGlvbjk5MTk=",
        "avatar_url": "https://avatars.githubusercontent.com/u/9919?v=4",
        "gravatar_id": "",
        "url": api,
        "html_url": "https://github.com/github",
        "followers_url": format!("{api}/followers"),
        "following_url": format!("{api}/following{{/other_user}}"),
        "gists_url": format!("{api}/gists{{/gist_id}}"),
        "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{api}/subscriptions"),
        "organizations_url": format!("{api}/orgs"),
        "repos_url": format!("{api}/repos"),
        "events_url": format!("{api}/events{{/privacy}}"),
        "received_events_url": format!("{api}/received_events"),
        "type": "Organization",
        "site_admin": false,
    })
}
