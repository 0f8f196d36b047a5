//! Serves a router on loopback for the fakes, and takes everything down when let go.
//!
//! Every fake starts through [`serve`]. A handler that puts [`Cut`] into its response's extensions has the
//! connection closed without an answer, which is how a fake plays a torn network. This file knows no vendor.

use std::{io, net::SocketAddr};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    task::{AbortHandle, JoinSet},
};
use tower::ServiceExt as _;

/// Mark in a response's extensions: close the connection instead of sending this response.
#[derive(Clone, Copy, Debug)]
pub struct Cut;

/// A server that runs until this is dropped.
#[derive(Debug)]
pub struct Running {
    /// Where it listens; the port is a real one even when port 0 was asked for.
    pub addr: SocketAddr,
    /// Ends the server and every open connection when dropped.
    pub shutdown: Shutdown,
}

/// Ends a server, its connections included, when dropped.
#[derive(Debug)]
pub struct Shutdown(AbortHandle);

impl Drop for Shutdown {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Serves `router` on `addr` (port 0 takes a free one) from a background task.
///
/// # Errors
/// When the address cannot be bound.
pub async fn serve(router: Router, addr: SocketAddr) -> io::Result<Running> {
    let listener = TcpListener::bind(addr).await?;
    let addr = listener.local_addr()?;
    let task = tokio::spawn(accept(listener, router));
    Ok(Running { addr, shutdown: Shutdown(task.abort_handle()) })
}

/// Accepts for ever. The connections live in this task's set, so aborting the task ends them too.
async fn accept(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                // Small answers must not wait for the peer's delayed acknowledgement.
                let _ = stream.set_nodelay(true);
                let router = router.clone();
                connections.spawn(async move {
                    let service = service_fn(move |request| answer(router.clone(), request));
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
                });
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn answer(router: Router, request: hyper::Request<Incoming>) -> io::Result<hyper::Response<Body>> {
    let request: Request = request.map(Body::new);
    let response = match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if response.extensions().get::<Cut>().is_some() {
        return Err(io::Error::other("the fake cuts this connection"));
    }
    Ok(response)
}
