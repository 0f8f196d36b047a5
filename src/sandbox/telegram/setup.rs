//! What a fake company starts with.
//!
//! Filled in by tests, benches and the demo, then handed to [`super::TelegramFake::start`] and never changed.

use std::{fmt, net::SocketAddr, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use super::{
    limits::RateLimits,
    model::{Chat, Status, User},
};

/// The bot, `@quarterdeck_bot`.
pub const BOT: i64 = 7_100_000_001;
/// Ana Reyes, `@ana_acme`, who owns every chat.
pub const ANA: i64 = 500_000_001;
/// Ben Okafor, `@ben_acme`, an administrator of [`OPS`].
pub const BEN: i64 = 500_000_002;
/// Cleo Martin, who has no username.
pub const CLEO: i64 = 500_000_003;
/// Supergroup `@acmeops`, with everybody and the bot as an ordinary member.
pub const OPS: i64 = -1_001_000_000_001;
/// Basic group of Ana, Ben and the bot, which can be upgraded.
pub const INCIDENT: i64 = -4_000_002;
/// Forum supergroup, with everybody and the bot as an administrator.
pub const DEV: i64 = -1_001_000_000_003;
/// Thread id of the topic "Deploys" of [`DEV`].
pub const DEPLOYS: i64 = 2;
/// Thread id of the topic "Alerts" of [`DEV`].
pub const ALERTS: i64 = 3;
/// Supergroup without the bot.
pub const RANDOM: i64 = -1_001_000_000_004;
/// Channel `@acmenews`, where the bot may post.
pub const NEWS: i64 = -1_001_000_000_005;

/// Tells the time; tests move it.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A company, a bot in it, and the fake's habits.
#[derive(Clone)]
pub struct TelegramSetup {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// `<bot id>:<35 characters>`.
    pub token: String,
    /// The bot; it is added to `users` when missing.
    pub bot: User,
    /// People.
    pub users: Vec<User>,
    /// Groups, supergroups and channels; private chats open by themselves.
    pub chats: Vec<Chat>,
    /// Whether the bot is in privacy mode (core.telegram.org/bots/features#privacy-mode).
    pub privacy: bool,
    /// Whether `setWebhook` takes `http://` addresses of this machine, at any port.
    pub http_webhooks: bool,
    /// Rate limits.
    pub limits: RateLimits,
    /// How long a press can be answered.
    pub callback_life: SignedDuration,
    /// Requests kept for [`super::TelegramFake::requests`]; the oldest go first.
    pub keep_requests: usize,
    /// The clock.
    pub now: Now,
}

impl Default for TelegramSetup {
    /// A small company: Ana, Ben and Cleo, who all started the bot, and the chats named by the constants beside this.
    /// Privacy mode, HTTPS webhooks only, Telegram's limits, the real clock.
    fn default() -> Self {
        use Status::{Administrator, Creator, Member};
        let all = [(ANA, Creator), (BEN, Member), (CLEO, Member)];
        let with = |more: &[(i64, Status)]| -> Vec<(i64, Status)> {
            let kept = all.iter().filter(|(user, _)| more.iter().all(|(other, _)| other != user));
            kept.chain(more).copied().collect()
        };
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            token: format!("{BOT}:AAsandboxsandboxsandboxsandboxsandb"),
            bot: User::bot(BOT, "Quarterdeck", "quarterdeck_bot"),
            users: vec![
                User::person(ANA, "Ana", "Reyes", Some("ana_acme")),
                User::person(BEN, "Ben", "Okafor", Some("ben_acme")),
                User::person(CLEO, "Cleo", "Martin", None),
            ],
            chats: vec![
                Chat::supergroup(OPS, "Acme Ops", Some("acmeops"), &with(&[(BEN, Administrator), (BOT, Member)])),
                Chat::group(INCIDENT, "Acme Incident", &[(ANA, Creator), (BEN, Member), (BOT, Member)]),
                Chat::forum(
                    DEV,
                    "Acme Dev",
                    &[(DEPLOYS, "Deploys"), (ALERTS, "Alerts")],
                    &with(&[(BOT, Administrator)]),
                ),
                Chat::supergroup(RANDOM, "Acme Random", None, &all),
                Chat::channel(NEWS, "Acme News", Some("acmenews"), &with(&[(BOT, Administrator)])),
            ],
            privacy: true,
            http_webhooks: false,
            limits: RateLimits::default(),
            callback_life: SignedDuration::from_secs(15),
            keep_requests: 10_000,
            now: Arc::new(Timestamp::now),
        }
    }
}

impl fmt::Debug for TelegramSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelegramSetup").field("bot", &self.bot).field("chats", &self.chats).finish_non_exhaustive()
    }
}
