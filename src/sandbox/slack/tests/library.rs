//! A Slack library's own client against the fake: it must not notice the difference.

use std::sync::Arc;

use hyper_rustls::HttpsConnectorBuilder;
use serde_json::json;
use slack_morphism::{errors::SlackClientError, events::SlackEventCallbackBody, prelude::*};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::{super::Disconnect, ANA, GENERAL, Rig, buttons};

type Sent = UnboundedSender<String>;

async fn note(states: SlackClientEventsUserState, what: String) {
    states.read().await.get_user_state::<Sent>().unwrap().send(what).unwrap();
}

async fn command(
    event: SlackCommandEvent,
    _client: Arc<SlackHyperClient>,
    states: SlackClientEventsUserState,
) -> Result<SlackCommandEventResponse, Box<dyn std::error::Error + Send + Sync>> {
    note(states, format!("command {} {}", event.command.0, event.text.unwrap())).await;
    Ok(SlackCommandEventResponse::new(SlackMessageContent::new().with_text("working on it".into())))
}

async fn press(
    event: SlackInteractionEvent,
    _client: Arc<SlackHyperClient>,
    states: SlackClientEventsUserState,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let SlackInteractionEvent::BlockActions(event) = event else { panic!("{event:?}") };
    note(states, format!("press {}", event.actions.unwrap()[0].value.clone().unwrap())).await;
    Ok(())
}

async fn event(
    event: SlackPushEventCallback,
    _client: Arc<SlackHyperClient>,
    states: SlackClientEventsUserState,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let SlackEventCallbackBody::AppMention(mention) = event.event else { panic!("{event:?}") };
    note(states, format!("mention {}", mention.content.text.unwrap())).await;
    Ok(())
}

#[tokio::test]
async fn the_library_speaks_with_it() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let rig = Rig::new().await;
    let https = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
    let connector = SlackClientHyperHttpsConnector::from(https).with_slack_api_url(&rig.fake.api_base());
    let client = Arc::new(SlackClient::new(connector));
    let bot = SlackApiToken::new(rig.fake.setup().bot_token.clone().into());
    let session = client.open_session(&bot);

    let content =
        SlackMessageContent::new().with_text("Deploy?".into()).with_blocks(serde_json::from_value(buttons()).unwrap());
    let request = SlackApiChatPostMessageRequest::new(GENERAL.into(), content);
    let posted = session.chat_post_message(&request).await.unwrap();
    assert_eq!(session.auth_test().await.unwrap().team_id.0, "T0ACME00001");
    let history = SlackApiConversationsHistoryRequest::new().with_channel(GENERAL.into());
    assert_eq!(session.conversations_history(&history).await.unwrap().messages.len(), 1);
    let request =
        SlackApiChatPostMessageRequest::new("C0NOPE".into(), SlackMessageContent::new().with_text("x".into()));
    match session.chat_post_message(&request).await {
        Err(SlackClientError::ApiError(error)) => assert_eq!(error.code, "channel_not_found"),
        other => panic!("{other:?}"),
    }
    rig.fake.fail_next("chat.postMessage", super::super::Failure::RateLimited(7), 1);
    match session.chat_post_message(&request).await {
        Err(SlackClientError::RateLimitError(error)) => assert_eq!(error.retry_after.unwrap().as_secs(), 7),
        other => panic!("{other:?}"),
    }

    let (sent, mut got) = unbounded_channel::<String>();
    let callbacks = SlackSocketModeListenerCallbacks::new()
        .with_command_events(command)
        .with_interaction_events(press)
        .with_push_events(event);
    let environment = Arc::new(SlackClientEventsListenerEnvironment::new(Arc::clone(&client)).with_user_state(sent));
    let config = SlackClientSocketModeConfig::new().with_max_connections_count(1).with_initial_backoff_in_seconds(0);
    let listener = SlackClientSocketModeListener::new(&config, environment, callbacks);
    let app = SlackApiToken::new(rig.fake.setup().app_token.clone().into());
    listener.listen_for(&app).await.unwrap();
    listener.start().await;
    rig.fake.until(|fake| (fake.connections() > 0).then_some(())).await;

    let told = rig.fake.slash(ANA, "general", "/qd", "deploy").unwrap();
    assert_eq!(got.recv().await.unwrap(), "command /qd deploy");
    assert!(told.outcome().await.is_acknowledged());
    assert_eq!(rig.fake.ephemerals(ANA)[0].text, "working on it");
    let pressed = rig.fake.press(ANA, "general", &posted.ts.0, "go").unwrap();
    assert_eq!(got.recv().await.unwrap(), "press token-1");
    assert!(pressed.outcome().await.is_acknowledged());
    let url = SlackResponseUrl(pressed.payload["response_url"].as_str().unwrap().parse().unwrap());
    let done = SlackMessageContent::new().with_text("done".into());
    client.respond_to_event(&url, &SlackApiPostWebhookMessageRequest::new(done)).await.unwrap();
    assert_eq!(rig.fake.ephemerals(ANA)[1].text, "done");

    // It finds its way back after a goodbye.
    rig.fake.disconnect_sockets(Disconnect::RefreshRequested);
    rig.fake.until(|fake| (fake.connections() > 0).then_some(())).await;
    let said = rig.fake.mention(ANA, "general", "hello").unwrap();
    assert_eq!(got.recv().await.unwrap(), "mention <@U0QUARTERBOT> hello");
    assert!(said.delivered[0].outcome().await.is_acknowledged());
    listener.shutdown().await;
    assert_eq!((rig.fake.warnings(), rig.fake.unknown_routes()), (vec![], vec![]));
    assert_eq!(json!(rig.fake.state()["team"]["name"]), "Acme");
}
