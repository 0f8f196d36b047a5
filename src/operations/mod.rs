//! Operations: declared once as a type, registered into one plain record each, and from there known to every
//! surface (text grammar, forms, help, documentation) with the same permission check and the same ledger entry.

mod declaration;
mod form;
mod operation;

pub use declaration::{Declaration, Param, Run};
pub use form::{FieldKind, Form, FormField, Forms};
pub use operation::{Caller, Found, Operation, Outcome, Spec};
