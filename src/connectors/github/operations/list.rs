//! Lists: so many of them, and how many more there are.

use serde::de::DeserializeOwned;

use super::super::Github;
use crate::model::Fault;

/// The most that a list in chat shows.
pub(super) const MOST: u32 = 50;
/// How many pages are read at most; pull requests stand between the issues and are left out.
const PAGES: usize = 5;

/// The beginning of a list.
#[derive(Debug)]
pub(super) struct Shown<T> {
    pub(super) items: Vec<T>,
    /// How many more were seen.
    pub(super) more: usize,
    /// Whether there may be still more.
    pub(super) open_end: bool,
}

impl<T> Shown<T> {
    /// What is said of the rest: `+7 more`.
    pub(super) fn rest(&self) -> Option<String> {
        match (self.more, self.open_end) {
            (0, false) => None,
            (0, true) => Some("There may be more.".to_owned()),
            (more, false) => Some(format!("+{more} more")),
            (more, true) => Some(format!("+{more} and more")),
        }
    }
}

/// Refuses a limit that is out of range.
pub(super) fn check_limit(limit: u32) -> Result<usize, Fault> {
    if (1..=MOST).contains(&limit) {
        Ok(limit as usize)
    } else {
        Err(Fault::bad_input("limit", format!("The limit is {limit}; write a number from 1 to {MOST}.")))
    }
}

/// How many are asked for at once to show `limit`.
pub(super) fn per_page(limit: usize) -> String {
    (limit * 2).clamp(20, 100).to_string()
}

/// The first `limit` of a list that `keep` keeps, over as many pages as it takes.
pub(super) async fn first<T: DeserializeOwned>(
    github: &Github,
    what: &str,
    path: String,
    limit: usize,
    keep: impl Fn(&T) -> bool,
) -> Result<Shown<T>, Fault> {
    let (mut items, mut next) = (Vec::new(), Some(path));
    for _ in 0..PAGES {
        let Some(path) = next.take() else { break };
        let page = github.api.page::<T>(what, &path).await?;
        items.extend(page.items.into_iter().filter(&keep));
        next = page.next;
        if items.len() > limit {
            break;
        }
    }
    let more = items.len().saturating_sub(limit);
    items.truncate(limit);
    Ok(Shown { items, more, open_end: next.is_some() })
}
