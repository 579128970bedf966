//! What was measured of a model on an adapter, kept for the next start: a file in the user's folder for caches.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use prox_wasm::backend::Times;
use prox_wasm::backend::gpu::GpuReport;
use serde::{Deserialize, Serialize};

/// Most measurements in the file; a machine has one or two adapters and a few models.
const MOST: usize = 64;
/// More bytes than so many take.
const MOST_BYTES: u64 = 1 << 16;

/// Nanoseconds of both.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Entry {
    gpu: u64,
    cpu: u64,
}

/// The file, and the name of one measurement in it.
pub struct Measured {
    file: PathBuf,
    key: String,
}

impl Measured {
    /// Of a model, whose sizes `model` tells, on this adapter by this version. None where there is no folder for caches.
    pub fn of(report: &GpuReport, model: &str) -> Option<Self> {
        let GpuReport { adapter, backend, variant, .. } = report;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let version = env!("CARGO_PKG_VERSION");
        let key = format!("{version} | {adapter} | {backend} | {variant} | {threads} threads | {model}");
        Some(Self { file: folder()?.join("prox").join("measured.json"), key })
    }

    /// What was kept. A file that can't be read holds nothing.
    pub fn recall(&self) -> Option<Times> {
        let Entry { gpu, cpu } = *entries(&self.file).get(&self.key)?;
        Some(Times { gpu: Duration::from_nanos(gpu), cpu: Duration::from_nanos(cpu) })
    }

    /// Keeps it. Where that can't be done it is measured again next time.
    pub fn keep(&self, times: Times) {
        let mut entries = entries(&self.file);
        if entries.len() >= MOST {
            entries.clear();
        }
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        entries.insert(self.key.clone(), Entry { gpu: nanos(times.gpu), cpu: nanos(times.cpu) });
        let Ok(text) = serde_json::to_string_pretty(&entries) else { return };
        let Some(folder) = self.file.parent() else { return };
        // another process may read it at any moment
        let new = folder.join(format!("measured.{}.json", std::process::id()));
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&new, text)).and_then(|()| fs::rename(&new, &self.file));
        if written.is_err() {
            let _ = fs::remove_file(&new);
        }
    }
}

fn entries(file: &Path) -> BTreeMap<String, Entry> {
    let small = fs::metadata(file).is_ok_and(|metadata| metadata.len() <= MOST_BYTES);
    let text = if small { fs::read_to_string(file).unwrap_or_default() } else { String::new() };
    serde_json::from_str(&text).unwrap_or_default()
}

/// Where this user's caches are.
fn folder() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = |more: &str| set("HOME").map(|home| home.join(more));
    if cfg!(windows) {
        set("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home("Library/Caches")
    } else {
        set("XDG_CACHE_HOME").or_else(|| home(".cache"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_measured_is_found_again_and_nothing_else() {
        let folder = env::temp_dir().join(format!("prox-measured-{}", std::process::id()));
        let of = |key: &str| Measured { file: folder.join("prox/measured.json"), key: key.into() };
        let times = Times { gpu: Duration::from_micros(1500), cpu: Duration::from_millis(20) };
        assert_eq!(of("a").recall(), None);
        of("a").keep(times);
        assert_eq!((of("a").recall(), of("b").recall()), (Some(times), None));
        // no growth without end
        (0..2 * MOST).for_each(|i| of(&i.to_string()).keep(times));
        assert!(entries(&of("").file).len() <= MOST);
        assert_eq!(of(&(2 * MOST - 1).to_string()).recall(), Some(times));
        // what is no such file holds nothing and is replaced
        for odd in ["", "{\"a\": 3}", "[1]", &" ".repeat(1 << 17)] {
            fs::write(&of("").file, odd).unwrap();
            assert_eq!(of("a").recall(), None);
            of("a").keep(times);
            assert_eq!(of("a").recall(), Some(times));
        }
        assert_eq!(fs::read_dir(folder.join("prox")).unwrap().count(), 1, "nothing else is left");
        fs::remove_dir_all(folder).unwrap();
    }
}
