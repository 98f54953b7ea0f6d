//! Raw HTTP/2 frames, for clients that break the rules or only acknowledge PINGs (RFC 9113).

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const ACK: u8 = 1;
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;
const INITIAL_WINDOW_SIZE: u16 = 4;
/// The maximum payload that every server must accept.
const MAX_PAYLOAD: usize = 16_384;

/// A connection that answers only SETTINGS and PING frames.
#[derive(Debug)]
pub(crate) struct RawConnection {
    stream: TcpStream,
    /// The number of streams that the server answered or reset.
    pub(crate) answers: usize,
    /// The error code of the server's GOAWAY frame (RFC 9113 section 7).
    pub(crate) goaway: Option<u32>,
}

impl RawConnection {
    /// Opens a connection with a window of `window` bytes per stream. The window of the connection is 65,535 bytes.
    pub(crate) async fn open(address: SocketAddr, window: u32) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut settings = INITIAL_WINDOW_SIZE.to_be_bytes().to_vec();
        settings.extend(window.to_be_bytes());
        stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &settings)].concat()).await?;
        Ok(Self { stream, answers: 0, goaway: None })
    }

    pub(crate) async fn send(&mut self, frames: &[u8]) -> io::Result<()> {
        self.stream.write_all(frames).await
    }

    /// Acknowledges SETTINGS and PING frames until the server closes the connection or sends GOAWAY.
    pub(crate) async fn closed(&mut self) {
        // Every error means that the connection was closed.
        let _ = self.acknowledge(usize::MAX).await;
    }

    /// Like [`closed`](Self::closed), but also returns after the first answer.
    pub(crate) async fn closed_or_answered(&mut self) {
        let _ = self.acknowledge(1).await;
    }

    /// Waits until the server closes the connection, without acknowledging frames.
    pub(crate) async fn closed_in_silence(&mut self) {
        let mut ignored = [0; 1024];
        while matches!(self.stream.read(&mut ignored).await, Ok(1..)) {}
    }

    async fn acknowledge(&mut self, answers: usize) -> io::Result<()> {
        while self.answers < answers {
            let mut head = [0; 9];
            self.stream.read_exact(&mut head).await?;
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
            let mut payload = vec![0; length];
            self.stream.read_exact(&mut payload).await?;
            match (head[3], head[4] & ACK) {
                (SETTINGS, 0) => self.send(&frame(SETTINGS, ACK, 0, &[])).await?,
                (PING, 0) => self.send(&frame(PING, ACK, 0, &payload)).await?,
                (HEADERS | RST_STREAM, _) => self.answers += 1,
                (GOAWAY, _) => {
                    self.goaway = payload.get(4..8).and_then(|code| Some(u32::from_be_bytes(code.try_into().ok()?)));
                    return Ok(());
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len().min(MAX_PAYLOAD)).unwrap_or(0).to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend(stream.to_be_bytes());
    frame.extend_from_slice(&payload[..payload.len().min(MAX_PAYLOAD)]);
    frame
}

/// Encodes a HEADERS frame with these fields, uncompressed (RFC 7541 section 6.2.2).
pub(crate) fn headers(stream: u32, flags: u8, fields: &[(String, String)]) -> Vec<u8> {
    frame(HEADERS, flags, stream, &block(fields))
}

/// Encodes a CONTINUATION frame without END_HEADERS.
pub(crate) fn continuation(stream: u32, fields: &[(String, String)]) -> Vec<u8> {
    frame(CONTINUATION, 0, stream, &block(fields))
}

fn block(fields: &[(String, String)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            length(&mut block, text.len());
            block.extend_from_slice(text.as_bytes());
        }
    }
    block
}

/// Encodes an integer with a 7-bit prefix (RFC 7541 section 5.1).
fn length(block: &mut Vec<u8>, length: usize) {
    let Some(mut rest) = length.checked_sub(127) else {
        return block.extend(u8::try_from(length));
    };
    block.push(127);
    while rest >= 128 {
        block.extend(u8::try_from(rest % 128 + 128));
        rest /= 128;
    }
    block.extend(u8::try_from(rest));
}

/// Encodes a DATA frame.
pub(crate) fn data(stream: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    frame(0, flags, stream, payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_encoded_as_in_rfc_7541() {
        let encoded = |value| {
            let mut block = Vec::new();
            length(&mut block, value);
            block
        };
        assert_eq!(encoded(0), [0]);
        assert_eq!(encoded(126), [126]);
        assert_eq!(encoded(127), [127, 0]);
        assert_eq!(encoded(127 + 1210), [127, 186, 9]);
    }

    #[test]
    fn frame_head_has_nine_bytes() {
        assert_eq!(data(3, END_STREAM, b"ab"), [0, 0, 2, 0, 1, 0, 0, 0, 3, b'a', b'b']);
    }
}
