//! Slack as a service: what people have the bot do in Slack, forms that complete what is typed, and channels that come
//! and go.

use quarterdeck::delivery::tables::Requests;
use quarterdeck::model::Clock;
use quarterdeck::sandbox::slack::{Delivery, Failure, Outcome, RequestUrls, Spot};
use quarterdeck::stage::StageSetup;
use serde_json::{Value, json};

use crate::conversation::{ALERTS, ANA, BEN, Conversation, GENERAL, patiently, start, text_of, text_of_form};

/// Types into a field of the topmost form and gives the values that are offered.
async fn offered(on: &Conversation, user: &str, field: &str, begun: &str) -> Vec<String> {
    let view = on.form(user).await;
    let asked = on.stage.slack.suggest(user, &Spot::view(&view.id), field, begun).unwrap();
    let Outcome::Acknowledged { response: Some(answer), .. } = patiently("options", asked.outcome()).await else {
        panic!("no options for {field}: {:?}", asked.outcome_now())
    };
    let options = answer["options"].as_array().unwrap().iter();
    options.map(|option| option["value"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_sent_from_a_line_and_says_who_had_it_sent() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, "slack message send #alerts Deploy at *noon*, @cleo and <!channel>").await;
    let sent = on.message(ALERTS).await;
    insta::assert_snapshot!(text_of(&sent), @r"
    Deploy at *noon*, <@U0CLEO00003> and @channel
    — ana
    ");
    insta::assert_snapshot!(text_of(&on.whisper(ANA).await), @":white_check_mark: Sent to #alerts");
    on.slash(ANA, GENERAL, &format!("slack message delete slack:{ALERTS}/{}", sent.ts)).await;
    let card = on.whisper(ANA).await;
    assert!(text_of(&card).contains("Delete this message in #alerts?"), "{}", text_of(&card));
    on.press(ANA, &card, "Yes, do it").await;
    on.edited(&card, "Deleted the message in #alerts").await;
    assert!(on.stage.slack.message(ALERTS, &sent.ts).unwrap().deleted);
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_answer_was_lost_is_shown_once() {
    let on = Conversation::open().await;
    on.stage.slack.fail_next("chat.postMessage", Failure::DropReplyAfterWork, 1);
    on.slash(ANA, GENERAL, "slack message send #alerts Only once").await;
    on.message(ALERTS).await;
    let wait = on.waiting().await;
    on.pass(wait);
    insta::assert_snapshot!(text_of(&on.whisper(ANA).await), @":white_check_mark: Sent to #alerts");
    let posts = on.stage.slack.requests().into_iter().filter(|request| request.method == "chat.postMessage");
    assert_eq!(posts.count(), 1, "it was looked up and not repeated");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_is_picked_while_it_is_typed() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, "slack message send").await;
    let form = on.form(ANA).await;
    // The command that opened it is off the books.
    on.quiet().await;
    insta::assert_snapshot!(text_of_form(&form), @r"
    Send a message
    Send a message to a channel or to a person.
    Channel
    Type to search
    Channel as #name or its id; or a person as @name, for a direct message.
    Text
    What to say.
    Thread
    Message to answer in its thread, by its link.
    ");
    assert_eq!(offered(&on, ANA, "channel", "").await, ["#alerts", "#deploys", "#general", "#random"]);
    assert_eq!(offered(&on, ANA, "channel", "al").await, ["#alerts", "#general", "al"], "what was typed counts, too");
    let before = on.stage.running().unwrap().store().count::<Requests>();
    assert_eq!(before, 0, "nothing of it is kept");
    on.submit(ANA, &json!({ "channel": "#alerts", "text": "hello" })).await;
    assert!(text_of(&on.message(ALERTS).await).starts_with("hello"));
    on.whisper(ANA).await;

    // A value that nobody offered: a person.
    on.slash(ANA, GENERAL, "slack message send").await;
    offered(&on, ANA, "channel", "@ben").await;
    on.submit(ANA, &json!({ "channel": "@ben", "text": "psst" })).await;
    assert!(text_of(&on.whisper(ANA).await).contains("Sent to @ben"));
    let direct = on.stage.slack.direct_channel(BEN).unwrap();
    assert!(text_of(&on.message(&direct).await).starts_with("psst"));
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_channel_is_mended_in_a_form_that_completes() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, "slack channel get #genral").await;
    let told = on.whisper(ANA).await;
    assert!(text_of(&told).contains("Did you mean #general?"), "{}", text_of(&told));
    on.press(ANA, &told, "Correct it in a form").await;
    assert_eq!(offered(&on, ANA, "channel", "gen").await, ["#general", "gen"]);
    on.submit(ANA, &json!({ "channel": "#general" })).await;
    assert!(text_of(&on.whisper(ANA).await).contains("#general"));
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn options_come_over_http_too() {
    let mut setup = StageSetup::new(&Clock::manual(start()));
    setup.slack.delivery = Delivery::Http(RequestUrls::default());
    let on = Conversation::from(setup).await;
    let token = {
        // The stage's own address is known once it runs; the form is opened by a signed request.
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let team = on.stage.slack.setup().team.id.clone();
        let view = json!({ "callback_id": "qd:form", "private_metadata": "no-such-token", "state": { "values": {} } });
        let payload = json!({
            "type": "block_suggestion", "team": { "id": team }, "user": { "id": ANA, "name": "ana" }, "view": view,
            "block_id": "channel", "action_id": "value", "value": "al",
        });
        form.append_pair("payload", &payload.to_string());
        form.finish()
    };
    for path in ["/slack/options", "/slack/interactivity"] {
        let response = on.slack_hook(path, &token, 0).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200, "{path}");
        let answer: Value = response.json().await.unwrap();
        // A form that nobody knows any more offers nothing of ours, and what was typed can still be given.
        assert_eq!(answer["options"][0]["value"], "al", "{path}");
    }
    let unsigned = reqwest::Client::new().post(format!("{}/slack/options", on.stage.url())).body(token);
    assert_eq!(unsigned.send().await.unwrap().status().as_u16(), 401);
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_listens_in_a_channel_that_is_lost_says_so_and_goes_on_when_it_is_back() {
    let on = Conversation::open().await;
    on.slash(ANA, ALERTS, "subscribe github issues").await;
    on.message(ALERTS).await;
    on.quiet().await;
    let gone = on.stage.slack.remove_app_from_channel(ALERTS).unwrap().unwrap();
    assert!(patiently("the acknowledgement", gone.outcome()).await.is_acknowledged());
    on.quiet().await;
    let back = on.stage.slack.invite_bot(ANA, ALERTS).unwrap().unwrap();
    assert!(patiently("the acknowledgement", back.outcome()).await.is_acknowledged());
    on.quiet().await;
    let archived = on.stage.slack.archive(ALERTS).unwrap().unwrap();
    assert!(patiently("the acknowledgement", archived.outcome()).await.is_acknowledged());
    on.quiet().await;
    assert!(on.stage.slack.lost_events().is_empty());
    on.see_all();
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_goes_up_with_who_had_it_uploaded() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, "slack file upload #alerts report.csv a,b").await;
    let shown = on.message(ALERTS).await;
    assert_eq!((shown.text.as_str(), shown.files.len()), ("— ana", 1));
    assert!(text_of(&on.whisper(ANA).await).contains("Uploaded report.csv to #alerts"));
    on.end().await;
}
