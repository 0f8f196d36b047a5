//! What can be done on GitHub. One struct an operation; `all` registers them.

mod issue;
mod list;
mod pr;
mod repo;
mod signature;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Github;
use crate::operations::{Declaration, declare};

use issue::CreateFromMessage;
pub use issue::{
    AssignIssue, CloseIssue, CommentIssue, CreateIssue, GetIssue, LabelIssue, ListIssues, Reason, ReopenIssue,
    UpdateIssue,
};
pub use pr::{CommentPull, GetPull, ListPulls};
pub use repo::{GetRepo, ListRepos};

/// The operations of a GitHub.
pub(super) fn all(github: &Arc<Github>) -> Vec<Declaration> {
    vec![
        declare::<ListIssues>(github),
        declare::<GetIssue>(github),
        declare::<CreateIssue>(github),
        declare::<CreateFromMessage>(github),
        declare::<UpdateIssue>(github),
        declare::<CloseIssue>(github),
        declare::<ReopenIssue>(github),
        declare::<CommentIssue>(github),
        declare::<LabelIssue>(github),
        declare::<AssignIssue>(github),
        declare::<ListPulls>(github),
        declare::<GetPull>(github),
        declare::<CommentPull>(github),
        declare::<ListRepos>(github),
        declare::<GetRepo>(github),
    ]
}

/// Which issues or pull requests a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum StateFilter {
    /// Only open ones.
    #[default]
    Open,
    /// Only closed ones.
    Closed,
    /// Open and closed ones.
    All,
}

impl StateFilter {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::All => "all",
        }
    }
}

fn ten() -> u32 {
    10
}
