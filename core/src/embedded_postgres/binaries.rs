//! Where the programs of Postgres are on this machine.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{EmbeddedError, OLDEST_SUPPORTED};

/// One installed server: the directory with `initdb`, `postgres` and `pg_ctl`, and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The directory of the programs.
    pub directory: PathBuf,
    /// The major version, for example 15.
    pub major: u32,
}

impl Binaries {
    /// The server to make a new cluster with: the one on the PATH, or else the newest in the
    /// places where packages put them.
    ///
    /// # Errors
    /// [`EmbeddedError::NoBinaries`] or [`EmbeddedError::TooOld`].
    pub fn find() -> Result<Self, EmbeddedError> {
        choose(&Self::installed(), None, Path::new(""))
    }

    /// The server for an existing cluster of version `major` in `path`.
    pub(super) fn find_for(major: u32, path: &Path) -> Result<Self, EmbeddedError> {
        choose(&Self::installed(), Some(major), path)
    }

    /// The path of one program.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Every server on the machine, best first.
    fn installed() -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        let path = std::env::var_os("PATH").unwrap_or_default();
        for directory in std::env::split_paths(&path).chain(package_directories()) {
            // Debian and Homebrew link programs into the PATH; the neighbours and the libraries
            // are found relative to the real file.
            let Some(directory) = real_directory(&directory) else {
                continue;
            };
            if found.iter().any(|known| known.directory == directory) {
                continue;
            }
            if let Some(major) = version_of(&directory) {
                found.push(Self { directory, major });
            }
        }
        found
    }
}

/// The first server that is new enough, or the one of exactly the version a cluster needs.
fn choose(installed: &[Binaries], cluster: Option<u32>, path: &Path) -> Result<Binaries, EmbeddedError> {
    let newest = installed.iter().map(|binaries| binaries.major).max().ok_or(EmbeddedError::NoBinaries)?;
    let fits = |binaries: &&Binaries| match cluster {
        Some(major) => binaries.major == major,
        None => binaries.major >= OLDEST_SUPPORTED,
    };
    match (installed.iter().find(fits), cluster) {
        (Some(binaries), _) => Ok(binaries.clone()),
        (None, None) => Err(EmbeddedError::TooOld { newest }),
        (None, Some(cluster)) => {
            let mut versions: Vec<u32> = installed.iter().map(|binaries| binaries.major).collect();
            versions.sort_unstable();
            versions.dedup();
            Err(EmbeddedError::OtherVersion {
                path: path.to_owned(),
                cluster,
                installed: versions.iter().map(u32::to_string).collect::<Vec<_>>().join(", "),
            })
        }
    }
}

/// The places where packages put servers without linking them into the PATH, newest first.
fn package_directories() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (parent, prefix, below) in [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/usr/libexec", "postgresql", ""),
        ("/opt/homebrew/opt", "postgresql@", "bin"),
        ("/usr/local/opt", "postgresql@", "bin"),
        ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ] {
        let Ok(entries) = std::fs::read_dir(parent) else {
            continue;
        };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut versions: Vec<(u32, String)> =
            names.filter_map(|name| Some((leading_number(name.strip_prefix(prefix)?)?, name))).collect();
        versions.sort_unstable_by(|a, b| b.cmp(a));
        for (_, name) in versions {
            found.push(Path::new(parent).join(name).join(below));
        }
    }
    found
}

/// The directory that really holds `postgres`, when `initdb` and `pg_ctl` are there as well.
fn real_directory(directory: &Path) -> Option<PathBuf> {
    let server = std::fs::canonicalize(directory.join("postgres")).ok()?;
    let directory = server.parent()?;
    let complete = ["initdb", "pg_ctl"].iter().all(|program| directory.join(program).is_file());
    complete.then(|| directory.to_owned())
}

/// Asks the server for its major version.
fn version_of(directory: &Path) -> Option<u32> {
    let output = Command::new(directory.join("postgres")).arg(OsStr::new("--version")).output().ok()?;
    major_version(&String::from_utf8_lossy(&output.stdout))
}

/// The major version in what `postgres --version` prints.
fn major_version(line: &str) -> Option<u32> {
    leading_number(line.trim().strip_prefix("postgres (PostgreSQL) ")?)
}

fn leading_number(text: &str) -> Option<u32> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(majors: &[u32]) -> Vec<Binaries> {
        let binaries = |&major: &u32| Binaries { directory: format!("/pg/{major}").into(), major };
        majors.iter().map(binaries).collect()
    }

    #[test]
    fn the_version_is_read_from_every_form_packages_print() {
        for (line, expected) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Some(15)),
            ("postgres (PostgreSQL) 17.2", Some(17)),
            ("postgres (PostgreSQL) 18beta1", Some(18)),
            ("postgres (PostgreSQL) 9.6.24", Some(9)),
            ("something else 15", None),
            ("", None),
        ] {
            assert_eq!(major_version(line), expected, "{line:?}");
        }
    }

    #[test]
    fn a_new_cluster_takes_the_first_that_is_new_enough() {
        let chosen = choose(&installed(&[14, 16, 17]), None, Path::new("")).unwrap();
        assert_eq!(chosen.major, 16);
    }

    #[test]
    fn an_existing_cluster_takes_its_own_version() {
        let chosen = choose(&installed(&[17, 15]), Some(15), Path::new("/d")).unwrap();
        assert_eq!(chosen.major, 15);
    }

    #[test]
    fn each_lack_has_its_own_message() {
        let none = choose(&[], None, Path::new("")).unwrap_err();
        assert!(matches!(none, EmbeddedError::NoBinaries));
        let old = choose(&installed(&[13, 14]), None, Path::new("")).unwrap_err();
        assert!(old.to_string().contains("PostgreSQL 14 is the newest"));
        let other = choose(&installed(&[17, 16]), Some(15), Path::new("/d")).unwrap_err();
        let text = other.to_string();
        assert!(text.contains("/d belongs to PostgreSQL 15"), "{text}");
        assert!(text.contains("only 16, 17"), "{text}");
        assert!(text.contains("pg_dump"), "{text}");
    }
}
