//! `serve`: the whole API behind one address, until it is told to end.

use crate::demo::{self, State};
use crate::folder::Folder;
use crate::site::Site;
use axum::Router;
use std::io::Write;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// How long requests under way may take once the end is asked for.
const GRACE: Duration = Duration::from_secs(10);

/// Serves the folder at `data` on loopback; port 0 takes a free one. Prints
/// the address, alone on a line, when it answers. Ends on SIGTERM or ctrl-c.
///
/// # Errors
/// One line that says what is in the way: the folder, a file in it or the port.
pub async fn serve(data: &Path, port: u16) -> Result<(), String> {
    let folder = Folder::open(data)?;
    let lock = folder.lock()?;
    let listener = listen(port).await?;
    let address = address(&listener)?;
    let site = Site::open(folder, lock).await?;
    answer(site, listener, &format!("{address}\n")).await
}

/// Makes the demo in the folder at `data` and prints what came of it.
///
/// # Errors
/// One line: as [`serve`], or what went wrong with the demo.
pub async fn make_demo(data: &Path, options: demo::Options) -> Result<(), String> {
    let folder = Folder::open(data)?;
    let lock = folder.lock()?;
    let site = Site::open(folder, lock).await?;
    say(&demo::run(&site, options).await?)
}

/// Serves the folder at `data` as [`serve`] does, with a demo in it unless the
/// tenant has data already. Prints what to try.
///
/// # Errors
/// One line: as [`serve`], or what went wrong with the demo.
pub async fn serve_demo(data: &Path, port: u16) -> Result<(), String> {
    let folder = Folder::open(data)?;
    let lock = folder.lock()?;
    let listener = listen(port).await?;
    let site = Site::open(folder, lock).await?;
    if matches!(
        demo::state(&demo::store(&site)?).await?,
        State::Absent | State::Begun(_)
    ) {
        say(&demo::run(&site, demo::Options::default()).await?)?;
    }
    let said = demo::instructions(&site, &address(&listener)?).await?;
    answer(site, listener, &format!("\n{said}")).await
}

/// Answers on the listener until SIGTERM or ctrl-c.
async fn answer(site: Site, listener: TcpListener, said: &str) -> Result<(), String> {
    // Before anything is printed: whoever reads the address may end the process at once.
    let stopping = stopping()?;
    tracing::info!(folder = %site.stack.folder.path().display(), "serving");
    say(said)?;
    let documents = crate::documents::router(site.stack.core.documents.clone());
    let extra = crate::reference::router().merge(documents);
    run(listener, site.gateway.clone().router(extra), stopping).await
}

async fn listen(port: u16) -> Result<TcpListener, String> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    bound.map_err(|cause| {
        format!("cannot listen on port {port}: {cause} (--port 0 takes a free one)")
    })
}

fn address(listener: &TcpListener) -> Result<String, String> {
    let address = listener.local_addr().map_err(|cause| cause.to_string())?;
    Ok(format!("http://{address}"))
}

fn say(text: &str) -> Result<(), String> {
    let mut output = std::io::stdout().lock();
    write!(output, "{text}")
        .and_then(|()| output.flush())
        .map_err(|cause| cause.to_string())
}

async fn run(
    listener: TcpListener,
    router: Router,
    stopping: watch::Receiver<bool>,
) -> Result<(), String> {
    let server = axum::serve(listener, router).with_graceful_shutdown(stopped(stopping.clone()));
    // A client that keeps its connection open would hold up a graceful end for ever.
    let overdue = async {
        stopped(stopping).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        outcome = server => outcome.map_err(|cause| cause.to_string()),
        () = overdue => Ok(()),
    }
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that nobody is left who could ask for the end.
    if stopping.wait_for(|asked| *asked).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Becomes true when the process is asked to end. Signals are caught from here on.
fn stopping() -> Result<watch::Receiver<bool>, String> {
    let catch = |kind| signal(kind).map_err(|cause| format!("cannot catch signals: {cause}"));
    let (terminate, interrupt) = (
        catch(SignalKind::terminate())?,
        catch(SignalKind::interrupt())?,
    );
    let (ask, asked) = watch::channel(false);
    tokio::spawn(wait(terminate, interrupt, ask));
    Ok(asked)
}

async fn wait(mut terminate: Signal, mut interrupt: Signal, ask: watch::Sender<bool>) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("ending");
    ask.send_replace(true);
}
