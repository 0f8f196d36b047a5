//! `workflow_run`: one card a run, from its start to its end.

use serde_json::json;

use super::super::cards::{object, span, who};
use super::super::refs::Repo;
use super::Told;
use super::envelope::{Envelope, Run};
use crate::connectors::markdown::line;
use crate::model::{Action, Card, Severity, SubjectKey, Text, Tone};

pub(super) fn run(repo: &Repo, envelope: &Envelope) -> Option<Told> {
    let run = envelope.workflow_run.as_ref().filter(|run| run.id > 0)?;
    let name = name(envelope, run);
    let (tone, severity, said) = match (run.status.as_str(), run.conclusion.as_deref()) {
        (_, Some("success")) => (Tone::Good, Severity::Info, "succeeded"),
        (_, Some("failure")) => (Tone::Bad, Severity::High, "failed"),
        (_, Some("timed_out")) => (Tone::Bad, Severity::High, "timed out"),
        (_, Some("startup_failure")) => (Tone::Bad, Severity::High, "could not start"),
        (_, Some("action_required")) => (Tone::Warning, Severity::Medium, "waits for approval"),
        (_, Some("cancelled")) => (Tone::Muted, Severity::Low, "was cancelled"),
        (_, Some("skipped")) => (Tone::Muted, Severity::Info, "was skipped"),
        ("completed", _) => (Tone::Muted, Severity::Info, "ended"),
        ("queued" | "requested" | "waiting" | "pending", _) => (Tone::Progress, Severity::Info, "is queued"),
        _ => (Tone::Progress, Severity::Info, "is running"),
    };
    let branch = run.head_branch.as_deref().map(|branch| line(branch, 80)).unwrap_or_default();
    let on = if branch.is_empty() { String::new() } else { format!(" on {branch}") };
    let key = SubjectKey::new(format!("github:{repo}/run/{}", run.id));
    let is_over = run.conclusion.is_some() || run.status == "completed";
    let took = match (is_over, run.run_started_at, run.updated_at) {
        (true, Some(from), Some(to)) => span(to.duration_since(from)),
        _ => String::new(),
    };
    let sha: String = run.head_sha.chars().take(7).collect();
    let commit =
        run.head_commit.as_ref().and_then(|commit| commit.message.lines().next()).unwrap_or(&run.display_title);
    let by = if run.triggering_actor.login.is_empty() { &run.actor } else { &run.triggering_actor };
    let mut card = Card::new(tone, format!("{name} {said}{on}"))
        .key(key.clone())
        .field("Repository", repo.to_string())
        .field("Commit", commit_text(&sha, commit))
        .field("Started by", format!("{} ({})", who(by), line(&run.event, 40).replace('_', " ")))
        .field("Duration", took)
        .field("Attempt", if run.run_attempt > 1 { run.run_attempt.to_string() } else { String::new() })
        .footer(format!("GitHub · {repo} · run {}", run.run_number));
    if !run.html_url.is_empty() {
        card = card.link(&run.html_url).action(Action::open("open", "Open run", &run.html_url));
    }
    let data = object(json!({
        "workflow": name, "run": run.id, "number": run.run_number, "attempt": run.run_attempt, "status": run.status,
        "conclusion": run.conclusion, "branch": branch, "sha": run.head_sha, "trigger": run.event, "path": run.path,
        "author": by.called(), "url": run.html_url,
        "default_branch": !branch.is_empty() && branch == envelope.repository.default_branch,
    }));
    Some(Told {
        subject: Some(format!("{repo}/run/{}", run.id)),
        key: Some(key),
        time: run.updated_at.or(run.created_at),
        severity: Some(severity),
        data,
        card: Some(card),
        ..Told::default()
    })
}

fn commit_text(sha: &str, message: &str) -> Text {
    if sha.is_empty() {
        return line(message, 100).into();
    }
    Text::new().code(sha).plain(format!(" {}", line(message, 100)))
}

/// The workflow's name; a workflow without one is known by its file.
fn name(envelope: &Envelope, run: &Run) -> String {
    let names = [run.name.as_deref(), envelope.workflow.as_ref().map(|workflow| workflow.name.as_str())];
    let name = names.into_iter().flatten().map(str::trim).find(|name| !name.is_empty());
    let file = || run.path.rsplit('/').next().filter(|file| !file.is_empty()).unwrap_or("Workflow");
    line(name.unwrap_or_else(file), 100)
}
