//! Button tokens: minted when a card is staged, looked up when one is pressed. They survive restarts.

use jiff::{SignedDuration, Timestamp};

use super::tables::{Asked, TokenRecord, Tokens, Used};
use crate::model::{Action, ActionKind, Actor, Card, Clock, Fault, People, Press, SubjectKey, Token, Who};
use crate::store::{Store, Tx};

/// Mints tokens for the buttons of cards. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Minter {
    clock: Clock,
    keep: SignedDuration,
}

impl Minter {
    /// A minter whose tokens work for `keep`.
    #[must_use]
    pub fn new(clock: &Clock, keep: SignedDuration) -> Self {
        Self { clock: clock.clone(), keep }
    }

    /// Gives every button and menu of the card a token. One that `before` had already, doing the same, keeps its
    /// token, so that the number of tokens does not grow with the number of edits.
    ///
    /// # Errors
    /// The store failed.
    pub fn mint(&self, tx: &mut Tx<'_>, card: &mut Card, before: Option<&Card>) -> Result<(), Fault> {
        let until = self.until();
        let subject = card.key.clone();
        for action in &mut card.actions {
            let Some((press, into)) = pressing(&action.kind) else { continue };
            if action.token.is_some() {
                continue;
            }
            let kept = before
                .and_then(|card| card.actions.iter().find(|old| old.id == action.id && old.kind == action.kind))
                .and_then(|old| old.token.clone());
            let record = TokenRecord {
                press: press.clone(),
                into: into.cloned(),
                subject: subject.clone(),
                asked: None,
                label: action.label.clone(),
                used: None,
                until,
            };
            let token = match kept {
                Some(token) if tx.get::<Tokens>(&token)?.is_some() => token,
                _ => Token::new(),
            };
            let half = SignedDuration::from_nanos_i128(self.keep.as_nanos() / 2);
            match tx.get::<Tokens>(&token)? {
                None => tx.put_until::<Tokens>(&token, &record, until)?,
                // A card that goes on being edited keeps its buttons alive; not every edit has to write that down.
                Some(old) if until.duration_since(old.until) > half => {
                    tx.put_until::<Tokens>(&token, &TokenRecord { until, ..old }, until)?;
                }
                Some(_) => {}
            }
            action.token = Some(token);
        }
        Ok(())
    }

    /// A token for a form: sending it runs `press` with what was filled in.
    ///
    /// # Errors
    /// The store failed.
    pub fn mint_form(
        &self,
        tx: &mut Tx<'_>,
        token: &Token,
        press: Press,
        subject: Option<SubjectKey>,
        asked: Asked,
    ) -> Result<(), Fault> {
        let until = self.until();
        let record =
            TokenRecord { press, into: None, subject, asked: Some(asked), label: String::new(), used: None, until };
        tx.put_until::<Tokens>(token, &record, until)
    }

    /// The time now.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Until when what is minted now works; the cards that bear it are kept as long.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.clock.now().checked_add(self.keep).unwrap_or(Timestamp::MAX)
    }
}

/// What a token does; `None` when there is no such token (any more).
///
/// # Errors
/// The store failed.
pub fn get(store: &Store, token: &Token) -> Result<Option<TokenRecord>, Fault> {
    store.get::<Tokens>(token)
}

/// Whether `actor` may use it now; what the operation itself demands is another question.
///
/// # Errors
/// `Conflict` when it was used before, `Denied` when it is another person's.
pub fn check(record: &TokenRecord, actor: &Actor, people: &People) -> Result<(), Fault> {
    if let Some(used) = &record.used {
        return Err(Fault::conflict(used_text(record, used)));
    }
    match &record.press.who {
        Who::Anyone => Ok(()),
        Who::Only(handle) if people.same(handle, &actor.handle()) => Ok(()),
        Who::Only(_) => Err(Fault::denied("This button is for the person who asked.")),
    }
}

/// Marks a token as used by `actor`.
///
/// # Errors
/// `Conflict`, naming who did and when, if it was used before.
pub fn take(tx: &mut Tx<'_>, token: &Token, actor: &Actor, at: Timestamp) -> Result<(), Fault> {
    let Some(mut record) = tx.get::<Tokens>(token)? else { return Ok(()) };
    if let Some(used) = &record.used {
        return Err(Fault::conflict(used_text(&record, used)));
    }
    if let Some(group) = &record.press.group {
        if let Some(used) = tx.get::<Tokens>(group)?.and_then(|other| other.used) {
            return Err(Fault::conflict(used_text(&record, &used)));
        }
        let used = Some(Used { handle: actor.handle(), name: actor.name().to_owned(), at, settled: false });
        tx.put_until::<Tokens>(group, &TokenRecord { used, ..record.clone() }, record.until)?;
    }
    record.used = Some(Used { handle: actor.handle(), name: actor.name().to_owned(), at, settled: false });
    tx.put_until::<Tokens>(token, &record, record.until)
}

/// Notes that what a used token ran was done.
///
/// # Errors
/// The store failed.
pub fn settle(tx: &mut Tx<'_>, token: &Token) -> Result<(), Fault> {
    let Some(mut record) = tx.get::<Tokens>(token)? else { return Ok(()) };
    let Some(used) = &mut record.used else { return Ok(()) };
    used.settled = true;
    tx.put_until::<Tokens>(token, &record, record.until)
}

/// Lets a token work again, because what it ran failed.
///
/// # Errors
/// The store failed.
pub fn give_back(tx: &mut Tx<'_>, token: &Token) -> Result<(), Fault> {
    let Some(mut record) = tx.get::<Tokens>(token)? else { return Ok(()) };
    if let Some(group) = &record.press.group {
        tx.delete::<Tokens>(group);
    }
    record.used = None;
    tx.put_until::<Tokens>(token, &record, record.until)
}

fn used_text(record: &TokenRecord, used: &Used) -> String {
    let (name, at) = (&used.name, used.at.strftime("%H:%M"));
    match record.press.done.as_str() {
        _ if !used.settled => format!("{name} pressed this at {at} UTC; it is under way."),
        "" => format!("Done already, by {name} at {at} UTC."),
        what => format!("{what} already, by {name} at {at} UTC."),
    }
}

fn pressing(kind: &ActionKind) -> Option<(&Press, Option<&String>)> {
    match kind {
        ActionKind::Run(press) => Some((press, None)),
        ActionKind::Select { press, into, .. } => Some((press, Some(into))),
        ActionKind::Open(_) => None,
    }
}

/// Whether the action needs no token or has one.
#[must_use]
pub fn is_minted(action: &Action) -> bool {
    pressing(&action.kind).is_none() || action.token.is_some()
}
