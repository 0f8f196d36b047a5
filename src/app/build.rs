//! From settings to a daemon that is ready to start. Opens the store and fetches the secrets; calls nobody.

use std::collections::HashMap;
use std::sync::Arc;

use super::people::PlatformPeople;
use super::{Keyring, Settings};
use crate::chat::{Ground, Platform};
use crate::connectors::github::{self, Github};
use crate::connectors::house::{self, House, HouseTeller};
use crate::connectors::{Base, Connector, Sight};
use crate::delivery::{Carrier, DeadLetters, Endpoints, Inbox, Lanes, Limits, Minter, Outgoing};
use crate::http::Keys;
use crate::model::{Clock, Fault, People, Person, PlatformId};
use crate::operations::{
    Access, Clerk, Completer, Desk, Dispatch, Front, Offer, Registry, Rules, Settle, Standing, rules,
};
use crate::routing::{Intake, Looker, Looks, Reader, Router, Teller, Vocabulary};
use crate::store::Store;
use crate::vault::{Door, Oauth, Safe, Scheme, Secret, SecretRef};

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
    pub(super) looks: Looks,
    pub(super) lanes: Lanes,
    pub(super) endpoints: Arc<Endpoints>,
    pub(super) keys: Keys,
    pub(super) platforms: HashMap<PlatformId, Arc<dyn Platform>>,
    pub(super) standing: Arc<Standing>,
    pub(super) offer: Arc<Offer>,
    pub(super) doors: HashMap<String, Door>,
    pub(super) oauths: HashMap<String, Arc<Oauth>>,
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

/// The services of the configuration.
pub(super) struct Services {
    pub(super) connectors: Vec<Arc<dyn Connector>>,
    pub(super) platforms: HashMap<PlatformId, Arc<dyn Platform>>,
}

impl Services {
    /// The services with their secrets. Calls nobody.
    pub(super) fn new(settings: &Settings, parts: &Parts, ground: &Ground, safe: Safe) -> Result<Self, Fault> {
        let secret = |reference: &SecretRef, setting: &str| parts.keyring.fetch(reference, setting);
        let base = Base { clock: parts.clock.clone(), safe, secret: &secret };
        let mut connectors: Vec<Arc<dyn Connector>> = Vec::new();
        if let Some(config) = &settings.github {
            connectors.push(Github::new(config, &base)?);
        }
        let platforms = super::platforms::configured(settings, parts, ground)?;
        Ok(Self { connectors, platforms })
    }

    /// All operations: those of the connectors, of the platforms and of the house.
    pub(super) fn registry(&self, house: &Arc<House>, clerk: &Arc<Clerk>) -> Result<Arc<Registry>, Fault> {
        let connectors = self.connectors.iter().flat_map(|connector| Arc::clone(connector).operations());
        let platforms = sorted(&self.platforms).into_iter().flat_map(|platform| Arc::clone(platform).operations());
        let operations = connectors.chain(platforms).chain(house.operations()).chain(clerk.operations()).collect();
        Registry::new(operations)
            .map(Arc::new)
            .map_err(|problems| Fault::bug(format!("Operations are declared wrongly:\n{}", problems.join("\n"))))
    }

    /// Who knows the values of parameters, by name.
    fn completers(&self, house: &Arc<House>) -> HashMap<String, Arc<dyn Completer>> {
        let connectors =
            self.connectors.iter().map(|one| (one.name().to_owned(), Arc::clone(one) as Arc<dyn Completer>));
        let platforms =
            self.platforms.values().map(|one| (one.id().to_string(), Arc::clone(one) as Arc<dyn Completer>));
        let house = std::iter::once((house::NAME.to_owned(), Arc::clone(house) as Arc<dyn Completer>));
        connectors.chain(platforms).chain(house).collect()
    }
}

/// The platforms in the order of their names, so that what is derived from them does not change from start to start.
pub(super) fn sorted(platforms: &HashMap<PlatformId, Arc<dyn Platform>>) -> Vec<&Arc<dyn Platform>> {
    let mut sorted: Vec<_> = platforms.values().collect();
    sorted.sort_by_key(|platform| platform.id().clone());
    sorted
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
        let endpoints = Endpoints::new(clock, endpoint_secrets(&settings, &parts)?)?;
        let store = Store::open(&settings.store).map_err(|error| Fault::misconfigured(error.to_string()))?;
        let limits = Arc::new(Limits::open(&store, clock)?);
        let ground = Ground { clock: clock.clone(), store: store.clone(), limits: Arc::clone(&limits) };
        let safe = safe(&settings, &parts, &store)?;
        let services = Services::new(&settings, &parts, &ground, safe)?;
        let door = |one: &Arc<dyn Connector>| Some((one.name().to_owned(), one.door()?));
        let doors = services.connectors.iter().filter_map(door).collect();
        let oauth = |one: &Arc<dyn Connector>| Some((one.name().to_owned(), one.oauth()?));
        let oauths = services.connectors.iter().filter_map(oauth).collect();

        let delivery = &settings.delivery;
        let minter = Minter::new(clock, delivery.keep_buttons);
        let inbox = Inbox::new(&store, clock, delivery);
        let router = Router::open(&store, clock, &minter, vocabulary(), delivery.keep_history)?;
        let dead = DeadLetters::new(&store, clock);
        let rules = Rules::new(clock, settings.rules.clone());
        router.followed_by(Arc::clone(&rules) as _);

        let clerk = Clerk::new(&store);
        let house = House::new(&router, dead.clone());
        let registry = services.registry(&house, &clerk)?;
        clerk.meet(&registry);
        let wrong = problems(&settings, &registry);
        if !wrong.is_empty() {
            return Err(Fault::misconfigured(wrong.join("\n")));
        }

        let people = people(&settings);
        let standing = Standing::new(
            Access::new(settings.access.clone(), &people),
            Arc::new(PlatformPeople::new(&services.platforms)),
        );
        let completers = services.completers(&house);
        let Services { connectors, platforms } = services;
        let offer = Offer::new(Arc::clone(&registry), Arc::clone(&standing), &router, clock, completers);
        let endpoints = Arc::new(endpoints);
        let mut carriers: HashMap<String, Arc<dyn Carrier>> = HashMap::new();
        carriers.insert("webhook".to_owned(), Arc::clone(&endpoints) as _);
        let mut fronts = HashMap::new();
        for (id, platform) in &platforms {
            carriers.insert(id.as_str().to_owned(), Arc::clone(platform) as _);
            fronts.insert(id.clone(), Front { forms: Arc::clone(platform) as _, root: platform.root().to_owned() });
        }
        let watch = Arc::new(router.clone());
        let lanes = Lanes::new(&store, clock, delivery, Arc::clone(&limits), carriers, watch)?;
        lanes.set_people(Arc::clone(&people));
        let desk = Desk::new(&store, clock, &minter, &router, Arc::clone(&standing), Arc::clone(&offer), fronts);
        let teller: Arc<dyn Teller> = Arc::new(HouseTeller);
        let settle = Settle::new(&store, clock, &minter, &router, Arc::clone(&teller), delivery.keep_history);
        let dispatch = Dispatch::new(&store, clock, delivery, Arc::clone(&registry), Arc::clone(&limits), settle);
        let readers =
            connectors.iter().map(|connector| (connector.name().to_owned(), Arc::clone(connector) as Arc<dyn Reader>));
        let readers = readers.collect();
        let intake = Intake::new(&store, clock, &router, readers, Arc::clone(&teller), delivery.keep_dead);

        let lookers = connectors
            .iter()
            .map(|connector| (connector.name().to_owned(), Arc::new(Sight(Arc::clone(connector))) as Arc<dyn Looker>));
        let looks = Looks::new(&store, clock, &router, limits, lookers.collect());

        let routes = sorted(&platforms).into_iter().fold(axum::Router::new(), |routes, platform| {
            routes.merge(platform.doors(inbox.clone(), Arc::clone(&offer)))
        });
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
            looks,
            lanes,
            endpoints,
            platforms,
            standing,
            offer,
            doors,
            oauths,
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

/// Who is who, by the settings.
pub(super) fn people(settings: &Settings) -> Arc<People> {
    let people = settings.people.iter();
    Arc::new(People::new(
        people.map(|person| Person { name: person.name.clone(), handles: person.handles.clone() }).collect(),
    ))
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
    for pattern in Access::new(settings.access.clone(), &people(settings)).idle_patterns(registry) {
        problems.push(format!("access.members: `{pattern}` matches no operation; `quarterdeck operations` lists them"));
    }
    problems
}

/// The safe of this store.
pub(super) fn safe(settings: &Settings, parts: &Parts, store: &Store) -> Result<Safe, Fault> {
    let key = settings.vault.key.as_ref().map(|key| parts.keyring.fetch(key, "vault.key")).transpose()?;
    Safe::new(store, &settings.store.path, key)
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
