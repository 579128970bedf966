//! `prox`: refines text with ProX programs on the command line.

mod args;
mod backend;
mod bench;
mod chunk;
mod convert;
mod execute;
mod execution;
mod input;
mod jsonl;
#[cfg(feature = "gpu")]
mod measured;
mod model;
mod refine;
mod score;
mod spans;
mod undo;

use std::process::ExitCode;

use clap::Parser;

use args::{Command, Prox};

fn main() -> ExitCode {
    let result = match Prox::parse().command {
        Command::Refine(args) => refine::run(&args),
        Command::Execute(args) => execute::run(&args),
        Command::Undo(args) => undo::run(&args),
        Command::Chunk(args) => chunk::run(&args),
        Command::Score(args) => score::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Spans(args) => spans::run(&args),
    };
    match result {
        Ok(0) => ExitCode::SUCCESS,
        Ok(failed) => {
            let lines = if failed == 1 { "line" } else { "lines" };
            eprintln!("prox: {failed} bad input {lines}; each has an \"error\" in its place");
            ExitCode::FAILURE
        }
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("prox: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `prox … | head` ends by closing the pipe; that is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe))
}
