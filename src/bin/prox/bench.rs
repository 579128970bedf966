//! `prox bench`: how fast a model is on this machine.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use prox_wasm::backend::Logits;
use prox_wasm::backend::cpu::{CpuLlama, Kernel, plan_of_file};
use prox_wasm::model::llama::{LlamaConfig, LlamaModel};
use prox_wasm::refiner::{RefineOptions, Refiner};
use serde_json::{Value, json};

use crate::args::{BenchArgs, KernelName};
use crate::input;
use crate::model::{self, ModelFile};

/// Lines of the median page of the labelled data.
const LINES: usize = 167;
/// Fewest and most runs of one measurement.
const RUNS: std::ops::RangeInclusive<usize> = 3..=1000;

pub fn run(args: &BenchArgs) -> Result<usize> {
    if args.tokens == 0 || args.written == 0 {
        bail!("--tokens and --written must be at least 1");
    }
    let file = match &args.model.model {
        Some(path) if path.is_dir() => bail!("{} is a folder; measure its files one by one", path.display()),
        Some(path) => Some(model::open(path)?).filter(ModelFile::writes_programs),
        None => None,
    };
    let rows = match file {
        Some(file) => tokens(file.path, args)?,
        None => page_rows(args)?,
    };
    let mut out = input::create(None)?;
    for row in &rows {
        if args.json {
            writeln!(out, "{row}")?;
        } else if let Value::Object(fields) = row {
            let shown: Vec<String> = fields.iter().map(|(name, value)| format!("{name} {}", plain(value))).collect();
            writeln!(out, "{}", shown.join("  "))?;
        }
    }
    out.flush()?;
    Ok(0)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => format!("{:.2}", number.as_f64().unwrap_or(0.0)),
        other => other.to_string(),
    }
}

/// Runs over and over for the time asked for, after one run that does not count; the median in seconds, and the number.
fn median(time: Duration, mut once: impl FnMut() -> Result<Duration>) -> Result<(f64, usize)> {
    once()?;
    let began = Instant::now();
    let mut times = Vec::new();
    while times.len() < *RUNS.start() || (began.elapsed() < time && times.len() < *RUNS.end()) {
        times.push(once()?.as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok((times[times.len() / 2], times.len()))
}

/// Where the model was asked to run; on the CPU as well where that is a GPU.
#[cfg(feature = "gpu")]
fn page_rows(args: &BenchArgs) -> Result<Vec<Value>> {
    use crate::args::Backend;
    use crate::backend::on_ladder;
    let mut rows = Vec::new();
    if args.model.backend != Backend::Cpu {
        rows.push(pages(&on_ladder(input::read_model(&args.model)?, Backend::Cpu)?.0, args)?);
    }
    let (refiner, ladder) = on_ladder(input::read_model(&args.model)?, args.model.backend)?;
    let before = ladder.counts();
    refiner.refine(&page(), RefineOptions::default())?;
    let after = ladder.counts();
    let mut row = pages(&refiner, args)?;
    if let Value::Object(fields) = &mut row {
        fields.insert("backend".into(), ladder.standing().to_string().into());
        let counts = [
            ("submits_a_page", after.submits - before.submits),
            ("dispatches_a_page", after.dispatches - before.dispatches),
            ("readbacks_a_page", after.readbacks - before.readbacks),
            ("read_bytes_a_page", after.read_bytes - before.read_bytes),
            ("gpu_bytes", after.bytes),
        ];
        fields.extend(counts.map(|(name, count)| (name.into(), count.into())));
    }
    rows.push(row);
    Ok(rows)
}

/// On the CPU.
#[cfg(not(feature = "gpu"))]
fn page_rows(args: &BenchArgs) -> Result<Vec<Value>> {
    Ok(vec![pages(&input::load_model(&args.model)?, args)?])
}

/// Whole pages through the line transformer and the executor, one thread.
fn pages(refiner: &Refiner, args: &BenchArgs) -> Result<Value> {
    let page = page();
    let time = Duration::from_secs_f64(args.seconds.clamp(0.0, 600.0));
    let (seconds, runs) = median(time, || {
        let began = Instant::now();
        refiner.refine(&page, RefineOptions::default())?;
        Ok(began.elapsed())
    })?;
    Ok(json!({
        "model": refiner.model().name,
        "lines": LINES,
        "bytes": page.len(),
        "milliseconds_a_page": seconds * 1e3,
        "pages_a_second": 1.0 / seconds,
        "runs": runs,
        "peak_bytes": peak_bytes(),
    }))
}

/// A page with a menu, prose and a footer, the same on every machine.
fn page() -> String {
    const MENU: [&str; 6] =
        ["Home", "About us | Contact | Privacy policy", "Share on Facebook", "Read more", "3 comments", "Posted in News"];
    const WORDS: [&str; 16] = [
        "the", "mill", "was", "rebuilt", "in", "spring", "by", "people", "who", "had", "waited", "for", "years", "while",
        "water", "rose",
    ];
    let line = |i: usize| match i {
        _ if i % 3 == 1 && (20..130).contains(&i) => String::new(),
        20..130 => (0..12 + i % 37).map(|j| WORDS[(i * 7 + j * j + j) % WORDS.len()]).collect::<Vec<_>>().join(" ") + ".",
        _ => MENU[i % MENU.len()].to_owned(),
    };
    (0..LINES).map(line).collect::<Vec<_>>().join("\n")
}

/// Prefill and decode of a language model with both kernels.
fn tokens(path: &Path, args: &BenchArgs) -> Result<Vec<Value>> {
    let total = args.tokens + args.written;
    let time = Duration::from_secs_f64(args.seconds.clamp(0.0, 600.0));
    // any tokens do: the work does not depend on them
    let prompt = |vocab: usize| -> Vec<u32> { (0..args.tokens).map(|i| (i * 7919 % vocab) as u32).collect() };
    let check_room = |config: &LlamaConfig| {
        if total > config.context {
            let (read, written) = (args.tokens, args.written);
            bail!("{read} tokens to read and {written} to write are more than the {} the model has room for", config.context);
        }
        Ok(())
    };
    let mut rows = Vec::new();
    let kernels = [("cpu int8", Kernel::Int8, KernelName::Int8), ("cpu float", Kernel::Float, KernelName::Float)];
    for (name, kernel, _) in kernels.into_iter().filter(|(.., name)| args.kernel.is_none_or(|kernel| kernel == *name)) {
        let file = model::open(path)?;
        let plan = file.directory().map(|directory| plan_of_file(directory, kernel, total, true)).transpose()?;
        let gguf = file.rest()?;
        let model = Arc::new(LlamaModel::from_gguf(&gguf)?);
        // so that the model has the only share in each tensor's data
        drop(gguf);
        let runner = CpuLlama::new(model, kernel);
        check_room(runner.config())?;
        let prompt = prompt(runner.vocab_size());
        let mut cache = runner.cache(total);
        let (prefill, runs) = median(time, || {
            cache.truncate(0);
            let began = Instant::now();
            runner.read(&prompt, &mut cache, Logits::Last)?;
            Ok(began.elapsed())
        })?;
        let (decode, _) = median(time, || {
            cache.truncate(prompt.len());
            let began = Instant::now();
            for &token in prompt.iter().cycle().take(args.written) {
                runner.read(&[token], &mut cache, Logits::Last)?;
            }
            Ok(began.elapsed())
        })?;
        rows.push(json!({
            "backend": name,
            "prefill_tokens": args.tokens,
            "prefill_tokens_a_second": args.tokens as f64 / prefill,
            "decode_tokens": args.written,
            "decode_tokens_a_second": args.written as f64 / decode,
            "runs": runs,
            "planned_bytes": plan.map(|plan| plan.total()),
            "peak_bytes": peak_bytes(),
        }));
    }
    if args.model.backend == crate::args::Backend::Gpu {
        let model = LlamaModel::from_gguf(&model::open(path)?.rest()?)?;
        check_room(&model.config)?;
        let prompt = prompt(model.vocab_size());
        rows.push(gpu_tokens(Arc::new(model), &prompt, args, time)?);
    }
    Ok(rows)
}

/// The same on the GPU.
#[cfg(feature = "gpu")]
fn gpu_tokens(model: Arc<LlamaModel>, prompt: &[u32], args: &BenchArgs, time: Duration) -> Result<Value> {
    use pollster::block_on;
    use prox_wasm::backend::Wanted;
    use prox_wasm::backend::gpu::{Gpu, GpuLlama};
    let setup = crate::backend::setup()?;
    let gpu = block_on(Gpu::connect_within(u64::MAX, &setup))?;
    let mut runner = block_on(GpuLlama::new(gpu, model, prompt.len() + args.written, &setup))?;
    let start = runner.gpu().counts();
    let (prefill, runs) = median(time, || {
        runner.truncate(0);
        let began = Instant::now();
        block_on(runner.read(prompt))?;
        Ok(began.elapsed())
    })?;
    let before = runner.gpu().counts();
    let (decode, decodes) = median(time, || {
        runner.truncate(prompt.len());
        let began = Instant::now();
        for &token in prompt.iter().cycle().take(args.written) {
            block_on(runner.answer(&[token], Wanted::Likeliest))?;
        }
        Ok(began.elapsed())
    })?;
    let after = runner.gpu().counts();
    let reads = ((decodes + 1) * args.written) as u64;
    Ok(json!({
        "backend": format!("gpu {}", runner.gpu().report()),
        "prefill_tokens": args.tokens,
        "prefill_tokens_a_second": args.tokens as f64 / prefill,
        "decode_tokens": args.written,
        "decode_tokens_a_second": args.written as f64 / decode,
        "runs": runs,
        "prefill_submits": (before.submits - start.submits) / (runs as u64 + 1),
        "prefill_dispatches": (before.dispatches - start.dispatches) / (runs as u64 + 1),
        "submits_a_token": (after.submits - before.submits) / reads,
        "dispatches_a_token": (after.dispatches - before.dispatches) / reads,
        "readbacks_a_token": (after.readbacks - before.readbacks) / reads,
        "read_bytes_a_token": (after.read_bytes - before.read_bytes) / reads,
        "gpu_bytes": after.bytes,
        "peak_bytes": peak_bytes(),
    }))
}

/// Says what is missing.
#[cfg(not(feature = "gpu"))]
fn gpu_tokens(_: Arc<LlamaModel>, _: &[u32], _: &BenchArgs, _: Duration) -> Result<Value> {
    bail!("--backend gpu needs a prox that was built with the feature `gpu`: cargo build --features gpu")
}

/// The most memory this process had, where the system tells.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
