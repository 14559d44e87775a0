//! One run through several starts of the program.

use crate::program::Program;
use rand::RngExt;
use rand::rngs::StdRng;
use std::time::Duration;
use tempfile::TempDir;
use tests::TestApp;
use tests::fixture::Fixture;
use tests::invariants::{check, outbox};

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
    pub fn new(seeded: &Fixture, chance: StdRng) -> Round {
        let kinds = tests::scenarios::SCENARIOS.iter();
        Round {
            folder: seeded.copy(),
            each: seeded.each,
            actions: seeded.each * kinds.map(|scenario| scenario.actions.len()).sum::<usize>(),
            chance,
        }
    }

    pub fn play(mut self, runtime: &tokio::runtime::Runtime) {
        let program = Program::start(self.folder.path());
        let run = program.create();
        let program = self.plan(program, &run);
        let program = self.execute(program, &run);
        program.until(&run, "completed");
        program.end();
        let log = std::fs::read_to_string(self.folder.path().join("serve.log")).unwrap();
        assert!(!log.contains("panicked"), "{log}");
        runtime.block_on(async {
            let app = TestApp::open_folder(self.folder.path()).await;
            let findings = check(&app, &run, self.each, &outbox(&app)).await;
            let context = app.open_work(&run).await;
            app.stop().await;
            findings.none(&context);
        });
    }

    fn pause(&mut self, up_to: u64) -> Duration {
        Duration::from_millis(self.chance.random_range(0..up_to))
    }

    /// Killed while, or just before or after, the run is planned.
    fn plan(&mut self, program: Program, run: &str) -> Program {
        let pause = self.pause(PLANNING_MS);
        let program = interrupted(program, pause, |program| program.refresh(run));
        let status = program.status(run);
        println!("  planning killed after {pause:?}, found {status}");
        if status == "draft" {
            program.refresh(run);
        }
        program.until(run, "ready for execution");
        let planned = program.run(run)["statistics"]["all_actions"]["pending"].clone();
        assert_eq!(planned, self.actions, "not all actions were planned");
        program
    }

    /// Killed while approving, and then each time after so many mails.
    fn execute(&mut self, program: Program, run: &str) -> Program {
        let pause = self.pause(JITTER_MS * 5);
        let mut program = interrupted(program, pause, |program| program.approve(run));
        let status = program.status(run);
        println!("  approval killed after {pause:?}, found {status}");
        if status == "ready for execution" {
            program.approve(run);
        }
        let kills = self.chance.random_range(2..=4);
        let mut moments: Vec<usize> = (0..kills)
            .map(|_| self.chance.random_range(0..self.actions))
            .collect();
        moments.sort_unstable();
        for moment in moments {
            while program.mails() < moment && program.status(run) == "running" {
                std::thread::sleep(Duration::from_millis(5));
            }
            std::thread::sleep(self.pause(JITTER_MS));
            let (mails, status) = (program.mails(), program.status(run));
            println!("  killed {status} with {mails} mails of {}", self.actions);
            program = program.restarted();
        }
        program
    }
}

/// Kills the program a while after a request was sent to it, answered or not.
fn interrupted(program: Program, pause: Duration, request: impl Fn(&Program) + Sync) -> Program {
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| request(&program));
        std::thread::sleep(pause);
        program.kill();
        asking.join().unwrap();
    });
    program.restarted()
}
