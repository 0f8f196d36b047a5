use serde_json::json;

use super::*;

fn ears() -> Ears {
    let own = Identity { user: "77".to_owned(), application: "11".to_owned(), name: "quarterdeck".to_owned() };
    Ears {
        command: "qd".to_owned(),
        guilds: vec!["5".to_owned()],
        identity: Arc::new(OnceLock::from(own)),
        clock: Clock::manual("2026-11-20T12:00:00Z".parse().expect("a time")),
    }
}

fn interaction(kind: u64, data: &Value) -> Value {
    json!({
        "id": "900", "application_id": "11", "type": kind, "token": "tok", "version": 1, "data": data,
        "guild_id": "5", "channel_id": "30", "channel": {"id": "30", "type": 0},
        "member": {"nick": "Ana", "user": {"id": "1", "username": "ana", "global_name": "Ana Reyes"}},
    })
}

fn request(heard: Result<Heard, String>) -> (Request, Option<String>) {
    match heard {
        Ok(Heard::Take(arrival, _)) => match arrival.what {
            Incoming::Request(request) => (*request, arrival.dedupe),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_command_is_an_operation_with_its_options_as_text() {
    let data = json!({"id": "3", "name": "github", "type": 1, "options": [{"name": "issue", "type": 2, "options": [
        {"name": "close", "type": 1, "options": [
            {"name": "issue", "type": 3, "value": "acme/api#12"},
            {"name": "place", "type": 3, "value": "<#34>"},
            {"name": "count", "type": 4, "value": 7},
            {"name": "quiet", "type": 5, "value": true}]}]}]});
    let (request, key) = request(ears().interaction(&interaction(2, &data)));
    let values = map(&[("issue", "acme/api#12"), ("place", "discord:34"), ("count", "7"), ("quiet", "true")]);
    assert_eq!(request.ask, Ask::Operation { name: "github.issue.close".to_owned(), values });
    assert_eq!(request.actor, Actor::User { platform: platform(), id: "1".to_owned(), name: "Ana".to_owned() });
    assert_eq!(request.place.to_string(), "discord:30");
    assert_eq!(key.as_deref(), Some("interaction/900"));
    let reply = request.reply.expect("a reply");
    assert_eq!(request.trigger.as_deref(), Some(reply.value.as_str()));
    assert_eq!(reply.expires.to_string(), "2026-11-20T12:14:30Z");
    assert_eq!(Handle::parse(&reply.value).expect("a handle").token, "tok");
}

#[test]
fn the_root_takes_a_line_and_a_thread_is_in_its_channel() {
    let data = json!({"id": "3", "name": "qd", "type": 1, "options": [
        {"name": "line", "type": 3, "value": "github issue list <@12>"}]});
    let mut payload = interaction(2, &data);
    payload["channel"] = json!({"id": "30", "type": 11, "parent_id": "20"});
    let (request, _) = request(ears().interaction(&payload));
    assert_eq!(request.ask, Ask::Line { text: "github issue list discord:12".to_owned() });
    assert_eq!(request.place.to_string(), "discord:20/30");
}

#[test]
fn a_press_carries_the_token_and_the_choice() {
    let mut payload = interaction(3, &json!({"custom_id": "p:abc", "component_type": 3, "values": ["done"]}));
    payload["message"] = json!({"id": "600", "channel_id": "30", "flags": 32768});
    let (pressed, _) = request(ears().interaction(&payload));
    assert_eq!(pressed.ask, Ask::Press { token: Token::from_wire("abc"), choice: Some("done".to_owned()) });
    assert_eq!(pressed.message.expect("the message").id, "600");
    payload["message"]["flags"] = json!(32768 | 64);
    payload["data"] = json!({"custom_id": "p:abc", "component_type": 2});
    let (pressed, _) = request(ears().interaction(&payload));
    assert_eq!((pressed.message, pressed.ask), (None, Ask::Press { token: Token::from_wire("abc"), choice: None }));
    payload["data"]["custom_id"] = json!("somebody's");
    assert!(matches!(ears().interaction(&payload), Ok(Heard::Ignore(_))));
}

#[test]
fn a_sent_form_names_its_fields() {
    let data = json!({"custom_id": "f:abc", "components": [
        {"type": 18, "component": {"type": 4, "custom_id": "title", "value": "It is late"}},
        {"type": 18, "component": {"type": 3, "custom_id": "labels", "values": ["bug", "ui"]}},
        {"type": 18, "component": {"type": 5, "custom_id": "who", "values": ["12"]}},
        {"type": 18, "component": {"type": 23, "custom_id": "quiet", "value": true}},
        {"type": 10, "id": 9},
        {"type": 1, "components": [{"type": 4, "custom_id": "body", "value": ""}]}]});
    let (request, _) = request(ears().interaction(&interaction(5, &data)));
    let values = map(&[("title", "It is late"), ("labels", "bug,ui"), ("who", "discord:12"), ("quiet", "true")]);
    assert_eq!(request.ask, Ask::Submit { token: Token::from_wire("abc"), values, last: false });
}

#[test]
fn typing_is_answered_and_not_kept() {
    let data = json!({"id": "3", "name": "github", "type": 1, "options": [{"name": "issue", "type": 2, "options": [
        {"name": "close", "type": 1, "options": [
            {"name": "issue", "type": 3, "value": "acme", "focused": true},
            {"name": "reason", "type": 3, "value": "done"}]}]}]});
    let Ok(Heard::Complete(typing)) = ears().interaction(&interaction(4, &data)) else { panic!("not typing") };
    assert_eq!(typing.operation.as_deref(), Some("github.issue.close"));
    assert_eq!((typing.option.as_str(), typing.begun.as_str()), ("issue", "acme"));
    assert_eq!(typing.given, map(&[("reason", "done")]));
}

#[test]
fn only_messages_to_us_are_taken() {
    let message = |author: Value, content: &str, guild: Option<&str>| {
        json!({"id": "700", "type": 0, "channel_id": "30", "guild_id": guild, "content": content, "author": author,
               "member": {"nick": null}})
    };
    let ana = json!({"id": "1", "username": "ana"});
    let (named, key) = request(ears().message(&message(ana.clone(), "<@77> help", Some("5")), Some("20")));
    assert_eq!(named.ask, Ask::Line { text: "help".to_owned() });
    assert_eq!(named.place.to_string(), "discord:20/30");
    assert_eq!(named.message.expect("the thread's root").place.to_string(), "discord:20");
    let reply = Asked::read(&named.reply.expect("a handle").value).expect("a line's");
    assert_eq!((reply.place.to_string().as_str(), &*reply.message, &*reply.user), ("discord:20/30", "700", "1"));
    assert_eq!(key.as_deref(), Some("message/700"));
    let mut reply = message(ana.clone(), "close", None);
    reply["message_reference"] = json!({"message_id": "650", "channel_id": "30"});
    let direct = request(ears().message(&reply, None)).0;
    assert_eq!((direct.message.expect("the message").id.as_str(), direct.reply), ("650", None));
    for ignored in [
        message(ana.clone(), "hello", Some("5")),
        message(ana.clone(), "<@77> help", Some("6")),
        message(json!({"id": "2", "username": "bot", "bot": true}), "<@77> help", Some("5")),
        message(json!({"id": "77", "username": "quarterdeck"}), "<@77> help", None),
        message(ana, "", None),
    ] {
        assert!(matches!(ears().message(&ignored, None), Ok(Heard::Ignore(_))), "{ignored}");
    }
}

#[test]
fn channels_are_lost_and_found() {
    let news = |event: &str, channel: Value| match ears().channel(event, &channel, "s/4") {
        Ok(Heard::All(mut all)) => match all.remove(0).what {
            Incoming::Request(request) => Some(request.ask),
            other => panic!("{other:?}"),
        },
        Ok(Heard::Ignore(_)) => None,
        other => panic!("{other:?}"),
    };
    let lost = |ask: Option<Ask>| matches!(ask, Some(Ask::News(PlaceNews::Lost(_))));
    let overwrite = |allow: u64, deny: u64| {
        json!({"id": "30", "guild_id": "5", "permission_overwrites": [
            {"id": "77", "type": 1, "allow": allow.to_string(), "deny": deny.to_string()}]})
    };
    assert!(lost(news("CHANNEL_DELETE", json!({"id": "30", "guild_id": "5"}))));
    assert!(lost(news("CHANNEL_UPDATE", overwrite(0, 1 << 11))));
    assert_eq!(news("CHANNEL_UPDATE", overwrite(NEEDED, 0)), Some(Ask::News(PlaceNews::Found)));
    assert_eq!(news("CHANNEL_UPDATE", json!({"id": "30", "guild_id": "5"})), None);
    assert_eq!(news("CHANNEL_DELETE", json!({"id": "30", "guild_id": "6"})), None);
}

#[test]
fn what_cannot_be_read_says_why() {
    assert!(ears().interaction(&json!({})).is_err());
    assert!(ears().interaction(&json!({"type": 99})).is_err());
    let mut payload = interaction(2, &json!({"name": "github"}));
    payload["token"] = Value::Null;
    assert!(ears().interaction(&payload).expect_err("no token").contains("/token"));
    assert!(matches!(ears().interaction(&json!({"type": 1})), Ok(Heard::Ping)));
}

#[test]
fn a_command_on_a_message_brings_the_message_along() {
    let target = json!({
        "id": "901", "channel_id": "20", "content": "It fails", "timestamp": "2026-11-20T11:59:00.000000+00:00",
        "author": { "id": "2", "username": "ben" }, "attachments": [], "embeds": [], "mentions": [],
    });
    let data = json!({
        "id": "1", "name": "Create GitHub issue", "type": 3, "target_id": "901",
        "resolved": { "messages": { "901": target } },
    });
    let Ok(Heard::Take(arrival, Some(_))) = ears().interaction(&interaction(2, &data)) else { panic!("not taken") };
    let Incoming::Request(request) = arrival.what else { panic!("no request") };
    let name = "Create GitHub issue".to_owned();
    assert_eq!(request.ask, Ask::Operation { name, values: BTreeMap::new() });
    let quote = request.quote.expect("a quote");
    assert_eq!(
        (quote.text.as_str(), quote.author.name.as_str(), quote.message.id.as_str()),
        ("It fails", "ben", "901")
    );
    assert!(quote.link.is_some_and(|link| link.starts_with("https://discord.com/channels/5/")));
    let gone = json!({ "id": "1", "name": "Create GitHub issue", "type": 3, "target_id": "902" });
    assert!(ears().interaction(&interaction(2, &gone)).is_err(), "it is kept, and not lost");
    let user = json!({ "id": "1", "name": "Who is it", "type": 2, "target_id": "2" });
    assert!(matches!(ears().interaction(&interaction(2, &user)), Ok(Heard::Ignore(_))));
}
