//! Answers against Discord's own OpenAPI description (a slice of it; see `tests/data/ORIGINS.md`).

use serde_json::{Value, json};

use super::{
    super::{ANA, APPLICATION, GENERAL, GUILD},
    PLAIN, Rig, buttons, github,
};

fn slice() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/discord/openapi-slice.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What is wrong with an answer of an operation.
fn wrong(slice: &Value, method: &str, template: &str, status: u16, body: &Value) -> Vec<String> {
    let responses = &slice["paths"][template][method]["responses"];
    let Some(response) = responses.get(status.to_string()) else {
        return vec![format!("{method} {template}: no status {status}: {body}")];
    };
    let Some(schema) = response["content"]["application/json"].get("schema") else { return Vec::new() };
    let mut schema = schema.clone();
    schema["components"] = slice["components"].clone();
    let validator = jsonschema::draft202012::options().build(&schema).unwrap();
    let say = |error: jsonschema::ValidationError<'_>| {
        let error = error.to_string();
        format!("{method} {template} {status}: {}", error.chars().take(600).collect::<String>())
    };
    validator.iter_errors(body).map(say).collect()
}

#[tokio::test]
async fn every_answer_fits_discords_description() {
    let rig = Rig::new().await;
    let slice = slice();
    let commands = rig.call("PUT", &format!("/applications/{APPLICATION}/commands"), github()).await;
    let mut socket = rig.listening(PLAIN).await;
    rig.fake.command("ana", "general", "ping", &[]).unwrap();
    let got = socket.event("INTERACTION_CREATE").await;
    let (id, token) = (got["id"].as_str().unwrap(), got["token"].as_str().unwrap());
    let url = format!("/interactions/{id}/{token}/callback?with_response=true");
    let answered = rig.call("POST", &url, json!({"type": 4, "data": {"content": "pong"}})).await;
    let said = rig.fake.say("ana", "general", "hello", None).unwrap();
    rig.fake.react("ben", "general", &said.message, "👍").unwrap();
    let messages = "/channels/{channel_id}/messages";
    let path = format!("/channels/{GENERAL}/messages");
    let rich = json!({
        "content": "see <@1100000000000000031>",
        "components": buttons(),
        "embeds": [{"title": "t", "description": "d", "color": 1, "timestamp": "2026-11-20T12:00:00Z",
                    "fields": [{"name": "n", "value": "v"}], "footer": {"text": "f"}, "author": {"name": "a"}}],
        "message_reference": {"message_id": said.message},
    });
    let v2 = json!({"flags": 32768, "components": [{"type": 17, "components": [
        {"type": 10, "content": "x"}, {"type": 14}, {"type": 9, "components": [{"type": 10, "content": "y"}],
         "accessory": {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}}]}]});
    let hook = rig.post(&format!("/channels/{GENERAL}/webhooks"), json!({"name": "ci"})).await;
    let hook_url = format!("/webhooks/{}/{}?wait=true", hook["id"].as_str().unwrap(), hook["token"].as_str().unwrap());
    let one = format!("{path}/{}", said.message);
    let calls = [
        ("get", "/gateway/bot", "/gateway/bot".to_owned(), Value::Null),
        ("get", "/applications/@me", "/applications/@me".to_owned(), Value::Null),
        ("get", "/users/@me", "/users/@me".to_owned(), Value::Null),
        ("get", "/users/@me/guilds", "/users/@me/guilds".to_owned(), Value::Null),
        ("get", "/users/{user_id}", format!("/users/{ANA}"), Value::Null),
        ("post", "/users/@me/channels", "/users/@me/channels".to_owned(), json!({"recipient_id": ANA})),
        ("get", "/guilds/{guild_id}", format!("/guilds/{GUILD}"), Value::Null),
        ("get", "/guilds/{guild_id}/channels", format!("/guilds/{GUILD}/channels"), Value::Null),
        ("get", "/guilds/{guild_id}/roles", format!("/guilds/{GUILD}/roles"), Value::Null),
        ("get", "/guilds/{guild_id}/members/{user_id}", format!("/guilds/{GUILD}/members/{ANA}"), Value::Null),
        ("get", "/guilds/{guild_id}/members/search", format!("/guilds/{GUILD}/members/search?query=a"), Value::Null),
        ("post", messages, path.clone(), rich),
        ("post", messages, path.clone(), v2),
        (
            "post",
            "/channels/{channel_id}/messages/{message_id}/threads",
            format!("{one}/threads"),
            json!({"name": "t"}),
        ),
        ("get", "/channels/{channel_id}/messages/{message_id}", one, Value::Null),
        ("get", messages, path, Value::Null),
        ("get", "/guilds/{guild_id}/threads/active", format!("/guilds/{GUILD}/threads/active"), Value::Null),
        ("get", "/channels/{channel_id}", format!("/channels/{GENERAL}"), Value::Null),
        ("get", "/channels/{channel_id}", format!("/channels/{}", said.message), Value::Null),
        ("post", "/channels/{channel_id}/webhooks", format!("/channels/{GENERAL}/webhooks"), json!({"name": "ci"})),
        ("post", "/webhooks/{webhook_id}/{webhook_token}", hook_url, json!({"content": "x"})),
    ];
    let mut found = wrong(&slice, "put", "/applications/{application_id}/commands", commands.0, &commands.1);
    let callback = "/interactions/{interaction_id}/{interaction_token}/callback";
    found.extend(wrong(&slice, "post", callback, answered.0, &answered.1));
    for (method, template, path, body) in calls {
        let (status, answer) = rig.call(&method.to_uppercase(), &path, body).await;
        found.extend(wrong(&slice, method, template, status, &answer));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
