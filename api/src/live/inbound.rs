//! What a socket sends us, bounded before anything is buffered.
//!
//! The WebSocket library collects a whole frame before it looks at its length; [`Bounded`] looks at the
//! header first, so that a frame that announces a gigabyte ends the connection with its first bytes.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::dev;
use actix_web::error::PayloadError;
use actix_ws::ProtocolError;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use super::ending::Ending;

/// The largest frame, and the largest message made of frames.
pub const MAX_INBOUND: usize = 64 * 1024;

/// Follows the headers of a client's frames (RFC 6455, 5.2): two bytes, a longer length if the second
/// says so, the mask, the payload.
#[derive(Default)]
struct Headers {
    header: [u8; 10],
    have: usize,
    /// Bytes of mask and payload still to come.
    rest: u64,
}

/// A frame is longer than we take.
#[derive(Debug, PartialEq, Eq)]
struct TooLarge;

impl Headers {
    fn follow(&mut self, mut bytes: &[u8]) -> Result<(), TooLarge> {
        while !bytes.is_empty() {
            if self.rest > 0 {
                let skip = bytes.len().min(usize::try_from(self.rest).unwrap_or(usize::MAX));
                self.rest -= skip as u64;
                bytes = &bytes[skip..];
                continue;
            }
            self.header[self.have] = bytes[0];
            self.have += 1;
            bytes = &bytes[1..];
            let Some(length) = self.length() else { continue };
            if length > MAX_INBOUND as u64 {
                return Err(TooLarge);
            }
            let mask = if self.header[1] & 0x80 != 0 { 4 } else { 0 };
            (self.rest, self.have) = (length + mask, 0);
        }
        Ok(())
    }

    /// The payload's length once the header is complete up to there.
    fn length(&self) -> Option<u64> {
        let wide = |range: std::ops::Range<usize>| {
            self.header[range].iter().fold(0_u64, |length, byte| length << 8 | u64::from(*byte))
        };
        match (self.have, self.header[1] & 0x7F) {
            (0 | 1, _) => None,
            (2, length @ 0..126) => Some(u64::from(length)),
            (4, 126) => Some(wide(2..4)),
            (10, 127) => Some(wide(2..10)),
            _ => None,
        }
    }
}

/// A socket's bytes as they come in, up to a frame that is too large.
struct Bounded {
    payload: dev::Payload,
    headers: Headers,
}

impl Stream for Bounded {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = std::task::ready!(self.payload.poll_next_unpin(cx));
        Poll::Ready(match next {
            Some(Ok(bytes)) => match self.headers.follow(&bytes) {
                Ok(()) => Some(Ok(bytes)),
                Err(TooLarge) => Some(Err(PayloadError::Overflow)),
            },
            other => other,
        })
    }
}

/// The request's body with its frames bounded.
pub fn bounded(payload: dev::Payload) -> dev::Payload {
    dev::Payload::Stream { payload: Box::pin(Bounded { payload, headers: Headers::default() }) }
}

/// How a socket ends whose bytes can't be read; nothing if there is nobody to tell.
pub fn ending(error: &ProtocolError) -> Option<Ending> {
    match error {
        ProtocolError::Overflow => Some(Ending::TOO_LARGE),
        ProtocolError::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            // Reserved bits are reported in the same kind as text that is not UTF-8.
            let is_text = !error.to_string().contains("reserved bits");
            Some(if is_text { Ending::NOT_UTF8 } else { Ending::PROTOCOL })
        }
        ProtocolError::Io(error) => {
            let payload = error.get_ref().and_then(|inner| inner.downcast_ref::<PayloadError>());
            match payload {
                // A message of many frames, or a frame, went over the limit.
                None | Some(PayloadError::Overflow) => Some(Ending::TOO_LARGE),
                Some(_) => None,
            }
        }
        _ => Some(Ending::PROTOCOL),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: usize) -> Vec<u8> {
        let mut frame = vec![0x81];
        match length {
            0..126 => frame.push(0x80 | length as u8),
            126..=0xFFFF => {
                frame.push(0x80 | 126);
                frame.extend((length as u16).to_be_bytes());
            }
            _ => {
                frame.push(0x80 | 127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend([1, 2, 3, 4]);
        frame.resize(frame.len() + length, 0xFF);
        frame
    }

    #[test]
    fn frames_are_followed_however_they_are_cut() {
        let lengths = [0, 1, 125, 126, 127, 65535, 65536, 3];
        let stream: Vec<u8> = lengths.iter().flat_map(|length| frame(*length)).collect();
        for cut in [1, 2, 3, 7, 1000, stream.len()] {
            let mut headers = Headers::default();
            for piece in stream.chunks(cut) {
                assert_eq!(headers.follow(piece), Ok(()), "{cut}");
            }
            assert_eq!((headers.have, headers.rest), (0, 0), "{cut}");
        }
    }

    #[test]
    fn a_frame_that_announces_too_much_is_refused_by_its_header() {
        let mut headers = Headers::default();
        headers.follow(&frame(5)).expect("small");
        assert_eq!(headers.follow(&frame(65537)[..10]), Err(TooLarge));
        let mut headers = Headers::default();
        assert_eq!(
            headers.follow(&[0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
            Err(TooLarge)
        );
    }
}
