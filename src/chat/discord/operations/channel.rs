//! `discord.channel.*`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::directory::Channel;
use super::super::people::plain;
use super::super::{Discord, NAME};
use super::object;
use crate::model::{Block, Card, Fault, Text, Tone};
use crate::operations::{Caller, Operation, Outcome, Spec};

/// The most that the list shows.
const MOST: u32 = 50;

/// List the channels that you and Quarterdeck can see, by name.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListChannels {
    /// Only channels with this in their name.
    #[serde(default)]
    pub filter: Option<String>,
    /// How many are shown, from 1 to 50.
    #[serde(default = "twenty")]
    #[schemars(range(min = 1, max = 50))]
    pub limit: u32,
    /// How many are left out at the beginning.
    #[serde(default)]
    pub skip: u32,
}

fn twenty() -> u32 {
    20
}

impl Operation for ListChannels {
    type On = Discord;

    const SPEC: Spec = Spec::new("discord.channel.list").positional(&["filter"]);

    async fn run(self, discord: &Discord, by: &Caller) -> Result<Outcome, Fault> {
        if !(1..=MOST).contains(&self.limit) {
            return Err(Fault::bad_input("limit", format!("The limit is {}; write 1 to {MOST}.", self.limit)));
        }
        let guilds = discord.directory.guilds().await?;
        let wanted = self.filter.as_deref().unwrap_or_default().trim().trim_start_matches('#').to_lowercase();
        let mut fitting = Vec::new();
        for guild in guilds.iter() {
            let seen = discord.visible(&guild.id, by).await?;
            let fits = |channel: &&Channel| {
                channel.seen
                    && channel.takes_messages()
                    && channel.name.to_lowercase().contains(&wanted)
                    && seen.as_ref().is_none_or(|seen| seen.contains(&channel.id))
            };
            fitting.extend(guild.channels.iter().filter(fits).map(|channel| (guild, channel)));
        }
        fitting.sort_by(|one, other| (&one.1.name, &one.0.name).cmp(&(&other.1.name, &other.0.name)));
        let (skip, limit) = (self.skip as usize, self.limit as usize);
        let more = fitting.len() > skip + limit;
        let shown: Vec<_> = fitting.into_iter().skip(skip).take(limit).collect();
        let several = guilds.len() > 1;
        let items: Vec<Text> = shown
            .iter()
            .map(|(guild, channel)| {
                let server = if several { format!(" in {}", plain(&guild.name, 60)) } else { String::new() };
                Text::new()
                    .bold(format!("#{}", plain(&channel.name, 100)))
                    .plain(format!("{server} · "))
                    .code(&channel.id)
            })
            .collect();
        let card = Card::new(Tone::Neutral, "Channels on Discord");
        let mut card = if items.is_empty() {
            card.text("There are none that you and Quarterdeck can see.")
        } else {
            card.block(Block::List { ordered: false, items })
        };
        if more {
            card = card.text(format!("There are more: add `--skip {}`, or say what to look for.", skip + limit));
        }
        let channels: Vec<Value> = shown
            .iter()
            .map(|(guild, channel)| {
                json!({ "place": format!("{NAME}:{}", channel.id), "name": channel.name, "server": guild.name })
            })
            .collect();
        Ok(Outcome { data: object(json!({ "channels": channels, "more": more })), ..Outcome::private(card) })
    }
}
