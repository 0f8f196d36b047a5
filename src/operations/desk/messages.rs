//! What is made of a message: the operation takes what the message says where nothing else was given, and shows it before
//! anything is done, because people want to correct it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::super::grammar::is_given;
use super::super::prose::humanise;
use super::super::reader::written;
use super::super::{Declaration, Form};
use super::{Desk, Wish};
use crate::model::{
    Action, ActionKind, Actor, Card, Fault, Object, PlatformId, Press, Quote, Request, Style, Text, Token, Tone, Who,
};

/// So many people of a message are called by their names, and so long is waited for that: a form opens in 3 s or not at all.
const MENTIONED: usize = 20;
const PATIENCE: SignedDuration = SignedDuration::from_millis(1_200);
/// So much of a value is shown before it is done, in characters.
const SHOWN: usize = 200;

impl Desk {
    /// The wish as it is for who uses it on a message.
    pub(super) async fn used_on<'a>(&self, mut wish: Wish<'a>, request: &Request) -> Wish<'a> {
        if wish.declaration.spec.from_message.is_none() {
            return wish;
        }
        let quote = match (&request.quote, self.platforms.get(&request.place.platform)) {
            (Some(quote), _) => Some(Quote::clone(quote)),
            (None, Some(front)) => front.forms.quote(request).await,
            (None, None) => None,
        };
        let Some(mut quote) = quote else { return wish };
        self.name_people(&mut quote, &request.place.platform).await;
        for param in &wish.declaration.params {
            let part = param.message.as_deref().and_then(|part| quote.part(part));
            if let Some(part) = part.filter(|_| !is_given(&wish.args, &param.name)) {
                wish.args.insert(param.name.clone(), part.into());
            }
        }
        Wish { quote: Some(Box::new(quote)), ask: true, ..wish }
    }

    /// Calls the author and who is mentioned by their names, where the platform said only who they are and can say more
    /// before a form opens too late.
    async fn name_people(&self, quote: &mut Quote, platform: &PlatformId) {
        let lead = format!("{platform}:");
        let id = |text: &str| text.chars().take_while(char::is_ascii_alphanumeric).collect::<String>();
        let author = quote.author.handle.as_deref().and_then(|handle| handle.strip_prefix(&lead));
        let author = author.filter(|id| *id == quote.author.name).map(str::to_owned);
        let mentioned = quote.text.split(&lead).skip(1).map(id).filter(|id| !id.is_empty());
        let ids: BTreeSet<String> = author.into_iter().chain(mentioned).take(MENTIONED).collect();
        let named = ids.into_iter().map(|id| async {
            let actor = Actor::User { platform: platform.clone(), id: id.clone(), name: id.clone() };
            Some((id, self.standing.name_of(&actor).await?))
        });
        let named = tokio::select! {
            named = futures::future::join_all(named) => named,
            () = self.clock.sleep(PATIENCE) => return,
        };
        // Longer ones first: one id may begin like another.
        let mut named: Vec<(String, String)> = named.into_iter().flatten().collect();
        named.sort_by_key(|(id, _)| Reverse(id.len()));
        for (id, name) in named {
            if quote.author.name == id {
                quote.author.name.clone_from(&name);
            }
            quote.text = quote.text.replace(&format!("{lead}{id}"), &format!("@{name}"));
        }
    }

    /// How an operation that makes something of a message is used where this was asked.
    pub(super) fn on_a_message(&self, request: &Request, declaration: &Declaration, label: &str) -> Fault {
        let front = self.platforms.get(&request.place.platform);
        let typed = front.map_or_else(String::new, |front| format!("{} {}", front.root, declaration.words()));
        let way = front.map_or_else(String::new, |front| front.forms.on_message(label, &typed, declaration.short()));
        Fault::bad_input("message", format!("This makes something of a message.\n{way}"))
    }
}

/// What is about to be made of a message, where it is not shown in a form: to be done as it stands, or to be changed.
pub(super) fn ready(form: &Form, declaration: &Declaration, press: Press, actor: &Actor) -> Card {
    let card = Card::new(Tone::Neutral, format!("{}: ready.", form.title));
    let given = declaration.shown().filter(|param| is_given(&press.args, &param.name));
    let card = given.fold(card, |card, param| {
        let value = press.args.get(&param.name).map(written).unwrap_or_default();
        card.field(humanise(&param.name), Text::new().plain(short(&value)))
    });
    let taken = declaration.params.iter().filter(|param| param.message.is_some());
    let mend = taken.map(|param| param.name.clone()).collect();
    // Both do it, and it is to be done once.
    let shared = Press { who: Who::Only(actor.handle()), group: Some(Token::new()), ..press };
    let run = Press { ask: false, confirmed: true, mend: Vec::new(), ..shared.clone() };
    card.action(Action::run("run", &form.submit, run.once("Done")).style(Style::Primary)).action(Action::run(
        "change",
        "Change it",
        Press { ask: true, mend, ..shared },
    ))
}

fn short(value: &str) -> String {
    if value.chars().count() <= SHOWN {
        return value.to_owned();
    }
    format!("{}…", value.chars().take(SHOWN - 1).collect::<String>().trim_end())
}

/// The card, whose buttons for this operation go on with the message that it was used on.
pub(in super::super) fn carrying(mut card: Card, operation: &str, quote: Option<&Quote>) -> Card {
    let Some(quote) = quote else { return card };
    for action in &mut card.actions {
        if let ActionKind::Run(press) = &mut action.kind
            && press.operation == operation
        {
            press.quote = Some(Box::new(quote.clone()));
        }
    }
    card
}

/// A form that is sent back with a value that a platform's field could not hold to the end: who left it as it was means
/// all of it.
pub(in super::super) fn whole(known: &Object, name: &str, sent: &str) -> Option<String> {
    let known = known.get(name)?.as_str()?;
    let kept = sent.trim_end().strip_suffix('…')?.trim_end();
    let dense =
        |text: &str| text.chars().filter(|sign| !sign.is_whitespace() && !sign.is_control()).collect::<String>();
    let (known_dense, kept_dense) = (dense(known), dense(kept));
    (kept.chars().count() > SHOWN && known_dense.starts_with(&kept_dense) && known_dense.len() > kept_dense.len())
        .then(|| known.to_owned())
}
