//! What can happen on GitHub, whoever causes it: an API call or a person on the website. Each act changes the world and
//! tells the hooks.

mod code;
mod hooks;
mod issues;
mod pulls;

pub(super) use issues::{IssueEdit, NewIssue};
pub(super) use pulls::PullEdit;
