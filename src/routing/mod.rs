//! Which event tells whom, and why: subscriptions, subject keys, and what a place takes for granted.
//!
//! Called by the HTTP doors and the operations; it never talks to a vendor.

mod config;
mod events;
mod intake;
mod look;
mod notice;
mod places;
mod router;
mod subscription;
mod watch;

pub use config::{PlaceConfig, SubscriptionConfig};
pub use events::{EventRow, Events};
pub use intake::{Intake, Teller};
pub use look::{LookRow, LookRows, Looked, Looker, Seen};
pub use notice::{Extra, Headers, Look, Notice, Reader};
pub use places::{PlaceDefaults, PlaceNames};
pub use router::{Book, Follower, Router};
pub use subscription::{Owner, Subscription, Subscriptions, Vocabulary};
pub use watch::{Lost, LostPlaces, MISSED, MovedPlaces};
