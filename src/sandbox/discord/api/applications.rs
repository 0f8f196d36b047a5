//! The application itself, and where its gateway is (resources/application, events/gateway#get-gateway-bot).

use serde_json::json;

use super::{
    super::{Delivery, lock, show},
    Call, Refused, Reply,
};

pub(super) fn gateway(call: &mut Call<'_>) -> Result<Reply, Refused> {
    Reply::ok(json!({"url": call.inner.gateway_url()}))
}

pub(super) fn gateway_bot(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (remaining, reset_after) = call.inner.starts_left(call.now);
    Reply::ok(json!({
        "url": call.inner.gateway_url(),
        "shards": 1,
        "session_start_limit": {
            "total": call.inner.setup.session_starts,
            "remaining": remaining,
            "reset_after": reset_after,
            "max_concurrency": call.inner.setup.max_concurrency,
        },
    }))
}

pub(super) fn me(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let inner = call.inner;
    let owner = call.world.guilds.first().and_then(|guild| call.world.user(&guild.owner_id));
    let url = match &*lock(&inner.delivery) {
        Delivery::Http(url) => Some(url.clone()),
        Delivery::Gateway => None,
    };
    Reply::ok(json!({
        "id": inner.setup.application_id,
        "name": inner.setup.bot.username,
        "icon": null,
        "description": "",
        "summary": "",
        "type": null,
        "bot_public": inner.setup.public,
        "bot_require_code_grant": false,
        "is_monetized": false,
        "hook": true,
        "verify_key": hex::encode(inner.key.verifying_key().as_bytes()),
        "flags": 0,
        "flags_new": "0",
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [],
        "role_connections_verification_url": null,
        "approximate_user_authorization_count": 0,
        "owner": owner.map(show::user),
        "bot": show::user(&inner.setup.bot),
        "team": null,
        "interactions_endpoint_url": url,
        "redirect_uris": [],
        "approximate_guild_count": call.world.guilds.iter().filter(|guild| guild.has_bot).count(),
        "approximate_user_install_count": 0,
        "integration_types_config": {"0": {}},
    }))
}
