//! Who works at the sandbox's company, and how their daemon is set up.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::app::Settings;
use crate::delivery::EndpointConfig;
use crate::model::{Clock, Place, PlatformId, Role, SignedDuration};
use crate::operations::{AccessConfig, DefaultRole, Grantee, Member};
use crate::routing::{PlaceConfig, SubscriptionConfig};
use crate::sandbox::github::{GithubRepo, GithubSetup, GithubToken, GithubUser, Role as RepoRole};
use crate::sandbox::slack::{Channel, SlackSetup};
use crate::stage::StageSetup;
use crate::vault::SecretRef;

/// Runs the company; admin.
pub(super) const ANA: &str = "U0ANA000001";
/// Develops; operator.
pub(super) const BEN: &str = "U0BEN000002";
/// Looks on; viewer.
pub(super) const CLEO: &str = "U0CLEO00003";
/// Where GitHub is talked about.
pub(super) const GENERAL: &str = "C0GENERAL01";
/// Where tasks, alerts and scans are told.
pub(super) const ALERTS: &str = "C0ALERTS003";
/// The public repository.
pub(super) const API: &str = "acme/api";
/// The path of the runner's webhook on the page's server.
pub(super) const HOOK: &str = "/hooks/runner";
/// What the runner's webhook is signed with. It opens nothing but a sandbox.
pub(super) const HOOK_SECRET: &str = "whsec_c2FuZGJveC1ydW5uZXItc2FuZGJveC1ydW5uZXI=";

/// GitHub's account of the daemon.
const BOT: &str = "quarterdeck-bot";

/// The stage, for a page at this address.
pub(super) fn setup(
    page: SocketAddr,
    store: Option<PathBuf>,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
) -> StageSetup {
    let mut setup = StageSetup::new(&Clock::system());
    setup.store = store;
    setup.metrics = metrics;
    setup.slack = slack(setup.slack);
    setup.github = github(setup.github);
    setup.more_secrets = vec![("env:DEMO_RUNNER".to_owned(), HOOK_SECRET.to_owned())];
    setup.change = Box::new(move |settings| change(settings, page));
    setup
}

fn slack(mut setup: SlackSetup) -> SlackSetup {
    let bot = setup.bot.id.clone();
    let all = [ANA, BEN, CLEO, &bot];
    setup.channels = vec![
        Channel::public(GENERAL, "general", &all),
        Channel::public("C0DEPLOYS02", "deploys", &all),
        Channel::public(ALERTS, "alerts", &all),
        Channel::public("C0RANDOM004", "random", &[ANA, BEN, CLEO]),
        Channel::private("C0INCIDENT5", "incident", &[ANA, CLEO, &bot]),
    ];
    setup.keep_requests = 200;
    setup
}

fn github(mut setup: GithubSetup) -> GithubSetup {
    let team = |repo: GithubRepo| {
        ["ana", "ben", "cleo", BOT].into_iter().fold(repo, |repo, login| repo.collaborator(login, RepoRole::Write))
    };
    setup.tokens = vec![GithubToken::classic(GithubSetup::SAMPLE_TOKEN, BOT, &["repo"])];
    setup.users = vec![
        GithubUser::organization("acme"),
        GithubUser::person("ana", "Ana Reyes"),
        GithubUser::person("ben", "Ben Okafor"),
        GithubUser::person("cleo", "Cleo Martin"),
        GithubUser::person(BOT, "Quarterdeck"),
    ];
    setup.repos = vec![
        team(GithubRepo::new("acme", "api").described("The public API").milestone("v1.0")),
        team(GithubRepo::new("acme", "web").described("The web shop").private()),
    ];
    setup.keep = 500;
    setup
}

fn change(settings: &mut Settings, page: SocketAddr) {
    let slack = |channel: &str| Place::channel(&PlatformId::new("slack"), channel);
    let subscription = |channel: &str, source: &str, events: &[&str]| SubscriptionConfig {
        place: slack(channel),
        source: source.to_owned(),
        events: events.iter().map(|&event| event.to_owned()).collect(),
    };
    settings.subscriptions = vec![
        subscription("#general", "github:acme/*", &["issues", "pulls", "workflows", "releases"]),
        subscription("#deploys", "github:acme/*", &["pushes", "workflows", "releases"]),
        subscription("#alerts", "*", &["tasks", "alerts", "scans"]),
    ];
    settings.places = vec![PlaceConfig { place: slack("#general"), repository: API.to_owned() }];
    let member = |id: &str, role: Role| Member {
        who: vec![Grantee::Actor(format!("slack:{id}"))],
        role,
        places: None,
        operations: None,
    };
    settings.access = AccessConfig {
        default_role: DefaultRole::Viewer,
        members: vec![member(ANA, Role::Admin), member(BEN, Role::Operator)],
    };
    // An address of loopback is always a URL.
    settings.webhooks = format!("http://{page}{HOOK}")
        .parse()
        .map(|url| EndpointConfig {
            name: "runner".to_owned(),
            url,
            secret: SecretRef::Env("DEMO_RUNNER".to_owned()),
            events: vec!["task.retry_requested".to_owned()],
            source: "*".to_owned(),
            timeout: SignedDuration::from_secs(10),
        })
        .into_iter()
        .collect();
}
