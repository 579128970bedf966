//! `prox refine`.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use anyhow::{Result, bail};
use indicatif::ProgressBar;
use prox_wasm::diff::{DiffOptions, unified_diff};
use prox_wasm::executor::apply_edits;
use prox_wasm::html::{html_to_text, looks_like_html};
use prox_wasm::refiner::lm::{LmEvent, LmOptions, LmSession};
use prox_wasm::refiner::{RefineOptions, Refined};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::args::{Mode, RefineArgs};
use crate::input;
use crate::jsonl::{self, RecordError};
use crate::model::{self, AnyRefiner};

#[derive(Deserialize)]
struct Record {
    text: String,
}

pub fn run(args: &RefineArgs) -> Result<usize> {
    let options = RefineOptions {
        level: args.level.into(),
        threshold: args.threshold,
        doc_threshold: args.doc_threshold,
        normalize: !args.no_normalize,
        normalize_threshold: args.normalize_threshold,
    };
    if args.file.extension().is_some_and(|e| e == "parquet") {
        bail!("Parquet is not read in this version; convert the column to JSONL with \"id\" and \"text\" and use --jsonl");
    }
    let refiner = model::load(&args.model, args.mode)?;
    let refine = |text: &str| -> Result<Refined> {
        match &refiner {
            AnyRefiner::Lines(refiner) => Ok(refiner.refine(text, options)?),
            AnyRefiner::Programs(refiner) => Ok(refiner.refine(text, program_options(args))?),
        }
    };
    if matches!((&refiner, args.mode), (AnyRefiner::Lines(_), Mode::Official)) {
        bail!("--mode official is for models that write programs; this one gives verdicts on lines");
    }
    if args.jsonl {
        return jsonl::run(&args.file, args.output.as_deref(), |record: Record| {
            let refined = refine(&record.text).map_err(|e| RecordError::new("refine", e))?;
            Ok(as_json(&refined))
        });
    }
    let mut text = input::read_text(&args.file)?;
    let named_html = args.file.extension().is_some_and(|e| e.eq_ignore_ascii_case("html") || e.eq_ignore_ascii_case("htm"));
    if args.html || (!args.text && (named_html || looks_like_html(&text))) {
        text = html_to_text(&text);
    }
    let refined = match &refiner {
        // that takes long enough to want to see how far it is
        AnyRefiner::Programs(refiner) => watched(refiner.start(&text, program_options(args))?)?,
        AnyRefiner::Lines(_) => refine(&text)?,
    };
    let mut out = input::create(args.output.as_deref())?;
    if args.json {
        writeln!(out, "{}", as_json(&refined))?;
    } else if args.diff {
        out.write_all(diff(&text, &refined, input::name(&args.file).as_ref())?.as_bytes())?;
    } else if args.show {
        out.write_all(show(&text, &refined).as_bytes())?;
    } else if !refined.text.is_empty() {
        writeln!(out, "{}", refined.text)?;
    }
    out.flush()?;
    if !refined.kept {
        eprintln!("prox: {} is dropped: {}", input::name(&args.file), reason(&refined));
    }
    Ok(0)
}

fn program_options(args: &RefineArgs) -> LmOptions {
    LmOptions {
        mode: args.mode.into(),
        level: args.level.into(),
        chunk_tokens: args.chunk_tokens,
        program_tokens: args.program_tokens,
        doc_threshold: args.doc_threshold,
    }
}

/// Refines, with what is being done on standard error while that is a terminal.
fn watched(mut session: LmSession<'_>) -> Result<Refined> {
    let bar = if io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    while let Some(event) = session.step()? {
        bar.set_message(match event {
            LmEvent::Read { done, total, .. } => format!("reading token {done} of {total}"),
            LmEvent::Written { tokens, .. } => format!("writing token {tokens}"),
            LmEvent::Document { keep } => format!("the document is worth keeping with probability {keep:.2}"),
            LmEvent::Chunk { first, last, .. } => format!("lines {first} to {last} are done"),
        });
        bar.tick();
    }
    bar.finish_and_clear();
    Ok(session.finish()?)
}

fn reason(refined: &Refined) -> String {
    let said = refined.diagnostics.first().map(|d| d.message.clone());
    said.unwrap_or_else(|| format!("worth keeping with probability {:.2}; --level chunk keeps every document", refined.document))
}

/// The fields of a result as the contract names them.
fn as_json(refined: &Refined) -> Value {
    json!({
        "text": refined.text,
        "kept": refined.kept,
        "program": refined.program,
        "edits": refined.edits,
        "lines": refined.lines.iter().map(|keep| json!({ "keep": keep })).collect::<Vec<_>>(),
        "document": { "keep": refined.document },
        "diagnostics": refined.diagnostics,
        "stats": refined.stats,
    })
}

/// What the edits change, as a unified diff of the text.
fn diff(text: &str, refined: &Refined, name: &str) -> Result<String> {
    let done = apply_edits(text, &refined.edits)?;
    let options = DiffOptions { from: name.to_owned(), to: format!("{name} refined"), ..DiffOptions::default() };
    Ok(unified_diff(text, &done, &options))
}

/// The program, then each line with its number, its keep probability and a minus where it goes.
fn show(text: &str, refined: &Refined) -> String {
    let mut out = String::new();
    let mut removed = vec![!refined.kept; refined.lines.len()];
    for range in refined.edits.iter().filter(|_| refined.kept).filter_map(|edit| match edit.operation {
        prox_wasm::executor::Operation::RemoveLines { lines } => Some(lines),
        _ => None,
    }) {
        removed[range[0]..=range[1]].fill(true);
    }
    for statement in refined.program.lines() {
        let _ = writeln!(out, "> {statement}");
    }
    for (i, line) in text.split('\n').enumerate() {
        let mark = if removed.get(i).copied().unwrap_or(false) { '-' } else { ' ' };
        let keep = refined.lines.get(i).copied().unwrap_or(1.0);
        let _ = writeln!(out, "{mark} [{i:03}] {keep:.2}  {line}");
    }
    out
}
