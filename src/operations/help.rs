//! Help as cards: short enough for a phone, and only what the asker may do.

use super::names::{Topic, topic};
use super::nearest::nearest;
use super::usage::{example, option_name, single, typed, usage};
use super::{Declaration, FieldKind, Param, Registry};
use crate::model::{Block, Card, Effect, Text, Tone};

/// The help about `about`, which is empty for the overview. `allowed` says what the asker may do; `root` is how the root
/// is typed, such as `/qd`.
pub fn help(registry: &Registry, about: &str, allowed: &dyn Fn(&Declaration) -> bool, root: &str) -> Card {
    match topic(registry, about) {
        Some(Topic::All) => overview(registry, allowed, root),
        Some(Topic::Service(service)) => {
            list(service, &registry.of_service(service).map(|one| &**one).collect::<Vec<_>>(), allowed, root)
        }
        Some(Topic::Noun(operations)) => {
            let operations: Vec<&Declaration> = operations.into_iter().map(|one| &**one).collect();
            list(&about.trim().to_lowercase().replace('.', " "), &operations, allowed, root)
        }
        Some(Topic::Operation(operation)) => one(operation, allowed(operation), root),
        None => nothing(registry, about, root),
    }
}

fn overview(registry: &Registry, allowed: &dyn Fn(&Declaration) -> bool, root: &str) -> Card {
    let mut card = Card::new(Tone::Neutral, "What I can do");
    for service in registry.services() {
        let mut nouns: Vec<(&str, Vec<&str>)> = Vec::new();
        for operation in registry.of_service(service).filter(|operation| allowed(operation)) {
            let (_, noun, verb) = operation.parts();
            match nouns.iter_mut().find(|(known, _)| *known == noun) {
                Some((_, verbs)) => verbs.push(verb),
                None => nouns.push((noun, vec![verb])),
            }
        }
        if nouns.is_empty() {
            continue;
        }
        let items =
            nouns.into_iter().map(|(noun, verbs)| Text::new().bold(noun).plain(format!(": {}", verbs.join(", "))));
        card = card.text(Text::new().code(typed(root, service)));
        card = card.block(Block::List { ordered: false, items: items.collect() });
    }
    if card.body.is_empty() {
        card = card.text("Nothing here is open to you. An admin can grant you a role under [[access.members]].");
    }
    card.footer(
        Text::new()
            .plain("More: ")
            .code(typed(root, "help <name>"))
            .plain(". What is missing in a command I ask for in a form.")
            .plain(withheld(registry.shown().filter(|operation| !allowed(operation)).count())),
    )
}

/// How many operations the asker does not see.
fn withheld(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => " 1 more needs another role.".to_owned(),
        count => format!(" {count} more need another role."),
    }
}

fn list(title: &str, operations: &[&Declaration], allowed: &dyn Fn(&Declaration) -> bool, root: &str) -> Card {
    let items: Vec<Text> = operations
        .iter()
        .filter(|operation| allowed(operation))
        .map(|operation| {
            let text = Text::new().code(operation.words()).plain(format!(": {}", operation.summary));
            match operation.spec.aliases {
                [] => text,
                aliases => text.plain(format!(" Also: {}.", aliases.join(", "))),
            }
        })
        .collect();
    let hidden = operations.len() - items.len();
    let card = Card::new(Tone::Neutral, title);
    let card = if items.is_empty() {
        card.text("Nothing of this is open to you here.")
    } else {
        card.block(Block::List { ordered: false, items })
    };
    card.footer(Text::new().plain("More: ").code(typed(root, "help <name>")).plain(".").plain(withheld(hidden)))
}

fn one(operation: &Declaration, allowed: bool, root: &str) -> Card {
    let mut card = Card::new(Tone::Neutral, operation.words()).text(rich(&operation.summary));
    for paragraph in operation.detail.split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
        card = card.text(rich(paragraph));
    }
    card = card.block(Block::Code(usage(operation, root)));
    if operation.shown().next().is_some() {
        let items = operation.shown().map(|param| about(operation, param)).collect();
        card = card.block(Block::List { ordered: false, items });
    }
    let shown = example(operation, root);
    if shown != usage(operation, root) {
        card = card.text(Text::new().plain("For example: ").code(shown));
    }
    card = card.field("Effect", effect(operation.spec.effect)).field("Role", operation.role().to_string());
    if let Some(label) = operation.spec.from_message {
        card = card.field("On a message", label);
    }
    if !operation.spec.aliases.is_empty() {
        card = card.field("Also", operation.spec.aliases.join(", "));
    }
    if allowed {
        card
    } else {
        card.footer(format!("You may not do this here: it needs the role {}.", operation.role()))
    }
}

/// What an effect means, in a few words.
pub(super) const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Read => "reads",
        Effect::Change => "changes",
        Effect::Destroy => "destroys; asks first",
    }
}

/// One parameter: how it is given, what it is, what it may be.
fn about(operation: &Declaration, param: &Param) -> Text {
    let further = operation.spec.more == Some(&*param.name);
    let name = if further { single(&param.name) } else { option_name(&param.name) };
    let positional = operation.spec.positional.contains(&param.name.as_str());
    let yes = param.kind == FieldKind::Flag && param.default == Some(true.into());
    let text = Text::new().code(match (positional, yes) {
        (true, _) => name,
        (false, true) => format!("--no-{name}"),
        (false, false) => format!("--{name}"),
    });
    let text = text.plain(if param.required { " (needed): " } else { ": " });
    let mut text = Text(text.0.into_iter().chain(rich(&param.help.replace("\n\n", " ")).0).collect());
    if let FieldKind::Choice(choices) | FieldKind::Choices(choices) = &param.kind {
        let values: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
        text = text.plain(format!(" One of {}.", values.join(", ")));
    }
    if further {
        text = text.plain(" Give each as ").code("name=value").plain(", or by its own name.");
    }
    match &param.default {
        Some(_) if yes => text.plain(" Otherwise yes."),
        Some(default) if !super::reader::written(default).is_empty() && *default != false => {
            text.plain(format!(" Otherwise {}.", super::reader::written(default)))
        }
        _ => text,
    }
}

/// A doc comment or the outside text of a fault as inline text: what stands in backticks is code.
#[must_use]
pub fn rich(doc: &str) -> Text {
    let pieces: Vec<&str> = doc.split('`').collect();
    // An odd backtick opens nothing.
    if pieces.len().is_multiple_of(2) {
        return Text::from(doc);
    }
    pieces
        .into_iter()
        .enumerate()
        .filter(|(_, piece)| !piece.is_empty())
        .fold(Text::new(), |text, (index, piece)| if index % 2 == 1 { text.code(piece) } else { text.plain(piece) })
}

fn nothing(registry: &Registry, about: &str, root: &str) -> Card {
    let asked: String = about.trim().chars().take(60).collect();
    let names: Vec<String> = registry.shown().map(|operation| operation.words()).collect();
    let groups: Vec<String> =
        registry.shown().map(|operation| format!("{} {}", operation.service(), operation.parts().1)).collect();
    let nouns = registry.shown().map(|operation| operation.parts().1);
    let short: Vec<String> =
        registry.shown().map(|operation| format!("{} {}", operation.parts().1, operation.parts().2)).collect();
    let aliases = registry.shown().flat_map(|operation| operation.spec.aliases.iter().copied());
    let all = registry.services().into_iter().chain(nouns).chain(aliases);
    let all = all.chain(names.iter().chain(&groups).chain(&short).map(String::as_str));
    let card = Card::new(Tone::Warning, "There is no such thing");
    let text = Text::new().plain("I know nothing of ").code(&*asked).plain(".");
    match nearest(&asked, all) {
        Some(meant) => card.text(text.plain(" Did you mean ").code(typed(root, &format!("help {meant}"))).plain("?")),
        None => card.text(text.plain(" All that I know: ").code(typed(root, "help")).plain(".")),
    }
}
