//! What the desk says: the cards of refusals, of forms that are not open, and of what is to be corrected.

use super::super::further::without;
use super::super::grammar::is_given;
use super::super::{Declaration, Form, rich};
use crate::delivery::Destination;
use crate::model::{Action, Actor, Card, Fault, FaultKind, Object, Press, Request, Show, Style, Token, Tone};

/// So many fields are named that can still be given.
const NAMED: usize = 10;

/// Where a request is answered.
pub(super) fn destination(request: &Request, show: Show) -> Destination {
    let user = match &request.actor {
        Actor::User { id, .. } => id.clone(),
        Actor::ApiKey { name } | Actor::Rule { name } => name.clone(),
    };
    Destination::Answer { handle: request.reply.clone(), place: request.place.clone(), user, show, replace: false }
}

/// What is wrong with a form's arguments, at the field it is about; where it is about none, at the first.
pub(super) fn remarks(fault: Fault, declaration: &Declaration) -> Vec<(String, String)> {
    let named = match &fault.kind {
        FaultKind::BadInput { field } => field.as_deref(),
        _ => None,
    };
    let first = declaration.shown().next();
    let param = named.and_then(|name| declaration.param(name)).or(first);
    let name = param.map(|param| param.name.clone()).unwrap_or_default();
    // The form shows it below the field, which need not be named once more.
    let called = param.map(super::super::Param::called).unwrap_or_default();
    let text = [format!("{name}: "), format!("`{name}`: "), format!("{called}: "), format!("`{called}`: ")]
        .iter()
        .find_map(|named| fault.outside.strip_prefix(named))
        .map(str::to_owned);
    vec![(name, text.unwrap_or(fault.outside))]
}

pub(super) fn expired(what: &str) -> Fault {
    Fault::not_found(format!("This {what} has expired. Ask again, or use the newest card."))
}

/// The card of a failure.
#[must_use]
pub(in super::super) fn fault_card(fault: &Fault) -> Card {
    // The first line says what happened; what to do about it follows below.
    let (title, rest) = fault.outside.split_once('\n').unwrap_or((&fault.outside, ""));
    let card = Card::new(fault.policy().tone, title.replace('`', ""));
    if rest.trim().is_empty() { card } else { card.text(rich(rest.trim())) }
}

/// The card of a form that is not open: what was wrong with it, what is still to be filled in, or what can be done
/// without.
pub(super) fn unfinished(form: &Form, declaration: &Declaration, press: Press) -> Card {
    let wrong: Vec<(String, String)> =
        form.fields.iter().filter_map(|field| Some((field.name.clone(), field.error.clone()?))).collect();
    if !wrong.is_empty() {
        return wrong_card(&wrong, Press { ask: true, ..press });
    }
    let needed = form.fields.iter().any(|field| field.required && field.value.is_none());
    if needed || press.shown.is_empty() || !press.mend.is_empty() {
        // What is missing is asked for anyway; where nothing is, it is asked for because the person wants it.
        let press = Press { ask: press.ask || !needed, ..press };
        return Card::new(Tone::Neutral, format!("{} needs a little more.", form.title))
            .text(declaration.summary.clone())
            .action(Action::run("fill-in", "Fill in", press).style(Style::Primary));
    }
    // Both do it, and it is to be done once.
    let press = Press { group: Some(press.group.unwrap_or_else(Token::new)), ..press };
    let run = Press {
        group: press.group.clone(),
        who: press.who.clone(),
        ..Press::new(&press.operation, press.args.clone())
    };
    Card::new(Tone::Neutral, format!("{}: ready.", form.title))
        .text(format!("You can still give: {}.", rest(form)))
        .action(Action::run("run", &form.submit, run.once("")).style(Style::Primary))
        .action(Action::run("fill-in", "Fill in the rest", Press { ask: true, ..press }))
}

/// What a form would still ask for.
fn rest(form: &Form) -> String {
    let mut rest: Vec<&str> = form.fields.iter().take(NAMED).map(|field| field.label.as_str()).collect();
    let unnamed = form.fields.len() - rest.len();
    let more = format!("{unnamed} more");
    if unnamed > 0 {
        rest.push(&more);
    }
    rest.join(", ")
}

/// The card of wrong arguments, with a way to mend them.
pub(super) fn mend_card(fault: &Fault, declaration: &Declaration, args: &Object) -> Card {
    let known = |field: &&String| declaration.param(field).is_some() || declaration.is_further(field);
    let field = match &fault.kind {
        FaultKind::BadInput { field: Some(field) } => Some(field).filter(known),
        _ => None,
    };
    let wrong: Vec<String> = field.cloned().into_iter().collect();
    let args = without(args, &wrong);
    fault_card(fault).action(Action::run("mend", "Correct it in a form", mending(declaration, &args, wrong)))
}

/// The card of several wrong values, by the parameter's name. `press` asks for them again.
pub(super) fn wrong_card(wrong: &[(String, String)], press: Press) -> Card {
    let mut texts = wrong.iter().map(|(_, error)| error.as_str());
    let fault = Fault::bad_input("", texts.next().unwrap_or_default());
    let card = texts.fold(fault_card(&fault), |card, error| card.text(rich(error)));
    card.action(Action::run("mend", "Correct it in a form", press))
}

/// Asks for what is wrong once more, and for nothing else where a form comes in steps. Where nobody says which value is to
/// blame, each that was given is asked for once more: with nothing to change, the same would only fail again.
pub(in super::super) fn mending(declaration: &Declaration, args: &Object, wrong: Vec<String>) -> Press {
    let mut args = args.clone();
    // A button of an earlier version may know a field that there is no more.
    args.retain(|name, _| declaration.param(name).is_some());
    let stays = |name: &String| !wrong.contains(name);
    let needed = |name: &str| declaration.param(name).is_some_and(|param| param.required && !args.contains_key(name));
    let others = declaration.shown().map(|param| param.name.clone());
    if wrong.is_empty() {
        let mend = others.filter(|name| is_given(&args, name)).collect();
        return Press { ask: true, mend, ..Press::new(declaration.spec.name, args) };
    }
    let shown = others.filter(|name| stays(name) && !needed(name)).collect();
    Press { ask: true, shown, mend: wrong, ..Press::new(declaration.spec.name, args) }
}
