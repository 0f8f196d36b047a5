//! JQL, as far as it is built here: fields with `=`, `!=`, `~`, `!~`, `<`, `>`, `IN`, `IS`, functions, `AND`, `OR`, `NOT`,
//! `ORDER BY`. What is not understood is refused with Jira's words, never guessed.
//! <https://support.atlassian.com/jira-software-cloud/docs/jql-fields/>

mod check;
mod lex;
mod parse;
mod run;
#[cfg(test)]
mod tests;
mod when;

use super::data::Issue;
use super::state::State;

use parse::Query;

/// What a query finds.
#[derive(Debug)]
pub(super) struct Found {
    /// Ids, in the order that was asked for.
    pub issues: Vec<u64>,
    /// Whether it restricts anything.
    pub bounded: bool,
}

/// Runs a query with the eyes of someone.
///
/// # Errors
/// Jira's words for everything that is wrong with it.
pub(super) fn search(state: &State, text: &str, viewer: &str) -> Result<Found, Vec<String>> {
    let query = parse::parse(text).map_err(|wrong| vec![wrong])?;
    let wrong = check::check(state, &query, viewer);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let seen = state.world.issues.values().filter(|issue| {
        state.world.sees(issue, viewer)
            && query.clause.as_ref().is_none_or(|clause| run::holds(state, clause, viewer, issue))
    });
    let mut issues: Vec<&Issue> = seen.collect();
    run::sort(state, &mut issues, &query.order);
    Ok(Found { issues: issues.into_iter().map(|issue| issue.id).collect(), bounded: query.clause.is_some() })
}

/// Whether a query finds an issue; one that cannot be read finds nothing.
pub(super) fn finds(state: &State, text: &str, viewer: &str, issue: &Issue) -> bool {
    let Ok(Query { clause, .. }) = parse::parse(text) else { return false };
    clause.is_none_or(|clause| run::holds(state, &clause, viewer, issue))
}

/// What is wrong with a query; nothing when it can be run.
pub(super) fn problems(state: &State, text: &str, viewer: &str) -> Vec<String> {
    match parse::parse(text) {
        Ok(query) => check::check(state, &query, viewer),
        Err(wrong) => vec![wrong],
    }
}
