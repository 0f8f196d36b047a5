//! What a person can get wrong in the file.

use super::*;

#[test]
fn a_full_file_is_read() {
    let sample = check(
        r##"
        name = "first"
        [http]
        timeout = "1m 30s"
        allow = ["a", "b"]
        limits = { per_second = 5 }
        ratio = 1
        [log]
        format = "json"
        [slack]
        bot_token = "env:SLACK"
        [slack.channels]
        "#deploys" = "C1"
        [[subscriptions]]
        events = "github.*"
        place = "slack:#deploys"
        [keys.ci]
        scopes = ["debug"]
        [alarm]
        kind = "bell"
        times = 3
        "##,
        &[],
    )
    .expect("nothing is wrong");
    assert_eq!(sample.http.timeout, SignedDuration::from_secs(90));
    assert_eq!(sample.http.limits.per_second, 5);
    assert_eq!(sample.slack.expect("Slack").channels["#deploys"], "C1");
    assert_eq!(sample.subscriptions[0].place.to_string(), "slack:#deploys");
    assert_eq!(sample.alarm, Some(Alarm::Bell { times: 3 }));
    assert_eq!(check("", &[]).expect("all is optional").name, "captain");
}

#[test]
fn an_unknown_name() {
    assert_snapshot!(told("name = \"x\"\n[http]\nlisten = \"a\"\n  lisen = \"b\"\n"), @r#"
    quarterdeck.toml:4:3: `http.lisen` is no setting
      expected: one of `listen`, `body_limit`, `timeout`, `idle`, `metrics`, `allow`, `ratio`, `workers`, `pages`, `limits`
      fix: did you mean `listen`?
    "#);
    assert_snapshot!(told("[htpp]\nlisten = \"a\"\n"), @r#"
    quarterdeck.toml:1:2: `htpp` is no setting
      expected: one of `name`, `http`, `log`, `slack`, `subscriptions`, `keys`, `alarm`
      fix: did you mean `http`?
    "#);
    assert_snapshot!(told("listen = \"a\"\n"), @r#"
    quarterdeck.toml:1:1: `listen` is no setting
      expected: one of `name`, `http`, `log`, `slack`, `subscriptions`, `keys`, `alarm`
      fix: move it below `[http]`, where there is a `listen`
    "#);
    assert_snapshot!(told("[log]\nlog_format = \"json\"\n"), @r#"
    quarterdeck.toml:2:1: `log.log_format` is no setting
      expected: one of `format`, `level`
      fix: did you mean `format`?
    "#);
    assert_snapshot!(told("[log]\nquite_another = 1\n"), @r#"
    quarterdeck.toml:2:1: `log.quite_another` is no setting
      expected: one of `format`, `level`
      fix: remove it
    "#);
    assert_snapshot!(told("[keys.ci]\nscope = []\n"), @r#"
    quarterdeck.toml:2:1: `keys.ci.scope` is no setting
      expected: `scopes`
      fix: did you mean `scopes`?
    "#);
}

#[test]
fn a_wrong_kind() {
    assert_snapshot!(told("[http]\nbody_limit = \"25\"\n"), @r#"
    quarterdeck.toml:2:14: `http.body_limit` is a text
      expected: a whole number from 1 to 100
      fix: write `body_limit = 25`, say
    "#);
    assert_snapshot!(told("[http]\nmetrics = 1\n"), @r#"
    quarterdeck.toml:2:11: `http.metrics` is a whole number
      expected: `true` or `false`
      fix: write `metrics = true`, say
    "#);
    assert_snapshot!(told("[http]\nallow = \"a\"\n"), @r#"
    quarterdeck.toml:2:9: `http.allow` is a text
      expected: a list of texts, such as `["a", "b"]`
      fix: write `allow = ["a", "b"]`, say
    "#);
    assert_snapshot!(told("[http]\nallow = [\"a\", 2]\n"), @r#"
    quarterdeck.toml:2:15: `http.allow[1]` is a whole number
      expected: a text in quotes
      fix: write `"..."`, say
    "#);
    assert_snapshot!(told("http = 3\n"), @r#"
    quarterdeck.toml:1:8: `http` is a whole number
      expected: a table
      fix: write a section `[http]`
    "#);
    assert_snapshot!(told("[subscriptions]\nevents = \"a\"\n"), @r#"
    quarterdeck.toml:1:1: `subscriptions` is a table
      expected: a list of tables
      fix: write sections `[[subscriptions]]`
    "#);
    assert_snapshot!(told("[http]\ntimeout = 30\n"), @r#"
    quarterdeck.toml:2:11: `http.timeout` is a whole number
      expected: a duration such as `"30s"`, `"5m"` or `"1h 30m"`
      fix: write `timeout = "30s"`, say
    "#);
}

#[test]
fn a_number_out_of_range() {
    assert_snapshot!(told("[http]\nbody_limit = 1000\n"), @r#"
    quarterdeck.toml:2:14: `http.body_limit` is too large
      expected: a whole number from 1 to 100
      fix: write `body_limit = 25`, say
    "#);
    assert_snapshot!(told("[http]\nworkers = -1\n"), @r#"
    quarterdeck.toml:2:11: `http.workers` is too small
      expected: a whole number of 0 or more
      fix: write `workers = 0`, say
    "#);
    assert_snapshot!(told("[http]\nworkers = 99999999999999999999\n"), @r#"
    quarterdeck.toml:2:11: `http.workers` is a number that is too large
      expected: a whole number of 0 or more
      fix: write `workers = 0`, say
    "#);
    assert_snapshot!(told("[http]\nworkers = 5000000000\n"), @r#"
    quarterdeck.toml:2:11: `http.workers` is too large
      expected: a whole number of 4294967295 or less
      fix: write `workers = 0`, say
    "#);
}

#[test]
fn what_is_missing() {
    assert_snapshot!(told("\n[slack]\napp_token = \"env:A\"\n"), @r#"
    quarterdeck.toml:2:2: `slack.bot_token` is missing
      expected: a reference to a secret, `"env:NAME"` or `"file:/path"`
      fix: add `bot_token = "env:SLACK_BOT_TOKEN"` to the section
    "#);
    assert_snapshot!(told("[[subscriptions]]\nevents = \"a\"\nplace = \"slack:C1\"\n[[subscriptions]]\nplace = \"slack:C1\"\n"), @r#"
    quarterdeck.toml:4:1: `subscriptions[1].events` is missing
      expected: a text in quotes
      fix: add `events = "github.pull_request.*"` to the section
    "#);
}

#[test]
fn a_wrong_word() {
    assert_snapshot!(told("[log]\nformat = \"jsn\"\n"), @r#"
    quarterdeck.toml:2:10: `log.format` cannot be `"jsn"`
      expected: one of `"auto"`, `"text"`, `"json"`
      fix: did you mean `"json"`?
    "#);
    assert_snapshot!(told("[log]\nlevel = \"verbose\"\n"), @r#"
    quarterdeck.toml:2:9: `log.level` cannot be `"verbose"`
      expected: one of `"info"`, `"debug"`
      fix: write `level = "info"`, say
    "#);
    assert_snapshot!(told("[keys.ci]\nscopes = [\"info\", \"debgu\"]\n"), @r#"
    quarterdeck.toml:2:19: `keys.ci.scopes[1]` cannot be `"debgu"`
      expected: one of `"info"`, `"debug"`
      fix: did you mean `"debug"`?
    "#);
}

#[test]
fn a_wrong_duration() {
    assert_snapshot!(told("[http]\ntimeout = \"5 minuts\"\n"), @r#"
    quarterdeck.toml:2:11: `http.timeout` is no duration
      expected: a duration such as `"30s"`, `"5m"` or `"1h 30m"`
      fix: write `timeout = "30s"`, say
    "#);
    assert_snapshot!(told("[http]\nidle = \"soon\"\n"), @r#"
    quarterdeck.toml:2:8: `http.idle` is no duration
      expected: a duration such as `"30s"`, `"5m"` or `"1h 30m"`
      fix: write `idle = "30s"`, say
    "#);
    assert_snapshot!(told("[slack]\nbot_token = \"env:A\"\npatience = \"\"\n"), @r#"
    quarterdeck.toml:3:12: `slack.patience` is no duration
      expected: a duration such as `"30s"`, `"5m"` or `"1h 30m"`
      fix: write `patience = "10s"`, say
    "#);
}

#[test]
fn a_wrong_place() {
    assert_snapshot!(told("[[subscriptions]]\nevents = \"a\"\nplace = \"deploys\"\n"), @r#"
    quarterdeck.toml:3:9: `subscriptions[0].place` is not accepted: `deploys` is no place; write `platform:channel`, such as `slack:C02ABCDEF` or `slack:#deploys`
      fix: write `place = "slack:#deploys"`, say
    "#);
}

#[test]
fn a_wrong_variant() {
    assert_snapshot!(told("[alarm]\nkind = \"bel\"\ntimes = 1\n"), @r#"
    quarterdeck.toml:2:8: `alarm.kind` cannot be `"bel"`
      expected: one of `"bell"`, `"light"`
      fix: did you mean `"bell"`?
    "#);
    assert_snapshot!(told("[alarm]\ntimes = 1\n"), @r#"
    quarterdeck.toml:1:2: `alarm.kind` is missing
      expected: one of `"bell"`, `"light"`
      fix: add `kind = "bell"`, say
    "#);
    assert_snapshot!(told("[alarm]\nkind = \"bell\"\ntime = 1\n"), @r#"
    quarterdeck.toml:1:2: `alarm.times` is missing
      expected: a whole number from 0 to 255
      fix: add `times = 0` to the section
    quarterdeck.toml:3:1: `alarm.time` is no setting
      expected: one of `kind`, `times`
      fix: did you mean `times`?
    "#);
}

#[test]
fn a_pasted_secret_is_never_repeated() {
    let pasted = "xoxb-1234567890-ABCDEF";
    for text in [
        format!("[slack]\nbot_token = \"{pasted}\"\n"),
        format!("[slack]\nbot_token = [\"{pasted}\"]\n"),
        format!("[slack]\nbot_token = {pasted}\n"),
        format!("[slack]\nbot_token = \"{pasted}\nhttp = 1\n"),
        format!("[slack]\nbot_token = \"env:A\"\napp_token = \"{pasted}\"\ntimeout = 1\n"),
    ] {
        assert!(!told(&text).contains("xoxb"), "{}", told(&text));
    }
    let env = [("QUARTERDECK__SLACK__BOT_TOKEN", pasted)];
    assert!(!told_with("", &env).contains("xoxb"), "{}", told_with("", &env));
    assert_snapshot!(told(&format!("[slack]\nbot_token = \"{pasted}\"\n")), @r#"
    quarterdeck.toml:2:13: `slack.bot_token` is not accepted: expected a reference to a secret, `env:NAME` or `file:/path`
      fix: write `bot_token = "env:SLACK_BOT_TOKEN"`, say
    "#);
}

#[test]
fn broken_grammar() {
    assert_snapshot!(told("[http]\nlisten = 127.0.0.1:80\n"), @r#"
    quarterdeck.toml:2:15: this is not TOML: invalid float
      fix: put a text between quotes; write a number with digits only
    "#);
    assert_snapshot!(told("[http\nlisten = \"a\"\n"), @r#"
    quarterdeck.toml:1:6: this is not TOML: unclosed table
      fix: write `]` here
    "#);
    assert_snapshot!(told("[http]\nlisten = \"a\nmetrics = true\n"), @r#"
    quarterdeck.toml:2:12: this is not TOML: invalid basic string
      fix: close the quotes on the same line
    "#);
    assert_snapshot!(told("[http]\nlisten\n"), @r#"
    quarterdeck.toml:2:7: this is not TOML: key with no value
      fix: write `name = value`, or `[section]`
    "#);
    assert_snapshot!(told("[http]\nmetrics = yes\n"), @r#"
    quarterdeck.toml:2:11: this is not TOML: string values must be quoted
      fix: write `true` or `false`
    "#);
}

#[test]
fn more_broken_grammar() {
    assert_snapshot!(told("[http]\nlisten = \n"), @r#"
    quarterdeck.toml:2:10: this is not TOML: string values must be quoted
      fix: write a value behind the `=`, or remove the line
    "#);
    assert_snapshot!(told("http] = 1\n"), @r#"
    quarterdeck.toml:1:5: this is not TOML: key with no value
      fix: write `name = value`, or `[section]`
    "#);
    assert_snapshot!(told("[http]\nallow = [\"a\" \"b\"]\n"), @r#"
    quarterdeck.toml:2:14: this is not TOML: missing comma between array elements
      fix: write `,` here
    "#);
    assert_snapshot!(told("[http]\npages = \"C:\\pages\"\n"), @r#"
    quarterdeck.toml:2:13: this is not TOML: missing escaped value
      fix: write a backslash as `\\`, or put the text between single quotes
    "#);
    assert_snapshot!(told("[http]\nmetrics = true listen = \"a\"\n"), @r#"
    quarterdeck.toml:2:11: this is not TOML: string values must be quoted
      fix: put a text between quotes; write a number with digits only
    "#);
    assert_snapshot!(told("[http]\ntimeout = 30s\n"), @r#"
    quarterdeck.toml:2:11: this is not TOML: string values must be quoted
      fix: put a text between quotes; write a number with digits only
    "#);
    assert_snapshot!(told("{ \"http\": {} }\n"), @r#"
    quarterdeck.toml:1:1: this is not TOML: invalid key-value pair
      fix: write `name = value`, or `[section]`
    "#);
    assert_snapshot!(told("http:\n  listen: a\n"), @r#"
    quarterdeck.toml:1:5: this is not TOML: invalid unquoted key
      fix: write `name = value`, or `[section]`
    quarterdeck.toml:2:11: this is not TOML: key with no value
      fix: write `name = value`, or `[section]`
    "#);
}

#[test]
fn a_name_or_section_given_twice() {
    assert_snapshot!(told("[http]\nlisten = \"a\"\nlisten = \"b\"\n"), @r#"
    quarterdeck.toml:3:1: `listen` is there a second time
      fix: keep one of the two; a section may be written only once, too
    "#);
    assert_snapshot!(told("[http]\nlisten = \"a\"\n[log]\n[http]\nmetrics = true\n"), @r#"
    quarterdeck.toml:4:2: `http` is there a second time
      fix: keep one of the two; a section may be written only once, too
    "#);
}

#[test]
fn all_mistakes_are_told_at_once() {
    assert_snapshot!(told_with(
        "[http]\nlisen = \"a\"\ntimeout = \"soon\"\nidle = \"later\"\nbody_limit = 0\n\
         [slack]\npatience = \"x\"\n[[subscriptions]]\nplace = \"nowhere\"\n[log]\nformat = \"xml\"\n",
        &[("QUARTERDECK__HTTP__RATIO", "half")],
    ), @r#"
    quarterdeck.toml:2:1: `http.lisen` is no setting
      expected: one of `listen`, `body_limit`, `timeout`, `idle`, `metrics`, `allow`, `ratio`, `workers`, `pages`, `limits`
      fix: did you mean `listen`?
    quarterdeck.toml:3:11: `http.timeout` is no duration
      expected: a duration such as `"30s"`, `"5m"` or `"1h 30m"`
      fix: write `timeout = "30s"`, say
    quarterdeck.toml:4:8: `http.idle` is no duration
      expected: a duration such as `"30s"`, `"5m"` or `"1h 30m"`
      fix: write `idle = "30s"`, say
    quarterdeck.toml:5:14: `http.body_limit` is too small
      expected: a whole number from 1 to 100
      fix: write `body_limit = 25`, say
    quarterdeck.toml:6:2: `slack.bot_token` is missing
      expected: a reference to a secret, `"env:NAME"` or `"file:/path"`
      fix: add `bot_token = "env:SLACK_BOT_TOKEN"` to the section
    quarterdeck.toml:7:12: `slack.patience` is no duration
      expected: a duration such as `"30s"`, `"5m"` or `"1h 30m"`
      fix: write `patience = "10s"`, say
    quarterdeck.toml:8:1: `subscriptions[0].events` is missing
      expected: a text in quotes
      fix: add `events = "github.pull_request.*"` to the section
    quarterdeck.toml:9:9: `subscriptions[0].place` is not accepted: `nowhere` is no place; write `platform:channel`, such as `slack:C02ABCDEF` or `slack:#deploys`
      fix: write `place = "slack:#deploys"`, say
    quarterdeck.toml:11:10: `log.format` cannot be `"xml"`
      expected: one of `"auto"`, `"text"`, `"json"`
      fix: write `format = "auto"`, say
    QUARTERDECK__HTTP__RATIO: `http.ratio` cannot be read from this value
      expected: a number
      fix: write QUARTERDECK__HTTP__RATIO='0.5', say
    "#);
}

#[test]
fn columns_count_characters() {
    assert_snapshot!(told("# ä\nlog = { format = \"ümläut\", lavel = \"info\" }\n"), @r#"
    quarterdeck.toml:2:18: `log.format` cannot be `"ümläut"`
      expected: one of `"auto"`, `"text"`, `"json"`
      fix: write `format = "auto"`, say
    quarterdeck.toml:2:28: `log.lavel` is no setting
      expected: one of `format`, `level`
      fix: did you mean `level`?
    "#);
}

#[test]
fn a_file_that_is_not_there() {
    let error = load::<Sample>(Some(FilePath::new("no/such/file.toml")), []).expect_err("it is not there");
    assert_snapshot!(error.to_string(), @r#"
    no/such/file.toml: there is no such file
      fix: name the file that is meant, or write one from the example
    "#);
}

#[test]
fn what_the_settings_say_together_is_told_with_its_line() {
    let text = "[http]\nlisten = \"a\"\n[[subscriptions]]\nevents = \"a\"\nplace = \"irc:C1\"\n";
    let complain = |_: &Sample| {
        vec![
            Complaint::new("subscriptions[0].place", "is on a platform that is not set up", "set it up"),
            Complaint::new("http.pages", "is missing, and the console needs it", "set it"),
        ]
    };
    let error = check_text_with("quarterdeck.toml", text, [], complain).expect_err("two complaints");
    assert_snapshot!(error.to_string(), @r#"
    quarterdeck.toml:1:2: `http.pages`: is missing, and the console needs it
      fix: set it
    quarterdeck.toml:5:9: `subscriptions[0].place`: is on a platform that is not set up
      fix: set it up
    "#);
    let complain = |_: &Sample| vec![Complaint::new("http.listen", "is taken", "take another")];
    let env = [("QUARTERDECK__HTTP__LISTEN".to_owned(), "b".to_owned())];
    let error = check_text_with("quarterdeck.toml", text, env, complain).expect_err("a complaint");
    assert_snapshot!(error.to_string(), @r#"
    QUARTERDECK__HTTP__LISTEN: `http.listen`: is taken
      fix: take another
    "#);
}

/// The mistakes in grammar of `tests/bad-configs`, which are the same for every type of settings.
#[test]
fn the_kept_mistakes_in_grammar() {
    let folder = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad-configs");
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        if !name.starts_with("grammar-") || path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("readable");
        let error = check_text::<Sample>(&name, &text, []).expect_err("a mistake").to_string();
        let expected = std::fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
        assert_eq!(error, expected.trim_end(), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 4);
}
