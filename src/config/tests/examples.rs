//! The example that is written from the schema.

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
