//! A load generator that costs little: requests as bytes, over connections that stay open.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Writes the request of this number.
pub(crate) type Make = Arc<dyn Fn(u64, &mut Vec<u8>) + Send + Sync>;

/// The bytes of a POST.
pub(crate) fn post(path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let headers = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
    let headers: String = headers.collect();
    format!("POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
}

/// One connection that stays open.
pub(crate) struct Wire {
    stream: TcpStream,
    request: Vec<u8>,
    read: Vec<u8>,
}

impl Wire {
    pub(crate) async fn open(to: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, request: Vec::new(), read: Vec::with_capacity(4096) })
    }

    /// Sends a request and reads its answer; gives the status.
    pub(crate) async fn send(&mut self, make: &Make, number: u64) -> std::io::Result<u16> {
        self.request.clear();
        make(number, &mut self.request);
        self.stream.write_all(&self.request).await?;
        self.read.clear();
        loop {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(status) = whole(&self.read) {
                return Ok(status);
            }
        }
    }
}

/// The status, once the whole answer is there.
fn whole(read: &[u8]) -> Option<u16> {
    let end = read.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&read[..end]).ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(Some(0), |length| length.trim().parse().ok())?;
    (read.len() >= end + length).then(|| head.get(9..12)?.parse().ok()).flatten()
}
