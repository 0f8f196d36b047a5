//! Reviews of pull requests and comments on their lines.

use serde_json::json;

use crate::sandbox::github::data::{Review, ReviewComment};
use crate::sandbox::github::setup::Verdict;
use crate::sandbox::github::state::State;

/// A comment on lines of a diff, to be made.
#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct NewRemark {
    pub path: String,
    pub body: String,
    pub line: u64,
    pub start_line: Option<u64>,
    pub side: &'static str,
    pub start_side: Option<&'static str>,
    pub position: u64,
    pub hunk: String,
    pub reply_to: Option<u64>,
}

impl State {
    /// Asks someone for a review.
    pub(in crate::sandbox::github) fn request_review(&mut self, repo: usize, number: u64, actor: &str, reviewer: &str) {
        let Some(pull) = self.pull_mut(repo, number) else { return };
        if !pull.reviewers.iter().any(|login| login == reviewer) {
            pull.reviewers.push(reviewer.to_owned());
        }
        let reviewer = self.sight().user(reviewer);
        self.emit_issue(repo, number, "review_requested", actor, json!({ "requested_reviewer": reviewer }));
    }

    /// Asks someone no longer; nothing happens when nobody asked.
    pub(in crate::sandbox::github) fn unrequest_review(
        &mut self,
        repo: usize,
        number: u64,
        actor: &str,
        reviewer: &str,
    ) {
        let Some(pull) = self.pull_mut(repo, number) else { return };
        let before = pull.reviewers.len();
        pull.reviewers.retain(|login| !login.eq_ignore_ascii_case(reviewer));
        if pull.reviewers.len() < before {
            let reviewer = self.sight().user(reviewer);
            self.emit_issue(repo, number, "review_request_removed", actor, json!({ "requested_reviewer": reviewer }));
        }
    }

    /// Reviews a pull request. `None` when there is none of that number.
    pub(in crate::sandbox::github) fn add_review(
        &mut self,
        repo: usize,
        number: u64,
        actor: &str,
        verdict: Verdict,
        body: String,
        remarks: Vec<NewRemark>,
    ) -> Option<u64> {
        let (id, now) = (self.world.id(), self.now);
        self.world.add_login(actor, now);
        let state = match verdict {
            Verdict::Approve => "APPROVED",
            Verdict::Changes => "CHANGES_REQUESTED",
            Verdict::Comment => "COMMENTED",
        };
        let pull = self.pull_mut(repo, number)?;
        pull.reviewers.retain(|login| login != actor);
        let commit = pull.head_sha.clone();
        pull.reviews.push(Review { id, author: actor.to_owned(), body, state, commit, submitted_at: now });
        self.emit_verdict(repo, number, id, "submitted", actor);
        for remark in remarks {
            self.remark(repo, number, id, actor, remark);
        }
        Some(id)
    }

    /// The review that a single comment is.
    pub(in crate::sandbox::github) fn comment_review(&mut self, repo: usize, number: u64, actor: &str) -> Option<u64> {
        let (id, now) = (self.world.id(), self.now);
        let pull = self.pull_mut(repo, number)?;
        let (author, commit) = (actor.to_owned(), pull.head_sha.clone());
        pull.reviews.push(Review { id, author, body: String::new(), state: "COMMENTED", commit, submitted_at: now });
        self.emit_verdict(repo, number, id, "submitted", actor);
        Some(id)
    }

    /// Takes the force out of a review. False when there is none that has any.
    pub(in crate::sandbox::github) fn dismiss_review(
        &mut self,
        repo: usize,
        number: u64,
        id: u64,
        actor: &str,
    ) -> bool {
        let Some(pull) = self.pull_mut(repo, number) else { return false };
        let found = pull.reviews.iter_mut().find(|review| review.id == id);
        let Some(review) = found.filter(|review| matches!(review.state, "APPROVED" | "CHANGES_REQUESTED")) else {
            return false;
        };
        review.state = "DISMISSED";
        self.emit_verdict(repo, number, id, "dismissed", actor);
        true
    }

    fn emit_verdict(&mut self, repo: usize, number: u64, id: u64, action: &str, actor: &str) {
        let Some(issue) = self.world.repos[repo].issues.get(&number) else { return };
        let reviews = issue.pull.iter().flat_map(|pull| &pull.reviews);
        let Some(review) = reviews.into_iter().find(|review| review.id == id) else { return };
        let sight = self.sight();
        let review = sight.review(repo, number, review, true);
        let more = json!({ "review": review, "pull_request": sight.pull(repo, issue) });
        self.emit(repo, "pull_request_review", Some(action), actor, more);
    }

    /// Comments on lines of a pull request's diff. `None` when there is none of that number.
    pub(in crate::sandbox::github) fn remark(
        &mut self,
        repo: usize,
        pull: u64,
        review: u64,
        actor: &str,
        new: NewRemark,
    ) -> Option<u64> {
        let (id, now) = (self.world.id(), self.now);
        self.world.add_login(actor, now);
        let commit = self.pull_mut(repo, pull)?.head_sha.clone();
        let NewRemark { path, body, line, start_line, side, start_side, position, hunk, reply_to } = new;
        let comment = ReviewComment {
            id,
            pull,
            review,
            author: actor.to_owned(),
            body,
            path,
            commit,
            line,
            start_line,
            side,
            start_side,
            position,
            hunk,
            reply_to,
            created_at: now,
            updated_at: now,
        };
        self.world.repos[repo].review_comments.insert(id, comment.clone());
        let sight = self.sight();
        let issue = self.world.repos[repo].issues.get(&pull)?;
        let more = json!({ "comment": sight.review_comment(repo, &comment), "pull_request": sight.pull(repo, issue) });
        self.emit(repo, "pull_request_review_comment", Some("created"), actor, more);
        Some(id)
    }
}
