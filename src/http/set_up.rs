//! Setting integrations up: the handshake of a webhook door, and the sign-in that a person begins in their browser.
//! All but the way back from the browser is for keys of the role `admin`.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::Problem;
use super::server::Shared;
use crate::model::{Fault, Role};
use crate::vault::{Handshake, Oauth};

fn handshake<'s>(shared: &'s Shared, integration: &str) -> Result<&'s Handshake, Fault> {
    let door = shared.doors.get(integration).and_then(|door| door.handshake());
    door.map(AsRef::as_ref).ok_or_else(|| {
        Fault::not_found(format!(
            "`{integration}` has no webhook door whose secret the vendor gives; see the settings."
        ))
    })
}

fn oauth<'s>(shared: &'s Shared, integration: &str) -> Result<&'s Oauth, Fault> {
    shared.oauths.get(integration).map(AsRef::as_ref).ok_or_else(|| {
        Fault::not_found(format!("Nobody signs in to `{integration}` by browser; it has no `oauth` in the settings."))
    })
}

/// How far a door's handshake is.
pub(super) async fn state(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Path(integration): Path<String>,
) -> Result<Json<Value>, Problem> {
    shared.keys.admit(&headers, Role::Admin)?;
    let state = handshake(&shared, &integration)?.state().await?;
    Ok(Json(json!({ "integration": integration, "state": state })))
}

/// The token that the vendor offered, once.
pub(super) async fn token(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Path(integration): Path<String>,
) -> Result<Json<Value>, Problem> {
    let key = shared.keys.admit(&headers, Role::Admin)?;
    let token = handshake(&shared, &integration)?.show().await?;
    tracing::warn!(integration, key, "a verification token was shown");
    Ok(Json(json!({ "integration": integration, "token": token.expose() })))
}

/// Starts a door's handshake over.
pub(super) async fn reset(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Path(integration): Path<String>,
) -> Result<Json<Value>, Problem> {
    let key = shared.keys.admit(&headers, Role::Admin)?;
    handshake(&shared, &integration)?.reset().await?;
    tracing::warn!(integration, key, "a webhook door is set up anew");
    Ok(Json(json!({ "integration": integration, "state": "pending" })))
}

/// Begins a sign-in: the answer is where a person goes on, in their browser.
pub(super) async fn begin(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Path(integration): Path<String>,
) -> Result<Json<Value>, Problem> {
    let key = shared.keys.admit(&headers, Role::Admin)?;
    let url = oauth(&shared, &integration)?.begin();
    tracing::info!(integration, key, "a sign-in was begun");
    Ok(Json(json!({ "integration": integration, "url": url })))
}

/// What the vendor sends the person back with.
#[derive(Debug, Deserialize)]
pub(super) struct Back {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

/// The person comes back from the vendor. No key is asked for: the state is one that only who began it knows.
pub(super) async fn finish(
    State(shared): State<Shared>,
    Path(integration): Path<String>,
    Query(back): Query<Back>,
) -> Response {
    let kind = [("content-type", "text/plain; charset=utf-8"), ("referrer-policy", "no-referrer")];
    let said = match (oauth(&shared, &integration), back) {
        (Err(fault), _) => Err(fault),
        // The vendor's words are not repeated: anybody can write them into a link.
        (_, Back { error: Some(_), .. }) => Err(Fault::denied("The sign-in was not granted. Nothing has changed.")),
        (Ok(oauth), Back { state: Some(state), code: Some(code), .. }) => oauth.finish(&state, &code).await,
        _ => Err(Fault::bad_input("code", "This address is where the vendor sends people back to; it needs a `code`.")),
    };
    match said {
        Ok(()) => (StatusCode::OK, kind, "Signed in. This window can be closed.\n".to_owned()).into_response(),
        Err(fault) => {
            tracing::warn!(integration, %fault, "a sign-in did not work");
            let status = StatusCode::from_u16(fault.policy().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, kind, format!("{}\n", fault.outside)).into_response()
        }
    }
}
