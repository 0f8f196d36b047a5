use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::chat::gallery;
use crate::chat::slack::{
    send,
    tests::{form, vendor_data},
};
use crate::model::MessageRef;

fn cards() -> Vec<(&'static str, Card)> {
    gallery::cards("slack:U1")
}

/// One block a line: what is to be seen in a review, and nothing hidden.
fn sketch(card: &Card) -> String {
    let rendered = render(card, &Limits::default());
    let mut lines = vec![rendered.text];
    lines.extend(rendered.blocks.iter().map(Value::to_string));
    lines.extend(rendered.lost.iter().map(|lost| format!("lost: {lost}")));
    lines.join("\n")
}

#[test]
fn the_gallery_looks_as_it_should() {
    let cards = cards();
    let show = |name: &str| sketch(&cards.iter().find(|(known, _)| *known == name).expect("a card").1);
    insta::assert_snapshot!(show("issue"), @r###"
    ⚠️ acme/api#12 &lt;!channel&gt; *login* fails — Opened by @Ana in `main` &amp; &lt;b&gt;everywhere&lt;/b&gt;
    {"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"emoji","name":"warning"},{"type":"text","text":" "},{"type":"link","url":"https://github.example/acme/api/issues/12","text":"acme/api#12 <!channel> *login* fails","style":{"bold":true}}]}]}
    {"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"Opened by "},{"type":"user","user_id":"U1"},{"type":"text","text":" in `main` & <b>everywhere</b>"}]}]}
    {"type":"rich_text","elements":[{"type":"rich_text_quote","elements":[{"type":"text","text":"> not mine\n@here :tada:"}]}]}
    {"type":"section","fields":[{"type":"mrkdwn","text":"*Label*\nbug","verbatim":true}]}
    {"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"Branch","style":{"bold":true}},{"type":"text","text":"  "},{"type":"text","text":"fix_login*"}]}]}
    {"type":"context","elements":[{"type":"plain_text","text":"GitHub ·","emoji":false},{"type":"mrkdwn","text":"<!date^1795183380^{date_short_pretty} {time}|2026-11-20 14:03 UTC>","verbatim":true}]}
    {"type":"actions","elements":[{"type":"button","action_id":"qd:close","text":{"type":"plain_text","text":"Close","emoji":false},"value":"tok_close","style":"danger"},{"type":"static_select","action_id":"qd:assign:tok_assign","placeholder":{"type":"plain_text","text":"Assign to…","emoji":false},"options":[{"text":{"type":"plain_text","text":"Ana","emoji":false},"value":"ana"},{"text":{"type":"plain_text","text":"Bo","emoji":false},"value":"bo"}]},{"type":"button","action_id":"qd:open","text":{"type":"plain_text","text":"Open","emoji":false},"url":"https://github.example/acme/api/issues/12"}]}
    "###);
    insta::assert_snapshot!(show("pull request"), @r###"
    ✅ acme/api#13 Merged
    {"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"emoji","name":"white_check_mark"},{"type":"text","text":" "},{"type":"text","text":"acme/api#13 Merged","style":{"bold":true}}]}]}
    {"type":"rich_text","elements":[{"type":"rich_text_preformatted","elements":[{"type":"text","text":"-old\n+new"}]}]}
    {"type":"rich_text","elements":[{"type":"rich_text_list","style":"ordered","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"one","style":{"bold":true}}]},{"type":"rich_text_section","elements":[{"type":"text","text":"two"}]}]}]}
    {"type":"section","fields":[{"type":"mrkdwn","text":"*By*\n<@U1>","verbatim":true},{"type":"mrkdwn","text":"*Commit*\n<https://github.example/c/1a2b3c|1a2b3c>","verbatim":true}]}
    "###);
    insta::assert_snapshot!(show("alert"), @r###"
    🔴 Disk is full on db-1 — Since 2026-11-20 14:03 UTC
    {"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"emoji","name":"red_circle"},{"type":"text","text":" "},{"type":"text","text":"Disk is full on db-1","style":{"bold":true}}]}]}
    {"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"Since "},{"type":"date","timestamp":1795183380,"format":"{date_short_pretty} {time}","fallback":"2026-11-20 14:03 UTC"}]}]}
    {"type":"rich_text","elements":[{"type":"rich_text_preformatted","elements":[{"type":"text","text":"disk  used\n────  ────\n/     99 %\n/var  7 %"}]}]}
    "###);
    insta::assert_snapshot!(show("task"), @r###"
    ⏳ nightly 42
    {"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"emoji","name":"hourglass_flowing_sand"},{"type":"text","text":" "},{"type":"text","text":"nightly 42","style":{"bold":true}}]}]}
    {"type":"rich_text","elements":[{"type":"rich_text_preformatted","elements":[{"type":"text","text":"step 1\nstep 2"}]}]}
    "###);
    insta::assert_snapshot!(show("decided"), @r###"
    ⚪ acme/api#12
    {"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"emoji","name":"white_circle"},{"type":"text","text":" "},{"type":"text","text":"acme/api#12","style":{"bold":true}}]}]}
    {"type":"context","elements":[{"type":"plain_text","text":"✓ Closed by","emoji":false},{"type":"mrkdwn","text":"<@U1>","verbatim":true},{"type":"plain_text","text":"·","emoji":false},{"type":"mrkdwn","text":"<!date^1795183380^{date_short_pretty} {time}|2026-11-20 14:03 UTC>","verbatim":true}]}
    {"type":"context","elements":[{"type":"plain_text","text":"✓ Closed by <!here> Bo ·","emoji":false},{"type":"mrkdwn","text":"<!date^1795183380^{date_short_pretty} {time}|2026-11-20 14:03 UTC>","verbatim":true}]}
    "###);
    insta::assert_snapshot!(show("confirmation"), @r###"
    ⚠️ Delete the branch?
    {"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"emoji","name":"warning"},{"type":"text","text":" "},{"type":"text","text":"Delete the branch?","style":{"bold":true}}]}]}
    {"type":"actions","elements":[{"type":"button","action_id":"qd:yes","text":{"type":"plain_text","text":"Delete","emoji":false},"value":"tok_yes","style":"danger"},{"type":"button","action_id":"qd:no","text":{"type":"plain_text","text":"Keep","emoji":false},"value":"tok_no"}]}
    "###);
    insta::assert_snapshot!(show("scan"), @r###"
    🔴 3 findings
    {"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"emoji","name":"red_circle"},{"type":"text","text":" "},{"type":"text","text":"3 findings","style":{"bold":true}}]}]}
    {"type":"rich_text","elements":[{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"CVE-1","style":{"code":true}}]},{"type":"rich_text_section","elements":[{"type":"text","text":"CVE-2"}]}]}]}
    "###);
    insta::assert_snapshot!(show("help"), @r###"
    What Quarterdeck can do
    {"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"What Quarterdeck can do","style":{"bold":true}}]}]}
    {"type":"rich_text","elements":[{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"/qd github issue list","style":{"code":true}},{"type":"text","text":" lists issues"}]}]}]}
    {"type":"context","elements":[{"type":"plain_text","text":"More: /qd help github","emoji":false}]}
    "###);
    insta::assert_snapshot!(show("error"), @r###"
    🔴 That did not work — `owner` is missing
    {"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"emoji","name":"red_circle"},{"type":"text","text":" "},{"type":"text","text":"That did not work","style":{"bold":true}}]}]}
    {"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"`owner` is missing"}]}]}
    lost: the action `bad`: its address leads nowhere a link may
    "###);
}

#[test]
fn what_does_not_fit_is_said_and_listed() {
    let log = (0..2_000).map(|line| format!("line {line}")).collect::<Vec<_>>().join("\n");
    let card = Card::new(Tone::Bad, "Failed").link("https://ci.example/42").block(Block::Code(log)).text("the end");
    let rendered = render(&card, &Limits::default());
    assert_eq!(rendered.lost, ["1655 lines of block 1"]);
    let notice = rendered.blocks[2].to_string();
    assert!(notice.contains("+1655 lines more") && notice.contains("https://ci.example/42"), "{notice}");
    assert!(rendered.blocks[3].to_string().contains("the end"));

    let many = (0..100).fold(Card::new(Tone::Bad, "Failed"), |card, at| card.text(format!("paragraph {at}")));
    let rendered = render(&many, &Limits::default());
    assert_eq!(rendered.blocks.len(), 50);
    assert_eq!(rendered.lost, ["52 blocks of the body"]);
    assert!(rendered.blocks[49].to_string().contains("+52 more"));
}

/// Slack's own numbers, written down a second time: the renderer's constants are not their own judge.
fn judge(rendered: &Rendered) {
    assert!(rendered.blocks.len() <= 50, "{} blocks", rendered.blocks.len());
    let total: usize = rendered.blocks.iter().map(weight).sum();
    assert!(total <= 12_000, "{total} in all");
    assert!(!rendered.text.is_empty() && length(&rendered.text) <= 4_000);
    assert!(!rendered.text.contains(['<', '>']), "{}", rendered.text);
    let mut ids = BTreeSet::new();
    for block in &rendered.blocks {
        walk(block, &mut ids);
    }
}

fn walk(value: &Value, ids: &mut BTreeSet<String>) {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let count = |key: &str| value.get(key).and_then(Value::as_array).map_or(0, Vec::len);
    if let Some(shown) = text("text") {
        assert!(!shown.is_empty(), "an empty text: {value}");
        assert!(length(shown) <= 3_000, "a text of {}", length(shown));
        assert!(
            !shown.chars().any(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\0'))
        );
        if text("type") == Some("mrkdwn") {
            inert(shown);
        }
    }
    match text("type") {
        Some("section") => assert!((1..=10).contains(&count("fields"))),
        Some("context") => assert!((1..=10).contains(&count("elements"))),
        Some("actions") => assert!((1..=25).contains(&count("elements"))),
        Some("static_select") => assert!((1..=100).contains(&count("options"))),
        Some("rich_text" | "rich_text_section" | "rich_text_list" | "rich_text_quote" | "rich_text_preformatted") => {
            assert!(count("elements") > 0, "{value}");
        }
        Some("button") => {
            let label = value.pointer("/text/text").and_then(Value::as_str).expect("a label");
            assert!(length(label) <= 75 && text("value").is_some() != text("url").is_some(), "{value}");
        }
        _ => {}
    }
    if let Some(id) = text("action_id") {
        assert!(length(id) <= 255 && ids.insert(id.to_owned()), "{id}");
    }
    if let Some(url) = text("url") {
        assert!(
            length(url) <= 3_000 && ["http://", "https://", "mailto:"].iter().any(|scheme| url.starts_with(scheme))
        );
    }
    if value.get("selected_option").is_none()
        && value.get("text").is_some_and(Value::is_object)
        && text("type").is_none()
    {
        assert!(text("value").is_some_and(|value| !value.is_empty() && length(value) <= 150), "an option: {value}");
    }
    match value {
        Value::Object(map) => map.values().for_each(|value| walk(value, ids)),
        Value::Array(items) => items.iter().for_each(|value| walk(value, ids)),
        _ => {}
    }
}

/// All that may stand between `<` and `>` in mrkdwn is what we make: a person, a date, a link.
fn inert(text: &str) {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        let (made, after) = after.split_once('>').expect("closed");
        let ours = made == "@U1A"
            || made == "@U1"
            || made.starts_with("!date^")
            || ["http://", "https://", "mailto:"].iter().any(|scheme| made.starts_with(scheme));
        assert!(ours && !made.contains('<'), "{text}");
        rest = after;
    }
    assert!(
        !text.contains(":tada:") && !text.contains("*bold*") && !text.contains("_it_") && !text.contains("~no~"),
        "{text}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_card_is_inside_the_limits_and_inert(card in gallery::any_card("slack:U1A")) {
        let rendered = render(&card, &Limits::default());
        judge(&rendered);
        // The fake knows Slack's rules from Slack's documents and nothing of the renderer.
        let refusal = crate::sandbox::slack::refusal(&rendered.blocks);
        prop_assert!(refusal.is_none(), "{refusal:?}");
    }
}

#[test]
fn the_independent_judge_accepts_the_gallery_and_refuses_what_slack_refuses() {
    for (name, card) in cards() {
        let rendered = render(&card, &Limits::default());
        assert_eq!(crate::sandbox::slack::refusal(&rendered.blocks), None, "{name}");
    }
    let bad = json!({ "type": "section", "text": { "type": "mrkdwn", "text": "" } });
    assert!(crate::sandbox::slack::refusal(&[bad]).is_some());
}

fn schema(definition: &str) -> Option<jsonschema::Validator> {
    let Some(path) = vendor_data("schemas/slack-web-api.schema.json") else {
        eprintln!("skipped: there is no shared/vendor-data, so Slack's own schemas were not asked");
        return None;
    };
    let text = std::fs::read_to_string(path).expect("a file");
    let mut schema: Value = serde_json::from_str(&text).expect("JSON");
    schema["$ref"] = format!("#/definitions/{definition}").into();
    Some(jsonschema::validator_for(&schema).expect("a schema"))
}

#[test]
fn payloads_are_what_slacks_own_schemas_ask_for() {
    let (Some(posts), Some(edits), Some(blocks), Some(views), Some(manifests)) = (
        schema("Args_chat_postMessage"),
        schema("Args_chat_update"),
        schema("KnownBlock"),
        schema("ModalView"),
        schema("Manifest"),
    ) else {
        return;
    };
    let place: crate::model::Place = "slack:C1/1.0".parse().expect("a place");
    let ask = |validator: &jsonschema::Validator, value: &Value| {
        if let Some(error) = validator.iter_errors(value).next() {
            panic!("{error} at {}\n{value:#}", error.instance_path());
        }
    };
    for (_, card) in cards() {
        let rendered = render(&card, &Limits::default());
        rendered.blocks.iter().for_each(|block| ask(&blocks, block));
        ask(&posts, &send::post_args(&rendered, &place, "msg_1"));
        ask(&edits, &send::edit_args(&rendered, &MessageRef { place: place.clone(), id: "1.5".into() }));
    }
    ask(&views, &crate::chat::slack::form::view(&form()));
    ask(&manifests, &crate::chat::slack::manifest(&crate::chat::slack::SlackConfig::default(), &[], None));
    assert!(!posts.is_valid(&json!({ "channel": 7 })), "the schemas do refuse something");
}
