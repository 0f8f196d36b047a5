//! The desk with a platform that shows so many fields at a time, and cards that people reply to.

mod further;
mod messages;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::sample::further::Tracker;
use super::super::sample::{self, Desk as Sample, IssueRef};
use super::super::{Access, AccessConfig, FieldKind, Form, Operation, Outcome, People as Asked, Spec, declare};
use super::*;
use crate::delivery::tables::{Outbox, Tokens};
use crate::delivery::{Destination, subjects};
use crate::model::{Action, MessageRef, People, Person, Place, SubjectKey, Tone};
use crate::operations::ledger::OpenCalls;
use crate::routing::Vocabulary;
use crate::store::StoreConfig;

/// Place an order.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema and its reading matter")]
struct PlaceOrder {
    /// Issue that asks for it.
    #[schemars(extend("x-subject" = "github:(*/*#*)"))]
    issue: IssueRef,
    /// Its name.
    name: String,
    /// The street.
    street: String,
    /// The town.
    town: String,
    /// The country.
    country: String,
    /// How many.
    count: u32,
    /// The colour.
    colour: String,
    /// A note.
    note: Option<String>,
    /// Who gets it.
    to: Option<String>,
    /// Whether it is wrapped.
    #[serde(default)]
    wrapped: bool,
    /// A voucher.
    voucher: Option<String>,
    /// A message.
    message: Option<String>,
}

impl Operation for PlaceOrder {
    type On = Sample;
    const SPEC: Spec = Spec::new("shop.order.place").positional(&["issue", "name"]).effect(Effect::Change);

    async fn run(self, _: &Sample, _: &Caller) -> Result<Outcome, Fault> {
        Ok(Outcome::default())
    }
}

/// A platform that opens forms, or refuses to.
struct Sheets {
    at_once: usize,
    refuses: AtomicBool,
    opened: Mutex<Vec<Form>>,
}

#[async_trait]
impl Forms for Sheets {
    async fn open(&self, _: &str, form: &Form) -> Result<(), Fault> {
        if self.refuses.load(Ordering::SeqCst) {
            return Err(Fault::conflict("not from here"));
        }
        self.opened.lock().unwrap().push(form.clone());
        Ok(())
    }

    fn at_once(&self) -> usize {
        self.at_once
    }
}

/// Nobody is asked.
struct Strangers;

#[async_trait]
impl Asked for Strangers {
    async fn name_of(&self, _: &Actor) -> Option<String> {
        None
    }

    async fn groups_of(&self, _: &Actor, groups: &[String]) -> Result<Vec<String>, Vec<String>> {
        Ok(groups.iter().filter(|group| *group == crate::operations::EVERYBODY).cloned().collect())
    }
}

struct House {
    _directory: TempDir,
    store: Store,
    desk: Arc<Desk>,
    sheets: Arc<Sheets>,
    minter: Minter,
    clock: Clock,
    tracker: Arc<Tracker>,
    numbers: AtomicU64,
}

fn chat() -> PlatformId {
    PlatformId::new("chat")
}

fn channel() -> Place {
    Place::channel(&chat(), "C1")
}

fn user(platform: &str, id: &str, name: &str) -> Actor {
    Actor::User { platform: PlatformId::new(platform), id: id.to_owned(), name: name.to_owned() }
}

fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

impl House {
    fn open(at_once: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = StoreConfig { path: directory.path().join("store"), ..StoreConfig::default() };
        let store = Store::open(&config).unwrap();
        let clock = Clock::manual("2026-11-20T14:00:00Z".parse().unwrap());
        let hour = SignedDuration::from_hours(1);
        let minter = Minter::new(&clock, hour);
        let router = Router::open(&store, &clock, &minter, Vocabulary::default(), hour).unwrap();
        let mut operations = sample::declarations();
        operations.push(declare::<PlaceOrder>(&Arc::new(Sample)));
        operations.push(declare::<messages::FileReport>(&Arc::new(Sample)));
        let tracker = Arc::new(Tracker::default());
        operations.extend(sample::further::declarations(&tracker));
        let registry = Arc::new(Registry::new(operations).unwrap());
        let access: AccessConfig = toml::from_str("default_role = \"admin\"").unwrap();
        let ana = Person { name: "Ana Duarte".to_owned(), handles: vec!["chat:U1".into(), "other:7".into()] };
        let people = Arc::new(People::new(vec![ana]));
        let standing = Standing::new(Access::new(access, &people), Arc::new(Strangers));
        let offer = Offer::new(registry, Arc::clone(&standing), &router, &clock, HashMap::new());
        let sheets = Arc::new(Sheets { at_once, refuses: AtomicBool::new(false), opened: Mutex::default() });
        let front = || Front { forms: Arc::clone(&sheets) as _, root: "/qd".to_owned() };
        let fronts = HashMap::from([(chat(), front()), (PlatformId::new("other"), front())]);
        let desk = Desk::new(&store, &clock, &minter, &router, standing, offer, fronts);
        Self { _directory: directory, store, desk, sheets, minter, clock, tracker, numbers: AtomicU64::new(1_000_000) }
    }

    async fn request(&self, request: Request) {
        let number = self.numbers.fetch_add(1, Ordering::SeqCst);
        self.store.write(move |tx| tx.put::<Requests>(&number, &request)).await.unwrap();
        self.desk.take(number).await.unwrap();
        assert_eq!(self.store.count::<Requests>(), 0, "the request is worked off");
    }

    async fn ask(&self, ask: Ask) {
        self.request(asked(ask)).await;
    }

    async fn line(&self, text: &str) {
        self.ask(Ask::Line { text: text.to_owned() }).await;
    }

    async fn press(&self, card: &Card, button: &str) {
        let token = action(card, button).token.clone().unwrap();
        self.ask(Ask::Press { token, choice: None }).await;
    }

    /// Presses a button that does this.
    async fn press_for(&self, press: Press) {
        let (minter, mut card) =
            (self.minter.clone(), Card::new(Tone::Neutral, "x").action(Action::run("x", "All", press)));
        let minted = self.store.write(move |tx| {
            minter.mint(tx, &mut card, None)?;
            Ok(card)
        });
        self.press(&minted.await.unwrap(), "All").await;
    }

    async fn submit(&self, form: &Form, values: &[(&str, &str)], last: bool) {
        self.ask(Ask::Submit { token: form.token.clone(), values: texts(values), last }).await;
    }

    /// The form that was opened last, and no other since.
    fn form(&self) -> Form {
        let mut opened = self.sheets.opened.lock().unwrap();
        let said = self.store.scan::<Outbox>(None, 10).unwrap();
        assert_eq!(opened.len(), 1, "{opened:?}; said: {said:#?}");
        opened.remove(0)
    }

    /// The only answer that was given since.
    async fn answer(&self) -> Card {
        assert!(self.sheets.opened.lock().unwrap().is_empty(), "a form was opened");
        let rows = self.store.scan::<Outbox>(None, 10).unwrap();
        assert_eq!(rows.len(), 1, "{rows:?}");
        let number = rows[0].0;
        self.store
            .write(move |tx| {
                tx.delete::<Outbox>(&number);
                Ok(())
            })
            .await
            .unwrap();
        match &rows[0].1.content {
            Content::Card(card) => (**card).clone(),
            other => panic!("no card: {other:?}"),
        }
    }

    /// The only call that was accepted since.
    async fn call(&self) -> Call {
        let answers = self.store.scan::<Outbox>(None, 10).unwrap();
        assert!(answers.is_empty(), "{answers:?}");
        let calls = self.store.scan::<OpenCalls>(None, 10).unwrap();
        assert_eq!(calls.len(), 1, "{calls:?}");
        let id = calls[0].0;
        self.store
            .write(move |tx| {
                tx.delete::<OpenCalls>(&id);
                Ok(())
            })
            .await
            .unwrap();
        calls[0].1.clone()
    }

    /// A card of an issue stands in the channel as message `m1`.
    async fn show_issue(&self) -> SubjectKey {
        let key = SubjectKey::new("github:acme/api#12");
        let args = Object::from_iter([("issue".to_owned(), json!("acme/api#12"))]);
        let close = Press::new("github.issue.close", args).once("Closed");
        let card = Card::new(Tone::Neutral, "acme/api#12").action(Action::run("close", "Close", close));
        let (minter, until, shown) = (self.minter.clone(), self.minter.until(), key.clone());
        self.store
            .write(move |tx| {
                subjects::update(tx, &minter, &shown, card, None)?;
                subjects::belongs(tx, &shown, &MessageRef { place: channel(), id: "m1".to_owned() }, until)
            })
            .await
            .unwrap();
        key
    }
}

fn asked(ask: Ask) -> Request {
    Request {
        ask,
        actor: user("chat", "U1", "ana"),
        place: channel(),
        reply: None,
        trigger: Some("trigger".to_owned()),
        message: None,
        quote: None,
    }
}

/// The same as a reply to the card of the issue.
fn below(ask: Ask) -> Request {
    Request { message: Some(MessageRef { place: channel(), id: "m1".to_owned() }), ..asked(ask) }
}

fn action<'a>(card: &'a Card, button: &str) -> &'a Action {
    card.actions.iter().find(|action| action.label == button).unwrap_or_else(|| panic!("no {button}: {card:?}"))
}

fn names(form: &Form) -> Vec<&str> {
    form.fields.iter().map(|field| field.name.as_str()).collect()
}

fn said(card: &Card) -> String {
    let body = card.body.iter().map(|block| match block {
        crate::model::Block::Text(text) => text.to_plain(),
        other => format!("{other:?}"),
    });
    let labels = card.actions.iter().map(|action| format!("[{}]", action.label));
    std::iter::once(card.title.clone()).chain(body).chain(labels).collect::<Vec<_>>().join("\n")
}

const FIRST: [(&str, &str); 5] =
    [("issue", "#7"), ("name", "Ana"), ("street", "Main St"), ("town", "Porto"), ("country", "PT")];

#[tokio::test]
async fn a_long_form_comes_in_steps_and_what_is_left_out_can_be_left_out() {
    let house = House::open(5);
    house.line("shop order place").await;
    let form = house.form();
    assert_eq!((names(&form), form.more), (vec!["issue", "name", "street", "town", "country"], 7));
    // A form cannot be opened in answer to a form there: a button comes between.
    house.sheets.refuses.store(true, Ordering::SeqCst);
    house.submit(&form, &FIRST, false).await;
    let card = house.answer().await;
    insta::assert_snapshot!(said(&card), @r"
    Place an order needs a little more.
    Place an order.
    [Fill in]
    ");
    house.sheets.refuses.store(false, Ordering::SeqCst);
    house.press(&card, "Fill in").await;
    let form = house.form();
    assert_eq!((names(&form), form.more), (vec!["count", "colour", "note", "to", "wrapped"], 2));
    house.sheets.refuses.store(true, Ordering::SeqCst);
    house.submit(&form, &[("count", "2"), ("colour", "red"), ("note", "soon")], false).await;
    let card = house.answer().await;
    insta::assert_snapshot!(said(&card), @r"
    Place an order: ready.
    You can still give: Voucher, Message.
    [Place]
    [Fill in the rest]
    ");
    house.sheets.refuses.store(false, Ordering::SeqCst);
    house.press(&card, "Fill in the rest").await;
    let form = house.form();
    assert_eq!((names(&form), form.more), (vec!["voucher", "message"], 0));
    house.submit(&form, &[("message", "Hello")], false).await;
    let expected = json!({ "issue": "#7", "name": "Ana", "street": "Main St", "town": "Porto", "country": "PT", "count": 2,
        "colour": "red", "note": "soon", "message": "Hello" });
    assert_eq!(Value::Object(house.call().await.args), expected);
    for button in ["Place", "Fill in the rest"] {
        house.press(&card, button).await;
        let told = said(&house.answer().await);
        assert!(told.contains("it is under way"), "{button} would do it a second time: {told}");
    }
}

#[tokio::test]
async fn what_is_known_is_enough() {
    let house = House::open(5);
    house.line("shop order place").await;
    house.submit(&house.form(), &FIRST, false).await;
    house.sheets.refuses.store(true, Ordering::SeqCst);
    house.submit(&house.form(), &[("count", "2"), ("colour", "red")], false).await;
    let card = house.answer().await;
    house.sheets.refuses.store(false, Ordering::SeqCst);
    house.press(&card, "Fill in the rest").await;
    let rest = house.form();
    house.press(&card, "Place").await;
    let args = house.call().await.args;
    assert_eq!((args.len(), args.contains_key("message")), (7, false));
    house.submit(&rest, &[("message", "Hello")], false).await;
    let told = said(&house.answer().await);
    assert!(told.contains("it is under way"), "the form that was still open: {told}");
}

#[tokio::test]
async fn question_by_question_only_what_is_missing_is_asked_for() {
    let house = House::open(1);
    house.line("shop order place #7 Ana --country PT --colour red --note soon").await;
    for (name, value) in [("street", "Main St"), ("town", "Porto")] {
        let form = house.form();
        assert_eq!(names(&form), [name]);
        house.submit(&form, &[(name, value)], false).await;
    }
    let form = house.form();
    assert_eq!((names(&form), form.more), (vec!["count"], 0), "only what is needed");
    house.submit(&form, &[("count", "two")], false).await;
    let form = house.form();
    let error = form.fields[0].error.as_deref();
    assert_eq!(error, Some("`count` must be a whole number, 0 or more; got \"two\""), "it is asked again");
    assert_eq!(form.fields[0].value.as_deref(), Some("two"));
    house.submit(&form, &[("count", "2")], false).await;
    let args = house.call().await.args;
    assert_eq!((args.len(), &args["count"], &args["town"]), (8, &json!(2), &json!("Porto")));
}

#[tokio::test]
async fn the_rest_is_asked_for_until_nothing_more_is_wanted() {
    let house = House::open(1);
    house.sheets.refuses.store(true, Ordering::SeqCst);
    house.line("github issue create").await;
    let card = house.answer().await;
    house.sheets.refuses.store(false, Ordering::SeqCst);
    house.press(&card, "Fill in").await;
    let form = house.form();
    assert_eq!((names(&form), form.more), (vec!["title"], 0));
    house.submit(&form, &[("title", "Login fails")], false).await;
    assert_eq!(house.call().await.args.len(), 1);

    house.press_for(Press { ask: true, ..Press::new("github.issue.create", Object::new()) }).await;
    let mut seen = Vec::new();
    for (value, last) in [("Login fails", false), ("", false), ("It fails.", false), ("bug", true)] {
        let form = house.form();
        let name = form.fields[0].name.clone();
        house.submit(&form, &[(&name, value)], last).await;
        seen.push(name);
    }
    assert_eq!(seen, ["title", "repository", "body", "labels"], "what was passed over is not asked for again");
    let args = Value::Object(house.call().await.args);
    assert_eq!(args, json!({ "title": "Login fails", "body": "It fails.", "labels": ["bug"] }));
}

#[tokio::test]
async fn where_all_is_known_already_nothing_is_asked_for() {
    let house = House::open(1);
    let args = |given: Value| given.as_object().cloned().unwrap();
    let known = args(json!({ "issue": "#7", "reason": "duplicate", "comment": "c" }));
    house.press_for(Press { ask: true, ..Press::new("github.issue.close", known.clone()) }).await;
    assert_eq!(house.call().await.args, known, "it runs");
    let known = args(json!({ "branch": "main" }));
    house.press_for(Press { ask: true, ..Press::new("github.branch.delete", known) }).await;
    assert!(said(&house.answer().await).contains("[Yes, do it]"), "or is confirmed");
    // Nothing is missing, and yet it cannot be read: what was given is asked for again, and it does not fail for ever.
    let old = args(json!({ "issue": "#7", "colour": "red", "reason": "duplicate", "comment": "c" }));
    house.press_for(Press::new("github.issue.close", old)).await;
    let card = house.answer().await;
    assert!(card.title.contains("There is no field colour"), "{}", card.title);
    house.press(&card, "Correct it in a form").await;
    for (name, value) in [("issue", "#8"), ("reason", "duplicate"), ("comment", "d")] {
        let form = house.form();
        assert_eq!(names(&form), [name]);
        house.submit(&form, &[(name, value)], false).await;
    }
    let expected = json!({ "issue": "#8", "reason": "duplicate", "comment": "d" });
    assert_eq!(Value::Object(house.call().await.args), expected);
}

#[tokio::test]
async fn what_was_wrong_in_an_earlier_step_comes_back_with_it_and_nothing_else_is_lost() {
    for (at_once, refuses) in [(5, false), (5, true), (1, false)] {
        let house = House::open(at_once);
        // A wrong issue is known as such only when all is read.
        house.line("shop order place bug Ana --street \"Main St\" --town Porto --country PT").await;
        let form = house.form();
        if at_once == 1 {
            house.submit(&form, &[("count", "2")], false).await;
            house.submit(&house.form(), &[("colour", "red")], true).await;
        } else {
            assert_eq!(names(&form)[..3], ["count", "colour", "note"]);
            house.sheets.refuses.store(refuses, Ordering::SeqCst);
            house.submit(&form, &[("count", "2"), ("colour", "red"), ("note", "soon")], true).await;
        }
        if refuses {
            let card = house.answer().await;
            insta::allow_duplicates! {
                insta::assert_snapshot!(said(&card), @r"
                bug is no issue; write owner/name#12
                [Correct it in a form]
                ");
            }
            house.sheets.refuses.store(false, Ordering::SeqCst);
            house.press(&card, "Correct it in a form").await;
        }
        let form = house.form();
        let first = &form.fields[0];
        assert_eq!(first.name, "issue", "{at_once} {refuses}");
        if !refuses {
            assert_eq!(first.error.as_deref(), Some("`bug` is no issue; write `owner/name#12`"));
            assert_eq!(first.value.as_deref(), Some("bug"));
        }
        let sent: Vec<(&str, &str)> = form
            .fields
            .iter()
            .filter_map(|field| Some((field.name.as_str(), field.value.as_deref()?)))
            .filter(|(name, _)| *name != "issue")
            .chain([("issue", "#7")])
            .collect();
        house.submit(&form, &sent, true).await;
        let args = Value::Object(house.call().await.args);
        assert_eq!((&args["issue"], &args["count"], &args["colour"]), (&json!("#7"), &json!(2), &json!("red")));
        assert_eq!(args["note"], if at_once == 5 { json!("soon") } else { Value::Null });
    }
}

#[tokio::test]
async fn native_options_that_cannot_be_read_are_mended_in_a_form() {
    for at_once in [usize::MAX, 5, 1] {
        let house = House::open(at_once);
        let values =
            texts(&[("title", "Login fails"), ("grade", "medium"), ("milestone", "ten"), ("body", "It fails.")]);
        house.ask(Ask::Operation { name: "github.issue.create".to_owned(), values }).await;
        let card = house.answer().await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(said(&card), @r#"
            grade must be one of high, low; got "medium"
            milestone must be a whole number from 1 to 500; got "ten"
            [Correct it in a form]
            "#);
        }
        house.press(&card, "Correct it in a form").await;
        let form = house.form();
        if at_once == 1 {
            assert_eq!(names(&form), ["grade"]);
            house.submit(&form, &[("grade", "high")], false).await;
            let form = house.form();
            assert_eq!(names(&form), ["milestone"]);
            house.submit(&form, &[("milestone", "3")], false).await;
        } else {
            let mut sent: Vec<(&str, &str)> =
                form.fields.iter().filter_map(|field| Some((field.name.as_str(), field.value.as_deref()?))).collect();
            sent.extend([("grade", "high"), ("milestone", "3")]);
            if at_once == 5 {
                assert_eq!(names(&form), ["grade", "milestone"], "nothing else is asked for");
            } else {
                let kind = form.fields.iter().find(|field| field.name == "grade").map(|field| field.kind.clone());
                assert!(matches!(kind, Some(FieldKind::Choice(_))));
            }
            house.submit(&form, &sent, true).await;
        }
        let args = Value::Object(house.call().await.args);
        assert_eq!(
            (&args["grade"], &args["milestone"], &args["body"]),
            (&json!("high"), &json!(3), &json!("It fails."))
        );
    }
}

#[tokio::test]
async fn below_a_card_what_it_is_about_need_not_be_said() {
    let house = House::open(5);
    house.show_issue().await;
    for (line, operation, args) in [
        ("github issue label bug", "github.issue.label", json!({ "issue": "acme/api#12", "labels": ["bug"] })),
        ("github issue label #5 bug", "github.issue.label", json!({ "issue": "#5", "labels": ["bug"] })),
        (
            "github issue close --reason duplicate",
            "github.issue.close",
            json!({ "issue": "acme/api#12", "reason": "duplicate" }),
        ),
        ("github issue close #5", "github.issue.close", json!({ "issue": "#5" })),
    ] {
        house.request(below(Ask::Line { text: line.to_owned() })).await;
        let call = house.call().await;
        assert_eq!((call.operation.as_str(), Value::Object(call.args)), (operation, args), "{line}");
        assert!(call.pressed.is_none(), "{line}");
    }
    // What it cannot know is asked for, and a wrong value stays wrong.
    house.request(below(Ask::Line { text: "github issue label".to_owned() })).await;
    let form = house.form();
    assert_eq!(names(&form), ["labels", "issue"]);
    assert_eq!(form.fields[1].value.as_deref(), Some("acme/api#12"));
    house.request(below(Ask::Line { text: "github issue close x y".to_owned() })).await;
    assert!(said(&house.answer().await).contains("I did not understand"));
    // In the thread below it, and by native options.
    let thread = Place { thread: Some("m1".to_owned()), ..channel() };
    house.request(Request { place: thread, ..asked(Ask::Line { text: "github issue label bug".to_owned() }) }).await;
    assert_eq!(house.call().await.args["issue"], "acme/api#12");
    let ask = Ask::Operation { name: "github.issue.label".to_owned(), values: texts(&[("labels", "bug")]) };
    house.request(below(ask)).await;
    assert_eq!(house.call().await.args["issue"], "acme/api#12");
    // Elsewhere nothing is known.
    house.line("github issue close").await;
    assert_eq!(house.form().fields[0].value, None);
}

#[tokio::test]
async fn typing_what_a_button_of_the_card_does_is_pressing_it() {
    let house = House::open(1);
    let key = house.show_issue().await;
    house.request(below(Ask::Line { text: "github issue close".to_owned() })).await;
    let pressed = house.call().await.pressed.unwrap();
    assert_eq!((pressed.subject, pressed.done.as_str(), pressed.typed), (Some(key), "Closed", true));
    house.request(below(Ask::Line { text: "github issue close".to_owned() })).await;
    let told = said(&house.answer().await);
    assert_eq!(told, "Ana Duarte pressed this at 14:00 UTC; it is under way.", "who it is, by the people's own name");
}

#[tokio::test]
async fn the_same_person_confirms_from_another_platform_and_nobody_else() {
    let house = House::open(5);
    house.line("github branch delete main").await;
    let card = house.answer().await;
    let token = action(&card, "Yes, do it").token.clone().unwrap();
    let press = |actor: Actor| Request {
        place: Place::channel(&PlatformId::new("other"), "D1"),
        actor,
        ..asked(Ask::Press { token: token.clone(), choice: None })
    };
    house.request(press(user("other", "8", "Ben"))).await;
    assert_eq!(house.answer().await.title, "This button is for the person who asked.");
    house.request(press(user("other", "7", "ana on the phone"))).await;
    let call = house.call().await;
    assert_eq!((call.operation.as_str(), call.actor.name()), ("github.branch.delete", "Ana Duarte"));
    let used = house.store.get::<Tokens>(&token).unwrap().and_then(|record| record.used).unwrap();
    assert_eq!((used.handle.as_str(), used.name.as_str()), ("other:7", "Ana Duarte"));
    // The alternative is used up with it, whoever presses where.
    let cancel = action(&card, "Cancel").token.clone().unwrap();
    house.ask(Ask::Press { token: cancel, choice: None }).await;
    let operation = house.store.scan::<Outbox>(None, 5).unwrap();
    assert_eq!(operation.len(), 1);
    assert!(matches!(operation[0].1.to, Destination::Answer { .. }));
    house.clock.advance(SignedDuration::from_hours(2));
}
