use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::chat::discord::escape::read;
use crate::chat::gallery;
use crate::model::{Action, ActionKind, Block, Choice, Object, Press, Text, Token};

/// The cards that all renderers are looked at with.
pub(in crate::chat::discord) fn cards() -> Vec<(&'static str, Card)> {
    gallery::cards("discord:71")
}

fn payload(rendered: &Rendered) -> Value {
    rendered.payload().expect("a message")
}

/// A message as it is read in a review: the line above, the embed, the rows, and nothing hidden.
fn sketch(card: &Card) -> String {
    let rendered = render(card, &Limits::default());
    let message = payload(&rendered);
    let mut lines = vec![rendered.content.clone()];
    for embed in message["embeds"].as_array().into_iter().flatten() {
        let mut rest = embed.as_object().expect("an object").clone();
        rest.retain(|key, _| !["type", "description"].contains(&key.as_str()));
        let description = embed["description"].as_str().unwrap_or_default();
        lines.extend(description.lines().map(|line| format!("| {line}")));
        lines.push(Value::Object(rest).to_string());
    }
    lines.extend(message["components"].as_array().into_iter().flatten().map(Value::to_string));
    lines.extend(rendered.attachment.iter().map(|file| format!("file {}: {:?}", file.name, file.text)));
    lines.extend(rendered.lost.iter().map(|lost| format!("lost: {lost}")));
    lines.join("\n")
}

#[test]
fn the_gallery_looks_as_it_should() {
    let cards = cards();
    let show = |name: &str| sketch(&cards.iter().find(|(known, _)| *known == name).expect("a card").1);
    insta::assert_snapshot!(show("issue"), @r###"
    ⚠️ acme/api#12 \<!channel> \*login\* fails
    | Opened by <@71> in \`main\` & \<b>everywhere\</b>
    | > \> not mine
    | > \@here \:tada\:
    {"timestamp":"2026-11-20T14:03:00Z","color":15844367,"footer":{"text":"GitHub"},"fields":[{"name":"Label","value":"bug","inline":true},{"name":"Branch","value":"fix\\_login\\*","inline":true}]}
    {"type":1,"components":[{"type":2,"style":4,"custom_id":"p:tok_close","label":"Close","disabled":false},{"type":2,"style":5,"url":"https://github.example/acme/api/issues/12","label":"Open","disabled":false}]}
    {"type":1,"components":[{"custom_id":"p:tok_assign","placeholder":"Assign to…","min_values":1,"max_values":1,"type":3,"options":[{"label":"Ana","value":"ana"},{"label":"Bo","value":"bo"}]}]}
    "###);
    insta::assert_snapshot!(show("pull request"), @r###"
    ✅ acme/api#13 Merged
    | ```diff
    | -old
    | +new
    | ```
    | 1. **one**
    | 2. two
    {"color":3066993,"fields":[{"name":"By","value":"<@71>","inline":true},{"name":"Commit","value":"[1a2b3c](https://github.example/c/1a2b3c)","inline":true}]}
    "###);
    insta::assert_snapshot!(show("alert"), @r###"
    🔴 Disk is full on db-1
    | Since <t:1795183380:f>
    | ```
    | disk  used
    | ────  ────
    | /     99 %
    | /var  7 %
    | ```
    {"color":15548997}
    "###);
    insta::assert_snapshot!(show("task"), @r###"
    ⏳ nightly 42
    | ```
    | step 1
    | step 2
    | ```
    {"color":3447003}
    "###);
    insta::assert_snapshot!(show("decided"), @r###"
    ⚪ acme/api#12
    {"color":8422542,"fields":[{"name":"✓ Closed","value":"by <@71> · <t:1795183380:f>","inline":false},{"name":"✓ Closed","value":"by \\<!here> Bo · <t:1795183380:f>","inline":false}]}
    "###);
    insta::assert_snapshot!(show("confirmation"), @r###"
    ⚠️ Delete the branch?
    {"type":1,"components":[{"type":2,"style":4,"custom_id":"p:tok_yes","label":"Delete","disabled":false},{"type":2,"style":2,"custom_id":"p:tok_no","label":"Keep","disabled":false}]}
    "###);
    insta::assert_snapshot!(show("scan"), @r###"
    🔴 3 findings
    | - `CVE-1`
    | - CVE-2
    {"color":15548997}
    "###);
    insta::assert_snapshot!(show("help"), @r###"
    What Quarterdeck can do
    | - `/qd github issue list` lists issues
    {"color":5793266,"footer":{"text":"More: /qd help github"}}
    "###);
    insta::assert_snapshot!(show("error"), @r###"
    🔴 That did not work
    | \`owner\` is missing
    {"color":15548997}
    lost: the action `bad`: its address leads nowhere a link may
    "###);
}

#[test]
fn what_does_not_fit_is_said_and_comes_as_a_file() {
    let log = (0..2_000).map(|line| format!("line {line}")).collect::<Vec<_>>().join("\n");
    let card = Card::new(Tone::Bad, "Failed").link("https://ci.example/42").block(Block::Code(log)).text("the end");
    let rendered = render(&card, &Limits::default());
    assert_eq!(rendered.lost, ["1975 more lines of block 1"]);
    let message = payload(&rendered);
    let description = message["embeds"][0]["description"].as_str().expect("a text");
    assert!(description.contains("\n```\n-# +1975 more lines: see log.txt below"), "{description}");
    assert!(description.ends_with("the end"), "{description}");
    assert_eq!(message["attachments"], json!([{ "id": "0", "filename": "log.txt", "description": "All of it" }]));
    let file = rendered.attachment.expect("a file");
    assert!(file.text.starts_with("Failed\n\nline 0\n") && file.text.contains("line 1999\n"));
    assert!(message["components"].to_string().contains("https://ci.example/42"), "the link is a button");

    let many = (0..100).fold(Card::new(Tone::Bad, "Failed"), |card, at| {
        card.text(format!("paragraph {at} {}", "that goes on and on ".repeat(10)))
    });
    let rendered = render(&many, &Limits::default());
    assert_eq!(rendered.lost.len(), 2, "{:?}", rendered.lost);
    let file = rendered.attachment.clone().expect("a file");
    assert_eq!(file.name, "details.md");
    assert!(file.text.starts_with("# Failed\n\nparagraph 0") && file.text.contains("paragraph 99"));
    let facts = (0..40).fold(Card::new(Tone::Good, "Done"), |card, at| card.field(format!("f{at}"), "x"));
    let rendered = render(&facts, &Limits::default());
    assert_eq!(rendered.lost, ["16 facts"]);
    let message = payload(&rendered);
    assert_eq!(message["embeds"][0]["fields"][24]["value"], "+16 more");
}

#[test]
fn a_file_is_cut_at_a_line_and_says_so() {
    let limits = Limits { file: 100, ..Limits::default() };
    let card = Card::new(Tone::Bad, "Failed").block(Block::Code("0123456789 é\n".repeat(1_000)));
    let file = render(&card, &limits).attachment.expect("a file");
    assert!(file.text.ends_with("é\n… the rest was left out\n") && file.text.len() < 140, "{}", file.text);
}

#[test]
fn buttons_stand_in_rows_and_menus_below_them() {
    let press = |at: usize| {
        let mut action = Action::run(&format!("a{at}"), &format!("Do {at}"), Press::new("x.y.z", Object::new()));
        action.token = Some(Token::from_wire(&format!("t{at}")));
        action
    };
    let menu = |at: usize| {
        let choices = vec![Choice { value: "v".into(), label: "V".into() }];
        let kind = ActionKind::Select { press: Press::new("x.y.z", Object::new()), into: "x".into(), choices };
        Action { kind, ..press(at) }
    };
    let mut card = Card::new(Tone::Neutral, "x").link("https://a.example/");
    card.actions = vec![menu(0), press(1), press(2), press(3), press(4), press(5), press(6), menu(7)];
    let message = payload(&render(&card, &Limits::default()));
    let rows: Vec<usize> = message["components"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["components"].as_array().map_or(0, Vec::len))
        .collect();
    assert_eq!(rows, [5, 2, 1, 1]);
    assert_eq!(message["components"][0]["components"][0]["custom_id"], "p:t1");
    assert_eq!(message["components"][1]["components"][1]["url"], "https://a.example/");
    assert_eq!(message["components"][2]["components"][0]["custom_id"], "p:t0");

    card.actions = (0..40).map(press).collect();
    let rendered = render(&card, &Limits::default());
    assert_eq!(rendered.rows.len(), 5);
    assert_eq!(rendered.lost.len(), 15, "{:?}", rendered.lost);
    // What leads further is not lost: it stands in the text.
    assert_eq!(payload(&rendered)["embeds"][0]["description"], "[Open](https://a.example/)");
    let long = format!("https://a.example/{}", "x".repeat(600));
    let card = Card::new(Tone::Neutral, "x").action(Action::open("logs", "View logs", &long));
    assert_eq!(payload(&render(&card, &Limits::default()))["embeds"][0]["description"], format!("[View logs]({long})"));
}

/// Discord's own numbers, written down a second time: the renderer's constants are not their own judge.
fn judge(rendered: &Rendered) {
    let message = payload(rendered);
    let content = message["content"].as_str().expect("a text");
    assert!(!content.trim().is_empty() && length(content) <= 2_000, "{content}");
    inert(content);
    let mut total = 0;
    for embed in message["embeds"].as_array().expect("a list") {
        let mut text = |value: &Value, most: usize, markdown: bool| {
            let Some(shown) = value.as_str() else { return };
            assert!(!shown.trim().is_empty() && length(shown) <= most, "{} of {most}", length(shown));
            total += length(shown);
            if markdown {
                inert(shown);
            }
        };
        text(&embed["title"], 256, true);
        text(&embed["description"], 4_096, true);
        text(&embed["footer"]["text"], 2_048, false);
        let fields = embed["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert!(fields.len() <= 25);
        for field in fields {
            text(&field["name"], 256, true);
            text(&field["value"], 1_024, true);
        }
        assert!(embed.as_object().is_some_and(|embed| embed.len() > 2), "an empty embed");
    }
    assert!(total <= 6_000, "{total} in all");
    let rows = message["components"].as_array().expect("a list");
    assert!(rows.len() <= 5);
    let mut ids = BTreeSet::new();
    for part in rows.iter().flat_map(|row| row["components"].as_array().expect("a list")) {
        if let Some(id) = part["custom_id"].as_str() {
            assert!(length(id) <= 100 && ids.insert(id.to_owned()), "{id}");
        }
        if let Some(url) = part["url"].as_str() {
            assert!(length(url) <= 512 && (url.starts_with("http://") || url.starts_with("https://")), "{url}");
        }
        match part["type"].as_u64() {
            Some(2) => assert!(part["label"].as_str().is_some_and(|label| (1..=80).contains(&length(label)))),
            Some(3) => {
                let options = part["options"].as_array().expect("options");
                let values: BTreeSet<_> = options.iter().map(|option| option["value"].to_string()).collect();
                assert!((1..=25).contains(&options.len()) && values.len() == options.len());
            }
            other => panic!("a component {other:?}"),
        }
    }
    assert_eq!(message["allowed_mentions"], json!({ "parse": [] }));
}

/// All that may stand in Markdown without a backslash is what we make: a person, a moment, a link, our own marks.
fn inert(text: &str) {
    let hidden = ['\u{202a}', '\u{202e}', '\u{2066}', '\0'];
    assert!(!text.contains(hidden), "{text:?}");
    let mut rest = text;
    // All but what stands in code.
    let mut read = String::new();
    while let Some(at) = rest.find(['\\', '<', '`', '@', ']', ':', '|']) {
        let (sign, after) = (rest.as_bytes()[at], &rest[at + 1..]);
        read.push_str(&rest[..=at]);
        match sign {
            b'\\' => {
                let mut signs = after.chars();
                assert!(signs.next().is_some_and(|sign| sign.is_ascii_punctuation()), "a lone backslash: {text:?}");
                rest = signs.as_str();
                continue;
            }
            b'`' => {
                // What stands in code means nothing, if the code ends.
                let run = rest[at..].bytes().take_while(|sign| *sign == b'`').count();
                let marks = "`".repeat(run);
                let inner = &rest[at + run..];
                let end = inner.find(&marks).unwrap_or_else(|| panic!("open code: {text:?}"));
                rest = &inner[end + run..];
                assert!(!rest.starts_with('`'), "code that ends late: {text:?}");
                continue;
            }
            b'<' => {
                let (made, then) = after.split_once('>').expect("closed");
                let ours = made == "@71" || made.starts_with("http") || is_moment(made);
                assert!(ours, "<{made}> in {text:?}");
                rest = then;
                continue;
            }
            b']' => {
                let Some(target) = after.strip_prefix('(') else {
                    rest = after;
                    continue;
                };
                assert!(target.starts_with("http://") || target.starts_with("https://"), "{target}");
                rest = &target[target.find(')').expect("closed")..];
                continue;
            }
            b'@' => assert!(!after.starts_with("everyone") && !after.starts_with("here"), "{text:?}"),
            b'|' => assert!(!after.starts_with('|'), "{text:?}"),
            _ => assert!(!after.starts_with("//"), "an address that becomes a link: {text:?}"),
        }
        rest = after;
    }
    read.push_str(rest);
    for line in read.lines() {
        let line = line.trim_start_matches("> ").trim_start();
        assert!(!line.starts_with("# ") && !line.starts_with("## ") && !line.starts_with(">>>"), "{line:?}");
    }
}

fn is_moment(made: &str) -> bool {
    made.strip_prefix("t:").and_then(|made| made.strip_suffix(":f")).is_some_and(|at| at.parse::<i64>().is_ok())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_card_is_inside_the_limits_and_inert(card in gallery::any_card("discord:71")) {
        let rendered = render(&card, &Limits::default());
        judge(&rendered);
        let refusals: Vec<String> =
            schema("MessageCreateRequest").iter_errors(&payload(&rendered)).map(|error| error.to_string()).collect();
        prop_assert!(refusals.is_empty(), "{refusals:?}");
    }

    #[test]
    fn text_reads_as_it_was_written(text in "[ -~\\n]{0,80}") {
        let card = Card::new(Tone::Neutral, "x").text(Text::new().plain(&*text));
        let message = payload(&render(&card, &Limits::default()));
        let shown = message["embeds"][0]["description"].as_str().unwrap_or_default();
        prop_assert_eq!(read(shown), text.trim());
    }
}

/// A part of Discord's own description of its API, as a judge.
pub(in crate::chat::discord) fn schema(name: &str) -> jsonschema::Validator {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/discord/requests-slice.json");
    let text = std::fs::read_to_string(path).expect("the slice is part of the project");
    let mut schema: Value = serde_json::from_str(&text).expect("JSON");
    schema["$ref"] = format!("#/components/schemas/{name}").into();
    jsonschema::validator_for(&schema).expect("a schema")
}

#[test]
fn payloads_are_what_discords_own_description_asks_for() {
    let (posts, edits) = (schema("MessageCreateRequest"), schema("MessageEditRequestPartial"));
    for (name, card) in cards() {
        let rendered = render(&card, &Limits::default());
        judge(&rendered);
        let message = payload(&rendered);
        for schema in [&posts, &edits] {
            if let Some(error) = schema.iter_errors(&message).next() {
                panic!("{name}: {error} at {}\n{message:#}", error.instance_path());
            }
        }
        let body = json!({ "type": 4, "data": message });
        assert!(schema("CreateMessageInteractionCallbackRequest").is_valid(&body), "{name}");
    }
    assert!(
        !posts.is_valid(&json!({ "embeds": [{ "title": "x".repeat(300) }] })),
        "the description does refuse something"
    );
}
