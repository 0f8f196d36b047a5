//! Sheets at the desk: which further fields there are is asked before anything runs, and what cannot be told is said.

use jiff::SignedDuration;

use super::super::further::Sheet;
use super::super::{Declaration, Form};
use super::answers::{fault_card, mend_card};
use super::{Desk, Wish, carrying};
use crate::model::{Action, CallId, Fault, FaultKind, Object, Press, Request, Retry, Role, Show, Token, Who};

/// How long a vendor is waited for. What opens a form is gone sooner (Slack 3 s, Discord 2 s): then a button that opens it
/// takes its place, and what was found out by then is there at once.
const PATIENCE: SignedDuration = SignedDuration::from_secs(15);

impl Desk {
    /// The sheet of an operation with these arguments: with its further fields, once all that is required is known.
    ///
    /// # Errors
    /// The further fields cannot be told. `BadInput` naming the parameter that is to blame.
    pub(super) async fn sheet<'a>(
        &self,
        request: &Request,
        declaration: &'a Declaration,
        args: &Object,
        role: Role,
    ) -> Result<Sheet<'a>, Fault> {
        let missing = declaration.params.iter().any(|param| param.required && !args.contains_key(&param.name));
        if declaration.spec.more.is_none() || missing {
            return Ok(Sheet::plain(declaration));
        }
        declaration.run.check(args)?;
        let by = self.caller(CallId::new(), request, role)?;
        let fields = self.offer.further().of(declaration, args, by, PATIENCE).await?;
        Ok(Sheet::with(declaration, &fields))
    }

    /// Which further fields there are cannot be told: what was given so far is kept by the button that tries once more.
    pub(super) async fn untold(
        &self,
        number: u64,
        request: &Request,
        wish: Wish<'_>,
        fault: &Fault,
    ) -> Result<(), Fault> {
        let Wish { declaration, args, pressed, ask, shown, mend, group, quote, .. } = wish;
        let card = if matches!(fault.kind, FaultKind::BadInput { .. }) {
            mend_card(fault, declaration, &args)
        } else if fault.policy().retry == Retry::Never {
            fault_card(fault)
        } else {
            let done = pressed.map(|pressed| pressed.done).unwrap_or_default();
            let who = Who::Only(request.actor.handle());
            let quote = quote.clone();
            let again = Press { who, done, ask, shown, mend, group, quote, ..Press::new(declaration.spec.name, args) };
            fault_card(fault).action(Action::run("again", "Try again", again))
        };
        let card = carrying(card, declaration.spec.name, quote.as_deref());
        self.answer(number, request, card, Show::Private).await
    }
}

impl Sheet<'_> {
    /// The form, or the next step of it.
    pub(super) fn step(&self, press: &Press, open: &Object, at_once: usize) -> Form {
        let press = Press { args: open.clone(), ..press.clone() };
        Form::of(&self.declaration, open, Token::new()).step(&press, at_once)
    }

    /// What mends: where it is said which value is to blame, no further field is asked for beside it that need not be. Who
    /// put down `press` knew of no further fields.
    pub(super) fn mending(&self, mut press: Press, open: &Object) -> Press {
        let Some(map) = self.declaration.spec.more else { return press };
        let whole = press.mend.iter().any(|name| name == map);
        press.mend.retain(|name| name != map);
        let given = |name: &str| open.contains_key(name);
        let names = || self.further().map(|param| (param.name.clone(), param.required));
        if whole {
            press.mend.extend(names().map(|(name, _)| name).filter(|name| given(name)));
        } else if !press.mend.is_empty() {
            let rest = names().filter(|(name, required)| !press.mend.contains(name) && (given(name) || !required));
            let rest: Vec<String> = rest.map(|(name, _)| name).filter(|name| !press.shown.contains(name)).collect();
            press.shown.extend(rest);
        }
        press
    }
}
