//! Forms at the desk: opened, sent, step by step where a platform shows only so many fields at a time, and asked again
//! where something was wrong.

use std::collections::BTreeMap;

use super::super::filling::{fill_in, read_options};
use super::super::reader::written;
use super::super::{Declaration, Form, Typing};
use super::answers::{expired, mending, remarks, unfinished, wrong_card};
use super::messages::{carrying, ready};
use super::{Desk, Wish};
use crate::delivery::tables::{Asked, TokenRecord};
use crate::delivery::tokens;
use crate::model::{Fault, Press, Pressed, Request, Show, SubjectKey, Token, Who};

/// A form, or one step of it, as it was sent.
struct Sent<'a> {
    declaration: &'a Declaration,
    record: TokenRecord,
    /// The fields of this step; none where the form shows all.
    shown: Vec<String>,
    values: &'a BTreeMap<String, String>,
}

impl Desk {
    /// A form, or one step of it, was sent.
    pub(super) async fn submit(
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
        let sent = Sent { declaration, record, shown, values };
        let (args, errors) = fill_in(declaration, values, &sent.record.press.args, &sent.shown);
        if !errors.is_empty() {
            return self.ask_again(number, request, sent, args, &errors).await;
        }
        if !sent.shown.is_empty() {
            let mut press = Press { args: args.clone(), ..sent.record.press.clone() };
            press.mend.retain(|name| !sent.shown.contains(name));
            press.shown.extend(sent.shown.iter().filter(|name| !sent.record.press.shown.contains(name)).cloned());
            let next = Form::of(declaration, &args, Token::new()).step(&press, self.at_once(request));
            let missing = next.fields.iter().any(|field| field.required && field.value.is_none());
            if !next.fields.is_empty() && (missing || !last) {
                return self.show_form(number, request, declaration, press, sent.record.subject, next).await;
            }
        }
        // What cannot be read is shown in the form, not as an answer that takes the person out of it.
        if let Err(fault) = declaration.run.check(&args) {
            let errors = remarks(fault, declaration);
            return self.ask_again(number, request, sent, args, &errors).await;
        }
        let mut record = sent.record;
        let quote = record.press.quote.take();
        // One of several ways to do the same works once.
        let once = record.press.group.is_some();
        let pressed = (once || record.subject.is_some()).then(|| Pressed {
            token: token.clone(),
            once,
            subject: record.subject,
            done: record.press.done.clone(),
            deed: record.press.deed(),
            replace: false,
            typed: false,
        });
        self.proceed(number, request, Wish { pressed, quote, ..Wish::new(declaration, args) }).await
    }

    /// Shows the same step of a form again, with what was wrong with it; `args` is all that can be read.
    async fn ask_again(
        &self,
        number: u64,
        request: &Request,
        sent: Sent<'_>,
        args: crate::model::Object,
        errors: &[(String, String)],
    ) -> Result<(), Fault> {
        let Sent { declaration, record, shown, values } = sent;
        let wrong = |name: &str| errors.iter().any(|(wrong, _)| wrong == name);
        let (mut press, mut known) = (record.press, args);
        let mut form = if shown.is_empty() {
            Form::of(declaration, &press.args, Token::new())
        } else {
            let form = Form::of(declaration, &known, Token::new());
            // The others of this step are known now; only what was wrong has to be given anew.
            known.retain(|name, _| !wrong(name));
            press.mend = errors.iter().map(|(name, _)| name.clone()).collect();
            press.shown.retain(|name| !wrong(name));
            press.args = known;
            form
        }
        .again(values, &shown, errors);
        if !shown.is_empty() {
            // What was wrong may have been asked for in an earlier step.
            form.fields.retain(|field| shown.contains(&field.name) || wrong(&field.name));
            form.fields.sort_by_key(|field| !wrong(&field.name));
        }
        form.fields.truncate(self.at_once(request));
        self.show_form(number, request, declaration, press, record.subject, form).await
    }

    /// Options of a native command that cannot be read: what is wrong, and a way to mend it.
    pub(super) async fn mend_options(
        &self,
        number: u64,
        request: &Request,
        declaration: &Declaration,
        values: &BTreeMap<String, String>,
        errors: &[(String, String)],
    ) -> Result<(), Fault> {
        let wrong = |name: &str| errors.iter().any(|(wrong, _)| wrong == name);
        let good = values.iter().filter(|(name, _)| !wrong(name)).map(|(name, value)| (name.clone(), value.clone()));
        let args = read_options(declaration, &good.collect()).unwrap_or_default();
        let names = errors.iter().map(|(name, _)| name.clone()).filter(|name| declaration.param(name).is_some());
        let card = wrong_card(errors, mending(declaration, &args, names.collect()));
        self.answer(number, request, card, Show::Private).await
    }

    /// How many fields a form shows at a time where this was asked.
    pub(super) fn at_once(&self, request: &Request) -> usize {
        self.platforms.get(&request.place.platform).map_or(usize::MAX, |front| front.forms.at_once())
    }

    /// Opens a form. The request stays in the inbox until it is open; where it cannot be opened any more (a restart, a
    /// slow moment), a button that opens it takes its place.
    pub(super) async fn show_form(
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
                        tx.delete::<crate::delivery::tables::Requests>(&number);
                        Ok(())
                    })
                    .await
            }
            Err(fault) => {
                tracing::info!(operation = declaration.spec.name, %fault, "a form did not open; a button is offered");
                // It goes on with what this person asked for, wherever the card has to stand.
                let press = Press { who: Who::Only(request.actor.handle()), ..press };
                let first = press.quote.is_some() && press.shown.is_empty() && press.mend.is_empty();
                let open =
                    form.fields.iter().any(|field| field.error.is_some() || field.required && field.value.is_none());
                let quote = press.quote.clone();
                let card = if first && !open {
                    ready(&form, declaration, press, &request.actor)
                } else {
                    unfinished(&form, declaration, press)
                };
                let card = carrying(card, declaration.spec.name, quote.as_deref());
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
}
