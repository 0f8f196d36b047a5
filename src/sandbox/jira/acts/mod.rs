//! What can happen on the site, whoever causes it: an API call or a person in the browser. Each act changes the data and
//! tells the hooks.

mod agile;
mod issues;
mod talk;

pub(super) use agile::SprintEdit;
pub(super) use issues::NewIssue;
