//! Who works at the sandbox's company, and how their daemon is set up.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::app::Settings;
use crate::delivery::EndpointConfig;
use crate::model::{Clock, Place, PlatformId, Role, SignedDuration};
use crate::operations::{AccessConfig, DefaultRole, Grantee, Member, PersonConfig};
use crate::routing::{PlaceConfig, SubscriptionConfig};
use crate::sandbox::discord::{self, DiscordSetup};
use crate::sandbox::github::{GithubRepo, GithubSetup, GithubToken, GithubUser, Role as RepoRole};
use crate::sandbox::slack::{Channel, SlackSetup};
use crate::sandbox::telegram::{self, TelegramSetup};
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
    let mut setup = StageSetup::new(&Clock::system()).with_all();
    setup.store = store;
    setup.metrics = metrics;
    setup.slack = slack(setup.slack);
    setup.discord = setup.discord.map(discord);
    setup.telegram = setup.telegram.map(|telegram| TelegramSetup { keep_requests: 200, ..telegram });
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

/// Everybody is in every channel that the story passes through.
fn discord(mut setup: DiscordSetup) -> DiscordSetup {
    setup.keep_requests = 200;
    for channel in setup.guilds.iter_mut().flat_map(|guild| &mut guild.channels) {
        if [discord::DEPLOYS, discord::ALERTS].contains(&channel.id.as_str()) {
            channel.overwrites.clear();
        }
    }
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
    let place = |platform: &str, channel: &str| Place::channel(&PlatformId::new(platform), channel);
    let topic = Place { thread: Some(telegram::ALERTS.to_string()), ..place("telegram", &telegram::DEV.to_string()) };
    let general = [place("slack", "#general"), place("discord", "#general"), place("telegram", "@acmeops")];
    let deploys = [place("slack", "#deploys"), place("discord", "#deploys")];
    let alerts = [place("slack", "#alerts"), place("discord", "#alerts"), topic];
    let told = |places: &[Place], source: &str, events: &[&str]| {
        let told = |place: &Place| SubscriptionConfig {
            place: place.clone(),
            source: source.to_owned(),
            events: events.iter().map(|&event| event.to_owned()).collect(),
        };
        places.iter().map(told).collect::<Vec<_>>()
    };
    settings.subscriptions = [
        told(&general, "github:acme/*", &["issues", "pulls", "workflows", "releases"]),
        told(&deploys, "github:acme/*", &["pushes", "workflows", "releases"]),
        told(&alerts, "*", &["tasks", "alerts", "scans"]),
    ]
    .concat();
    settings.places = general.into_iter().map(|place| PlaceConfig { place, repository: API.to_owned() }).collect();
    let person = |name: &str, slack: &str, discord: &str, telegram: i64, github: &str| PersonConfig {
        name: name.to_owned(),
        handles: vec![
            format!("slack:{slack}"),
            format!("discord:{discord}"),
            format!("telegram:{telegram}"),
            format!("github:{github}"),
        ],
    };
    settings.people = vec![
        person("Ana Reyes", ANA, discord::ANA, telegram::ANA, "ana"),
        person("Ben Okafor", BEN, discord::BEN, telegram::BEN, "ben"),
        person("Cleo Martin", CLEO, discord::CLEO, telegram::CLEO, "cleo"),
    ];
    // What is granted to one handle of a person is granted to the person.
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
