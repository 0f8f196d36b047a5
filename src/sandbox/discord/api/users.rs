//! Users and direct messages (resources/user).

use serde_json::{Value, json};

use super::{
    super::{form::Form, perm, show},
    Call, Refused, Reply, snowflake,
};

pub(super) fn me(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let mut shown = show::user(&call.inner.setup.bot);
    shown["verified"] = json!(true);
    shown["mfa_enabled"] = json!(false);
    shown["locale"] = json!("en-US");
    shown["email"] = Value::Null;
    Reply::ok(shown)
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Reply, Refused> {
    snowflake("user_id", call.argument(0))?;
    let user = call.world.users.iter().find(|user| user.id == call.argument(0));
    Reply::ok(show::user(user.ok_or_else(Refused::unknown_user)?))
}

pub(super) fn guilds(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let bot = call.bot();
    let ours = call.world.guilds.iter().filter(|guild| guild.has_bot);
    let shown = ours.map(|guild| {
        json!({
            "id": guild.id,
            "name": guild.name,
            "icon": null,
            "banner": null,
            "owner": guild.owner_id == bot,
            "permissions": perm::in_guild(guild, &bot).to_string(),
            "features": [],
        })
    });
    Reply::ok(shown.collect())
}

/// Leaves a guild.
pub(super) fn leave(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let guild = call.guild(0)?;
    call.inner.leave(call.world, &guild);
    Reply::nothing()
}

/// Opens direct messages.
pub(super) fn direct(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let mut form = Form::default();
    let recipient = form.snowflake(call.body, "recipient_id", true);
    form.done()?;
    let (bot, recipient) = (call.bot(), recipient.unwrap_or_default());
    let user = call.world.users.iter().find(|user| user.id == recipient).ok_or_else(Refused::invalid_recipients)?;
    if user.bot {
        return Err(Refused::closed_to_messages());
    }
    let (id, _) = call.world.direct(&bot, &recipient, call.now);
    let channel = call.world.channel(&id).ok_or_else(Refused::unknown_channel)?;
    Reply::ok(show::channel(call.world, channel, &bot))
}
