//! The body of a webhook: whatever kind it is, as much of it as we read.

use jiff::Timestamp;
use serde::Deserialize;

use super::super::wire::{Comment, Issue, Label, Pull, Repository, Review, Team, User, lax, lax_list, lax_time, wire};

wire!(
    /// A webhook's body.
    Envelope {
        action: String = "lax",
        repository: Repository = "lax",
        organization: User = "lax",
        sender: User = "lax",
        issue: Option<Issue> = "lax",
        pull_request: Option<Pull> = "lax",
        comment: Option<Comment> = "lax",
        review: Option<Review> = "lax",
        label: Option<Label> = "lax",
        assignee: Option<User> = "lax",
        requested_reviewer: Option<User> = "lax",
        requested_team: Option<Team> = "lax",
        workflow_run: Option<Run> = "lax",
        workflow: Option<Workflow> = "lax",
        release: Option<Release> = "lax",
        #[serde(rename = "ref")]
        reference: String = "lax",
        before: String = "lax",
        after: String = "lax",
        created: bool = "lax",
        deleted: bool = "lax",
        forced: bool = "lax",
        compare: String = "lax",
        commits: Vec<Commit> = "lax_list",
        head_commit: Option<Commit> = "lax",
        pusher: User = "lax",
    }
);

wire!(
    /// A commit of a push.
    Commit {
        id: String = "lax",
        message: String = "lax",
        url: String = "lax",
        timestamp: Option<Timestamp> = "lax_time",
        author: Author = "lax",
        added: Vec<String> = "lax_list",
        modified: Vec<String> = "lax_list",
        removed: Vec<String> = "lax_list",
    }
);

wire!(
    /// Who wrote a commit; not always somebody whom GitHub knows.
    Author { name: String = "lax", username: String = "lax", }
);

wire!(
    /// A workflow.
    Workflow { name: String = "lax", }
);

wire!(
    /// A run of a workflow.
    Run {
        id: u64 = "lax",
        name: Option<String> = "lax",
        display_title: String = "lax",
        path: String = "lax",
        event: String = "lax",
        status: String = "lax",
        conclusion: Option<String> = "lax",
        head_branch: Option<String> = "lax",
        head_sha: String = "lax",
        html_url: String = "lax",
        run_number: u64 = "lax",
        run_attempt: u64 = "lax",
        actor: User = "lax",
        triggering_actor: User = "lax",
        head_commit: Option<Commit> = "lax",
        created_at: Option<Timestamp> = "lax_time",
        run_started_at: Option<Timestamp> = "lax_time",
        updated_at: Option<Timestamp> = "lax_time",
    }
);

wire!(
    /// A release.
    Release {
        tag_name: String = "lax",
        name: Option<String> = "lax",
        body: Option<String> = "lax",
        html_url: String = "lax",
        draft: bool = "lax",
        prerelease: bool = "lax",
        target_commitish: String = "lax",
        author: User = "lax",
        created_at: Option<Timestamp> = "lax_time",
        published_at: Option<Timestamp> = "lax_time",
    }
);
