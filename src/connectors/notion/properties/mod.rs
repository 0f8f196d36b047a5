//! Properties: the values of entries by the type of their column, in both directions, and filters and sorts over them
//! (<https://developers.notion.com/reference/page-property-values>).
//!
//! Pure. Who a name means, and which page a title, is looked up before: [`wanted`] and [`filter_wants`] say what, and
//! [`Context`] hands it in.

mod date;
mod filter;
mod number;
mod parse;
mod schema;
mod show;
#[cfg(test)]
mod tests;

pub use filter::{filter, filter_wants, sorts};
pub use parse::{Context, Finder, Wanted, parse, values, wanted};
pub use schema::{Choosable, Property, Schema};
pub use show::{mention, show, show_as};
