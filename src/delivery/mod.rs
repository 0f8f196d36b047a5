//! Everything that comes in once and goes out in order: inbox, outbox, lanes, attempts, back-off, limits, breakers,
//! dead letters, living cards, button tokens and outgoing webhooks.
//!
//! Called by the listening rooms (accept) and by routing and operations (stage). It never knows a vendor: what
//! carries a message is a [`Carrier`], which the chat platforms and the outgoing webhooks implement.

mod carrier;
mod inbox;
mod parcel;

pub use carrier::{Carried, Carrier, Found, Quota, Toll};
pub use inbox::{Accepted, Arrival, Inbox, Incoming};
pub use parcel::{Content, Delivery, Destination, Errand, Origin, Parcel};
