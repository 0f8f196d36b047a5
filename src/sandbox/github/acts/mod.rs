//! What can happen on GitHub, whoever causes it: an API call or a person on the website. Each act changes the world and
//! tells the hooks.

mod alerts;
mod apps;
mod checks;
mod code;
mod deployments;
mod hooks;
mod issues;
mod pulls;
mod releases;
mod repos;
mod reviews;
mod runs;

pub(super) use alerts::Turn;
pub(super) use issues::{IssueEdit, Lock, NewIssue};
pub(super) use pulls::{Method, NewPull, PullEdit};
pub(super) use releases::NewRelease;
pub(super) use repos::permission;
pub(super) use reviews::NewRemark;
pub(super) use runs::NewRun;
