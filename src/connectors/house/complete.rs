//! How what somebody types for the house's own operations might go on: words for events, sources, dead letters.

use async_trait::async_trait;

use super::House;
use crate::delivery::view;
use crate::model::{Choice, Fault};
use crate::operations::{Asked, Completer, likeliest, likeliest_of_several};
use crate::routing::Owner;

/// So many dead letters are offered.
const DEAD: usize = 25;
/// The longest label of a dead letter, in characters.
const LABEL: usize = 90;

#[async_trait]
impl Completer for House {
    async fn complete(&self, asked: &Asked<'_>) -> Result<Vec<Choice>, Fault> {
        Ok(match asked.what {
            "quarterdeck.events" => {
                let words = self.router.vocabulary().words();
                let words = words.map(|(word, help)| choice(word, &format!("{word}: {help}")));
                let words: Vec<Choice> = words.collect();
                let several = asked.begun.contains(',');
                // The label of several would repeat the help of each.
                let words = words.into_iter().map(|one| if several { choice(&one.value, &one.value) } else { one });
                likeliest_of_several(words, asked.begun)
            }
            "quarterdeck.sources" => {
                let sources = self.router.sources()?;
                likeliest(sources.iter().map(|source| plain(short(source))), asked.begun)
            }
            "quarterdeck.subscribed" => {
                let here = self.router.subscriptions(asked.place).into_iter();
                let here = here.filter(|subscription| subscription.owner != Owner::File);
                let here = here
                    .map(|one| choice(short(&one.source), &format!("{} {}", short(&one.source), one.events.join(" "))));
                likeliest(here, asked.begun)
            }
            "quarterdeck.dead_letters" => {
                let letters = self.dead.newest(DEAD)?.into_iter().map(|letter| {
                    let why = letter.progress.fault.as_ref().map_or("", |fault| fault.outside.as_str());
                    let label = format!("{}, {}: {why}", view::what(&letter.delivery), letter.delivery.lane);
                    choice(&letter.delivery.id.to_string(), &cut(&label))
                });
                likeliest(letters, asked.begun)
            }
            other => return Err(Fault::bug(format!("there is no completion `{other}`"))),
        })
    }
}

/// A repository's source as people write it.
fn short(source: &str) -> &str {
    source.strip_prefix("github:").unwrap_or(source)
}

fn plain(text: &str) -> Choice {
    choice(text, text)
}

fn choice(value: &str, label: &str) -> Choice {
    Choice { value: value.to_owned(), label: label.to_owned() }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LABEL {
        return text.to_owned();
    }
    text.chars().take(LABEL - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests;
