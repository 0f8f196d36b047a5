//! Carrying against the sandbox's Discord, which takes nothing that Discord would not take.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use serde_json::Value;
use tokio::sync::watch;

use super::super::hear::Completing;
use super::super::listen::Accept;
use super::super::suggest::Suggest;
use super::super::{DiscordConfig, DiscordSecrets};
use super::*;
use crate::chat::Ground;
use crate::delivery::{Accepted, Arrival, Incoming};
use crate::model::{Action, Ask, Choice, Clock, Object, Press, Request, Timestamp, Token, Tone};
use crate::operations::{FieldKind, Form, FormField, Forms as _, Registry};
use crate::sandbox::discord::{
    ANA, BEN, DEPLOYS, DiscordFake, DiscordSetup, Failure, GENERAL, Message as Shown, RateLimits,
};
use crate::vault::Secret;

const NOW: &str = "2026-11-20T12:00:00Z";

/// A platform and the Discord that it talks to.
pub(in crate::chat::discord) struct Stage {
    pub fake: DiscordFake,
    pub discord: Arc<Discord>,
    pub clock: Clock,
    shelf: Arc<Shelf>,
    _directory: tempfile::TempDir,
}

/// An inbox that keeps what it was given.
struct Shelf(watch::Sender<Vec<Request>>);

#[async_trait]
impl Accept for Shelf {
    async fn accept(&self, arrival: Arrival) -> Result<Accepted, Fault> {
        if let Incoming::Request(request) = arrival.what {
            self.0.send_modify(|all| all.push(*request));
        }
        Ok(Accepted::New)
    }
}

/// Nothing is offered.
struct Nothing;

#[async_trait]
impl Suggest for Nothing {
    async fn suggest(&self, _: &Completing) -> Vec<Choice> {
        Vec::new()
    }

    fn kind(&self, _: &Completing) -> Option<FieldKind> {
        None
    }
}

impl Stage {
    pub(in crate::chat::discord) async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Clock::manual(NOW.parse().expect("a time"));
        let now = clock.clone();
        let setup =
            DiscordSetup { limits: RateLimits::Unlimited, now: Arc::new(move || now.now()), ..DiscordSetup::default() };
        let fake = DiscordFake::start(setup).await.expect("a fake");
        let config = DiscordConfig {
            base_url: fake.api_base().parse().expect("an address"),
            bot_token: Some("env:A".parse().expect("a reference")),
            ..DiscordConfig::default()
        };
        let bot_token = Secret::new(&fake.setup().token);
        let secrets = DiscordSecrets { bot_token, webhooks: BTreeMap::new() };
        let (ground, directory) = Ground::sample(&clock);
        let discord = Arc::new(Discord::new(&config, secrets, &ground).expect("a platform"));
        Self { fake, discord, clock, shelf: Arc::new(Shelf(watch::Sender::new(Vec::new()))), _directory: directory }
    }

    /// Has the platform listen, until the test ends.
    async fn listen(&self) {
        let (discord, shelf) = (Arc::clone(&self.discord), Arc::clone(&self.shelf));
        tokio::spawn(async move {
            let registry = Registry::new(Vec::new()).expect("no operations");
            discord.listen_into(shelf, Arc::new(Nothing), &registry).await
        });
        self.fake.until(|fake| (fake.connections() > 0).then_some(())).await;
    }

    fn parcel(&self, errand: Errand) -> Parcel {
        Parcel { id: DeliveryId::new(), attempt: 0, queued_at: self.clock.now(), errand }
    }

    /// The request that came in as this one, counted from 0.
    async fn heard(&self, number: usize) -> Request {
        let mut all = self.shelf.0.subscribe();
        let all = all.wait_for(|all| all.len() > number).await.expect("a shelf");
        all[number].clone()
    }
}

fn place(text: &str) -> Place {
    text.parse().expect("a place")
}

fn post(place_: &str, card: Card) -> Errand {
    Errand::Post { place: place(place_), card: Box::new(card), only_for: None, under: None, reply: None }
}

fn card(title: &str) -> Card {
    Card::new(Tone::Good, title).text("All is well")
}

fn with_button(title: &str) -> Card {
    let mut card = card(title).action(Action::run("go", "Go", Press::new("x.y.z", Object::new())));
    card.actions[0].token = Some(Token::from_wire("tok_go"));
    card
}

async fn carried(stage: &Stage, errand: Errand) -> MessageRef {
    let carried = stage.discord.carry(&stage.parcel(errand)).await.expect("carried");
    carried.message.expect("a message")
}

fn shown(stage: &Stage, message: &MessageRef) -> Shown {
    stage.fake.message(channel_of(&message.place), &message.id).expect("it is there")
}

#[tokio::test]
async fn a_card_is_posted_by_name_edited_in_place_and_shown_once() {
    let stage = Stage::start().await;
    let parcel = stage.parcel(post("discord:#general", with_button("acme/api#1")));
    let first = stage.discord.carry(&parcel).await.expect("carried").message.expect("a message");
    assert_eq!(first.place, place(&format!("discord:{GENERAL}")));
    // The reply was lost, say: the same delivery again is the same message.
    assert_eq!(stage.discord.find(&parcel).await, Ok(Found::Absent));
    let again = stage.discord.carry(&parcel).await.expect("carried").message.expect("a message");
    assert_eq!((&again, stage.fake.messages(GENERAL).len()), (&first, 1));
    // Later Discord forgets the nonce, and it is looked up.
    stage.clock.advance(SignedDuration::from_mins(20));
    stage.fake.tick();
    let there = Found::There(Carried { message: Some(first.clone()), ..Carried::default() });
    assert_eq!(stage.discord.find(&parcel).await, Ok(there));
    let other = Parcel { id: DeliveryId::new(), ..parcel.clone() };
    assert_eq!(stage.discord.find(&other).await, Ok(Found::Absent), "another delivery of the very same card");

    let edited = Errand::Edit { message: first.clone(), card: Box::new(card("acme/api#1 closed")) };
    assert_eq!(carried(&stage, edited).await, first);
    let message = shown(&stage, &first);
    assert_eq!(message.content, "✅ acme/api#1 closed");
    assert!(message.buttons().is_empty() && message.edited_at.is_some());
    stage.fake.delete_message(ANA, GENERAL, &first.id).expect("deleted");
    let gone = Errand::Edit { message: first, card: Box::new(card("x")) };
    let fault = stage.discord.carry(&stage.parcel(gone)).await.expect_err("gone");
    assert_eq!(fault.kind, FaultKind::NotFound);
    assert!(stage.fake.unknown_routes().is_empty());
}

#[tokio::test]
async fn what_is_only_a_line_is_found_again_too() {
    let stage = Stage::start().await;
    let parcel = stage.parcel(post(&format!("discord:{GENERAL}"), Card::new(Tone::Good, "Done")));
    let first = stage.discord.carry(&parcel).await.expect("carried").message.expect("a message");
    assert!(shown(&stage, &first).embeds.is_empty());
    stage.clock.advance(SignedDuration::from_mins(20));
    stage.fake.tick();
    let there = Found::There(Carried { message: Some(first), ..Carried::default() });
    assert_eq!(stage.discord.find(&parcel).await, Ok(there));
}

#[tokio::test]
async fn a_follow_up_starts_the_thread_and_the_next_one_goes_there_too() {
    let stage = Stage::start().await;
    let first = carried(&stage, post(&format!("discord:{GENERAL}"), card("acme/api#1 *is* open"))).await;
    let under = |title: &str| Errand::Post {
        place: first.place.clone(),
        card: Box::new(card(title)),
        only_for: None,
        under: Some(first.id.clone()),
        reply: None,
    };
    let note = carried(&stage, under("A comment")).await;
    assert_eq!(note.place, place(&format!("discord:{GENERAL}/{}", first.id)));
    let threads = stage.fake.threads(GENERAL);
    assert_eq!(threads.len(), 1);
    assert!(threads[0].name.ends_with("acme/api#1 *is* open"), "{}", threads[0].name);
    stage.fake.archive_thread(ANA, &first.id, false).expect("archived");
    let second = carried(&stage, under("Another comment")).await;
    assert_eq!(second.place, note.place);
    stage.fake.archive_thread(ANA, &first.id, false).expect("archived again");
    let edited = Errand::Edit { message: note.clone(), card: Box::new(card("A comment, corrected")) };
    assert_eq!(carried(&stage, edited).await, note);
    // In a thread, a follow-up is a reply.
    let reply = Errand::Post {
        place: note.place.clone(),
        card: Box::new(card("Below")),
        only_for: None,
        under: Some(note.id.clone()),
        reply: None,
    };
    let reply = carried(&stage, reply).await;
    assert!(shown(&stage, &reply).reference.is_some());
}

#[tokio::test]
async fn where_no_thread_can_be_a_follow_up_is_a_reply() {
    let stage = Stage::start().await;
    let direct = stage.fake.direct_channel(BEN).expect("a channel");
    let first = carried(&stage, post(&format!("discord:{direct}"), card("acme/api#1 is open"))).await;
    let under = Errand::Post {
        place: first.place.clone(),
        card: Box::new(card("A comment")),
        only_for: None,
        under: Some(first.id.clone()),
        reply: None,
    };
    let note = carried(&stage, under).await;
    assert_eq!(note.place, first.place);
    assert!(shown(&stage, &note).reference.is_some());
}

#[tokio::test]
async fn what_is_for_one_person_comes_as_a_direct_message_or_not_at_all() {
    let stage = Stage::start().await;
    let private = |user: &str| Errand::Post {
        place: place(&format!("discord:{DEPLOYS}")),
        card: Box::new(card("Not allowed")),
        only_for: Some(user.to_owned()),
        under: None,
        reply: None,
    };
    let message = carried(&stage, private(BEN)).await;
    let direct = stage.fake.direct_channel(BEN).expect("a channel");
    assert_eq!(message.place.channel, direct);
    assert_eq!(shown(&stage, &message).content, format!("✅ Not allowed\n-# About <#{DEPLOYS}>"));
    assert!(stage.fake.messages(DEPLOYS).is_empty());
    stage.fake.set_dms_open(ANA, false).expect("closed");
    let fault = stage.discord.carry(&stage.parcel(private(ANA))).await.expect_err("closed");
    assert_eq!(fault.kind, FaultKind::Denied, "{fault}");
}

/// A card whose button only its reader may press, which goes on with what was asked.
fn confirmation() -> Card {
    let mut card = with_button("Delete it?");
    if let crate::model::ActionKind::Run(press) = &mut card.actions[0].kind {
        press.who = crate::model::Who::Only(format!("discord:{ANA}"));
        press.confirmed = true;
    }
    card
}

/// The handle of a line that somebody wrote in the channel, and the line's id.
async fn line(stage: &Stage, user: &str) -> (ReplyHandle, String) {
    let before = stage.shelf.0.borrow().len();
    let said = format!("<@{}> help", stage.fake.setup().bot.id);
    stage.fake.say(user, GENERAL, &said, None).expect("said");
    let request = stage.heard(before).await;
    assert_eq!((request.place.to_string(), request.trigger), (format!("discord:{GENERAL}"), None));
    let id = stage.fake.messages(GENERAL).pop().expect("the line").id;
    (request.reply.expect("a handle"), id)
}

fn to_line(handle: &ReplyHandle, card: Card, show: Show) -> Errand {
    Errand::Answer { handle: handle.clone(), card: Box::new(card), show, replace: false }
}

fn replies_to(message: &Shown) -> Option<&str> {
    message.reference.as_ref()?["message_id"].as_str()
}

#[tokio::test]
async fn what_goes_on_with_a_line_of_a_channel_goes_on_there() {
    let stage = Stage::start().await;
    stage.listen().await;
    let (handle, asked) = line(&stage, ANA).await;
    let parcel = stage.parcel(to_line(&handle, confirmation(), Show::Private));
    let question = stage.discord.carry(&parcel).await.expect("carried").message.expect("a message");
    assert_eq!((question.place.channel.as_str(), replies_to(&shown(&stage, &question))), (GENERAL, Some(&*asked)));
    // Pressed there, it is for there.
    stage.fake.press(ANA, GENERAL, &question.id, "Go").expect("pressed");
    assert_eq!(stage.heard(1).await.place, question.place);
    // Whether it arrived is known by its id, and later by looking.
    assert_eq!(stage.discord.find(&parcel).await, Ok(Found::Absent));
    stage.clock.advance(SignedDuration::from_mins(20));
    stage.fake.tick();
    let there = Found::There(Carried { message: Some(question), ..Carried::default() });
    assert_eq!(stage.discord.find(&parcel).await, Ok(there));
    // Without a line to reply to, it says whom it is for.
    let Errand::Post { place, card, under, reply, .. } = post(&format!("discord:{GENERAL}"), confirmation()) else {
        panic!("a post")
    };
    let late = carried(&stage, Errand::Post { place, card, only_for: Some(ANA.to_owned()), under, reply }).await;
    assert_eq!(late.place.channel, GENERAL);
    assert!(shown(&stage, &late).content.starts_with(&format!("<@{ANA}> ")));
}

#[tokio::test]
async fn a_line_is_answered_in_private_where_that_may_be() {
    let stage = Stage::start().await;
    stage.listen().await;
    let (handle, asked) = line(&stage, ANA).await;
    let public = carried(&stage, to_line(&handle, card("For all"), Show::Public)).await;
    assert_eq!((public.place.channel.as_str(), replies_to(&shown(&stage, &public))), (GENERAL, Some(&*asked)));
    let own = carried(&stage, to_line(&handle, card("Your issues"), Show::Private)).await;
    assert_eq!(own.place.channel, stage.fake.direct_channel(ANA).expect("a channel"));
    stage.fake.set_dms_open(ANA, false).expect("closed");
    let parcel = stage.parcel(to_line(&handle, Card::new(Tone::Good, "None"), Show::Private));
    let before = stage.discord.carry(&parcel).await.expect("carried").message.expect("a message");
    let message = shown(&stage, &before);
    assert_eq!((before.place.channel.as_str(), replies_to(&message)), (GENERAL, Some(&*asked)));
    assert!(message.content.contains("To get answers like this in private"), "{}", message.content);
    stage.clock.advance(SignedDuration::from_mins(20));
    stage.fake.tick();
    let there = Found::There(Carried { message: Some(before), ..Carried::default() });
    assert_eq!(stage.discord.find(&parcel).await, Ok(there));
}

/// A parcel that was carried, looked up by a daemon that was started anew.
async fn found_after_a_restart(stage: &Stage, parcel: &Parcel) -> Found {
    stage.discord.interactions.forget_all();
    stage.discord.find(parcel).await.expect("found out")
}

#[tokio::test]
async fn an_answer_is_known_again_by_who_was_started_anew() {
    let stage = Stage::start().await;
    stage.listen().await;
    let message = carried(&stage, post(&format!("discord:{GENERAL}"), with_button("acme/api#1"))).await;
    stage.fake.press(BEN, GENERAL, &message.id, "Go").expect("pressed");
    let handle = stage.heard(0).await.reply.expect("a handle");
    let refusal = stage.parcel(to_line(&handle, card("You may not"), Show::Private));
    assert_eq!(stage.discord.find(&refusal).await, Ok(Found::CannotTell), "it is not answered at all");
    stage.discord.carry(&refusal).await.expect("answered");
    assert!(matches!(found_after_a_restart(&stage, &refusal).await, Found::There(_)));
    // Another answer to the same press is not taken for it, and comes after it.
    let more = stage.parcel(to_line(&handle, card("More"), Show::Public));
    assert_eq!(found_after_a_restart(&stage, &more).await, Found::Absent);
    let first = stage.discord.carry(&more).await.expect("answered").message.expect("a message");
    let there = Found::There(Carried { message: Some(first), ..Carried::default() });
    assert_eq!(found_after_a_restart(&stage, &more).await, there);
    assert_eq!((stage.fake.ephemerals(BEN).len(), stage.fake.messages(GENERAL).len()), (1, 2));

    // What takes the pressed message's place does so again, and nothing else.
    stage.fake.press(BEN, GENERAL, &message.id, "Go").expect("pressed");
    let handle = stage.heard(1).await.reply.expect("a handle");
    let done = Errand::Answer { handle, card: Box::new(card("Done")), show: Show::Public, replace: true };
    let done = stage.parcel(done);
    stage.discord.carry(&done).await.expect("answered");
    let there = Found::There(Carried { message: Some(message), ..Carried::default() });
    assert_eq!(found_after_a_restart(&stage, &done).await, there);
}

#[tokio::test]
async fn a_slow_answer_for_all_is_known_again() {
    let stage = Stage::start().await;
    stage.listen().await;
    let message = carried(&stage, post(&format!("discord:{GENERAL}"), with_button("acme/api#1"))).await;
    stage.fake.press(BEN, GENERAL, &message.id, "Go").expect("pressed");
    let request = stage.heard(0).await;
    // As after "thinking…": the first answer is there already, and this one is a message of its own.
    stage.discord.interactions.taken(request.trigger.as_deref().expect("a trigger")).await;
    let slow = stage.parcel(to_line(&request.reply.expect("a handle"), card("For all"), Show::Public));
    assert_eq!(found_after_a_restart(&stage, &slow).await, Found::Absent);
    let said = stage.discord.carry(&slow).await.expect("answered").message;
    assert_eq!(
        found_after_a_restart(&stage, &slow).await,
        Found::There(Carried { message: said, ..Carried::default() })
    );
    assert_eq!(stage.fake.messages(GENERAL).len(), 2);
}

#[tokio::test]
async fn a_message_that_takes_no_more_edits_is_posted_anew() {
    let stage = Stage::start().await;
    let message = carried(&stage, post(&format!("discord:{GENERAL}"), card("acme/api#1"))).await;
    let refused = || Failure::Refused(429, 30046, "Maximum number of edits reached".to_owned());
    stage.fake.fail_next("PATCH /channels/*/messages/*", refused(), 1);
    let edit = Errand::Edit { message, card: Box::new(card("acme/api#1 closed")) };
    let fault = stage.discord.carry(&stage.parcel(edit)).await.expect_err("refused");
    assert_eq!(fault.kind, FaultKind::NotFound);
}

#[tokio::test]
async fn long_text_comes_with_a_file_and_the_edit_that_needs_none_takes_it_away() {
    let stage = Stage::start().await;
    let log = (0..2_000).map(|line| format!("line {line}")).collect::<Vec<_>>().join("\n");
    let long = Card::new(Tone::Bad, "Build failed").block(crate::model::Block::Code(log));
    let message = carried(&stage, post(&format!("discord:{GENERAL}"), long)).await;
    let file = shown(&stage, &message).attachments.first().cloned().expect("a file");
    assert_eq!(file.filename, "log.txt");
    let content = stage.fake.attachment(&file.id).expect("its content");
    assert!(String::from_utf8(content).expect("text").contains("line 1999"));
    carried(&stage, Errand::Edit { message: message.clone(), card: Box::new(card("Build fixed")) }).await;
    assert!(shown(&stage, &message).attachments.is_empty());
}

#[tokio::test]
async fn a_lost_reply_is_unknown_and_a_missing_channel_is_not_found() {
    let stage = Stage::start().await;
    stage.fake.fail_next("POST /channels/*/messages", Failure::DropReplyAfterWork, 1);
    let parcel = stage.parcel(post(&format!("discord:{GENERAL}"), card("once")));
    let fault = stage.discord.carry(&parcel).await.expect_err("lost");
    assert_eq!(fault.kind, FaultKind::Unknown);
    assert!(stage.discord.carry(&parcel).await.is_ok());
    assert_eq!(stage.fake.messages(GENERAL).len(), 1, "Discord knows the nonce");
    let nowhere = stage.parcel(post("discord:1109999999999999999", card("x")));
    assert_eq!(stage.discord.carry(&nowhere).await.expect_err("nowhere").kind, FaultKind::NotFound);
    stage.fake.remove_from_channel(DEPLOYS).expect("removed");
    let denied = stage.parcel(post(&format!("discord:{DEPLOYS}"), card("x")));
    assert_eq!(stage.discord.carry(&denied).await.expect_err("denied").kind, FaultKind::Denied);
    assert!(!stage.discord.tolls(&parcel).is_empty());
}

#[tokio::test]
async fn a_press_is_answered_privately_then_publicly_and_the_public_answer_can_be_edited() {
    let stage = Stage::start().await;
    stage.listen().await;
    let message = carried(&stage, post(&format!("discord:{GENERAL}"), with_button("acme/api#1"))).await;
    stage.fake.press(BEN, GENERAL, &message.id, "Go").expect("pressed");
    let request = stage.heard(0).await;
    assert_eq!(request.ask, Ask::Press { token: Token::from_wire("tok_go"), choice: None });
    let handle = request.reply.expect("a handle");
    let answer = Errand::Answer {
        handle: handle.clone(),
        card: Box::new(card("You may not")),
        show: Show::Private,
        replace: false,
    };
    let answered = stage.discord.carry(&stage.parcel(answer)).await.expect("answered");
    assert_eq!(answered.message, None, "nobody can edit what one person sees");
    assert_eq!(stage.fake.ephemerals(BEN).len(), 1);
    let living = Errand::Post {
        place: message.place.clone(),
        card: Box::new(card("acme/api#2")),
        only_for: None,
        under: None,
        reply: Some(handle.clone()),
    };
    let public = carried(&stage, living).await;
    assert_eq!(public.place, message.place);
    carried(&stage, Errand::Edit { message: public.clone(), card: Box::new(card("acme/api#2 closed")) }).await;
    assert_eq!(shown(&stage, &public).content, "✅ acme/api#2 closed");
    // What comes too late for an answer is said in the channel.
    stage.clock.advance(SignedDuration::from_mins(16));
    stage.fake.tick();
    let late = Errand::Answer { handle, card: Box::new(card("x")), show: Show::Public, replace: false };
    assert_eq!(stage.discord.carry(&stage.parcel(late)).await.expect_err("late").kind, FaultKind::NotFound);
}

#[tokio::test]
async fn a_form_opens_for_a_press_and_what_was_filled_in_comes_back() {
    let stage = Stage::start().await;
    stage.listen().await;
    let message = carried(&stage, post(&format!("discord:{GENERAL}"), with_button("acme/api#1"))).await;
    stage.fake.press(BEN, GENERAL, &message.id, "Go").expect("pressed");
    let request = stage.heard(0).await;
    let field = |name: &str, kind: FieldKind| FormField {
        name: name.into(),
        label: name.into(),
        help: "Help.".into(),
        kind,
        required: false,
        value: None,
        error: None,
        completes: false,
        suggestions: Vec::new(),
    };
    let choices = ["done", "duplicate"].map(|value| Choice { value: value.into(), label: value.into() }).to_vec();
    let form = Form {
        token: Token::new(),
        title: "Close an issue".into(),
        intro: None,
        submit: "Close".into(),
        fields: vec![
            field("comment", FieldKind::Long),
            field("reason", FieldKind::Choice(choices.clone())),
            field("labels", FieldKind::Choices(choices)),
            field("lock", FieldKind::Flag),
        ],
        operation: "github.issue.close".into(),
        more: 0,
    };
    let trigger = request.trigger.expect("a trigger");
    stage.discord.open(&trigger, &form).await.expect("opened");
    let modal = stage.fake.modals(BEN).pop().expect("a form");
    assert_eq!(modal.title, "Close an issue");
    assert_eq!(stage.discord.open(&trigger, &form).await.expect_err("open already").kind, FaultKind::Conflict);
    let values: [(&str, Value); 4] = [
        ("comment", "Not *now*".into()),
        ("reason", json!(["duplicate"])),
        ("labels", json!(["done", "duplicate"])),
        ("lock", json!(["true"])),
    ];
    stage.fake.submit_modal(BEN, &modal.custom_id, &values).expect("sent");
    let sent = stage.heard(1).await;
    let Ask::Submit { token, values, .. } = sent.ask else { panic!("no form") };
    assert_eq!(token, form.token);
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        values,
        [("comment", "Not *now*"), ("labels", "done,duplicate"), ("lock", "true"), ("reason", "duplicate")]
    );
    let again = stage.discord.open(&sent.trigger.expect("a trigger"), &form).await.expect_err("no form after a form");
    assert_eq!(again.kind, FaultKind::Conflict);
}

#[test]
fn nonces_and_ids_are_as_discord_wants_them() {
    let id = DeliveryId::new();
    assert!(nonce(&id).len() <= 25 && nonce(&id) != nonce(&DeliveryId::new()));
    let at: Timestamp = "2015-01-01T00:00:01Z".parse().expect("a time");
    assert_eq!(snowflake(at), (1_000_u64 << 22).to_string());
    assert_eq!(snowflake(Timestamp::UNIX_EPOCH), "0");
}
