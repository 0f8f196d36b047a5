//! The desk: what people ask for in chat becomes a call, a form, a confirmation or an answer.
//!
//! It takes requests off the inbox. A request leaves the inbox only in the transaction that puts its consequence on
//! disk, so that none is lost; it never talks to a vendor, except to open a form.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use jiff::SignedDuration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{
    Access, Caller, Declaration, Form, Forms, Parsed, Registry, confirm, help, ledger, parse, read_form, rich,
};
use crate::delivery::tables::{Asked, Requests};
use crate::delivery::{Content, Destination, Minter, Origin, outbox, tokens};
use crate::model::{
    Action, Actor, Ask, Call, CallId, CallState, Card, Clock, Effect, Fault, FaultKind, Object, PlatformId, Press,
    Pressed, Request, Role, Show, Style, SubjectKey, Token,
};
use crate::routing::Router;
use crate::store::{Store, Tx};

/// How many requests are looked at together.
const TOGETHER: usize = 64;

/// Knows the people of the chat platforms. Implemented over them.
#[async_trait]
pub trait People: Send + Sync {
    /// What the actor is called, where the platform can say so now.
    async fn name_of(&self, actor: &Actor) -> Option<String>;

    /// Those of `groups` (of the actor's platform) that the actor is in.
    ///
    /// # Errors
    /// Not all could be asked; those that are known.
    async fn groups_of(&self, actor: &Actor, groups: &[String]) -> Result<Vec<String>, Vec<String>>;
}

/// What the desk works with. The parts that a reload changes are behind locks.
pub struct Desk {
    store: Store,
    clock: Clock,
    minter: Minter,
    router: Router,
    registry: Arc<Registry>,
    access: RwLock<Arc<Access>>,
    people: Arc<dyn People>,
    platforms: HashMap<PlatformId, Front>,
}

/// What the desk knows of a platform.
pub struct Front {
    /// What opens forms there.
    pub forms: Arc<dyn Forms>,
    /// The command that people type there, such as `/qd`.
    pub root: String,
}

/// An operation that is asked for, with all that is known about the asking.
struct Wish<'a> {
    declaration: &'a Declaration,
    args: Object,
    pressed: Option<Pressed>,
    confirmed: bool,
    ask: bool,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("platforms", &self.platforms.keys()).finish_non_exhaustive()
    }
}

impl Desk {
    /// A desk for these platforms.
    #[must_use]
    #[expect(clippy::too_many_arguments, reason = "the app hands over each part once")]
    pub fn new(
        store: &Store,
        clock: &Clock,
        minter: &Minter,
        router: &Router,
        registry: Arc<Registry>,
        access: Access,
        people: Arc<dyn People>,
        platforms: HashMap<PlatformId, Front>,
    ) -> Arc<Self> {
        Arc::new(Self {
            store: store.clone(),
            clock: clock.clone(),
            minter: minter.clone(),
            router: router.clone(),
            registry,
            access: RwLock::new(Arc::new(access)),
            people,
            platforms,
        })
    }

    /// Takes over new roles.
    pub fn set_access(&self, access: Access) {
        *self.access.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(access);
    }

    /// Takes up what waits and all that comes in from now on; returns when stopped and what was begun has ended.
    ///
    /// # Errors
    /// The store failed.
    pub async fn run(self: &Arc<Self>, stop: &CancellationToken) -> Result<(), Fault> {
        let mut arrived = self.store.watch::<Requests>();
        let places = Arc::new(Semaphore::new(TOGETHER));
        let tasks = TaskTracker::new();
        let waiting: Vec<u64> = self.store.scan::<Requests>(None, usize::MAX)?.into_iter().map(|(n, _)| n).collect();
        let newest = waiting.last().copied().unwrap_or(0);
        let mut waiting = waiting.into_iter();
        loop {
            let number = match waiting.next() {
                Some(_) if stop.is_cancelled() => break,
                Some(number) => number,
                None => tokio::select! {
                    () = stop.cancelled() => break,
                    number = arrived.recv() => match number {
                        Some(number) if number > newest => number,
                        Some(_) => continue,
                        None => break,
                    },
                },
            };
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
            let desk = Arc::clone(self);
            tasks.spawn(async move {
                if let Err(fault) = desk.take(number).await {
                    tracing::error!(request = number, %fault, "a request stays in the inbox");
                }
                drop(place);
            });
        }
        tasks.close();
        tasks.wait().await;
        Ok(())
    }

    async fn take(&self, number: u64) -> Result<(), Fault> {
        let Some(mut request) = self.store.get::<Requests>(&number)? else { return Ok(()) };
        // Some requests name a person only by id, and people are to be called by their names.
        if let Actor::User { id, name, .. } = &request.actor
            && id == name
            && let Some(called) = self.people.name_of(&request.actor).await
            && let Actor::User { name, .. } = &mut request.actor
        {
            *name = called;
        }
        match self.look_at(number, &request).await {
            Ok(()) => Ok(()),
            // The store itself fails: the request stays where it is.
            Err(fault) if fault.kind == FaultKind::Unavailable && self.store.health().is_err() => Err(fault),
            Err(fault) => {
                let card = fault_card(&fault);
                self.answer(number, &request, card, Show::Private).await
            }
        }
    }

    async fn look_at(&self, number: u64, request: &Request) -> Result<(), Fault> {
        let root = self.platforms.get(&request.place.platform).map_or("/qd", |front| front.root.as_str());
        match &request.ask {
            Ask::Line { text } => match parse(text, &self.registry, root)? {
                Parsed::Help { topic } => {
                    let (access, groups) = self.standing(&request.actor).await;
                    let groups = groups.unwrap_or_else(|some| some);
                    let may = |declaration: &Declaration| {
                        access.check(declaration, &request.actor, &groups, Some(&request.place)).is_ok()
                    };
                    let card = help(&self.registry, &topic, &may, root);
                    self.answer(number, request, card, Show::Private).await
                }
                Parsed::Call { operation, args, .. } => {
                    let wish = Wish { declaration: &operation, args, pressed: None, confirmed: false, ask: false };
                    self.proceed(number, request, wish).await
                }
            },
            Ask::Operation { name, args } => {
                let declaration = self.declaration(name)?;
                let wish = Wish { declaration, args: args.clone(), pressed: None, confirmed: false, ask: false };
                self.proceed(number, request, wish).await
            }
            Ask::Press { token, choice } => self.press(number, request, token, choice.as_deref()).await,
            Ask::Submit { token, values } => {
                let Some(record) = tokens::get(&self.store, token)? else { return Err(expired("form")) };
                let declaration = self.declaration(&record.press.operation)?;
                // The form belongs where it was asked for.
                let mut request = request.clone();
                if let Some(asked) = record.asked {
                    request.place = asked.place;
                    request.reply = request.reply.or(asked.reply);
                }
                let request = &request;
                let read = read_form(declaration, values, &record.press.args);
                // What cannot be read is shown in the form, not as an answer that takes the person out of it.
                match read.and_then(|args| {
                    declaration.run.check(&args).map_err(|fault| remarks(fault, declaration)).map(|()| args)
                }) {
                    Ok(args) => {
                        let pressed = record.subject.map(|subject| Pressed {
                            token: token.clone(),
                            once: false,
                            subject: Some(subject),
                            done: record.press.done.clone(),
                            deed: record.press.deed(),
                            replace: false,
                        });
                        let wish = Wish { declaration, args, pressed, confirmed: false, ask: false };
                        self.proceed(number, request, wish).await
                    }
                    Err(errors) => {
                        let form = Form::of(declaration, &record.press.args, Token::new()).again(values, &errors);
                        self.show_form(number, request, declaration, record.press, record.subject, form).await
                    }
                }
            }
        }
    }

    async fn press(&self, number: u64, request: &Request, token: &Token, choice: Option<&str>) -> Result<(), Fault> {
        let Some(record) = tokens::get(&self.store, token)? else { return Err(expired("button")) };
        tokens::check(&record, &request.actor)?;
        let declaration = self.declaration(&record.press.operation)?;
        let mut args = record.press.args.clone();
        if let (Some(into), Some(choice)) = (&record.into, choice) {
            args.insert(into.clone(), choice.into());
        }
        let pressed = Pressed {
            token: token.clone(),
            once: record.press.once,
            subject: record.subject.clone(),
            done: record.press.done.clone(),
            deed: record.press.deed(),
            replace: record.press.confirmed || declaration.spec.name == confirm::CANCEL,
        };
        let (confirmed, ask) = (record.press.confirmed, record.press.ask);
        self.proceed(number, request, Wish { declaration, args, pressed: Some(pressed), confirmed, ask }).await
    }

    /// Allowed? Complete? Readable? To be confirmed? Then it is a call.
    async fn proceed(&self, number: u64, request: &Request, wish: Wish<'_>) -> Result<(), Fault> {
        let Wish { declaration, args, pressed, confirmed, ask } = wish;
        let (access, groups) = self.standing(&request.actor).await;
        let check = |groups: &[String]| access.check(declaration, &request.actor, groups, Some(&request.place));
        let role = match &groups {
            Ok(groups) => check(groups)?,
            Err(some) => check(some).map_err(|_| {
                let platform = &request.place.platform;
                Fault::unavailable(format!(
                    "{platform} cannot say which groups you are in just now. Try again in a minute."
                ))
            })?,
        };
        let missing = declaration.params.iter().any(|param| param.required && !args.contains_key(&param.name));
        if ask || missing {
            let form = Form::of(declaration, &args, Token::new());
            let mut press = Press::new(declaration.spec.name, args);
            let mut subject = None;
            if let Some(pressed) = pressed {
                press.done = pressed.done;
                subject = pressed.subject;
            }
            return self.show_form(number, request, declaration, press, subject, form).await;
        }
        if let Err(fault) = declaration.run.check(&args) {
            let card = mend_card(&fault, declaration, &args);
            return self.answer(number, request, card, Show::Private).await;
        }
        if declaration.spec.effect == Effect::Destroy && !confirmed {
            let by = self.caller(CallId::new(), request, role)?;
            let preview = declaration.run.preview(&args, &by).await?;
            let card = confirm::card(declaration, &args, preview, &request.actor);
            return self.answer(number, request, card, Show::Private).await;
        }
        self.accept(number, request, declaration, args, pressed, role).await
    }

    async fn accept(
        &self,
        number: u64,
        request: &Request,
        declaration: &Declaration,
        args: Object,
        pressed: Option<Pressed>,
        role: Role,
    ) -> Result<(), Fault> {
        let now = self.clock.now();
        let call = Call {
            id: CallId::new(),
            operation: declaration.spec.name.to_owned(),
            args,
            actor: request.actor.clone(),
            place: Some(request.place.clone()),
            reply: request.reply.clone(),
            pressed,
            role,
            defaults: self.router.defaults(&request.place)?,
            broken: None,
            state: CallState::Accepted,
            runs: 0,
            accepted_at: now,
            not_before: None,
            ended_at: None,
            result: None,
        };
        self.store
            .write(move |tx| {
                if let Some(pressed) = call.pressed.as_ref().filter(|pressed| pressed.once) {
                    tokens::take(tx, &pressed.token, &call.actor, now)?;
                }
                tx.delete::<Requests>(&number);
                ledger::enter(tx, &call)
            })
            .await
    }

    /// Opens a form. The request stays in the inbox until it is open; where it cannot be opened any more (a restart, a
    /// slow moment), a button that opens it takes its place.
    async fn show_form(
        &self,
        number: u64,
        request: &Request,
        declaration: &Declaration,
        press: Press,
        subject: Option<SubjectKey>,
        form: Form,
    ) -> Result<(), Fault> {
        let (minter, token, kept) = (self.minter.clone(), form.token.clone(), press.clone());
        let asked = Asked { place: request.place.clone(), reply: request.reply.clone() };
        self.store.write(move |tx| minter.mint_form(tx, &token, kept, subject, asked)).await?;
        let forms = self.platforms.get(&request.place.platform).map(|front| &front.forms);
        let opened = match (forms, &request.trigger) {
            (Some(forms), Some(trigger)) => forms.open(trigger, &form).await,
            _ => Err(Fault::conflict("A form cannot be opened from here.")),
        };
        match opened {
            Ok(()) => {
                self.store
                    .write(move |tx| {
                        tx.delete::<Requests>(&number);
                        Ok(())
                    })
                    .await
            }
            Err(fault) => {
                tracing::info!(operation = declaration.spec.name, %fault, "a form did not open; a button is offered");
                let press = Press { ask: true, ..press };
                let card = Card::new(crate::model::Tone::Neutral, format!("{} needs a little more.", form.title))
                    .text(declaration.summary.clone())
                    .action(Action::run("fill-in", "Fill in", press).style(Style::Primary));
                self.answer(number, request, card, Show::Private).await
            }
        }
    }

    /// Stages an answer and takes the request off the inbox.
    async fn answer(&self, number: u64, request: &Request, card: Card, show: Show) -> Result<(), Fault> {
        let (minter, now) = (self.minter.clone(), self.clock.now());
        let to = destination(request, show);
        // An answer without a call still gets a lane of its own.
        let origin = Origin { call: Some(CallId::new()), ..Origin::default() };
        self.store
            .write(move |tx: &mut Tx<'_>| {
                tx.delete::<Requests>(&number);
                outbox::stage(tx, &minter, now, to, Content::Card(Box::new(card)), &origin).map(|_| ())
            })
            .await
    }

    fn declaration(&self, name: &str) -> Result<&Declaration, Fault> {
        self.registry.get(name).map(Arc::as_ref).ok_or_else(|| {
            Fault::not_found(format!("There is no operation `{name}` any more; its integration may be gone."))
        })
    }

    /// The access rules, and the groups the actor is in; `Err` holds what could be found out when not all could be asked.
    async fn standing(&self, actor: &Actor) -> (Arc<Access>, Result<Vec<String>, Vec<String>>) {
        let access = Arc::clone(&self.access.read().unwrap_or_else(PoisonError::into_inner));
        let Actor::User { platform, .. } = actor else { return (access, Ok(Vec::new())) };
        let named = access.groups_named().into_iter().filter(|(of, _)| of == platform).map(|(_, group)| group);
        let named: Vec<String> = named.collect();
        let groups = if named.is_empty() { Ok(named) } else { self.people.groups_of(actor, &named).await };
        (access, groups)
    }

    fn caller(&self, call: CallId, request: &Request, role: Role) -> Result<Caller, Fault> {
        let now = self.clock.now();
        Ok(Caller {
            call,
            actor: request.actor.clone(),
            role,
            place: Some(request.place.clone()),
            accepted_at: now,
            now,
            defaults: self.router.defaults(&request.place)?,
        })
    }
}

fn destination(request: &Request, show: Show) -> Destination {
    let user = match &request.actor {
        Actor::User { id, .. } => id.clone(),
        Actor::ApiKey { name } | Actor::Rule { name } => name.clone(),
    };
    Destination::Answer { handle: request.reply.clone(), place: request.place.clone(), user, show, replace: false }
}

/// What is wrong with a form's arguments, at the field it is about; where it is about none, at the first.
fn remarks(fault: Fault, declaration: &Declaration) -> Vec<(String, String)> {
    let named = match &fault.kind {
        FaultKind::BadInput { field } => field.as_deref(),
        _ => None,
    };
    let first = declaration.params.first();
    let param = named.and_then(|name| declaration.param(name)).or(first);
    let name = param.map(|param| param.name.clone()).unwrap_or_default();
    // The form shows it below the field, which need not be named once more.
    let text = [format!("{name}: "), format!("`{name}`: ")]
        .iter()
        .find_map(|named| fault.outside.strip_prefix(named))
        .map(str::to_owned);
    vec![(name, text.unwrap_or(fault.outside))]
}

fn expired(what: &str) -> Fault {
    Fault::not_found(format!("This {what} has expired. Ask again, or use the newest card."))
}

/// The card of a failure.
#[must_use]
pub(super) fn fault_card(fault: &Fault) -> Card {
    // The first line says what happened; what to do about it follows below.
    let (title, rest) = fault.outside.split_once('\n').unwrap_or((&fault.outside, ""));
    let card = Card::new(fault.policy().tone, title.replace('`', ""));
    if rest.trim().is_empty() { card } else { card.text(rich(rest.trim())) }
}

/// The card of wrong arguments, with a way to mend them.
fn mend_card(fault: &Fault, declaration: &Declaration, args: &Object) -> Card {
    let mut args = args.clone();
    if let FaultKind::BadInput { field: Some(field) } = &fault.kind {
        args.remove(field);
    }
    let press = Press { ask: true, ..Press::new(declaration.spec.name, args) };
    fault_card(fault).action(Action::run("mend", "Correct it in a form", press))
}

/// How long a vendor may take for one call before nobody knows what became of it.
pub(super) const CALL_TIMEOUT: SignedDuration = SignedDuration::from_secs(60);
