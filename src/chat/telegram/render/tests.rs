use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::chat::gallery;
use crate::chat::telegram::escape::JOINER;
use crate::model::{Action, Block, SubjectKey, Text, Timestamp};

fn limits() -> Limits {
    let now: Timestamp = "2026-11-20T14:03:00Z".parse().expect("a time");
    Limits::at(now)
}

fn cards() -> Vec<(&'static str, Card)> {
    gallery::cards("telegram:1042")
}

/// The messages, a blank line between them; then the rows of the keyboard; then what was lost. Word joiners as `⁠|`.
fn sketch(card: &Card) -> String {
    let rendered = render(card, &limits());
    let mut out = rendered.parts.join("\n\n=====\n\n").replace(JOINER, "|");
    if let Some(markup) = rendered.keyboard.markup() {
        for row in markup["inline_keyboard"].as_array().expect("rows") {
            let buttons = row.as_array().expect("a row").iter().map(|button| {
                let to = button.get("url").or(button.get("callback_data")).and_then(Value::as_str).expect("a use");
                let style =
                    button.get("style").and_then(Value::as_str).map(|style| format!(" {style}")).unwrap_or_default();
                format!("[{}{style} → {to}]", button["text"].as_str().expect("a label"))
            });
            out.push('\n');
            out.push_str(&buttons.collect::<Vec<_>>().join(" "));
        }
    }
    for lost in &rendered.lost {
        let _ = write!(out, "\nlost: {lost}");
    }
    if let Some(file) = &rendered.attachment {
        let _ = write!(out, "\nfile: {} ({} characters)", file.name, file.text.chars().count());
    }
    out
}

#[test]
fn the_gallery_looks_as_it_should() {
    let all: Vec<String> = cards().iter().map(|(name, card)| format!("## {name}\n{}", sketch(card))).collect();
    insta::assert_snapshot!(all.join("\n\n"), @r###"
    ## issue
    ⚠️ <b><a href="https://github.example/acme/api/issues/12">acme/api#12 &lt;!channel&gt; *login* fails</a></b>

    Opened by <a href="tg://user?id=1042">Ana</a> in `main` &amp; &lt;b&gt;everywhere&lt;/b&gt;
    <blockquote>&gt; not mine
    @|here :tada:</blockquote>
    <b>Label</b> bug · <b>Branch</b> fix_login*

    <i>GitHub · <tg-time unix="1795183380" format="dt">2026-11-20 14:03 UTC</tg-time></i>
    [Close danger → p:tok_close] [Assign to… ▾ → m:tok_assign]
    [Open → https://github.example/acme/api/issues/12]

    ## pull request
    ✅ <b>acme/api#13 Merged</b>
    <pre><code class="language-diff">-old
    +new</code></pre>
    1. <b>one</b>
    2. two

    <b>By</b> <a href="tg://user?id=1042">Ana</a> · <b>Commit</b> <a href="https://github.example/c/1a2b3c">1a2b3c</a>

    ## alert
    🔴 <b>Disk is full on db-1</b>

    Since <tg-time unix="1795183380" format="dt">2026-11-20 14:03 UTC</tg-time>
    <pre>disk  used
    ────  ────
    /     99 %
    /var  7 %</pre>

    ## task
    ⏳ <b>nightly 42</b>
    <pre>step 1
    step 2</pre>

    ## decided
    ⚪ <b>acme/api#12</b>
    ✅ Closed by <a href="tg://user?id=1042">Ana</a>, <tg-time unix="1795183380" format="dt">2026-11-20 14:03 UTC</tg-time>
    ✅ Closed by &lt;!here&gt; Bo, <tg-time unix="1795183380" format="dt">2026-11-20 14:03 UTC</tg-time>

    ## confirmation
    ⚠️ <b>Delete the branch?</b>
    [Delete danger → p:tok_yes] [Keep → p:tok_no]

    ## scan
    🔴 <b>3 findings</b>

    • <code>CVE-1</code>
    • CVE-2

    ## help
    <b>What Quarterdeck can do</b>

    • <code>/qd github issue list</code> lists issues

    <i>More: /|qd help github</i>

    ## error
    🔴 <b>That did not work</b>

    `owner` is missing
    lost: the action `bad`: its address leads nowhere a link may
    "###);
}

/// A message as Telegram reads it: its text, and which stretches of it are formatted how.
struct Read {
    text: String,
    tags: Vec<(String, usize, usize)>,
}

/// Reads HTML as <https://core.telegram.org/bots/api#html-style> says, and takes nothing else.
fn read(html: &str) -> Read {
    let mut read = Read { text: String::new(), tags: Vec::new() };
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        read.text.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('&') {
            let (reference, after) = rest.split_once(';').expect("a reference");
            read.text.push(match reference {
                "&amp" => '&',
                "&lt" => '<',
                "&gt" => '>',
                "&quot" => '"',
                other => panic!("{other}"),
            });
            rest = after;
            continue;
        }
        let (tag, after) = rest[1..].split_once('>').expect("a tag that ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let (opened, from) = open.pop().expect("an open tag");
            assert_eq!(opened.split(' ').next(), Some(name), "{html}");
            read.tags.push((opened, from, read.text.len()));
        } else {
            let known =
                ["b", "i", "s", "code", "pre", "blockquote", "blockquote expandable", "code class=\"language-diff\""];
            let link = tag.strip_prefix("a href=\"").and_then(|tag| tag.strip_suffix('"'));
            let time = tag.strip_prefix("tg-time unix=\"").and_then(|tag| tag.strip_suffix("\" format=\"dt\""));
            let fine = known.contains(&tag)
                || time.is_some_and(|time| time.parse::<i64>().is_ok())
                || link.is_some_and(|url| {
                    ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) || url == "tg://user?id=1042"
                });
            assert!(fine && !link.unwrap_or_default().contains(['"', '<', '>']), "{tag}");
            open.push((tag.to_owned(), read.text.len()));
        }
    }
    read.text.push_str(rest);
    assert!(open.is_empty() && !rest.contains('>'), "{html}");
    read
}

/// Telegram's own numbers and rules, written down a second time: the renderer's constants are not their own judge.
fn judge(rendered: &Rendered) {
    assert!((1..=2).contains(&rendered.parts.len()));
    for part in &rendered.parts {
        let read = read(part);
        let units = read.text.encode_utf16().count();
        assert!(units <= 4_096 && !read.text.trim().is_empty(), "{units}");
        assert!(read.tags.len() <= 100, "{} entities", read.tags.len());
        assert!(
            !read
                .text
                .chars()
                .any(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\0'))
        );
        let mut code = vec![false; read.text.len()];
        for (_, from, to) in read.tags.iter().filter(|(tag, ..)| tag.starts_with("code") || tag == "pre") {
            code[*from..*to].fill(true);
        }
        let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        for (at, c) in read.text.char_indices().filter(|(at, c)| !code[*at] && matches!(c, '@' | '/')) {
            let before = read.text[..at].chars().next_back();
            let after = read.text[at + c.len_utf8()..].chars().next();
            let address =
                read.text[..at].rsplit(char::is_whitespace).next().is_some_and(|word| word.starts_with("http"));
            assert!(c != '@' || word(before) || !word(after) || address, "a mention in {:?}", read.text);
            let command = c == '/' && !word(before) && !matches!(before, Some('/' | '<' | '>')) && word(after);
            let path =
                read.text[at + c.len_utf8()..].trim_start_matches(|c| word(Some(c))).starts_with(['/', '<', '>']);
            assert!(!command || path, "a command in {:?}", read.text);
        }
        for (tag, from, to) in &read.tags {
            // What is code holds nothing else, and quotations hold no quotations.
            let inside = |other: &str| {
                read.tags
                    .iter()
                    .any(|(tag, f, t)| tag.starts_with(other) && f >= from && t <= to && (f, t) != (from, to))
            };
            assert!(
                !tag.starts_with("code") || !["a", "b", "i", "s", "tg"].iter().any(|other| inside(other)),
                "{part}"
            );
            assert!(!tag.starts_with("blockquote") || !inside("blockquote"), "{part}");
        }
    }
    if let Some(markup) = rendered.keyboard.markup() {
        judge_keyboard(&markup);
    }
    for (_, token, choices) in rendered.keyboard.menus() {
        for page in 0..choices.len().div_ceil(8) {
            judge_keyboard(&rendered.keyboard.menu(token, page).expect("a page"));
        }
    }
}

fn judge_keyboard(markup: &Value) {
    let rows = markup["inline_keyboard"].as_array().expect("rows");
    let mut count = 0;
    let mut carried = BTreeSet::new();
    for row in rows {
        let row = row.as_array().expect("a row");
        assert!((1..=8).contains(&row.len()));
        for button in row {
            count += 1;
            assert!(button["text"].as_str().is_some_and(|text| !text.trim().is_empty()));
            match (button.get("callback_data").and_then(Value::as_str), button.get("url").and_then(Value::as_str)) {
                (Some(data), None) => {
                    assert!((1..=64).contains(&data.len()), "{data}");
                    carried.insert(data.to_owned());
                }
                (None, Some(url)) => assert!(url.starts_with("http"), "{url}"),
                _ => panic!("{button}"),
            }
        }
    }
    assert!((1..=100).contains(&count));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_card_is_inside_the_limits_and_inert(card in gallery::any_card("telegram:1042")) {
        let rendered = render(&card, &limits());
        judge(&rendered);
    }
}

fn log(lines: usize) -> String {
    (0..lines).map(|line| format!("line {line} of the log")).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_does_not_fit_goes_on_in_a_second_message() {
    let card = Card::new(Tone::Bad, "Failed").block(Block::Code(log(250))).text("the end").field("Run", "42");
    let rendered = render(&card, &limits());
    judge(&rendered);
    assert_eq!((rendered.parts.len(), rendered.lost.len(), rendered.attachment), (2, 0, None));
    let (first, second) = (&rendered.parts[0], &rendered.parts[1]);
    assert!(
        first.contains(" lines more</i>") && first.contains("the end") && first.ends_with("<b>Run</b> 42"),
        "{first}"
    );
    assert!(
        second.starts_with("<i>… Failed, continued</i>\n<pre>line ") && second.ends_with("line 249 of the log</pre>")
    );
    let shown = read(first).text.matches("of the log").count() + read(second).text.matches("of the log").count();
    assert_eq!(shown, 250, "nothing is left out, nothing is there twice");
}

#[test]
fn what_is_longer_than_two_messages_is_a_file() {
    let rendered = render(&Card::new(Tone::Bad, "Failed").block(Block::Code(log(2_000))), &limits());
    judge(&rendered);
    let file = rendered.attachment.expect("a file");
    assert!(
        file.name == "details.txt" && file.text.contains("line 1999 of the log") && file.text.starts_with("Failed\n")
    );
    assert_eq!((rendered.parts.len(), rendered.lost.len()), (1, 0));
}

#[test]
fn a_card_that_will_be_edited_is_one_message() {
    let living = Card::new(Tone::Bad, "Failed").block(Block::Code(log(250))).key(SubjectKey::new("ci:run/1"));
    assert!(render(&living, &limits()).attachment.is_some());
    let linked = render(&living.link("https://ci.example/42"), &limits());
    assert_eq!((linked.parts.len(), linked.attachment), (1, None));
    assert!(
        linked.parts[0].contains("<a href=\"https://ci.example/42\">Read all of it</a></i>"),
        "{}",
        linked.parts[0]
    );
    assert_eq!(linked.lost.len(), 1);
}

#[test]
fn many_blocks_are_counted_and_formatting_is_not_without_end() {
    let many = (0..400).fold(Card::new(Tone::Bad, "Failed"), |card, at| card.text(format!("paragraph number {at}")));
    let rendered = render(&many, &limits());
    judge(&rendered);
    assert!(rendered.parts[0].contains(" blocks more</i>"), "{}", rendered.parts[0]);
    let bold = Text((0..300).map(|at| crate::model::Span::Bold(format!("{at} "))).collect());
    judge(&render(&Card::new(Tone::Bad, "Bold").text(bold), &limits()));
}

#[test]
fn a_wide_table_becomes_a_list_on_a_phone() {
    let head = ["name", "branch", "state"].map(str::to_owned).to_vec();
    let rows = vec![["nightly-build-of-everything", "release/2026-11", "failed"].map(str::to_owned).to_vec()];
    let card = Card::new(Tone::Bad, "Runs").block(Block::Table { head, rows });
    let html = &render(&card, &limits()).parts[0];
    assert!(html.ends_with("• <b>nightly-build-of-everything</b> · branch: release/2026-11 · state: failed"), "{html}");
}

#[test]
fn an_address_that_telegram_does_not_link_to_is_there_to_be_copied() {
    let card = Card::new(Tone::Bad, "Failed")
        .link("http://jenkins:8080/1")
        .action(Action::open("open", "Open", "http://jenkins:8080/1"))
        .text(
            Text::new()
                .link("the log", "http://jenkins:8080/1/log")
                .plain(" and ")
                .link("us", "mailto:ops@acme.example"),
        );
    let rendered = render(&card, &limits());
    judge(&rendered);
    let html = &rendered.parts[0];
    assert!(
        html.contains("<code>http://jenkins:8080/1</code>") && html.contains("the log (http://jenkins:8080/1/log)"),
        "{html}"
    );
    assert!(html.contains("us (ops@acme.example)") && rendered.keyboard.is_empty() && rendered.lost.is_empty());
}

#[test]
fn few_words_fit_into_a_notice() {
    let card = Card::new(Tone::Warning, "This button is for the person who asked.");
    assert_eq!(toast(&card).as_deref(), Some("⚠️ This button is for the person who asked."));
    assert_eq!(toast(&card.clone().text("x".repeat(300))), None);
    assert_eq!(toast(&card.action(Action::open("a", "A", "https://a.example/"))), None);
}
