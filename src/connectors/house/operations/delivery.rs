//! Dead letters, from chat.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::House;
use crate::delivery::Destination;
use crate::delivery::tables::DeadLetter;
use crate::model::{Block, Card, DeliveryId, Effect, Fault, FaultKind, Role, Text, Tone};
use crate::operations::{Caller, Found, Operation, Outcome, Preview, Spec, rich};

/// How many are listed in chat.
const LISTED: usize = 10;

/// List deliveries that were given up.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListDeadLetters {}

impl Operation for ListDeadLetters {
    type On = House;
    const SPEC: Spec = Spec::new("quarterdeck.delivery.list").role(Role::Admin);

    async fn run(self, on: &House, _: &Caller) -> Result<Outcome, Fault> {
        let (letters, count) = (on.dead.newest(LISTED)?, on.dead.count());
        if letters.is_empty() {
            return Ok(Outcome::private(Card::new(Tone::Good, "No delivery was given up.")));
        }
        let items = letters.iter().map(line).collect();
        let card = Card::new(Tone::Warning, format!("{count} given up")).block(Block::List { ordered: false, items });
        Ok(Outcome::private(card))
    }
}

/// Send a delivery that was given up once more.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RedriveDeadLetter {
    /// The delivery, as `delivery list` names it.
    #[schemars(extend("x-complete" = "quarterdeck.dead_letters"))]
    pub delivery: String,
}

impl Operation for RedriveDeadLetter {
    type On = House;
    const SPEC: Spec =
        Spec::new("quarterdeck.delivery.redrive").positional(&["delivery"]).effect(Effect::Change).role(Role::Admin);

    async fn run(self, on: &House, _: &Caller) -> Result<Outcome, Fault> {
        on.dead.redrive(id(&self.delivery)?).await?;
        Ok(Self::done())
    }

    /// After a crash: what is no dead letter any more was sent again.
    async fn find(&self, on: &House, _: &Caller) -> Result<Found, Fault> {
        Ok(if is_there(on, &self.delivery)? { Found::Absent } else { Found::Happened(Box::new(Self::done())) })
    }
}

/// Drop a delivery that was given up, for good.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DropDeadLetter {
    /// The delivery, as `delivery list` names it.
    #[schemars(extend("x-complete" = "quarterdeck.dead_letters"))]
    pub delivery: String,
}

impl Operation for DropDeadLetter {
    type On = House;
    const SPEC: Spec = Spec::new("quarterdeck.delivery.drop").positional(&["delivery"]).effect(Effect::Destroy);

    async fn run(self, on: &House, _: &Caller) -> Result<Outcome, Fault> {
        on.dead.drop_one(id(&self.delivery)?).await?;
        Ok(Self::done())
    }

    /// After a crash: what is no dead letter any more was dropped.
    async fn find(&self, on: &House, _: &Caller) -> Result<Found, Fault> {
        Ok(if is_there(on, &self.delivery)? { Found::Absent } else { Found::Happened(Box::new(Self::done())) })
    }

    async fn preview(&self, on: &House, _: &Caller) -> Result<Option<Preview>, Fault> {
        let letter = on.dead.get(id(&self.delivery)?)?;
        let card = Card::new(Tone::Warning, "Drop this delivery for good?").block(Block::Quote(line(&letter)));
        Ok(Some(Preview::new(card)))
    }
}

impl RedriveDeadLetter {
    fn done() -> Outcome {
        Outcome::private(Card::new(Tone::Good, "It is on its way again."))
    }
}

impl DropDeadLetter {
    fn done() -> Outcome {
        Outcome::private(Card::new(Tone::Muted, "Dropped for good."))
    }
}

fn is_there(on: &House, delivery: &str) -> Result<bool, Fault> {
    match on.dead.get(id(delivery)?) {
        Ok(_) => Ok(true),
        Err(fault) if fault.kind == FaultKind::NotFound => Ok(false),
        Err(fault) => Err(fault),
    }
}

fn id(text: &str) -> Result<DeliveryId, Fault> {
    text.parse().map_err(|error: String| Fault::bad_input("delivery", error))
}

fn line(letter: &DeadLetter) -> Text {
    let to = match &letter.delivery.to {
        Destination::Place(place) | Destination::Answer { place, .. } => place.to_string(),
        Destination::Reply { to, .. } => to.place.to_string(),
        Destination::Endpoint(name) => format!("webhook {name}"),
    };
    let why = letter.progress.fault.as_ref().map_or("", |fault| fault.outside.as_str());
    let text =
        Text::new().code(letter.delivery.id.to_string()).plain(format!(" to {to}, ")).time(letter.at).plain(": ");
    Text(text.0.into_iter().chain(rich(why).0).collect())
}
