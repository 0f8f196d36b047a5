//! Who am I, how much may I still ask, and what this server is.

use serde_json::json;

use super::Ask;
use crate::sandbox::github::limits::{Load, Resource};
use crate::sandbox::github::reply::{Answer, Reply};
use crate::sandbox::github::setup::Access;
use crate::sandbox::github::state::State;

pub(super) fn me(state: &mut State, ask: &Ask<'_>) -> Answer {
    let token = ask.token.ok_or_else(|| ask.problem(401, "Requires authentication"))?;
    if matches!(token.access, Access::Installation(_)) {
        return Err(ask.problem(403, "Resource not accessible by integration"));
    }
    let user = state.world.user(&token.login).ok_or_else(|| ask.missing())?;
    Ok(Reply::ok(ask.sight(state).profile(user, true)))
}

pub(super) fn profile(state: &mut State, ask: &Ask<'_>) -> Answer {
    let user = state.world.user(ask.segment(1)).ok_or_else(|| ask.missing())?;
    Ok(Reply::ok(ask.sight(state).profile(user, false)))
}

pub(super) fn rate_limit(state: &mut State, ask: &Ask<'_>) -> Answer {
    let load = Load { key: ask.key, resource: Resource::Core, writes: false, creates: false, now: state.now };
    Ok(Reply::ok(state.limits.overview(load, &state.rules)))
}

/// Deliveries of this fake come from loopback, so that is what it says.
pub(super) fn meta(_: &mut State, _: &Ask<'_>) -> Answer {
    let here = ["127.0.0.0/8", "::1/128"];
    Ok(Reply::ok(
        json!({ "verifiable_password_authentication": false, "hooks": here, "web": here, "api": here, "git": here }),
    ))
}
