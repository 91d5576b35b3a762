//! The answer's body, read up to a limit that counts decoded bytes. Decoding is done here, not by the
//! client, so that a small bomb is cut where it passes the limit and never unfolds.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

use super::OutboundError;

/// Reads the body to its end. It may have `max` bytes, both as it travels and decoded: an endless one made
/// of empty gzip members decodes to nothing and ends, too.
pub(super) async fn read(
    mut response: Response,
    headers: &HeaderMap,
    max: usize,
) -> Result<Bytes, OutboundError> {
    if response.content_length().is_some_and(|length| length > max as u64) {
        return Err(OutboundError::BodyTooLarge);
    }
    let mut decoded = Decoding::for_headers(headers, max)?;
    let mut arrived = 0;
    while let Some(chunk) = response.chunk().await.map_err(OutboundError::from_client)? {
        arrived += chunk.len();
        if arrived > max {
            return Err(OutboundError::BodyTooLarge);
        }
        decoded.take_in(&chunk)?;
    }
    // The answer to HEAD and an empty answer may be called gzip as well.
    if arrived == 0 { Ok(Bytes::new()) } else { decoded.finish() }
}

enum Decoding {
    Plain(Capped),
    Gzip(Box<MultiGzDecoder<Capped>>),
}

impl Decoding {
    fn for_headers(headers: &HeaderMap, max: usize) -> Result<Self, OutboundError> {
        let capped = Capped { bytes: Vec::new(), max, is_over: false };
        let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
        let first = encodings.next().map(|value| value.as_bytes().to_ascii_lowercase());
        match (first.as_deref(), encodings.next()) {
            (None | Some(b"" | b"identity"), None) => Ok(Self::Plain(capped)),
            (Some(b"gzip" | b"x-gzip"), None) => Ok(Self::Gzip(Box::new(MultiGzDecoder::new(capped)))),
            _ => Err(OutboundError::BodyUnreadable),
        }
    }

    fn take_in(&mut self, chunk: &[u8]) -> Result<(), OutboundError> {
        let (result, is_over) = match self {
            Self::Plain(capped) => (capped.write_all(chunk), capped.is_over),
            Self::Gzip(decoder) => (decoder.write_all(chunk), decoder.get_ref().is_over),
        };
        result.map_err(|_| Self::failure(is_over))
    }

    fn finish(self) -> Result<Bytes, OutboundError> {
        let capped = match self {
            Self::Plain(capped) => capped,
            Self::Gzip(mut decoder) => {
                let done = decoder.try_finish();
                done.map_err(|_| Self::failure(decoder.get_ref().is_over))?;
                decoder.finish().map_err(|_| OutboundError::BodyUnreadable)?
            }
        };
        Ok(capped.bytes.into())
    }

    fn failure(is_over: bool) -> OutboundError {
        if is_over { OutboundError::BodyTooLarge } else { OutboundError::BodyUnreadable }
    }
}

/// Bytes that refuse to become more than a maximum.
struct Capped {
    bytes: Vec<u8>,
    max: usize,
    is_over: bool,
}

impl Write for Capped {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() > self.max {
            self.is_over = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
