//! Everything that comes in once and goes out in order: inbox, outbox, lanes, attempts, back-off, limits, breakers,
//! dead letters, living cards, button tokens and outgoing webhooks.
//!
//! Called by the listening rooms (accept) and by routing and operations (stage). It never knows a vendor: what
//! carries a message is a [`Carrier`], which the chat platforms and the outgoing webhooks implement.

mod attempt;
mod breaker;
mod carrier;
mod config;
mod dead;
mod endpoints;
mod inbox;
mod lanes;
mod limits;
pub mod links;
pub mod moves;
pub mod outbox;
mod parcel;
mod resolve;
pub mod retry_after;
pub mod subjects;
pub mod tables;
#[cfg(test)]
mod tests;
pub mod tokens;
pub mod view;

pub use attempt::jitter;
pub use breaker::Breaker;
pub use carrier::{Carried, Carrier, Found, PlaceWatch, Quota, Reach, Toll, Trouble};
pub use config::DeliveryConfig;
pub use dead::DeadLetters;
pub use endpoints::{EndpointConfig, Endpoints};
pub use inbox::{Accepted, Arrival, Inbox, Incoming};
pub use lanes::Lanes;
pub use limits::Limits;
pub use parcel::{Content, Delivery, Destination, Errand, Origin, Parcel, Progress};
pub use tokens::Minter;
pub use view::Outgoing;
