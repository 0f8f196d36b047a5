//! The body of a webhook: whatever happened, as much of it as we read.

use jiff::Timestamp;

use super::super::lax::{lax, lax_id, lax_time, wire};
use super::super::wire::{Attachment, Board, Changelog, Comment, Issue, Project, Sprint, User, Version, Worklog};

wire!(
    /// A webhook's body.
    pub(super) Envelope {
        timestamp: Option<Timestamp> = "lax_time",
        webhook_event: String = "lax",
        #[serde(rename = "issue_event_type_name")]
        issue_event_type_name: String = "lax",
        user: Option<User> = "lax",
        issue: Option<Issue> = "lax",
        changelog: Option<Changelog> = "lax",
        comment: Option<Comment> = "lax",
        sprint: Option<Sprint> = "lax",
        version: Option<Version> = "lax",
        worklog: Option<Worklog> = "lax",
        issue_link: Option<Link> = "lax",
        attachment: Option<Attachment> = "lax",
        project: Option<Project> = "lax",
        board: Option<Board> = "lax",
    }
);

wire!(
    /// A link between two issues, which are named by number only.
    pub(super) Link {
        id: String = "lax_id",
        source_issue_id: String = "lax_id",
        destination_issue_id: String = "lax_id",
        issue_link_type: Kind = "lax",
    }
);

wire!(
    /// The type of a link.
    pub(super) Kind { name: String = "lax", outward_name: String = "lax", inward_name: String = "lax", }
);
