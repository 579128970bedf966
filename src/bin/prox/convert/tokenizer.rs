//! The tokenizer of a folder: `tokenizer.model`, else `tokenizer.json`.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use prox_wasm::gguf::{GgufWriter, Value};
use serde_json::Value as Json;

use super::config::Config;
use super::pieces::Pieces;

/// Kinds of tokens in GGUF.
const NORMAL: i64 = 1;
const UNKNOWN: i64 = 2;
const CONTROL: i64 = 3;
const USER_DEFINED: i64 = 4;
const UNUSED: i64 = 5;
const BYTE: i64 = 6;

pub fn write(folder: &Path, config: &Config, writer: &mut GgufWriter) -> Result<()> {
    let (model, json) = (folder.join("tokenizer.model"), folder.join("tokenizer.json"));
    if model.exists() {
        let bytes = fs::read(&model).with_context(|| format!("can't read {}", model.display()))?;
        let pieces = Pieces::read(&bytes).with_context(|| format!("can't use {}", model.display()))?;
        write_pieces(pieces, config, writer)?;
    } else if json.exists() {
        let text = fs::read_to_string(&json).with_context(|| format!("can't read {}", json.display()))?;
        let tokenizer: Json = serde_json::from_str(&text).with_context(|| format!("can't use {}", json.display()))?;
        write_json(&tokenizer, config, writer).with_context(|| format!("can't use {}", json.display()))?;
    } else {
        bail!("{} has neither tokenizer.model nor tokenizer.json", folder.display());
    }
    let ends: Vec<u64> = match &config.eos_token_id {
        Json::Array(ids) => ids.iter().filter_map(Json::as_u64).collect(),
        id => id.as_u64().into_iter().collect(),
    };
    ensure!(!ends.is_empty(), "config.json names no eos_token_id");
    let ids = [("bos", config.bos_token_id), ("eos", ends.first().copied()), ("eot", ends.get(1).copied())];
    for (name, id) in ids {
        if let Some(id) = id {
            writer.metadata(&format!("tokenizer.ggml.{name}_token_id"), Value::Uint(id));
        }
    }
    Ok(())
}

fn write_pieces(mut pieces: Pieces, config: &Config, writer: &mut GgufWriter) -> Result<()> {
    let (have, rows) = (pieces.tokens.len(), config.vocab_size());
    ensure!(have <= rows, "the tokenizer has {have} pieces, the model {rows} tokens");
    // rows to spare get names of their own, as llama.cpp's converter does it
    for id in have..rows {
        pieces.tokens.push(format!("[PAD{id}]"));
        pieces.scores.push(-10_000.0);
        pieces.kinds.push(UNUSED);
    }
    writer.metadata("tokenizer.ggml.model", Value::String("llama".into()));
    writer.metadata("tokenizer.ggml.tokens", Value::Strings(pieces.tokens));
    writer.metadata("tokenizer.ggml.scores", Value::Floats(pieces.scores));
    writer.metadata("tokenizer.ggml.token_type", Value::Ints(pieces.kinds));
    writer.metadata("tokenizer.ggml.add_space_prefix", Value::Bool(pieces.space_prefix));
    Ok(())
}

/// The vocabulary of a `tokenizer.json`, token by token; added tokens too.
struct Vocabulary {
    tokens: Vec<String>,
    kinds: Vec<i64>,
    /// As `left right`, in the order of their ranks.
    merges: Vec<String>,
}

impl Vocabulary {
    fn read(tokenizer: &Json, rows: usize) -> Result<Self> {
        let kind = tokenizer["model"]["type"].as_str().unwrap_or("nothing");
        ensure!(kind == "BPE", "its model is {kind}; BPE is supported");
        let mut tokens: Vec<Option<(String, i64)>> = vec![None; rows];
        let mut put = |id: Option<u64>, token: &str, kind: i64| -> Result<()> {
            let slot = id.and_then(|id| tokens.get_mut(usize::try_from(id).ok()?));
            *slot.with_context(|| format!("token `{token}` has the number {id:?}, the model has {rows}"))? =
                Some((token.to_owned(), kind));
            Ok(())
        };
        let vocab = tokenizer["model"]["vocab"].as_object().context("it has no vocabulary")?;
        for (token, id) in vocab {
            let byte = tokenizer["model"]["byte_fallback"] == true && token.len() == 6 && token.starts_with("<0x");
            put(id.as_u64(), token, if byte { BYTE } else { NORMAL })?;
        }
        for added in tokenizer["added_tokens"].as_array().into_iter().flatten() {
            let token = added["content"].as_str().unwrap_or_default();
            let unknown = tokenizer["model"]["unk_token"] == token;
            let kind = if unknown {
                UNKNOWN
            } else if added["special"] == true {
                CONTROL
            } else {
                USER_DEFINED
            };
            put(added["id"].as_u64(), token, kind)?;
        }
        let named = tokens.into_iter().enumerate().map(|(id, token)| token.unwrap_or_else(|| (format!("[PAD{id}]"), UNUSED)));
        let (tokens, kinds) = named.unzip();
        let mut merges = Vec::new();
        for merge in tokenizer["model"]["merges"].as_array().context("it has no merges")? {
            // older files join both sides by a space
            let merge = match merge {
                Json::String(merge) => Some(merge.clone()),
                Json::Array(sides) => {
                    Some(sides.iter().map(Json::as_str).collect::<Option<Vec<_>>>().unwrap_or_default().join(" "))
                }
                _ => None,
            };
            merges.push(merge.context("a merge is no pair of tokens")?);
        }
        Ok(Self { tokens, kinds, merges })
    }
}

fn write_json(tokenizer: &Json, config: &Config, writer: &mut GgufWriter) -> Result<()> {
    let vocabulary = Vocabulary::read(tokenizer, config.vocab_size())?;
    if tokenizer["model"]["byte_fallback"] == true {
        return write_pieces(vocabulary.into_pieces(tokenizer)?, config, writer);
    }
    writer.metadata("tokenizer.ggml.model", Value::String("gpt2".into()));
    writer.metadata("tokenizer.ggml.pre", Value::String(pre_tokenizer(&tokenizer["pre_tokenizer"])?.into()));
    writer.metadata("tokenizer.ggml.tokens", Value::Strings(vocabulary.tokens));
    writer.metadata("tokenizer.ggml.token_type", Value::Ints(vocabulary.kinds));
    writer.metadata("tokenizer.ggml.merges", Value::Strings(vocabulary.merges));
    Ok(())
}

/// The pattern of Llama 3's pre-tokenizer.
const LLAMA_3: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// The name llama.cpp has for a pre-tokenizer.
fn pre_tokenizer(pre: &Json) -> Result<&'static str> {
    let steps: Vec<&Json> = pre["pretokenizers"].as_array().map_or_else(|| vec![pre], |steps| steps.iter().collect());
    let kinds: Vec<&str> = steps.iter().map(|step| step["type"].as_str().unwrap_or("nothing")).collect();
    match kinds[..] {
        ["ByteLevel"] if steps[0]["use_regex"] != false => Ok("gpt-2"),
        ["Digits", "ByteLevel"] if steps[0]["individual_digits"] == true && steps[1]["use_regex"] != false => Ok("smollm"),
        ["Split", "ByteLevel"] if steps[0]["pattern"]["Regex"] == LLAMA_3 && steps[1]["use_regex"] == false => Ok("llama-bpe"),
        _ => {
            bail!("its pre-tokenizer is {}; ByteLevel, alone or after Digits or Llama 3's Split, is supported", kinds.join(", "))
        }
    }
}

impl Vocabulary {
    /// Scores that make the merges happen in the order of their ranks.
    fn into_pieces(self, tokenizer: &Json) -> Result<Pieces> {
        let mut rank = HashMap::new();
        for (i, merge) in self.merges.iter().enumerate() {
            let (left, right) = merge.split_once(' ').with_context(|| format!("the merge `{merge}` is no pair"))?;
            rank.entry(format!("{left}{right}")).or_insert(i);
        }
        let score = |token: &String| rank.get(token).map_or(-1e9, |&rank| -(rank as f64));
        let prefix = tokenizer["normalizer"].to_string().contains("\"Prepend\"")
            || tokenizer["pre_tokenizer"]["prepend_scheme"].is_string();
        Ok(Pieces {
            scores: self.tokens.iter().map(score).collect(),
            tokens: self.tokens,
            kinds: self.kinds,
            space_prefix: prefix,
        })
    }
}
