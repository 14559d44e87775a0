//! Progress on standard error: a bar on a terminal, a plain line every few
//! seconds elsewhere.

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// Between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// One phase of work, counted in pieces.
pub struct Progress {
    bar: ProgressBar,
    label: &'static str,
    /// What is counted.
    pieces: &'static str,
    begun: Instant,
    told: Cell<Instant>,
}

impl Progress {
    pub fn new(label: &'static str, pieces: &'static str, total: Option<u64>) -> Progress {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        let shape = match total {
            Some(_) => {
                format!("{label} [{{bar:30}}] {{human_pos}} of {{human_len}} {pieces}, {{elapsed}}")
            }
            None => format!("{label} {{spinner}} {{human_pos}} {pieces}, {{elapsed}}"),
        };
        // A wrong template shows the library's own bar.
        bar.set_style(
            ProgressStyle::with_template(&shape).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        let now = Instant::now();
        Progress {
            bar,
            label,
            pieces,
            begun: now,
            told: Cell::new(now),
        }
    }

    /// So many pieces are done.
    pub fn at(&self, done: u64) {
        self.bar.set_position(done);
        // Where standard error is no terminal, a bar would draw nothing at all.
        if self.bar.is_hidden() && self.told.get().elapsed() >= LINE_EVERY {
            self.told.set(Instant::now());
            eprintln!("{}: {}", self.label, self.count());
        }
    }

    /// Leaves one line that says how long it took.
    pub fn end(self) {
        self.bar.finish_and_clear();
        let took = HumanDuration(self.begun.elapsed());
        eprintln!("{}: {} in {took:#}", self.label, self.count());
    }

    fn count(&self) -> String {
        let (done, pieces) = (self.bar.position(), self.pieces);
        match self.bar.length() {
            Some(total) if done < total => format!("{done} of {total} {pieces}"),
            _ => format!("{done} {pieces}"),
        }
    }
}
