//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use prox_wasm::executor;
use prox_wasm::refiner;

/// Refines web text with ProX programs: a small model writes one for each text, an executor applies it.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Prox {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Refine a text, an HTML page, or a JSONL corpus (`id`, `text`).
    Refine(RefineArgs),
    /// Apply given programs: JSONL with `id`, `text`, `program`.
    Execute(ExecuteArgs),
    /// Take edits back, or apply them again: JSONL with `id`, `text`, `edits`, `undo` (numbers of edits, from 0).
    Undo(UndoArgs),
    /// Cut texts into numbered chunks: JSONL with `id`, `text`, optional `line_tokens`.
    Chunk(ChunkArgs),
    /// Score a model on labelled data: JSONL with `lines` and `labels`, or `text` and `label`.
    Score(ScoreArgs),
    /// Measure how fast a model is here: pages a second, or tokens a second.
    Bench(BenchArgs),
    /// Make a GGUF file of a Hugging Face folder with a llama model, or of another GGUF file.
    Convert(ConvertArgs),
    /// Write what normalisations are proposed and what they are judged by: JSONL with `id`, `lines`. For training.
    #[command(hide = true)]
    Spans(SpansArgs),
}

/// Where a model runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    /// Where it is fastest.
    Auto,
    /// The CPU.
    Cpu,
    /// The GPU; the CPU where that fails. Needs a program built with the feature `gpu`.
    Gpu,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Level {
    /// The document's verdict, then its lines.
    Both,
    /// Only whether the document stays.
    Doc,
    /// Only its lines.
    Chunk,
}

impl From<Level> for refiner::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Both => Self::Both,
            Level::Doc => Self::Doc,
            Level::Chunk => Self::Chunk,
        }
    }
}

#[derive(Debug, Args)]
pub struct ModelArgs {
    /// A GGUF file, or for `refine` a folder with `document.gguf` and `chunk.gguf` that write programs; the bundled
    /// prox-nano where it is left out.
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Where the model runs.
    #[arg(long, value_enum, default_value = "auto")]
    pub backend: Backend,
    /// Bytes of memory that models which write programs may take together, with what they work in; `refine` refuses larger ones.
    #[arg(long, value_name = "BYTES")]
    pub memory_budget: Option<usize>,
}

impl ModelArgs {
    /// Bytes that models may take, all together.
    pub fn memory_budget(&self) -> usize {
        self.memory_budget.unwrap_or(usize::MAX)
    }
}

#[derive(Debug, Args)]
pub struct RefineArgs {
    /// A text, HTML or JSONL file; `-` is standard input.
    #[arg(default_value = "-")]
    pub file: PathBuf,
    #[command(flatten)]
    pub model: ModelArgs,
    /// Read and write JSONL, one document a line.
    #[arg(long)]
    pub jsonl: bool,
    /// Write one JSON object with program, edits and verdicts, not the refined text alone.
    #[arg(long, conflicts_with = "jsonl")]
    pub json: bool,
    /// Show the program and each line with its verdict, for reading.
    #[arg(long, conflicts_with_all = ["jsonl", "json"])]
    pub show: bool,
    /// Write what changed as a unified diff, which `patch` takes.
    #[arg(long, conflicts_with_all = ["jsonl", "json", "show"])]
    pub diff: bool,
    /// Read the input as HTML whatever its name.
    #[arg(long, conflicts_with_all = ["jsonl", "text"])]
    pub html: bool,
    /// Read the input as plain text whatever its name.
    #[arg(long, conflicts_with = "jsonl")]
    pub text: bool,
    /// The stages that run.
    #[arg(long, value_enum, default_value = "both")]
    pub level: Level,
    /// For models that write programs: under the strict grammar, or with prompts, decoding and execution as released.
    #[arg(long, value_enum, default_value = "strict")]
    pub mode: Mode,
    /// For models that write programs: most tokens of a program.
    #[arg(long, default_value_t = 256)]
    pub program_tokens: usize,
    /// For models that write programs: most tokens of a chunk.
    #[arg(long, default_value_t = prox_wasm::document::DEFAULT_MAX_TOKENS)]
    pub chunk_tokens: usize,
    /// Lines less likely to be content than this go (0 to 1).
    #[arg(long, default_value_t = 0.5)]
    pub threshold: f32,
    /// Documents less likely to be worth keeping than this go (0 to 1).
    #[arg(long, default_value_t = 0.5)]
    pub doc_threshold: f32,
    /// Remove lines only; leave what is in the others as it is.
    #[arg(long)]
    pub no_normalize: bool,
    /// Spans of lines at least as likely to be noise as this are normalised (0 to 1).
    #[arg(long, default_value_t = 0.5)]
    pub normalize_threshold: f32,
    /// Write here, not to standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Mode {
    /// The strict grammar; every omission is reported.
    Strict,
    /// As the released ProX code does it, accident by accident.
    Official,
}

impl From<Mode> for executor::Mode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Strict => Self::Strict,
            Mode::Official => Self::Official,
        }
    }
}

/// Further fields of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Extra {
    /// `changes`: replacements of bytes of the text, `{"span":[start,end],"after"}`.
    Changes,
    /// `diff`: a unified diff.
    Diff,
    /// `patch`: a JSON Patch (RFC 6902) for the array of the text's lines.
    Patch,
}

#[derive(Debug, Args)]
pub struct ExecuteArgs {
    /// A JSONL file; `-` is standard input.
    #[arg(default_value = "-")]
    pub file: PathBuf,
    /// Whose rules apply.
    #[arg(long, value_enum, default_value = "strict")]
    pub mode: Mode,
    /// Further fields of each answer, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FIELDS")]
    pub with: Vec<Extra>,
    /// Write here, not to standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct UndoArgs {
    /// A JSONL file; `-` is standard input.
    #[arg(default_value = "-")]
    pub file: PathBuf,
    /// Further fields of each answer, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FIELDS")]
    pub with: Vec<Extra>,
    /// Write here, not to standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ChunkArgs {
    /// A JSONL file; `-` is standard input.
    #[arg(default_value = "-")]
    pub file: PathBuf,
    /// Tokens in a chunk, counted line by line with the line's number and one more for its end.
    #[arg(long, default_value_t = prox_wasm::document::DEFAULT_MAX_TOKENS)]
    pub max_tokens: usize,
    #[command(flatten)]
    pub model: ModelArgs,
    /// Write here, not to standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What groups of records are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GroupBy {
    /// Those of one `source`.
    Source,
    /// Those of one `lang`.
    Lang,
    /// Those of one `kind`.
    Kind,
}

#[derive(Debug, Args)]
pub struct ScoreArgs {
    /// Labelled JSONL, `.gz` too.
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    #[command(flatten)]
    pub model: ModelArgs,
    /// Score records of this `lang` only.
    #[arg(long)]
    pub lang: Option<String>,
    /// The groups that get a row of their own.
    #[arg(long, value_enum, default_value = "source", value_name = "FIELD")]
    pub by: GroupBy,
    /// Write one JSON object, with the bins of reliability diagrams.
    #[arg(long)]
    pub json: bool,
    /// Write reliability tables: how many of the verdicts of about one probability were right.
    #[arg(long, conflicts_with = "json")]
    pub reliability: bool,
    /// Lines less likely to be content than this go (0 to 1).
    #[arg(long, default_value_t = 0.5)]
    pub threshold: f32,
    /// Documents less likely to be worth keeping than this go (0 to 1).
    #[arg(long, default_value_t = 0.5)]
    pub doc_threshold: f32,
    /// Score verdicts on the labelled spans of this JSONL file in the kept lines of the data, and nothing else.
    #[arg(long, value_name = "FILE")]
    pub spans: Option<PathBuf>,
    /// Spans at least as likely to be noise as this are normalised (0 to 1).
    #[arg(long, default_value_t = 0.5)]
    pub normalize_threshold: f32,
}

#[derive(Debug, Args)]
pub struct SpansArgs {
    /// A JSONL file; `-` is standard input.
    #[arg(default_value = "-")]
    pub file: PathBuf,
    #[command(flatten)]
    pub model: ModelArgs,
    /// Write here, not to standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// How weights are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(non_camel_case_types, reason = "ggml's names")]
pub enum Quantize {
    /// 32-bit floats.
    F32,
    /// 16-bit floats.
    F16,
    /// Eight bits.
    #[value(name = "q8_0")]
    Q8_0,
    /// Five bits with a scale.
    #[value(name = "q5_0")]
    Q5_0,
    /// Four bits with a scale.
    #[value(name = "q4_0")]
    Q4_0,
    /// Four bits with scale and minimum.
    #[value(name = "q4_1")]
    Q4_1,
    /// Four bits with scales and minima of six bits; rows that are no multiple of 256 take q5_0.
    #[value(name = "q4_k")]
    Q4_K,
}

/// How products with quantised weights are worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KernelName {
    /// In integers, as strict mode does.
    Int8,
    /// In floats, as official mode does.
    Float,
}

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// Verdicts on documents.
    Document,
    /// Edits of chunks.
    Chunk,
}

#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// A folder with `config.json`, `*.safetensors` and `tokenizer.model` or `tokenizer.json`; or a GGUF file, to store its
    /// weights another way.
    #[arg(value_name = "SOURCE")]
    pub source: PathBuf,
    /// How matrices are stored; tables of tokens take eight bits at least.
    #[arg(long, value_enum, default_value = "q8_0")]
    pub quantize: Quantize,
    /// Write into the file what the model is for, so that `prox refine --model` knows.
    #[arg(long, value_enum)]
    pub stage: Option<Stage>,
    /// The GGUF file to write.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

#[derive(Debug, Args)]
pub struct BenchArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// How long each measurement goes on; at least three runs are made.
    #[arg(long, default_value_t = 3.0)]
    pub seconds: f64,
    /// For language models: tokens that are read.
    #[arg(long, default_value_t = 512)]
    pub tokens: usize,
    /// For language models: tokens that are written after them.
    #[arg(long, default_value_t = 64)]
    pub written: usize,
    /// For language models: only this kernel.
    #[arg(long, value_enum)]
    pub kernel: Option<KernelName>,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
}
