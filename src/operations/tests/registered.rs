//! What the registry refuses, one by one.

use std::fmt::Write as _;

use super::super::{Declaration, FieldKind, Registry, Spec, markdown, sample};
use crate::model::Choice;

/// A sound operation, as it is after `change`.
fn one(change: impl FnOnce(&mut Declaration)) -> Declaration {
    let mut operation = sample::declarations().remove(0);
    change(&mut operation);
    operation
}

fn refusal(operations: Vec<Declaration>) -> String {
    Registry::new(operations).map_or_else(|problems| problems.join("\n"), |_| "accepted".to_owned())
}

fn renamed(name: &'static str) -> Declaration {
    one(|operation| operation.spec.name = name)
}

#[test]
fn names_are_checked() {
    for name in [
        "close",
        "github.close",
        "github.issue.close.now",
        "github..close",
        "GitHub.issue.close",
        "github.issue.1st",
        "github.issue.close_it",
        "github.issue.abcdefghijklmnopqrstuvwxyzabcdefg",
    ] {
        let refused = refusal(vec![renamed(name)]);
        assert!(refused.starts_with(&format!("{name}: the name must be")), "{name}: {refused}");
    }
    assert_eq!(refusal(vec![renamed("git-hub2.issue.close")]), "accepted");
    assert_eq!(
        refusal(vec![renamed("help.issue.close")]),
        "help.issue.close: `help` cannot be a service: `help` asks for help"
    );
    assert_eq!(refusal(vec![renamed("a.b.c"), renamed("a.b.c")]), "a.b.c: there are two operations of this name");
}

#[test]
fn docs_are_demanded() {
    assert_eq!(
        refusal(vec![one(|operation| operation.summary.clear())]),
        "github.issue.close: the struct has no doc comment; its first sentence is the operation's help"
    );
    assert_eq!(
        refusal(vec![one(|operation| operation.params[1].help.clear())]),
        "github.issue.close: the field `reason` has no doc comment"
    );
    assert_eq!(
        refusal(vec![one(|operation| operation.summary = "ü".repeat(101))]),
        "github.issue.close: the first sentence of its doc comment has 101 characters; at most 100 are shown"
    );
    assert_eq!(refusal(vec![one(|operation| operation.summary = "ü".repeat(100))]), "accepted");
}

#[test]
fn aliases_are_checked() {
    let aliased = |name: &'static str, aliases: &'static [&'static str]| {
        one(|operation| operation.spec = Spec::new(name).aliases(aliases))
    };
    assert_eq!(refusal(vec![aliased("a.b.c", &["shut", "shut it down"])]), "accepted");
    for bad in [&["Shut"] as &'static [&'static str], &[""], &["help"], &["a  b"], &["a b c d"]] {
        assert!(refusal(vec![aliased("a.b.c", bad)]).starts_with("a.b.c: the alias `"), "{bad:?}");
    }
    assert_eq!(
        refusal(vec![aliased("a.b.c", &["x"]), aliased("a.b.d", &["x"])]),
        "a.b.d: the alias `x` is taken by a.b.c"
    );
    assert_eq!(
        refusal(vec![aliased("a.b.c", &["x"]), renamed("x.y.z")]),
        "a.b.c: the alias `x` is the name of a service"
    );
}

#[test]
fn fields_are_checked() {
    for name in ["", "Title", "ti tle", "größe", "abcdefghijklmnopqrstuvwxyzabcdefg"] {
        let refused = refusal(vec![one(|operation| operation.params[2].name = name.to_owned())]);
        assert!(refused.contains(&format!("the field `{name}` must be named by")), "{name}: {refused}");
    }
    let refused = refusal(vec![one(|operation| {
        operation.params[1].name = "due-at".to_owned();
        operation.params[2].name = "due_at".to_owned();
    })]);
    assert_eq!(
        refused,
        "github.issue.close: the field `due_at` is named like another, or `help`; `_` and `-` count as the same"
    );
    assert!(refusal(vec![one(|operation| operation.params[2].name = "help".to_owned())]).contains("`help`"));
    let many = |count: usize| {
        one(|operation| {
            let model = operation.params[2].clone();
            while operation.params.len() < count {
                let mut param = model.clone();
                param.name = format!("p{}", operation.params.len());
                operation.params.push(param);
            }
        })
    };
    assert_eq!(refusal(vec![many(25)]), "accepted");
    assert_eq!(refusal(vec![many(26)]), "github.issue.close: it has 26 fields; at most 25 can be offered");
    let choices = |count: usize| {
        let choice = |index| Choice { value: format!("c{index}"), label: String::new() };
        one(|operation| operation.params[1].kind = FieldKind::Choices((0..count).map(choice).collect()))
    };
    assert_eq!(refusal(vec![choices(25)]), "accepted");
    assert_eq!(
        refusal(vec![choices(26)]),
        "github.issue.close: the field `reason` has 26 choices; at most 25 can be offered"
    );
}

#[test]
fn positionals_are_checked() {
    let with = |positional: &'static [&'static str]| {
        one(|operation| operation.spec = Spec::new("a.b.c").positional(positional))
    };
    assert_eq!(refusal(vec![with(&["issue", "reason", "comment"])]), "accepted");
    assert_eq!(refusal(vec![with(&["isue"])]), "a.b.c: the positional `isue` is no field");
    assert_eq!(refusal(vec![with(&["issue", "issue"])]), "a.b.c: the positional `issue` is listed twice");
    assert_eq!(
        refusal(vec![with(&["reason", "issue"])]),
        "a.b.c: the positional `issue` is required but comes after `reason`, which is not"
    );
    assert_eq!(
        refusal(vec![one(|operation| operation.spec = Spec::new("a.b.c").rest())]),
        "a.b.c: `rest` needs a positional that takes the rest of the line"
    );
}

#[test]
fn a_service_has_only_so_many_nouns_and_verbs() {
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let verbs = (0..26).map(|index| renamed(leak(format!("a.b.v{index}")))).collect();
    assert_eq!(refusal(verbs), "a.b: it has 26 verbs; at most 25 can be offered");
    let nouns = (0..26).map(|index| renamed(leak(format!("a.n{index}.v")))).collect();
    assert_eq!(refusal(nouns), "a: it has 26 nouns; at most 25 can be offered");
}

#[test]
fn every_problem_is_listed() {
    let refused = refusal(vec![renamed("x"), one(|operation| operation.params[0].help.clear()), one(|_| ())]);
    assert_eq!(refused.lines().count(), 3, "{refused}");
}

#[test]
fn operations_are_found_by_name_and_service() {
    let registry = sample::registry();
    assert!(registry.get("github.issue.close").is_some());
    assert!(registry.get("github.issue").is_none());
    assert!(registry.get("quarterdeck.press.take").is_some(), "buttons and rules may name what is hidden");
    assert_eq!(registry.services(), ["github", "jira", "quarterdeck"]);
    assert_eq!(registry.iter().count(), registry.shown().count() + 1);
    let names: Vec<_> = registry.of_service("quarterdeck").map(|one| one.spec.name).collect();
    assert_eq!(names, ["quarterdeck.subscription.create"]);
}

#[test]
fn the_page_of_operations_is_written() {
    let page = markdown(&sample::registry());
    assert_eq!(page, markdown(&sample::registry()), "the same each time");
    let mut shown = String::new();
    for part in
        ["- [github]", "\n### github.issue.close", "\n### github.issue.create", "\n### quarterdeck.subscription"]
    {
        let start = page.find(part).expect("the part is there");
        let end = page[start + 1..].find("\n#").map_or(page.len(), |end| start + 1 + end);
        let _ = writeln!(shown, "{}", page[start..end].trim());
    }
    assert!(!page.contains("press"), "what is hidden is not on the page");
    insta::assert_snapshot!(shown, @r"
    - [github](#github)
      - [`github.issue.close`](#githubissueclose): Close an issue, optionally saying why.
      - [`github.issue.create`](#githubissuecreate): Create an issue in a repository.
      - [`github.issue.list`](#githubissuelist): List issues.
      - [`github.issue.label`](#githubissuelabel): Put labels on an issue.
      - [`github.workflow.run`](#githubworkflowrun): Run a workflow.
      - [`github.branch.delete`](#githubbranchdelete): Delete a branch for good.
    - [jira](#jira)
      - [`jira.issue.list`](#jiraissuelist): List the issues of a project.
    - [quarterdeck](#quarterdeck)
      - [`quarterdeck.subscription.create`](#quarterdecksubscriptioncreate): Tell this channel of events.
    ### github.issue.close

    Close an issue, optionally saying why.

    It can be opened again.

    ```text
    /qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]
    ```

    Effect: changes. Role: operator. Running it twice comes to the same as once.

    | parameter | given as | needed | meaning |
    |---|---|---|---|
    | `issue` text | word 1, or `--issue` | yes | Issue as `owner/name#12`, its link, or `#12` in a linked channel. |
    | `reason` choice | `--reason` | no | Why it is closed. One of `done` (It is finished), `not-planned` (Nobody will do it), `duplicate` (Another issue says the same). Default: `done`. |
    | `comment` long text | `--comment` | no | Text to post before closing. |
    ### github.issue.create

    Create an issue in a repository.

    ```text
    /qd github issue create <title> [--repository <text>] [--body <text>] [--labels <a,b>] [--grade high|low] [--milestone <number>] [--draft] [--no-notify]
    ```

    Effect: changes. Role: operator.

    | parameter | given as | needed | meaning |
    |---|---|---|---|
    | `title` text | word 1, or `--title` | yes | What it is about, in one line. |
    | `repository` text | `--repository` | no | Repository as `owner/name`; the channel's own if not said. |
    | `body` long text | `--body` | no | What happened, in detail. |
    | `labels` list | `--labels` | no | Labels to put on it. |
    | `grade` choice | `--grade` | no | How grave it is. One of `high`, `low` (Some day). |
    | `milestone` whole number | `--milestone` | no | Milestone by number. From 1 to 500. |
    | `draft` yes or no | `--draft` | no | Whether it is a draft. Default: `false`. |
    | `notify` yes or no | `--notify` | no | Whether those named in it hear of it. Default: `true`. |
    ### quarterdeck.subscription.create

    Tell this channel of events.

    ```text
    /qd quarterdeck subscription create <filter…> [--quiet]
    ```

    Effect: changes. Role: operator. Also: `/qd subscribe`, `/qd sub`.

    | parameter | given as | needed | meaning |
    |---|---|---|---|
    | `filter` text | rest of the line | yes | Which events, such as `github.issues.* repository=acme/api`. |
    | `quiet` yes or no | `--quiet` | no | Whether threads are kept quiet. Default: `false`. |
    ");
}

#[test]
fn what_is_used_on_messages_is_checked() {
    let label = |label: &'static str| one(|operation| operation.spec.from_message = Some(label));
    assert_eq!(refusal(vec![label("Close the issue")]), "accepted");
    for wrong in ["", "Close the issue that says it", " Close", "Close  it"] {
        assert!(refusal(vec![label(wrong)]).contains("must have 1 to 24 characters"), "{wrong:?}");
    }
    let hidden = one(|operation| {
        operation.spec.from_message = Some("Close");
        operation.spec.hidden = true;
    });
    assert!(refusal(vec![hidden]).contains("cannot be hidden"));
    let named = |name: &'static str, label: &'static str| {
        one(|operation| (operation.spec.name, operation.spec.from_message) = (name, Some(label)))
    };
    assert!(refusal(vec![named("a.b.c", "Close it"), named("a.b.d", "close it")]).contains("is taken by a.b.c"));
    let names = ["a.b.a", "a.b.b", "a.b.c", "a.b.d", "a.b.e", "a.b.f", "a.b.g", "a.b.h", "a.b.i", "a.b.j", "a.b.k"];
    let many = names.into_iter().map(|name| named(name, name)).collect();
    assert!(refusal(many).contains("11 operations are used on messages; at most 10"));
    let part = |part: &str, label: Option<&'static str>| {
        refusal(vec![one(|operation| {
            operation.params[0].kind = FieldKind::Line;
            operation.params[0].message = Some(part.to_owned());
            operation.spec.from_message = label;
        })])
    };
    assert_eq!(part("title", Some("Close")), "accepted");
    assert!(part("subject", Some("Close")).contains("`x-message = subject`"));
    assert!(part("title", None).contains("of what is used on messages"));
}
