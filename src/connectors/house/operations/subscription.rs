//! Who hears of what: subscribe, unsubscribe, list; and the repository that a place takes for granted.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::House;
use crate::model::{Action, Block, Card, Effect, Fault, Object, Place, Press, Text, Tone};
use crate::operations::{Caller, Operation, Outcome, Spec, rich};
use crate::routing::{Lost, MISSED, Owner, Subscription};

/// Tell this place of events.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subscribe {
    /// Where events come from: a repository as `owner/name` (`acme/*` for all), another source, or `*`.
    #[schemars(extend("x-complete" = "quarterdeck.sources github.repositories"))]
    pub source: String,
    /// Which events: `issues`, `pulls`, `tasks`, `alerts`, `scans`, …, or types such as `github.release.*`.
    #[schemars(extend("x-complete" = "quarterdeck.events"))]
    pub events: Vec<String>,
}

impl Operation for Subscribe {
    type On = House;
    const SPEC: Spec = Spec::new("quarterdeck.subscription.create")
        .positional(&["source", "events"])
        .effect(Effect::Change)
        .aliases(&["subscribe"])
        .idempotent();

    async fn run(self, on: &House, by: &Caller) -> Result<Outcome, Fault> {
        let place = place_of(by)?;
        let subscription = on.router.subscribe(place, &source(&self.source), &self.events, &by.actor).await?;
        let what = match subscription.events.as_slice() {
            [all] if all == "*" => Text::new().plain("All events"),
            some => Text::new().plain("Events ").code(some.join(" ")),
        };
        let text = match subscription.source.as_str() {
            "*" => what.plain(" from every source are told here."),
            source => what.plain(" from ").code(source).plain(" are told here."),
        };
        let args = Object::from_iter([("source".to_owned(), subscription.source.clone().into())]);
        let undo = Press::new("quarterdeck.subscription.delete", args);
        Ok(Outcome::public(Card::new(Tone::Good, "Subscribed").text(text).action(Action::run(
            "unsubscribe",
            "Unsubscribe",
            undo,
        ))))
    }
}

/// Stop telling this place of events.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unsubscribe {
    /// The source as it was subscribed to; all of this place's if not given.
    #[serde(default)]
    #[schemars(extend("x-complete" = "quarterdeck.subscribed"))]
    pub source: Option<String>,
}

impl Operation for Unsubscribe {
    type On = House;
    const SPEC: Spec = Spec::new("quarterdeck.subscription.delete")
        .positional(&["source"])
        .effect(Effect::Change)
        .aliases(&["unsubscribe"])
        .idempotent();

    async fn run(self, on: &House, by: &Caller) -> Result<Outcome, Fault> {
        let place = place_of(by)?;
        let source = self.source.as_deref().map(source);
        let ended = on.router.unsubscribe(place, source.as_deref()).await?;
        if !ended.is_empty() {
            let sources: Vec<&str> = ended.iter().map(|subscription| subscription.source.as_str()).collect();
            let text = Text::new().plain("No longer told here: ").code(sources.join(" "));
            return Ok(Outcome::public(Card::new(Tone::Muted, "Unsubscribed").text(text)));
        }
        let in_file = on.router.subscriptions(place).iter().any(|subscription| {
            subscription.owner == Owner::File && source.as_ref().is_none_or(|source| *source == subscription.source)
        });
        Err(Fault::not_found(if in_file {
            "This subscription is in the configuration file; take it out there."
        } else {
            "This place has no such subscription. `subscriptions` lists what it has."
        }))
    }
}

/// List what this place is told of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListSubscriptions {}

impl Operation for ListSubscriptions {
    type On = House;
    const SPEC: Spec = Spec::new("quarterdeck.subscription.list").aliases(&["subscriptions"]);

    async fn run(self, on: &House, by: &Caller) -> Result<Outcome, Fault> {
        let place = place_of(by)?;
        let (subscriptions, lost) = (on.router.subscriptions(place), on.router.why_lost(place)?);
        if subscriptions.is_empty() {
            let card = Card::new(Tone::Neutral, "This place is told of nothing yet.")
                .text(Text::new().plain("For example: ").code("subscribe acme/api issues pulls"));
            return Ok(Outcome::private(card));
        }
        let items = subscriptions.iter().map(line).collect();
        let title = format!("This place has {} subscription{}", subscriptions.len(), plural(subscriptions.len()));
        let card = Card::new(Tone::Neutral, title).block(Block::List { ordered: false, items });
        let Some(Lost { why, since, .. }) = lost else { return Ok(Outcome::private(card)) };
        let text = Text::new().plain("⚠ Nothing can be told here since ").time(since).plain(": ");
        let text = Text(text.0.into_iter().chain(rich(&why).0).collect());
        let remedy = format!("Once I may write here again, the newest {MISSED} of what was missed are sent.");
        Ok(Outcome::private(Card { tone: Tone::Warning, ..card }.text(text).text(remedy)))
    }
}

/// Link this place to a repository, so that `#12` means an issue there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkPlace {
    /// The repository, as `owner/name`.
    #[schemars(extend("x-complete" = "github.repositories"))]
    pub repository: String,
}

impl Operation for LinkPlace {
    type On = House;
    const SPEC: Spec = Spec::new("quarterdeck.place.link")
        .positional(&["repository"])
        .effect(Effect::Change)
        .aliases(&["link"])
        .idempotent();

    async fn run(self, on: &House, by: &Caller) -> Result<Outcome, Fault> {
        if !is_repository(&self.repository) || self.repository.contains('*') {
            let text = format!("`{}` is no repository; write `owner/name`, such as `acme/api`.", self.repository);
            return Err(Fault::bad_input("repository", text));
        }
        on.router.set_default(place_of(by)?, "repository", &self.repository).await?;
        let text = Text::new().plain("Here, ").code("#12").plain(" now means ").code(format!("{}#12", self.repository));
        Ok(Outcome::public(Card::new(Tone::Good, "Linked").text(text.plain("."))))
    }
}

fn line(subscription: &Subscription) -> Text {
    let events = match subscription.events.as_slice() {
        [all] if all == "*" => "everything".to_owned(),
        some => some.join(" "),
    };
    let owner = format!("(by {})", subscription.owner);
    match subscription.source.as_str() {
        "*" => Text::new().plain(format!("{events} from every source {owner}")),
        source => Text::new().code(source).plain(format!(" {events} {owner}")),
    }
}

fn place_of(by: &Caller) -> Result<&Place, Fault> {
    by.place.as_ref().ok_or_else(|| Fault::bad_input("place", "This works only in a chat place."))
}

/// `acme/api` is GitHub's; anything else is a source as it stands.
fn source(text: &str) -> String {
    let text = text.trim().trim_end_matches('/');
    let path = text.strip_prefix("https://github.com/").unwrap_or(text);
    if is_repository(path) { format!("github:{path}") } else { text.to_owned() }
}

fn is_repository(text: &str) -> bool {
    let name = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '*'))
    };
    text.split_once('/').is_some_and(|(owner, repo)| name(owner) && name(repo))
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
