//! Every mistake that people make, over a settings type with one of everything.

use std::collections::BTreeMap;
use std::path::PathBuf;

use insta::assert_snapshot;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::Place;

use super::*;

/// Settings to test the loader with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Sample {
    /// The name that the daemon goes by.
    #[serde(default = "captain")]
    name: String,
    /// Where it listens.
    #[serde(default)]
    http: Http,
    /// What is logged.
    #[serde(default)]
    log: Log,
    /// The connection to Slack.
    slack: Option<Slack>,
    /// Which events go where.
    #[serde(default)]
    subscriptions: Vec<Subscription>,
    /// Whose key opens what, by name.
    #[serde(default)]
    keys: BTreeMap<String, Key>,
    /// How alerts are told.
    alarm: Option<Alarm>,
}

fn captain() -> String {
    "captain".to_owned()
}

/// The listener.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Http {
    /// The address and port.
    listen: String,
    /// The largest body.
    #[schemars(range(min = 1, max = 100), extend("x-unit" = "MiB"))]
    body_limit: u16,
    /// How long a request may take.
    #[schemars(with = "String")]
    timeout: SignedDuration,
    /// How long a connection may idle.
    #[schemars(with = "Option<String>", example = "5m")]
    idle: Option<SignedDuration>,
    /// Whether the metrics are shown.
    metrics: bool,
    /// Who may call.
    allow: Vec<String>,
    /// The share of requests that are traced.
    ratio: f64,
    /// The number of workers.
    workers: Option<u32>,
    /// Where pages are kept.
    #[schemars(example = "/srv/pages")]
    pages: Option<PathBuf>,
    /// Limits of single doors.
    limits: Limits,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".into(),
            body_limit: 25,
            timeout: SignedDuration::from_secs(30),
            idle: None,
            metrics: true,
            allow: Vec::new(),
            ratio: 0.5,
            workers: None,
            pages: None,
            limits: Limits::default(),
        }
    }
}

/// Limits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Limits {
    /// Requests a second.
    per_second: u32,
}

/// The log.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Log {
    /// The form.
    format: Format,
    /// How much is said.
    level: Level,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    /// As the terminal wants it.
    #[default]
    Auto,
    /// For people.
    Text,
    /// For machines.
    Json,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Level {
    #[default]
    Info,
    Debug,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Slack {
    /// The bot's token.
    bot_token: Reference,
    /// The app's token, where Socket Mode is used.
    app_token: Option<Reference>,
    /// How long to wait for Slack.
    #[serde(default = "ten")]
    #[schemars(with = "String")]
    patience: SignedDuration,
    /// Names of channels and their ids.
    #[serde(default)]
    channels: BTreeMap<String, String>,
}

fn ten() -> SignedDuration {
    SignedDuration::from_secs(10)
}

/// As the vault has it; this room may not use that one.
#[derive(Debug, Clone, PartialEq)]
struct Reference(String);

impl Serialize for Reference {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.starts_with("env:") || text.starts_with("file:") {
            return Ok(Self(text));
        }
        Err(serde::de::Error::custom("expected a reference to a secret, `env:NAME` or `file:/path`"))
    }
}

impl JsonSchema for Reference {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Reference".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^(env|file):.+$", "x-secret": true })
    }
}

/// One subscription.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Subscription {
    /// Events of this kind.
    #[schemars(example = "github.pull_request.*")]
    events: String,
    /// The place that they go to.
    #[schemars(example = "slack:#deploys")]
    place: Place,
    /// How loud.
    #[serde(default)]
    format: Format,
}

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Key {
    /// What it may do.
    #[serde(default)]
    scopes: Vec<Level>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Alarm {
    /// By a bell.
    Bell {
        /// How often it rings.
        times: u8,
    },
    /// By a light.
    Light {
        /// Its colour.
        colour: String,
    },
}

fn told(text: &str) -> String {
    told_with(text, &[])
}

fn told_with(text: &str, env: &[(&str, &str)]) -> String {
    match check(text, env) {
        Ok(sample) => panic!("nothing was wrong: {sample:?}"),
        Err(error) => error.to_string(),
    }
}

fn check(text: &str, env: &[(&str, &str)]) -> Result<Sample, ConfigError> {
    check_text("quarterdeck.toml", text, env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

mod file {
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
          fix: write `allow = []`, say
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
        quarterdeck.toml:2:11: `http.workers` is not accepted: invalid value: integer `5000000000`, expected u32
          expected: a whole number of 0 or more
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
        assert_snapshot!(told("[http]\nlisten = 127.0.0.1:80\n"), @r#"quarterdeck.toml:2:15: this is not TOML: invalid float, expected nothing"#);
        assert_snapshot!(told("[http\nlisten = \"a\"\n"), @r#"quarterdeck.toml:1:6: this is not TOML: unclosed table, expected `]`"#);
        assert_snapshot!(told("[http]\nlisten = \"a\nmetrics = true\n"), @r#"
        quarterdeck.toml:2:12: this is not TOML: invalid basic string, expected `"`
          fix: close the quotes on the same line
        "#);
        assert_snapshot!(told("[http]\nlisten\n"), @r#"
        quarterdeck.toml:2:7: this is not TOML: key with no value, expected `=`
          fix: write one `name = value` a line
        "#);
        assert_snapshot!(told("[http]\nmetrics = yes\n"), @r#"
        quarterdeck.toml:2:11: this is not TOML: string values must be quoted, expected literal string
          fix: put the value between quotes
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
        quarterdeck.toml:1:2: `http.pages` is missing, and the console needs it
          fix: set it
        quarterdeck.toml:5:9: `subscriptions[0].place` is on a platform that is not set up
          fix: set it up
        "#);
        let complain = |_: &Sample| vec![Complaint::new("http.listen", "is taken", "take another")];
        let env = [("QUARTERDECK__HTTP__LISTEN".to_owned(), "b".to_owned())];
        let error = check_text_with("quarterdeck.toml", text, env, complain).expect_err("a complaint");
        assert_snapshot!(error.to_string(), @r#"
        QUARTERDECK__HTTP__LISTEN: `http.listen` is taken
          fix: take another
        "#);
    }
}

mod environment {
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
        QUARTERDECK__NAME__FIRST: `name` is a table
          expected: a text in quotes
          fix: write QUARTERDECK__NAME__FIRST='captain', say
        "#);
        assert_snapshot!(told_with("", &[("QUARTERDECK__SUBSCRIPTIONS__5__PLACE", "a")]), @r#"
        QUARTERDECK__SUBSCRIPTIONS__5__PLACE: `subscriptions` is a list, and `5` is no place in it
          expected: a number from 0 to 0
          fix: write the element's number
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
        QUARTERDECK__HTTP__BODY_LIMIT: `http.body_limit` is `true` or `false`
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
          fix: write QUARTERDECK__HTTP__ALLOW='[]', say
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
          fix: write QUARTERDECK__HTTP='{ listen = "127.0.0.1:8080", body_limit = 25, timeout = "30s", metrics = true, allow = [], ratio = 0.5, limits = { per_second = 0 } }', say
        "#);
    }
}

mod examples {
    use super::*;

    #[test]
    fn the_example_can_be_read() {
        assert_snapshot!(example::<Sample>(), @r#"
        # The settings of Quarterdeck.
        #
        # `# ` begins an explanation; `#name = value` is a setting that is left as it is by default: remove the `#` to change it.
        # Every setting can be given as an environment variable, too: `listen` below `[http]` is QUARTERDECK__HTTP__LISTEN.

        # The name that the daemon goes by.
        #name = "captain"

        # Where it listens.
        [http]
        # The address and port.
        #listen = "127.0.0.1:8080"

        # The largest body.
        # Unit: MiB.
        #body_limit = 25

        # How long a request may take.
        #timeout = "30s"

        # How long a connection may idle.
        # Not set by default.
        #idle = "5m"

        # Whether the metrics are shown.
        #metrics = true

        # Who may call.
        #allow = []

        # The share of requests that are traced.
        #ratio = 0.5

        # The number of workers.
        # Not set by default.
        #workers = 0

        # Where pages are kept.
        # Not set by default.
        #pages = "/srv/pages"

        # Limits of single doors.
        [http.limits]
        # Requests a second.
        #per_second = 0

        # What is logged.
        [log]
        # The form.
        # - "auto": As the terminal wants it.
        # - "text": For people.
        # - "json": For machines.
        #format = "auto"

        # How much is said.
        # One of "info", "debug".
        #level = "info"

        # The connection to Slack.
        #[slack]
        # The bot's token.
        # Required.
        #bot_token = "env:SLACK_BOT_TOKEN"

        # The app's token, where Socket Mode is used.
        # Not set by default.
        #app_token = "env:SLACK_APP_TOKEN"

        # How long to wait for Slack.
        #patience = "10s"

        # Names of channels and their ids.
        #[slack.channels]
        #example = "..."

        # Which events go where.
        # One subscription.
        #[[subscriptions]]
        # Events of this kind.
        # Required.
        #events = "github.pull_request.*"

        # The place that they go to.
        # Required.
        #place = "slack:#deploys"

        # How loud.
        # - "auto": As the terminal wants it.
        # - "text": For people.
        # - "json": For machines.
        #format = "auto"

        # Whose key opens what, by name.
        # Whose key it is.
        #[keys.example]
        # What it may do.
        #scopes = []

        # How alerts are told.
        #[alarm]
        # Required.
        #kind = "bell"

        # How often it rings.
        # Required.
        #times = 0
        #
        # Or:
        # kind = "light"
        # colour = "..."
        "#);
    }

    #[test]
    fn the_example_loads_as_it_is_and_uncommented() {
        let text = example::<Sample>();
        assert_eq!(text, example::<Sample>(), "always the same");
        let sample: Sample = load_text(&text).expect("it loads as it is");
        assert_eq!(sample, load_text::<Sample>("").expect("so does nothing"), "it changes nothing");
        let all = uncomment(&text);
        let sample: Sample = load_text(&all).unwrap_or_else(|error| panic!("{error}\n{all}"));
        assert_eq!(sample.subscriptions.len(), 1);
        assert_eq!(
            sample.http,
            Http { idle: sample.http.idle, workers: Some(0), pages: Some("/srv/pages".into()), ..Http::default() }
        );
        assert!(sample.slack.is_some() && sample.keys.len() == 1 && sample.alarm.is_some());
    }
}
