use serde_json::json;

use super::*;

fn ears() -> Ears {
    let identity = Identity { user: "U0BOT".into(), team: "T1".into(), team_name: "Acme".into() };
    Ears {
        commands: vec!["/qd".into(), "/github".into()],
        team: Some("T1".into()),
        identity: Arc::new(OnceLock::from(identity)),
        clock: Clock::manual("2026-11-20T12:00:00Z".parse().expect("a time")),
    }
}

fn taken(heard: Result<Heard, String>) -> (String, Request) {
    match heard {
        Ok(Heard::Take(arrival)) => match arrival.what {
            Incoming::Request(request) => (arrival.dedupe.expect("a key"), *request),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn line(request: &Request) -> &str {
    match &request.ask {
        Ask::Line { text } => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_command_is_a_line_and_a_services_own_root_is_put_in_front() {
    let command = |command: &str, text: &str| {
        json!({
            "team_id": "T1", "channel_id": "C1", "user_id": "U1", "user_name": "ana", "command": command, "text": text,
            "response_url": "https://hooks.slack.com/commands/T1/1/x", "trigger_id": "1.2.abc",
        })
    };
    let (key, request) = taken(ears().command(&command("/qd", "github issue close acme/api#12 &amp; &lt;b&gt;")));
    assert_eq!(key, "command/1.2.abc");
    assert_eq!(line(&request), "github issue close acme/api#12 & <b>");
    assert_eq!(request.actor.handle(), "slack:U1");
    assert_eq!(request.place.to_string(), "slack:C1");
    assert_eq!(request.trigger.as_deref(), Some("1.2.abc"));
    assert_eq!(request.reply.expect("a handle").expires.to_string(), "2026-11-20T12:30:00Z");
    assert_eq!(line(&taken(ears().command(&command("/github", "issue list"))).1), "github issue list");
    assert_eq!(line(&taken(ears().command(&command("/github", ""))).1), "github");

    let mut foreign = command("/qd", "help");
    foreign["team_id"] = "T2".into();
    assert!(matches!(ears().command(&foreign), Ok(Heard::Ignore(_))));
    assert!(ears().command(&json!({ "command": "/qd" })).is_err(), "what is missing makes it unreadable, not lost");
}

fn event(event: &Value) -> Value {
    json!({ "type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": event })
}

#[test]
fn mentions_and_direct_messages_are_lines() {
    let mention = event(&json!({
        "type": "app_mention", "user": "U1", "channel": "C1", "ts": "2.0", "thread_ts": "1.0",
        "text": "<@U0BOT>: assign <@U2|bo> in <#C9|ops>, see <https://a.example/?x=1&amp;y=2> or <http://acme.com|acme.com> &lt;3",
    }));
    let (key, request) = taken(ears().event(&mention));
    assert_eq!(key, "event/Ev1");
    assert_eq!(line(&request), "assign slack:U2 in slack:C9, see https://a.example/?x=1&y=2 or acme.com <3");
    assert_eq!(request.place.to_string(), "slack:C1/1.0");
    assert_eq!(request.message.expect("the root").id, "1.0");

    let direct = event(&json!({
        "type": "message", "channel_type": "im", "user": "U1", "channel": "D1", "ts": "2.0", "text": "help",
    }));
    let (_, request) = taken(ears().event(&direct));
    assert_eq!((line(&request), request.place.to_string().as_str()), ("help", "slack:D1"));
}

#[test]
fn what_is_not_for_us_is_left_alone() {
    for left in [
        json!({ "type": "message", "channel_type": "im", "user": "U0BOT", "channel": "D1", "ts": "1.0", "text": "me" }),
        json!({ "type": "message", "channel_type": "im", "user": "U1", "bot_id": "B1", "channel": "D1", "text": "bot" }),
        json!({ "type": "message", "channel_type": "im", "subtype": "message_changed", "channel": "D1" }),
        json!({ "type": "message", "channel_type": "channel", "user": "U1", "channel": "C1", "text": "chat" }),
        json!({ "type": "app_mention", "user": "U1", "channel": "C1", "text": "<@U0BOT> x", "edited": { "ts": "1" } }),
        json!({ "type": "message", "channel_type": "im", "user": "U1", "channel": "D1", "text": "" }),
        json!({ "type": "team_join" }),
    ] {
        assert!(matches!(ears().event(&event(&left)), Ok(Heard::Ignore(_))), "{left}");
    }
    let challenge = json!({ "type": "url_verification", "challenge": "word" });
    assert!(matches!(ears().event(&challenge), Ok(Heard::Challenge(word)) if word == "word"));
    assert!(ears().event(&json!({ "type": "event_callback" })).is_err());
    assert!(ears().interaction(&json!({ "type": "view_closed" })).is_ok());
    assert!(ears().interaction(&json!({ "type": "something" })).is_err());
}

fn press(action: &Value) -> Value {
    json!({
        "type": "block_actions", "team": { "id": "T1" }, "user": { "id": "U1", "username": "ana" },
        "trigger_id": "3.4", "channel": { "id": "C1" }, "response_url": "https://hooks.slack.com/actions/1",
        "container": { "type": "message", "message_ts": "2.0", "channel_id": "C1", "is_ephemeral": false },
        "message": { "ts": "2.0", "thread_ts": "1.0", "blocks": [{ "type": "a_block_of_tomorrow" }] },
        "actions": [action],
    })
}

#[test]
fn clicks_and_choices_carry_their_token() {
    let button = json!({ "type": "button", "action_id": "qd:close", "value": "tok-1" });
    let (key, request) = taken(ears().interaction(&press(&button)));
    assert_eq!(key, "press/3.4");
    assert_eq!(request.ask, Ask::Press { token: Token::from_wire("tok-1"), choice: None });
    assert_eq!(request.place.to_string(), "slack:C1/1.0");
    assert_eq!(request.message.expect("a message").id, "2.0");

    let menu = json!({ "type": "static_select", "action_id": "qd:assign:tok_2", "selected_option": { "value": "bo" } });
    let (_, request) = taken(ears().interaction(&press(&menu)));
    assert_eq!(request.ask, Ask::Press { token: Token::from_wire("tok_2"), choice: Some("bo".into()) });

    let page = json!({ "type": "button", "action_id": "qd:open", "url": "https://a.example" });
    assert!(matches!(ears().interaction(&press(&page)), Ok(Heard::Ignore(_))));

    let mut whisper = press(&button);
    whisper["container"]["is_ephemeral"] = true.into();
    assert_eq!(taken(ears().interaction(&whisper)).1.message, None, "nobody can edit what one person sees");

    let mut root = press(&button);
    root["message"]["thread_ts"] = "2.0".into();
    assert_eq!(
        taken(ears().interaction(&root)).1.place.thread,
        None,
        "the thread below is not the thread it stands in"
    );
}

#[test]
fn a_sent_form_brings_token_and_values_back() {
    let payload = json!({
        "type": "view_submission", "team": { "id": "T1" }, "user": { "id": "U1", "name": "ana" },
        "view": {
            "id": "V1", "hash": "h1", "callback_id": "qd:form", "private_metadata": "tok-3",
            "state": { "values": {
                "title": { "value": { "type": "plain_text_input", "value": "It broke" } },
                "empty": { "value": { "type": "plain_text_input", "value": null } },
                "count": { "value": { "type": "number_input", "value": "3" } },
                "kind": { "value": { "type": "static_select", "selected_option": { "value": "bug" } } },
                "labels": { "value": { "type": "multi_static_select", "selected_options": [{ "value": "a" }, { "value": "b" }] } },
                "yes": { "value": { "type": "checkboxes", "selected_options": [{ "value": "true" }] } },
                "no": { "value": { "type": "checkboxes", "selected_options": [] } },
            } },
        },
    });
    let (key, request) = taken(ears().interaction(&payload));
    assert_eq!(key, "submit/V1/h1");
    let Ask::Submit { token, values, .. } = request.ask else { panic!("no form") };
    assert_eq!(token.as_str(), "tok-3");
    let expected =
        [("count", "3"), ("kind", "bug"), ("labels", "a,b"), ("no", "false"), ("title", "It broke"), ("yes", "true")];
    assert_eq!(values.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(), expected);
}

#[test]
fn slacks_own_samples_are_heard_or_refused_and_nothing_panics() {
    let Some(root) = super::super::tests::vendor_data("slack") else {
        eprintln!("skipped: there is no shared/vendor-data");
        return;
    };
    for folder in ["events", "interactive"] {
        for entry in std::fs::read_dir(root.join(folder)).expect("a folder") {
            let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a file");
            let payload: Value = serde_json::from_str(&text).expect("JSON");
            let _ = (ears().event(&payload), ears().interaction(&payload), ears().command(&payload));
        }
    }
}

#[test]
fn what_becomes_of_a_channel_is_news_of_the_place() {
    let news = |kind: &str, more: Value| {
        let mut told = json!({ "type": kind, "channel": "C1", "event_ts": "1.1" });
        told.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        ears().event(&event(&told))
    };
    for kind in ["channel_left", "group_left", "channel_archive", "channel_deleted", "group_archive", "group_deleted"] {
        let (key, request) = taken(news(kind, json!({ "actor_id": "U1" })));
        assert_eq!((key.as_str(), request.place.to_string().as_str()), ("event/Ev1", "slack:C1"), "{kind}");
        assert!(matches!(request.ask, Ask::News(PlaceNews::Lost(_))), "{kind}");
    }
    for (kind, more) in [("channel_unarchive", json!({})), ("member_joined_channel", json!({ "user": "U0BOT" }))] {
        assert_eq!(taken(news(kind, more)).1.ask, Ask::News(PlaceNews::Found), "{kind}");
    }
    assert!(matches!(news("member_joined_channel", json!({ "user": "U1" })), Ok(Heard::Ignore(_))));
}

#[test]
fn what_is_typed_in_a_form_is_asked_for_and_kept_nowhere() {
    let payload = json!({
        "type": "block_suggestion", "team": { "id": "T1" }, "user": { "id": "U1", "name": "ana" },
        "block_id": "channel", "action_id": "value", "value": "ge",
        "view": { "callback_id": "qd:form", "private_metadata": "tok", "state": { "values": {
            "text": { "value": { "type": "plain_text_input", "value": "hi" } },
            "labels": { "value": { "type": "multi_external_select", "selected_options": [{ "value": "a" }, { "value": "b" }] } },
            "repository": { "value": { "type": "external_select", "selected_option": { "value": "acme/api" } } },
        } } },
    });
    let Ok(Heard::Suggest(asked)) = ears().interaction(&payload) else { panic!("not understood") };
    assert_eq!((asked.field.as_str(), asked.begun.as_str(), asked.token.as_str()), ("channel", "ge", "tok"));
    let values: Vec<_> = asked.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(values, [("labels", "a,b"), ("repository", "acme/api"), ("text", "hi")]);
    let mut other = payload;
    other["view"]["callback_id"] = "theirs".into();
    assert!(matches!(ears().interaction(&other), Ok(Heard::Ignore(_))));
}

#[test]
fn a_shortcut_on_a_message_brings_the_message_along() {
    let payload = json!({
        "type": "message_action", "team": { "id": "T1", "domain": "acme" }, "user": { "id": "U1", "name": "ana" },
        "callback_id": "github.issue.create-from-message", "trigger_id": "5.6", "message_ts": "1700000001.000200",
        "response_url": "https://hooks.slack.com/app/T1/1/x", "channel": { "id": "C1", "name": "general" },
        "message": {
            "type": "message", "user": "U2", "ts": "1700000001.000200", "thread_ts": "1700000000.000100",
            "text": "<@U3> it &lt;fails&gt;",
            "files": [{ "id": "F1", "name": "a.png", "mimetype": "image/png", "size": 9,
                "url_private_download": "https://files.slack.com/a" }],
        },
    });
    let (key, request) = taken(ears().interaction(&payload));
    assert_eq!(key, "shortcut/5.6");
    let name = "github.issue.create-from-message".to_owned();
    assert_eq!(request.ask, Ask::Operation { name, values: std::collections::BTreeMap::new() });
    assert_eq!((request.trigger.as_deref(), request.message), (Some("5.6"), None));
    assert_eq!(request.place.to_string(), "slack:C1/1700000000.000100");
    let quote = request.quote.expect("a quote");
    assert_eq!(quote.text, "slack:U3 it <fails>");
    assert_eq!((quote.author.name.as_str(), quote.author.handle.as_deref()), ("U2", Some("slack:U2")));
    assert_eq!(
        quote.link.as_deref(),
        Some("https://acme.slack.com/archives/C1/p1700000001000200?thread_ts=1700000000.000100&cid=C1")
    );
    assert_eq!(quote.at.to_string(), "2023-11-14T22:13:21.0002Z");
    assert_eq!((quote.files[0].name.as_str(), quote.files[0].size), ("a.png", Some(9)));
    let mut bot = payload.clone();
    bot["message"] = json!({ "ts": "1.000001", "bot_id": "B1", "bot_profile": { "name": "CI" }, "text": "",
        "attachments": [{ "fallback": "Build failed" }] });
    let quote = taken(ears().interaction(&bot)).1.quote.expect("a quote");
    assert_eq!((quote.text.as_str(), quote.author.name.as_str(), quote.author.handle), ("Build failed", "CI", None));
    assert!(ears().interaction(&json!({ "type": "message_action", "team": { "id": "T1" } })).is_err());
    assert!(matches!(ears().interaction(&json!({ "type": "shortcut" })), Ok(Heard::Ignore(_))));
}
