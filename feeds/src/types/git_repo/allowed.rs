//! Which repositories may be read: those below the directories and URLs that the operator names.

use std::path::{Component, Path, PathBuf};

use anyhow::bail;
use url::Url;

use crate::surroundings::entries;

/// What is said of everything else. The same whether it exists or not.
const NOT_ALLOWED: &str =
    "is not among those that whoever runs PulseBoard has allowed (PULSEBOARD_GIT_ALLOW)";

/// The operator's list.
#[derive(Debug, Default)]
pub(crate) struct Allowed {
    directories: Vec<PathBuf>,
    urls: Vec<Url>,
}

/// A repository that may be read, in its one spelling.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Repository {
    Directory(PathBuf),
    Url(String),
}

impl Allowed {
    /// Reads the list. Refuses what would allow something else than it seems to.
    pub fn read(list: &str) -> anyhow::Result<Self> {
        let mut allowed = Self::default();
        for entry in entries(list) {
            match written(entry) {
                Ok(Written::Directory(path)) => allowed.directories.push(path),
                Ok(Written::Url(url)) => allowed.urls.push(url),
                Err(problem) => bail!("PULSEBOARD_GIT_ALLOW: {entry} {problem}"),
            }
        }
        Ok(allowed)
    }

    pub fn is_empty(&self) -> bool {
        self.directories.is_empty() && self.urls.is_empty()
    }

    /// Whether a repository is allowed by what is written, without looking for it.
    pub fn check(&self, repository: &str) -> Result<(), String> {
        self.allowed(repository).map(|_| ())
    }

    /// The repository, once it is known where it really lies.
    pub(super) fn find(&self, repository: &str) -> Result<Repository, String> {
        let path = match self.allowed(repository)? {
            Written::Url(url) => return Ok(Repository::Url(url.into())),
            Written::Directory(path) => path,
        };
        let real = path.canonicalize().ok().filter(|path| path.is_dir()).ok_or("is not there")?;
        let is_inside = self
            .directories
            .iter()
            .filter_map(|directory| directory.canonicalize().ok())
            .any(|directory| real.starts_with(directory));
        if is_inside { Ok(Repository::Directory(real)) } else { Err(NOT_ALLOWED.to_owned()) }
    }

    fn allowed(&self, repository: &str) -> Result<Written, String> {
        let written = written(repository.trim())?;
        let is_allowed = match &written {
            Written::Directory(path) => self.directories.iter().any(|directory| path.starts_with(directory)),
            Written::Url(url) => self.urls.iter().any(|prefix| is_below(url, prefix)),
        };
        if is_allowed { Ok(written) } else { Err(NOT_ALLOWED.to_owned()) }
    }
}

/// A repository as it was written, made normal.
#[derive(Debug)]
enum Written {
    Directory(PathBuf),
    Url(Url),
}

fn written(text: &str) -> Result<Written, String> {
    if text.contains("://") {
        return web_address(text).map(Written::Url);
    }
    let path = Path::new(text);
    let is_plain = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    if !path.is_absolute() || !is_plain || text.contains(|sign: char| sign.is_control()) {
        return Err("must be a URL (https://…) or a directory from the root (/…), without ..".to_owned());
    }
    Ok(Written::Directory(path.components().collect()))
}

fn web_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "must be a complete URL, such as https://example.com/a.git")?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err("must begin with https:// or http://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or a password".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must not have a ? or #".to_owned());
    }
    // Written like this a server may take it for another path than we do.
    if text.contains(['%', '\\']) || text.contains(|sign: char| sign.is_control() || sign.is_whitespace()) {
        return Err("must not have %, \\ or spaces".to_owned());
    }
    Ok(url)
}

/// Whether a URL is this one or below it. Scheme, host and port are normal by now, and `..` is resolved.
fn is_below(url: &Url, prefix: &Url) -> bool {
    let bare = |url: &Url| url.path().trim_end_matches('/').trim_end_matches(".git").to_owned();
    let directory = prefix.path().trim_end_matches('/');
    url.origin() == prefix.origin()
        && (bare(url) == bare(prefix)
            || url.path().strip_prefix(directory).is_some_and(|rest| rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "/srv/git, https://git.example.com/team/ ,https://other.example/one.git";

    #[test]
    fn what_lies_below_is_allowed() {
        let allowed = Allowed::read(LIST).expect("a list");
        for repository in [
            "/srv/git/shop.git",
            "/srv/git//a/b/",
            "/srv/git",
            "https://git.example.com/team/shop.git",
            "https://GIT.example.com:443/team/a/b",
            "https://git.example.com/x/../team/shop",
            "https://other.example/one",
            "https://other.example/one.git/",
        ] {
            assert_eq!(allowed.check(repository), Ok(()), "{repository}");
        }
    }

    #[test]
    fn nothing_else_is() {
        let allowed = Allowed::read(LIST).expect("a list");
        for repository in [
            "",
            "/",
            "/srv/git/../other",
            "/srv/github/a",
            "/srv/./git/../../etc",
            "/SRV/git/a",
            "srv/git/a",
            "file:///srv/git/a",
            "-u/srv/git",
            "--upload-pack=touch /tmp/x",
            "ext::sh -c touch% /tmp/x",
            "fd::17/foo",
            "git@git.example.com:team/shop.git",
            "git.example.com:team/shop.git",
            "ssh://git.example.com/team/shop.git",
            "git://git.example.com/team/shop.git",
            "http://git.example.com/team/shop.git",
            "https://git.example.com:8443/team/shop.git",
            "https://git.example.com/teammate/shop.git",
            "https://git.example.com/TEAM/shop.git",
            "https://git.example.com/team/../secret.git",
            "https://git.example.com/team/%2e%2e/secret.git",
            "https://git.example.com/team/..%2fsecret.git",
            "https://git.example.com/team/..\\secret.git",
            "https://git.example.com/other?/team/",
            "https://git.example.com.evil.example/team/a",
            "https://git.example.com@evil.example/team/a",
            "https://evil.example/https://git.example.com/team/a",
            "https://evil.example#@git.example.com/team/a",
            "https://ann:secret@git.example.com/team/a",
            "https://other.example/one.git.evil",
            "https://other.example/two.git",
            "https://other.example/",
        ] {
            assert!(allowed.check(repository).is_err(), "{repository}");
            assert!(allowed.find(repository).is_err(), "{repository}");
        }
    }

    #[test]
    fn a_link_does_not_lead_out() {
        let home = tempfile::TempDir::new().expect("a directory");
        let home = home.path().canonicalize().expect("a path");
        for name in ["in/repo", "out/repo"] {
            std::fs::create_dir_all(home.join(name)).expect("a directory");
        }
        std::os::unix::fs::symlink(home.join("out/repo"), home.join("in/link")).expect("a link");
        let allowed = Allowed::read(&home.join("in").display().to_string()).expect("a list");
        let find = |name: &str| allowed.find(&home.join(name).display().to_string());
        assert_eq!(find("in/repo"), Ok(Repository::Directory(home.join("in/repo"))));
        assert_eq!(find("in/link"), Err(NOT_ALLOWED.to_owned()));
        assert_eq!(find("out/repo"), Err(NOT_ALLOWED.to_owned()));
        assert_eq!(find("out/gone"), Err(NOT_ALLOWED.to_owned()));
        assert_eq!(find("in/gone"), Err("is not there".to_owned()));
    }

    #[test]
    fn a_list_that_is_wrong_is_refused() {
        for list in ["srv/git", "ssh://git.example.com/", "https://ann@example.com/", "/srv/../etc", "*"] {
            assert!(Allowed::read(list).is_err(), "{list}");
        }
        assert!(Allowed::read(" , ").is_ok_and(|allowed| allowed.is_empty()));
    }
}
