//! Operations: declared once as a type, registered into one plain record each, and from there known to every
//! surface (text grammar, forms, help, documentation) with the same permission check and the same ledger entry.

mod declaration;
mod form;
mod operation;

pub use declaration::{Declaration, Param, Run};
pub use form::{FieldKind, Form, FormField, Forms};
pub use operation::{Caller, Found, Operation, Outcome, Spec};

/// Stands in until the registry's own is there.
pub fn declare<T: Operation>(on: &std::sync::Arc<T::On>) -> Declaration {
    Declaration {
        spec: T::SPEC,
        summary: String::new(),
        detail: String::new(),
        schema: schemars::schema_for!(T).to_value(),
        params: Vec::new(),
        run: std::sync::Arc::new(Stub::<T>(std::sync::Arc::clone(on))),
    }
}

struct Stub<T: Operation>(std::sync::Arc<T::On>);

fn parse<T: Operation>(args: &crate::model::Object) -> Result<T, crate::model::Fault> {
    serde_json::from_value(serde_json::Value::Object(args.clone()))
        .map_err(|error| crate::model::Fault::bad_input("", error.to_string()))
}

impl<T: Operation> Run for Stub<T> {
    fn check(&self, args: &crate::model::Object) -> Result<(), crate::model::Fault> {
        parse::<T>(args).map(|_| ())
    }

    fn run<'a>(
        &'a self,
        args: &'a crate::model::Object,
        by: &'a Caller,
    ) -> futures::future::BoxFuture<'a, Result<Outcome, crate::model::Fault>> {
        Box::pin(async move { parse::<T>(args)?.run(&self.0, by).await })
    }

    fn find<'a>(
        &'a self,
        args: &'a crate::model::Object,
        by: &'a Caller,
    ) -> futures::future::BoxFuture<'a, Result<Found, crate::model::Fault>> {
        Box::pin(async move { parse::<T>(args)?.find(&self.0, by).await })
    }

    fn preview<'a>(
        &'a self,
        args: &'a crate::model::Object,
        by: &'a Caller,
    ) -> futures::future::BoxFuture<'a, Result<Option<crate::model::Card>, crate::model::Fault>> {
        Box::pin(async move { parse::<T>(args)?.preview(&self.0, by).await })
    }
}
