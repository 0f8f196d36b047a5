//! Which operation, or which page of help, the first words of a line name.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::nearest::nearest;
use super::prose::shown;
use super::registry::is_name;
use super::usage::{typed, usage};
use super::words::{Lead, Words};
use super::{Declaration, Registry};
use crate::model::Fault;

/// What the first words of a line name.
pub(super) enum Named<'a> {
    /// An operation; its arguments follow.
    Operation(&'a Arc<Declaration>, Words<'a>),
    /// A page of help.
    Topic(String),
}

/// What a page of help is about.
pub(super) enum Topic<'a> {
    /// Everything.
    All,
    /// A service.
    Service(&'a str),
    /// One noun, of one service or of several.
    Noun(Vec<&'a Arc<Declaration>>),
    /// One operation.
    Operation(&'a Arc<Declaration>),
}

/// A part of a name, and the words after it where a word ends there.
type Segment<'a> = (String, Option<Words<'a>>);

/// What `line` names. It has at least one word.
pub(super) fn resolve<'a>(line: &'a str, registry: &'a Registry, root: &str) -> Result<Named<'a>, Fault> {
    if let Some(first) = Words::new(line).next()?.filter(|first| first.lead == Lead::Quoted) {
        let help = typed(root, "help");
        let text =
            format!("A command has no quotes around it; I got {}. `{help}` lists what I can do.", shown(&first.text));
        return Err(wrong(text));
    }
    let segments = segments(line)?;
    for length in (1..=segments.len().min(3)).rev() {
        let Some(after) = segments[length - 1].1 else { continue };
        let name: Vec<&str> = segments[..length].iter().map(|(part, _)| part.as_str()).collect();
        if let Some(operation) = named(registry, &name, root)? {
            return Ok(Named::Operation(operation, after));
        }
    }
    let names: Vec<&str> = segments.iter().map(|(part, _)| part.as_str()).collect();
    // `github issue`, `github issue ?` and `github issue --help` ask for help.
    let known = (1..=names.len().min(2)).rev().find(|length| is_group(registry, &names[..*length]));
    if let Some(length) = known
        && let Some(mut after) = segments[length - 1].1
        && after.next()?.is_none_or(|word| asks_for_help(&word.text, word.lead))
    {
        return Ok(Named::Topic(names[..length].join(" ")));
    }
    Err(unknown(line, &names, registry, root))
}

/// Whether a word asks for help where no value is expected.
pub(super) fn asks_for_help(text: &str, lead: Lead) -> bool {
    match lead {
        Lead::Quoted | Lead::End => false,
        Lead::Plain => matches!(text.to_lowercase().as_str(), "help" | "?" | "/?"),
        Lead::Dashes => text.eq_ignore_ascii_case("help"),
        Lead::Hyphen => matches!(text, "-h" | "-H" | "-help"),
    }
}

/// What a page of help is asked about, if there is such a thing.
pub(super) fn topic<'a>(registry: &'a Registry, text: &'a str) -> Option<Topic<'a>> {
    let lower = text.to_lowercase();
    let parts: Vec<&str> =
        lower.split(|sign: char| sign.is_whitespace() || sign == '.').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return Some(Topic::All);
    }
    if let Ok(Some(operation)) = named(registry, &parts, "") {
        return Some(Topic::Operation(operation));
    }
    match parts.as_slice() {
        [one] => {
            let service = registry.services().into_iter().find(|service| service == one);
            service.map(Topic::Service).or_else(|| some(registry.shown().filter(|found| found.parts().1 == *one)))
        }
        [service, noun] => some(registry.shown().filter(|found| {
            let (of, named, _) = found.parts();
            of == *service && named == *noun
        })),
        _ => None,
    }
}

fn some<'a>(operations: impl Iterator<Item = &'a Arc<Declaration>>) -> Option<Topic<'a>> {
    let operations: Vec<_> = operations.collect();
    (!operations.is_empty()).then_some(Topic::Noun(operations))
}

/// The operation of a full name, an alias, or a short name that only one service has.
fn named<'a>(registry: &'a Registry, name: &[&str], root: &str) -> Result<Option<&'a Arc<Declaration>>, Fault> {
    let spaced = name.join(" ");
    if let Some(found) = registry.shown().find(|operation| operation.spec.aliases.contains(&spaced.as_str())) {
        return Ok(Some(found));
    }
    match name {
        [_, _, _] => Ok(registry.get(&name.join(".")).filter(|operation| !operation.spec.hidden)),
        [noun, verb] => {
            let found: Vec<_> = registry
                .shown()
                .filter(|operation| operation.parts().1 == *noun && operation.parts().2 == *verb)
                .collect();
            match found.as_slice() {
                [] => Ok(None),
                [only] => Ok(Some(only)),
                several => {
                    let names: Vec<String> =
                        several.iter().map(|one| format!("`{}`", typed(root, &one.words()))).collect();
                    Err(wrong(format!("`{spaced}` could be several things. Say which: {}", names.join(" or "))))
                }
            }
        }
        _ => Ok(None),
    }
}

/// Whether these parts name a service, a noun, or a noun of a service.
fn is_group(registry: &Registry, name: &[&str]) -> bool {
    registry.shown().any(|operation| {
        let (service, noun, _) = operation.parts();
        match name {
            [one] => *one == service || *one == noun,
            [first, second] => *first == service && *second == noun,
            _ => false,
        }
    })
}

/// The first words of the line as parts of a name: at most three, for as long as they could be parts of one.
fn segments(line: &str) -> Result<Vec<Segment<'_>>, Fault> {
    let mut words = Words::new(line);
    let mut segments: Vec<Segment<'_>> = Vec::new();
    while segments.len() < 3 && words.lead().is_none() {
        let mut after = words;
        // What follows the name may be any text, also one with a lone quote.
        let word = match after.next() {
            Ok(word) => word,
            Err(fault) if segments.is_empty() => return Err(fault),
            Err(_) => None,
        };
        let Some(word) = word.filter(|word| word.lead == Lead::Plain) else { break };
        let text = word.text.to_lowercase();
        let parts: Vec<&str> = text.split('.').collect();
        if !parts.iter().all(|part| is_name(part)) {
            break;
        }
        for (index, part) in parts.iter().enumerate() {
            segments.push(((*part).to_owned(), (index + 1 == parts.len()).then_some(after)));
        }
        words = after;
    }
    Ok(segments)
}

/// The error for a line that names nothing.
fn unknown(line: &str, names: &[&str], registry: &Registry, root: &str) -> Fault {
    let of = |service: &str| -> BTreeSet<&str> { registry.of_service(service).map(|found| found.parts().1).collect() };
    let verbs = |service: &str, noun: &str| -> Vec<&str> {
        let matching = registry
            .shown()
            .filter(|found| found.parts().1 == noun && (service.is_empty() || found.service() == service));
        matching.map(|found| found.parts().2).collect()
    };
    if let Some(guess) = guess(names, registry) {
        let said = names.join(" ");
        return wrong(format!(
            "There is no `{said}`. Did you mean `{}`?\nUsage: `{}`",
            typed(root, &guess.words()),
            usage(guess, root)
        ));
    }
    let (service, noun, verb) = match names {
        [service, rest @ ..] if registry.services().contains(service) => (*service, rest.first(), rest.get(1)),
        [noun, rest @ ..] => ("", Some(noun), rest.first()),
        [] => {
            let first = line.split_whitespace().next().unwrap_or_default();
            return wrong(format!("I do not know {}. `{}` lists what I can do.", shown(first), typed(root, "help")));
        }
    };
    let noun = noun.copied().unwrap_or_default();
    let known = verbs(service, noun);
    let group = format!("{service} {noun}").trim().to_owned();
    if !known.is_empty() {
        let list = known.join(", ");
        return wrong(verb.map_or_else(
            || format!("What should I do with `{group}`? Say one of {list} after it."),
            |verb| format!("`{group}` has no `{verb}`{} It has {list}.", meant(verb, known.iter().copied())),
        ));
    }
    if service.is_empty() {
        let services = registry.services();
        let aliases = registry.shown().flat_map(|found| found.spec.aliases.iter().copied());
        let nouns = registry.shown().map(|found| found.parts().1);
        let all: Vec<&str> = services.into_iter().chain(aliases).chain(nouns).chain(["help"]).collect();
        let meant = meant(noun, all);
        return wrong(format!("I do not know `{noun}`{meant} `{}` lists what I can do.", typed(root, "help")));
    }
    let nouns = of(service);
    let list = nouns.iter().copied().collect::<Vec<_>>().join(", ");
    if noun.is_empty() {
        return wrong(format!("What of `{service}`? Say one of {list} after it."));
    }
    wrong(format!("`{service}` has no `{noun}`{} It has {list}.", meant(noun, nouns)))
}

/// The end of a sentence, and what was probably meant.
fn meant<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or_else(|| ".".to_owned(), |candidate| format!(". Did you mean `{candidate}`?"))
}

/// The operation that these words were probably meant to name: misspelt, or with noun and verb the wrong way round.
fn guess<'a>(names: &[&str], registry: &'a Registry) -> Option<&'a Arc<Declaration>> {
    let mut candidates: Vec<(String, &Arc<Declaration>)> = Vec::new();
    for operation in registry.shown() {
        let (service, noun, verb) = operation.parts();
        if names.len() >= 3 {
            candidates.push((format!("{service} {noun} {verb}"), operation));
            candidates.push((format!("{service} {verb} {noun}"), operation));
        }
        if names.len() >= 2 {
            candidates.push((format!("{noun} {verb}"), operation));
            candidates.push((format!("{verb} {noun}"), operation));
        }
    }
    for length in (2..=names.len().min(3)).rev() {
        let said = names[..length].join(" ");
        let same_length = candidates.iter().filter(|(name, _)| name.split(' ').count() == length);
        // Every word must be near by itself: `issue open` is not `issue close`.
        let near = same_length
            .filter(|(name, _)| name.split(' ').zip(&names[..length]).all(|(is, said)| nearest(said, [is]).is_some()));
        let near: Vec<&(String, &Arc<Declaration>)> = near.collect();
        let best = nearest(&said, near.iter().map(|(name, _)| name.as_str()));
        if let Some((_, operation)) = near.iter().find(|(name, _)| Some(name.as_str()) == best) {
            return Some(operation);
        }
    }
    None
}

fn wrong(text: String) -> Fault {
    Fault::bad_input("operation", text)
}
