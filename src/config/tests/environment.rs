//! Settings by environment variables.

use super::*;

#[test]
fn variables_go_before_the_file() {
    let sample = check(
        "[http]\nlisten = \"file\"\nbody_limit = 3\n[[subscriptions]]\nevents = \"a\"\nplace = \"slack:C1\"\n",
        &[
            ("QUARTERDECK__HTTP__LISTEN", "env"),
            ("QUARTERDECK__HTTP__WORKERS", "4"),
            ("QUARTERDECK__HTTP__ALLOW", "[\"x\", \"y\"]"),
            ("QUARTERDECK__HTTP__LIMITS__PER_SECOND", "9"),
            ("QUARTERDECK__HTTP__TIMEOUT", "2m"),
            ("QUARTERDECK__LOG__FORMAT", "json"),
            ("QUARTERDECK__NAME", "true"),
            ("QUARTERDECK__SLACK__BOT_TOKEN", "env:T"),
            ("QUARTERDECK__SUBSCRIPTIONS__0__PLACE", "slack:C2"),
            ("QUARTERDECK__SUBSCRIPTIONS__1__EVENTS", "b"),
            ("QUARTERDECK__SUBSCRIPTIONS__1__PLACE", "slack:C3"),
            ("QUARTERDECK__KEYS__CI__SCOPES", "[\"debug\"]"),
            ("QUARTERDECK__ALARM", "{ kind = \"light\", colour = \"red\" }"),
            ("QUARTERDECK_CONFIG", "not ours"),
            ("PATH", "neither"),
        ],
    )
    .expect("nothing is wrong");
    assert_eq!((sample.http.listen.as_str(), sample.http.body_limit, sample.http.workers), ("env", 3, Some(4)));
    assert_eq!(sample.http.allow, ["x", "y"]);
    assert_eq!(sample.http.limits.per_second, 9);
    assert_eq!(sample.http.timeout, SignedDuration::from_mins(2));
    assert_eq!((sample.log.format, sample.name.as_str()), (Format::Json, "true"));
    assert_eq!(sample.slack.expect("Slack").bot_token, Reference("env:T".into()));
    let places: Vec<_> = sample.subscriptions.iter().map(|it| it.place.to_string()).collect();
    assert_eq!(places, ["slack:C2", "slack:C3"]);
    assert_eq!(sample.keys["ci"].scopes, [Level::Debug]);
    assert_eq!(sample.alarm, Some(Alarm::Light { colour: "red".into() }));
}

#[test]
fn there_need_be_no_file() {
    let env = [("QUARTERDECK__NAME".to_owned(), "x".to_owned())];
    assert_eq!(load::<Sample>(None, env).expect("nothing is wrong").name, "x");
    let env = [("QUARTERDECK__SLACK__APP_TOKEN".to_owned(), "env:A".to_owned())];
    assert_snapshot!(load::<Sample>(None, env).expect_err("a token is missing").to_string(), @r#"
    QUARTERDECK__SLACK__APP_TOKEN: `slack.bot_token` is missing
      expected: a reference to a secret, `"env:NAME"` or `"file:/path"`
      fix: set QUARTERDECK__SLACK__BOT_TOKEN, or name a configuration file
    "#);
}

#[test]
fn an_unknown_variable() {
    assert_snapshot!(told_with("", &[("QUARTERDECK__HTTP__LISEN", "a")]), @r#"
    QUARTERDECK__HTTP__LISEN: `http.lisen` is no setting
      expected: one of `listen`, `body_limit`, `timeout`, `idle`, `metrics`, `allow`, `ratio`, `workers`, `pages`, `limits`
      fix: did you mean QUARTERDECK__HTTP__LISTEN?
    "#);
    assert_snapshot!(told_with("", &[("QUARTERDECK__HTPP__LISTEN", "a")]), @r#"
    QUARTERDECK__HTPP__LISTEN: `htpp` is no setting
      expected: one of `name`, `http`, `log`, `slack`, `subscriptions`, `keys`, `alarm`
      fix: did you mean QUARTERDECK__HTTP__LISTEN?
    "#);
    assert_snapshot!(told_with("", &[("QUARTERDECK__WHATEVER", "a")]), @r#"
    QUARTERDECK__WHATEVER: `whatever` is no setting
      expected: one of `name`, `http`, `log`, `slack`, `subscriptions`, `keys`, `alarm`
      fix: unset it
    "#);
    assert_snapshot!(told_with("", &[("QUARTERDECK__HTTP____LISTEN", "a")]), @r#"
    QUARTERDECK__HTTP____LISTEN: the name has an empty part
      fix: write two underscores between the parts, as in `QUARTERDECK__HTTP__LISTEN`
    "#);
    assert_snapshot!(told_with("", &[("QUARTERDECK__NAME__FIRST", "a")]), @r#"
    QUARTERDECK__NAME__FIRST: `name` has no parts, so there is no `first` in it
      expected: a text in quotes
      fix: set QUARTERDECK__NAME itself
    "#);
    assert_snapshot!(told_with("", &[("QUARTERDECK__SUBSCRIPTIONS__5__PLACE", "a")]), @r#"
    QUARTERDECK__SUBSCRIPTIONS__5__PLACE: `subscriptions` is a list, and `5` is no place in it
      expected: the number of an element, the first one being 0
      fix: write 0 to add an element
    "#);
    assert_snapshot!(told_with("", &[("QUARTERDECK__KEYS__CI__SCOPE", "[]")]), @r#"
    QUARTERDECK__KEYS__CI__SCOPE: `keys.ci.scope` is no setting
      expected: `scopes`
      fix: did you mean QUARTERDECK__KEYS__CI__SCOPES?
    "#);
}

#[test]
fn a_variable_of_the_wrong_kind() {
    assert_snapshot!(told_with("", &[("QUARTERDECK__HTTP__BODY_LIMIT", "lots")]), @r#"
    QUARTERDECK__HTTP__BODY_LIMIT: `http.body_limit` cannot be read from this value
      expected: a whole number from 1 to 100
      fix: write QUARTERDECK__HTTP__BODY_LIMIT='25', say
    "#);
    assert_snapshot!(told_with("", &[("QUARTERDECK__HTTP__BODY_LIMIT", "true")]), @r#"
    QUARTERDECK__HTTP__BODY_LIMIT: `http.body_limit` is `true`
      expected: a whole number from 1 to 100
      fix: write QUARTERDECK__HTTP__BODY_LIMIT='25', say
    "#);
    assert_snapshot!(told_with("", &[("QUARTERDECK__HTTP__METRICS", "yes")]), @r#"
    QUARTERDECK__HTTP__METRICS: `http.metrics` cannot be read from this value
      expected: `true` or `false`
      fix: write QUARTERDECK__HTTP__METRICS='true', say
    "#);
    assert_snapshot!(told_with("", &[("QUARTERDECK__HTTP__ALLOW", "a,b")]), @r#"
    QUARTERDECK__HTTP__ALLOW: `http.allow` cannot be read from this value
      expected: a list of texts, such as `["a", "b"]`
      fix: write QUARTERDECK__HTTP__ALLOW='["a", "b"]', say
    "#);
    assert_snapshot!(told_with("", &[("QUARTERDECK__LOG__FORMAT", "jsn")]), @r#"
    QUARTERDECK__LOG__FORMAT: `log.format` cannot be `"jsn"`
      expected: one of `"auto"`, `"text"`, `"json"`
      fix: did you mean `"json"`?
    "#);
    assert_snapshot!(told_with("", &[("QUARTERDECK__HTTP__TIMEOUT", "5 minuts")]), @r#"
    QUARTERDECK__HTTP__TIMEOUT: `http.timeout` is no duration
      expected: a duration such as `"30s"`, `"5m"` or `"1h 30m"`
      fix: write QUARTERDECK__HTTP__TIMEOUT='30s', say
    "#);
    assert_snapshot!(told_with("", &[("QUARTERDECK__HTTP", "x")]), @r#"
    QUARTERDECK__HTTP: `http` cannot be read from this value
      expected: a table
      fix: set its parts one by one, such as QUARTERDECK__HTTP__LISTEN
    "#);
}
