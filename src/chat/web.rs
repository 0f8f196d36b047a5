//! One request of a platform's API, bounded in size, told without its address: what the platforms' clients have in common.
//! What an answer means is each platform's own.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;

/// Longest answer that is read, in bytes: a page of a thousand channels is well below.
const LONGEST: usize = 16 << 20;

/// What came back.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// The HTTP status.
    pub(super) status: u16,
    /// The `Retry-After` header, as it came.
    pub(super) retry_after: Option<String>,
    /// The body.
    pub(super) body: Bytes,
}

/// Why nothing came back.
#[derive(Debug, Clone)]
pub(super) enum Cut {
    /// No connection was made: nothing was sent.
    Before(String),
    /// It broke or timed out after something may have been sent.
    After(String),
}

/// What doing a call twice would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Twice {
    /// Nothing more than once: reads, edits, sign-ins, posts that the vendor knows again.
    Harmless,
    /// A second message, seen by people.
    Seen,
}

/// Sends a request and reads the answer, its headers beside it. Errors are told without their address, which can hold a token.
///
/// # Errors
/// Nothing came back, or more than is read.
pub(super) async fn answer(request: reqwest::RequestBuilder) -> Result<(HeaderMap, Answer), Cut> {
    let mut response = request.send().await.map_err(cut)?;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let mut body = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > LONGEST => {
                return Err(Cut::After(format!("an answer of more than {LONGEST} bytes")));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            // The status line says enough of a refusal, whatever became of its body.
            Err(_) if status == 429 => break,
            Err(error) => return Err(cut(error)),
        }
    }
    let retry_after = headers.get(http::header::RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Ok((headers, Answer { status, retry_after, body: body.freeze() }))
}

fn cut(error: reqwest::Error) -> Cut {
    let before = error.is_connect() || error.is_builder();
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    if before { Cut::Before(text) } else { Cut::After(text) }
}
