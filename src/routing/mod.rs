//! Which event tells whom, and why: subscriptions, subject keys, and what a place takes for granted.

mod notice;

pub use notice::{Headers, Notice, Reader};
