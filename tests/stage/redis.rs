//! A private Redis on a Unix socket, which can be killed, frozen, emptied and started again.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Ends with its owner.
pub struct Redis {
    directory: tempfile::TempDir,
    child: Option<Child>,
}

impl Redis {
    /// Nothing where there is no Redis to run.
    pub fn start() -> Option<Self> {
        let directory = tempfile::tempdir().expect("a directory");
        let mut redis = Self { directory, child: None };
        if redis.run().is_err() {
            eprintln!("skipped: there is no redis-server on the path");
            return None;
        }
        Some(redis)
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("redis.sock")
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Starts it (again).
    pub fn run(&mut self) -> std::io::Result<()> {
        let mut command = Command::new("redis-server");
        command.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"]).arg(self.socket());
        command.current_dir(self.directory.path()).stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn()?);
        let started = Instant::now();
        while UnixStream::connect(self.socket()).is_err() {
            assert!(started.elapsed() < Duration::from_secs(10), "Redis does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("kills");
            child.wait().expect("ends");
        }
    }

    pub fn signal(&self, signal: &str) {
        let pid = self.child.as_ref().expect("runs").id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().expect("kill exists").success());
    }

    /// FLUSHALL.
    pub fn flush(&self) {
        let mut stream = UnixStream::connect(self.socket()).expect("connects");
        stream.write_all(b"FLUSHALL\r\n").expect("sends");
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).expect("answers");
        assert_eq!(&answer, b"+OK\r\n");
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}
