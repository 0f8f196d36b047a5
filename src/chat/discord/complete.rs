//! What may be meant while somebody types: channels and webhooks by name.

use async_trait::async_trait;

use super::Discord;
use super::people::plain;
use crate::model::{Choice, Fault};
use crate::operations::{Asked, Completer};

/// So many are offered.
const MOST: usize = 25;

#[async_trait]
impl Completer for Discord {
    async fn complete(&self, asked: &Asked<'_>) -> Result<Vec<Choice>, Fault> {
        let begun = asked.begun.trim().trim_start_matches("discord:").trim_start_matches('#').to_lowercase();
        match asked.what {
            "discord.channels" => {
                // Who types is not told what not everybody sees.
                let guilds = self.directory.guilds().await?;
                let several = guilds.len() > 1;
                let channels = guilds.iter().flat_map(|guild| guild.channels.iter().map(move |one| (guild, one)));
                let named = channels
                    .filter(|(_, channel)| channel.public && channel.seen && channel.takes_messages())
                    .map(|(guild, channel)| {
                        let server = if several { format!(" ({})", plain(&guild.name, 40)) } else { String::new() };
                        let label = format!("#{}{server}", plain(&channel.name, 90));
                        (channel.name.to_lowercase(), Choice { value: channel.id.clone(), label })
                    });
                Ok(likeliest(named, &begun))
            }
            "discord.webhooks" => {
                let names = self.webhooks.keys();
                let named = names.map(|name| (name.clone(), Choice { value: name.clone(), label: name.clone() }));
                Ok(likeliest(named, &begun))
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// The choices whose name begins with what was typed, then those that hold it; each in order of their names.
fn likeliest(named: impl Iterator<Item = (String, Choice)>, begun: &str) -> Vec<Choice> {
    let mut fitting: Vec<(bool, String, Choice)> = named
        .filter(|(name, choice)| name.contains(begun) || choice.value == begun)
        .map(|(name, choice)| (!name.starts_with(begun), name, choice))
        .collect();
    fitting.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    fitting.into_iter().map(|(_, _, choice)| choice).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_come_first() {
        let names = ["deploys", "api-deploys", "general"];
        let named = || {
            names.into_iter().map(|name| (name.to_owned(), Choice { value: name.to_owned(), label: name.to_owned() }))
        };
        let values = |begun: &str| likeliest(named(), begun).into_iter().map(|choice| choice.value).collect::<Vec<_>>();
        assert_eq!(values("dep"), ["deploys", "api-deploys"]);
        assert_eq!(values(""), ["api-deploys", "deploys", "general"]);
        assert!(values("x").is_empty());
    }
}
