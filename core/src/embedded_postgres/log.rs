//! The server's log: one file of bounded size, written by the server itself, so that an orphan goes
//! on writing it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::EmbeddedError;

/// The log is cut when it passes this.
const LARGEST_LOG: u64 = 10 << 20;
/// So much of its end is kept, as `postgres.log.1`.
const KEPT_LOG: u64 = 1 << 20;

/// Opens the log to append to it.
pub(super) fn open(path: &Path) -> Result<File, EmbeddedError> {
    cut(path);
    File::options().append(true).create(true).open(path).map_err(EmbeddedError::file("open", path))
}

/// Keeps the end of a log that has grown too large, and empties it. The server goes on writing to
/// the same file: it appends, so that no place in the file needs to be told to it.
pub(super) fn cut(path: &Path) {
    let attempt = || -> std::io::Result<()> {
        let Ok(mut log) = File::options().read(true).write(true).open(path) else {
            return Ok(());
        };
        let length = log.metadata()?.len();
        if length <= LARGEST_LOG {
            return Ok(());
        }
        log.seek(SeekFrom::Start(length - KEPT_LOG))?;
        let mut end = Vec::new();
        log.read_to_end(&mut end)?;
        File::create(path.with_extension("log.1"))?.write_all(&end)?;
        log.set_len(0)
    };
    if let Err(error) = attempt() {
        tracing::warn!(%error, path = %path.display(), "the log of PostgreSQL could not be cut");
    }
}

/// The log from `start` on.
pub(super) fn read_from(path: &Path, start: u64) -> String {
    let mut said = Vec::new();
    if let Ok(mut log) = File::open(path)
        && log.seek(SeekFrom::Start(start)).is_ok()
    {
        // Whatever could be read is better than nothing in an error message.
        let _ = log.take(1 << 20).read_to_end(&mut said);
    }
    String::from_utf8_lossy(&said).into_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_log_is_cut_only_when_it_is_too_large_and_keeps_its_end() {
        let directory = std::env::temp_dir().join(format!("pulseboard-log-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join("postgres.log");

        fs::write(&path, "short\n").unwrap();
        cut(&path);
        assert_eq!(fs::read_to_string(&path).unwrap(), "short\n");

        let mut long = vec![b'x'; usize::try_from(LARGEST_LOG).unwrap()];
        long.extend(b"the end\n");
        fs::write(&path, long).unwrap();
        cut(&path);
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);
        let kept = fs::read(directory.join("postgres.log.1")).unwrap();
        assert_eq!(kept.len() as u64, KEPT_LOG);
        assert!(kept.ends_with(b"the end\n"));
        fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn a_missing_log_is_no_error_and_reads_as_nothing() {
        let path = std::env::temp_dir().join("pulseboard-no-such.log");
        cut(&path);
        assert_eq!(read_from(&path, 5), "");
    }
}
