//! What a webhook door needs to know of its vendor.

use super::{Scheme, Secret};

/// A vendor's webhook door: how it signs, and which headers matter.
#[derive(Debug, Clone)]
pub struct Door {
    /// How requests are signed.
    pub scheme: Scheme,
    /// The secrets that are valid now; any one will do.
    pub secrets: Vec<Secret>,
    /// The header with the vendor's own id of the delivery, which stays the same over redeliveries.
    pub delivery_header: &'static str,
    /// The headers that are kept with the body.
    pub kept_headers: &'static [&'static str],
    /// The largest body that is taken, in bytes.
    pub largest: usize,
}
