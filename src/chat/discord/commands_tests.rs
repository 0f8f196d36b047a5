use super::*;
use crate::model::Choice;

fn param(name: &str, kind: FieldKind, required: bool) -> Param {
    Param {
        name: name.to_owned(),
        help: "What `it` is.".to_owned(),
        kind,
        required,
        default: None,
        complete: None,
        shape: crate::operations::Shape::Plain,
        minimum: None,
        maximum: None,
        example: None,
        meanings: BTreeMap::new(),
        subjects: Vec::new(),
        label: None,
        hidden: false,
        message: None,
    }
}

fn choices(many: usize) -> Vec<Choice> {
    (0..many).map(|number| Choice { value: format!("v{number}"), label: format!("V{number}") }).collect()
}

#[test]
fn parameters_are_typed_options() {
    let option = |param: &Param| option(param, 100);
    let integer = Param { minimum: Some(1), maximum: Some(i64::MAX), ..param("count", FieldKind::Integer, false) };
    assert_eq!(option(&integer), json!({"type": 4, "name": "count", "description": "What it is.", "min_value": 1}));
    assert_eq!(option(&param("quiet", FieldKind::Flag, false))["type"], 5);
    let few = option(&param("reason", FieldKind::Choice(choices(2)), true));
    assert_eq!(few["choices"], json!([{"name": "V0", "value": "v0"}, {"name": "V1", "value": "v1"}]));
    assert_eq!((&few["required"], few.get("autocomplete")), (&json!(true), None));
    let many = option(&param("reason", FieldKind::Choice(choices(26)), true));
    assert_eq!((many.get("choices"), &many["autocomplete"]), (None, &json!(true)));
    let asked = Param { complete: Some("github.labels".into()), ..param("labels", FieldKind::List, false) };
    assert_eq!(option(&asked)["autocomplete"], true);
    assert_eq!(option(&param("body", FieldKind::Long, true)).get("required"), None);
}

#[test]
fn what_discord_adds_makes_no_difference() {
    let mut ours = of_lines("qd");
    ours["type"] = 1.into();
    ours["contexts"] = json!([0, 1]);
    let mut theirs = ours.clone();
    for (key, value) in [
        ("id", json!("9")),
        ("version", json!("10")),
        ("application_id", json!("11")),
        ("default_member_permissions", Value::Null),
        ("dm_permission", json!(true)),
        ("nsfw", json!(false)),
        ("contexts", json!([1, 0])),
        ("name_localizations", Value::Null),
    ] {
        theirs[key] = value;
    }
    theirs["options"][0]["name_localized"] = "line".into();
    assert_eq!(normal(&ours, true), normal(&theirs, true));
    theirs["options"][0]["description"] = "Another.".into();
    assert_ne!(normal(&ours, true), normal(&theirs, true));
}

#[test]
fn descriptions_are_cut_between_words() {
    assert_eq!(cut("one two three", 100), "one two three");
    assert_eq!(cut("one two three four", 12), "one two…");
    assert_eq!(cut("onetwothreefour", 5), "onet…");
    assert_eq!(describe("", "issue", 50), "issue");
}

#[test]
fn a_large_service_is_cut_to_what_discord_takes() {
    let sample = crate::chat::discord::tests::registry();
    let sample = sample.get("github.issue.close").expect("the sample");
    let many = |nouns: usize, verbs: usize| {
        let names =
            (0..nouns).flat_map(move |noun| (0..verbs).map(move |verb| format!("big.noun{noun:02}.verb{verb:02}")));
        let declare = |name: String| {
            let mut one = Declaration::clone(sample);
            one.spec.name = name.leak();
            one
        };
        names.map(declare).collect::<Vec<_>>()
    };
    let made = |nouns, verbs| of_service("big", &many(nouns, verbs).iter().collect::<Vec<_>>());
    let counted = |command: &Value| {
        let groups = command["options"].as_array().map(Vec::as_slice).unwrap_or_default();
        groups.iter().map(|group| group["options"].as_array().map_or(0, Vec::len)).sum::<usize>()
    };
    let (small, large, huge) = (made(2, 2), made(20, 4), made(25, 25));
    assert_eq!((counted(&small), counted(&large)), (4, 80));
    assert_eq!(small["options"][0]["options"][0]["description"], "Close an issue, optionally saying why.");
    assert!(size(&large) <= LARGEST && size(&huge) <= LARGEST);
    assert!(counted(&huge) > 80);
}

#[test]
fn a_command_on_messages_is_told_from_one_that_is_typed() {
    let ours = json!({ "type": ON_MESSAGE, "name": "Create GitHub issue", "contexts": [0, 1] });
    let mut theirs = ours.clone();
    theirs["id"] = "9".into();
    theirs["description"] = "".into();
    theirs["nsfw"] = false.into();
    assert_eq!(normal(&ours, true), normal(&theirs, true), "what Discord adds makes no difference");
    assert_eq!(identity(&theirs), Some((3, "Create GitHub issue")));
    assert_eq!(identity(&json!({ "name": "github" })), Some((1, "github")));
    assert_eq!(identity(&json!({ "type": 2, "name": "github" })), None, "those on people are somebody else's");
}
