//! What is used on a message: filled in from it, shown before it is done, and carried along to the call.

use super::*;
use crate::model::{Author, Quote};

/// File a report.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema and its reading matter")]
pub(super) struct FileReport {
    /// Its title.
    #[schemars(extend("x-message" = "title"))]
    title: String,
    /// What it says.
    #[schemars(extend("x-widget" = "long", "x-message" = "text"))]
    text: Option<String>,
    /// Where it came from.
    #[schemars(extend("x-message" = "link"))]
    link: Option<String>,
    /// How many pages; at most nine.
    #[schemars(range(max = 9))]
    pages: Option<u32>,
}

impl Operation for FileReport {
    type On = Sample;
    const SPEC: Spec = Spec::new("shop.report.file")
        .positional(&["title"])
        .rest()
        .effect(Effect::Change)
        .aliases(&["shop-report"])
        .from_message("File a report");

    async fn run(self, _: &Sample, _: &Caller) -> Result<Outcome, Fault> {
        Ok(Outcome::default())
    }
}

fn quote(text: &str) -> Quote {
    Quote {
        text: text.to_owned(),
        author: Author { name: "U2".to_owned(), handle: Some("chat:U2".to_owned()) },
        link: Some("https://chat.example/m9".to_owned()),
        at: "2026-11-20T13:00:00Z".parse().unwrap(),
        message: MessageRef { place: channel(), id: "m9".to_owned() },
        files: Vec::new(),
    }
}

fn used(text: &str) -> Request {
    let ask = Ask::Operation { name: "File a report".to_owned(), values: BTreeMap::new() };
    Request { quote: Some(Box::new(quote(text))), ..asked(ask) }
}

fn values(form: &Form) -> Vec<(&str, Option<&str>)> {
    form.fields.iter().map(|field| (field.name.as_str(), field.value.as_deref())).collect()
}

#[tokio::test]
async fn the_form_shows_what_the_message_says_and_the_call_gets_the_message() {
    let house = House::open(usize::MAX);
    house.request(used("The API is slow\nsince noon")).await;
    let form = house.form();
    assert_eq!((form.title.as_str(), form.submit.as_str()), ("File a report", "File"));
    let link = Some("https://chat.example/m9");
    let text = Some("The API is slow\nsince noon");
    assert_eq!(values(&form), [("title", Some("The API is slow")), ("text", text), ("link", link), ("pages", None)]);
    // What was wrong is asked again, with the message still there.
    house.submit(&form, &[("title", "Slow"), ("pages", "many")], false).await;
    let again = house.form();
    house.submit(&again, &[("title", "Slow"), ("pages", "2")], false).await;
    let call = house.call().await;
    assert_eq!(Value::Object(call.args), json!({ "title": "Slow", "pages": 2 }));
    assert_eq!(call.quote.as_deref(), Some(&quote("The API is slow\nsince noon")));
}

#[tokio::test]
async fn what_says_nothing_is_asked_for_and_what_was_typed_counts() {
    let house = House::open(usize::MAX);
    house.request(used("")).await;
    let form = house.form();
    assert_eq!(values(&form)[0], ("title", None), "what is needed comes first");
    let line = Ask::Line { text: "shop-report My own words".to_owned() };
    house.request(Request { quote: used("Theirs").quote, ..asked(line) }).await;
    assert_eq!(values(&house.form())[0], ("title", Some("My own words")));
}

#[tokio::test]
async fn without_a_message_it_says_how_it_is_used() {
    let house = House::open(5);
    house.line("shop report file A title").await;
    insta::assert_snapshot!(said(&house.answer().await), @r"
    This makes something of a message.
    Reply to the message with /qd shop report file.
    ");
}

#[tokio::test]
async fn where_questions_are_asked_one_by_one_all_is_shown_at_once_and_can_be_changed() {
    let house = House::open(1);
    house.request(used("The API is slow\nsince noon")).await;
    let card = house.answer().await;
    assert_eq!(said(&card), "File a report: ready.\n[File]\n[Change it]");
    let fields: Vec<(String, String)> =
        card.fields.iter().map(|field| (field.label.clone(), field.value.to_plain())).collect();
    assert_eq!(fields[0], ("Title".to_owned(), "The API is slow".to_owned()));
    house.press(&card, "Change it").await;
    let form = house.form();
    assert_eq!(names(&form), ["title"]);
    house.submit(&form, &[("title", "Slow")], true).await;
    let call = house.call().await;
    assert_eq!(call.args["title"], "Slow");
    assert!(call.quote.is_some());
    // It was done once, and the other button does it no more.
    house.press(&card, "File").await;
    assert!(said(&house.answer().await).contains("under way"));
}

#[tokio::test]
async fn a_form_that_does_not_open_becomes_a_card_and_goes_on_with_the_message() {
    let house = House::open(5);
    house.sheets.refuses.store(true, Ordering::SeqCst);
    house.request(used("The API is slow")).await;
    let card = house.answer().await;
    house.press(&card, "File").await;
    let call = house.call().await;
    assert_eq!(call.args["link"], "https://chat.example/m9");
    assert_eq!(call.quote.map(|quote| quote.text).as_deref(), Some("The API is slow"));
}

#[tokio::test]
async fn a_value_that_no_field_could_hold_is_whole_again() {
    let house = House::open(usize::MAX);
    let long = "words and more words, ".repeat(300);
    house.request(used(&long)).await;
    let form = house.form();
    let cut: String = long.chars().take(2_999).collect();
    house.submit(&form, &[("title", "Long"), ("text", &format!("{cut}…"))], false).await;
    assert_eq!(house.call().await.args["text"], long.trim());
    house.request(used(&long)).await;
    let form = house.form();
    house.submit(&form, &[("title", "Long"), ("text", "My own end…")], false).await;
    assert_eq!(house.call().await.args["text"], "My own end…");
}
