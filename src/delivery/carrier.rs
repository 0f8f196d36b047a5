//! What carries a parcel: one method for the vendor's contract, one to look up what became of it, and the limits
//! it is subject to. Retry, order, back-off and breakers are composed around it by the lane.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Parcel;
use crate::model::{Fault, MessageRef, Place};
use crate::store::Tx;

/// A way out of the house: a chat platform or the outgoing webhooks.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// Carries the parcel, once. Bounded in time by the carrier itself.
    ///
    /// # Errors
    /// `RateLimited` with the time the vendor named; `Unavailable` when it certainly did not arrive;
    /// `Unknown` when it may have (a reply that was lost); the others are final.
    async fn carry(&self, parcel: &Parcel) -> Result<Carried, Fault>;

    /// Looks up whether an earlier, unclear attempt of this parcel arrived (by the delivery id it bears).
    ///
    /// # Errors
    /// The look-up itself failed.
    async fn find(&self, parcel: &Parcel) -> Result<Found, Fault>;

    /// What must be paid before this parcel may go: every limiter that covers it.
    fn tolls(&self, parcel: &Parcel) -> Vec<Toll>;
}

/// What came of a carried parcel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carried {
    /// The message that is there now, where the carrier can name it.
    pub message: Option<MessageRef>,
    /// What did not fit and was left out, for the log.
    pub lost: Vec<String>,
    /// Where it went instead, because the place goes on under another id (a Telegram group that became a supergroup).
    pub moved: Option<Place>,
}

/// What a look-up found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It is there.
    There(Carried),
    /// It is certainly not there; carrying it again makes no double.
    Absent,
    /// This carrier cannot tell.
    CannotTell,
}

/// Hears what becomes of places, in the transaction that records it. Implemented by the room that knows who listens where.
pub trait PlaceWatch: Send + Sync {
    /// We can no longer write there; `why` is for people.
    ///
    /// # Errors
    /// The store failed.
    fn lost(&self, tx: &mut Tx<'_>, place: &Place, reach: Reach, why: &str) -> Result<(), Fault>;

    /// We can write there (again).
    ///
    /// # Errors
    /// The store failed.
    fn found(&self, tx: &mut Tx<'_>, place: &Place, reach: Reach) -> Result<(), Fault>;

    /// The place goes on under another id.
    ///
    /// # Errors
    /// The store failed.
    fn moved(&self, tx: &mut Tx<'_>, from: &Place, to: &Place) -> Result<(), Fault>;

    /// What keeps us from writing there, as far as it is known.
    ///
    /// # Errors
    /// The store failed.
    fn trouble(&self, _place: &Place) -> Result<Option<Trouble>, Fault> {
        Ok(None)
    }

    /// The place under the id that it goes on under; the same where it has not moved.
    ///
    /// # Errors
    /// The store failed.
    fn current(&self, place: &Place) -> Result<Place, Fault> {
        Ok(place.clone())
    }
}

/// How far what was learnt of a place reaches: a topic of a forum may be gone or closed while the others go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The room that was written to ([`Place::room`]), and no other one: so much a post tells.
    Room,
    /// The channel or chat with all rooms in it: so much the platform's own word tells.
    Channel,
}

/// Why a place cannot be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Why, in words for people.
    pub why: String,
    /// When it was last tried, or known.
    pub tried: Timestamp,
}

/// One limiter that covers a parcel.
#[derive(Debug, Clone, PartialEq)]
pub struct Toll {
    /// The limiter's key, such as `slack/chat.postMessage/C02ABCDEF`.
    pub key: String,
    /// How much it lets through; `None` when only the vendor's own word counts.
    pub quota: Option<Quota>,
    /// Whether a `RateLimited` answer to this parcel closes this limiter until the time it names.
    pub closes: bool,
}

/// A steady rate with some slack.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quota {
    /// Parcels a minute in the long run.
    pub per_minute: u32,
    /// Parcels at once after a pause.
    pub burst: u32,
}
