//! Any rich text that Markdown, Jira's documents and its wiki markup all know, for tests that nothing is lost between them.

use proptest::prelude::*;

use super::{Cell, Doc, Inline, Marks, Mention, Node, Panel, Task, push, trim};

/// Whom the samples mention.
pub(in super::super) const IDS: [&str; 3] = ["5b10ac8d82e05b22cc7d4ef5", "557058:f5b1-2", "ana"];

/// Knows those whom the samples mention, by their ids.
pub(in super::super) fn resolve(id: &str) -> Option<Mention> {
    IDS.contains(&id).then(|| Mention { id: id.to_owned(), name: String::new() })
}

fn words() -> impl Strategy<Value = String> {
    r"[A-Za-z0-9*_`~#<>\[\]()!|&:;@.,=+äß?/\\-]{1,8}( [A-Za-z0-9*_`~#<>\[\]()!|&:;@.,=+äß?/\\-]{1,6}){0,2}"
}

fn marked() -> impl Strategy<Value = Vec<Inline>> {
    let text = "[A-Za-z0-9]([A-Za-z0-9*_`~.!)(-]{0,5}[A-Za-z0-9])?( [A-Za-z0-9]{1,4})?";
    let marks = (any::<(bool, bool, bool)>(), prop::option::of("https://x\\.example/[a-z]{1,4}(\\?[a-z]=[0-9])?"));
    (text, marks).prop_map(|(text, ((strong, em, strike), link))| {
        vec![Inline::Text(text, Marks { strong, em, strike, code: false, link })]
    })
}

fn stretch() -> impl Strategy<Value = Vec<Inline>> {
    prop_oneof![
        4 => words().prop_map(|text| vec![Inline::Text(text, Marks::default())]),
        3 => marked(),
        1 => "[a-z`|\\\\*]{1,6}".prop_map(|text| vec![Inline::Text(text, Marks::code())]),
        1 => (0..IDS.len(), "[A-Z][a-z]{1,5}( [A-Z][a-z*_]{1,4})?").prop_map(|(id, name)| {
            vec![Inline::Mention(Mention { id: IDS[id].to_owned(), name })]
        }),
        1 => ":[a-z][a-z_]{1,6}:".prop_map(|short| vec![Inline::Emoji { short, text: String::new() }]),
    ]
}

pub(super) fn line(breaks: bool) -> impl Strategy<Value = Vec<Inline>> {
    prop::collection::vec((stretch(), any::<bool>()), 1..5).prop_map(move |parts| {
        let mut out: Vec<Inline> = Vec::new();
        for (part, wrap) in parts {
            // Whether white space between marked words is marked too, nobody sees.
            let marked =
                |one: Option<&Inline>| matches!(one, Some(Inline::Text(_, marks)) if *marks != Marks::default());
            if wrap && breaks {
                out.push(Inline::Break);
            } else {
                let between = if marked(out.last()) && marked(part.first()) { " a " } else { " " };
                push(&mut out, between, &Marks::default());
            }
            for inline in part {
                match inline {
                    Inline::Text(text, marks) => push(&mut out, &text, &marks),
                    other => out.push(other),
                }
            }
        }
        trim(&mut out);
        out
    })
}

fn paragraph() -> impl Strategy<Value = Node> {
    line(true).prop_filter("blank", |line| !line.is_empty()).prop_map(Node::Paragraph)
}

fn code() -> impl Strategy<Value = Node> {
    ("(rust|c\\+\\+|)", "[a-z`~ <>#*\\n]{0,20}[a-z`]").prop_map(|(language, text)| Node::Code { language, text })
}

fn list() -> impl Strategy<Value = Node> {
    let item = paragraph().prop_map(|paragraph| vec![paragraph]);
    item.prop_recursive(2, 12, 3, |item| {
        let start = prop_oneof![Just(None), (1..12_u64).prop_map(Some)];
        let below = (start, prop::collection::vec(item, 1..3)).prop_map(|(start, items)| Node::List { start, items });
        (paragraph(), below).prop_map(|(line, below)| vec![line, below])
    })
    .prop_flat_map(|first| {
        let start = prop_oneof![Just(None), (1..12_u64).prop_map(Some)];
        (start, prop::collection::vec(paragraph().prop_map(|line| vec![line]), 0..2)).prop_map(
            move |(start, mut items)| {
                items.push(first.clone());
                Node::List { start, items }
            },
        )
    })
}

fn tasks() -> impl Strategy<Value = Node> {
    let one = || (any::<bool>(), line(false)).prop_filter("blank", |(_, line)| !line.is_empty());
    prop::collection::vec((one(), prop::collection::vec(one(), 0..2)), 1..3).prop_map(|tasks| {
        let task = |(done, text), below| Task { done, text, below };
        let all = tasks
            .into_iter()
            .map(|(first, below)| task(first, below.into_iter().map(|one| task(one, Vec::new())).collect()));
        Node::Tasks(all.collect())
    })
}

fn table() -> impl Strategy<Value = Node> {
    (1..4_usize, 1..3_usize, any::<bool>()).prop_flat_map(|(width, height, headed)| {
        let cell = prop::option::weighted(0.8, line(false)).prop_map(|line| {
            let body = line.filter(|line| !line.is_empty()).map(Node::Paragraph).into_iter().collect();
            Cell { head: false, body }
        });
        prop::collection::vec(prop::collection::vec(cell, width), height).prop_map(move |mut rows| {
            // A head without words is none.
            if headed && rows[0].iter().any(|cell| !cell.body.is_empty()) {
                rows[0].iter_mut().for_each(|cell| cell.head = true);
            }
            Node::Table(rows)
        })
    })
}

fn nodes(node: impl Strategy<Value = Node>) -> impl Strategy<Value = Vec<Node>> {
    prop::collection::vec(node, 1..3)
}

fn panel() -> impl Strategy<Value = Panel> {
    prop::sample::select(vec![Panel::Info, Panel::Note, Panel::Success, Panel::Warning, Panel::Error])
}

/// Any rich text.
pub(in super::super) fn doc() -> impl Strategy<Value = Doc> {
    let heading = || {
        (1..7_u8, line(false))
            .prop_filter("blank", |(_, line)| !line.is_empty())
            .prop_map(|(level, line)| Node::Heading(level, line))
    };
    let quoted = || prop_oneof![3 => paragraph(), 1 => list(), 1 => code()];
    let boxed = move || prop_oneof![2 => paragraph(), 1 => heading(), 1 => list(), 1 => code(), 1 => tasks()];
    let node = prop_oneof![
        4 => paragraph(),
        1 => heading(),
        1 => code(),
        1 => list(),
        1 => tasks(),
        1 => table(),
        1 => Just(Node::Rule),
        1 => nodes(quoted()).prop_map(Node::Quote),
        1 => (panel(), nodes(boxed())).prop_map(|(panel, body)| Node::Panel(panel, body)),
        1 => ("[A-Za-z<&>]{1,6}( [a-z]{1,3})?", nodes(boxed())).prop_map(|(title, body)| Node::Expand { title, body }),
    ];
    prop::collection::vec(node, 0..5).prop_map(Doc)
}
