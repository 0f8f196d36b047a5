//! Operations of the operations room itself: look up an unclear call, and cancel a confirmation.

use std::sync::{Arc, OnceLock};

use schemars::JsonSchema;
use serde::Deserialize;

use super::ledger::EndedCalls;
use super::{Caller, Declaration, Found, Operation, Outcome, Registry, Spec, confirm, declare, ledger};
use crate::model::{Action, CallId, CallState, Card, Effect, Fault, Object, Press, Role, Style, Tone};
use crate::store::Store;

/// The operation of the *Check* button.
pub const CHECK: &str = "quarterdeck.call.check";

/// What these operations work on. The registry is filled in once it is built, for they are part of it.
#[derive(Debug)]
pub struct Clerk {
    store: Store,
    registry: OnceLock<std::sync::Weak<Registry>>,
}

impl Clerk {
    /// A clerk over this store.
    #[must_use]
    pub fn new(store: &Store) -> Arc<Self> {
        Arc::new(Self { store: store.clone(), registry: OnceLock::new() })
    }

    /// Tells the clerk of the registry.
    pub fn meet(&self, registry: &Arc<Registry>) {
        // Set once; a second call would tell it the same.
        let _ = self.registry.set(Arc::downgrade(registry));
    }

    /// Takes a call whose end nobody knew up again: the same call with the same marker, so that nothing is done twice.
    /// As `Running` it is looked up first, as after a crash; as `Accepted` it is simply run.
    async fn run_again(&self, id: CallId, state: CallState) -> Result<Outcome, Fault> {
        self.store
            .write(move |tx| {
                let unknown = tx.get::<EndedCalls>(&id)?.filter(|call| call.state == CallState::Unknown);
                let Some(mut call) = unknown else {
                    return Err(Fault::conflict("This call is under way again, or has ended."));
                };
                tx.delete::<EndedCalls>(&id);
                call.state = state;
                call.ended_at = None;
                ledger::enter(tx, &call)
            })
            .await?;
        Ok(Outcome::private(Card::new(Tone::Progress, "It is under way again.")))
    }

    /// The operations of this room.
    #[must_use]
    pub fn operations(self: &Arc<Self>) -> Vec<Declaration> {
        vec![declare::<CheckCall>(self), declare::<CancelConfirmation>(self)]
    }
}

/// Look up whether an unclear call happened.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckCall {
    /// The call, as its card names it.
    pub call: String,
    /// Whether it is run again, under the same id, if it did not happen.
    #[serde(default)]
    pub again: bool,
}

impl Operation for CheckCall {
    type On = Clerk;
    const SPEC: Spec = Spec::new(CHECK).positional(&["call"]).effect(Effect::Read).role(Role::Operator).hidden();

    async fn run(self, on: &Clerk, by: &Caller) -> Result<Outcome, Fault> {
        let id: CallId = self.call.parse().map_err(|error: String| Fault::bad_input("call", error))?;
        let Some(call) = ledger::find(&on.store, id)? else {
            return Err(Fault::not_found("This call is too old to be looked up."));
        };
        if call.state != CallState::Unknown {
            let result = call.result.unwrap_or_default();
            return Ok(Outcome::private(Card::new(Tone::Neutral, format!("This call has ended: {result}"))));
        }
        let registry = on.registry.get().and_then(std::sync::Weak::upgrade);
        let Some(declaration) = registry.as_ref().and_then(|registry| registry.get(&call.operation)) else {
            return Err(Fault::misconfigured(format!("There is no operation `{}` any more.", call.operation)));
        };
        let then = Caller { call: call.id, actor: call.actor.clone(), accepted_at: call.accepted_at, ..by.clone() };
        let args = Object::from_iter([("call".to_owned(), self.call.into()), ("again".to_owned(), true.into())]);
        let again = Press::new(CHECK, args);
        Ok(match declaration.run.find(&call.args, &then).await? {
            // The dispatch finds it, too, and tells of it as of any call that is done.
            Found::Happened(_) => return on.run_again(id, CallState::Running).await,
            Found::Absent if self.again => return on.run_again(id, CallState::Running).await,
            Found::CannotTell if self.again => return on.run_again(id, CallState::Accepted).await,
            Found::Absent => Outcome::private(
                Card::new(Tone::Neutral, "It did not happen.")
                    .action(Action::run("again", "Run it now", again.once("Run again")).style(Style::Primary)),
            ),
            Found::CannotTell => Outcome::private(
                Card::new(Tone::Warning, "It cannot be looked up here.")
                    .text("Look at the service itself, then run it again if it is not there.")
                    .action(Action::run("again", "Run it again", again.once("Run again")).style(Style::Danger)),
            ),
        })
    }
}

/// Cancel what was to be confirmed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelConfirmation {}

impl Operation for CancelConfirmation {
    type On = Clerk;
    const SPEC: Spec = Spec::new(confirm::CANCEL).effect(Effect::Read).hidden();

    async fn run(self, _: &Clerk, _: &Caller) -> Result<Outcome, Fault> {
        Ok(Outcome::private(Card::new(Tone::Muted, "Cancelled. Nothing was done.")))
    }
}
