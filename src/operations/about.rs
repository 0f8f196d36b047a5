//! What a request is about: in reply to a card, or in the thread below it, what the card is about need not be said again.

use super::grammar::is_given;
use super::{Declaration, Parsed};
use crate::delivery::subjects;
use crate::delivery::tables::Subject;
use crate::model::{
    Action, ActionKind, Fault, FaultKind, MessageRef, Object, Press, Pressed, Request, SubjectKey, Who,
};
use crate::store::Store;

/// The subject of a request, with its card.
pub(super) struct About {
    key: SubjectKey,
    subject: Option<Subject>,
}

impl About {
    /// What the request is about: the subject of the message that was replied to, or else of the one that its thread is
    /// below (platforms name such a thread by that message).
    ///
    /// # Errors
    /// The store failed.
    pub(super) fn of(store: &Store, request: &Request) -> Result<Option<Self>, Fault> {
        let thread = request.place.thread.as_ref();
        let root = thread.map(|id| MessageRef { place: request.place.without_thread(), id: id.clone() });
        for message in request.message.iter().chain(&root) {
            if let Some(key) = subjects::of_message(store, message)? {
                let subject = subjects::get(store, &key)?;
                return Ok(Some(Self { key, subject }));
            }
        }
        Ok(None)
    }

    /// Whether a line, as it was read, lacks what it is about, or has something else in its place.
    pub(super) fn is_left_out(&self, parsed: &Result<Parsed, Fault>) -> bool {
        match parsed {
            Ok(Parsed::Help { .. }) => false,
            Ok(Parsed::Call { operation, args, .. }) => {
                let known = self.known(operation);
                let mut args = args.clone();
                self.fill(operation, &mut args);
                match operation.run.check(&args) {
                    Err(Fault { kind: FaultKind::BadInput { field: Some(field) }, .. }) => known.contains_key(&field),
                    _ => false,
                }
            }
            Err(_) => true,
        }
    }

    /// Adds to the arguments what was not said and is known here.
    pub(super) fn fill(&self, operation: &Declaration, args: &mut Object) {
        let own = self.own_button(operation);
        // Whoever names another one than the button would take does not mean what the button does.
        let meant =
            own.filter(|press| press.args.iter().all(|(name, value)| !is_given(args, name) || args[name] == *value));
        for (name, value) in
            meant.map(|press| press.args.clone()).unwrap_or_default().into_iter().chain(self.read(operation))
        {
            if !is_given(args, &name) {
                args.insert(name, value);
            }
        }
    }

    /// All that is known here of an operation's arguments.
    pub(super) fn known(&self, operation: &Declaration) -> Object {
        let mut known = Object::new();
        self.fill(operation, &mut known);
        known
    }

    /// That the card says already who did this, where there is nothing left of it to do.
    pub(super) fn decided(&self, operation: &Declaration) -> Option<Fault> {
        let name = operation.spec.name;
        let mut decisions = self.subject.iter().flat_map(|subject| &subject.card.decisions);
        let decided = decisions.rfind(|decision| !decision.over && decision.deed.split(' ').next() == Some(name))?;
        let at = decided.at.strftime("%H:%M");
        Some(Fault::conflict(format!("{} already, by {} at {at} UTC.", decided.what, decided.name)))
    }

    /// The button of the card that does just this, where it works once: then it is as if it had been pressed.
    pub(super) fn button(&self, operation: &Declaration, args: &Object) -> Option<Pressed> {
        let name = operation.spec.name;
        let (token, press) = self.buttons().find_map(|(action, press)| {
            let same = press.operation == name && press.args == *args && press.once && press.who == Who::Anyone;
            Some((action.token.clone()?, press)).filter(|_| same && !press.ask && !press.confirmed)
        })?;
        Some(Pressed {
            token,
            once: true,
            subject: Some(self.key.clone()),
            done: press.done.clone(),
            deed: press.deed(),
            replace: false,
            typed: true,
        })
    }

    fn buttons(&self) -> impl Iterator<Item = (&Action, &Press)> {
        let actions = self.subject.iter().flat_map(|subject| &subject.card.actions);
        actions.filter_map(|action| match &action.kind {
            ActionKind::Run(press) => Some((action, press)),
            ActionKind::Select { .. } | ActionKind::Open(_) => None,
        })
    }

    fn own_button(&self, operation: &Declaration) -> Option<&Press> {
        self.buttons().map(|(_, press)| press).find(|press| press.operation == operation.spec.name)
    }

    /// What can be read off the subject's key.
    fn read(&self, operation: &Declaration) -> Object {
        let key = self.key.as_str();
        let read = operation.params.iter().filter_map(|param| {
            let value = param.subjects.iter().find_map(|pattern| captured(pattern, key))?;
            Some((param.name.clone(), value.into()))
        });
        read.collect()
    }
}

/// What stands at the parentheses of the pattern, where the text is as the pattern says.
fn captured<'a>(pattern: &str, text: &'a str) -> Option<&'a str> {
    let (from, to) = fit(pattern, text, 0, 0, None)?;
    text.get(from..to)
}

/// Fits the pattern to the text from `at` on; `open` is where the parenthesis opened.
fn fit(pattern: &str, text: &str, at: usize, open: usize, taken: Option<(usize, usize)>) -> Option<(usize, usize)> {
    let Some(sign) = pattern.chars().next() else { return taken.filter(|_| at == text.len()) };
    let rest = &pattern[sign.len_utf8()..];
    match sign {
        '(' => fit(rest, text, at, at, taken),
        ')' => fit(rest, text, at, open, Some((open, at))),
        '*' => {
            let (rest, any) = rest.strip_prefix('*').map_or((rest, false), |rest| (rest, true));
            let ends = text[at..].char_indices().take_while(|(_, sign)| any || !matches!(sign, '/' | '#'));
            let mut ends: Vec<usize> = ends.map(|(index, sign)| at + index + sign.len_utf8()).collect();
            ends.reverse();
            ends.into_iter().find_map(|end| fit(rest, text, end, open, taken))
        }
        _ => text[at..].starts_with(sign).then(|| fit(rest, text, at + sign.len_utf8(), open, taken)).flatten(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_off_a_key() {
        for (pattern, key, value) in [
            ("github:(*/*#*)", "github:acme/api#12", Some("acme/api#12")),
            ("github:(*/*#*)", "github:acme/api/run/5", None),
            ("github:(*/*)#*", "github:acme/api#12", Some("acme/api")),
            ("github:(*/*)/release/**", "github:acme/api/release/v1/2#3", Some("acme/api")),
            ("github:*/*/release/(**)", "github:acme/api/release/v1/2", Some("v1/2")),
            ("alert:(**)/*", "alert:/eu/probe/api-slow", Some("/eu/probe")),
            ("alert:**/(*)", "alert:/eu/probe/api-slow", Some("api-slow")),
            ("alert:(**)/*", "task:/x/1", None),
            ("(*)", "", None),
            ("x", "x", None),
        ] {
            assert_eq!(captured(pattern, key), value, "{pattern} {key}");
        }
    }
}
