//! The fake, judged from outside.
