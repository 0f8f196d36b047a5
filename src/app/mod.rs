//! The only room that knows every room: validates settings (pure), builds the daemon from them, starts, reloads,
//! drains and stops it.

mod build;
mod check;
mod keyring;
mod people;
mod places;
mod platforms;
mod reload;
mod running;
mod settings;

pub use build::{App, Parts};
pub use check::{check_offline, check_online, documented, operations};
pub use keyring::Keyring;
pub use running::Running;
pub use settings::{Settings, example, load, validate};
