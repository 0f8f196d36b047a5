//! Operations: declared once as a type, registered into one plain record each, and from there known to every
//! surface (text grammar, forms, help, documentation) with the same permission check and the same ledger entry.

mod about;
mod access;
mod check;
mod complete;
pub mod confirm;
mod declaration;
mod declare;
mod desk;
mod dispatch;
mod docs;
mod filling;
mod form;
mod further;
mod grammar;
mod help;
pub mod ledger;
mod likely;
mod names;
mod nearest;
mod offer;
mod operation;
mod permission;
mod prose;
mod reader;
mod registry;
pub mod rules;
#[cfg(test)]
mod sample;
mod schema;
mod settle;
mod standing;
#[cfg(test)]
mod tests;
mod usage;
mod words;

pub use access::{AccessConfig, DefaultRole, Grantee, Member, Pattern, PersonConfig};
pub use check::{CHECK, Clerk};
pub use complete::complete;
pub use declaration::{Declaration, Param, Run, Shape};
pub use declare::declare;
pub use desk::{Desk, Front};
pub use dispatch::Dispatch;
pub use docs::markdown;
pub use filling::read_form;
pub use form::{FieldKind, Form, FormField, Forms};
pub use further::texts;
use grammar::parse_without;
pub use grammar::{Parsed, parse};
pub use help::{help, rich};
pub use likely::{likeliest, likeliest_of_several};
pub use nearest::nearest;
pub use offer::{Asked, Completer, Offer, Typing};
pub use operation::{Caller, Found, MoreField, Operation, Outcome, Preview, Spec};
pub use permission::{Access, EVERYBODY};
pub use reader::written;
pub use registry::Registry;
pub use rules::{RuleConfig, Rules};
pub use settle::Settle;
pub use standing::{People, Standing};
pub use usage::{example, usage};
pub use words::quoted;
