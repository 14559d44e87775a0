use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match local::cli::Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {}", message.replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}
