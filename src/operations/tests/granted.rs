//! Permissions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::{Access, AccessConfig, EVERYBODY, Grantee, Pattern, sample};
use crate::model::{Actor, People, Person, Place, PlatformId, Role};

const CONFIG: &str = r#"
    [[members]]
    who = ["slack:U1", "key:ci"]
    role = "admin"

    [[members]]
    who = ["slack:group:S1"]
    role = "operator"
    operations = ["github.issue.*"]

    [[members]]
    who = ["slack:U2", "slack:*"]
    role = "operator"
    places = ["slack:C9"]

    [[members]]
    who = ["slack:U3"]
    role = "admin"
    places = ["slack:C1", "slack:C2"]
    operations = ["github.branch.delete", "github.*.list"]
"#;

fn access(config: &str) -> Access {
    Access::new(toml::from_str::<AccessConfig>(config).expect("a sound section"), &Arc::default())
}

fn user(id: &str) -> Actor {
    Actor::User { platform: PlatformId::new("slack"), id: id.to_owned(), name: "Ana".to_owned() }
}

fn place(text: &str) -> Place {
    text.parse().expect("a place")
}

#[test]
fn the_highest_role_that_applies_counts() {
    let access = access(CONFIG);
    let groups = ["S1".to_owned()];
    let key = |name: &str| Actor::ApiKey { name: name.to_owned() };
    for (actor, groups, at, operation, role) in [
        (user("U0"), &[][..], Some("slack:C1"), "github.issue.close", Some(Role::Viewer)),
        (user("U1"), &[], Some("slack:C1"), "github.issue.close", Some(Role::Admin)),
        (user("U1"), &[], None, "github.issue.close", Some(Role::Admin)),
        (user("U0"), &groups, Some("slack:C1"), "github.issue.close", Some(Role::Operator)),
        (user("U0"), &groups, Some("slack:C1"), "github.branch.delete", Some(Role::Viewer)),
        (user("U0"), &[], Some("slack:C9"), "github.issue.close", Some(Role::Operator)),
        (user("U0"), &[], Some("slack:C9/17.1"), "github.issue.close", Some(Role::Operator)),
        (user("U2"), &[], None, "github.issue.close", Some(Role::Viewer)),
        (user("U3"), &[], Some("slack:C2"), "github.branch.delete", Some(Role::Admin)),
        (user("U3"), &[], Some("slack:C2"), "github.issue.close", Some(Role::Viewer)),
        (key("ci"), &[], None, "github.issue.close", Some(Role::Admin)),
        (key("other"), &[], None, "github.issue.list", None),
        (Actor::Rule { name: "ci".to_owned() }, &[], None, "github.issue.list", None),
        (
            Actor::User { platform: PlatformId::new("key"), id: "ci".to_owned(), name: String::new() },
            &[],
            None,
            "github.issue.close",
            Some(Role::Viewer),
        ),
        (
            Actor::User { platform: PlatformId::new("discord"), id: "U1".to_owned(), name: String::new() },
            &groups,
            Some("slack:C9"),
            "github.issue.close",
            Some(Role::Viewer),
        ),
    ] {
        let at = at.map(place);
        let groups = with_everybody(groups);
        assert_eq!(
            access.role_of(&actor, &groups, at.as_ref(), operation),
            role,
            "{} {at:?} {operation}",
            actor.handle()
        );
    }
    assert_eq!(access.groups_named(), [(PlatformId::new("slack"), "S1".to_owned())]);
}

fn with_everybody(groups: &[String]) -> Vec<String> {
    groups.iter().cloned().chain([EVERYBODY.to_owned()]).collect()
}

#[test]
fn nobody_is_let_in_where_the_default_is_none() {
    let access = access("default_role = \"none\"");
    assert_eq!(access.role_of(&user("U0"), &with_everybody(&[]), None, "github.issue.list"), None);
    let default = |groups: &[String]| Access::default().role_of(&user("U0"), groups, None, "github.issue.list");
    assert_eq!(default(&with_everybody(&[])), Some(Role::Viewer));
    assert_eq!(default(&[]), None, "a stranger");
}

#[test]
fn a_refusal_says_what_would_have_been_needed() {
    let registry = sample::registry();
    let refusal = |config: &str, operation: &str, actor: &Actor| {
        let operation = registry.get(operation).expect("a sample operation");
        match access(config).check(operation, actor, &with_everybody(&[]), Some(&place("slack:C5"))) {
            Ok(role) => format!("{role}"),
            Err(fault) => format!("{} {}", fault.policy().status, fault.outside),
        }
    };
    assert_eq!(refusal(CONFIG, "github.issue.list", &user("U0")), "viewer");
    assert_eq!(refusal(CONFIG, "github.branch.delete", &user("U1")), "admin");
    insta::assert_snapshot!(refusal(CONFIG, "github.issue.close", &user("U0")), @"403 github.issue.close needs the role operator; you are viewer here. You may do it in slack:C9. An admin can grant it under [[access.members]].");
    insta::assert_snapshot!(refusal(CONFIG, "github.branch.delete", &user("U3")), @"403 github.branch.delete needs the role admin; you are viewer here. You may do it in slack:C1, slack:C2. An admin can grant it under [[access.members]].");
    insta::assert_snapshot!(refusal("", "github.issue.list", &Actor::ApiKey { name: "x".to_owned() }), @"403 github.issue.list needs the role viewer; you have no role here. An admin can grant it under [[access.members]].");
}

#[test]
fn what_is_written_is_checked() {
    for text in ["slack:U1", "slack:group:S1", "slack:*", "key:ci", "rule:retry"] {
        assert_eq!(text.parse::<Grantee>().map(|who| who.to_string()).as_deref(), Ok(text));
    }
    for text in
        ["", "ana", "slack:", ":U1", "slack:@ana", "slack:group:", "key:*", "key:group:x", "slack:U 1", "slack:a:b"]
    {
        assert!(text.parse::<Grantee>().is_err(), "{text:?}");
    }
    for (pattern, name, matches) in [
        ("github.issue.close", "github.issue.close", true),
        ("github.issue.close", "github.issue.closed", false),
        ("github.issue.*", "github.issue.close", true),
        ("github.issue.*", "github.pr.close", false),
        ("github.*", "github.issue.close", true),
        ("github.*", "gitlab.issue.close", false),
        ("*", "github.issue.close", true),
        ("github.*.list", "github.issue.list", true),
        ("github.*.list", "github.issue.close", false),
        ("*.*.list", "jira.issue.list", true),
    ] {
        assert_eq!(pattern.parse::<Pattern>().map(|pattern| pattern.matches(name)), Ok(matches), "{pattern} {name}");
    }
    for text in ["", "github", "github.issue", "github.issue.close.*", "github.iss*.close", "GitHub.*", "github..x"] {
        assert!(text.parse::<Pattern>().is_err(), "{text:?}");
    }
    for (config, part) in [
        ("default = \"admin\"", "unknown field"),
        ("[[members]]\nwho = [\"ana\"]\nrole = \"admin\"", "names nobody"),
        ("[[members]]\nwho = [\"slack:U1\"]\nrole = \"boss\"", "unknown variant"),
        ("[[members]]\nwho = [\"slack:U1\"]\nrole = \"admin\"\noperations = [\"issue\"]", "names no operations"),
        ("[[members]]\nwho = [\"slack:U1\"]\nrole = \"admin\"\nplaces = [\"here\"]", "is no place"),
    ] {
        let error = toml::from_str::<AccessConfig>(config).expect_err("it is refused").to_string();
        assert!(error.contains(part), "{config}: {error}");
    }
}

#[test]
fn mistyped_patterns_are_found_and_places_can_be_resolved() {
    let registry = sample::registry();
    let config = "[[members]]\nwho = [\"slack:U1\"]\nrole = \"admin\"\noperations = [\"github.isue.*\", \"github.*\"]\nplaces = [\"slack:#ops\"]";
    assert_eq!(access(config).idle_patterns(&registry), ["github.isue.*"]);
    let mut config: AccessConfig = toml::from_str(config).expect("a sound section");
    config.places_mut().for_each(|named| *named = place("slack:C7"));
    let role = Access::new(config, &Arc::default()).role_of(
        &user("U1"),
        &[],
        Some(&place("slack:C7/1.2")),
        "github.issue.list",
    );
    assert_eq!(role, Some(Role::Admin));
}

#[test]
fn what_is_granted_to_one_handle_of_a_person_is_granted_to_the_person() {
    let ana =
        Person { name: "Ana".to_owned(), handles: vec!["slack:U1".into(), "telegram:7".into(), "github:ana".into()] };
    let config = toml::from_str::<AccessConfig>(
        "[[members]]\nwho = [\"slack:U1\"]\nrole = \"admin\"\n[[members]]\nwho = [\"slack:*\"]\nrole = \"operator\"",
    );
    let access = Access::new(config.expect("a sound section"), &Arc::new(People::new(vec![ana])));
    let on = |platform: &str, id: &str| Actor::User {
        platform: PlatformId::new(platform),
        id: id.to_owned(),
        name: String::new(),
    };
    let role = |actor: &Actor| access.role_of(actor, &with_everybody(&[]), None, "github.branch.delete");
    assert_eq!(role(&on("telegram", "7")), Some(Role::Admin), "wherever they act");
    assert_eq!(role(&on("telegram", "8")), Some(Role::Viewer));
    assert_eq!(role(&on("discord", "7")), Some(Role::Viewer), "an id is one of its platform only");
    assert_eq!(role(&on("slack", "U2")), Some(Role::Operator), "a platform's `*` is of who acts there");
    let stranger = |actor: &Actor| access.role_of(actor, &[], None, "github.branch.delete");
    assert_eq!(stranger(&on("slack", "U2")), None, "and belongs there");
    assert_eq!(stranger(&on("telegram", "7")), Some(Role::Admin), "a person of the configuration is no stranger");
}

#[test]
fn a_refusal_names_places_as_the_configuration_does() {
    let registry = sample::registry();
    let names = BTreeMap::from([(place("slack:C1"), "slack:#ops".to_owned())]);
    let access = access(CONFIG).named(names);
    let operation = registry.get("github.branch.delete").expect("a sample operation");
    let refused = access.check(operation, &user("U3"), &[], Some(&place("slack:C5"))).expect_err("it is refused");
    assert!(refused.outside.contains("you are not a member"), "{}", refused.outside);
    assert!(refused.outside.contains("You may do it in slack:#ops, slack:C2."), "{}", refused.outside);
}
