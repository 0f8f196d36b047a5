//! What an operation is: a params struct with doc comments, one [`Spec`] and a `run`.

use std::collections::BTreeMap;
use std::future::Future;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::FieldKind;
use crate::model::{Actor, CallId, Card, Effect, Event, Fault, Object, Place, Quote, Role, Show};

/// An operation: the struct is its parameters, the struct's doc comment its help.
///
/// The parameters derive `Deserialize` (with `deny_unknown_fields`) and `JsonSchema`; every field has a doc comment.
/// Extensions of a field's schema: `x-widget = "long"` asks for a text area; `x-complete` names a completion
/// (`github.open_issues`), or several with blanks between; `x-subject` says how the value is read off the key of a subject,
/// so that below its card it need not be said: the part in parentheses, where `*` is any text without `/` and `#`, and
/// `**` any text (`github:(*/*#*)`). Several are tried in order. `x-hidden = true` keeps a parameter that need not be given
/// away from people: no form, help, option or line knows it, only buttons (see [`Preview::pin`]), rules and the API.
/// `x-message` says which part of a message the value is where it is used on one ([`Spec::from_message`]): `text`, `title`
/// (its first line), `link` or `author`.
pub trait Operation: DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// What it operates on: a connector's client.
    type On: Send + Sync + 'static;

    /// Name, effect and grammar.
    const SPEC: Spec;

    /// Does it.
    ///
    /// # Errors
    /// `Unknown` only where it may have happened; then [`Operation::find`] is asked.
    fn run(self, on: &Self::On, by: &Caller) -> impl Future<Output = Result<Outcome, Fault>> + Send;

    /// Looks up, by `by.marker()`, whether an earlier, unclear run of this very call happened.
    ///
    /// # Errors
    /// The look-up itself failed.
    fn find(&self, _on: &Self::On, _by: &Caller) -> impl Future<Output = Result<Found, Fault>> + Send {
        async { Ok(Found::CannotTell) }
    }

    /// For `Destroy`: what exactly will run, shown on the confirmation card. `None` shows the arguments.
    ///
    /// # Errors
    /// It can be seen already that it would fail.
    fn preview(&self, _on: &Self::On, _by: &Caller) -> impl Future<Output = Result<Option<Preview>, Fault>> + Send {
        async { Ok(None) }
    }

    /// With [`Spec::more`]: the further fields that there are with these parameters, in the order in which they are to be
    /// asked for. It is asked once all required parameters are known and can be read, and reads only; what it says holds
    /// for a minute, for the same parameters (whatever the further fields themselves hold), person and place. `run` still
    /// has to make sure of what it is given: the API and rules pass the map as it is. What the vendor refuses of a further
    /// field is `BadInput` with the field `<the map's name>.<the field's name>`, which leads back into the form.
    ///
    /// # Errors
    /// They cannot be told: `BadInput` naming the parameter that is to blame, or as usual.
    fn more(&self, _on: &Self::On, _by: &Caller) -> impl Future<Output = Result<Vec<MoreField>, Fault>> + Send {
        async { Ok(Vec::new()) }
    }
}

/// What will run, for the person to confirm it.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// The card that says it; its buttons are put on by the desk.
    pub card: Card,
    /// What is added to the arguments when it is confirmed (such as `head_sha`), so that what was seen is what is done.
    /// The names are parameters of the operation; who calls without a confirmation gives them or not.
    pub pin: Object,
}

impl Preview {
    /// A preview that pins nothing down.
    #[must_use]
    pub fn new(card: Card) -> Self {
        Self { card, pin: Object::new() }
    }

    /// With this argument pinned down.
    #[must_use]
    pub fn pin(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.pin.insert(name.to_owned(), value.into());
        self
    }
}

/// A further field of an operation, as its vendor describes it: a workflow's input, a field of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoreField {
    /// The vendor's own name of it, such as `customfield_10016`: the key in the map. At most 80 characters.
    pub name: String,
    /// What people call it, such as `Story Points`.
    pub label: String,
    /// What it means; may be empty.
    pub help: String,
    /// How it is given. In the map it is a text as it stands in a form: a whole number in digits, a flag as `true` or
    /// `false`, a choice by its value, several with `, ` between.
    pub kind: FieldKind,
    /// Whether it must be given. What has a default can be left out all the same.
    pub required: bool,
    /// The vendor's own default, which a form is filled in with; what is left out is not put into the map.
    pub value: Option<String>,
    /// The completion that knows its values, as with `x-complete`. It is asked with all values that are given by the
    /// parameters' names, those of further fields as `<the map's name>.<the field's name>`.
    pub complete: Option<String>,
}

impl MoreField {
    /// An optional field of this name and kind that is called `label`.
    #[must_use]
    pub fn new(name: impl Into<String>, label: impl Into<String>, kind: FieldKind) -> Self {
        let (name, label, help) = (name.into(), label.into(), String::new());
        Self { name, label, help, kind, required: false, value: None, complete: None }
    }
}

/// What is said of an operation beside its parameters.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// `service.noun.verb`.
    pub name: &'static str,
    /// The fields that may be given without their name, in this order. The last takes the rest of the line when it is
    /// a list or `rest` is set.
    pub positional: &'static [&'static str],
    /// What it does to the world.
    pub effect: Effect,
    /// Other spellings in the text grammar, such as `subscribe`.
    pub aliases: &'static [&'static str],
    /// Whether running it twice comes to the same as running it once: then an unclear failure is simply repeated.
    pub idempotent: bool,
    /// Whether the last positional takes the rest of the line as one text.
    pub rest: bool,
    /// The role it demands where the effect's default does not fit.
    pub role: Option<Role>,
    /// Whether it is for machines only: not in help, not in the grammar (buttons and rules may name it).
    pub hidden: bool,
    /// The parameter, a map of texts, that takes the fields which [`Operation::more`] tells of.
    pub more: Option<&'static str>,
    /// What it is called where it is used on a message; none for what is not used so. See [`Spec::from_message`].
    pub from_message: Option<&'static str>,
}

impl Spec {
    /// An operation of this name that reads.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            positional: &[],
            effect: Effect::Read,
            aliases: &[],
            idempotent: false,
            rest: false,
            role: None,
            hidden: false,
            more: None,
            from_message: None,
        }
    }

    /// With these fields as positionals.
    #[must_use]
    pub const fn positional(self, positional: &'static [&'static str]) -> Self {
        Self { positional, ..self }
    }

    /// With this effect.
    #[must_use]
    pub const fn effect(self, effect: Effect) -> Self {
        Self { effect, ..self }
    }

    /// With these other spellings.
    #[must_use]
    pub const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// Running it twice comes to the same as once.
    #[must_use]
    pub const fn idempotent(self) -> Self {
        Self { idempotent: true, ..self }
    }

    /// The last positional takes the rest of the line.
    #[must_use]
    pub const fn rest(self) -> Self {
        Self { rest: true, ..self }
    }

    /// Demands this role.
    #[must_use]
    pub const fn role(self, role: Role) -> Self {
        Self { role: Some(role), ..self }
    }

    /// Makes something of a message, and is called `label` among the actions of messages: Slack's message shortcuts,
    /// Discord's message commands; on Telegram it is used by replying. It is run with [`Caller::quote`] and, where people
    /// ask for it, never without. At most 24 characters (Slack).
    #[must_use]
    pub const fn from_message(self, label: &'static str) -> Self {
        Self { from_message: Some(label), ..self }
    }

    /// Not in help and grammar.
    #[must_use]
    pub const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    /// There are further fields, see [`Operation::more`]; `param` takes them.
    #[must_use]
    pub const fn more(self, param: &'static str) -> Self {
        Self { more: Some(param), ..self }
    }
}

/// Who calls, from where, and what the place already knows.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The call.
    pub call: CallId,
    /// Who.
    pub actor: Actor,
    /// The role they act in.
    pub role: Role,
    /// Where, if in chat.
    pub place: Option<Place>,
    /// When the call was accepted; a look-up need not search before then.
    pub accepted_at: Timestamp,
    /// Now.
    pub now: Timestamp,
    /// What the place takes for granted, such as `repository` = `acme/api`.
    pub defaults: BTreeMap<String, String>,
    /// The message that something is to be made of, where it was used on one.
    pub quote: Option<Box<Quote>>,
}

impl Caller {
    /// The hidden text by which what this call made is found again.
    #[must_use]
    pub fn marker(&self) -> String {
        format!("quarterdeck:{}", self.call)
    }

    /// The message that something is to be made of.
    ///
    /// # Errors
    /// `BadInput`: it was used on none.
    pub fn quoted(&self) -> Result<&Quote, Fault> {
        self.quote
            .as_deref()
            .ok_or_else(|| Fault::bad_input("message", "This makes something of a message; use it on one, in chat."))
    }
}

/// What an operation gives back.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The answer. With a key it is the living card of that subject: shown where it was asked, and edited
    /// wherever it stands.
    pub card: Option<Card>,
    /// Who may see the answer. A living card is always public.
    pub show: Show,
    /// The vendor's own time of what a living card shows, so that an older webhook does not overwrite it.
    pub as_of: Option<Timestamp>,
    /// What happened, for routing.
    pub events: Vec<Event>,
    /// The answer as data, for the API and for rules.
    pub data: Object,
}

impl Outcome {
    /// An answer for everyone in the place.
    #[must_use]
    pub fn public(card: Card) -> Self {
        Self { card: Some(card), show: Show::Public, ..Self::default() }
    }

    /// An answer for who asked.
    #[must_use]
    pub fn private(card: Card) -> Self {
        Self { card: Some(card), show: Show::Private, ..Self::default() }
    }

    /// With one more event.
    #[must_use]
    pub fn event(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }
}

/// What a look-up found.
#[derive(Debug)]
pub enum Found {
    /// It happened, and this is what came of it.
    Happened(Box<Outcome>),
    /// It certainly did not happen.
    Absent,
    /// This operation cannot tell.
    CannotTell,
}
