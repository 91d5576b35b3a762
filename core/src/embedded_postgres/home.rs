//! The directory a private cluster lives in: where it is, who owns it, and that only one
//! PulseBoard uses it at a time.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::EmbeddedError;

/// Where clusters go when root's data directory cannot be reached by the account that must run
/// Postgres.
const SHARED_STATE: &str = "/var/lib/pulseboard";

/// The file in the data directory that says where its cluster went instead.
pub(super) const ELSEWHERE: &str = "postgres.location";

/// The longest socket path that every system we know takes (Linux 107 bytes, macOS 103).
const LONGEST_SOCKET_PATH: usize = 100;

/// A claimed directory. The claim ends when this is dropped, and also with `kill -9`.
#[derive(Debug)]
pub(super) struct Home {
    /// Holds `cluster/`, `run/` and `postgres.log`; mode 0700, owned by the account below.
    pub root: PathBuf,
    /// Where the socket is; `run/`, or a short directory elsewhere when that is too long.
    pub socket_dir: PathBuf,
    /// The account to run Postgres as, when we are root.
    pub account: Option<Account>,
    _claim: File,
}

/// A user and its group, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    pub uid: u32,
    pub gid: u32,
}

impl Home {
    /// Makes and claims the directory that belongs to `data_dir`.
    pub fn claim(data_dir: &Path) -> Result<Self, EmbeddedError> {
        // 0711: the account that runs Postgres must be able to pass through, nobody may list.
        create_dirs(data_dir, 0o711)?;
        let data_dir = fs::canonicalize(data_dir).map_err(EmbeddedError::file("find", data_dir))?;
        let (root, account) = if own_uid()? == 0 {
            let (root, account) = home_below_root(&data_dir)?;
            (root, Some(account))
        } else {
            let root = data_dir.join("postgres");
            create_dirs(&root, 0o700)?;
            let owner = metadata(&root)?.uid();
            if owner != own_uid()? {
                return Err(EmbeddedError::NotOurs { path: root, owner });
            }
            (root, None)
        };
        let claim = claim(&root)?;
        let socket_dir = socket_dir(&root, account)?;
        Ok(Self { root, socket_dir, account, _claim: claim })
    }

    /// PGDATA.
    pub fn cluster(&self) -> PathBuf {
        self.root.join("cluster")
    }

    /// The server's log.
    pub fn log(&self) -> PathBuf {
        self.root.join("postgres.log")
    }

    /// A command that runs as the account that owns the cluster, in a directory it can enter,
    /// with none of our environment: that holds secrets, and `PG…` would change its meaning.
    pub fn command(&self, program: &Path) -> Command {
        command_as(self.account, program)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if !self.socket_dir.starts_with(&self.root) {
            // Empty once the server has gone; while one is there, this does nothing.
            let _ = fs::remove_dir(&self.socket_dir);
        }
    }
}

/// Root's case: the directory is given to the account that will run Postgres, or lies elsewhere
/// when that account cannot get there.
fn home_below_root(data_dir: &Path) -> Result<(PathBuf, Account), EmbeddedError> {
    let note = data_dir.join(ELSEWHERE);
    if let Ok(noted) = fs::read_to_string(&note) {
        let root = PathBuf::from(noted.trim_end());
        // A directory that is gone must not be replaced by an empty one in silence.
        fs::metadata(&root).map_err(EmbeddedError::file(
            "find the database that postgres.location in the data directory names,",
            &root,
        ))?;
        let account = owner_or_postgres(&root)?;
        make_owned(&root, account)?;
        return Ok((root, account));
    }
    let root = data_dir.join("postgres");
    let is_new = !root.exists();
    let account = owner_or_postgres(&root)?;
    make_owned(&root, account)?;
    if can_write(account, &root) {
        return Ok((root, account));
    }
    if is_new {
        // Nothing is in it yet: do not leave an empty directory that misleads.
        fs::remove_dir(&root).map_err(EmbeddedError::file("remove", &root))?;
    }
    let elsewhere = Path::new(SHARED_STATE).join(format!("{:016x}", fingerprint(data_dir)));
    create_dirs(Path::new(SHARED_STATE), 0o755)?;
    make_owned(&elsewhere, account)?;
    fs::write(&note, format!("{}\n", elsewhere.display())).map_err(EmbeddedError::file("write", &note))?;
    tracing::warn!(
        data_dir = %data_dir.display(),
        postgres = %elsewhere.display(),
        "the user postgres cannot reach the data directory, so its database is kept elsewhere"
    );
    Ok((elsewhere, account))
}

/// The account of an existing directory, so that data made by an ordinary user stays theirs when
/// root starts PulseBoard; otherwise `postgres`.
fn owner_or_postgres(root: &Path) -> Result<Account, EmbeddedError> {
    if let Ok(found) = fs::metadata(root)
        && found.uid() != 0
    {
        return Ok(Account { uid: found.uid(), gid: found.gid() });
    }
    let uid = id(&["-u", "postgres"]).ok_or(EmbeddedError::NoPostgresUser)?;
    let gid = id(&["-g", "postgres"]).ok_or(EmbeddedError::NoPostgresUser)?;
    Ok(Account { uid, gid })
}

fn make_owned(directory: &Path, account: Account) -> Result<(), EmbeddedError> {
    create_dirs(directory, 0o700)?;
    chown(directory, Some(account.uid), Some(account.gid))
        .map_err(EmbeddedError::file("give to the user postgres:", directory))
}

/// Asks the system itself, as the other account: modes, access lists and read-only file systems
/// all count.
fn can_write(account: Account, directory: &Path) -> bool {
    command_as(Some(account), Path::new("test"))
        .arg("-w")
        .arg(directory)
        .status()
        .is_ok_and(|status| status.success())
}

/// Takes the lock, or says who has it. The system drops it when the process ends in any way.
fn claim(root: &Path) -> Result<File, EmbeddedError> {
    let path = root.join("claim");
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(EmbeddedError::file("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Only a help for the message; without it the message is still right.
            let _ = file.read_to_string(&mut holder);
            return Err(EmbeddedError::InUse { path: root.to_owned(), pid: holder.trim().parse().ok() });
        }
        Err(TryLockError::Error(source)) => {
            return Err(EmbeddedError::File { doing: "lock", path, source });
        }
    }
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(EmbeddedError::file("write", &path))?;
    Ok(file)
}

/// `run/` below the root, or a private directory below the temporary one when the path of the
/// socket would be too long for the system.
fn socket_dir(root: &Path, account: Option<Account>) -> Result<PathBuf, EmbeddedError> {
    let usual = root.join("run");
    let name = format!("pulseboard-{:016x}", fingerprint(root));
    let short = [std::env::temp_dir(), PathBuf::from("/tmp")].map(|dir| dir.join(&name));
    let directory = std::iter::once(usual)
        .chain(short.clone())
        .find(|directory| socket_fits(directory))
        .unwrap_or_else(|| short[1].clone());
    create_dirs(&directory, 0o700)?;
    if let Some(account) = account
        && metadata(&directory)?.uid() == 0
    {
        make_owned(&directory, account)?;
    }
    // In a temporary directory somebody else may have made the name first.
    let found = metadata(&directory)?;
    let expected = match account {
        Some(account) => account.uid,
        None => own_uid()?,
    };
    if found.uid() != expected || !found.is_dir() || found.mode() & 0o077 != 0 {
        return Err(EmbeddedError::NotOurs { path: directory, owner: found.uid() });
    }
    Ok(directory)
}

fn socket_fits(directory: &Path) -> bool {
    directory.as_os_str().as_bytes().len() + "/.s.PGSQL.5432".len() <= LONGEST_SOCKET_PATH
}

fn command_as(account: Option<Account>, program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").stdin(Stdio::null()).env_clear();
    for kept in ["PATH", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    // Messages are matched by their text, and macOS wants a locale it need not look up.
    command.env("LC_ALL", "C");
    if let Some(account) = account {
        // The standard library also drops root's supplementary groups when a uid is given.
        command.uid(account.uid).gid(account.gid);
    }
    command
}

/// Who we are. `id` is in every system; asking without it would need unsafe code.
fn own_uid() -> Result<u32, EmbeddedError> {
    id(&["-u"]).ok_or_else(|| EmbeddedError::Program {
        program: "id -u".to_owned(),
        output: "it did not print a number".to_owned(),
    })
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).stderr(Stdio::null()).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

/// Without following a link at the end: a link is not a directory of ours.
fn metadata(path: &Path) -> Result<fs::Metadata, EmbeddedError> {
    fs::symlink_metadata(path).map_err(EmbeddedError::file("look at", path))
}

/// Creates the last directory with `mode`, those above it as usual. One that exists is left as
/// it is.
fn create_dirs(directory: &Path, mode: u32) -> Result<(), EmbeddedError> {
    if let Some(parent) = directory.parent() {
        fs::create_dir_all(parent).map_err(EmbeddedError::file("create", parent))?;
    }
    match DirBuilder::new().mode(mode).create(directory) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(EmbeddedError::file("create", directory)(error))
        }
        Err(_) => Ok(()),
        // A strict umask would keep the account of Postgres out.
        Ok(()) => fs::set_permissions(directory, fs::Permissions::from_mode(mode))
            .map_err(EmbeddedError::file("set the mode of", directory)),
    }
}

/// FNV-1a, 64 bit: a short name that stays the same for a path from one release to the next.
fn fingerprint(path: &Path) -> u64 {
    path.as_os_str()
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_is_the_published_one() {
        assert_eq!(fingerprint(Path::new("")), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fingerprint(Path::new("a")), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fingerprint(Path::new("foobar")), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_socket_path_may_be_a_hundred_bytes_long() {
        let room = LONGEST_SOCKET_PATH - "/.s.PGSQL.5432".len();
        assert!(socket_fits(Path::new(&format!("/{}", "d".repeat(room - 1)))));
        assert!(!socket_fits(Path::new(&format!("/{}", "d".repeat(room)))));
    }
}
