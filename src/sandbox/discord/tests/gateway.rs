//! The gateway: signing in, intents, heartbeats, resuming, and every way to go wrong.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    super::{APPLICATION, BOT, GUILD, Goodbye},
    PLAIN, Rig, Socket,
};

#[tokio::test]
async fn signing_in() {
    let rig = Rig::new().await;
    let told = rig.get("/gateway/bot").await;
    assert_eq!((&told["url"], &told["shards"]), (&json!(rig.fake.gateway_url()), &json!(1)));
    assert_eq!(told["session_start_limit"]["remaining"], 1000);
    let mut socket = Socket::open(told["url"].as_str().unwrap(), "").await;
    let hello = socket.next().await;
    assert_eq!((&hello["op"], &hello["d"]["heartbeat_interval"]), (&json!(10), &json!(41250)));
    socket.send(json!({"op": 1, "d": null})).await;
    assert_eq!(socket.next().await["op"], 11);
    socket.identify(&rig.fake.setup().token, PLAIN).await;
    let ready = socket.event("READY").await;
    assert_eq!((&ready["user"]["id"], &ready["application"]["id"]), (&json!(BOT), &json!(APPLICATION)));
    assert_eq!(ready["guilds"], json!([{"id": GUILD, "unavailable": true}]));
    let guild = socket.event("GUILD_CREATE").await;
    assert_eq!((&guild["name"], &guild["member_count"]), (&json!("Acme"), &json!(4)));
    assert_eq!(guild["members"].as_array().unwrap().len(), 1, "only the bot without GUILD_MEMBERS");
    assert_eq!((rig.fake.connections(), rig.fake.identifies(), rig.fake.heartbeats()), (1, 1, 1));
    assert_eq!(rig.get("/gateway/bot").await["session_start_limit"]["remaining"], 999);
}

#[tokio::test]
async fn refusals() {
    let rig = Rig::with(|setup| setup.session_starts = 3).await;
    let url = rig.fake.gateway_url();
    let token = rig.fake.setup().token.clone();
    let identify =
        |token: &str, intents: u64| json!({"op": 2, "d": {"token": token, "intents": intents, "properties": {}}});
    for (frame, code) in [
        (json!({"op": 3, "d": {}}), 4003),
        (json!({"op": 99, "d": {}}), 4001),
        (json!("x"), 4002),
        (json!({"op": 2, "d": {"token": token, "properties": {}}}), 4002),
        (identify("wrong", 1), 4004),
        (identify(&token, 1 << 19), 4013),
        (identify(&token, 1 | 1 << 15), 4014),
        (json!({"op": 2, "d": {"token": token, "intents": 1, "properties": {}, "shard": [1, 1]}}), 4010),
        (json!({"op": 1, "d": "x".repeat(4096)}), 4002),
    ] {
        let mut socket = Socket::open(&url, "").await;
        socket.next().await;
        socket.send(frame.clone()).await;
        assert_eq!(socket.closed().await, Some(code), "{frame}");
    }
    let mut socket = rig.listening(PLAIN).await;
    socket.identify(&token, PLAIN).await;
    assert_eq!(socket.closed().await, Some(4005));
    let mut socket = rig.listening(PLAIN).await;
    for _ in 0..120 {
        socket.send(json!({"op": 1, "d": null})).await;
    }
    assert_eq!(socket.closed().await, Some(4008));
    rig.listening(PLAIN).await;
    let mut socket = rig.session(PLAIN).await;
    assert_eq!(socket.closed().await, Some(4004), "the fourth session of a day resets the token");
    let mut socket = Socket::open(&format!("{url}x").replace("/gatewayx", "/gateway"), "&encoding=etf").await;
    assert_eq!(socket.closed().await, Some(4002));
}

#[tokio::test]
async fn too_quick() {
    let rig = Rig::with(|setup| setup.max_concurrency = 1).await;
    rig.listening(PLAIN).await;
    let mut second = rig.session(PLAIN).await;
    let frame = second.next().await;
    assert_eq!((&frame["op"], &frame["d"]), (&json!(9), &json!(false)));
    rig.pass(5);
    let token = rig.fake.setup().token.clone();
    second.identify(&token, PLAIN).await;
    second.event("READY").await;
}

#[tokio::test]
async fn content_is_private() {
    let rig = Rig::with(|setup| setup.privileged = 1 << 15).await;
    let mut plain = rig.listening(PLAIN).await;
    let mut reads = rig.listening(PLAIN | 1 << 15).await;
    assert_eq!(rig.fake.say("ana", "general", "secret", None).unwrap().heard, 2);
    let (blank, full) = (plain.event("MESSAGE_CREATE").await, reads.event("MESSAGE_CREATE").await);
    assert_eq!((&blank["content"], &full["content"]), (&json!(""), &json!("secret")));
    assert_eq!((&full["guild_id"], &full["member"]["nick"]), (&json!(GUILD), &Value::Null));
    rig.fake.say("ana", "general", &format!("<@{BOT}> hi"), None).unwrap();
    assert_eq!(plain.event("MESSAGE_CREATE").await["content"], format!("<@{BOT}> hi"));
    let direct = rig.fake.direct_channel("ana").unwrap();
    rig.fake.say("ana", &direct, "psst", None).unwrap();
    let heard = plain.event("MESSAGE_CREATE").await;
    assert_eq!((&heard["content"], &heard["guild_id"]), (&json!("psst"), &Value::Null));
    rig.send(json!({"content": "own", "components": super::buttons()})).await;
    let own = plain.event("MESSAGE_CREATE").await;
    assert_eq!((&own["content"], own["components"].as_array().unwrap().len()), (&json!("own"), 2));
    assert_eq!(rig.fake.say("ana", "random", "unseen", None).unwrap().heard, 0);
    // Without the intent in the portal, REST keeps it back too.
    let closed = Rig::new().await;
    let said = closed.fake.say("ana", "general", "secret", None).unwrap();
    let shown = closed.get(&format!("/channels/{}/messages/{}", said.channel, said.message)).await;
    assert_eq!(shown["content"], "");
}

#[tokio::test]
async fn only_what_was_asked_for() {
    let rig = Rig::new().await;
    let mut none = rig.listening(0).await;
    let mut guilds = rig.listening(1).await;
    rig.fake.say("ana", "general", "x", None).unwrap();
    rig.fake.create_channel("ana", "Acme", "new").unwrap();
    assert_eq!(guilds.event("CHANNEL_CREATE").await["name"], "new");
    rig.fake.rename_channel("ana", "new", "newer").unwrap();
    assert_eq!(guilds.event("CHANNEL_UPDATE").await["name"], "newer");
    rig.fake.delete_channel("ana", "newer").unwrap();
    guilds.event("CHANNEL_DELETE").await;
    rig.fake.remove_from_channel("alerts").unwrap();
    assert_eq!(guilds.event("CHANNEL_DELETE").await["name"], "alerts");
    rig.fake.add_to_channel("alerts").unwrap();
    guilds.event("CHANNEL_CREATE").await;
    rig.fake.leave_guild("Acme", "ben").unwrap();
    rig.fake.remove_bot("Acme").unwrap();
    let gone = guilds.event("GUILD_DELETE").await;
    assert_eq!(gone, json!({"id": GUILD}), "without `unavailable`: the bot was removed");
    rig.fake.add_bot("Acme").unwrap();
    guilds.event("GUILD_CREATE").await;
    none.send(json!({"op": 1, "d": null})).await;
    assert_eq!(none.next().await["op"], 11, "nothing else came");
}

#[tokio::test]
async fn resuming() {
    let rig = Rig::new().await;
    let mut socket = rig.session(PLAIN).await;
    let ready = socket.event("READY").await;
    socket.event("GUILD_CREATE").await;
    let (url, id) = (ready["resume_gateway_url"].as_str().unwrap(), &ready["session_id"]);
    let token = rig.fake.setup().token.clone();
    let resume = |seq: u64| json!({"op": 6, "d": {"token": token, "session_id": id, "seq": seq}});
    for how in [Goodbye::Close(4000), Goodbye::CloseWithoutCode, Goodbye::Cut] {
        rig.fake.disconnect(how);
        let code = socket.closed().await;
        assert_eq!(code, if how == Goodbye::Close(4000) { Some(4000) } else { None });
        rig.fake.until(|fake| (fake.connections() == 0).then_some(())).await;
        let said = rig.fake.say("ana", "general", "missed", None).unwrap();
        assert_eq!(said.heard, 1, "kept for later");
        let seq = socket.seq;
        socket = Socket::open(url, "").await;
        socket.next().await;
        socket.send(resume(seq)).await;
        assert_eq!(socket.event("MESSAGE_CREATE").await["id"], said.message);
        socket.event("RESUMED").await;
    }
    assert_eq!((rig.fake.resumes(), rig.fake.identifies(), rig.fake.warnings().len()), (3, 1, 0));
    // Asked to reconnect.
    rig.fake.disconnect(Goodbye::Reconnect);
    assert_eq!(socket.next().await["op"], 7);
    let seq = socket.seq;
    drop(socket);
    let mut socket = Socket::open(url, "").await;
    socket.next().await;
    socket.send(resume(seq)).await;
    socket.event("RESUMED").await;
    // Gone deaf: nothing comes, not even ACKs, yet nothing is lost.
    rig.fake.disconnect(Goodbye::Silent);
    let said = rig.fake.say("ana", "general", "unheard", None).unwrap();
    socket.send(json!({"op": 1, "d": null})).await;
    assert!(tokio::time::timeout(Duration::from_millis(50), socket.try_next()).await.is_err());
    let seq = socket.seq;
    drop(socket);
    let mut socket = Socket::open(url, "").await;
    socket.next().await;
    socket.send(resume(seq)).await;
    assert_eq!(socket.event("MESSAGE_CREATE").await["id"], said.message);
    socket.event("RESUMED").await;
    // Refused.
    rig.fake.refuse_resumes(1);
    drop(socket);
    let mut socket = Socket::open(url, "").await;
    socket.next().await;
    socket.send(resume(seq)).await;
    let frame = socket.next().await;
    assert_eq!((&frame["op"], &frame["d"]), (&json!(9), &json!(false)));
    socket.identify(&token, PLAIN).await;
    socket.event("READY").await;
}

#[tokio::test]
async fn sessions_end() {
    let rig = Rig::new().await;
    let token = rig.fake.setup().token.clone();
    let mut socket = rig.session(PLAIN).await;
    let ready = socket.event("READY").await;
    let url = ready["resume_gateway_url"].as_str().unwrap().to_owned();
    let resume = json!({"op": 6, "d": {"token": token, "session_id": ready["session_id"], "seq": 2}});
    let try_resume = async |url: &str, frame: &Value| {
        let mut socket = Socket::open(url, "").await;
        socket.next().await;
        socket.send(frame.clone()).await;
        socket.try_next().await
    };
    let mut ahead = resume.clone();
    ahead["d"]["seq"] = json!(99);
    assert_eq!(try_resume(&url, &ahead).await, Err(Some(4007)));
    assert!(try_resume(&rig.fake.gateway_url(), &resume).await.is_ok());
    assert_eq!(rig.fake.warnings().last().unwrap().error, "RESUME elsewhere than at the resume_gateway_url");
    rig.fake.until(|fake| (fake.connections() == 0).then_some(())).await;
    rig.pass(121);
    assert_eq!(try_resume(&url, &resume).await.unwrap()["op"], 9, "too late");
    // Told that the session is invalid.
    let mut socket = rig.listening(PLAIN).await;
    rig.fake.disconnect(Goodbye::InvalidSession(false));
    let frame = socket.next().await;
    assert_eq!((&frame["op"], &frame["d"]), (&json!(9), &json!(false)));
    assert_eq!(rig.fake.say("ana", "general", "x", None).unwrap().heard, 0);
    // A goodbye by the app ends the session.
    let mut socket = rig.listening(PLAIN).await;
    socket
        .stream
        .close(Some(tokio_tungstenite::tungstenite::protocol::CloseFrame { code: 1000.into(), reason: "".into() }))
        .await
        .unwrap();
    rig.fake.until(|fake| (fake.connections() == 0).then_some(())).await;
    rig.fake.until(|fake| (fake.say("ana", "general", "x", None).unwrap().heard == 0).then_some(())).await;
}

#[tokio::test]
async fn a_missed_heartbeat() {
    let rig = Rig::with(|setup| setup.heartbeat_interval = Duration::from_millis(20)).await;
    let mut socket = rig.listening(PLAIN).await;
    assert_eq!(socket.closed().await, Some(4009));
}

#[tokio::test]
async fn compressed() {
    let rig = Rig::new().await;
    let mut socket = Socket::open(&rig.fake.gateway_url(), "&compress=zlib-stream").await;
    assert_eq!(socket.next().await["op"], 10);
    socket.identify(&rig.fake.setup().token, PLAIN).await;
    socket.event("READY").await;
    assert_eq!(socket.event("GUILD_CREATE").await["name"], "Acme");
    for at in 0..20 {
        rig.send(json!({"content": format!("{at} {}", "long ".repeat(300))})).await;
        assert!(socket.event("MESSAGE_CREATE").await["content"].as_str().unwrap().starts_with(&at.to_string()));
    }
}

#[tokio::test]
async fn members_on_request() {
    let rig = Rig::with(|setup| setup.privileged = 1 << 1).await;
    let mut socket = rig.listening(PLAIN | 1 << 1).await;
    socket.send(json!({"op": 8, "d": {"guild_id": GUILD, "query": "", "limit": 0, "nonce": "n"}})).await;
    let chunk = socket.event("GUILD_MEMBERS_CHUNK").await;
    assert_eq!((chunk["members"].as_array().unwrap().len(), &chunk["nonce"]), (4, &json!("n")));
    rig.fake.leave_guild("Acme", "ben").unwrap();
    assert_eq!(socket.event("GUILD_MEMBER_REMOVE").await["user"]["username"], "ben");
    rig.fake.join_guild("Acme", "ben").unwrap();
    assert_eq!(socket.event("GUILD_MEMBER_ADD").await["user"]["username"], "ben");
    rig.fake.set_nick("Acme", "ben", Some("Benny")).unwrap();
    assert_eq!(socket.event("GUILD_MEMBER_UPDATE").await["nick"], "Benny");
    let found = rig.get(&format!("/guilds/{GUILD}/members/search?query=An&limit=5")).await;
    assert_eq!(found[0]["user"]["username"], "ana");
    assert_eq!(rig.get(&format!("/guilds/{GUILD}/members?limit=2")).await.as_array().unwrap().len(), 2);
}
