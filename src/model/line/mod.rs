//! The line transformer: each line of a page becomes one vector (bags of its tokens and token pairs, numbers about the
//! line and its place), llama-style blocks attend over the lines both ways, heads give verdicts on lines and document.

mod config;
mod document_words;
mod evidence;
mod features;
mod input;
mod lm;
mod page;
mod score;
mod text;

use thiserror::Error;

use super::llama::LlamaError;
use super::span::SpanModel;
use super::{BlockWeights, Matrix, MatrixError};
use crate::gguf::{Gguf, GgufError, MetadataError};
use crate::tokenizer::{Bpe, TokenizerError};

pub use config::{ARCHITECTURE, LineConfig};
pub use document_words::{DocumentWords, WeightedWords};
pub use evidence::{AROUND, LineEvidence, TELLING_WORDS};
pub use features::BASE;
pub use input::{Bags, FEATURES, PageInput};
pub use lm::{LineLm, LmInput};
pub use page::{DOCUMENT, PAGE, WINDOWED, WINDOWS};
pub use score::{NgramTable, SCORE};

/// Why a file is no line model this crate can run.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadError {
    /// Not readable as GGUF.
    #[error(transparent)]
    Gguf(#[from] GgufError),
    /// A missing or unfitting metadata key.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// A missing or unfitting tensor.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// A token LM this crate can't run.
    #[error(transparent)]
    Llama(#[from] LlamaError),
    /// An unsupported tokenizer.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// Another kind of model.
    #[error("the model's architecture is `{found}`; `{ARCHITECTURE}` (line transformer) is supported")]
    Architecture {
        /// `general.architecture` of the file.
        found: String,
    },
    /// Sizes that contradict each other.
    #[error("{problem}")]
    Sizes {
        /// What is wrong, with the numbers.
        problem: String,
    },
    /// The model was trained on other features.
    #[error(
        "feature {index} of the model is `{found}`, this version computes `{wanted}`; model and program do not belong together"
    )]
    Features {
        /// Place in the list.
        index: usize,
        /// The model's name.
        found: String,
        /// The name here.
        wanted: String,
    },
}

/// A linear layer with bias.
#[derive(Debug, Clone)]
pub struct Linear {
    /// `[out, in]`.
    pub weight: Matrix,
    /// `[out]`.
    pub bias: Vec<f32>,
}

/// A line transformer: sizes, weights, tokenizer.
#[derive(Debug, Clone)]
pub struct LineModel {
    /// `general.name`, or the architecture where the file has none.
    pub name: String,
    /// Sizes.
    pub config: LineConfig,
    /// The tokenizer of its bags.
    pub tokenizer: Bpe,
    /// The n-gram score it takes as a feature.
    pub ngrams: NgramTable,
    /// Token embeddings `[vocab, embedding]`.
    pub token_embd: Matrix,
    /// Pair embeddings `[1 << pair_bits, embedding]`.
    pub pair_embd: Matrix,
    /// Mean and reciprocal deviation of each line feature.
    pub feature_norm: (Vec<f32>, Vec<f32>),
    /// Mean and reciprocal deviation of each document feature.
    pub doc_norm: (Vec<f32>, Vec<f32>),
    /// Bags to line vector `[width, 4 embedding]`.
    pub bag_proj: Matrix,
    /// Features to hidden.
    pub feature_up: Linear,
    /// Hidden to line vector.
    pub feature_down: Linear,
    /// The blocks.
    pub blocks: Vec<BlockWeights>,
    /// RMSNorm after the blocks `[width]`.
    pub output_norm: Vec<f32>,
    /// State to keep logit.
    pub line_head: Linear,
    /// Pooled states and document features to hidden.
    pub doc_up: Linear,
    /// Hidden to keep logit.
    pub doc_head: Linear,
    /// What the words of a document add to its keep logit, where the file has it.
    pub doc_words: Option<DocumentWords>,
    /// The token LM that reads each line beforehand (prox-small).
    pub lm: Option<LineLm>,
    /// What judges spans of lines, where the file has it.
    pub spans: Option<SpanModel>,
}

impl LineModel {
    /// Reads a model from the bytes of a GGUF file; quantised weights stay in these bytes.
    ///
    /// # Errors
    /// [`LoadError`], naming the key or tensor that does not fit.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, LoadError> {
        Self::from_gguf(&Gguf::parse(bytes)?)
    }

    /// Reads a model from a parsed file.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn from_gguf(gguf: &Gguf) -> Result<Self, LoadError> {
        let metadata = gguf.metadata();
        let architecture = metadata.string("general.architecture")?;
        if architecture != ARCHITECTURE {
            return Err(LoadError::Architecture { found: architecture.into() });
        }
        let c = LineConfig::from_metadata(metadata)?;
        if !c.width.is_multiple_of(c.heads) || !c.head_width().is_multiple_of(2) {
            let problem = format!("{} heads do not share a width of {} evenly in pairs", c.heads, c.width);
            return Err(LoadError::Sizes { problem });
        }
        let lm = LineLm::load(gguf, c.width)?;
        let mut names = feature_names();
        if lm.is_some() {
            names.extend(SCORE.iter().map(|name| format!("lm_{name}")));
        }
        check_names(metadata.strings("proxline.feature.names")?, &names)?;
        check_names(metadata.strings("proxline.document.names")?, &DOCUMENT.map(String::from))?;
        let tokenizer = Bpe::from_metadata(metadata)?;
        let matrix = |name: &str, rows, cols| Matrix::load(gguf, &format!("{name}.weight"), rows, cols);
        let vector = |name: &str, len| Matrix::load_vector(gguf, name, len);
        let linear = |name: &str, rows, cols| -> Result<Linear, MatrixError> {
            Ok(Linear { weight: matrix(name, rows, cols)?, bias: vector(&format!("{name}.bias"), rows)? })
        };
        let shape = c.block_shape();
        let blocks =
            (0..c.blocks).map(|i| BlockWeights::load(gguf, &format!("blk.{i}."), &shape)).collect::<Result<_, MatrixError>>()?;
        Ok(Self {
            name: metadata.string("general.name").unwrap_or(ARCHITECTURE).into(),
            token_embd: matrix("token_embd", tokenizer.vocab_size(), c.embedding)?,
            pair_embd: matrix("pair_embd", 1 << c.pair_bits, c.embedding)?,
            ngrams: NgramTable { weights: matrix("ngram", 1, 1 << c.ngram_bits)?, bias: c.ngram_bias, bits: c.ngram_bits },
            feature_norm: (vector("feature_norm.mean", names.len())?, vector("feature_norm.rstd", names.len())?),
            doc_norm: (vector("doc_norm.mean", DOCUMENT.len())?, vector("doc_norm.rstd", DOCUMENT.len())?),
            bag_proj: matrix("bag_proj", c.width, 4 * c.embedding)?,
            feature_up: linear("feature_up", c.feature_hidden, names.len())?,
            feature_down: linear("feature_down", c.width, c.feature_hidden)?,
            blocks,
            output_norm: vector("output_norm.weight", c.width)?,
            line_head: linear("line_head", 1, c.width)?,
            doc_up: linear("doc_up", c.doc_hidden, 2 * c.width + DOCUMENT.len())?,
            doc_head: linear("doc_head", 1, c.doc_hidden)?,
            doc_words: match c.doc_word_bits {
                Some(bits) => Some(DocumentWords { weights: matrix("doc_words", 1, 1 << bits)?, bits }),
                None => None,
            },
            spans: SpanModel::from_gguf::<LoadError>(gguf)?,
            tokenizer,
            lm,
            config: c,
        })
    }

    /// Reads the trimmed lines of a page; none may be empty.
    pub fn read_page(&self, lines: &[&str]) -> PageInput {
        let mut page = PageInput::read(lines, &self.tokenizer, &self.ngrams, self.config.pair_bits, self.lm.as_ref());
        page.document_words = self.doc_words.as_ref().map(|words| words.read(lines));
        page
    }

    /// The tokens of a line as the model reads it: lower case, digits as 0, of a very long line its head and its tail.
    /// Bytes of a character that was cut up show as U+FFFD.
    pub fn line_tokens(&self, line: &str) -> Vec<String> {
        let ids = input::line_tokens(line.trim(), &self.tokenizer);
        self.tokenizer.spell(&ids).iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }
}

/// Names of the line features that need no token LM, in the order of the feature matrix.
pub fn feature_names() -> Vec<String> {
    let windows = WINDOWS.iter().flat_map(|w| WINDOWED.iter().map(move |name| format!("{name}_{w}")));
    let own = BASE.iter().chain(&PAGE).map(|name| (*name).to_owned());
    own.chain(windows).chain(SCORE.iter().map(|name| format!("ngram_{name}"))).collect()
}

fn check_names(found: &[String], wanted: &[String]) -> Result<(), LoadError> {
    let name = |names: &[String], i: usize| names.get(i).cloned().unwrap_or_else(|| "nothing".into());
    for index in 0..found.len().max(wanted.len()) {
        if found.get(index) != wanted.get(index) {
            return Err(LoadError::Features { index, found: name(found, index), wanted: name(wanted, index) });
        }
    }
    Ok(())
}
