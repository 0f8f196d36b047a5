//! Updates as Telegram sends them, and as it may come to send them.

use std::collections::HashMap;

use serde_json::json;

use super::super::tests::{NOW, vendor_data};
use super::super::wire::Pick;
use super::*;

const BOT: i64 = 123_456_789;
const GROUP: i64 = -1_001_234_567_890;

#[derive(Default)]
struct Notes {
    questions: HashMap<(String, i64), Question>,
    choices: Vec<Choice>,
}

impl Memory for Notes {
    fn question(&self, chat: &str, message: i64) -> Option<Question> {
        self.questions.get(&(chat.to_owned(), message)).cloned()
    }

    fn question_to(&self, place: &Place, user: i64) -> Option<(i64, Question)> {
        let fits = |question: &Question| question.user == user.to_string() && question.place == *place;
        self.questions.iter().find(|(_, question)| fits(question)).map(|((_, id), question)| (*id, question.clone()))
    }

    fn choices(&self, _: &Token) -> Option<Vec<Choice>> {
        Some(self.choices.clone()).filter(|choices| !choices.is_empty())
    }

    fn person(&self, _: &str) -> Option<String> {
        None
    }
}

fn ears() -> Ears {
    let identity = OnceLock::new();
    let _ = identity.set(Identity { id: BOT, username: "opsbot".into(), name: "Ops".into() });
    Ears {
        bot: BOT,
        root: "qd".into(),
        services: ["github".to_owned(), "on-call".to_owned()].into(),
        shorts: ["github-issue".to_owned()].into(),
        openings: ["github".to_owned(), "help".to_owned()].into(),
        identity: Arc::new(identity),
        clock: Clock::manual(NOW.parse().expect("a time")),
    }
}

fn hear(update: &Value, notes: &Notes) -> Heard {
    ears().update(update, notes).expect("readable")
}

fn request(heard: &Heard) -> Request {
    let (What::Take(arrival) | What::Answer { arrival, .. }) = &heard.what else { panic!("{heard:?}") };
    assert_eq!(arrival.door, "telegram");
    let Incoming::Request(request) = &arrival.what else { panic!("{arrival:?}") };
    (**request).clone()
}

fn line(update: &Value) -> Option<String> {
    match hear(update, &Notes::default()).what {
        What::Take(arrival) => match arrival.what {
            Incoming::Request(request) => match request.ask {
                Ask::Line { text } => Some(text),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        },
        What::Ignore(_) => None,
        other => panic!("{other:?}"),
    }
}

fn chat(id: i64) -> Value {
    let kind = if id > 0 { "private" } else { "supergroup" };
    json!({"id": id, "type": kind, "title": "ops", "first_name": "Ann"})
}

fn message(chat_id: i64, text: &str, more: &Value) -> Value {
    let mut message = json!({"message_id": 5, "date": 1, "text": text, "chat": chat(chat_id),
        "from": {"id": 4242, "is_bot": false, "first_name": "Ann", "last_name": "Lee", "username": "ann"}});
    for (key, value) in more.as_object().expect("an object") {
        message[key] = value.clone();
    }
    json!({"update_id": 9, "message": message})
}

fn question(notes: &mut Notes, chat: i64, id: i64, kind: FieldKind) -> Token {
    let choice = |value: &str, label: &str| Choice { value: value.into(), label: label.into() };
    let token = Token::new();
    let question = Question {
        token: token.clone(),
        title: "Close".into(),
        place: Place::channel(&platform(), &chat.to_string()),
        user: "4242".into(),
        field: "reason".into(),
        kind,
        required: true,
        offered: vec![choice("done", "Done"), choice("not_planned", "Not planned")],
        ticked: vec![0, 1],
        label: String::new(),
        run: String::new(),
        forced: false,
        until: "2026-11-20T12:10:00Z".parse().expect("a time"),
        answered_by: None,
    };
    notes.questions.insert((chat.to_string(), id), question);
    token
}

#[test]
fn telegrams_own_samples_are_heard() {
    let Some(path) = vendor_data("telegram/updates.json") else { return };
    let updates: Vec<Value> = serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("updates");
    let mut lines = Vec::new();
    let (mut unread, mut news) = (0, 0);
    for update in &updates {
        match ears().update(update, &Notes::default()).map(|heard| heard.what) {
            Err(reason) => {
                assert!(reason.contains("unknown kind"), "{reason}");
                unread += 1;
            }
            Ok(What::Take(arrival)) => match arrival.what {
                Incoming::Request(request) => match request.ask {
                    Ask::Line { text } => lines.push(text),
                    Ask::News(PlaceNews::Found) => news += 1,
                    other => panic!("{other:?}"),
                },
                other => panic!("{other:?}"),
            },
            Ok(_) => {}
        }
    }
    assert!(
        lines.starts_with(&["hello".into(), "deploy api prod".into(), "status 😀 ünï".into(), "reply".into()]),
        "{lines:?}"
    );
    assert!(unread >= 2 && news == 1, "{unread} {news}");
}

#[test]
fn lines_are_heard_where_they_are_meant_for_us() {
    let none = json!({});
    for (chat, text, expected) in [
        (4242, "/qd github issue list", Some("github issue list")),
        (GROUP, "/qd github issue list", Some("github issue list")),
        (GROUP, "/qd@OpsBot help", Some("help")),
        (GROUP, "/qd@otherbot help", None),
        (GROUP, "/github issue list", Some("github issue list")),
        (GROUP, "/on_call who", Some("on-call who")),
        (GROUP, "/other thing", None),
        (GROUP, "/other@opsbot thing", Some("other thing")),
        (4242, "/isue list", Some("isue list")),
        (GROUP, "/help github", Some("help github")),
        (4242, "/start", Some("")),
        (GROUP, "/start", None),
        (GROUP, "just talk", None),
        (4242, "just talk", Some("just talk")),
    ] {
        assert_eq!(line(&message(chat, text, &none)).as_deref(), expected, "{chat} {text}");
    }
    assert_eq!(hear(&message(4242, "/start", &none), &Notes::default()).started, Some(4242));
    let mention = json!({"entities": [{"type": "mention", "offset": 0, "length": 7}]});
    assert_eq!(line(&message(GROUP, "@opsbot status", &mention)).as_deref(), Some("status"));
    for ignored in [
        json!({"from": {"id": 7, "is_bot": true, "first_name": "B"}}),
        json!({"sender_chat": {"id": -5, "type": "channel"}}),
        json!({"forward_origin": {"type": "user"}}),
    ] {
        assert_eq!(line(&message(4242, "/qd help", &ignored)), None);
    }
}

#[test]
fn who_writes_in_the_groups_name_is_told_why_nothing_comes_of_it() {
    let said = |text: &str, more: &Value| {
        let mut update = message(GROUP, text, more);
        update["message"]["from"] =
            json!({"id": 1_087_968_824, "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot"});
        hear(&update, &Notes::default()).what
    };
    let group = json!({"sender_chat": {"id": GROUP, "type": "supergroup"}});
    let at = json!({"sender_chat": {"id": GROUP, "type": "supergroup"},
        "entities": [{"type": "mention", "offset": 0, "length": 7}]});
    for (text, more) in
        [("/qd github issue list", &group), ("/github", &group), ("/qd@opsbot", &group), ("@opsbot hi", &at)]
    {
        let What::Aside(Aside::Nameless { place, message: 5 }) = said(text, more) else { panic!("{text}") };
        assert_eq!(place.channel, GROUP.to_string());
    }
    let channel = json!({"sender_chat": {"id": -5, "type": "channel"}});
    let forward = json!({"sender_chat": {"id": GROUP, "type": "supergroup"}, "forward_origin": {"type": "chat"}});
    for (text, more) in [
        ("good morning", &group),
        ("/qd@otherbot x", &group),
        ("/other", &group),
        ("/qd x", &channel),
        ("/qd x", &forward),
    ] {
        assert!(matches!(said(text, more), What::Ignore(_)), "{text}");
    }
}

#[test]
fn replies_name_what_they_reply_to() {
    let ours = json!({"reply_to_message": {"message_id": 3, "from": {"id": BOT, "is_bot": true}}});
    let request_of = |text: &str, more: &Value| request(&hear(&message(GROUP, text, more), &Notes::default()));
    let reply = request_of("/qd github issue close", &ours);
    assert_eq!(
        reply.message.map(|message| (message.place.to_string(), message.id)),
        Some((format!("telegram:{GROUP}"), "3".into()))
    );
    let handle = reply.reply.and_then(|reply| Handle::read(&reply.value)).expect("a handle");
    assert_eq!((handle.query.as_str(), handle.message, handle.user), ("", 5, 4242), "the answer replies to the line");
    assert!(request(&hear(&message(4242, "/qd help", &json!({})), &Notes::default())).reply.is_none());
    assert_eq!(line(&message(GROUP, "github issue close", &ours)).as_deref(), Some("github issue close"));
    assert_eq!(line(&message(GROUP, "I am on it", &ours)), None, "people talk about cards");
    // In a topic everything seems to reply to the notice that opened it.
    let topic = json!({"message_thread_id": 2, "is_topic_message": true, "reply_to_message": {
        "message_id": 2, "from": {"id": BOT, "is_bot": true}, "forum_topic_created": {"name": "Deploys"}}});
    let reply = request_of("/qd help", &topic);
    assert_eq!((reply.place.to_string(), reply.message), (format!("telegram:{GROUP}/2"), None));
    let trigger = Trigger::read(reply.trigger.as_deref().expect("a trigger")).expect("ours");
    assert_eq!((trigger.user, trigger.message, trigger.name.as_str()), (4242, Some(5), "Ann Lee"));
    // A reply in a group without topics also has a thread id, which is none of a topic.
    assert_eq!(request_of("/qd help", &json!({"message_thread_id": 2})).place.thread, None);
}

fn press(data: &str, user: i64, chat_id: i64) -> Value {
    json!({"update_id": 10, "callback_query": {"id": "77", "data": data, "chat_instance": "1",
        "from": {"id": user, "is_bot": false, "first_name": "Ann"},
        "message": {"message_id": 3, "date": 0, "chat": chat(chat_id)}}})
}

#[test]
fn presses_bring_their_token_and_a_way_to_answer() {
    let choices = ["low", "high"].map(|value| Choice { value: value.into(), label: value.to_uppercase() });
    let mut notes = Notes { choices: choices.to_vec(), ..Notes::default() };
    let heard = hear(&press("p:abc", 4242, GROUP), &notes);
    assert_eq!(heard.query.as_deref(), Some("77"));
    let pressed = request(&heard);
    assert_eq!(pressed.ask, Ask::Press { token: Token::from_wire("abc"), choice: None });
    let reply = pressed.reply.expect("a handle");
    assert_eq!(reply.expires.to_string(), "2026-11-20T12:15:00Z");
    let handle = Handle::read(&reply.value).expect("ours");
    assert_eq!((handle.query.as_str(), handle.message, handle.user), ("77", 3, 4242));
    assert_eq!(pressed.message.map(|message| message.id).as_deref(), Some("3"));
    let pick = Data::Press { token: Token::from_wire("abc"), choice: Some(Pick::new(1, "high")) }.write();
    let chosen = request(&hear(&press(&pick, 4242, GROUP), &notes));
    assert_eq!(chosen.ask, Ask::Press { token: Token::from_wire("abc"), choice: Some("high".into()) });
    // The keyboard that was pressed is an older one than the menu: what stands there by now is not what was meant.
    notes.choices = vec![choices[0].clone(), Choice { value: "highest".into(), label: "HIGHEST".into() }];
    for old in [pick.as_str(), "p:abc:1", "p:abc:7"] {
        let changed = hear(&press(old, 4242, GROUP), &notes);
        assert!(matches!(changed.what, What::Ignore(_)), "{old}");
        assert_eq!(changed.word, Some("This menu has changed; look again."), "{old}");
    }
    notes.choices.clear();
    let gone = hear(&press(&pick, 4242, GROUP), &notes);
    assert!(gone.word.is_some_and(|word| word.contains("expired")) && gone.query.is_some());
    assert!(matches!(hear(&press("m:abc:2", 4242, GROUP), &notes).what, What::Aside(Aside::Menu { .. })));
    let odd = hear(&press(&"x".repeat(64), 4242, GROUP), &notes);
    assert!(matches!(odd.what, What::Ignore(_)) && odd.query.as_deref() == Some("77"), "it is answered all the same");
}

#[test]
fn answers_reach_the_question_that_was_put_to_that_person() {
    let mut notes = Notes::default();
    question(&mut notes, GROUP, 3, FieldKind::Line);
    question(&mut notes, 4242, 3, FieldKind::Choice(Vec::new()));
    let reply = json!({"reply_to_message": {"message_id": 3, "from": {"id": BOT, "is_bot": true}}});
    let value = |update: &Value| match hear(update, &notes).what {
        What::Answer { arrival, answer, .. } => match arrival.what {
            Incoming::Request(request) => match request.ask {
                Ask::Submit { values, last: false, .. } => Some((values.get("reason").cloned(), answer)),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        },
        _ => None,
    };
    let both = |value: &str, answer: &str| Some((Some(value.to_owned()), answer.to_owned()));
    assert_eq!(value(&message(GROUP, "because", &reply)), both("because", "because"));
    assert_eq!(value(&message(GROUP, "/etc/hosts", &reply)), both("/etc/hosts", "/etc/hosts"));
    assert_eq!(value(&message(GROUP, "because", &json!({}))), None, "in a group only a reply is an answer");
    assert_eq!(value(&message(4242, "Not Planned", &json!({}))), both("not_planned", "Not Planned"));
    assert_eq!(line(&message(4242, "/qd help", &json!({}))).as_deref(), Some("help"), "commands stay commands");
    let mut other = message(GROUP, "mine", &reply);
    other["message"]["from"]["id"] = json!(7);
    assert_eq!(value(&other), None, "somebody else's");
    let cancel = hear(&message(GROUP, "/cancel", &reply), &notes).what;
    assert!(matches!(cancel, What::Aside(Aside::Cancel { question: Some(3), user: 4242, .. })), "{cancel:?}");
}

#[test]
fn buttons_below_a_question_answer_it() {
    let mut notes = Notes::default();
    let token = question(&mut notes, GROUP, 3, FieldKind::Choices(Vec::new()));
    let press =
        |key: Key, user: i64| hear(&press(&Data::Form { token: token.clone(), key }.write(), user, GROUP), &notes);
    let submitted = |key: Key| match request(&press(key, 4242)).ask {
        Ask::Submit { values, last, .. } => (values.get("reason").cloned(), last),
        other => panic!("{other:?}"),
    };
    assert_eq!(submitted(Key::Choice(1)), (Some("not_planned".into()), false));
    assert_eq!(submitted(Key::Done), (Some("done,not_planned".into()), false));
    assert_eq!(submitted(Key::Skip), (None, false));
    assert_eq!(submitted(Key::Run), (None, true));
    assert!(matches!(press(Key::Tick(1), 4242).what, What::Aside(Aside::Form { key: Key::Tick(1), .. })));
    assert!(matches!(press(Key::Cancel, 4242).what, What::Aside(Aside::Form { key: Key::Cancel, .. })));
    assert!(press(Key::Cancel, 7).word.is_some(), "somebody else is told so");
}

#[test]
fn what_becomes_of_a_chat_is_news() {
    let moved = |update: &Value| match hear(update, &Notes::default()).what {
        What::Take(arrival) => (arrival.dedupe.clone(), arrival.what.clone()),
        other => panic!("{other:?}"),
    };
    let old = json!({"update_id": 1, "message": {"message_id": 1, "chat": {"id": -40, "type": "group"}, "migrate_to_chat_id": GROUP}});
    let new = json!({"update_id": 2, "message": {"message_id": 1, "chat": chat(GROUP), "migrate_from_chat_id": -40}});
    for update in [&old, &new] {
        let (key, what) = moved(update);
        assert_eq!(key.as_deref(), Some("moved/-40"), "it is heard of once");
        let Incoming::Request(request) = what else { panic!("no request") };
        let to = Place::channel(&platform(), &GROUP.to_string());
        assert_eq!((request.place.to_string(), request.ask), ("telegram:-40".into(), Ask::News(PlaceNews::Moved(to))));
    }
    let member = |kind: &str, member: Value| {
        let update = json!({"update_id": 3, "my_chat_member": {"chat": {"id": -40, "type": kind, "title": "Ops"},
            "from": {"id": 4242, "first_name": "Ann"}, "new_chat_member": member}});
        match request(&hear(&update, &Notes::default())).ask {
            Ask::News(PlaceNews::Lost(why)) => Some(why),
            Ask::News(PlaceNews::Found) => None,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(member("group", json!({"status": "member"})), None);
    assert!(member("group", json!({"status": "left"})).is_some_and(|why| why.contains("Ann removed the bot from Ops")));
    assert!(member("private", json!({"status": "kicked"})).is_some_and(|why| why.contains("blocked")));
    assert!(member("supergroup", json!({"status": "restricted", "can_send_messages": false})).is_some());
    assert_eq!(member("supergroup", json!({"status": "restricted", "can_send_messages": true})), None);
    assert!(member("channel", json!({"status": "administrator", "can_post_messages": false})).is_some());
    assert_eq!(member("channel", json!({"status": "administrator", "can_post_messages": true})), None);
}

#[test]
fn nothing_new_is_lost_and_nothing_odd_breaks() {
    let unknown = json!({"update_id": 44, "new_kind": {"x": 1}});
    let reason = ears().update(&unknown, &Notes::default()).expect_err("unknown");
    let kept = ears().unread(&unknown, reason);
    assert_eq!(kept.dedupe.as_deref(), Some("123456789/44"));
    let Incoming::Unread { body, reason } = kept.what else { panic!("not kept") };
    assert!(reason.contains("new_kind") && String::from_utf8_lossy(&body).contains("new_kind"));
    for odd in [json!(null), json!({}), json!({"update_id": "x"}), json!({"update_id": 1, "message": 7})] {
        assert!(ears().update(&odd, &Notes::default()).is_err(), "{odd}");
        assert!(ears().unread(&odd, String::new()).dedupe.is_some());
    }
    let more = json!({"new_field": {"deep": [1]}, "entities": [{"type": "new_entity", "offset": 0, "length": 3}]});
    assert_eq!(line(&message(GROUP, "/qd help", &more)).as_deref(), Some("help"));
    let edited = json!({"update_id": 3, "edited_message": {}});
    assert!(matches!(hear(&edited, &Notes::default()).what, What::Ignore(_)));
}

#[test]
fn a_question_that_was_put_twice_takes_an_answer_below_either() {
    let mut notes = Notes::default();
    let token = question(&mut notes, GROUP, 7, FieldKind::Line);
    let below =
        |text: &str| json!({"reply_to_message": {"message_id": 3, "text": text, "from": {"id": BOT, "is_bot": true}}});
    let What::Answer { message: at, question, .. } =
        hear(&message(GROUP, "done", &below("Close\n\nAnn: Reason")), &notes).what
    else {
        panic!("no answer")
    };
    assert_eq!((at, question.token), (7, token), "the one that is noted is answered");
    let other = hear(&message(GROUP, "done", &below("acme/api#1 Login fails")), &notes).what;
    assert!(matches!(other, What::Ignore(_)), "below a card it is people's talk: {other:?}");
}

#[test]
fn a_command_copied_from_a_card_is_a_command() {
    let copied = format!("/{JOINER}qd github issue list");
    assert_eq!(line(&message(4242, &copied, &json!({}))).as_deref(), Some("github issue list"));
    assert_eq!(
        line(&message(4242, &format!("/{JOINER}github issue list"), &json!({}))).as_deref(),
        Some("github issue list")
    );
}

#[test]
fn an_answer_may_come_before_it_is_known_which_message_asks() {
    let mut notes = Notes::default();
    let token = question(&mut notes, GROUP, -4242, FieldKind::Choices(Vec::new()));
    let below = json!({"reply_to_message": {"message_id": 3, "text": "Close", "from": {"id": BOT, "is_bot": true}}});
    let reply = hear(&message(GROUP, "done", &below), &notes).what;
    let pressed = hear(&press(&Data::Form { token, key: Key::Skip }.write(), 4242, GROUP), &notes).what;
    for what in [reply, pressed] {
        assert!(matches!(&what, What::Answer { message: -4242, .. }), "{what:?}");
    }
}

#[test]
fn a_reply_quotes_what_it_replies_to_and_short_names_are_commands() {
    let to = json!({ "message_id": 4, "date": 1_700_000_000, "text": "It fails", "chat": chat(-1007),
        "from": { "id": 2, "is_bot": false, "first_name": "Ben" } });
    let command = json!([{ "type": "bot_command", "offset": 0, "length": 13 }]);
    let asked = message(-1007, "/github_issue Login", &json!({ "reply_to_message": to, "entities": command }));
    let request = request(&hear(&asked, &Notes::default()));
    assert_eq!(request.ask, Ask::Line { text: "github-issue Login".to_owned() });
    let quote = request.quote.expect("a quote");
    assert_eq!((quote.text.as_str(), quote.author.name.as_str(), quote.message.id.as_str()), ("It fails", "Ben", "4"));
    assert_eq!(quote.link.as_deref(), Some("https://t.me/c/7/4"));
    let alone = message(-1007, "/github_issue", &json!({ "entities": command }));
    assert_eq!(line(&alone).as_deref(), Some("github-issue"), "it is told how it is used");
}
