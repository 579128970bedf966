//! Crate → wasm → wasm-bindgen → wasm-opt → `pkg/wasm`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::{run, sizes};

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

pub fn build(root: &Path) -> Result<()> {
    // rust-toolchain.toml names the target, but rustup may be set not to install anything by itself
    if Command::new("rustup").arg("--version").output().is_ok() {
        run(Command::new("rustup").current_dir(root).args(["target", "add", TARGET]))?;
    }
    run(Command::new("cargo").current_dir(root).args([
        "build",
        "--lib",
        "--profile",
        "wasm",
        "--target",
        TARGET,
        "--no-default-features",
        "--features",
        "web",
    ]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let input = target.join(TARGET).join("wasm/prox_wasm.wasm");
    let out = root.join("pkg/wasm");
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| format!("can't clear {}", out.display()))?;
    }
    Bindgen::new()
        .input_path(&input)
        .web(true)?
        .typescript(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&out)
        .context("wasm-bindgen failed")?;
    let wasm = out.join("prox_wasm_bg.wasm");
    optimise(root, &wasm)?;
    let model = root.join("pkg/model");
    fs::create_dir_all(&model)?;
    let (from, to) = (root.join("models/prox-nano.gguf"), model.join("prox-nano.gguf"));
    fs::copy(&from, &to).with_context(|| format!("can't copy {} to {}", from.display(), to.display()))?;
    sizes::print(&[&wasm, &out.join("prox_wasm.js"), &to])
}

fn optimise(root: &Path, wasm: &Path) -> Result<()> {
    let xtask = root.join("xtask");
    let tool = xtask.join("node_modules/binaryen/bin/wasm-opt");
    if !tool.exists() {
        run(Command::new("npm").current_dir(&xtask).args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]))?;
    }
    run(Command::new("node").arg(tool).args(FEATURES).arg("-O3").arg(wasm).arg("-o").arg(wasm))
}
