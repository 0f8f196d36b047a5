//! Lines as tired people on phones type them.

use super::super::{complete, sample};
use super::said;

#[test]
fn help_is_asked_for_in_many_ways() {
    for (line, topic) in [
        ("", ""),
        ("   \n ", ""),
        ("help", ""),
        ("Help", ""),
        ("?", ""),
        ("-h", ""),
        ("—help", ""),
        ("help github issue", "github issue"),
        ("github", "github"),
        ("GitHub", "github"),
        ("github ?", "github"),
        ("github help", "github"),
        ("github --help", "github"),
        ("github issue", "github issue"),
        ("github.issue", "github issue"),
        ("github issue --help", "github issue"),
        ("issue", "issue"),
        ("github issue close --help", "github issue close"),
        ("github issue close acme/api#12 –help", "github issue close"),
        ("github issue close ?", "github issue close"),
        ("github issue create help", "github issue create"),
        ("subscribe --help", "quarterdeck subscription create"),
        ("subscribe ?", "quarterdeck subscription create"),
    ] {
        assert_eq!(said(line), format!("help [{topic}]"), "{line:?}");
    }
}

#[test]
fn an_operation_has_many_names() {
    let expected = r#"github.issue.close {"issue":"acme/api#12"}"#;
    for line in [
        "github issue close acme/api#12",
        "Github Issue Close acme/api#12",
        "github.issue.close acme/api#12",
        "github issue.close acme/api#12",
        "issue close acme/api#12",
        "issue.close acme/api#12",
        "  github\u{a0}issue \u{200b} close\nacme/api#12  ",
        "github issue close --issue acme/api#12",
        "github issue close —issue=acme/api#12",
        "github issue close –issue “acme/api#12”",
        "github issue close -issue acme/api#12",
        "github issue close --issue: acme/api#12",
        "github issue close --issue = acme/api#12",
        "github issue close „acme/api#12“",
    ] {
        assert_eq!(said(line), expected, "{line:?}");
    }
    let subscribed = r#"quarterdeck.subscription.create {"filter":"github.issues.*"}"#;
    for line in ["subscribe github.issues.*", "sub github.issues.*", "subscription create github.issues.*"] {
        assert_eq!(said(line), subscribed, "{line:?}");
    }
}

#[test]
fn arguments_are_read_by_their_kind() {
    for (args, expected) in [
        ("", "{} missing title"),
        ("''", r#"{"title":""} missing title"#),
        (r#""Fix the login""#, r#"{"title":"Fix the login"}"#),
        ("“Don’t panic” --draft", r#"{"title":"Don’t panic","draft":true}"#),
        ("don't", r#"{"title":"don't"}"#),
        ("'it isn't so'", r#"{"title":"it isn't so"}"#),
        ("‘it isn’t so’", r#"{"title":"it isn’t so"}"#),
        ("«hinein»", r#"{"title":"hinein"}"#),
        (r#""say \"hi\" C:\new""#, r#"{"title":"say \"hi\" C:\\new"}"#),
        ("--title=\"a b\" --body=‘two words’", r#"{"title":"a b","body":"two words"}"#),
        ("x --labels bug,ui --labels \"good first\"", r#"{"title":"x","labels":["bug","ui","good first"]}"#),
        ("x --labels=\"good first\",\"needs review\"", r#"{"title":"x","labels":["good first","needs review"]}"#),
        ("x --labels=", r#"{"title":"x","labels":[]}"#),
        ("x --labels bug --labels bug", r#"{"title":"x","labels":["bug"]}"#),
        ("x --grade HIGH", r#"{"title":"x","grade":"high"}"#),
        ("x --grade h", r#"{"title":"x","grade":"high"}"#),
        ("x --milestone 12", r#"{"title":"x","milestone":12}"#),
        ("x --milestone #12", r#"{"title":"x","milestone":12}"#),
        ("x --draft=no", r#"{"title":"x","draft":false}"#),
        ("x --no-notify", r#"{"title":"x","notify":false}"#),
        ("x —no-notify", r#"{"title":"x","notify":false}"#),
        ("x --no-notify=false", r#"{"title":"x","notify":true}"#),
        ("x --notify false", r#"{"title":"x","notify":false}"#),
        ("x --draft no", r#"{"title":"x","draft":false}"#),
        ("--draft no", r#"{"draft":true,"title":"no"}"#),
        ("-- --draft", r#"{"title":"--draft"}"#),
        ("-5", r#"{"title":"-5"}"#),
        ("x --body -", r#"{"title":"x","body":"-"}"#),
        ("x --repository acme/<http://socket.io|socket.io>", r#"{"title":"x","repository":"acme/socket.io"}"#),
        ("<https://a.b/c|c d>", r#"{"title":"https://a.b/c"}"#),
        ("<https://a.b/c?x=1>", r#"{"title":"https://a.b/c?x=1"}"#),
        ("<mailto:ana@a.b|ana@a.b>", r#"{"title":"ana@a.b"}"#),
        ("\"see <https://a.b/c> there\"", r#"{"title":"see https://a.b/c there"}"#),
        ("<not-a-link>", r#"{"title":"<not-a-link>"}"#),
        ("`code`", r#"{"title":"`code`"}"#),
        ("\"two\nlines\"", r#"{"title":"two\nlines"}"#),
    ] {
        assert_eq!(said(&format!("github issue create {args}")), format!("github.issue.create {expected}"), "{args:?}");
    }
    for (line, expected) in [
        (
            "issue label a/b#1 bug ui, ‘good first’",
            r#"github.issue.label {"issue":"a/b#1","labels":["bug","ui","good first"]}"#,
        ),
        ("issue label --labels bug a/b#1 ui", r#"github.issue.label {"labels":["bug","ui"],"issue":"a/b#1"}"#),
        ("jira issue list", "jira.issue.list {}"),
        ("github issue list --grades high,LOW", r#"github.issue.list {"grades":["high","low"]}"#),
        (
            "workflow run deploy.yml --inputs env=prod,dry=yes --inputs=x=1",
            r#"github.workflow.run {"workflow":"deploy.yml","inputs":{"env":"prod","dry":"yes","x":"1"}}"#,
        ),
        (
            "workflow run d --hours 1.5 --cancel 1,#2",
            r#"github.workflow.run {"workflow":"d","hours":1.5,"cancel":[1,2]}"#,
        ),
        (r#"workflow run d --extra '{"a": [1]}'"#, r#"github.workflow.run {"workflow":"d","extra":{"a":[1]}}"#),
        (
            r#"issue close a/b#1 --reason "Not planned""#,
            r#"github.issue.close {"issue":"a/b#1","reason":"not-planned"}"#,
        ),
    ] {
        assert_eq!(said(line), expected, "{line:?}");
    }
    assert!(said(&"x".repeat(20_001)).contains("has 20001 bytes"));
}

#[test]
fn the_rest_of_a_line_is_taken_as_it_stands() {
    for (line, expected) in [
        (r#"subscribe github.* title="it's on" — and don't"#, r#"{"filter":"github.* title=\"it's on\" — and don't"}"#),
        (r#"subscribe --quiet say "hi"#, r#"{"quiet":true,"filter":"say \"hi"}"#),
        ("subscribe github.* --quiet", r#"{"filter":"github.*","quiet":true}"#),
        (r#"subscribe "two words" --quiet"#, r#"{"filter":"two words","quiet":true}"#),
        ("subscribe a --loud b", r#"{"filter":"a --loud b"}"#),
        ("subscribe --loud things", r#"{"filter":"--loud things"}"#),
        ("subscribe -- --quiet", r#"{"filter":"--quiet"}"#),
        ("subscribe see <https://a.b|a> ", r#"{"filter":"see https://a.b"}"#),
        ("subscribe --filter \"a b\" --quiet", r#"{"filter":"a b","quiet":true}"#),
        ("subscribe", "{} missing filter"),
        ("subscribe --quiet", r#"{"quiet":true} missing filter"#),
    ] {
        assert_eq!(said(line), format!("quarterdeck.subscription.create {expected}"), "{line:?}");
    }
}

#[test]
fn errors_about_names_say_what_to_type() {
    insta::assert_snapshot!(said("gihub issue close acme/api#1"), @r#"
    BadInput { field: Some("operation") }
    There is no `gihub issue close`. Did you mean `/qd github issue close`?
    Usage: `/qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]`
    "#);
    insta::assert_snapshot!(said("github isue close acme/api#1"), @r#"
    BadInput { field: Some("operation") }
    There is no `github isue close`. Did you mean `/qd github issue close`?
    Usage: `/qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]`
    "#);
    insta::assert_snapshot!(said("github close issue acme/api#1"), @r#"
    BadInput { field: Some("operation") }
    There is no `github close issue`. Did you mean `/qd github issue close`?
    Usage: `/qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]`
    "#);
    insta::assert_snapshot!(said("close issue acme/api#1"), @r#"
    BadInput { field: Some("operation") }
    There is no `close issue`. Did you mean `/qd github issue close`?
    Usage: `/qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]`
    "#);
    insta::assert_snapshot!(said("github isue"), @r#"
    BadInput { field: Some("operation") }
    `github` has no `isue`. Did you mean `issue`? It has branch, issue, workflow.
    "#);
    insta::assert_snapshot!(said("github wiki edit"), @r#"
    BadInput { field: Some("operation") }
    `github` has no `wiki`. It has branch, issue, workflow.
    "#);
    insta::assert_snapshot!(said("github issue #12"), @r#"
    BadInput { field: Some("operation") }
    What should I do with `github issue`? Say one of close, create, list, label after it.
    "#);
    insta::assert_snapshot!(said("github issue merge acme/api#1"), @r#"
    BadInput { field: Some("operation") }
    `github issue` has no `merge`. It has close, create, list, label.
    "#);
    insta::assert_snapshot!(said("github issue clsoe"), @r#"
    BadInput { field: Some("operation") }
    There is no `github issue clsoe`. Did you mean `/qd github issue close`?
    Usage: `/qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]`
    "#);
    insta::assert_snapshot!(said("github #12"), @r#"
    BadInput { field: Some("operation") }
    What of `github`? Say one of branch, issue, workflow after it.
    "#);
    insta::assert_snapshot!(said("issue list"), @r#"
    BadInput { field: Some("operation") }
    `issue list` could be several things. Say which: `/qd github issue list` or `/qd jira issue list`
    "#);
    insta::assert_snapshot!(said("subcribe github.*"), @r#"
    BadInput { field: Some("operation") }
    I do not know `subcribe`. Did you mean `subscribe`? `/qd help` lists what I can do.
    "#);
    insta::assert_snapshot!(said("lunch?"), @r#"
    BadInput { field: Some("operation") }
    I do not know "lunch?". `/qd help` lists what I can do.
    "#);
    insta::assert_snapshot!(said("\"github issue list\""), @r#"
    BadInput { field: Some("operation") }
    A command has no quotes around it; I got "github issue list". `/qd help` lists what I can do.
    "#);
    insta::assert_snapshot!(said("quarterdeck press take"), @r#"
    BadInput { field: Some("operation") }
    `quarterdeck` has no `press`. It has subscription.
    "#);
    insta::assert_snapshot!(said("hlep"), @r#"
    BadInput { field: Some("operation") }
    I do not know `hlep`. Did you mean `help`? `/qd help` lists what I can do.
    "#);
}

#[test]
fn errors_about_arguments_say_what_to_type() {
    insta::assert_snapshot!(said("issue close a/b#1 --reason dune"), @r#"
    BadInput { field: Some("reason") }
    `reason` must be one of done, not-planned, duplicate; got "dune" - did you mean done?
    Usage: `/qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]`
    "#);
    insta::assert_snapshot!(said("issue close a/b#1 --reason d"), @r#"
    BadInput { field: Some("reason") }
    `reason` must be one of done, not-planned, duplicate; got "d"
    Usage: `/qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]`
    "#);
    insta::assert_snapshot!(said("issue close a/b#1 --reson done"), @r#"
    BadInput { field: Some("reson") }
    `github issue close` has no option `--reson`. Did you mean `--reason`?
    Usage: `/qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]`
    "#);
    insta::assert_snapshot!(said("issue close a/b#1 —because"), @r#"
    BadInput { field: Some("because") }
    `github issue close` has no option `--because`. If it is text, put it in quotes.
    Usage: `/qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]`
    "#);
    insta::assert_snapshot!(said("issue close a/b#1 --reason"), @r#"
    BadInput { field: Some("reason") }
    `--reason` needs a value after it, one of done, not-planned, duplicate
    Usage: `/qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]`
    "#);
    insta::assert_snapshot!(said("issue close a/b#1 --comment --reason done"), @r#"
    BadInput { field: Some("comment") }
    `--comment` needs a value after it; a text of several words in quotes
    Usage: `/qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]`
    "#);
    insta::assert_snapshot!(said("issue close a/b#1 --reason done --reason duplicate"), @r#"
    BadInput { field: Some("reason") }
    `reason` is given twice, again at character 33. Leave one out.
    Usage: `/qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]`
    "#);
    insta::assert_snapshot!(said("issue close a/b#1 --issue a/b#2"), @r#"
    BadInput { field: Some("issue") }
    `issue` is given twice, again at character 19. Leave one out.
    Usage: `/qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]`
    "#);
    insta::assert_snapshot!(said("issue close --issue a/b#2 a/b#1"), @r#"
    BadInput { field: Some("line") }
    I did not understand "a/b#1" (at character 27).
    Usage: `/qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]`
    "#);
    insta::assert_snapshot!(said("issue close a/b#1 reason=done"), @r#"
    BadInput { field: Some("line") }
    I did not understand "reason=done" (at character 19). Options begin with two dashes: `--reason done`
    Usage: `/qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]`
    "#);
    insta::assert_snapshot!(said("issue close a/b#1 because"), @r#"
    BadInput { field: Some("line") }
    I did not understand "because" (at character 19). If it belongs to `issue`, put quotes around all of it: `"a/b#1 because"`
    Usage: `/qd github issue close <issue> [--reason done|not-planned|duplicate] [--comment <text>]`
    "#);
    let said_of_comment = said("issue close a/b#1 --comment Not now, please --reason done");
    let hint = "If it belongs to `--comment`, put quotes around all of it: `\"Not now, please\"`";
    assert!(said_of_comment.contains(hint), "{said_of_comment}");
    insta::assert_snapshot!(said("issue create Fix the login page --draft"), @r#"
    BadInput { field: Some("line") }
    I did not understand "the" (at character 18). If it belongs to `title`, put quotes around all of it: `"Fix the login page"`
    Usage: `/qd github issue create <title> [--repository <text>] [--body <text>] [--labels <a,b>] [--grade high|low] [--milestone <number>] [--draft] [--no-notify]`
    "#);
}

#[test]
fn errors_about_values_say_what_to_type() {
    insta::assert_snapshot!(said("issue create x --milestone ten"), @r#"
    BadInput { field: Some("milestone") }
    `milestone` must be a whole number from 1 to 500; got "ten"
    Usage: `/qd github issue create <title> [--repository <text>] [--body <text>] [--labels <a,b>] [--grade high|low] [--milestone <number>] [--draft] [--no-notify]`
    "#);
    insta::assert_snapshot!(said("issue create x --milestone 0"), @r#"
    BadInput { field: Some("milestone") }
    `milestone` must be a whole number from 1 to 500; got "0"
    Usage: `/qd github issue create <title> [--repository <text>] [--body <text>] [--labels <a,b>] [--grade high|low] [--milestone <number>] [--draft] [--no-notify]`
    "#);
    insta::assert_snapshot!(said("issue create x --draft=maybe"), @r#"
    BadInput { field: Some("draft") }
    `draft` must be yes or no; got "maybe"
    Usage: `/qd github issue create <title> [--repository <text>] [--body <text>] [--labels <a,b>] [--grade high|low] [--milestone <number>] [--draft] [--no-notify]`
    "#);
    insta::assert_snapshot!(said("github issue list --grades high,medium"), @r#"
    BadInput { field: Some("grades") }
    `grades` takes any of high, low, with commas between; got "medium"
    Usage: `/qd github issue list [<repository>] [--grades <a,b>] [--limit <number>]`
    "#);
    insta::assert_snapshot!(said("workflow run d --inputs prod"), @r#"
    BadInput { field: Some("inputs") }
    `inputs` takes pairs such as name=value, with commas between; got "prod"
    Usage: `/qd github workflow run <workflow> [--inputs <name=value,…>] [--hours <number>] [--cancel <1,2>] [--extra <json>]`
    "#);
    insta::assert_snapshot!(said("workflow run d --hours soon"), @r#"
    BadInput { field: Some("hours") }
    `hours` must be a number, such as 2.5; got "soon"
    Usage: `/qd github workflow run <workflow> [--inputs <name=value,…>] [--hours <number>] [--cancel <1,2>] [--extra <json>]`
    "#);
    insta::assert_snapshot!(said("workflow run d --extra {"), @r#"
    BadInput { field: Some("extra") }
    `extra` must be JSON, such as {"name": "value"}; got "{"
    Usage: `/qd github workflow run <workflow> [--inputs <name=value,…>] [--hours <number>] [--cancel <1,2>] [--extra <json>]`
    "#);
    insta::assert_snapshot!(said("issue create “Fix the login"), @r#"
    BadInput { field: Some("line") }
    The quote “ at character 14 is never closed: `“Fix the login`. Put ” where the text ends, or leave it out.
    "#);
    insta::assert_snapshot!(said("issue create --title='Fix"), @r#"
    BadInput { field: Some("line") }
    The quote ' at character 22 is never closed: `'Fix`. Put ' where the text ends, or leave it out.
    "#);
}

#[test]
fn lines_are_completed() {
    let shown = |line: &str| {
        let choices = complete(line, &sample::registry(), &|operation| operation.spec.name != "github.branch.delete");
        choices.iter().map(|choice| choice.value.clone()).collect::<Vec<_>>().join(" | ")
    };
    for (line, expected) in [
        ("", "github | jira | quarterdeck | sub | subscribe"),
        ("gi", "github"),
        ("github ", "github issue | github workflow"),
        ("Github is", "Github issue"),
        ("github issue c", "github issue close | github issue create"),
        ("issue cl", "issue close"),
        ("github branch ", ""),
        ("issue close a/b#1 --re", "issue close a/b#1 --reason"),
        (
            "issue close a/b#1 --reason ",
            "issue close a/b#1 --reason done | issue close a/b#1 --reason not-planned | issue close a/b#1 --reason duplicate",
        ),
        ("issue close a/b#1 --reason not", "issue close a/b#1 --reason not-planned"),
        ("issue close a/b#1 --reason done ", "issue close a/b#1 --reason done --comment"),
        ("issue create \"un", ""),
        ("nothing here", ""),
    ] {
        assert_eq!(shown(line), expected, "{line:?}");
    }
}
