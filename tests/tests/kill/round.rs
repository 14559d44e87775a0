//! One run through several lives.

use crate::life::Life;
use rand::RngExt;
use rand::rngs::StdRng;
use std::time::Duration;
use tempfile::TempDir;
use tests::TestApp;
use tests::invariants::{check, outbox};
use tests::seeded::Seeded;

/// Within this time of being asked for, planning is killed. It takes about so
/// long; a kill that comes too late is one before approval.
const PLANNING_MS: u64 = 1_500;
/// After the mail that a kill waits for, up to so long passes.
const JITTER_MS: u64 = 40;

pub struct Round {
    folder: TempDir,
    each: usize,
    actions: usize,
    chance: StdRng,
}

impl Round {
    pub fn new(seeded: &Seeded, chance: StdRng) -> Round {
        let kinds = tests::fates::FATES.iter();
        Round {
            folder: seeded.copy(),
            each: seeded.each,
            actions: seeded.each * kinds.map(|fate| fate.actions.len()).sum::<usize>(),
            chance,
        }
    }

    pub fn play(mut self, runtime: &tokio::runtime::Runtime) {
        let life = Life::begin(self.folder.path());
        let run = life.create();
        let life = self.plan(life, &run);
        let life = self.execute(life, &run);
        life.until(&run, "completed");
        life.end();
        let log = std::fs::read_to_string(self.folder.path().join("serve.log")).unwrap();
        assert!(!log.contains("panicked"), "{log}");
        runtime.block_on(async {
            let app = TestApp::open_folder(self.folder.path()).await;
            let findings = check(&app, &run, self.each, &outbox(&app)).await;
            let context = app.picture(&run).await;
            app.stop().await;
            findings.none(&context);
        });
    }

    fn pause(&mut self, up_to: u64) -> Duration {
        Duration::from_millis(self.chance.random_range(0..up_to))
    }

    /// Killed while, or just before or after, the run is planned.
    fn plan(&mut self, life: Life, run: &str) -> Life {
        let pause = self.pause(PLANNING_MS);
        let life = interrupted(life, pause, |life| life.refresh(run));
        let status = life.status(run);
        println!("  planning killed after {pause:?}, found {status}");
        if status == "draft" {
            life.refresh(run);
        }
        life.until(run, "ready for execution");
        let planned = life.run(run)["statistics"]["all_actions"]["pending"].clone();
        assert_eq!(planned, self.actions, "not all actions were planned");
        life
    }

    /// Killed in the act of approving, and then each time after so many mails.
    fn execute(&mut self, life: Life, run: &str) -> Life {
        let pause = self.pause(JITTER_MS * 5);
        let mut life = interrupted(life, pause, |life| life.approve(run));
        let status = life.status(run);
        println!("  approval killed after {pause:?}, found {status}");
        if status == "ready for execution" {
            life.approve(run);
        }
        let kills = self.chance.random_range(2..=4);
        let mut moments: Vec<usize> = (0..kills)
            .map(|_| self.chance.random_range(0..self.actions))
            .collect();
        moments.sort_unstable();
        for moment in moments {
            while life.mails() < moment && life.status(run) == "running" {
                std::thread::sleep(Duration::from_millis(5));
            }
            std::thread::sleep(self.pause(JITTER_MS));
            let (mails, status) = (life.mails(), life.status(run));
            println!("  killed {status} with {mails} mails of {}", self.actions);
            life = life.killed();
        }
        life
    }
}

/// Kills the program a while after a request was sent to it, answered or not.
fn interrupted(life: Life, pause: Duration, request: impl Fn(&Life) + Sync) -> Life {
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| request(&life));
        std::thread::sleep(pause);
        life.kill();
        asking.join().unwrap();
    });
    life.killed()
}
