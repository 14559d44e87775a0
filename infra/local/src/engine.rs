//! The embedded DynamoDB: its own thread and runtime, because its calls block
//! and would stall everything else.

use std::io;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// A running engine on loopback. Dropping it stops it and closes its file.
pub struct Engine {
    /// `http://127.0.0.1:<port>`
    pub endpoint: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Opens the file, or an engine in memory, and serves it on a free port.
    ///
    /// # Errors
    /// One line that says what is wrong with the file or the port.
    pub fn start(file: Option<&Path>) -> Result<Engine, String> {
        let (database, name) = open(file)?;
        // The engine's normal mode (SQLite's `synchronous = NORMAL`): a killed
        // process loses nothing, and no write waits for the disk. The mode it
        // opens with waits at every write, for the sake of a power cut.
        database
            .disable_bulk_loading()
            .map_err(|cause| format!("cannot set up the database {name}: {cause}"))?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0")
            .map_err(|cause| format!("no free port: {cause}"))?;
        let endpoint = listener
            .local_addr()
            .map(|address| format!("http://{address}"))
            .map_err(|e| e.to_string())?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("dynamodb".into())
            .spawn(move || {
                if let Err(cause) = serve(listener, database, stopped) {
                    tracing::error!(%cause, "the embedded database has stopped");
                }
            })
            .map_err(|cause| format!("cannot start a thread: {cause}"))?;
        Ok(Engine {
            endpoint,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

/// The engine of a file, or of memory, and what it is called in messages.
fn open(file: Option<&Path>) -> Result<(dynoxide::Database, String), String> {
    let database = match file {
        Some(path) => dynoxide::Database::new(&path.to_string_lossy()),
        None => dynoxide::Database::memory(),
    };
    let name = file.map_or("in memory".into(), |path| path.display().to_string());
    match database {
        Ok(database) => Ok((database, name)),
        Err(cause) => Err(format!("cannot open the database {name}: {cause}")),
    }
}

/// Removes what has expired from a file that nobody serves, and gives back to the
/// disk what is free in it: the engine keeps that for what is written next.
///
/// # Errors
/// One line: it is no file of the engine's, or the disk is too full for a copy.
pub fn compact(file: &Path) -> Result<(), String> {
    let (database, name) = open(Some(file))?;
    let swept = database.sweep_ttl();
    let compacted = swept.and_then(|_| database.vacuum());
    compacted.map_err(|cause| format!("cannot compact the database {name}: {cause}"))
}

fn serve(
    listener: std::net::TcpListener,
    database: dynoxide::Database,
    stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async move {
        // tokio takes over a listener only so; it was bound outside, so that a port that is taken
        // stops the start.
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        tokio::spawn(sweep(database.clone()));
        let shutdown = async {
            let _ = stopped.await;
        };
        dynoxide::server::serve_with_shutdown(listener, database, shutdown)
            .await
            .map_err(io::Error::other)
    })
}

/// Removes what has expired: at the start, and then once a minute. AWS does it
/// within days, so nothing may rely on the moment.
async fn sweep(database: dynoxide::Database) {
    let mut timer = tokio::time::interval(SWEEP_EVERY);
    loop {
        timer.tick().await;
        let database = database.clone();
        // Between pages it blocks until waiting requests have had their turn.
        match tokio::task::spawn_blocking(move || database.sweep_ttl()).await {
            Ok(Ok(removed)) => tracing::debug!(removed, "expired items"),
            Ok(Err(cause)) => tracing::warn!(%cause, "expired items are not removed"),
            Err(cause) => tracing::warn!(%cause, "expired items are not removed"),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // An engine that has stopped by itself takes no message.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // Waited for, so that the file is closed when whoever dropped it opens it again.
            let _ = thread.join();
        }
    }
}
