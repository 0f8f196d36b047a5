//! What GitHub says, as far as we read it: the same small shapes for answers of the API and bodies of webhooks.
//!
//! Every field is optional in the reading: what is missing, null or of another type becomes the default, so that a
//! change at GitHub costs a detail of a card and never a whole delivery.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Reads a value, or the default where it does not fit.
pub(super) fn lax<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).unwrap_or_default())
}

/// Reads a list, leaving out what does not fit.
pub(super) fn lax_list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Array(values) => values.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect(),
        _ => Vec::new(),
    })
}

/// Reads a moment: RFC 3339 text, or seconds since 1970 (as in the repository of a push).
pub(super) fn lax_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text.parse().ok(),
        Value::Number(seconds) => seconds.as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok()),
        _ => None,
    })
}

macro_rules! wire {
    ($(#[$doc:meta])* $name:ident { $($(#[$attr:meta])* $field:ident: $type:ty = $with:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(default)]
        pub(crate) struct $name {
            $($(#[$attr])* #[serde(deserialize_with = $with)] pub(crate) $field: $type,)*
        }
    };
}

pub(super) use wire;

wire!(
    /// A person, a bot or an organisation.
    User {
        login: String = "lax",
        #[serde(rename = "type")]
        kind: String = "lax",
        // The pusher of a push has a name and no login.
        name: String = "lax",
    }
);

impl User {
    /// The name by which people know them.
    pub(crate) fn called(&self) -> &str {
        match (self.login.as_str(), self.name.as_str()) {
            ("", "") => "somebody",
            ("", name) => name,
            (login, _) => login,
        }
    }

    pub(crate) fn is_bot(&self) -> bool {
        self.kind == "Bot" || self.login.ends_with("[bot]")
    }
}

/// The logins of these people, in order.
pub(crate) fn logins(users: &[User]) -> Vec<&str> {
    users.iter().map(User::called).collect()
}

wire!(
    /// A label.
    Label { name: String = "lax", }
);

wire!(
    /// A milestone.
    Milestone { number: u64 = "lax", title: String = "lax", }
);

wire!(
    /// A repository.
    Repository {
        full_name: String = "lax",
        html_url: String = "lax",
        description: Option<String> = "lax",
        private: bool = "lax",
        archived: bool = "lax",
        fork: bool = "lax",
        default_branch: String = "lax",
        language: Option<String> = "lax",
        stargazers_count: u64 = "lax",
        open_issues_count: u64 = "lax",
        topics: Vec<String> = "lax_list",
        pushed_at: Option<Timestamp> = "lax_time",
        updated_at: Option<Timestamp> = "lax_time",
    }
);

wire!(
    /// An issue; or the half of a pull request that issues and pull requests have in common.
    Issue {
        number: u64 = "lax",
        title: String = "lax",
        body: Option<String> = "lax",
        state: String = "lax",
        state_reason: Option<String> = "lax",
        html_url: String = "lax",
        user: User = "lax",
        labels: Vec<Label> = "lax_list",
        assignees: Vec<User> = "lax_list",
        milestone: Option<Milestone> = "lax",
        comments: u64 = "lax",
        locked: bool = "lax",
        draft: bool = "lax",
        created_at: Option<Timestamp> = "lax_time",
        updated_at: Option<Timestamp> = "lax_time",
        closed_by: Option<User> = "lax",
        pull_request: Option<PullLink> = "lax",
    }
);

wire!(
    /// What says that an issue is a pull request.
    PullLink { html_url: String = "lax", merged_at: Option<Timestamp> = "lax_time", }
);

wire!(
    /// One end of a pull request.
    Branch {
        label: String = "lax",
        #[serde(rename = "ref")]
        name: String = "lax",
        sha: String = "lax",
    }
);

wire!(
    /// A team.
    Team { name: String = "lax", }
);

wire!(
    /// A pull request. The counts are missing where it is only mentioned.
    Pull {
        number: u64 = "lax",
        title: String = "lax",
        body: Option<String> = "lax",
        state: String = "lax",
        html_url: String = "lax",
        user: User = "lax",
        labels: Vec<Label> = "lax_list",
        assignees: Vec<User> = "lax_list",
        requested_reviewers: Vec<User> = "lax_list",
        requested_teams: Vec<Team> = "lax_list",
        milestone: Option<Milestone> = "lax",
        draft: bool = "lax",
        merged: bool = "lax",
        merged_at: Option<Timestamp> = "lax_time",
        merged_by: Option<User> = "lax",
        mergeable_state: Option<String> = "lax",
        base: Branch = "lax",
        head: Branch = "lax",
        comments: Option<u64> = "lax",
        commits: Option<u64> = "lax",
        additions: Option<u64> = "lax",
        deletions: Option<u64> = "lax",
        changed_files: Option<u64> = "lax",
        created_at: Option<Timestamp> = "lax_time",
        updated_at: Option<Timestamp> = "lax_time",
    }
);

impl Pull {
    pub(crate) fn is_merged(&self) -> bool {
        self.merged || self.merged_at.is_some()
    }

    /// What can be told of a pull request from its half as an issue.
    pub(crate) fn of_issue(issue: Issue) -> Self {
        Self {
            merged_at: issue.pull_request.as_ref().and_then(|link| link.merged_at),
            number: issue.number,
            title: issue.title,
            body: issue.body,
            state: issue.state,
            html_url: issue.html_url,
            user: issue.user,
            labels: issue.labels,
            assignees: issue.assignees,
            milestone: issue.milestone,
            draft: issue.draft,
            comments: Some(issue.comments),
            created_at: issue.created_at,
            updated_at: issue.updated_at,
            ..Self::default()
        }
    }
}

wire!(
    /// A comment on an issue, a pull request, a line of it or a commit.
    Comment {
        id: u64 = "lax",
        body: Option<String> = "lax",
        html_url: String = "lax",
        user: User = "lax",
        path: Option<String> = "lax",
        line: Option<u64> = "lax",
        created_at: Option<Timestamp> = "lax_time",
        updated_at: Option<Timestamp> = "lax_time",
    }
);

wire!(
    /// A review of a pull request.
    Review {
        body: Option<String> = "lax",
        state: String = "lax",
        html_url: String = "lax",
        user: User = "lax",
        submitted_at: Option<Timestamp> = "lax_time",
    }
);

/// A GitHub App.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct App {
    pub(crate) name: String,
}
