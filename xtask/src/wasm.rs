//! Crate → wasm → wasm-bindgen → wasm-opt → `pkg/wasm`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::glue;
use crate::run;
use crate::sizes::{self, Group};

/// wasm-opt must be told each feature: with all of them on it writes encodings Node 20 and workerd refuse.
const FEATURES: [&str; 7] = [
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

const TARGET: &str = "wasm32-unknown-unknown";

/// One wasm file with its glue.
struct Artifact {
    name: &'static str,
    features: &'static str,
    /// Its profile, and so its folder.
    profile: &'static str,
    /// Whether it has to be small: see [`make_small`].
    small: bool,
    /// Functions of more than so many instructions are not put into their callers but where code asks for it; `None`: as rustc likes.
    inline_threshold: Option<u32>,
    /// Whether the edge entry makes instances of it.
    instances: bool,
    optimisation: &'static str,
    /// Most gzipped bytes of wasm and glue.
    limit: usize,
}

const ARTIFACTS: [Artifact; 3] = [
    // Kernels ask to be inlined themselves; with the rest out of line it is 15 KB smaller, which more than pays for the integer ones.
    Artifact {
        name: "prox_wasm",
        features: "web,html,refiner",
        profile: "wasm",
        small: false,
        inline_threshold: Some(60),
        instances: true,
        optimisation: "-O3",
        limit: 350 << 10,
    },
    // What large models need: the GPU, and models that write programs. With little inlined it is a twentieth smaller and
    // reads and writes as many tokens a second.
    Artifact {
        name: "prox_gpu",
        features: "web,gpu,lm",
        profile: "wasm-gpu",
        small: false,
        inline_threshold: Some(60),
        instances: false,
        optimisation: "-O3",
        limit: 400 << 10,
    },
    Artifact {
        name: "prox_executor",
        features: "web",
        profile: "wasm-executor",
        small: true,
        inline_threshold: None,
        instances: false,
        optimisation: "-O3",
        limit: 60 << 10,
    },
];

pub fn build(root: &Path) -> Result<()> {
    // rust-toolchain.toml names the target, but rustup may be set not to install anything by itself
    if Command::new("rustup").arg("--version").output().is_ok() {
        run(Command::new("rustup").current_dir(root).args(["target", "add", TARGET]))?;
        run(Command::new("rustup").current_dir(root).args(["component", "add", "rust-src"]))?;
    }
    let out = root.join("pkg/wasm");
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| format!("can't clear {}", out.display()))?;
    }
    let mut groups = Vec::new();
    for artifact in &ARTIFACTS {
        let files = make(root, artifact, &out)?;
        groups.push(Group { name: artifact.name, files, limit: Some(artifact.limit) });
    }
    let model = root.join("pkg/model");
    fs::create_dir_all(&model)?;
    let (from, to) = (root.join("models/prox-nano.gguf"), model.join("prox-nano.gguf"));
    fs::copy(&from, &to).with_context(|| format!("can't copy {} to {}", from.display(), to.display()))?;
    groups.push(Group { name: "model", files: vec![to], limit: None });
    sizes::report(&groups)
}

/// Builds one artifact; its wasm file and its glue.
fn make(root: &Path, artifact: &Artifact, out: &Path) -> Result<Vec<PathBuf>> {
    let Artifact { name, features, profile, optimisation, .. } = artifact;
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args(["build", "--lib", "--profile", profile, "--target", TARGET]);
    cargo.args(["--no-default-features", "--features", features]);
    if let Some(threshold) = artifact.inline_threshold {
        cargo.arg("--config").arg(format!("target.{TARGET}.rustflags=[\"-Cllvm-args=-inline-threshold={threshold}\"]"));
    }
    if artifact.small {
        make_small(&mut cargo);
    }
    run(&mut cargo)?;
    let target = target(root);
    Bindgen::new()
        .input_path(target.join(TARGET).join(profile).join("prox_wasm.wasm"))
        .out_name(name)
        .web(true)?
        .typescript(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(out)
        .context("wasm-bindgen failed")?;
    let wasm = out.join(format!("{name}_bg.wasm"));
    optimise(root, &wasm, optimisation)?;
    let file = out.join(format!("{name}.js"));
    let source = fs::read_to_string(&file).with_context(|| format!("can't read {}", file.display()))?;
    let code = glue::small(&source);
    write(&file, &code)?;
    if artifact.instances {
        write(&out.join(format!("{name}_instance.js")), &glue::instance(&code, name)?)?;
        write(&out.join(format!("{name}_instance.d.ts")), &glue::instance_types(name))?;
    }
    Ok(vec![wasm, file])
}

/// Builds `tests/gpu_positions`, a check that the npm package has no room for.
pub fn positions(root: &Path) -> Result<()> {
    const NAME: &str = "gpu_positions";
    const PROFILE: &str = "wasm-gpu";
    run(Command::new("cargo").current_dir(root).args([
        "build",
        "-p",
        "gpu-positions",
        "--profile",
        PROFILE,
        "--target",
        TARGET,
    ]))?;
    let target = target(root);
    Bindgen::new()
        .input_path(target.join(TARGET).join(PROFILE).join(NAME).with_extension("wasm"))
        .web(true)?
        .generate(target.join(NAME))
        .context("wasm-bindgen failed")
}

/// Where cargo builds.
fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into)
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("can't write {}", path.display()))
}

/// Has the standard library built for size too and without the code that words panic messages, which is a third of the
/// file otherwise; functions are put into others, and loops unrolled, only where that makes them shorter.
///
/// rustc calls these switches unstable. rust-toolchain.toml holds the version that they were tried with.
fn make_small(cargo: &mut Command) {
    const FLAGS: [&str; 4] =
        ["-Zunstable-options", "-Cpanic=immediate-abort", "-Cllvm-args=-inline-threshold=0", "-Cllvm-args=-unroll-threshold=0"];
    cargo.env("RUSTC_BOOTSTRAP", "1").args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"]);
    // added to those of .cargo/config.toml
    cargo.arg("--config").arg(format!("target.{TARGET}.rustflags={FLAGS:?}"));
}

fn optimise(root: &Path, wasm: &Path, level: &str) -> Result<()> {
    let xtask = root.join("xtask");
    let tool = xtask.join("node_modules/binaryen/bin/wasm-opt");
    if !tool.exists() {
        run(Command::new("npm").current_dir(&xtask).args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]))?;
    }
    run(Command::new("node").arg(tool).args(FEATURES).arg(level).arg(wasm).arg("-o").arg(wasm))
}
