use super::super::text::samples::{doc, resolve};
use super::*;
use crate::connectors::markdown::Limits;

#[test]
fn the_usual_markup_reads_as_it_should() {
    let markup = "h2. Steps\n\nOpen *the* _login_ page, see {{500}}, -not- +this+ {color:red}red{color}\n\
        [docs|https://x.example/a|smart-link] [https://x.example/b] https://x.example/c. [~ana] [~accountid:557058:1]\n\n\
        * one\n** deep\n* two\n# first\n# second\n\n||Name||Size||\n|a|[b|https://x.example/d]|\n\n\
        {code:java|title=X}\nint a = 1;\n{code}\n{noformat}raw *x*{noformat}\nbq. he said\n{quote}\nlong\n\nmore\n{quote}\n\
        {panel:title=Look|bgColor=#ffebe6}\nhere\n{panel}\n----\n!shot.png|thumbnail! [^log.txt] a\\\\b \\*plain\\* 2*3*4 snake_case_name";
    insta::assert_snapshot!("markup_as_markdown", to_markdown(markup));
}

#[test]
fn what_only_looks_like_markup_stays() {
    for plain in [
        "a * b * c",
        "2-3-4",
        "[not a link]",
        "{unknown}",
        "!",
        "wow! great!",
        "a_b_c",
        "*",
        "|",
        "h9. x",
        "e-mail-address",
    ] {
        let text = parse(plain).blocks(Limits::FULL);
        let shown = text.iter().map(|block| format!("{block:?}")).collect::<Vec<_>>().join("\n");
        assert!(plain == "|" || shown.contains(&format!("{plain:?}")), "{plain}: {shown}");
    }
}

#[test]
fn hostile_markup_is_only_long() {
    let many = 3_000;
    for markup in [
        "*".repeat(many),
        "* ".repeat(many),
        "{quote}".repeat(many),
        "{quote}\n".repeat(many),
        "{code}".repeat(many),
        "{{".repeat(many),
        "[".repeat(many),
        "[~".repeat(many),
        "|".repeat(many),
        "||\n".repeat(many),
        "!a".repeat(many),
        "*_-".repeat(many),
        "*a _b -c ".repeat(many),
        format!("{} x", "*".repeat(many)),
        format!("{} x\n", "#".repeat(9)).repeat(many / 10),
        "\\".repeat(many),
        "ä*ß_".repeat(many),
    ] {
        let doc = parse(&markup);
        assert!(doc.blocks(Limits::EXCERPT).len() <= Limits::EXCERPT.blocks);
        let _ = (doc.to_markdown(), write(&doc), super::super::adf::write(&doc));
    }
}

#[test]
fn markdown_becomes_markup() {
    let markdown = "# T\n\n**a** *b* ~~c~~ `d` [e](https://x.example) @ana *literal\\**\n\n1. one\n   - two\n\n| h |\n|---|\n| c |\n\n\
        ```rust\nfn\n```\n\n> q\n\n> [!CAUTION]\n> hot\n\n- [x] done\n\n---\n\n\\- no list";
    let known = |name: &str| (name == "ana").then(|| Mention { id: "ana".to_owned(), name: "Ana".to_owned() });
    insta::assert_snapshot!("markdown_as_markup", from_markdown(markdown, &known));
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_it(markup in "[\\PC\n*_+{}\\[\\]|!?#h1.~^:-]{0,300}") {
        let doc = parse(&markup);
        let _ = (doc.to_markdown(), write(&doc));
        let blocks = doc.blocks(Limits { blocks: 5, chars: 120 });
        proptest::prop_assert!(blocks.len() <= 5);
    }

    #[test]
    fn any_text_is_written_and_read(doc in doc()) {
        let markup = write(&doc);
        let again = parse(&markup);
        proptest::prop_assert_eq!(again.is_empty(), doc.is_empty(), "{}", markup);
        let mentions = |doc: &Doc| doc.mentions().into_iter().map(|one| one.id).collect::<Vec<_>>();
        proptest::prop_assert_eq!(mentions(&again), mentions(&doc), "{}", markup);
        let _ = Doc::from_markdown(&doc.to_markdown(), &resolve);
    }
}
