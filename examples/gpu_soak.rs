//! What a long life does to the GPU backend: devices lost at random moments, many pages, models loaded and dropped again and
//! again. Fails where a page's program is not the CPU's, a page hangs, or memory grows.
//!
//! `cargo run --release --features gpu --example gpu_soak -- --losses 100 --pages 1000 --cycles 50 [--texts PAGES.jsonl]`
//!
//! `--texts` names lines of JSON with `text`, or with `lines`, of which the first `--different` (50) are taken; without it the pages are
//! those of this repository's tests. `--model` names another line model than prox-nano.

use std::cell::Cell;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use prox_wasm::backend::{Choice, LadderBackend};
use prox_wasm::html::html_to_text;
use prox_wasm::model::line::LineModel;
use prox_wasm::refiner::{RefineOptions, Refiner};
use serde_json::Value;

static NANO: &[u8] = include_bytes!("../models/prox-nano.gguf");

/// Probabilities of both backends may differ by so much: sums are made in another order.
const APART: f32 = 1e-3;
/// Most that a page may take beyond three times what it takes undisturbed; a new device takes a second or two.
const HANG: Duration = Duration::from_secs(10);
/// Pages that are refined over and over.
const PAGES: usize = 50;
/// What allocators and drivers may keep: one model's buffers, which a leak would leave behind each time.
const GROWTH: u64 = 16 << 20;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let (mut losses, mut count, mut cycles, mut different, mut file, mut model) = (0, 0, 0, PAGES, None, NANO.to_vec());
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} has no value"))?;
        match name.as_str() {
            "--losses" => losses = value.parse()?,
            "--pages" => count = value.parse()?,
            "--cycles" => cycles = value.parse()?,
            "--different" => different = value.parse()?,
            "--texts" => file = Some(value),
            "--model" => model = std::fs::read(value)?,
            _ => return Err(format!("what is {name}?").into()),
        }
    }
    let texts = file.map_or_else(repository_texts, |file| read_texts(Path::new(&file)))?;
    let bytes = model;
    let model = Arc::new(LineModel::from_bytes(bytes.clone())?);
    let cpu = refiner(&model, Choice::Cpu).1;
    let page = |text: String| -> Result<Page> {
        let (program, keep) = refined(&cpu, &text)?;
        Ok(Page { program, keep, text, usual: Cell::new(Duration::MAX / 4) })
    };
    let pages: Vec<Page> = texts.into_iter().take(different).map(page).collect::<Result<_>>()?;
    let (ladder, gpu) = refiner(&model, Choice::Gpu);
    for page in &pages {
        page.usual.set(check(&gpu, page)?);
    }
    println!("{} different pages on the {}, all programs right", pages.len(), ladder.standing());
    drop((ladder, gpu));
    lose(&model, &pages, losses)?;
    refine_many(&model, &pages, count)?;
    load_and_drop(&bytes, &pages, cycles)
}

struct Page {
    text: String,
    program: String,
    /// Probabilities of the document and its lines.
    keep: Vec<f32>,
    /// What it takes undisturbed.
    usual: Cell<Duration>,
}

fn refined(refiner: &Refiner, text: &str) -> Result<(String, Vec<f32>)> {
    let refined = refiner.refine(text, RefineOptions::default())?;
    Ok((refined.program, std::iter::once(refined.document).chain(refined.lines).collect()))
}

fn refiner(model: &Arc<LineModel>, choice: Choice) -> (Arc<LadderBackend>, Refiner) {
    let ladder = Arc::new(LadderBackend::new(Arc::clone(model), choice, Box::new(|_| ())));
    (Arc::clone(&ladder), Refiner::with_backend(Arc::clone(model), ladder))
}

/// Refines a page, and says how long it took.
fn check(refiner: &Refiner, page: &Page) -> Result<Duration> {
    let start = Instant::now();
    let (found, keep) = refined(refiner, &page.text)?;
    let took = start.elapsed();
    if found != page.program {
        return Err(format!("the program is {found}\nnot {}", page.program).into());
    }
    let apart = keep.iter().zip(&page.keep).map(|(found, wanted)| (found - wanted).abs()).fold(0.0, f32::max);
    if keep.len() != page.keep.len() || apart > APART {
        return Err(format!("probabilities are {apart} apart").into());
    }
    if took > HANG + 3 * page.usual.get() {
        return Err(format!("a page took {took:.1?}, otherwise {:.1?}", page.usual.get()).into());
    }
    Ok(took)
}

/// Takes the device away at random moments while pages are refined.
fn lose(model: &Arc<LineModel>, pages: &[Page], losses: u64) -> Result<()> {
    if losses == 0 {
        return Ok(());
    }
    let (mut ladder, mut gpu) = refiner(model, Choice::Gpu);
    let (mut failures, mut on_cpu, mut refined, mut slowest, mut random) = (0, 0, 0, Duration::ZERO, 1u64);
    // a device that is lost and replaced brings drivers and allocators to their full size
    let mut warm = None;
    while failures < losses {
        let before = ladder.standing().failures;
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let wait = Duration::from_millis((random >> 33) % 400);
        let page = &pages[refined % pages.len()];
        let done = AtomicBool::new(false);
        let took = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(wait);
                if !done.load(Ordering::Relaxed) {
                    ladder.destroy_device();
                }
            });
            let took = check(&gpu, page);
            done.store(true, Ordering::Relaxed);
            took
        })?;
        slowest = slowest.max(took.saturating_sub(page.usual.get()));
        refined += 1;
        // another device does something before it is lost in its turn
        ladder.settle();
        if ladder.standing().failures > before {
            check(&gpu, &pages[refined % pages.len()])?;
        }
        failures += ladder.standing().failures - before;
        if !ladder.standing().gpu {
            // two losses in one window; the model stays on the CPU, as it should
            on_cpu += 1;
            (ladder, gpu) = refiner(model, Choice::Gpu);
        }
        if failures >= losses.min(5) && warm.is_none() {
            warm = Some(resident()?);
        }
    }
    let (warm, end) = (warm.unwrap_or_default(), resident()?);
    println!("{failures} losses in {refined} pages, all programs right, {slowest:.1?} longer than undisturbed at most");
    println!("{on_cpu} times two losses in one window: down to the CPU");
    grew("memory after 5 losses and after all", warm, end)
}

fn refine_many(model: &Arc<LineModel>, pages: &[Page], count: usize) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    let (ladder, gpu) = refiner(model, Choice::Gpu);
    pages.iter().try_for_each(|page| check(&gpu, page).map(drop))?;
    let (before, bytes, allocated) = (resident()?, ladder.counts().bytes, ladder.allocated_bytes());
    let mut worst = Duration::ZERO;
    for i in 0..count {
        worst = worst.max(check(&gpu, &pages[i % pages.len()])?);
    }
    println!("{count} pages, all programs right, the longest {worst:.1?}; {:?}", ladder.counts());
    if (ladder.counts().bytes, ladder.allocated_bytes()) != (bytes, allocated) || !ladder.standing().gpu {
        return Err(format!("buffers grew from {bytes}, {allocated:?}: {}", ladder.standing()).into());
    }
    println!("allocated on the device before and after: {allocated:?} bytes");
    grew("memory before and after", before, resident()?)
}

fn load_and_drop(model: &[u8], pages: &[Page], cycles: u64) -> Result<()> {
    let mut warm = 0;
    for cycle in 0..cycles {
        let model = Arc::new(LineModel::from_bytes(model.to_vec())?);
        let (ladder, gpu) = refiner(&model, Choice::Gpu);
        check(&gpu, &pages[0])?;
        if !ladder.standing().gpu {
            return Err(ladder.standing().to_string().into());
        }
        drop((ladder, gpu, model));
        if cycle == cycles.min(5) - 1 {
            warm = resident()?;
        }
    }
    if cycles == 0 {
        return Ok(());
    }
    println!("{cycles} times loaded and dropped");
    grew("memory after 5 and after all", warm, resident()?)
}

fn grew(what: &str, before: u64, after: u64) -> Result<()> {
    println!("{what}: {:.1} and {:.1} MiB", before as f64 / 1048576.0, after as f64 / 1048576.0);
    if after > before + GROWTH { Err("memory grows".into()) } else { Ok(()) }
}

/// Bytes of memory that this process has.
fn resident() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? * 1024)
}

fn repository_texts() -> Result<Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = vec![std::fs::read_to_string(root.join("www/example.txt"))?];
    texts.push(std::fs::read_to_string(root.join("tests/data/seed_page.txt"))?);
    let mut files: Vec<_> = std::fs::read_dir(root.join("tests/data/html"))?.map(|e| Ok(e?.path())).collect::<Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|e| e == "html"));
    files.sort();
    for file in files {
        texts.push(html_to_text(&String::from_utf8_lossy(&std::fs::read(file)?)));
    }
    Ok(texts)
}

fn read_texts(path: &Path) -> Result<Vec<String>> {
    let text_of = |line: &str| -> Result<String> {
        let page: Value = serde_json::from_str(line)?;
        let lines = page["lines"].as_array().map(|lines| lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"));
        page["text"].as_str().map(String::from).or(lines).ok_or_else(|| "neither text nor lines".into())
    };
    std::fs::read_to_string(path)?.lines().map(text_of).collect()
}
