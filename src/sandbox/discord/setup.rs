//! What a fake Discord starts with, and the sample company.
//!
//! Filled in by tests, benches and the demo, then handed to [`super::DiscordFake::start`] and never changed.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{
    limits::RateLimits,
    model::{Channel, ChannelKind, Guild, Member, Overwrite, Role, User},
    perm,
};

/// The application; on purpose not the id of its bot user, as with applications made before 2017.
pub const APPLICATION: &str = "1100000000000000010";
/// The application's bot user, `quarterdeck`.
pub const BOT: &str = "1100000000000000011";
/// The guild, `Acme`; Ana owns it.
pub const GUILD: &str = "1100000000000000020";
/// Ana Reyes, `ana`, the owner.
pub const ANA: &str = "1100000000000000031";
/// Ben Okafor, `ben`.
pub const BEN: &str = "1100000000000000032";
/// Cleo Martin, `cleo`.
pub const CLEO: &str = "1100000000000000033";
/// `#general`: everyone.
pub const GENERAL: &str = "1100000000000000101";
/// `#deploys`: Ana, Ben and the bot.
pub const DEPLOYS: &str = "1100000000000000102";
/// `#alerts`: Ana, Cleo and the bot.
pub const ALERTS: &str = "1100000000000000103";
/// `#random`: everyone but the bot.
pub const RANDOM: &str = "1100000000000000104";
/// `#incident`: Ana, Cleo and the bot.
pub const INCIDENT: &str = "1100000000000000105";
/// The category over the channels, `Work`.
pub const WORK: &str = "1100000000000000100";
/// The mentionable role `oncall`: Ana and Cleo.
pub const ONCALL: &str = "1100000000000000041";
/// The bot's own role.
pub const BOT_ROLE: &str = "1100000000000000042";

/// Tells the time; tests move it.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How the app hears of interactions. Other events come over the gateway only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// As `INTERACTION_CREATE` over the gateway.
    Gateway,
    /// As signed POST requests to this URL.
    Http(String),
}

/// Guilds, an application installed in them, and the fake's habits.
#[derive(Clone)]
pub struct DiscordSetup {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The bot token, without `Bot `.
    pub token: String,
    /// The application.
    pub application_id: String,
    /// Seed of the Ed25519 key that signs interactions sent over HTTP.
    pub signing_key: [u8; 32],
    /// The application's bot user; it is added to `users` when missing.
    pub bot: User,
    /// Whether anybody can take the bot into a guild.
    pub public: bool,
    /// Everyone there is.
    pub users: Vec<User>,
    /// Guilds with their roles, members and channels; direct messages open by themselves.
    pub guilds: Vec<Guild>,
    /// Privileged intents switched on in the developer portal.
    pub privileged: u64,
    /// Gateway or HTTP. An URL given here is trusted; [`super::DiscordFake::set_interactions_url`] verifies.
    pub delivery: Delivery,
    /// Rate limits.
    pub limits: RateLimits,
    /// What HELLO tells; the fake closes connections that are silent for half as long again.
    pub heartbeat_interval: Duration,
    /// IDENTIFYs allowed in 24 hours.
    pub session_starts: u32,
    /// IDENTIFYs allowed in five seconds.
    pub max_concurrency: u32,
    /// How long a broken session can be resumed.
    pub resume_life: SignedDuration,
    /// Requests kept for [`super::DiscordFake::requests`]; the oldest go first.
    pub keep_requests: usize,
    /// The clock.
    pub now: Now,
}

fn acme() -> Guild {
    let joined_at = Timestamp::from_second(1_690_000_000).unwrap_or(Timestamp::UNIX_EPOCH);
    let member = |user: &str, roles: &[&str]| Member {
        user: user.to_owned(),
        roles: roles.iter().map(|&role| role.to_owned()).collect(),
        nick: None,
        joined_at,
    };
    let role = |id: &str, name: &str, permissions, mentionable, position| Role {
        id: id.to_owned(),
        name: name.to_owned(),
        permissions,
        mentionable,
        position,
        color: 0,
        managed: id == BOT_ROLE,
    };
    let mut work = Channel::text(WORK, GUILD, "Work");
    work.kind = ChannelKind::Category;
    let mut random = Channel::text(RANDOM, GUILD, "random").under(WORK).at(3);
    random.overwrites.push(Overwrite { id: BOT.into(), kind: 1, allow: 0, deny: perm::VIEW_CHANNEL });
    Guild {
        id: GUILD.into(),
        name: "Acme".into(),
        owner_id: ANA.into(),
        roles: vec![
            role(GUILD, "@everyone", perm::EVERYONE, false, 0),
            role(ONCALL, "oncall", 0, true, 1),
            role(BOT_ROLE, "Quarterdeck", perm::EVERYONE | perm::BOT, false, 2),
        ],
        members: vec![member(ANA, &[ONCALL]), member(BEN, &[]), member(CLEO, &[ONCALL]), member(BOT, &[BOT_ROLE])],
        channels: vec![
            work,
            Channel::text(GENERAL, GUILD, "general").under(WORK),
            Channel::private(DEPLOYS, GUILD, "deploys", &[ANA, BEN, BOT]).under(WORK).at(1),
            Channel::private(ALERTS, GUILD, "alerts", &[ANA, CLEO, BOT]).under(WORK).at(2),
            random,
            Channel::private(INCIDENT, GUILD, "incident", &[ANA, CLEO, BOT]).under(WORK).at(4),
        ],
        has_bot: true,
    }
}

impl Default for DiscordSetup {
    /// A small company: Ana (owner), Ben and Cleo; `#general`, `#deploys` and `#alerts` with the bot in them,
    /// `#random` without it, and the private `#incident`. The gateway, no privileged intent, Discord's limits, the real
    /// clock.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            token: "MTEwMDAwMDAwMDAwMDAwMDAxMQ.GsandB.sandbox-sandbox-sandbox-sandbox-sandbx".into(),
            application_id: APPLICATION.into(),
            signing_key: *b"a sandbox key that signs nothing",
            bot: User::robot(BOT, "quarterdeck"),
            public: false,
            users: vec![
                User::person(ANA, "ana", "Ana Reyes"),
                User::person(BEN, "ben", "Ben Okafor"),
                User::person(CLEO, "cleo", "Cleo Martin"),
            ],
            guilds: vec![acme()],
            privileged: 0,
            delivery: Delivery::Gateway,
            limits: RateLimits::default(),
            heartbeat_interval: Duration::from_millis(41_250),
            session_starts: 1000,
            max_concurrency: 1,
            resume_life: SignedDuration::from_mins(2),
            keep_requests: 10_000,
            now: Arc::new(Timestamp::now),
        }
    }
}

impl fmt::Debug for DiscordSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiscordSetup").field("delivery", &self.delivery).finish_non_exhaustive()
    }
}
