//! The words of the house, with no I/O: ids, actors, places, cards, events, calls, faults and the clock.
//!
//! Every room may use these; they use no room. Nothing here knows a vendor.

mod actor;
mod call;
mod card;
mod clock;
mod event;
mod fault;
mod ids;
mod metric;
mod people;
mod place;
mod quote;
mod request;
mod text;

pub use actor::{Actor, Effect, Role};
pub use call::{Call, CallState, Pressed};
pub use card::{Action, ActionKind, Block, Card, Choice, Decision, Field, Press, Show, Style, Tone, Who};
pub use clock::{Clock, ManualClock};
pub use event::{Event, Severity, SubjectKey, shortened};
pub use fault::{Fault, FaultKind, FaultPolicy, Retry};
pub use ids::{CallId, DeliveryId, SubscriptionId, Token};
pub use metric::{Metric, MetricKind, count, gauge, observe};
pub use people::{People, Person};
pub use place::{MessageRef, Place, PlaceParseError, PlatformId};
pub use quote::{Author, FileRef, Quote};
pub use request::{Ask, PlaceNews, ReplyHandle, Request};
pub use text::{Span, Text};

pub use jiff::{SignedDuration, Timestamp};

/// A JSON object that keeps the order in which its members were written.
pub type Object = serde_json::Map<String, serde_json::Value>;
