//! From settings to a daemon that is ready to start. Opens the store and fetches the secrets; calls nobody.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::HeaderMap;

use super::people::PlatformPeople;
use super::{Keyring, Settings};
use crate::chat::Platform;
use crate::chat::slack::{Slack, SlackMode, SlackSecrets, Verify};
use crate::connectors::Connector;
use crate::connectors::github::{self, Github};
use crate::connectors::house::{self, House, HouseTeller};
use crate::delivery::{Carrier, DeadLetters, Endpoints, Inbox, Lanes, Limits, Minter, Outgoing};
use crate::http::Keys;
use crate::model::{Clock, Fault, PlatformId};
use crate::operations::{Access, Clerk, Desk, Dispatch, Front, Registry, Rules, Settle, rules};
use crate::routing::{Intake, Reader, Router, Teller, Vocabulary};
use crate::store::Store;
use crate::vault::{Door, Scheme, Secret};

/// What the daemon is built with beside its settings.
#[derive(Clone)]
pub struct Parts {
    /// The time.
    pub clock: Clock,
    /// Where secrets come from.
    pub keyring: Keyring,
    /// The metrics, as Prometheus reads them.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// A daemon that is built and not yet started.
pub struct App {
    pub(super) settings: Settings,
    pub(super) parts: Parts,
    pub(super) store: Store,
    pub(super) inbox: Inbox,
    pub(super) router: Router,
    pub(super) rules: Arc<Rules>,
    pub(super) registry: Arc<Registry>,
    pub(super) desk: Arc<Desk>,
    pub(super) dispatch: Arc<Dispatch>,
    pub(super) intake: Intake,
    pub(super) lanes: Lanes,
    pub(super) endpoints: Arc<Endpoints>,
    pub(super) keys: Keys,
    pub(super) platforms: HashMap<PlatformId, Arc<dyn Platform>>,
    pub(super) slack: Option<Arc<Slack>>,
    pub(super) doors: HashMap<String, Door>,
    pub(super) routes: axum::Router,
    pub(super) teller: Arc<dyn Teller>,
    pub(super) dead: DeadLetters,
    pub(super) outgoing: Outgoing,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("registry", &self.registry).finish_non_exhaustive()
    }
}

/// The services of the configuration, before there is a store.
pub(super) struct Services {
    pub(super) github: Option<Arc<Github>>,
    pub(super) slack: Option<Arc<Slack>>,
    pub(super) slack_verify: Option<Arc<dyn Verify>>,
}

impl Services {
    pub(super) fn new(settings: &Settings, parts: &Parts) -> Result<Self, Fault> {
        let github = settings.github.as_ref().map(|config| {
            let token = parts.keyring.fetch(&config.token, "github.token")?;
            Github::new(config, token, parts.clock.clone())
        });
        let slack = settings.slack.as_ref().filter(|config| config.enabled).map(|config| {
            let missing = || Fault::misconfigured("slack.bot_token: is missing");
            let bot = config.bot_token.as_ref().ok_or_else(missing)?;
            let app = config.app_token.as_ref();
            let secrets = SlackSecrets {
                bot_token: parts.keyring.fetch(bot, "slack.bot_token")?,
                app_token: app.map(|app| parts.keyring.fetch(app, "slack.app_token")).transpose()?,
            };
            Slack::new(config, secrets, parts.clock.clone()).map(Arc::new)
        });
        let slack_verify =
            settings.slack.as_ref().filter(|config| config.enabled && config.mode == SlackMode::Http).map(|config| {
                let secrets = parts.keyring.fetch_all(&config.signing_secrets, "slack.signing_secrets")?;
                let verify: Arc<dyn Verify> = Arc::new(SlackSignature { secrets, clock: parts.clock.clone() });
                Ok::<_, Fault>(verify)
            });
        Ok(Self { github: github.transpose()?, slack: slack.transpose()?, slack_verify: slack_verify.transpose()? })
    }

    pub(super) fn connectors(&self) -> Vec<Arc<dyn Connector>> {
        self.github.iter().map(|github| Arc::clone(github) as Arc<dyn Connector>).collect()
    }

    pub(super) fn platforms(&self) -> HashMap<PlatformId, Arc<dyn Platform>> {
        let slack = self.slack.iter().map(|slack| Arc::clone(slack) as Arc<dyn Platform>);
        slack.map(|platform| (platform.id().clone(), platform)).collect()
    }
}

/// Checks what Slack sends over HTTP.
struct SlackSignature {
    secrets: Vec<Secret>,
    clock: Clock,
}

impl Verify for SlackSignature {
    fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), String> {
        Scheme::SLACK.verify(&self.secrets, headers, body, self.clock.now()).map_err(|rejected| rejected.to_string())
    }
}

/// The words for groups of events.
pub(super) fn vocabulary() -> Vocabulary {
    let mut vocabulary = Vocabulary::default();
    house::teach(&mut vocabulary);
    for (word, types, help) in github::kinds() {
        vocabulary.add(word, types, help);
    }
    vocabulary
}

impl App {
    /// Builds the daemon.
    ///
    /// # Errors
    /// `Misconfigured`, with everything an operator needs to mend it.
    pub fn build(settings: Settings, parts: Parts) -> Result<Self, Fault> {
        let clock = &parts.clock;
        let services = Services::new(&settings, &parts)?;
        let doors = doors(&settings, &parts)?;
        let endpoints = Endpoints::new(clock, endpoint_secrets(&settings, &parts)?)?;
        let store = Store::open(&settings.store).map_err(|error| Fault::misconfigured(error.to_string()))?;

        let delivery = &settings.delivery;
        let minter = Minter::new(clock, delivery.keep_buttons);
        let inbox = Inbox::new(&store, clock, delivery);
        let router = Router::open(&store, clock, &minter, vocabulary(), delivery.keep_history)?;
        let dead = DeadLetters::new(&store, clock);
        let rules = Rules::new(clock, settings.rules.clone());
        router.followed_by(Arc::clone(&rules) as _);

        let connectors = services.connectors();
        let clerk = Clerk::new(&store);
        let registry = registry(&connectors, &House::new(&router, dead.clone()), &clerk)?;
        clerk.meet(&registry);
        let wrong = problems(&settings, &registry);
        if !wrong.is_empty() {
            return Err(Fault::misconfigured(wrong.join("\n")));
        }

        let platforms = services.platforms();
        let mut carriers: HashMap<String, Arc<dyn Carrier>> = HashMap::new();
        let endpoints = Arc::new(endpoints);
        carriers.insert("webhook".to_owned(), Arc::clone(&endpoints) as _);
        let mut fronts = HashMap::new();
        if let (Some(slack), Some(config)) = (&services.slack, &settings.slack) {
            carriers.insert(slack.id().as_str().to_owned(), Arc::clone(slack) as _);
            let root = config.commands.first().cloned().unwrap_or_else(|| "/qd".to_owned());
            fronts.insert(slack.id().clone(), Front { forms: Arc::clone(slack) as _, root });
        }
        let limits = Arc::new(Limits::open(&store, clock)?);
        let lanes = Lanes::new(&store, clock, delivery, Arc::clone(&limits), carriers)?;
        let people = Arc::new(PlatformPeople(platforms.clone()));
        let access = Access::new(settings.access.clone());
        let desk = Desk::new(&store, clock, &minter, &router, Arc::clone(&registry), access, people, fronts);
        let teller: Arc<dyn Teller> = Arc::new(HouseTeller);
        let settle = Settle::new(&store, clock, &minter, &router, Arc::clone(&teller), delivery.keep_history);
        let dispatch = Dispatch::new(&store, clock, delivery, Arc::clone(&registry), limits, settle);
        let readers =
            connectors.iter().map(|connector| (connector.name().to_owned(), Arc::clone(connector) as Arc<dyn Reader>));
        let readers = readers.collect();
        let intake = Intake::new(&store, clock, &router, readers, Arc::clone(&teller), delivery.keep_dead);

        let routes = match (&services.slack, &services.slack_verify) {
            (Some(slack), Some(verify)) => slack.router(inbox.clone(), Arc::clone(verify)),
            _ => axum::Router::new(),
        };
        Ok(Self {
            keys: Keys::new(settings.api_keys.clone()),
            outgoing: Outgoing::new(&store),
            settings,
            parts,
            store,
            inbox,
            router,
            rules,
            registry,
            desk,
            dispatch,
            intake,
            lanes,
            endpoints,
            platforms,
            slack: services.slack,
            doors,
            routes,
            teller,
            dead,
        })
    }

    /// What can be asked for.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }
}

pub(super) fn registry(
    connectors: &[Arc<dyn Connector>],
    house: &Arc<House>,
    clerk: &Arc<Clerk>,
) -> Result<Arc<Registry>, Fault> {
    let mut operations: Vec<_> = connectors.iter().flat_map(|connector| Arc::clone(connector).operations()).collect();
    operations.extend(house.operations());
    operations.extend(clerk.operations());
    Registry::new(operations).map(Arc::new).map_err(|problems| {
        Fault::new(crate::model::FaultKind::Bug, format!("Operations are declared wrongly:\n{}", problems.join("\n")))
    })
}

/// What is wrong with the settings once the operations and words are known.
pub(super) fn problems(settings: &Settings, registry: &Registry) -> Vec<String> {
    let mut problems = rules::problems(&settings.rules, registry);
    let words = vocabulary();
    for (index, subscription) in settings.subscriptions.iter().enumerate() {
        if let Err(fault) = words.resolve(&subscription.events) {
            problems.push(format!("subscriptions[{index}].events: {}", fault.outside));
        }
    }
    for pattern in Access::new(settings.access.clone()).idle_patterns(registry) {
        problems.push(format!("access.members: `{pattern}` matches no operation; `quarterdeck operations` lists them"));
    }
    problems
}

pub(super) fn doors(settings: &Settings, parts: &Parts) -> Result<HashMap<String, Door>, Fault> {
    let mut doors = HashMap::new();
    if let Some(config) = settings.github.as_ref().filter(|config| !config.webhook_secrets.is_empty()) {
        let secrets = parts.keyring.fetch_all(&config.webhook_secrets, "github.webhook_secrets")?;
        doors.insert("github".to_owned(), github::door(secrets));
    }
    Ok(doors)
}

pub(super) fn endpoint_secrets(
    settings: &Settings,
    parts: &Parts,
) -> Result<Vec<(crate::delivery::EndpointConfig, Secret)>, Fault> {
    let secret = |config: &crate::delivery::EndpointConfig| {
        let setting = format!("webhooks.{}.secret", config.name);
        let secret = parts.keyring.fetch(&config.secret, &setting)?;
        Scheme::STANDARD
            .check_secret(&secret)
            .map_err(|rejected| Fault::misconfigured(format!("{setting}: {rejected}")))?;
        Ok((config.clone(), secret))
    };
    settings.webhooks.iter().map(secret).collect()
}
