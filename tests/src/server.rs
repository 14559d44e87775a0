//! The program as a process of its own, serving a folder.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// Ended when dropped.
pub struct Server {
    child: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Server {
    /// Starts `program serve` over a folder and waits until it answers. What it
    /// logs goes to `log`.
    pub fn start(mut program: Command, folder: &Path, log: Stdio) -> Server {
        let mut child = program
            .args(["serve", "--port", "0", "--data"])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        output.read_line(&mut line).expect("its first line");
        let address = line.trim().strip_prefix("http://").map(str::to_owned);
        Server {
            child,
            output,
            address: address.unwrap_or_else(|| panic!("no address: {line:?}")),
        }
    }

    /// Status and body of one request.
    ///
    /// # Errors
    /// When the process ends before it has answered.
    pub fn try_ask(&self, head: &str, body: &[u8]) -> io::Result<(u16, String)> {
        let mut stream = TcpStream::connect(&self.address)?;
        let length = body.len();
        let request =
            format!("{head}\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        stream.write_all(body)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let unfinished = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(unfinished)?;
        let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
        Ok((status.ok_or_else(unfinished)?, body.to_owned()))
    }

    /// The same of a process that nobody ends.
    pub fn ask(&self, head: &str, body: &[u8]) -> (u16, String) {
        self.try_ask(head, body).expect("an answer")
    }

    /// Sends a signal by its name, such as `KILL`.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.expect("kill").success());
    }

    /// Sends the signal and waits for the end: whether it was a good one, and
    /// what else the program has said.
    pub fn end(mut self, signal: &str) -> (bool, String) {
        self.signal(signal);
        let mut rest = String::new();
        self.output
            .read_to_string(&mut rest)
            .expect("the rest of its output");
        (self.child.wait().expect("its end").success(), rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
