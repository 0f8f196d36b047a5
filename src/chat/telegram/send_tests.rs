//! The outward half against the strict fake: what is posted, edited, asked and answered, as people see it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::tables::{Acquaintance, Known, Questions};
use super::tests::{Gate, NOW, offer, telegram};
use super::wire::{Handle, Trigger};
use super::{Telegram, platform};
use crate::chat::{Ground, gallery};
use crate::delivery::tables::Requests;
use crate::delivery::{Carried, Carrier as _, Errand, Parcel};
use crate::model::{
    Action, ActionKind, Ask, Block, Card, Choice, Clock, DeliveryId, Fault, FaultKind, MessageRef, Object, Place,
    Press, ReplyHandle, Request, Show, Token, Tone, Who,
};
use crate::operations::{FieldKind, Form, FormField, Forms as _};
use crate::sandbox::telegram::{
    ANA, BEN, CLEO, DEPLOYS, DEV, Failure, INCIDENT, Message, OPS, Outcome, RateLimits, TelegramFake, TelegramSetup,
};

pub(super) struct Rig {
    pub(super) fake: TelegramFake,
    pub(super) telegram: Arc<Telegram>,
    pub(super) ground: Ground,
    pub(super) clock: Clock,
    _directory: tempfile::TempDir,
}

pub(super) async fn rig() -> Rig {
    rig_with(RateLimits::default()).await
}

pub(super) async fn rig_with(limits: RateLimits) -> Rig {
    let clock = Clock::manual(NOW.parse().expect("a time"));
    let (ground, directory) = Ground::sample(&clock);
    let now = clock.clone();
    let mut setup = TelegramSetup { now: Arc::new(move || now.now()), limits, ..TelegramSetup::default() };
    // Cleo never wrote to the bot.
    setup.users.iter_mut().filter(|user| user.id == CLEO).for_each(|user| user.started = false);
    let fake = TelegramFake::start(setup).await.expect("a fake");
    let platform = Arc::new(telegram(fake.base(), &fake.setup().token, None, &ground));
    platform.sign_in().await.expect("signed in");
    Rig { fake, telegram: platform, ground, clock, _directory: directory }
}

pub(super) fn place(chat: i64) -> Place {
    Place::channel(&platform(), &chat.to_string())
}

fn topic(chat: i64, topic: i64) -> Place {
    Place { thread: Some(topic.to_string()), ..place(chat) }
}

fn post(place: Place, card: Card) -> Errand {
    Errand::Post { under: None, reply: None, place, card: Box::new(card), only_for: None }
}

fn whisper(place: Place, card: Card, user: i64) -> Errand {
    Errand::Post { under: None, reply: None, place, card: Box::new(card), only_for: Some(user.to_string()) }
}

fn button(id: &str, label: &str) -> (Action, Token) {
    let token = Token::new();
    let action = Action::run(id, label, Press::new("x.y.z", Object::new()));
    (Action { token: Some(token.clone()), ..action }, token)
}

impl Rig {
    pub(super) async fn carry(&self, errand: Errand) -> Result<Carried, Fault> {
        let parcel = Parcel { id: DeliveryId::new(), attempt: 0, queued_at: self.clock.now(), errand };
        self.telegram.carry(&parcel).await
    }

    pub(super) async fn posted(&self, place: Place, card: Card) -> MessageRef {
        self.carry(post(place, card)).await.expect("carried").message.expect("a message")
    }

    pub(super) fn last(&self, chat: i64) -> Message {
        self.fake.messages(chat).pop().expect("a message")
    }

    fn message(&self, chat: i64, id: &str) -> Message {
        self.fake.message(chat, id.parse().expect("a number")).expect("a message")
    }

    /// A chat or person was heard from.
    pub(super) async fn knows(&self, id: i64, name: &str, username: Option<&str>, person: bool) {
        let who = Acquaintance { name: name.into(), username: username.map(str::to_owned), person };
        let key = id.to_string();
        self.ground.store.write(move |tx| tx.put::<Known>(&key, &who)).await.expect("written");
    }

    /// Listens while the test goes on.
    pub(super) async fn listening(&self, test: impl Future<Output = ()>) {
        let offer = offer(&self.ground, "admin", &[], &[]);
        tokio::select! {
            ended = self.telegram.listen_into(Gate::new(&self.ground, 0..0), &offer, &*self.telegram) => panic!("{ended:?}"),
            () = test => {}
        }
        assert_eq!(self.fake.unknown_routes(), Vec::<String>::new());
        assert!(self.fake.violations().is_empty());
    }

    /// The next request in the inbox, taken out of it.
    async fn request(&self) -> Request {
        let mut arrived = self.ground.store.watch::<Requests>();
        loop {
            if let Some((number, request)) = self.ground.store.scan::<Requests>(None, 1).expect("rows").pop() {
                let gone = self.ground.store.write(move |tx| {
                    tx.delete::<Requests>(&number);
                    Ok(())
                });
                gone.await.expect("written");
                return request;
            }
            arrived.recv().await.expect("a store");
        }
    }
}

fn labels(message: &Message) -> Vec<String> {
    message.buttons().into_iter().map(|(label, _)| label).collect()
}

#[tokio::test]
async fn a_card_is_posted_and_edited_in_place() {
    let rig = rig().await;
    let (close, _) = button("close", "Close");
    let card =
        Card::new(Tone::Warning, "acme/api#12 <b>fails</b> for @ben_acme").text("/drop everything").action(close);
    let at = rig.posted(place(OPS), card.clone()).await;
    let shown = rig.message(OPS, &at.id);
    assert_eq!(shown.text.replace('\u{2060}', "|"), "⚠️ acme/api#12 <b>fails</b> for @|ben_acme\n\n/|drop everything");
    let kinds: Vec<&str> = shown.entities.iter().filter_map(|entity| entity["type"].as_str()).collect();
    assert_eq!((kinds, labels(&shown)), (vec!["bold"], vec!["Close".to_owned()]));

    // The same once more is no fault, and no second message.
    for card in [card, Card::new(Tone::Good, "acme/api#12 works")] {
        let carried = rig.carry(Errand::Edit { message: at.clone(), card: Box::new(card) }).await.expect("edited");
        assert_eq!(carried.message.as_ref(), Some(&at));
    }
    let shown = rig.message(OPS, &at.id);
    assert_eq!((shown.text.as_str(), labels(&shown).len()), ("✅ acme/api#12 works", 0));

    rig.fake.delete_message(ANA, OPS, at.id.parse().expect("a number")).expect("deleted");
    let gone = rig.carry(Errand::Edit { message: at, card: Box::new(Card::new(Tone::Good, "again")) }).await;
    assert_eq!(gone.expect_err("gone").kind, FaultKind::NotFound);
}

#[tokio::test]
async fn topics_replies_and_names_lead_to_the_right_place() {
    let rig = rig().await;
    let at = rig.posted(topic(DEV, DEPLOYS), Card::new(Tone::Good, "Deployed")).await;
    assert_eq!((at.place.clone(), rig.message(DEV, &at.id).topic), (topic(DEV, DEPLOYS), Some(DEPLOYS)));
    let note = Errand::Post {
        under: Some(at.id.clone()),
        reply: None,
        place: topic(DEV, DEPLOYS),
        card: Box::new(Card::new(Tone::Neutral, "A note")),
        only_for: None,
    };
    rig.carry(note).await.expect("carried");
    assert_eq!(rig.last(DEV).reply_to, at.id.parse().ok());
    let named = rig.posted("telegram:@acmeops".parse().expect("a place"), Card::new(Tone::Good, "By name")).await;
    assert_eq!(named.place, place(OPS));
    let nowhere = rig.carry(post(place(-1_001_999), Card::new(Tone::Good, "x"))).await.expect_err("no such chat");
    assert_eq!(nowhere.kind, FaultKind::NotFound);
}

#[tokio::test]
async fn what_is_long_goes_on_below() {
    let rig = rig().await;
    let log =
        |lines: usize| Block::Code((0..lines).map(|line| format!("line {line} of it")).collect::<Vec<_>>().join("\n"));
    let at = rig.posted(place(ANA), Card::new(Tone::Bad, "Failed").block(log(300))).await;
    let all = rig.fake.messages(ANA);
    let [first, second] = &all[all.len() - 2..] else { panic!("two messages") };
    assert!(first.text.ends_with(" lines more") && second.text.starts_with("… Failed, continued"), "{}", first.text);
    assert_eq!(second.reply_to, at.id.parse().ok());
    rig.posted(place(ANA), Card::new(Tone::Bad, "Failed").block(log(3_000))).await;
    let file = rig.last(ANA).file.expect("a file");
    assert_eq!(file.name.as_deref(), Some("details.txt"));
    let content = String::from_utf8(rig.fake.file(&file.file_id).expect("its content")).expect("text");
    assert!(content.starts_with("Failed\n\nline 0") && content.ends_with("line 2999 of it\n"));
}

#[tokio::test]
async fn what_is_for_one_person_comes_in_private_where_it_may() {
    let rig = rig().await;
    let answer = Card::new(Tone::Neutral, "Your issues").text("There are none.");
    rig.knows(OPS, "Acme Ops", Some("acmeops"), false).await;
    rig.carry(whisper(place(OPS), answer.clone(), ANA)).await.expect("carried");
    assert_eq!(rig.last(ANA).text, "In Acme Ops:\n\nYour issues\n\nThere are none.");
    assert!(rig.fake.messages(OPS).is_empty());

    // Cleo never opened a chat with the bot.
    rig.carry(whisper(place(OPS), answer, CLEO)).await.expect("carried");
    let shown = rig.last(OPS);
    assert!(
        shown.text.starts_with("Your issues")
            && shown.text.contains("To get answers like this in private, open a chat with me")
    );
    let links: Vec<&str> = shown.entities.iter().filter_map(|entity| entity["url"].as_str()).collect();
    assert_eq!(links, ["https://t.me/quarterdeck_bot?start=hello"]);

    // A confirmation is answered where it was asked for.
    let (mut yes, _) = button("yes", "Yes, do it");
    if let ActionKind::Run(press) = &mut yes.kind {
        press.who = Who::Only(format!("telegram:{ANA}"));
        press.confirmed = true;
    }
    rig.carry(whisper(place(OPS), Card::new(Tone::Warning, "Delete it?").action(yes), ANA)).await.expect("carried");
    assert_eq!(labels(&rig.last(OPS)), ["Yes, do it"]);
}

#[tokio::test]
async fn a_group_that_became_another_one_is_followed() {
    let rig = rig().await;
    let before = rig.posted(place(INCIDENT), Card::new(Tone::Good, "before")).await;
    let new = rig.fake.migrate(INCIDENT, ANA).expect("migrated");
    let carried = rig.carry(post(place(INCIDENT), Card::new(Tone::Good, "after"))).await.expect("carried");
    assert_eq!(carried.moved, Some(place(new)));
    assert_eq!((carried.message.expect("a message").place, rig.last(new).text.as_str()), (place(new), "✅ after"));
    let edit = Errand::Edit { message: before, card: Box::new(Card::new(Tone::Good, "changed")) };
    assert_eq!(rig.carry(edit).await.expect_err("left behind").kind, FaultKind::NotFound);
}

#[tokio::test]
async fn refusals_keep_their_meaning() {
    let rig = rig().await;
    rig.fake.fail_next("sendMessage", Failure::RateLimited(7), 1);
    let fault = rig.carry(post(place(OPS), Card::new(Tone::Good, "x"))).await.expect_err("limited");
    assert!(matches!(fault.kind, FaultKind::RateLimited { until } if until > rig.clock.now()), "{fault}");
    rig.clock.advance(SignedDuration::from_secs(8));
    rig.fake.fail_next("sendMessage", Failure::DropReplyAfterWork, 1);
    let fault = rig.carry(post(place(OPS), Card::new(Tone::Good, "x"))).await.expect_err("unclear");
    assert_eq!(fault.kind, FaultKind::Unknown);
    rig.fake.block_bot(BEN).expect("blocked");
    let fault = rig.carry(post(place(BEN), Card::new(Tone::Good, "x"))).await.expect_err("blocked");
    assert_eq!(fault.kind, FaultKind::Denied);
    rig.fake.remove_bot(OPS, ANA).expect("removed");
    let fault = rig.carry(post(place(OPS), Card::new(Tone::Good, "x"))).await.expect_err("kicked");
    assert_eq!(fault.kind, FaultKind::Denied);
    let tolls =
        |errand| rig.telegram.tolls(&Parcel { id: DeliveryId::new(), attempt: 0, queued_at: rig.clock.now(), errand });
    let keys = |errand| tolls(errand).into_iter().map(|toll| (toll.key, toll.closes)).collect::<Vec<_>>();
    let group = keys(post(place(OPS), Card::default()));
    assert_eq!(group[0], ("telegram".to_owned(), true));
    assert_eq!((group.len(), keys(post(place(ANA), Card::default())).len()), (3, 2));
}

#[tokio::test]
async fn a_press_is_answered_on_the_screen_or_below_the_card() {
    let rig = rig().await;
    let (close, token) = button("close", "Close");
    let at = rig.posted(place(OPS), Card::new(Tone::Warning, "acme/api#12").action(close)).await;
    let message: i64 = at.id.parse().expect("a number");
    rig.listening(async {
        let pressed = rig.fake.press(BEN, OPS, message, "Close").expect("pressed");
        let request = rig.request().await;
        assert_eq!(request.ask, Ask::Press { token: token.clone(), choice: None });
        let handle = request.reply.expect("a handle");
        let answer = |card: Card, show: Show, replace: bool| Errand::Answer { handle: handle.clone(), card: Box::new(card), show, replace };
        rig.carry(answer(Card::new(Tone::Warning, "Ana closed it at 14:03."), Show::Private, false)).await.expect("carried");
        assert!(matches!(pressed.outcome().await, Outcome::Answered { text: Some(text), alert: false, .. } if text.contains("Ana closed it")));

        // A second word on the same press goes another way; a public one is a reply to the card.
        rig.carry(answer(Card::new(Tone::Warning, "And once more."), Show::Private, false)).await.expect("carried");
        assert!(rig.last(BEN).text.ends_with("And once more."));
        rig.carry(answer(Card::new(Tone::Good, "Closed"), Show::Public, false)).await.expect("carried");
        assert_eq!((rig.last(OPS).text.as_str(), rig.last(OPS).reply_to), ("✅ Closed", Some(message)));
        rig.carry(answer(Card::new(Tone::Muted, "Cancelled"), Show::Private, true)).await.expect("carried");
        assert_eq!(rig.message(OPS, &at.id).text, "⚪ Cancelled");

        rig.clock.advance(SignedDuration::from_hours(1));
        let late = rig.carry(answer(Card::new(Tone::Good, "x"), Show::Private, false)).await.expect_err("too late");
        assert_eq!(late.kind, FaultKind::NotFound);
    })
    .await;
}

#[tokio::test]
async fn a_menu_is_the_keyboard_for_a_while() {
    let rig = rig().await;
    let choices = (0..10).map(|at| Choice { value: format!("v{at}"), label: format!("Person {at}") }).collect();
    let (assign, token) = button("assign", "Assign");
    let kind = ActionKind::Select { press: Press::new("x.y.z", Object::new()), into: "who".into(), choices };
    let (close, _) = button("close", "Close");
    let card = Card::new(Tone::Warning, "acme/api#12").action(close).action(Action { kind, ..assign });
    let at = rig.posted(place(OPS), card).await;
    let message: i64 = at.id.parse().expect("a number");
    rig.listening(async {
        let shows = async |label: &str| {
            rig.fake.until(|fake| labels(&fake.message(OPS, message)?).iter().any(|l| l == label).then_some(())).await;
        };
        let press = |label: &str| rig.fake.press(BEN, OPS, message, label).expect("pressed");
        assert_eq!(labels(&rig.message(OPS, &at.id)), ["Close", "Assign ▾"]);
        press("Assign ▾");
        shows("Person 0").await;
        press("›");
        shows("Person 9").await;
        press("Back");
        shows("Close").await;
        press("Assign ▾");
        shows("Person 3").await;
        press("Person 3");
        let request = rig.request().await;
        assert_eq!(request.ask, Ask::Press { token: token.clone(), choice: Some("v3".into()) });
        rig.telegram.taken(&request).await;
        assert_eq!(labels(&rig.message(OPS, &at.id)), ["Close", "Assign ▾"]);
    })
    .await;
}

pub(super) fn field(name: &str, kind: FieldKind, required: bool) -> FormField {
    FormField {
        name: name.into(),
        label: name.to_uppercase(),
        help: format!("The `{name}` of it."),
        kind,
        required,
        value: None,
        error: None,
        completes: false,
        suggestions: Vec::new(),
    }
}

pub(super) fn form(field: FormField, more: usize) -> Form {
    Form {
        token: Token::new(),
        title: "Create an issue".into(),
        intro: Some("Create an issue in a repository.".into()),
        submit: "Create".into(),
        fields: vec![field],
        operation: "github.issue.create".into(),
        more,
    }
}

pub(super) fn trigger(place: Place, user: i64, message: Option<i64>) -> String {
    Trigger { place, user, name: "Ana Reyes".into(), message, question: None }.write()
}

#[tokio::test]
async fn a_free_text_is_asked_for_outright() {
    let rig = rig().await;
    rig.listening(async {
        let said = rig.fake.say(ANA, OPS, None, "/qd@quarterdeck_bot things", None).expect("said");
        rig.request().await;
        let asked = form(field("title", FieldKind::Line, true), 2);
        rig.telegram.open(&trigger(place(OPS), ANA, Some(said.message)), &asked).await.expect("asked");
        let shown = rig.last(OPS);
        assert_eq!(
            shown.text,
            "Create an issue\nCreate an issue in a repository.\n\nAna Reyes: TITLE\nThe title of it.\n\nReply to this message. \
             /cancel@quarterdeck_bot stops this. 2 more questions after this."
        );
        let prompt = rig.fake.prompt(ANA, OPS).expect("a prompt");
        assert_eq!((prompt.message, prompt.placeholder.as_deref()), (shown.id, Some("TITLE")));
        assert!(rig.fake.prompt(BEN, OPS).is_none(), "nobody else is asked");
        rig.fake.answer_prompt(ANA, OPS, "Login fails").expect("answered");
        let Ask::Submit { token, values, last } = rig.request().await.ask else { panic!("an answer") };
        assert_eq!((token, last), (asked.token, false));
        assert_eq!(values.into_iter().collect::<Vec<_>>(), [("title".to_owned(), "Login fails".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn choices_are_buttons_and_what_was_chosen_is_shown() {
    let rig = rig().await;
    let choice = |value: &str, label: &str| Choice { value: value.into(), label: label.into() };
    let kinds = vec![choice("bug", "Bug"), choice("feature", "Feature")];
    rig.listening(async {
        let shown_at = |text: &str| rig.fake.messages(ANA).iter().rev().find(|m| m.text.contains(text)).map(|m| m.id);
        let asked = form(field("kind", FieldKind::Choice(kinds.clone()), false), 2);
        rig.telegram.open(&trigger(place(ANA), ANA, None), &asked).await.expect("asked");
        let question = rig.last(ANA);
        assert_eq!(labels(&question), ["Bug", "Feature", "Skip", "Create now", "Cancel"]);
        rig.fake.press(ANA, ANA, question.id, "Bug").expect("pressed");
        let Ask::Submit { values, .. } = rig.request().await.ask else { panic!("an answer") };
        assert_eq!(values.get("kind").map(String::as_str), Some("bug"));
        rig.fake.until(|_| shown_at("KIND\nBug")).await;
        assert!(labels(&rig.message(ANA, &question.id.to_string())).is_empty());

        let asked = form(field("labels", FieldKind::Choices(kinds.clone()), true), 0);
        rig.telegram.open(&trigger(place(ANA), ANA, None), &asked).await.expect("asked");
        let question = rig.last(ANA);
        assert_eq!(labels(&question), ["☐ Bug", "☐ Feature", "Done", "Cancel"]);
        rig.fake.press(ANA, ANA, question.id, "☐ Feature").expect("pressed");
        let ticked = |fake: &TelegramFake| {
            labels(&fake.message(ANA, question.id)?).contains(&"☑ Feature".to_owned()).then_some(())
        };
        rig.fake.until(ticked).await;
        rig.fake.press(ANA, ANA, question.id, "Done").expect("pressed");
        let Ask::Submit { values, .. } = rig.request().await.ask else { panic!("an answer") };
        assert_eq!(values.get("labels").map(String::as_str), Some("feature"));
    })
    .await;
}

#[tokio::test]
async fn a_question_ends_when_it_is_cancelled_set_aside_or_too_old() {
    let rig = rig().await;
    rig.listening(async {
        let ended = async |id: i64, how: &str| {
            rig.fake.until(|fake| fake.message(ANA, id)?.text.contains(how).then_some(())).await;
        };
        let ask = async |required: bool| {
            let asked = form(field("due", FieldKind::Line, required), 0);
            rig.telegram.open(&trigger(place(ANA), ANA, None), &asked).await.expect("asked");
            rig.last(ANA)
        };
        let first = ask(false).await;
        rig.fake.press(ANA, ANA, first.id, "Cancel").expect("pressed");
        ended(first.id, "Cancelled. Nothing was done.").await;

        let second = ask(false).await;
        let third = ask(false).await;
        ended(second.id, "Set aside").await;
        rig.clock.advance(SignedDuration::from_mins(11));
        ended(third.id, "Timed out – nothing was done.").await;

        // One that asks for a reply outright cannot be edited: it goes, and a notice comes.
        let fourth = ask(true).await;
        rig.fake.say(ANA, ANA, None, "/cancel", None).expect("said");
        rig.fake.until(|fake| fake.message(ANA, fourth.id)?.deleted.then_some(())).await;
        rig.fake.until(|fake| fake.messages(ANA).pop()?.text.contains("Cancelled").then_some(())).await;
        while rig.ground.store.count::<Questions>() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn an_old_question_is_ended_after_a_restart() {
    let rig = rig().await;
    let asked = form(field("due", FieldKind::Line, false), 0);
    rig.telegram.open(&trigger(place(ANA), ANA, None), &asked).await.expect("asked");
    let question = rig.last(ANA);
    rig.clock.advance(SignedDuration::from_hours(3));
    let again =
        Rig { telegram: Arc::new(telegram(rig.fake.base(), &rig.fake.setup().token, None, &rig.ground)), ..rig };
    again
        .listening(async {
            let over = |fake: &TelegramFake| fake.message(ANA, question.id)?.text.contains("Timed out").then_some(());
            again.fake.until(over).await;
        })
        .await;
}

#[tokio::test]
async fn an_answer_to_a_typed_command_replies_to_it() {
    let rig = rig().await;
    rig.listening(async {
        let said = rig.fake.say(ANA, OPS, None, "/qd@quarterdeck_bot things", None).expect("said");
        let handle: ReplyHandle = rig.request().await.reply.expect("a handle");
        assert_eq!(Handle::read(&handle.value).map(|handle| handle.message), Some(said.message));
        let errand = Errand::Answer {
            handle,
            card: Box::new(Card::new(Tone::Good, "Things")),
            show: Show::Public,
            replace: false,
        };
        rig.carry(errand).await.expect("carried");
        assert_eq!((rig.last(OPS).text.as_str(), rig.last(OPS).reply_to), ("✅ Things", Some(said.message)));
    })
    .await;
}

/// A description of the Bot API: the fields of its methods and types.
pub(super) fn described() -> Value {
    serde_json::from_str(include_str!("../../../tests/data/telegram/bot-api-slice.json")).expect("JSON")
}

/// Whether a value is of one of these types; what is wrong with it.
fn of_type(value: &Value, types: &[&str], api: &Value) -> Result<(), String> {
    let one = |name: &&&str| match **name {
        // The fake notes numbers and flags down as texts, as they come in a form.
        "Integer" => value.is_i64() || value.as_str().is_some_and(|text| text.parse::<i64>().is_ok()),
        "String" => value.is_string(),
        "Boolean" => value.is_boolean() || value == "true" || value == "false",
        // A file is a part of its own beside the arguments.
        "InputFile" => true,
        name => match name.strip_prefix("Array of ") {
            Some(inner) => {
                value.as_array().is_some_and(|all| all.iter().all(|one| of_type(one, &[inner], api).is_ok()))
            }
            // Of a type that is one of several, their names are kept.
            None => match api["types"][name].as_array().filter(|all| all.iter().all(Value::is_string)) {
                Some(several) => {
                    several.iter().any(|one| of_type(value, &[one.as_str().expect("a name")], api).is_ok())
                }
                None => fits(value, &api["types"][name], api).is_ok(),
            },
        },
    };
    types.iter().find(one).map(drop).ok_or_else(|| format!("{value} is none of {types:?}"))
}

pub(super) fn fits(value: &Value, fields: &Value, api: &Value) -> Result<(), String> {
    let (Some(object), Some(fields)) = (value.as_object(), fields.as_array()) else {
        return Err(format!("{value} is not described"));
    };
    let name = |field: &Value| field["name"].as_str().expect("a name").to_owned();
    if let Some(field) = fields.iter().find(|field| field["required"] == true && !object.contains_key(&name(field))) {
        return Err(format!("{} is missing", name(field)));
    }
    object.iter().try_for_each(|(key, value)| {
        let field = fields.iter().find(|field| name(field) == *key).ok_or_else(|| format!("there is no {key}"))?;
        let types: Vec<&str> = field["types"].as_array().expect("types").iter().filter_map(Value::as_str).collect();
        of_type(value, &types, api).map_err(|why| format!("{key}: {why}"))
    })
}

#[tokio::test]
async fn payloads_are_what_the_bot_api_describes() {
    let rig = rig_with(RateLimits::Unlimited).await;
    for (_, card) in gallery::cards(&format!("telegram:{ANA}")) {
        let at = rig.posted(place(OPS), card.clone()).await;
        let edit = Errand::Edit { message: at.clone(), card: Box::new(card.clone().text("changed")) };
        rig.carry(edit).await.expect("edited");
        let under = Errand::Post {
            under: Some(at.id),
            reply: None,
            place: topic(DEV, DEPLOYS),
            card: Box::new(card),
            only_for: None,
        };
        rig.carry(under).await.expect("carried");
    }
    rig.posted(place(ANA), Card::new(Tone::Bad, "Failed").block(Block::Code("a line\n".repeat(5_000)))).await;
    let choices = vec![Choice { value: "bug".into(), label: "Bug".into() }];
    for kind in [FieldKind::Line, FieldKind::Flag, FieldKind::Choice(choices.clone()), FieldKind::Choices(choices)] {
        for required in [true, false] {
            rig.clock.advance(SignedDuration::from_mins(1));
            let asked = form(field("it", kind.clone(), required), 1);
            rig.telegram.open(&trigger(place(OPS), ANA, None), &asked).await.expect("asked");
        }
    }
    let api = described();
    let mut seen = BTreeSet::new();
    for call in rig.fake.requests() {
        if let Some(fields) = api["methods"].get(&call.method) {
            let mut body = call.body.clone();
            if call.method == "sendDocument" {
                body = json!({ "document": "", "chat_id": ANA });
            }
            assert_eq!(fits(&body, fields, &api), Ok(()), "{} {body:#}", call.method);
            seen.insert(call.method);
        }
        assert_eq!(call.error, None);
    }
    assert!(["sendMessage", "editMessageText", "sendDocument"].iter().all(|method| seen.contains(*method)), "{seen:?}");
    assert!(fits(&json!({ "chat_id": 1.5, "text": "x" }), &api["methods"]["sendMessage"], &api).is_err());
    assert!(fits(&json!({ "chat_id": 1 }), &api["methods"]["sendMessage"], &api).is_err());
}
