//! Refining on the GPU: the programs of the CPU, whatever happens to the device.
//!
//! These tests fail where there is no adapter; mesa-vulkan-drivers brings a software one.

#[path = "support/tiny_lm.rs"]
mod tiny_lm;

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use prox_wasm::backend::cpu::Kernel;
use prox_wasm::backend::gpu::Setup;
use prox_wasm::backend::{Choice, LadderBackend, Standing, Times, TokenLadder, wait};
use prox_wasm::html::html_to_text;
use prox_wasm::model::line::LineModel;
use prox_wasm::refiner::lm::{LmModel, LmOptions, LmRefiner, Stage};
use prox_wasm::refiner::{Level, RefineOptions, Refiner};

static NANO: &[u8] = include_bytes!("../models/prox-nano.gguf");

fn model() -> Arc<LineModel> {
    Arc::new(LineModel::from_bytes(NANO.to_vec()).unwrap())
}

/// Pages of many kinds.
fn texts() -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &std::path::Path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    let mut texts = vec![read(&root.join("www/example.txt")), read(&root.join("tests/data/seed_page.txt"))];
    let mut pages: Vec<_> = std::fs::read_dir(root.join("tests/data/html")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    texts.extend(pages.iter().filter(|path| path.extension().is_some_and(|e| e == "html")).map(|path| html_to_text(&read(path))));
    // longer than a window
    let long: Vec<&str> = texts.iter().flat_map(|text| text.lines()).collect();
    texts.push(long.join("\n"));
    texts
}

fn ladder(choice: Choice) -> (Arc<LadderBackend>, Refiner, Arc<Mutex<Vec<Standing>>>) {
    let model = model();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&heard);
    let tell = Box::new(move |standing: &Standing| listener.lock().unwrap().push(standing.clone()));
    let ladder = Arc::new(LadderBackend::new(Arc::clone(&model), choice, tell));
    (Arc::clone(&ladder), Refiner::with_backend(model, ladder), heard)
}

fn programs(refiner: &Refiner) -> Vec<String> {
    let refine = |text: String| refiner.refine(&text, RefineOptions::default()).unwrap().program;
    texts().into_iter().map(refine).collect()
}

#[track_caller]
fn on_gpu(ladder: &LadderBackend) {
    let standing = ladder.standing();
    assert!(standing.gpu, "{standing}\nThese tests need a Vulkan driver: apt-get install mesa-vulkan-drivers");
}

#[test]
fn programs_are_those_of_the_cpu() {
    let (on_cpu, cpu, heard) = ladder(Choice::Cpu);
    assert_eq!(on_cpu.standing(), Standing { gpu: false, why: "asked for".into(), failures: 0 });
    assert_eq!(*heard.lock().unwrap(), [on_cpu.standing()]);
    let (ladder, gpu, _) = ladder(Choice::Gpu);
    on_gpu(&ladder);
    let before = ladder.counts();
    let (found, wanted) = (programs(&gpu), programs(&cpu));
    assert!(wanted.len() >= 12 && wanted.iter().any(|program| program.contains("remove_lines")));
    assert_eq!(found, wanted);
    on_gpu(&ladder);
    let after = ladder.counts();
    assert!(after.submits - before.submits > 12, "the GPU did the work");
    assert_eq!((after.submits, after.bytes), (after.readbacks, before.bytes));
    assert_eq!(on_cpu.counts().submits, 0);
}

#[test]
fn a_model_with_a_token_lm_gives_the_programs_of_the_cpu() {
    // prox-small's layout, with random weights
    let packed = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/small_model.gguf.gz")).unwrap();
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
    let model = Arc::new(LineModel::from_bytes(bytes).unwrap());
    assert!(model.lm.is_some());
    let ladder = |choice| Arc::new(LadderBackend::new(Arc::clone(&model), choice, Box::new(|_| ())));
    let refined = |ladder: Arc<LadderBackend>| {
        let refiner = Refiner::with_backend(Arc::clone(&model), ladder);
        let options = RefineOptions { level: Level::Chunk, ..RefineOptions::default() };
        texts().into_iter().map(|text| refiner.refine(&text, options).unwrap()).collect::<Vec<_>>()
    };
    let (on_gpu_now, on_cpu) = (ladder(Choice::Gpu), ladder(Choice::Cpu));
    on_gpu(&on_gpu_now);
    // random weights keep or drop nearly all there is, so probabilities say more
    let (mut least, mut most) = (f32::MAX, f32::MIN);
    for (found, wanted) in refined(Arc::clone(&on_gpu_now)).iter().zip(&refined(on_cpu)) {
        assert_eq!(found.program, wanted.program);
        assert_eq!(found.lines.len(), wanted.lines.len());
        for (found, wanted) in found.lines.iter().zip(&wanted.lines) {
            assert!((found - wanted).abs() < 1e-4, "{found} is not {wanted}");
            (least, most) = (least.min(*wanted), most.max(*wanted));
        }
    }
    assert!(most - least > 0.1, "lines are alike: from {least} to {most}");
    assert!(on_gpu_now.counts().submits > 12, "the GPU did the work");
}

#[test]
fn a_lost_device_is_replaced_between_and_within_windows() {
    let wanted = programs(&ladder(Choice::Cpu).1);
    let (ladder, gpu, heard) = ladder(Choice::Gpu);
    on_gpu(&ladder);
    ladder.destroy_device();
    assert_eq!(programs(&gpu), wanted);
    ladder.settle();
    on_gpu(&ladder);
    let standing = ladder.standing();
    assert!(standing.failures == 1 && standing.why.contains("a new device after: the GPU device was lost"), "{standing}");
    let told: Vec<_> = heard.lock().unwrap().iter().map(|standing| (standing.gpu, standing.failures)).collect();
    assert_eq!(told, [(true, 0), (false, 1), (true, 1)], "the CPU goes on while another device is made");
    let before = ladder.counts();
    assert_eq!(programs(&gpu), wanted);
    assert!(ladder.counts().submits - before.submits > 12, "the new device does the work");

    // at any moment: the answers stay right, on whatever rung
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let handle = scope.spawn(|| {
            for step in 1.. {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                // unlike any number of windows
                std::thread::sleep(Duration::from_millis(7 + step * 13 % 50));
                ladder.destroy_device();
            }
        });
        for _ in 0..4 {
            assert_eq!(programs(&gpu), wanted);
            ladder.settle();
        }
        done.store(true, Ordering::Relaxed);
        handle.join().unwrap();
    });
    assert!(ladder.standing().failures > 1);
}

#[test]
fn the_command_line_says_where_the_model_runs() {
    let run = |backend: &str, variant: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_prox"))
            .args(["refine", "--json", "--backend", backend])
            .env("PROX_GPU_VARIANT", variant)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(texts()[0].as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let program: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (program["program"].clone(), String::from_utf8(output.stderr).unwrap())
    };
    let (wanted, said) = run("cpu", "base");
    assert_eq!(said, "prox: the model runs on the CPU: asked for\n");
    let (found, said) = run("gpu", "dot,subgroups");
    assert!(said.starts_with("prox: the model runs on the GPU: ") && said.contains("; dot,subgroups kernels"), "{said}");
    assert_eq!(found, wanted);
    let (found, said) = run("auto", "base");
    assert!(said.starts_with("prox: the model runs on the ") && said.contains("vulkan"), "{said}");
    assert_eq!(found, wanted);
}

#[test]
fn programs_written_as_text_are_those_of_the_cpu() {
    let page: Vec<String> = (0..24).map(|i| format!("Line {i} of the mill: rebuilt in spring, \"they\" say.")).collect();
    let options = LmOptions { chunk_tokens: 300, program_tokens: 150, ..LmOptions::default() };
    for (file, statements) in [(tiny_lm::file(&[]), 1), (tiny_lm::writing(), 3)] {
        let refine = |place: &dyn Fn(LmModel) -> LmModel| {
            let model = place(LmModel::from_bytes(file.clone(), Kernel::Float).unwrap());
            let refined = LmRefiner::new().with(Stage::Chunk, model).refine(&page.join("\n"), options).unwrap();
            (refined.program, refined.text)
        };
        let wanted = refine(&|model| model);
        assert!(wanted.0.lines().count() >= statements, "{}", wanted.0);
        for variant in ["base", "dot,subgroups"] {
            let setup = Setup { variant: Some(variant.parse().unwrap()), ..Setup::default() };
            let on_gpu = |model: LmModel| {
                let (llama, cpu) = (Arc::clone(model.llama().unwrap()), Arc::clone(model.cpu()));
                let ladder = wait(TokenLadder::open(llama, cpu, Choice::Gpu, &setup, Box::new(|_| ())));
                let report = ladder.report().unwrap_or_else(|| panic!("{}", ladder.standing()));
                assert_eq!(report.variant.to_string(), variant, "{report}");
                model.on_ladder(Arc::new(ladder))
            };
            assert_eq!(refine(&on_gpu), wanted, "{variant}");
        }
    }
}

#[test]
fn every_variant_of_kernels_gives_the_programs_of_the_cpu() {
    let wanted = programs(&ladder(Choice::Cpu).1);
    for variant in ["dot", "subgroups", "dot,subgroups"] {
        let (model, setup) = (model(), Setup { variant: Some(variant.parse().unwrap()), ..Setup::default() });
        let ladder = wait(LadderBackend::open(Arc::clone(&model), Choice::Gpu, &setup, Box::new(|_| ())));
        on_gpu(&ladder);
        let (report, ladder) = (ladder.standing().to_string(), Arc::new(ladder));
        assert!(report.contains(&format!("; {variant} kernels")), "{report}");
        let refiner = Refiner::with_backend(model, Arc::clone(&ladder) as _);
        assert_eq!(programs(&refiner), wanted, "{variant}");
        // one that is lost is replaced by one that runs the same
        ladder.destroy_device();
        assert_eq!(programs(&refiner), wanted, "{variant}");
        ladder.settle();
        let standing = ladder.standing();
        assert!(standing.failures == 1 && standing.why.contains(&format!("; {variant} kernels")), "{standing}");
    }
}

#[test]
fn what_was_measured_before_decides() {
    let (slow, fast) = (Duration::from_millis(30), Duration::from_millis(2));
    let (on_cpu, ..) = ladder(Choice::Measured(Times { gpu: slow, cpu: fast }));
    let why = "before, the GPU took 30.0ms, the CPU 2.0ms";
    assert_eq!(on_cpu.standing(), Standing { gpu: false, why: why.into(), failures: 0 });
    let times = Times { gpu: fast, cpu: slow };
    let (ladder, ..) = ladder(Choice::Measured(times));
    on_gpu(&ladder);
    let standing = ladder.standing();
    assert!(standing.why.ends_with("; before, it took 2.0ms, the CPU 30.0ms"), "{standing}");
    assert_eq!(ladder.times(), Some(times));
}
