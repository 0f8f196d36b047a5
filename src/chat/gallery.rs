//! Cards to look at, and cards that mean harm: what every platform's renderer is tried with.

use proptest::prelude::*;

use crate::model::{
    Action, ActionKind, Block, Card, Choice, Decision, Field, Object, Press, Span, Style, Text, Timestamp, Token, Tone,
};

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn token(mut action: Action) -> Action {
    action.token = Some(Token::from_wire(&format!("tok_{}", action.id)));
    action
}

fn run(id: &str, label: &str) -> Action {
    token(Action::run(id, label, Press::new("x.y.z", Object::new())))
}

/// A card of each kind that people meet. `who` is the handle of somebody on the platform.
pub(in crate::chat) fn cards(who: &str) -> Vec<(&'static str, Card)> {
    let moment = at("2026-11-20T14:03:00Z");
    let menu = ActionKind::Select {
        press: Press::new("github.issue.assign", Object::new()),
        into: "who".into(),
        choices: vec![
            Choice { value: "ana".into(), label: "Ana".into() },
            Choice { value: "bo".into(), label: "Bo".into() },
        ],
    };
    let assign = Action { kind: menu, ..run("assign", "Assign to…") };
    let mention = Span::Mention { handle: who.into(), name: "Ana".into() };
    vec![
        (
            "issue",
            Card::new(Tone::Warning, "acme/api#12 <!channel> *login* fails")
                .link("https://github.example/acme/api/issues/12")
                .text(Text::new().plain("Opened by ").span(mention.clone()).plain(" in `main` & <b>everywhere</b>"))
                .block(Block::Quote("> not mine\n@here :tada:".into()))
                .field("Label", "bug")
                .field("Branch", "fix_login*")
                .action(run("close", "Close").style(Style::Danger))
                .action(assign)
                .action(Action::open("open", "Open", "https://github.example/acme/api/issues/12"))
                .footer(Text::new().plain("GitHub · ").time(moment)),
        ),
        (
            "pull request",
            Card::new(Tone::Good, "acme/api#13 Merged")
                .block(Block::Diff("-old\n+new\n".into()))
                .block(Block::List { ordered: true, items: vec![Text::new().bold("one"), "two".into()] })
                .field("By", Text::new().span(mention))
                .field("Commit", Text::new().link("1a2b3c", "https://github.example/c/1a2b3c")),
        ),
        (
            "alert",
            Card::new(Tone::Bad, "Disk is full on db-1").text(Text::new().plain("Since ").time(moment)).block(
                Block::Table {
                    head: vec!["disk".into(), "used".into()],
                    rows: vec![vec!["/".into(), "99 %".into()], vec!["/var".into(), "7 %".into()]],
                },
            ),
        ),
        ("task", Card::new(Tone::Progress, "nightly 42").block(Block::Code("step 1\nstep 2".into()))),
        ("decided", {
            let mut card = Card::new(Tone::Muted, "acme/api#12");
            let decision = |handle: &str, name: &str| Decision {
                deed: String::new(),
                over: false,
                what: "Closed".into(),
                handle: handle.into(),
                name: name.into(),
                at: moment,
            };
            card.decisions = vec![decision(who, "Ana"), decision("elsewhere:7", "<!here> Bo")];
            card
        }),
        (
            "confirmation",
            Card::new(Tone::Warning, "Delete the branch?")
                .action(run("yes", "Delete").style(Style::Danger))
                .action(run("no", "Keep")),
        ),
        (
            "scan",
            Card::new(Tone::Bad, "3 findings")
                .block(Block::List { ordered: false, items: vec![Text::new().code("CVE-1"), "CVE-2".into()] }),
        ),
        (
            "help",
            Card::new(Tone::Neutral, "What Quarterdeck can do")
                .block(Block::List {
                    ordered: false,
                    items: vec![Text::new().code("/qd github issue list").plain(" lists issues")],
                })
                .footer("More: /qd help github"),
        ),
        (
            "error",
            Card::new(Tone::Bad, "That did not work").text("`owner` is missing").action(Action::open(
                "bad",
                "Bad",
                "javascript:1",
            )),
        ),
    ]
}

/// Text that means harm.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec![
            "", " ", "plain", "<!channel>", "<@U123>", "<!subteam^S1>", "@here", "*bold*", "_it_", "~no~", "`code`",
            "> quote", ":tada:", "&lt;!here&gt;", "<https://evil.example|bank>", "a\u{202e}b\u{200b}c", "\n\n\n", "👩‍💻",
            "e\u{301}\u{301}", "\u{0}\u{1}", "•", "|", "^", "mailto:a@b.c", "漢字",
        ]).prop_map(str::to_owned),
        2 => any::<String>(),
        1 => (any::<char>(), 0_usize..5_000).prop_map(|(c, count)| c.to_string().repeat(count)),
    ]
}

fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("https://a.example/x?y=1&z=<b>|c".to_owned()),
        Just("javascript:alert(1)".to_owned()),
        (0_usize..4_000).prop_map(|count| format!("https://a.example/{}", "x".repeat(count))),
        hostile(),
    ]
}

fn span(who: &'static str) -> impl Strategy<Value = Span> {
    prop_oneof![
        hostile().prop_map(Span::Text),
        hostile().prop_map(Span::Bold),
        hostile().prop_map(Span::Italic),
        hostile().prop_map(Span::Strike),
        hostile().prop_map(Span::Code),
        (hostile(), address()).prop_map(|(text, url)| Span::Link { text, url }),
        (prop_oneof![Just(who.to_owned()), hostile()], hostile())
            .prop_map(|(handle, name)| Span::Mention { handle, name }),
        (-1_000_000_000_000_i64..1_000_000_000_000)
            .prop_map(|millis| Span::Time(Timestamp::from_millisecond(millis).expect("a time"))),
    ]
}

fn words(who: &'static str) -> impl Strategy<Value = Text> {
    prop::collection::vec(span(who), 0..6).prop_map(Text)
}

fn block(who: &'static str) -> impl Strategy<Value = Block> {
    prop_oneof![
        words(who).prop_map(Block::Text),
        hostile().prop_map(Block::Code),
        words(who).prop_map(Block::Quote),
        (any::<bool>(), prop::collection::vec(words(who), 0..8))
            .prop_map(|(ordered, items)| Block::List { ordered, items }),
        hostile().prop_map(Block::Diff),
        (prop::collection::vec(hostile(), 0..4), prop::collection::vec(prop::collection::vec(hostile(), 0..4), 0..5))
            .prop_map(|(head, rows)| Block::Table { head, rows }),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let press = || Press::new("x.y.z", Object::new());
    let choice = (hostile(), hostile()).prop_map(|(value, label)| Choice { value, label });
    let kind = prop_oneof![
        Just(ActionKind::Run(press())),
        address().prop_map(ActionKind::Open),
        prop::collection::vec(choice, 0..30).prop_map(move |choices| ActionKind::Select {
            press: press(),
            into: "x".into(),
            choices
        }),
    ];
    let style = prop::sample::select(vec![Style::Default, Style::Primary, Style::Danger]);
    (hostile(), hostile(), style, kind, any::<bool>()).prop_map(|(id, label, style, kind, minted)| Action {
        id,
        label,
        style,
        kind,
        token: minted.then(Token::new),
    })
}

/// Any card at all, also one that nobody would make. `who` is the handle of somebody on the platform.
pub(in crate::chat) fn any_card(who: &'static str) -> impl Strategy<Value = Card> {
    let tone =
        prop::sample::select(vec![Tone::Neutral, Tone::Progress, Tone::Good, Tone::Warning, Tone::Bad, Tone::Muted]);
    let decision =
        (hostile(), prop_oneof![Just(who.to_owned()), hostile()], hostile()).prop_map(|(what, handle, name)| {
            Decision { what, deed: String::new(), over: false, handle, name, at: at("2026-11-20T14:03:00Z") }
        });
    let field = (hostile(), words(who)).prop_map(|(label, value)| Field { label, value });
    (
        (tone, hostile(), prop::option::of(address())),
        prop::collection::vec(block(who), 0..60),
        prop::collection::vec(field, 0..45),
        prop::collection::vec(action(), 0..30),
        prop::option::of(words(who)),
        prop::collection::vec(decision, 0..8),
    )
        .prop_map(|((tone, title, link), body, fields, actions, footer, decisions)| Card {
            tone,
            title,
            link,
            body,
            fields,
            actions,
            footer,
            decisions,
            key: None,
        })
}
