//! Why an address was not asked, or gave no answer. Messages are for the person who gave the address: they
//! repeat nothing of an answer, and nothing of what a library says.

use std::error::Error;

/// The closed list of what may go wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    #[error("This is not a complete address. Write it as https://example.com/path.")]
    InvalidUrl,
    #[error("Only addresses that begin with http:// or https:// can be asked.")]
    SchemeRefused,
    #[error("The address must not hold a user name or a password. Send them in a header.")]
    CredentialsRefused,
    #[error("Port {0} belongs to something other than HTTP and is not asked.")]
    PortRefused(u16),
    #[error(
        "This address leads into a private or reserved network. Whoever runs PulseBoard can allow such \
         networks by PULSEBOARD_OUTBOUND_ALLOW."
    )]
    AddressRefused,
    #[error("The method {0} is not sent.")]
    MethodRefused(String),
    #[error("The header {0} cannot be chosen: PulseBoard sets it itself.")]
    HeaderRefused(String),
    #[error("The name in the address is not known. Check its spelling.")]
    UnknownHost,
    #[error("The server cannot be reached: it refuses the connection, or there is no way to it.")]
    Unreachable,
    #[error(
        "A secure connection could not be made. Check the server's certificate, and whether it speaks https."
    )]
    TlsFailed,
    #[error("The server took too long: it has 5 seconds to accept the connection and 10 seconds in all.")]
    TimedOut,
    #[error("The server sends elsewhere by a redirect, which is not followed. Give the final address.")]
    Redirected,
    #[error("The answer is larger than 1 MiB.")]
    BodyTooLarge,
    #[error("The answer is compressed in a way that was not asked for, or broken. Only gzip is understood.")]
    BodyUnreadable,
    #[error("The answer is not valid HTTP, has more than 100 headers or 64 KiB of them, or it breaks off.")]
    BrokenAnswer,
}

impl OutboundError {
    /// A word for programs, which never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidUrl => "invalid_url",
            Self::SchemeRefused => "scheme_refused",
            Self::CredentialsRefused => "credentials_refused",
            Self::PortRefused(_) => "port_refused",
            Self::AddressRefused => "address_refused",
            Self::MethodRefused(_) => "method_refused",
            Self::HeaderRefused(_) => "header_refused",
            Self::UnknownHost => "unknown_host",
            Self::Unreachable => "unreachable",
            Self::TlsFailed => "tls_failed",
            Self::TimedOut => "timed_out",
            Self::Redirected => "redirected",
            Self::BodyTooLarge => "body_too_large",
            Self::BodyUnreadable => "body_unreadable",
            Self::BrokenAnswer => "broken_answer",
        }
    }

    /// What a failure of the client means. The details are for the operator's log, without the URL, which
    /// may hold a secret.
    pub(super) fn from_client(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let meaning = meaning(&error);
        tracing::debug!(code = meaning.code(), error = ?error, "an outbound request failed");
        meaning
    }
}

fn meaning(error: &reqwest::Error) -> OutboundError {
    let mut cause = error.source();
    while let Some(link) = cause {
        if let Some(ours) = link.downcast_ref::<OutboundError>() {
            return ours.clone();
        }
        if is_of_tls(link) {
            return OutboundError::TlsFailed;
        }
        cause = link.source();
    }
    if error.is_timeout() {
        OutboundError::TimedOut
    } else if error.is_connect() {
        OutboundError::Unreachable
    } else {
        OutboundError::BrokenAnswer
    }
}

/// TLS errors come wrapped into those of the socket, once or twice, which do not name them as their source.
fn is_of_tls(error: &(dyn Error + 'static)) -> bool {
    error.is::<rustls::Error>()
        || error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            .is_some_and(|inner| is_of_tls(inner))
}
