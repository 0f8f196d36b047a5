//! Which event tells whom, and why: subscriptions, subject keys, and what a place takes for granted.
//!
//! Called by the HTTP doors and the operations; it never talks to a vendor.

mod config;
mod defaults;
mod events;
mod intake;
mod look;
mod looks;
mod notice;
mod places;
mod publish;
mod router;
mod sources;
mod subscription;
#[cfg(test)]
mod testing;
mod watch;

pub use config::{PlaceConfig, SubscriptionConfig};
pub use events::{EventRow, Events};
pub use intake::{Intake, Teller};
pub use look::{LookRow, LookRows, Looked, Looker, Seen};
pub use looks::Looks;
pub use notice::{Extra, Headers, Look, Notice, Reader};
pub use places::{PlaceDefaults, PlaceNames};
pub use router::{Book, Follower, Router};
pub use sources::{SourceAliases, SourceRow, Sources};
pub use subscription::{Owner, Subscription, Subscriptions, Vocabulary};
pub use watch::{Lost, LostPlaces, MISSED, MovedPlaces};
