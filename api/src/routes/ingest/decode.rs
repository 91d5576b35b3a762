//! Reading and decompressing a body, never holding more than it may have.
//!
//! The framework's own decompression inflates a chunk before anyone can look at its size; here the
//! decoder is asked for one byte more than is allowed and no further.

use std::borrow::Cow;
use std::io::Read;

use actix_web::http::header;
use actix_web::{HttpRequest, web};
use pulseboard_core::ingest::MAX_BODY;

use crate::body;
use crate::body_budget::Share;
use crate::error::{ApiError, Code};

/// Largest window of a zstd stream, as a power of two: 8 MiB.
const ZSTD_WINDOW_LOG: u32 = 23;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Identity,
    Gzip,
    Zstd,
}

impl Encoding {
    /// What `Content-Encoding` says; anything unknown or doubled is refused.
    pub fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        let mut values = request.headers().get_all(header::CONTENT_ENCODING);
        let encoding = match (values.next().map(|value| value.as_bytes().to_ascii_lowercase()), values.next())
        {
            (None, _) => Some(Encoding::Identity),
            (Some(value), None) => match value.as_slice().trim_ascii() {
                b"" | b"identity" => Some(Encoding::Identity),
                b"gzip" | b"x-gzip" => Some(Encoding::Gzip),
                b"zstd" => Some(Encoding::Zstd),
                _ => None,
            },
            (Some(_), Some(_)) => None,
        };
        encoding.ok_or_else(|| {
            ApiError::new(
                Code::UnsupportedEncoding,
                "Content-Encoding must be gzip, zstd or absent, and only one.",
            )
        })
    }
}

/// Why a body could not be read; kept apart from [`ApiError`] so that it can be told twice.
#[derive(Debug)]
pub struct Unreadable {
    pub code: Code,
    pub message: Cow<'static, str>,
    retry_after: Option<u64>,
}

impl Unreadable {
    fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), retry_after: None }
    }

    /// As it is told to the client.
    pub fn to_error(&self) -> ApiError {
        ApiError { retry_after: self.retry_after, ..ApiError::new(self.code, self.message.clone()) }
    }
}

impl From<ApiError> for Unreadable {
    fn from(error: ApiError) -> Self {
        Self { code: error.code, message: error.message, retry_after: error.retry_after }
    }
}

fn too_large() -> Unreadable {
    let message = format!("The body is larger than {MAX_BODY} bytes (1 MiB) when decoded. Send it in parts.");
    Unreadable::new(Code::PayloadTooLarge, message)
}

/// The decoded body, at most [`MAX_BODY`] bytes. As long as it is kept, `share` is to be kept, too.
pub async fn read(
    payload: web::Payload,
    encoding: Encoding,
    share: &mut Share,
) -> Result<Vec<u8>, Unreadable> {
    let raw = body::read(payload.into_inner(), MAX_BODY, share).await.map_err(|error| match error.code {
        Code::PayloadTooLarge => too_large(),
        _ => error.into(),
    })?;
    if encoding == Encoding::Identity {
        return Ok(raw);
    }
    // Decoding does not wait for anything: besides the result there is only ever one per thread.
    share.resize(raw.capacity() + MAX_BODY)?;
    let decoded = decode(raw, encoding)?;
    share.resize(decoded.capacity().min(MAX_BODY))?;
    Ok(decoded)
}

fn decode(raw: Vec<u8>, encoding: Encoding) -> Result<Vec<u8>, Unreadable> {
    let unreadable = |_| {
        let message = "The body can't be decompressed: it is not what Content-Encoding says.";
        Unreadable::new(Code::MalformedBody, message)
    };
    let mut decoded = Vec::new();
    let limit = MAX_BODY as u64 + 1;
    match encoding {
        Encoding::Identity => return Ok(raw),
        Encoding::Gzip => {
            flate2::read::MultiGzDecoder::new(raw.as_slice())
                .take(limit)
                .read_to_end(&mut decoded)
                .map_err(unreadable)?;
        }
        Encoding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::new(raw.as_slice()).map_err(unreadable)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(unreadable)?;
            decoder.take(limit).read_to_end(&mut decoded).map_err(unreadable)?;
        }
    }
    if decoded.len() > MAX_BODY { Err(too_large()) } else { Ok(decoded) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).expect("writes");
        encoder.finish().expect("finishes")
    }

    #[test]
    fn bodies_are_decoded_up_to_the_limit() {
        let text = b"{}".repeat(1000);
        assert_eq!(decode(gzip(&text), Encoding::Gzip).expect("decodes"), text);
        let zstd = zstd::stream::encode_all(text.as_slice(), 3).expect("encodes");
        assert_eq!(decode(zstd, Encoding::Zstd).expect("decodes"), text);
        assert_eq!(decode(gzip(&vec![b' '; MAX_BODY]), Encoding::Gzip).expect("decodes").len(), MAX_BODY);
        for (bomb, encoding) in [
            (gzip(&vec![0; 200 * MAX_BODY]), Encoding::Gzip),
            (zstd::stream::encode_all(vec![0; MAX_BODY + 1].as_slice(), 3).expect("encodes"), Encoding::Zstd),
        ] {
            assert_eq!(decode(bomb, encoding).expect_err("too large").code, Code::PayloadTooLarge);
        }
        for encoding in [Encoding::Gzip, Encoding::Zstd] {
            assert_eq!(
                decode(b"plain".to_vec(), encoding).expect_err("not compressed").code,
                Code::MalformedBody
            );
        }
    }
}
