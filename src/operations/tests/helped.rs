//! Help, as it reads on a phone.

use super::super::{example, help, sample, usage};
use crate::model::{Block, Card};

/// A card as plain text.
fn plain(card: &Card) -> String {
    let mut lines = vec![format!("# {}", card.title)];
    for block in &card.body {
        match block {
            Block::Text(text) | Block::Quote(text) => lines.push(text.to_plain()),
            Block::Code(code) | Block::Diff(code) => lines.push(format!("    {code}")),
            Block::List { items, .. } => lines.extend(items.iter().map(|item| format!("- {}", item.to_plain()))),
            Block::Table { .. } => {}
        }
    }
    lines.extend(card.fields.iter().map(|field| format!("{}: {}", field.label, field.value.to_plain())));
    lines.extend(card.footer.iter().map(|footer| format!("({})", footer.to_plain())));
    lines.join("\n")
}

/// What somebody is shown who may do all but delete branches.
fn shown(topic: &str) -> String {
    plain(&help(&sample::registry(), topic, &|operation| operation.spec.name != "github.branch.delete", "/qd"))
}

#[test]
fn the_overview_is_short() {
    insta::assert_snapshot!(shown(""), @r"
    # What I can do
    /qd github
    - issue: close, create, list, label
    - workflow: run
    /qd jira
    - issue: list
    /qd quarterdeck
    - subscription: create
    (More: /qd help <name>. What is missing in a command I ask for in a form. 1 more needs another role.)
    ");
    insta::assert_snapshot!(plain(&help(&sample::registry(), "", &|_| false, "/qd")), @r"
    # What I can do
    Nothing here is open to you. An admin can grant you a role under [[access.members]].
    (More: /qd help <name>. What is missing in a command I ask for in a form. 8 more need another role.)
    ");
}

#[test]
fn a_service_and_a_noun_list_their_operations() {
    insta::assert_snapshot!(shown("github"), @r"
    # github
    - github issue close: Close an issue, optionally saying why.
    - github issue create: Create an issue in a repository.
    - github issue list: List issues.
    - github issue label: Put labels on an issue.
    - github workflow run: Run a workflow.
    (More: /qd help <name>. 1 more needs another role.)
    ");
    insta::assert_snapshot!(shown("github issue"), @r"
    # github issue
    - github issue close: Close an issue, optionally saying why.
    - github issue create: Create an issue in a repository.
    - github issue list: List issues.
    - github issue label: Put labels on an issue.
    (More: /qd help <name>.)
    ");
    insta::assert_snapshot!(shown("issue"), @r"
    # issue
    - github issue close: Close an issue, optionally saying why.
    - github issue create: Create an issue in a repository.
    - github issue list: List issues.
    - github issue label: Put labels on an issue.
    - jira issue list: List the issues of a project.
    (More: /qd help <name>.)
    ");
    insta::assert_snapshot!(shown("github.branch"), @r"
    # github branch
    Nothing of this is open to you here.
    (More: /qd help <name>. 1 more needs another role.)
    ");
    insta::assert_snapshot!(shown("quarterdeck"), @r"
    # quarterdeck
    - quarterdeck subscription create: Tell this channel of events. Also: subscribe, sub.
    (More: /qd help <name>.)
    ");
}

#[test]
fn an_operation_is_explained() {
    insta::assert_snapshot!(shown("github.issue.close"), @r"
    # github issue close
    Close an issue, optionally saying why.
    It can be opened again.
        /qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]
    - issue (needed): Issue as owner/name#12, its link, or #12 in a linked channel.
    - --reason: Why it is closed. One of done, not-planned, duplicate. Otherwise done.
    - --comment: Text to post before closing.
    For example: /qd github issue close owner/name#12 --reason not-planned
    Effect: changes
    Role: operator
    ");
    insta::assert_snapshot!(shown("Issue create"), @r#"
    # github issue create
    Create an issue in a repository.
        /qd github issue create <title> [--repository <text>] [--body <text>] [--labels <a,b>] [--grade high|low] [--milestone <number>] [--draft] [--no-notify]
    - title (needed): What it is about, in one line.
    - --repository: Repository as owner/name; the channel's own if not said.
    - --body: What happened, in detail.
    - --labels: Labels to put on it.
    - --grade: How grave it is. One of high, low.
    - --milestone: Milestone by number.
    - --draft: Whether it is a draft.
    - --no-notify: Whether those named in it hear of it. Otherwise yes.
    For example: /qd github issue create "some title" --grade high
    Effect: changes
    Role: operator
    "#);
    insta::assert_snapshot!(shown("subscribe"), @r"
    # quarterdeck subscription create
    Tell this channel of events.
        /qd quarterdeck subscription create <filter…> [--quiet]
    - filter (needed): Which events, such as github.issues.* repository=acme/api.
    - --quiet: Whether threads are kept quiet.
    For example: /qd quarterdeck subscription create github.issues.* repository=acme/api
    Effect: changes
    Role: operator
    Also: subscribe, sub
    ");
    insta::assert_snapshot!(shown("github branch delete"), @r"
    # github branch delete
    Delete a branch for good.
        /qd github branch delete <branch>
    - branch (needed): The branch's name.
    For example: /qd github branch delete branch
    Effect: destroys; asks first
    Role: admin
    (You may not do this here: it needs the role admin.)
    ");
    insta::assert_snapshot!(shown("jira issue list"), @r"
    # jira issue list
    List the issues of a project.
        /qd jira issue list
    Effect: reads
    Role: viewer
    ");
}

#[test]
fn an_unknown_topic_is_guessed() {
    insta::assert_snapshot!(shown("gihub"), @r"
    # There is no such thing
    I know nothing of gihub. Did you mean /qd help github?
    ");
    insta::assert_snapshot!(shown("github issue clsoe"), @r"
    # There is no such thing
    I know nothing of github issue clsoe. Did you mean /qd help github issue close?
    ");
    insta::assert_snapshot!(shown("the weather"), @r"
    # There is no such thing
    I know nothing of the weather. All that I know: /qd help.
    ");
    insta::assert_snapshot!(shown("quarterdeck press take"), @r"
    # There is no such thing
    I know nothing of quarterdeck press take. Did you mean /qd help quarterdeck?
    ");
}

#[test]
fn usage_and_example_of_each() {
    let lines = sample::registry()
        .shown()
        .map(|one| format!("{}\n  {}", usage(one, "/qd"), example(one, "/qd")))
        .collect::<Vec<_>>();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    /qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]
      /qd github issue close owner/name#12 --reason not-planned
    /qd github issue create <title> [--repository <text>] [--body <text>] [--labels <a,b>] [--grade high|low] [--milestone <number>] [--draft] [--no-notify]
      /qd github issue create "some title" --grade high
    /qd github issue list [<repository>] [--grades <a,b>] [--limit <number>]
      /qd github issue list owner/name
    /qd github issue label <issue> <labels…>
      /qd github issue label owner/name#12 labels
    /qd github workflow run <workflow> [--inputs <name=value,…>] [--hours <number>] [--cancel <1,2>] [--extra <json>]
      /qd github workflow run deploy.yml
    /qd github branch delete <branch>
      /qd github branch delete branch
    /qd jira issue list
      /qd jira issue list
    /qd quarterdeck subscription create <filter…> [--quiet]
      /qd quarterdeck subscription create github.issues.* repository=acme/api
    "#);
}

#[test]
fn examples_can_be_typed() {
    let registry = sample::registry();
    for operation in registry.shown() {
        let line = example(operation, "");
        match super::super::parse(&line, &registry, "/qd") {
            Ok(super::super::Parsed::Call { operation: found, args, missing }) => {
                assert_eq!(found.spec.name, operation.spec.name);
                assert!(missing.is_empty(), "{line}");
                operation.run.check(&args).unwrap_or_else(|fault| panic!("{line}: {fault}"));
            }
            other => panic!("{line}: {other:?}"),
        }
    }
}
