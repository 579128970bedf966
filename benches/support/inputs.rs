//! Texts and programs as files, for the benches in other languages.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::corpus::Corpus;
use super::program;

/// A text and the program of 20 statements for it.
pub struct Input {
    pub text: String,
    pub program: String,
}

/// Where the files of an [`Input`] are.
pub struct InputFiles {
    pub text: PathBuf,
    pub program: PathBuf,
}

impl Input {
    pub fn new(corpus: Corpus, size: usize) -> Self {
        let text = corpus.text(size);
        let program = program::mixed(text.split('\n').count());
        Self { text, program }
    }

    /// Writes both into `bench-inputs` of the target directory.
    pub fn write(&self, corpus: Corpus, megabytes: usize) -> io::Result<InputFiles> {
        // The one directory of a build that Cargo tells benches lies right in the target directory.
        let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let folder = tmp.parent().unwrap_or(tmp).join("bench-inputs");
        fs::create_dir_all(&folder)?;
        let path = |extension| folder.join(format!("{}-{megabytes}.{extension}", corpus.name()));
        let files = InputFiles { text: path("txt"), program: path("program") };
        fs::write(&files.text, &self.text)?;
        fs::write(&files.program, &self.program)?;
        Ok(files)
    }
}
