//! What people do at their clients, and what the demo page sees.

use serde_json::json;

use super::{
    super::{BEN, GUILD},
    PLAIN, Rig, github,
};

#[tokio::test]
async fn talking() {
    let rig = Rig::new().await;
    let mut socket = rig.listening(PLAIN).await;
    let said = rig.fake.say("ben", "general", "hello", None).unwrap();
    assert_eq!(socket.event("MESSAGE_CREATE").await["id"], said.message);
    rig.fake.edit_message("ben", "general", &said.message, "hullo").unwrap();
    socket.event("MESSAGE_UPDATE").await;
    rig.fake.react("ben", "general", &said.message, "🎉").unwrap();
    let reaction = socket.event("MESSAGE_REACTION_ADD").await;
    assert_eq!((&reaction["user_id"], &reaction["emoji"]["name"]), (&json!(BEN), &json!("🎉")));
    rig.fake.unreact("ben", "general", &said.message, "🎉").unwrap();
    socket.event("MESSAGE_REACTION_REMOVE").await;
    let reply = rig.fake.say("ana", "general", "re", Some(&said.message)).unwrap();
    assert_eq!(socket.event("MESSAGE_CREATE").await["message_reference"]["message_id"], said.message);
    assert!(rig.fake.delete_message("ben", "general", &reply.message).is_err(), "Ana's message");
    rig.fake.delete_message("ana", "general", &said.message).unwrap();
    assert_eq!(socket.event("MESSAGE_DELETE").await["guild_id"], GUILD);
    assert!(rig.fake.edit_message("ben", "general", &reply.message, "x").is_err());
    assert!(rig.fake.say("ben", "alerts", "x", None).is_err(), "Ben does not see #alerts");
    assert!(rig.fake.say("nobody", "general", "x", None).is_err());
    assert!(rig.fake.say("ben", "general", " ", None).is_err());
    assert!(rig.fake.say("ben", "general", &"x".repeat(2001), None).is_err());
    assert!(rig.fake.create_channel("ben", "Acme", "x").is_err());
}

#[tokio::test]
async fn the_demo_page() {
    let rig = Rig::new().await;
    rig.register(github()).await;
    rig.fake.say("ben", "general", "hello", None).unwrap();
    rig.send(json!({"embeds": [{"title": "Deploy"}]})).await;
    let state = rig.fake.state();
    let channels = state["guilds"][0]["channels"].as_array().unwrap();
    let general = channels.iter().find(|channel| channel["name"] == "general").unwrap();
    assert_eq!(general["messages"][0]["content"], "hello");
    assert_eq!(general["messages"][1]["embeds"][0]["title"], "Deploy");
    assert_eq!(general["messages"][1]["author"]["bot"], true);
    let alerts = channels.iter().find(|channel| channel["name"] == "alerts").unwrap();
    assert!(!alerts["visible_to"].as_array().unwrap().contains(&json!(BEN)));
    assert_eq!(state["commands"]["global"].as_array().unwrap().len(), 4);
    assert!(!state.to_string().contains(&rig.fake.setup().token));
}
