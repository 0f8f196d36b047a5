//! What is done in the workspace, by whomever: the API's handlers and the people of the handle end up here, so that
//! both leave the same traces and cause the same events.

mod hooks;
mod pages;
mod people;
mod tables;

pub(super) use pages::{NewComment, NewPage};
pub use people::Missing;
