//! What one does on the page: `POST /act`, one JSON object an act. Slack, GitHub and the company's systems are here, the
//! other windows in files of their own. Each goes through the sandbox's own people, so that
//! the daemon hears of it as of any other.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

mod discord;
mod telegram;

use super::world::World;
use crate::model::Fault;
use crate::sandbox::github::{Conclusion, Missing, Verdict};
use crate::sandbox::slack::{Impossible, Outcome, Spot};
use discord::OnDiscord;
use telegram::OnTelegram;

/// One act. `user` is a Slack id, or a name where it is GitHub's.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Act {
    /// Sends what was typed: a slash command, or a message.
    Type { user: String, channel: String, text: String, thread: Option<String> },
    /// Presses a button of a message.
    Press { user: String, channel: String, ts: String, action: String },
    /// Chooses in a menu of a message.
    Choose { user: String, channel: String, ts: String, action: String, value: Value },
    /// Chooses a shortcut in a message's menu.
    Shortcut { user: String, channel: String, ts: String, name: String },
    /// Types into a search field of a modal.
    Suggest { user: String, view: String, field: String, query: String },
    /// Submits a modal.
    Submit { user: String, view: String, values: Value },
    /// Closes a modal.
    Close { user: String, view: String },
    /// Opens the direct message with the app.
    Direct { user: String },
    /// Something on Discord.
    Discord(OnDiscord),
    /// Something on Telegram.
    Telegram(OnTelegram),
    /// Something on GitHub.
    Github {
        user: String,
        repo: String,
        what: OnGithub,
        number: Option<u64>,
        #[serde(default)]
        text: String,
    },
    /// One of the company's systems publishes an event.
    Event { kind: String },
    /// Stops the daemon and starts it again.
    Restart,
}

/// What people do on GitHub.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OnGithub {
    OpenIssue,
    OpenPull,
    Comment,
    Close,
    Reopen,
    Approve,
    Merge,
    FailCi,
    PassCi,
    Push,
    Release,
}

/// Why something could not be done, for the page.
#[derive(Debug, Default)]
pub(super) struct Refused {
    error: String,
    fields: Value,
}

impl From<Impossible> for Refused {
    fn from(impossible: Impossible) -> Self {
        Self { error: impossible.reason, fields: json!(impossible.fields) }
    }
}

impl From<Missing> for Refused {
    fn from(missing: Missing) -> Self {
        missing.to_string().into()
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        fault.to_string().into()
    }
}

impl From<String> for Refused {
    fn from(error: String) -> Self {
        Self { error, fields: json!({}) }
    }
}

/// `POST /act`.
pub(super) async fn act(State(world): State<Arc<World>>, Json(act): Json<Act>) -> Response {
    match done(&world, act).await {
        Ok(answer) => Json(answer).into_response(),
        Err(Refused { error, fields }) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": error, "fields": fields }))).into_response()
        }
    }
}

async fn done(world: &Arc<World>, act: Act) -> Result<Value, Refused> {
    let slack = &world.slack;
    match act {
        Act::Type { user, channel, text, thread } => typed(world, &user, &channel, &text, thread.as_deref())?,
        Act::Press { user, channel, ts, action } => {
            world.watch("button", slack.press(&user, &channel, &ts, &action)?);
        }
        Act::Choose { user, channel, ts, action, value } => {
            world.watch("menu", slack.choose(&user, &Spot::message(&channel, &ts), &action, value)?);
        }
        Act::Shortcut { user, channel, ts, name } => {
            world.watch("shortcut", slack.shortcut(&user, &channel, &ts, &name)?);
        }
        Act::Suggest { user, view, field, query } => {
            let asked = slack.suggest(&user, &Spot::view(&view), &field, &query)?;
            return match asked.outcome().await {
                Outcome::Acknowledged { response: Some(answer), .. } => Ok(answer),
                _ => Ok(json!({ "options": [] })),
            };
        }
        Act::Submit { user, view, values } => {
            // What is typed in a search field is chosen by being sent, and only what was offered can be chosen.
            for asked in slack.search_fields(&user, &view, &values)? {
                asked.outcome().await;
            }
            world.watch("form", slack.submit_view(&user, &view, &values)?);
        }
        Act::Close { user, view } => {
            if let Some(delivered) = slack.close_view(&user, &view)? {
                world.watch("form closed", delivered);
            }
        }
        Act::Direct { user } => return Ok(json!({ "channel": slack.direct_channel(&user)? })),
        Act::Discord(on) => return discord::done(world, on).await,
        Act::Telegram(on) => telegram::done(world, on)?,
        Act::Github { user, repo, what, number, text } => {
            on_github(world, &user, &repo, what, number.unwrap_or_default(), &text)?;
        }
        Act::Event { kind } => {
            let event = world.samples.next(&kind).ok_or_else(|| format!("no system here publishes {kind}"))?;
            world.publish(&event.source, &event).await?;
        }
        Act::Restart => world.restart().await?,
    }
    Ok(json!({}))
}

fn typed(world: &Arc<World>, user: &str, channel: &str, text: &str, thread: Option<&str>) -> Result<(), Refused> {
    let text = text.trim();
    if text.is_empty() {
        return Err("There is nothing to send.".to_owned().into());
    }
    if text.starts_with('/') {
        if thread.is_some() {
            return Err("Slack takes slash commands in channels only, not in threads.".to_owned().into());
        }
        let (command, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        world.watch(command, world.slack.slash(user, channel, command, rest.trim())?);
        return Ok(());
    }
    let said = world.slack.say(user, channel, thread, &mentioned(world, text))?;
    for delivered in said.delivered {
        world.watch("message", delivered);
    }
    Ok(())
}

/// The text with `@name` as Slack's client writes it.
fn mentioned(world: &World, text: &str) -> String {
    let setup = world.slack.setup();
    let people = setup.users.iter().chain([&setup.bot]);
    people.fold(text.to_owned(), |text, user| text.replace(&format!("@{}", user.name), &format!("<@{}>", user.id)))
}

fn on_github(world: &World, user: &str, repo: &str, what: OnGithub, number: u64, text: &str) -> Result<(), Refused> {
    let github = &world.github;
    let or = |usual: &str| if text.trim().is_empty() { usual.to_owned() } else { text.trim().to_owned() };
    match what {
        OnGithub::OpenIssue => {
            github.open_issue(user, repo, &or("The login page is slow"), "Seen twice since the last release.")?;
        }
        OnGithub::OpenPull => {
            let title = or("Cache the session lookup");
            let branch = format!("{user}/{}", branch_of(&title));
            github.open_pull(user, repo, &title, &branch)?;
        }
        OnGithub::Comment => {
            github.comment(user, repo, number, &or("I can reproduce this."))?;
        }
        OnGithub::Close => github.close_issue(user, repo, number)?,
        OnGithub::Reopen => github.reopen_issue(user, repo, number)?,
        OnGithub::Approve => {
            github.review(user, repo, number, Verdict::Approve, &or("Looks good to me."))?;
        }
        OnGithub::Merge => {
            github.merge(user, repo, number)?;
        }
        OnGithub::FailCi => {
            github.run_workflow(repo, "CI", "main", Conclusion::Failure)?;
        }
        OnGithub::PassCi => {
            github.run_workflow(repo, "CI", "main", Conclusion::Success)?;
        }
        OnGithub::Push => {
            github.push(user, repo, "main", &[&or("Look the session up once"), "Say why a login failed"])?;
        }
        OnGithub::Release => {
            let count = github.deliveries().iter().filter(|delivery| delivery.event == "release").count();
            let tag = format!("v1.{}.0", count + 1);
            let notes = "* Logins no longer fail after a password change\n* Half the memory";
            github.publish_release(user, repo, &tag, &tag, notes)?;
        }
    }
    Ok(())
}

/// A branch's name made of a title.
fn branch_of(title: &str) -> String {
    let plain = |sign: char| if sign.is_ascii_alphanumeric() { sign.to_ascii_lowercase() } else { '-' };
    let name: String = title.chars().map(plain).take(40).collect();
    let name = name.trim_matches('-').to_owned();
    if name.is_empty() { "patch".to_owned() } else { name }
}
