//! The desk: what people ask for in chat becomes a call, a form, a confirmation or an answer.
//!
//! It takes requests off the inbox. A request leaves the inbox only in the transaction that puts its consequence on
//! disk, so that none is lost; it never talks to a vendor, except to open a form.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::SignedDuration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::filling::read_options;
use super::reader::written;
use super::{
    Caller, Declaration, Form, Forms, Offer, Parsed, Registry, Standing, Typing, confirm, help, ledger, parse,
    read_form, rich,
};
use crate::delivery::tables::{Asked, Requests, TokenRecord};
use crate::delivery::{Content, Destination, Minter, Origin, PlaceWatch as _, outbox, tokens};
use crate::model::{
    Action, Actor, Ask, Call, CallId, CallState, Card, Clock, Effect, Fault, FaultKind, Object, PlaceNews, PlatformId,
    Press, Pressed, Request, Role, Show, Style, SubjectKey, Token, Tone,
};
use crate::routing::Router;
use crate::store::{Store, Tx};

/// How many requests are looked at together.
const TOGETHER: usize = 64;

/// What the desk works with.
pub struct Desk {
    store: Store,
    clock: Clock,
    minter: Minter,
    router: Router,
    registry: Arc<Registry>,
    standing: Arc<Standing>,
    offer: Arc<Offer>,
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
    /// What earlier steps of a form showed.
    shown: Vec<String>,
}

impl<'a> Wish<'a> {
    /// The plain wish for an operation with these arguments.
    fn new(declaration: &'a Declaration, args: Object) -> Self {
        Self { declaration, args, pressed: None, confirmed: false, ask: false, shown: Vec::new() }
    }
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("platforms", &self.platforms.keys()).finish_non_exhaustive()
    }
}

impl Desk {
    /// A desk for these platforms.
    #[must_use]
    pub fn new(
        store: &Store,
        clock: &Clock,
        minter: &Minter,
        router: &Router,
        standing: Arc<Standing>,
        offer: Arc<Offer>,
        platforms: HashMap<PlatformId, Front>,
    ) -> Arc<Self> {
        Arc::new(Self {
            store: store.clone(),
            clock: clock.clone(),
            minter: minter.clone(),
            router: router.clone(),
            registry: Arc::clone(offer.registry()),
            standing,
            offer,
            platforms,
        })
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
            && let Some(called) = self.standing.name_of(&request.actor).await
            && let Actor::User { name, .. } = &mut request.actor
        {
            *name = called;
        }
        let person = self.standing.people().of(&request.actor.handle()).map(|person| person.name.clone());
        if let (Some(person), Actor::User { name, .. }) = (person, &mut request.actor) {
            *name = person;
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
                    let (access, groups) = self.standing.of(&request.actor).await;
                    let groups = groups.unwrap_or_else(|some| some);
                    let may = |declaration: &Declaration| {
                        access.check(declaration, &request.actor, &groups, Some(&request.place)).is_ok()
                    };
                    let card = help(&self.registry, &topic, &may, root);
                    self.answer(number, request, card, Show::Private).await
                }
                Parsed::Call { operation, args, .. } => {
                    let wish = Wish::new(&operation, args);
                    self.proceed(number, request, wish).await
                }
            },
            Ask::Operation { name, values } => {
                let declaration = self.declaration(name)?;
                match read_options(declaration, values) {
                    Ok(args) => {
                        let wish = Wish::new(declaration, args);
                        self.proceed(number, request, wish).await
                    }
                    Err(errors) => self.mend_options(number, request, declaration, values, &errors).await,
                }
            }
            Ask::Press { token, choice } => self.press(number, request, token, choice.as_deref()).await,
            Ask::Submit { token, values, last } => self.submit(number, request, token, values, *last).await,
            Ask::News(news) => self.news(number, request, news.clone()).await,
        }
    }

    /// Something became of a place: who listens there hears of it.
    async fn news(&self, number: u64, request: &Request, news: PlaceNews) -> Result<(), Fault> {
        let (router, place) = (self.router.clone(), request.place.clone());
        self.store
            .write(move |tx| {
                tx.delete::<Requests>(&number);
                match &news {
                    PlaceNews::Moved(to) => router.moved(tx, &place, to),
                    PlaceNews::Lost(why) => router.lost(tx, &place, why),
                    PlaceNews::Found => router.found(tx, &place),
                }
            })
            .await
    }

    /// A form, or one step of it, was sent.
    async fn submit(
        &self,
        number: u64,
        request: &Request,
        token: &Token,
        values: &BTreeMap<String, String>,
        last: bool,
    ) -> Result<(), Fault> {
        let Some(record) = tokens::get(&self.store, token)? else { return Err(expired("form")) };
        let declaration = self.declaration(&record.press.operation)?;
        // The form belongs where it was asked for.
        let mut request = request.clone();
        let mut shown = Vec::new();
        if let Some(asked) = record.asked.clone() {
            request.place = asked.place;
            request.reply = request.reply.or(asked.reply);
            shown = asked.shown;
        }
        let request = &request;
        let read = read_form(declaration, values, &record.press.args, &shown);
        let at_once = self.at_once(request);
        let args = match read {
            Ok(args) => args,
            Err(errors) => {
                return self.ask_again(number, request, declaration, record, &shown, values, &errors).await;
            }
        };
        let mut press = Press { args: args.clone(), ask: true, ..record.press.clone() };
        press.shown.extend(shown.iter().cloned());
        let next = Form::of(declaration, &args, Token::new()).step(&press.shown, at_once, record.press.ask);
        let missing = next.fields.iter().any(|field| field.required && field.value.is_none());
        if !shown.is_empty() && !next.fields.is_empty() && (missing || !last) {
            return self.show_form(number, request, declaration, press, record.subject, next).await;
        }
        // What cannot be read is shown in the form, not as an answer that takes the person out of it.
        if let Err(fault) = declaration.run.check(&args) {
            let errors = remarks(fault, declaration);
            return self.ask_again(number, request, declaration, record, &shown, values, &errors).await;
        }
        let pressed = record.subject.map(|subject| Pressed {
            token: token.clone(),
            once: false,
            subject: Some(subject),
            done: record.press.done.clone(),
            deed: record.press.deed(),
            replace: false,
        });
        self.proceed(number, request, Wish { pressed, ..Wish::new(declaration, args) }).await
    }

    /// Shows the same step of a form again, with what was wrong with it.
    #[expect(clippy::too_many_arguments, reason = "a form with all that is known of it")]
    async fn ask_again(
        &self,
        number: u64,
        request: &Request,
        declaration: &Declaration,
        record: TokenRecord,
        shown: &[String],
        values: &BTreeMap<String, String>,
        errors: &[(String, String)],
    ) -> Result<(), Fault> {
        let mut form = Form::of(declaration, &record.press.args, Token::new()).again(values, errors);
        if !shown.is_empty() {
            // What was wrong may have been asked for in an earlier step.
            let wrong = |name: &str| errors.iter().any(|(wrong, _)| wrong == name);
            form.fields.retain(|field| shown.contains(&field.name) || wrong(&field.name));
            form.fields.sort_by_key(|field| !wrong(&field.name));
        }
        form.fields.truncate(self.at_once(request));
        self.show_form(number, request, declaration, record.press, record.subject, form).await
    }

    /// Options of a native command that cannot be read: what is wrong, and a way to mend it.
    async fn mend_options(
        &self,
        number: u64,
        request: &Request,
        declaration: &Declaration,
        values: &BTreeMap<String, String>,
        errors: &[(String, String)],
    ) -> Result<(), Fault> {
        let mut good = values.clone();
        good.retain(|name, _| errors.iter().all(|(wrong, _)| wrong != name));
        let args = read_options(declaration, &good).unwrap_or_default();
        let (name, error) = errors.first().cloned().unwrap_or_default();
        let card = mend_card(&Fault::bad_input(&name, format!("{name}: {error}")), declaration, &args);
        self.answer(number, request, card, Show::Private).await
    }

    fn at_once(&self, request: &Request) -> usize {
        self.platforms.get(&request.place.platform).map_or(usize::MAX, |front| front.forms.at_once())
    }

    async fn press(&self, number: u64, request: &Request, token: &Token, choice: Option<&str>) -> Result<(), Fault> {
        let Some(record) = tokens::get(&self.store, token)? else { return Err(expired("button")) };
        tokens::check(&record, &request.actor, &self.standing.people())?;
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
        let (confirmed, ask, shown) = (record.press.confirmed, record.press.ask, record.press.shown.clone());
        self.proceed(number, request, Wish { declaration, args, pressed: Some(pressed), confirmed, ask, shown }).await
    }

    /// Allowed? Complete? Readable? To be confirmed? Then it is a call.
    async fn proceed(&self, number: u64, request: &Request, wish: Wish<'_>) -> Result<(), Fault> {
        let Wish { declaration, args, pressed, confirmed, ask, shown } = wish;
        let (access, groups) = self.standing.of(&request.actor).await;
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
            let mut press = Press { ask, shown, ..Press::new(declaration.spec.name, args.clone()) };
            let mut subject = None;
            if let Some(pressed) = pressed {
                press.done = pressed.done;
                subject = pressed.subject;
            }
            let form = Form::of(declaration, &args, Token::new()).step(&press.shown, self.at_once(request), ask);
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
            .await?;
        if let Some(front) = self.platforms.get(&request.place.platform) {
            front.forms.taken(request).await;
        }
        Ok(())
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
        mut form: Form,
    ) -> Result<(), Fault> {
        let (minter, token, kept) = (self.minter.clone(), form.token.clone(), press.clone());
        let at_once = self.at_once(request);
        // Only a form that comes in steps has to remember what it showed.
        let steps = at_once != usize::MAX;
        let shown = form.fields.iter().filter(|_| steps).map(|field| field.name.clone()).collect();
        let asked = Asked { place: request.place.clone(), reply: request.reply.clone(), shown };
        if at_once == 1 {
            self.suggest(request, &press, &mut form).await;
        }
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
                let card = unfinished(&form, declaration, press);
                self.answer(number, request, card, Show::Private).await
            }
        }
    }

    /// The likeliest values of the questions that are asked one by one.
    async fn suggest(&self, request: &Request, press: &Press, form: &mut Form) {
        let given = press.args.iter().map(|(name, value)| (name.clone(), written(value))).collect();
        for field in form.fields.iter_mut().filter(|field| field.completes) {
            let (operation, param, actor, place) = (&press.operation, &field.name, &request.actor, &request.place);
            let typing = Typing { operation, param, begun: "", given: &given, actor, place };
            field.suggestions = self.offer.values(typing).await;
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

/// The card of a form that is not open: what is still to be filled in, and what can be done without.
fn unfinished(form: &Form, declaration: &Declaration, press: Press) -> Card {
    let needed = form.fields.iter().any(|field| field.required && field.value.is_none());
    let begun = !press.shown.is_empty();
    let press = Press { ask: true, ..press };
    if needed || !begun {
        return Card::new(Tone::Neutral, format!("{} needs a little more.", form.title))
            .text(declaration.summary.clone())
            .action(Action::run("fill-in", "Fill in", press).style(Style::Primary));
    }
    let rest: Vec<&str> = form.fields.iter().map(|field| field.label.as_str()).collect();
    let run = Press::new(&press.operation, press.args.clone());
    Card::new(Tone::Neutral, format!("{}: ready.", form.title))
        .text(format!("You can still give: {}.", rest.join(", ")))
        .action(Action::run("run", &form.submit, run.once("")).style(Style::Primary))
        .action(Action::run("fill-in", "Fill in the rest", press))
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
