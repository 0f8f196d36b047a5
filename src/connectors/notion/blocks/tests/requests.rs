//! The requests of a tree: each within Notion's limits, all together the tree.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::chunks::{Append, Plan, Under, plan};
use super::super::{children, from_markdown, parts, rich, text_block};
use super::words;

/// Does what Notion does: the page that the requests make.
fn carry_out(plan: &Plan) -> Vec<Value> {
    let first = Append { under: Under::Page, children: plan.first.clone() };
    // Where each block of each request stands, as a path of positions.
    let mut made: Vec<Vec<Vec<usize>>> = Vec::new();
    let mut page = text_block("paragraph", Vec::new(), Vec::new());
    for request in std::iter::once(&first).chain(&plan.later) {
        let path = match request.under {
            Under::Page => Vec::new(),
            Under::Block { request, index } => made[request][index].clone(),
        };
        let mut under = &mut page;
        for at in &path {
            let kind = parts(under).unwrap().0.to_owned();
            under = &mut under[&kind]["children"][at];
        }
        let kind = parts(under).unwrap().0.to_owned();
        let content = under[&kind].as_object_mut().unwrap();
        let list = content.entry("children").or_insert_with(|| json!([])).as_array_mut().unwrap();
        let start = list.len();
        list.extend(request.children.iter().cloned());
        made.push((0..request.children.len()).map(|at| [path.clone(), vec![start + at]].concat()).collect());
    }
    children(&page).to_vec()
}

fn check(value: &Value, levels: usize) -> usize {
    let (_, content) = parts(value).unwrap();
    let lists = content.get("cells").and_then(Value::as_array).cloned().unwrap_or_default();
    for text in lists.iter().chain(content.get("rich_text")) {
        let pieces = text.as_array().unwrap();
        assert!(pieces.len() <= 100);
        for piece in pieces {
            let text = piece.pointer("/text/content").and_then(Value::as_str).unwrap_or_default();
            assert!(text.encode_utf16().count() <= 2000);
        }
    }
    let inside = children(value);
    assert!(inside.len() <= 100 && (levels > 0 || inside.is_empty()), "{} below {levels} levels", inside.len());
    1 + inside.iter().map(|child| check(child, levels - 1)).sum::<usize>()
}

fn within_limits(plan: &Plan) {
    for children in std::iter::once(&plan.first).chain(plan.later.iter().map(|append| &append.children)) {
        assert!(children.len() <= 100);
        assert!(children.iter().map(|child| check(child, 2)).sum::<usize>() <= 1000);
        assert!(serde_json::to_vec(children).unwrap().len() <= 500_000);
    }
    assert!(plan.later.iter().all(|append| !append.children.is_empty()));
}

fn tree() -> impl Strategy<Value = Vec<Value>> {
    let leaf = ("[a-z]{0,5}", prop::sample::select(vec!["paragraph", "bulleted_list_item", "quote", "toggle"]));
    let leaf = leaf.prop_map(|(text, kind)| text_block(kind, rich(&text), Vec::new()));
    let node = leaf.prop_recursive(6, 400, 130, |inner| {
        (prop::collection::vec(inner, 0..130), "[a-zäß]{0,5}")
            .prop_map(|(inside, text)| text_block("bulleted_list_item", rich(&text), inside))
    });
    prop::collection::vec(node, 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_tree_is_made_whole(blocks in tree()) {
        let plan = plan(blocks.clone());
        within_limits(&plan);
        prop_assert_eq!(carry_out(&plan), blocks);
    }
}

proptest! {
    // Each is long.
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn long_texts_go_on(sign in prop::sample::select(vec!["a", "ä", "👩‍👩‍👧‍👦", "\u{1}", "e\u{301}"]), length in 0..40_000_usize) {
        let text = sign.repeat(length);
        for kind in ["paragraph", "quote", "heading_1", "bulleted_list_item"] {
            let child = text_block("paragraph", rich("end"), Vec::new());
            let plan = plan(vec![text_block(kind, rich(&text), vec![child])]);
            within_limits(&plan);
            prop_assert_eq!(words(&carry_out(&plan)), format!("{text}end"));
        }
    }
}

#[test]
fn many_pieces_become_many_blocks() {
    let pieces = (0..350).map(|at| format!("**b{at}** i{at}")).collect::<Vec<_>>().join(" ");
    for markdown in [pieces.clone(), format!("- {pieces}"), format!("| a | b |\n|---|---|\n| {pieces} | x |\n")] {
        let blocks = from_markdown(&markdown);
        let plan = plan(blocks.clone());
        within_limits(&plan);
        let (made, given) = (words(&carry_out(&plan)), words(&blocks));
        assert_eq!(made.len(), given.len());
        if !markdown.starts_with('|') {
            assert_eq!(made, given);
        }
    }
    let long = plan(from_markdown(&format!("```\n{}\n```", "x".repeat(500_000))));
    within_limits(&long);
    assert!(carry_out(&long).iter().all(|block| block["type"] == "code" && block["code"]["language"] == "plain text"));
}

#[test]
fn a_long_table_goes_on_under_itself() {
    let markdown = format!("| a | b |\n|---|---|\n{}", "| 1 | 2 |\n".repeat(450));
    let blocks = from_markdown(&format!(
        "{markdown}\n- x\n\n{}",
        markdown.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
    ));
    let plan = plan(blocks.clone());
    within_limits(&plan);
    assert_eq!(carry_out(&plan), blocks);
    assert!(plan.needs_first_ids());
    assert_eq!(plan.first[0]["table"]["children"].as_array().unwrap().len(), 100);
}

#[test]
fn a_small_page_is_one_request() {
    let made = plan(from_markdown("# A\n\n- a\n  - b\n    - c\n"));
    assert!(made.later.is_empty() && !made.needs_first_ids());
    let made = plan(from_markdown("- a\n  - b\n    - c\n      - d\n"));
    assert_eq!(made.later.len(), 1);
    assert_eq!(made.later[0].under, Under::Block { request: 0, index: 0 });
    assert_eq!(plan(Vec::new()), Plan::default());
}
