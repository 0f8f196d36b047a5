//! The vendors, faked as strict servers on loopback: the demo, the tests and the benches run the real clients against them.

pub mod github;
