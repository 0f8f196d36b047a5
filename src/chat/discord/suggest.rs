//! What is offered while somebody types, as Discord wants it: at most 25 choices of at most 100 characters, at once.
//! <https://docs.discord.com/developers/interactions/application-commands#autocomplete>

use async_trait::async_trait;
use serde_json::{Value, json};

use super::commands::cut;
use super::hear::Completing;
use crate::model::Choice;
use crate::operations::{FieldKind, Offer, Typing};

/// Choices of one answer.
const MOST: usize = 25;
/// A choice's name, and its value.
const LONGEST: usize = 100;

/// What knows how something might go on: the offer, or a test's own.
#[async_trait]
pub(super) trait Suggest: Send + Sync {
    /// The choices for what is typed, and what kind its parameter is of.
    async fn suggest(&self, typing: &Completing) -> Vec<Choice>;
    /// How the parameter is given, where an operation's is typed.
    fn kind(&self, typing: &Completing) -> Option<FieldKind>;
}

#[async_trait]
impl Suggest for Offer {
    async fn suggest(&self, typing: &Completing) -> Vec<Choice> {
        let Completing { option, begun, given, actor, place, .. } = typing;
        match &typing.operation {
            None => self.lines(begun, actor, place).await,
            Some(operation) => self.values(Typing { operation, param: option, begun, given, actor, place }).await,
        }
    }

    fn kind(&self, typing: &Completing) -> Option<FieldKind> {
        let operation = self.registry().get(typing.operation.as_deref()?)?;
        operation.param(&typing.option).map(|param| param.kind.clone())
    }
}

/// The choices for what is typed, as Discord takes them.
pub(super) async fn choices(offer: &dyn Suggest, typing: &Completing) -> Vec<Value> {
    let Some(kind) = offer.kind(typing) else {
        // A line is completed as a whole: what is shown is what will stand there.
        let lines = offer.suggest(typing).await;
        return lines.iter().filter_map(|line| choice(&line.value, &line.value.as_str().into())).take(MOST).collect();
    };
    // Of several values with commas between, the last is being typed.
    let several = matches!(kind, FieldKind::List | FieldKind::Choices(_));
    let (before, last) = match typing.begun.rsplit_once(',').filter(|_| several) {
        Some((before, last)) => (format!("{}, ", before.trim_end()), last.trim_start().to_owned()),
        None => (String::new(), typing.begun.clone()),
    };
    let found = offer.suggest(&Completing { begun: last, ..typing.clone() }).await;
    let made = found.iter().filter_map(|found| {
        let value = format!("{before}{}", found.value);
        match kind {
            FieldKind::Integer => choice(&found.label, &found.value.parse::<i64>().ok()?.into()),
            _ if before.is_empty() => choice(&found.label, &value.into()),
            _ => choice(&value, &value.as_str().into()),
        }
    });
    made.take(MOST).collect()
}

/// A choice, unless its value is too long: half a value would be a wrong one.
fn choice(name: &str, value: &Value) -> Option<Value> {
    let length = value.as_str().map_or(1, |text| text.chars().count());
    let name = cut(name.trim(), LONGEST);
    ((1..=LONGEST).contains(&length) && !name.is_empty()).then(|| json!({ "name": name, "value": value }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::chat::discord::interactions::Handle;
    use crate::model::{Actor, Place, PlatformId};

    struct Some3(Option<FieldKind>);

    #[async_trait]
    impl Suggest for Some3 {
        async fn suggest(&self, typing: &Completing) -> Vec<Choice> {
            let all = ["1", "2", "bug"].map(|value| Choice { value: value.into(), label: format!("{value}!") });
            let long = Choice { value: "x".repeat(101), label: "too long".into() };
            all.into_iter().chain([long]).filter(|choice| choice.value.contains(&typing.begun)).collect()
        }

        fn kind(&self, _: &Completing) -> Option<FieldKind> {
            self.0.clone()
        }
    }

    fn typing(begun: &str) -> Completing {
        let handle = Handle::parse("1/2/c/t").expect("a handle");
        let platform = PlatformId::new("discord");
        Completing {
            handle,
            operation: Some("github.issue.list".into()),
            option: "labels".into(),
            begun: begun.into(),
            given: BTreeMap::new(),
            actor: Actor::User { platform: platform.clone(), id: "1".into(), name: "Ana".into() },
            place: Place::channel(&platform, "3"),
        }
    }

    #[tokio::test]
    async fn choices_fit_what_discord_takes() {
        let line = choices(&Some3(None), &typing("b")).await;
        assert_eq!(line, [json!({"name": "bug", "value": "bug"})]);
        let list = choices(&Some3(Some(FieldKind::List)), &typing("ui, b")).await;
        assert_eq!(list, [json!({"name": "ui, bug", "value": "ui, bug"})]);
        let numbers = choices(&Some3(Some(FieldKind::Integer)), &typing("")).await;
        assert_eq!(numbers, [json!({"name": "1!", "value": 1}), json!({"name": "2!", "value": 2})]);
    }
}
