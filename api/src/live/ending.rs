//! Why live connections end, in numbers and words.

/// Why a connection is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// WebSocket close code; without one, the peer gave none either.
    pub code: Option<u16>,
    /// In our words; no quotes, it also stands in JSON.
    pub reason: &'static str,
}

impl Ending {
    const fn new(code: u16, reason: &'static str) -> Self {
        Self { code: Some(code), reason }
    }

    pub const SILENT: Self = Self::new(1001, "nothing was heard for 60 s");
    pub const PROTOCOL: Self = Self::new(1002, "this is not the WebSocket protocol");
    pub const NOT_TEXT: Self = Self::new(1003, "frames are text");
    pub const NOT_UTF8: Self = Self::new(1007, "text is UTF-8");
    pub const BAD_FILTER: Self = Self::new(1008, "the filter is not understood");
    pub const BAD_WATCH: Self = Self::new(1008, "what to watch is not understood");
    pub const TOO_LARGE: Self = Self::new(1009, "messages have at most 64 KiB");
    pub const RESTARTING: Self = Self::new(1012, "restarting, connect again");
    pub const TRY_LATER: Self = Self::new(1013, "the database does not answer, connect again");
    pub const NOT_ALLOWED: Self = Self::new(4401, "the session or the membership has ended");
    pub const PROJECT_GONE: Self = Self::new(4404, "the project is gone");
    pub const DASHBOARD_GONE: Self = Self::new(4404, "the dashboard is gone");
    pub const TOO_SLOW: Self = Self::new(4408, "too slow, connect again");
}
