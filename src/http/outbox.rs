//! `/api/v1/outbox`: what waits, what was given up, and sending it again. For keys of the role `admin`.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::Problem;
use super::server::Shared;
use crate::delivery::view::{Details, Line};
use crate::model::{DeliveryId, Fault, Role};

/// The most that one answer lists.
const MOST: usize = 1000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listing {
    /// Whether dead letters are listed rather than what waits.
    #[serde(default)]
    dead: bool,
    /// How many.
    limit: Option<usize>,
}

pub(super) async fn list(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Query(listing): Query<Listing>,
) -> Result<Json<Vec<Line>>, Problem> {
    shared.keys.admit(&headers, Role::Admin)?;
    let limit = listing.limit.unwrap_or(100).min(MOST);
    let lines = if listing.dead { shared.outgoing.dead(limit)? } else { shared.outgoing.queued(limit)? };
    Ok(Json(lines))
}

pub(super) async fn show(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Details>, Problem> {
    shared.keys.admit(&headers, Role::Admin)?;
    Ok(Json(shared.outgoing.details(read(&id)?)?))
}

pub(super) async fn redrive(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let key = shared.keys.admit(&headers, Role::Admin)?;
    let id = read(&id)?;
    shared.dead.redrive(id).await?;
    tracing::info!(delivery = %id, key, "a dead letter is sent again");
    Ok(Json(json!({ "id": id, "status": "queued" })))
}

fn read(id: &str) -> Result<DeliveryId, Fault> {
    id.parse().map_err(|error: String| Fault::bad_input("id", error))
}
