use std::collections::BTreeSet;

use url::Url;

use super::super::tests::caller;
use super::*;

fn web() -> Url {
    Url::parse("https://acme.atlassian.net").unwrap()
}

fn shown(keys: &[IssueKey]) -> Vec<String> {
    keys.iter().map(ToString::to_string).collect()
}

#[test]
fn issues_are_understood_however_they_are_written() {
    for (written, meant) in [
        ("ACME-12", "ACME-12"),
        (" acme-12 ", "ACME-12"),
        ("A1_B-3", "A1_B-3"),
        ("https://acme.atlassian.net/browse/ACME-12", "ACME-12"),
        ("https://acme.atlassian.net/browse/acme-12?focusedCommentId=1#comment-1", "ACME-12"),
        ("https://acme.atlassian.net/jira/software/c/projects/ACME/boards/1?selectedIssue=ACME-12", "ACME-12"),
        ("https://acme.atlassian.net/jira/software/projects/ACME/issues/ACME-12", "ACME-12"),
        ("https://acme.atlassian.net/jira/servicedesk/projects/ACME/queues/custom/7/ACME-12", "ACME-12"),
        ("https://acme.atlassian.net/rest/api/3/issue/ACME-12", "ACME-12"),
        ("<https://acme.atlassian.net/browse/ACME-12|ACME-12>", "ACME-12"),
        ("#12", "OPS-12"),
        ("12", "OPS-12"),
    ] {
        let mut by = caller();
        by.defaults.insert("project".to_owned(), "ops".to_owned());
        let issue: IssueRef = serde_json::from_value(written.into()).unwrap();
        assert_eq!(issue.resolve("issue", &web(), &by).unwrap().to_string(), meant, "{written}");
    }
    assert_eq!(serde_json::from_str::<IssueRef>("12").unwrap().to_string(), "#12");
    let behind_path: IssueRef = "https://acme.atlassian.net/jira/browse/ACME-12".parse().unwrap();
    assert_eq!(behind_path.plain().unwrap().key().as_str(), "jira:ACME-12");
    for written in [
        "",
        "#",
        "#0",
        "ACME",
        "ACME-",
        "ACME-0",
        "ACME-012",
        "-12",
        "1A-2",
        "A-1",
        "AC ME-1",
        "ACME-1x",
        "ACME/1-2",
        "ACME-9999999999999",
        "https://acme.atlassian.net/browse/ACME",
        "https://acme.atlassian.net/",
        "javascript:ACME-1",
    ] {
        let error = serde_json::from_value::<IssueRef>(written.into()).unwrap_err().to_string();
        assert!(error.contains("is no Jira issue; write its key, such as `ACME-12`"), "{written}: {error}");
    }
}

#[test]
fn projects_are_understood_however_they_are_written() {
    for written in [
        "acme",
        "ACME",
        "https://acme.atlassian.net/browse/ACME",
        "https://acme.atlassian.net/browse/ACME-12",
        "https://acme.atlassian.net/projects/ACME/summary",
        "https://acme.atlassian.net/jira/software/c/projects/ACME/boards/1/backlog",
    ] {
        let project: ProjectRef = serde_json::from_value(written.into()).unwrap();
        assert_eq!(
            ProjectRef::resolve(Some(&project), "project", &web(), &caller()).unwrap().as_str(),
            "ACME",
            "{written}"
        );
    }
    for written in ["", "A", "1X", "AC-ME", "https://acme.atlassian.net/", "a/b"] {
        assert!(written.parse::<ProjectRef>().unwrap_err().contains("is no Jira project"), "{written}");
    }
}

#[test]
fn what_is_not_known_is_said() {
    let fault = "#12".parse::<IssueRef>().unwrap().resolve("issue", &web(), &caller()).unwrap_err();
    assert_eq!(
        fault.outside,
        "No Jira project is linked here, so I cannot tell which one #12 is in. Write the whole key, such as `ACME-12`, or \
         link a project here."
    );
    assert!(ProjectRef::resolve(None, "project", &web(), &caller()).is_err());
    let other: IssueRef = "https://evil.example/browse/ACME-1".parse().unwrap();
    assert!(other.resolve("issue", &web(), &caller()).unwrap_err().outside.contains("leads to evil.example"));
}

#[test]
fn keys_are_found_in_any_text() {
    for (text, keys) in [
        ("ACME-12: fix login", vec!["ACME-12"]),
        ("[ACME-12] and (OPS-3), ACME-12 again.", vec!["ACME-12", "OPS-3"]),
        ("feature/ACME-12-fix-login", vec!["ACME-12"]),
        ("fix-ACME-12", vec!["ACME-12"]),
        ("https://acme.atlassian.net/browse/ACME-12?x=1", vec!["ACME-12"]),
        ("ACME-12.", vec!["ACME-12"]),
        ("Fixes ACME-1,ACME-2/ACME-3", vec!["ACME-1", "ACME-2", "ACME-3"]),
        ("UTF-8 SHA-256 CVE-2024-1234 ISO-8601 RFC-2119 AES-128 COVID-19", vec![]),
        ("acme-12 lower", vec![]),
        ("xACME-12 ACME-12x ACME_12 ACME-012 éACME-1", vec![]),
        ("LOG-2.17 MAY-12-2024 1ACME-3", vec![]),
        ("ACME--1 ACME- 1 -1", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(shown(&keys_in(text)), keys, "{text}");
    }
    let many = (1..99).map(|number| format!("ACME-{number}")).collect::<Vec<_>>().join(" ");
    assert_eq!(keys_in(&many).len(), 20);
    let known = BTreeSet::from([ProjectKey::parse("ACME").unwrap(), ProjectKey::parse("ISO").unwrap()]);
    assert_eq!(shown(&known_keys_in("acme-12-fix ISO-3 OPS-4 feature/Acme-7", &known)), ["ACME-12", "ISO-3", "ACME-7"]);
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_it(text in "[\\PC\n-]{0,200}") {
        let found = keys_in(&text);
        proptest::prop_assert!(found.iter().all(|key| text.contains(&key.to_string())));
        let _ = (text.parse::<IssueRef>(), text.parse::<ProjectRef>());
    }

    #[test]
    fn a_key_is_its_text(text in "[A-Z][A-Z0-9]{1,8}-[1-9][0-9]{0,6}") {
        proptest::prop_assert_eq!(IssueKey::parse(&text).unwrap().to_string(), text);
    }
}
