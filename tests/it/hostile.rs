//! Someone hostile or clumsy: whatever is sent, nothing breaks, nothing of others is lost, and what was
//! refused says why.

pub mod documents;
mod fields;
pub mod mutations;
mod payloads;
mod requests;
pub mod texts;

/// For a query string or a path: every byte escaped.
pub fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
