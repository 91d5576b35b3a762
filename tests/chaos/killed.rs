//! `kill -9` under load: of Postgres, of the binary, of both.

use crate::stage::account::{Account, Addresses};
use crate::stage::gauge::Gauge;
use crate::stage::load::Load;
use crate::stage::outcome::Outcome;
use crate::stage::place::Place;
use crate::stage::process::{Process, is_running, kill};
use crate::stage::tally::Tally;

/// How hard and how often.
pub struct Size {
    /// Events per second.
    pub rate: usize,
    pub blows: usize,
    /// Events acknowledged between one blow and the next.
    pub between: usize,
}

/// One binary with its private Postgres, under load.
struct Scene {
    process: Process,
    account: Account,
    gauge: Gauge,
    load: Load,
    between: usize,
    /// Last: its end takes the directory away from under the others.
    place: Place,
}

impl Scene {
    async fn set(name: &str, size: &Size) -> Self {
        let place = Place::new(name);
        let process = Process::up(&place).await;
        let account = Account::create(&Addresses::new([process.base.clone()]), 1).await;
        let gauge = Gauge::start([process.pid()]);
        let load = Load::start(&account, size.rate);
        load.until_acknowledged(size.between).await;
        gauge.mark();
        Self { process, account, gauge, load, between: size.between, place }
    }

    fn postgres(&self) -> u32 {
        self.place.postgres().expect("Postgres runs")
    }

    /// Starts the binary again after it has been killed.
    async fn start_again(&mut self) {
        self.process = Process::up(&self.place).await;
        self.account.addresses.set([self.process.base.clone()]);
        self.gauge.follow([self.process.pid()]);
    }

    async fn go_on(&self) {
        self.load.until_acknowledged(self.between).await;
    }

    async fn close(self, name: &str) -> Outcome {
        let tally = Tally::take(self.load.stop().await, &self.account).await;
        Outcome::of(name, &tally, &self.gauge)
    }
}

/// Its Postgres, which it starts again.
pub async fn postgres(size: Size) -> Outcome {
    let scene = Scene::set("kill-postgres", &size).await;
    for _ in 0..size.blows {
        let postgres = scene.postgres();
        kill(postgres, "KILL");
        scene.go_on().await;
        assert_ne!(scene.postgres(), postgres, "another server runs");
    }
    scene.close(&format!("Postgres killed {}×", size.blows)).await
}

/// The binary alone; its Postgres goes on and is taken over.
pub async fn itself(size: Size) -> Outcome {
    let mut scene = Scene::set("kill-itself", &size).await;
    for _ in 0..size.blows {
        let postgres = scene.postgres();
        scene.process.kill().await;
        assert!(is_running(postgres), "the orphan goes on");
        scene.start_again().await;
        assert_eq!(scene.postgres(), postgres, "it is taken over");
        scene.go_on().await;
    }
    scene.close(&format!("binary killed {}×", size.blows)).await
}

/// Everything at once.
pub async fn both(size: Size) -> Outcome {
    let mut scene = Scene::set("kill-both", &size).await;
    for _ in 0..size.blows {
        // Postgres first: the other way round it could still finish what it was given.
        kill(scene.postgres(), "KILL");
        scene.process.kill().await;
        scene.start_again().await;
        scene.go_on().await;
    }
    scene.close(&format!("both killed {}×", size.blows)).await
}
