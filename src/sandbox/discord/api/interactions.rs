//! The callback route of interactions.

use super::{Call, Refused, Reply, snowflake};

pub(super) fn callback(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let id = call.argument(0).to_owned();
    snowflake("interaction_id", &id)?;
    let known = call.world.interaction(&id).is_some_and(|one| one.token == call.argument(1));
    if !known {
        return Err(Refused::unknown_interaction());
    }
    let response = call.inner.callback(call.world, &id, call.body, call.uploads)?;
    if call.query_flag("with_response") { Reply::ok(response) } else { Reply::nothing() }
}
