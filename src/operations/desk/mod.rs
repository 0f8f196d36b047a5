//! The desk: what people ask for in chat becomes a call, a form, a confirmation or an answer.
//!
//! It takes requests off the inbox. A request leaves the inbox only in the transaction that puts its consequence on
//! disk, so that none is lost; it never talks to a vendor, except to open a form, to preview what destroys and to ask which
//! further fields there are.

mod answers;
mod forms;
mod messages;
mod sheets;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::SignedDuration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::about::About;
use super::filling::read_options;
use super::further::{Sheet, without};
use super::grammar::is_given;
use super::reader;
use super::{
    Caller, Declaration, Form, Forms, Offer, Parsed, Registry, Standing, confirm, help, ledger, parse, parse_without,
};
use crate::delivery::tables::Requests;
use crate::delivery::{Content, Minter, Origin, PlaceWatch as _, Reach, outbox, tokens};
use crate::model::{
    Actor, Ask, Call, CallId, CallState, Card, Clock, Effect, Fault, FaultKind, Object, PlaceNews, PlatformId, Press,
    Pressed, Quote, Request, Role, Show, Token,
};
use crate::routing::Router;
use crate::store::{Store, Tx};
use answers::{destination, expired, mend_card, wrong_card};
pub(super) use answers::{fault_card, mending};
use messages::ready;
pub(super) use messages::{carrying, whole};

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
    /// Whether a form is wanted although nothing is missing.
    ask: bool,
    /// What earlier steps of a form showed.
    shown: Vec<String>,
    /// What is to be given anew, because it was wrong.
    mend: Vec<String>,
    /// What other ways there are to the same, of which one is to be gone.
    group: Option<Token>,
    /// The message that it makes something of.
    quote: Option<Box<Quote>>,
}

impl<'a> Wish<'a> {
    /// The plain wish for an operation with these arguments.
    fn new(declaration: &'a Declaration, args: Object) -> Self {
        let (shown, mend) = (Vec::new(), Vec::new());
        let (pressed, group, quote) = (None, None, None);
        Self { declaration, args, pressed, confirmed: false, ask: false, shown, mend, group, quote }
    }

    /// The wish that a form was opened for, with what was filled in.
    fn again(declaration: &'a Declaration, press: Press) -> Self {
        let Press { args, ask, shown, mend, group, quote, .. } = press;
        Self { ask, shown, mend, group, quote, ..Self::new(declaration, args) }
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
        match &request.ask {
            Ask::Line { text } => self.line(number, request, text).await,
            Ask::Operation { name, values } => {
                let declaration = self.declaration(name)?;
                match read_options(declaration, values) {
                    Ok(args) => {
                        let about = About::of(&self.store, request)?;
                        let wish = self.used_on(said(declaration, args, about.as_ref())?, request).await;
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

    /// A line of the text grammar.
    async fn line(&self, number: u64, request: &Request, text: &str) -> Result<(), Fault> {
        let root = self.platforms.get(&request.place.platform).map_or("/qd", |front| front.root.as_str());
        let about = About::of(&self.store, request)?;
        let mut parsed = parse(text, &self.registry, root);
        // Below a card, `comment Looks good` need not say on what; what reads as it stands is taken as it stands.
        if let Some(about) = &about
            && about.is_left_out(&parsed)
            && let Ok(again) = parse_without(text, &self.registry, root, &|declaration| about.known(declaration))
            && !about.is_left_out(&Ok(again.clone()))
        {
            parsed = Ok(again);
        }
        match parsed? {
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
                let wish = self.used_on(said(&operation, args, about.as_ref())?, request).await;
                self.proceed(number, request, wish).await
            }
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
                    PlaceNews::Lost(why) => router.lost(tx, &place, Reach::Channel, why),
                    PlaceNews::Found => router.found(tx, &place, Reach::Channel),
                }
            })
            .await
    }

    async fn press(&self, number: u64, request: &Request, token: &Token, choice: Option<&str>) -> Result<(), Fault> {
        let Some(record) = tokens::get(&self.store, token)? else { return Err(expired("button")) };
        tokens::check(&record, &request.actor, &self.standing.people())?;
        if let Some(group) = &record.press.group
            && let Some(other) = tokens::get(&self.store, group)?
        {
            tokens::check(&other, &request.actor, &self.standing.people())?;
        }
        let declaration = self.declaration(&record.press.operation)?;
        let mut args = record.press.args.clone();
        if let (Some(into), Some(choice)) = (&record.into, choice) {
            // A choice is one value, also where several can be given.
            let value = declaration.param(into).filter(|param| !reader::is_many(param));
            let value =
                value.map_or_else(|| vec![choice].into(), |param| reader::read(param, choice).unwrap_or(choice.into()));
            args.insert(into.clone(), value);
        }
        let pressed = Pressed {
            token: token.clone(),
            once: record.press.once,
            subject: record.subject.clone(),
            done: record.press.done.clone(),
            deed: record.press.deed(),
            replace: record.press.confirmed || declaration.spec.name == confirm::CANCEL,
            typed: false,
        };
        let Press { confirmed, ask, shown, mend, group, quote, .. } = record.press;
        let pressed = Some(pressed);
        let wish = Wish { declaration, args, pressed, confirmed, ask, shown, mend, group, quote };
        self.proceed(number, request, wish).await
    }

    /// Allowed? Complete? Readable? To be confirmed? Then it is a call.
    async fn proceed(&self, number: u64, request: &Request, wish: Wish<'_>) -> Result<(), Fault> {
        let declaration = wish.declaration;
        let role = self.role(request, declaration).await?;
        if let Some(label) = declaration.spec.from_message.filter(|_| wish.quote.is_none()) {
            return Err(self.on_a_message(request, declaration, label));
        }
        // With a value that is to be given anew, nobody can tell yet what else there is.
        let known = |name: &String| declaration.spec.more != Some(name) && declaration.param(name).is_some();
        let sheet = if wish.ask && wish.mend.iter().any(known) {
            Ok(Sheet::plain(declaration))
        } else {
            self.sheet(request, declaration, &wish.args, role).await
        };
        let sheet = match sheet {
            Ok(sheet) => sheet,
            Err(fault) => return self.untold(number, request, wish, &fault).await,
        };
        let Wish { args, pressed, confirmed, ask, shown, mend, group, quote, .. } = wish;
        let (open, wrong) = sheet.open(&args);
        if !wrong.is_empty() {
            let names: Vec<String> = wrong.iter().map(|(name, _)| name.clone()).collect();
            // By their own names, whatever they were called: what was wrong is gone, and asked for anew.
            let card = wrong_card(&wrong, mending(declaration, &without(&sheet.close(open), &names), names));
            let card = carrying(card, declaration.spec.name, quote.as_deref());
            return self.answer(number, request, card, Show::Private).await;
        }
        let args = sheet.close(open.clone());
        let missing = sheet.lacks(&open);
        if ask || missing {
            // Question by question, what is known already is not asked for: it is shown as a whole.
            let first = quote.is_some() && !missing && shown.is_empty() && mend.is_empty();
            let press = Press {
                ask,
                shown,
                mend,
                group,
                quote: quote.clone(),
                ..Press::new(declaration.spec.name, args.clone())
            };
            let press = sheet.mending(press, &open);
            let at_once = self.at_once(request, declaration);
            if first && at_once == 1 {
                let form = Form::of(&sheet.declaration, &open, Token::new());
                let card = ready(&form, declaration, press, &request.actor);
                return self.answer(number, request, card, Show::Private).await;
            }
            let form = sheet.step(&press, &open, at_once);
            // What is asked for in steps may have nothing left to ask for.
            if missing || !form.fields.is_empty() {
                let (done, subject) = pressed.map(|pressed| (pressed.done, pressed.subject)).unwrap_or_default();
                return self.show_form(number, request, declaration, Press { done, ..press }, subject, form).await;
            }
        }
        if let Err(fault) = declaration.run.check(&args) {
            let card = carrying(mend_card(&fault, declaration, &args), declaration.spec.name, quote.as_deref());
            return self.answer(number, request, card, Show::Private).await;
        }
        if declaration.spec.effect == Effect::Destroy && !confirmed {
            let by = Caller { quote: quote.clone(), ..self.caller(CallId::new(), request, role)? };
            let preview = declaration.run.preview(&args, &by).await?;
            let card = confirm::card(declaration, &args, preview, &request.actor)?;
            let card = carrying(card, declaration.spec.name, quote.as_deref());
            return self.answer(number, request, card, Show::Private).await;
        }
        self.accept(number, request, Wish { pressed, quote, ..Wish::new(declaration, args) }, role).await
    }

    /// The role in which somebody may do this here.
    ///
    /// # Errors
    /// `Denied`; or `Unavailable`, where it could not be found out.
    async fn role(&self, request: &Request, declaration: &Declaration) -> Result<Role, Fault> {
        let (access, groups) = self.standing.of(&request.actor).await;
        let check = |groups: &[String]| access.check(declaration, &request.actor, groups, Some(&request.place));
        match &groups {
            Ok(groups) => check(groups),
            Err(some) => check(some).map_err(|_| {
                let platform = &request.place.platform;
                Fault::unavailable(format!(
                    "{platform} cannot say which groups you are in just now. Try again in a minute."
                ))
            }),
        }
    }

    async fn accept(&self, number: u64, request: &Request, wish: Wish<'_>, role: Role) -> Result<(), Fault> {
        let Wish { declaration, args, pressed, quote, .. } = wish;
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
            quote,
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
        let called = || self.registry.on_messages().find(|(label, _)| *label == name).map(|(_, operation)| operation);
        self.registry.get(name).or_else(called).map(Arc::as_ref).ok_or_else(|| {
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
            quote: None,
        })
    }
}

/// The wish of who typed it: what it is about need not be said where the place says it, and what a button of the card
/// would do is done as if by that button.
///
/// # Errors
/// `Conflict`: the card says who did it already.
fn said<'a>(declaration: &'a Declaration, mut args: Object, about: Option<&About>) -> Result<Wish<'a>, Fault> {
    let Some(about) = about else { return Ok(Wish::new(declaration, args)) };
    about.fill(declaration, &mut args);
    let missing = declaration.params.iter().any(|param| param.required && !is_given(&args, &param.name));
    match about.decided(declaration).filter(|_| missing) {
        Some(decided) => Err(decided),
        None => Ok(Wish { pressed: about.button(declaration, &args), ..Wish::new(declaration, args) }),
    }
}

/// How long a vendor may take for one call before nobody knows what became of it.
pub(super) const CALL_TIMEOUT: SignedDuration = SignedDuration::from_secs(60);
