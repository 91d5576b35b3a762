//! The private Postgres of another process on this machine, for commands beside a running PulseBoard.

use std::path::{Path, PathBuf};

use super::home::ELSEWHERE;
use super::{DATABASE, socket_url};

/// The line of `postmaster.pid` that names the directory of the socket.
const SOCKET_LINE: usize = 4;

/// The address of the private Postgres that runs in a data directory; none if there is no such server,
/// or if we may not look.
pub fn url_of_running(data_dir: &Path) -> Option<String> {
    let noted = std::fs::read_to_string(data_dir.join(ELSEWHERE)).ok();
    let root = noted.map_or_else(|| data_dir.join("postgres"), |text| PathBuf::from(text.trim_end()));
    let note = std::fs::read_to_string(root.join("cluster").join("postmaster.pid")).ok()?;
    let socket_dir = note.lines().nth(SOCKET_LINE).map(str::trim).filter(|line| !line.is_empty())?;
    Some(socket_url(Path::new(socket_dir), DATABASE))
}
