//! The program over one folder, from one kill to the next.

use serde_json::{Value, json};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tests::server::Server;
use tests::{TENANT, scenarios};

/// How long a run may stand still before it counts as hanging: well above the
/// longest pause there is, a minute's retry of the state machines.
const STILL_MAX: u32 = 180;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_program"))
}

pub struct Program {
    folder: PathBuf,
    token: String,
    server: Server,
}

impl Program {
    pub fn start(folder: &Path) -> Program {
        let command = ["token", "--tenant", TENANT, "--data"];
        let printed = program().args(command).arg(folder).output().unwrap();
        let mut log = File::options();
        let log = log.create(true).append(true).open(folder.join("serve.log"));
        Program {
            token: String::from_utf8(printed.stdout).unwrap().trim().into(),
            server: Server::start(program(), folder, log.unwrap().into()),
            folder: folder.to_owned(),
        }
    }

    pub fn kill(&self) {
        self.server.signal("KILL");
    }

    /// Killed, and started again.
    pub fn restarted(self) -> Program {
        let folder = self.folder.clone();
        self.server.end("KILL");
        Program::start(&folder)
    }

    /// Ends it with a signal that it handles.
    pub fn end(self) {
        assert!(self.server.end("TERM").0);
    }

    fn try_ask(&self, method: &str, path: &str, body: &Value) -> std::io::Result<(u16, String)> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nAuthorization: Bearer {}\r\nContent-Type: application/json",
            self.token
        );
        self.server.try_ask(&head, body.to_string().as_bytes())
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, text) = self.try_ask(method, path, body).unwrap();
        assert_eq!(status, 200, "{method} {path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    pub fn create(&self) -> String {
        let made = self.ask(
            "POST",
            &format!("/billingRuns/{TENANT}"),
            &scenarios::body(),
        );
        made["id"].as_str().unwrap().to_owned()
    }

    /// Asks for planning; no answer is one too, of a program that was killed.
    pub fn refresh(&self, run: &str) {
        let path = format!("/billingRuns/{TENANT}/refresh/{run}");
        if let Ok((status, text)) = self.try_ask("POST", &path, &json!({})) {
            assert_eq!(status, 200, "{text}");
        }
    }

    /// The same for an approval.
    pub fn approve(&self, run: &str) {
        let patch = json!([{ "op": "replace", "path": "/status", "value": "running" }]);
        if let Ok((status, text)) = self.try_ask("PATCH", &path(run), &patch) {
            assert_eq!(status, 200, "{text}");
        }
    }

    pub fn status(&self, run: &str) -> String {
        self.run(run)["status"].as_str().unwrap().to_owned()
    }

    pub fn run(&self, run: &str) -> Value {
        self.ask(
            "GET",
            &format!("{}?consistentRead=y", path(run)),
            &Value::Null,
        )
    }

    /// How many mails there are.
    pub fn mails(&self) -> usize {
        let tenant = self.folder.join("outbox").join(TENANT);
        std::fs::read_dir(tenant).map_or(0, Iterator::count)
    }

    /// Waits for a status; a run that does not get there is shown.
    pub fn until(&self, run: &str, wanted: &str) {
        let (mut seen, mut still) = ((String::new(), 0), 0);
        while seen.0 != wanted {
            std::thread::sleep(Duration::from_secs(1));
            let now = (self.status(run), self.mails());
            still = if now == seen { still + 1 } else { 0 };
            let ended = ["error", "timed out", "cancelled"].contains(&now.0.as_str());
            assert!(!ended && still < STILL_MAX, "{}", self.open_work(run));
            seen = now;
        }
    }

    fn open_work(&self, run: &str) -> String {
        let report = self.try_ask("GET", &format!("{}/report", path(run)), &Value::Null);
        let (_, report) = report.unwrap();
        let open = |line: &&str| {
            ["pending", "processing"]
                .iter()
                .any(|word| line.contains(word))
        };
        let open: Vec<&str> = report.lines().filter(open).collect();
        format!("{}\nopen:\n{}", self.run(run), open.join("\n"))
    }
}

fn path(run: &str) -> String {
    format!("/billingRuns/{TENANT}/{run}")
}
