//! What the fake sends, read by the models of a Discord library.

use serde_json::json;
use serenity::all::{Channel, Command, GatewayEvent, Guild, Interaction, Message};

use super::{PLAIN, Rig, Socket, buttons, github, modal};

#[tokio::test]
async fn a_library_reads_it() {
    let rig = Rig::new().await;
    rig.register(github()).await;
    for command in rig.fake.commands(None) {
        serde_json::from_value::<Command>(command).unwrap();
    }
    let mut socket = Socket::open(&rig.fake.gateway_url(), "").await;
    serde_json::from_value::<GatewayEvent>(socket.next().await).unwrap();
    socket.identify(&rig.fake.setup().token, PLAIN).await;
    serde_json::from_value::<GatewayEvent>(socket.next().await).unwrap();
    let guild = socket.event("GUILD_CREATE").await;
    assert_eq!(serde_json::from_value::<Guild>(guild).unwrap().channels.len(), 6);
    let sent = rig.send(json!({"content": "x", "components": buttons(), "embeds": [{"title": "t"}]})).await;
    let message: Message = serde_json::from_value(sent).unwrap();
    assert_eq!((message.components.len(), message.embeds.len()), (2, 1));
    let thread = rig.fake.create_thread("ana", "general", Some(&message.id.to_string()), "talk").unwrap();
    serde_json::from_value::<Channel>(rig.get(&format!("/channels/{thread}")).await).unwrap();
    let read = |payload: &serde_json::Value| serde_json::from_value::<Interaction>(payload.clone()).unwrap();
    let sent = rig.fake.command("ana", "general", "github help", &[]).unwrap();
    let Interaction::Command(command) = read(&sent.payload) else { panic!() };
    assert_eq!(command.data.name, "github");
    let sent = rig.fake.type_option("ana", "general", "github issue close", &[], "repo").unwrap();
    assert!(matches!(read(&sent.payload), Interaction::Autocomplete(_)));
    let sent = rig.fake.press("ana", "general", &message.id.to_string(), "go").unwrap();
    let Interaction::Component(pressed) = read(&sent.payload) else { panic!() };
    assert_eq!(pressed.message.id, message.id);
    let mut modal = modal();
    modal["components"].as_array_mut().unwrap().truncate(1);
    assert_eq!(rig.reply(&sent.payload, json!({"type": 9, "data": modal})).await.0, 204);
    let sent = rig.fake.submit_modal("ana", "close", &[("why", json!("x"))]).unwrap();
    assert!(matches!(read(&sent.payload), Interaction::Modal(_)));
    let message = rig.get(&format!("/channels/{}/messages/{}", super::GENERAL, message.id)).await;
    assert_eq!(serde_json::from_value::<Message>(message).unwrap().thread.unwrap().name, "talk");
}
