//! Buttons, menus, response URLs and modals, over a socket.

use serde_json::{Value, json};
use slack_morphism::events::{SlackEventCallbackBody, SlackInteractionEvent, SlackPushEventCallback};

use super::{super::Spot, ANA, GENERAL, Rig, Socket, buttons, modal};

fn interaction(envelope: &Value) -> SlackInteractionEvent {
    assert_eq!(envelope["type"], "interactive");
    serde_json::from_value(envelope["payload"].clone()).unwrap_or_else(|error| panic!("{error}: {envelope}"))
}

fn event(envelope: &Value) -> SlackEventCallbackBody {
    assert_eq!(envelope["type"], "events_api");
    serde_json::from_value::<SlackPushEventCallback>(envelope["payload"].clone()).unwrap().event
}

async fn posted(rig: &Rig) -> String {
    let args = json!({"channel": GENERAL, "text": "Deploy?", "blocks": buttons()});
    rig.ok("chat.postMessage", args).await["ts"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_press_and_its_response_url() {
    let rig = Rig::new().await;
    let mut socket = rig.socket().await;
    let ts = posted(&rig).await;
    let sent = rig.fake.press("ana", "general", &ts, "Go").unwrap();
    let envelope = socket.next().await;
    assert_eq!(envelope["accepts_response_payload"], false);
    let SlackInteractionEvent::BlockActions(event) = interaction(&envelope) else { panic!() };
    assert_eq!(event.actions.unwrap()[0].value.as_deref(), Some("token-1"));
    let payload = &envelope["payload"];
    assert_eq!(
        payload["container"],
        json!({"type": "message", "message_ts": ts, "channel_id": GENERAL, "is_ephemeral": false})
    );
    assert_eq!(payload["message"]["blocks"][1]["block_id"], "row");
    assert_eq!(payload["state"]["values"]["row"]["env"], json!({"type": "static_select", "selected_option": null}));
    assert_eq!(payload["actions"][0]["block_id"], "row");
    assert_eq!(payload["user"], json!({"id": ANA, "username": "ana", "name": "ana", "team_id": "T0ACME00001"}));
    socket.ack(&envelope, None).await;
    assert!(sent.outcome().await.is_acknowledged());

    let url = payload["response_url"].as_str().unwrap();
    let answer = async |body: Value| rig.http.post(url).json(&body).send().await.unwrap();
    let done = answer(json!({"replace_original": true, "text": "done", "blocks": []})).await;
    assert_eq!((done.status().as_u16(), done.text().await.unwrap().as_str()), (200, "ok"));
    assert_eq!(rig.fake.messages("general")[0].text, "done");
    answer(json!({"text": "just you"})).await;
    assert_eq!(rig.fake.ephemerals(ANA)[0].text, "just you");
    assert_eq!(answer(json!({"blocks": [{"type": "x"}]})).await.status(), 400);
    answer(json!({"response_type": "in_channel", "text": "all"})).await;
    assert_eq!(rig.fake.messages("general").len(), 2);
    answer(json!({"delete_original": true})).await;
    assert!(rig.fake.message("general", &ts).unwrap().deleted);
    let used = answer(json!({"text": "sixth"})).await;
    assert_eq!(
        (used.status().as_u16(), used.json::<Value>().await.unwrap()["error"].clone()),
        (404, json!("used_url"))
    );
    let other = rig.fake.slash(ANA, "general", "/qd", "x").unwrap();
    rig.pass(1800);
    let late = rig.http.post(other.payload["response_url"].as_str().unwrap()).json(&json!({"text": "x"}));
    assert_eq!(late.send().await.unwrap().json::<Value>().await.unwrap()["error"], "expired_url");
}

#[tokio::test]
async fn choices() {
    let rig = Rig::new().await;
    let mut socket = rig.socket().await;
    let ts = posted(&rig).await;
    let spot = Spot::message("general", &ts);
    rig.fake.choose("ana", &spot, "env", "prod").unwrap();
    let envelope = socket.next().await;
    assert!(matches!(interaction(&envelope), SlackInteractionEvent::BlockActions(_)));
    let chosen = &envelope["payload"]["actions"][0]["selected_option"];
    assert_eq!((&chosen["value"], &chosen["text"]["text"]), (&json!("prod"), &json!("Production")));
    assert_eq!(envelope["payload"]["state"]["values"]["row"]["env"]["selected_option"]["value"], "prod");
    assert!(rig.fake.choose("ana", &spot, "env", "nope").is_err());
    assert!(rig.fake.press("ana", "general", &ts, "nope").is_err());
    let ephemeral = json!({"channel": GENERAL, "user": ANA, "text": "x", "blocks": buttons()});
    let hidden = rig.ok("chat.postEphemeral", ephemeral).await["message_ts"].as_str().unwrap().to_owned();
    assert!(rig.fake.press("ben", "general", &hidden, "go").is_err());
    rig.fake.press("ana", "general", &hidden, "go").unwrap();
    let envelope = socket.next().await;
    assert_eq!(
        (&envelope["payload"]["container"]["is_ephemeral"], envelope["payload"].get("message")),
        (&json!(true), None)
    );
    let url = envelope["payload"]["response_url"].as_str().unwrap();
    rig.http.post(url).json(&json!({"delete_original": true})).send().await.unwrap();
    assert_eq!(rig.fake.ephemerals(ANA), []);
}

#[tokio::test]
async fn suggestions() {
    let rig = Rig::new().await;
    let mut socket = rig.socket().await;
    let select = json!({"type": "external_select", "action_id": "issue", "min_query_length": 1});
    let blocks = json!([{"type": "actions", "elements": [select]}]);
    let answer = rig.ok("chat.postMessage", json!({"channel": GENERAL, "text": "x", "blocks": blocks})).await;
    let spot = Spot::message("general", answer["ts"].as_str().unwrap());
    assert!(rig.fake.suggest("ana", &spot, "issue", "").is_err());
    let sent = rig.fake.suggest("ana", &spot, "issue", "bug").unwrap();
    let envelope = socket.next().await;
    assert_eq!(envelope["accepts_response_payload"], true);
    let SlackInteractionEvent::BlockSuggestion(event) = interaction(&envelope) else { panic!() };
    assert_eq!(event.value, "bug");
    let option = json!({"text": {"type": "plain_text", "text": "#12 bug"}, "value": "12"});
    socket.ack(&envelope, Some(json!({"options": [option]}))).await;
    assert!(sent.outcome().await.is_acknowledged());
    assert_eq!(rig.fake.warnings(), []);
    rig.fake.choose("ana", &spot, "issue", option).unwrap();
    assert_eq!(socket.next().await["payload"]["actions"][0]["selected_option"]["value"], "12");
    let sent = rig.fake.suggest("ana", &spot, "issue", "bug").unwrap();
    let envelope = socket.next().await;
    socket.ack(&envelope, Some(json!({"options": [{"value": "1"}]}))).await;
    sent.outcome().await;
    assert!(rig.fake.warnings()[0].error.contains("missing required field: text"));
}

/// Opens the modal for Ana and gives its id.
async fn opened(rig: &Rig, socket: &mut Socket) -> String {
    let sent = rig.fake.slash(ANA, "general", "/qd", "close").unwrap();
    let view = rig.ok("views.open", json!({"trigger_id": sent.payload["trigger_id"], "view": modal()})).await;
    let envelope = socket.next().await;
    socket.ack(&envelope, None).await;
    sent.outcome().await;
    view["view"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_modal_from_open_to_submit() {
    let rig = Rig::new().await;
    let mut socket = rig.socket().await;
    let id = opened(&rig, &mut socket).await;
    let required = rig.fake.submit_view("ana", &id, &json!({})).unwrap_err();
    assert_eq!(required.fields["why"], "Please complete this required field.");
    let long = rig.fake.submit_view("ana", &id, &json!({"text": "x".repeat(21)})).unwrap_err();
    assert!(long.fields.contains_key("why"));
    assert!(rig.fake.submit_view("ana", &id, &json!({"nope": "x"})).is_err());
    assert!(rig.fake.submit_view("ben", &id, &json!({"text": "x"})).is_err());

    let sent = rig.fake.submit_view("ana", &id, &json!({"text": "fixed", "Reason": "done"})).unwrap();
    let envelope = socket.next().await;
    assert_eq!(envelope["accepts_response_payload"], true);
    let SlackInteractionEvent::ViewSubmission(event) = interaction(&envelope) else { panic!() };
    assert_eq!(event.view.state_params.state.unwrap().values.len(), 2);
    let values = &envelope["payload"]["view"]["state"]["values"];
    assert_eq!(values["why"]["text"], json!({"type": "plain_text_input", "value": "fixed"}));
    assert_eq!(values["reason"]["menu"]["selected_option"]["value"], "done");
    socket.ack(&envelope, Some(json!({"response_action": "errors", "errors": {"why": "too short"}}))).await;
    sent.outcome().await;
    assert_eq!(rig.fake.views("ana")[0].errors["why"], "too short");

    let mut second = modal();
    second["callback_id"] = json!("sure");
    for (answer, open, callback) in [
        (Some(json!({"response_action": "update", "view": second})), 1, "sure"),
        (Some(json!({"response_action": "push", "view": modal()})), 2, "close-issue"),
        (None, 1, "sure"),
        (Some(json!({"response_action": "clear"})), 0, ""),
    ] {
        let top = rig.fake.views("ana").last().unwrap().id.clone();
        let sent = rig.fake.submit_view("ana", &top, &json!({"text": "fixed"})).unwrap();
        let envelope = socket.next().await;
        socket.ack(&envelope, answer).await;
        assert!(sent.outcome().await.is_acknowledged());
        let views = rig.fake.views("ana");
        assert_eq!(views.len(), open);
        assert_eq!(views.last().map_or("", |view| view.field("callback_id")), callback);
    }
    assert_eq!(rig.fake.warnings(), []);
}

#[tokio::test]
async fn a_modal_closed_or_left_without_answer() {
    let rig = Rig::new().await;
    let mut socket = rig.socket().await;
    let id = opened(&rig, &mut socket).await;
    let sent = rig.fake.submit_view("ana", &id, &json!({"text": "x"})).unwrap();
    let envelope = socket.next().await;
    socket.ack(&envelope, Some(json!({"response_action": "errors", "errors": {"nope": "x"}}))).await;
    sent.outcome().await;
    assert!(rig.fake.warnings()[0].error.starts_with("We had some trouble connecting"));
    rig.fake.submit_view("ana", &id, &json!({"text": "x"})).unwrap();
    socket.next().await;
    rig.pass(3);
    assert_eq!((rig.fake.warnings().len(), rig.fake.views("ana").len()), (2, 1));
    rig.fake.close_view("ana", &id).unwrap().unwrap();
    let envelope = socket.next().await;
    assert!(matches!(interaction(&envelope), SlackInteractionEvent::ViewClosed(_)));
    assert_eq!(rig.fake.views("ana"), []);
    let gone = json!({"view_id": id, "view": modal()});
    assert_eq!(rig.error("views.update", gone).await, "not_found");
}

#[tokio::test]
async fn reactions_and_membership() {
    let rig = Rig::new().await;
    let mut socket = rig.socket().await;
    let ts = posted(&rig).await;
    rig.fake.react("ana", "general", &ts, "rocket").unwrap().unwrap();
    let envelope = socket.next().await;
    assert!(matches!(event(&envelope), SlackEventCallbackBody::ReactionAdded(_)));
    let inside = &envelope["payload"]["event"];
    assert_eq!((&inside["type"], &inside["item"]["ts"]), (&json!("reaction_added"), &json!(ts)));
    assert!(rig.fake.react("ana", "general", &ts, "rocket").is_err());
    rig.fake.remove_app_from_channel("general").unwrap().unwrap();
    assert_eq!(socket.next().await["payload"]["event"]["type"], "channel_left");
    assert_eq!(rig.fake.mention("ana", "general", "still there?").unwrap().delivered.len(), 0);
    rig.fake.invite_bot("ana", "general").unwrap().unwrap();
    let joined = socket.next().await;
    assert!(matches!(event(&joined), SlackEventCallbackBody::MemberJoinedChannel(_)));
    assert_eq!(joined["payload"]["event"]["inviter"], ANA);
}

#[tokio::test]
async fn elements_inside_a_modal() {
    let rig = Rig::new().await;
    let mut socket = rig.socket().await;
    let sent = rig.fake.slash(ANA, "general", "/qd", "x").unwrap();
    let mut view = modal();
    let more = json!([
        {"type": "section", "block_id": "s", "text": {"type": "plain_text", "text": "x"},
         "accessory": {"type": "button", "action_id": "more", "text": {"type": "plain_text", "text": "More"}}},
        {"type": "input", "block_id": "live", "dispatch_action": true, "optional": true,
         "label": {"type": "plain_text", "text": "Live"},
         "element": {"type": "external_select", "action_id": "pick", "min_query_length": 0}},
        {"type": "actions", "block_id": "o", "elements": [{"type": "overflow", "action_id": "menu2", "options": [
            {"text": {"type": "plain_text", "text": "Mute"}, "value": "mute"}]}]},
    ]);
    view["blocks"].as_array_mut().unwrap().extend(more.as_array().unwrap().clone());
    let view = rig.ok("views.open", json!({"trigger_id": sent.payload["trigger_id"], "view": view})).await;
    let id = view["view"]["id"].as_str().unwrap();
    socket.next().await;

    rig.fake.press_in_view("ana", id, "More").unwrap();
    let envelope = socket.next().await;
    let SlackInteractionEvent::BlockActions(event) = interaction(&envelope) else { panic!() };
    assert!(event.view.is_some() && event.channel.is_none());
    assert_eq!(envelope["payload"]["container"], json!({"type": "view", "view_id": id}));
    assert_eq!(envelope["payload"].get("response_url"), None);
    let pushed = json!({"trigger_id": envelope["payload"]["trigger_id"], "view": modal()});
    let top = rig.ok("views.push", pushed).await["view"].clone();
    assert_eq!((&top["previous_view_id"], &top["root_view_id"]), (&json!(id), &json!(id)));
    assert!(rig.fake.press_in_view("ana", id, "More").is_err(), "only the view on top can be used");
    rig.fake.close_view("ana", top["id"].as_str().unwrap()).unwrap();
    socket.next().await;

    let spot = Spot::view(id);
    assert!(rig.fake.choose("ana", &spot, "pick", "One").is_err(), "nothing was offered yet");
    let asked = rig.fake.suggest("ana", &spot, "Live", "").unwrap();
    let envelope = socket.next().await;
    assert!(matches!(interaction(&envelope), SlackInteractionEvent::BlockSuggestion(_)));
    let option = json!({"text": {"type": "plain_text", "text": "One"}, "value": "1"});
    socket.ack(&envelope, Some(json!({"options": [option]}))).await;
    assert!(asked.outcome().await.is_acknowledged());
    assert!(rig.fake.choose("ana", &spot, "pick", "Two").is_err());
    rig.fake.choose("ana", &spot, "pick", "One").unwrap();
    let envelope = socket.next().await;
    interaction(&envelope);
    let state = &envelope["payload"]["view"]["state"]["values"]["live"]["pick"];
    assert_eq!(state["selected_option"]["value"], "1");
    rig.fake.choose("ana", &spot, "menu2", "mute").unwrap();
    assert_eq!(socket.next().await["payload"]["actions"][0]["selected_option"]["value"], "mute");
    assert!(rig.fake.choose("ana", &spot, "menu", "done").is_err(), "an input waits for the submission");
}

#[tokio::test]
async fn channels_are_lost_and_come_back() {
    let rig = Rig::new().await;
    let mut socket = rig.socket().await;
    rig.fake.remove_app_from_channel("incident").unwrap().unwrap();
    let left = socket.next().await;
    assert_eq!(left["payload"]["event"]["type"], "group_left", "a private channel is a group in events");
    assert_eq!(left["payload"]["event"]["channel"], "C0INCIDENT5");
    let gone = json!({"channel": "C0INCIDENT5", "text": "x"});
    assert_eq!(rig.error("chat.postMessage", gone).await, "channel_not_found");
    assert!(rig.fake.remove_app_from_channel("incident").is_err());
    rig.fake.archive("deploys").unwrap().unwrap();
    assert_eq!(socket.next().await["payload"]["event"]["type"], "channel_archive");
    let there = json!({"channel": "C0DEPLOYS02", "text": "x"});
    assert_eq!(rig.error("chat.postMessage", there.clone()).await, "is_archived");
    rig.fake.unarchive("deploys").unwrap().unwrap();
    assert_eq!(socket.next().await["payload"]["event"]["type"], "channel_unarchive");
    rig.ok("chat.postMessage", there.clone()).await;
    rig.fake.delete_channel("deploys").unwrap().unwrap();
    assert_eq!(socket.next().await["payload"]["event"]["type"], "channel_deleted");
    assert_eq!(rig.error("chat.postMessage", there).await, "channel_not_found");
    assert!(rig.fake.archive("random").unwrap().is_none(), "where the app is not it hears of nothing");
}
