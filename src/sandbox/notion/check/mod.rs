//! What a request may look like: shapes as data, one for each body, and Notion's own sentences for what does not fit.
//!
//! The gate and the handlers call it before anything is done. It only looks at the request, never at the workspace.

pub(super) mod blocks;
pub(super) mod bodies;
pub(super) mod filters;
pub(super) mod parts;
mod shape;

pub(super) use shape::{Shape, normal, refuse, whole};

use serde_json::Value;

use super::reply::Reply;

/// The body when it fits its shape.
pub(super) fn body(value: &Value, shape: &Shape) -> Result<(), Reply> {
    let mut wrong = Vec::new();
    shape.look(value, "body", &mut wrong);
    refuse("body", &wrong)
}
