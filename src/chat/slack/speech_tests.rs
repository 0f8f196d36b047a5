use super::*;
use crate::model::PlatformId;

fn names() -> Names {
    let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, id)| ((*name).into(), (*id).into())).collect();
    Names {
        people: map(&[("ana", "U1"), ("j.doe", "U2")]),
        groups: map(&[("oncall", "S1")]),
        channels: map(&[("ops", "C1")]),
    }
}

fn said(text: &str) -> String {
    spoken(text, &names(), &mut false)
}

#[test]
fn a_person_is_understood_as_in_slack_itself() {
    for (text, shown) in [
        ("*bold* _it_ :tada:", "*bold* _it_ :tada:"),
        ("hi @ana, @j.doe. @oncall!", "hi <@U1>, <@U2>. <!subteam^S1>!"),
        ("see #ops and #nowhere", "see <#C1> and #nowhere"),
        ("<@U123|ana> <#C123|x> <!subteam^S123|@x>", "<@U123> <#C123> <!subteam^S123>"),
        ("slack:U123 and slack:C123", "<@U123> and <#C123>"),
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("https://a.example/x?y=1&z=2.", "<https://a.example/x?y=1&amp;z=2>."),
        ("<https://a.example/|there>", "<https://a.example/|there>"),
        ("`@ana <@U1>` @ana", "`@ana &lt;@U1&gt;` <@U1>"),
        ("mail@ana x/@ana", "mail@ana x/@ana"),
    ] {
        assert_eq!(said(text), shown, "{text}");
    }
}

#[test]
fn nobody_calls_everybody_and_nothing_else_is_markup() {
    for text in ["<!channel>", "<!here|here>", "<!everyone>", "<!date^1^{date}|x>", "<javascript:alert(1)|x>", "<@u1>"]
    {
        assert!(!said(text).contains('<'), "{text}: {}", said(text));
    }
    assert_eq!(said("@channel @here @everyone"), "@channel @here @everyone");
}

#[test]
fn long_texts_fill_several_sections_and_code_goes_on() {
    let text = format!("```\n{}\n```", "let x = a && b;\n".repeat(400));
    let text = checked("text", &text).expect("a text");
    let ana = Actor::User { platform: PlatformId::new("slack"), id: "U1".into(), name: "ana".into() };
    let blocks = blocks(&text, &names(), &ana);
    assert!(crate::sandbox::slack::refusal(&blocks).is_none());
    let texts: Vec<&str> = blocks.iter().filter_map(|block| block["text"]["text"].as_str()).collect();
    assert!(texts.len() > 2);
    for text in texts {
        assert_eq!(text.matches("```").count() % 2, 0, "{text}");
    }
    assert_eq!(blocks.last().expect("a block")["elements"][0]["text"], "— ana");
    assert!(checked("text", &"x".repeat(LONGEST + 1)).expect_err("a fault").outside.contains("file"));
    assert!(checked("text", " \u{200b}\n").is_err());
    let hostile = blocks_of_one_word();
    assert!(crate::sandbox::slack::refusal(&hostile).is_none());
}

fn blocks_of_one_word() -> Vec<Value> {
    let ana = Actor::User { platform: PlatformId::new("slack"), id: "U1".into(), name: "<!here>".into() };
    blocks(&"&".repeat(2_000), &names(), &ana)
}

#[test]
fn programs_and_rules_are_taken_literally() {
    let rule = Actor::Rule { name: "nightly".into() };
    let blocks = blocks("*<!channel>* @ana https://a.example/x.", &names(), &rule);
    let elements = &blocks[0]["elements"][0]["elements"];
    assert_eq!(elements[0], json!({ "type": "text", "text": "*<!channel>* @ana " }));
    assert_eq!(elements[1]["url"], "https://a.example/x");
    assert_eq!(blocks[1]["elements"][0]["text"], "— the rule nightly");
    assert_eq!(comment("<!channel> @ana", &names(), &rule), "&lt;!channel&gt; @ana\n— the rule nightly");
    assert!(crate::sandbox::slack::refusal(&blocks).is_none());
}
