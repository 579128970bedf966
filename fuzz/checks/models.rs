//! Small model files of every kind, from which a fuzzer can go on.

use prox_wasm::gguf::{GgufWriter, TensorType, Value, quantize};
use prox_wasm::model::line::{DOCUMENT, feature_names};

/// Files that hold a model or claim to.
pub fn files() -> Vec<Vec<u8>> {
    vec![llama(byte_level), llama(sentence_piece), line(), header(Value::Ints(vec![7; 1 << 12])), claims()]
}

fn uints(writer: &mut GgufWriter, prefix: &str, keys: &[(&str, u64)]) {
    for (key, value) in keys {
        writer.metadata(&format!("{prefix}.{key}"), Value::Uint(*value));
    }
}

/// `rows` of `cols`, some small numbers.
fn tensor(writer: &mut GgufWriter, name: &str, rows: usize, cols: usize, ty: TensorType) {
    let values: Vec<f32> = (0..rows * cols).map(|i| ((i * 37 + rows) % 19) as f32 / 19.0 - 0.4).collect();
    let dims: &[u64] = if rows == 1 { &[cols as u64] } else { &[cols as u64, rows as u64] };
    let data = match ty {
        TensorType::I8 => values.iter().map(|x| (x * 100.0) as i8 as u8).collect(),
        _ => quantize(ty, &values).expect("whole blocks"),
    };
    writer.tensor(name, dims, ty, data).expect("as large as its extents");
}

/// Of a block 32 wide.
fn block(writer: &mut GgufWriter, prefix: &str, kv: usize, ty: TensorType) {
    let shapes =
        [("attn_q", 32), ("attn_k", kv), ("attn_v", kv), ("attn_output", 32), ("ffn_gate", 32), ("ffn_up", 32), ("ffn_down", 32)];
    for (name, rows) in shapes {
        tensor(writer, &format!("{prefix}{name}.weight"), rows, 32, ty);
    }
    for name in ["attn_norm", "ffn_norm"] {
        tensor(writer, &format!("{prefix}{name}.weight"), 1, 32, TensorType::F32);
    }
}

fn llama(tokenizer: fn(&mut GgufWriter) -> usize) -> Vec<u8> {
    let mut writer = GgufWriter::new();
    writer.metadata("general.architecture", Value::String("llama".into()));
    uints(
        &mut writer,
        "llama",
        &[
            ("context_length", 16),
            ("embedding_length", 32),
            ("block_count", 1),
            ("feed_forward_length", 32),
            ("attention.head_count", 2),
            ("attention.head_count_kv", 1),
        ],
    );
    writer.metadata("llama.attention.layer_norm_rms_epsilon", Value::Float(1e-5));
    writer.metadata("llama.rope.scaling.type", Value::String("linear".into()));
    writer.metadata("llama.rope.scaling.factor", Value::Float(2.0));
    let tokens = tokenizer(&mut writer);
    tensor(&mut writer, "token_embd.weight", tokens, 32, TensorType::Q4_0);
    tensor(&mut writer, "output_norm.weight", 1, 32, TensorType::F32);
    block(&mut writer, "blk.0.", 16, TensorType::Q4_1);
    writer.finish()
}

/// GPT-2's way to print bytes.
fn byte_tokens() -> Vec<String> {
    let is_shown = |byte: u32| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    let mut hidden = 256..;
    let of = |byte: u32| if is_shown(byte) { byte } else { hidden.next().unwrap_or(0) };
    (0..256).map(of).filter_map(char::from_u32).map(String::from).collect()
}

fn byte_level(writer: &mut GgufWriter) -> usize {
    let mut tokens = byte_tokens();
    tokens.extend(["in", "ine", "<|end|>"].map(String::from));
    let count = tokens.len();
    writer.metadata("tokenizer.ggml.model", Value::String("gpt2".into()));
    writer.metadata("tokenizer.ggml.pre", Value::String("smollm".into()));
    writer.metadata("tokenizer.ggml.tokens", Value::Strings(tokens));
    writer.metadata("tokenizer.ggml.merges", Value::Strings(["i n", "in e"].map(String::from).to_vec()));
    writer.metadata("tokenizer.ggml.eos_token_id", Value::Uint(count as u64 - 1));
    count
}

fn sentence_piece(writer: &mut GgufWriter) -> usize {
    let tokens = ["<unk>", "<s>", "</s>", "<0x0A>", "\u{2581}", "l", "i", "n", "e", "in", "\u{2581}l", "line", ",", "1", "2"];
    let kinds = [2, 3, 3, 6].into_iter().chain(std::iter::repeat(1)).take(tokens.len());
    writer.metadata("tokenizer.ggml.model", Value::String("llama".into()));
    writer.metadata("tokenizer.ggml.scores", Value::Floats((0..tokens.len()).map(|i| -(i as f64)).collect()));
    writer.metadata("tokenizer.ggml.token_type", Value::Ints(kinds.collect()));
    writer.metadata("tokenizer.ggml.tokens", Value::Strings(tokens.map(String::from).to_vec()));
    writer.metadata("tokenizer.ggml.eos_token_id", Value::Uint(2));
    tokens.len()
}

/// A line transformer 32 wide.
fn line() -> Vec<u8> {
    let mut writer = GgufWriter::new();
    writer.metadata("general.architecture", Value::String("proxline".into()));
    uints(
        &mut writer,
        "proxline",
        &[
            ("context_length", 8),
            ("embedding_length", 32),
            ("block_count", 1),
            ("feed_forward_length", 32),
            ("attention.head_count", 2),
            ("bag.embedding_length", 8),
            ("bag.pair_bits", 2),
            ("ngram.bits", 3),
            ("feature.hidden_length", 4),
            ("document.hidden_length", 4),
        ],
    );
    let floats =
        ["rope.freq_base", "attention.layer_norm_rms_epsilon", "ngram.bias", "line.scale", "line.shift", "document.scale"];
    for key in floats.into_iter().chain(["document.shift"]) {
        writer.metadata(&format!("proxline.{key}"), Value::Float(1.0));
    }
    let features = feature_names();
    let (count, facts) = (features.len(), DOCUMENT.len());
    writer.metadata("proxline.feature.names", Value::Strings(features));
    writer.metadata("proxline.document.names", Value::Strings(DOCUMENT.map(String::from).to_vec()));
    writer.metadata("tokenizer.ggml.pre", Value::String("gpt2".into()));
    writer.metadata("tokenizer.ggml.tokens", Value::Strings(byte_tokens()));
    writer.metadata("tokenizer.ggml.merges", Value::Strings(Vec::new()));
    let shapes = [
        ("token_embd.weight", 256, 8),
        ("pair_embd.weight", 4, 8),
        ("ngram.weight", 1, 8),
        ("feature_norm.mean", 1, count),
        ("feature_norm.rstd", 1, count),
        ("doc_norm.mean", 1, facts),
        ("doc_norm.rstd", 1, facts),
        ("bag_proj.weight", 32, 32),
        ("feature_up.weight", 4, count),
        ("feature_up.bias", 1, 4),
        ("feature_down.weight", 32, 4),
        ("feature_down.bias", 1, 32),
        ("output_norm.weight", 1, 32),
        ("line_head.weight", 1, 32),
        ("line_head.bias", 1, 1),
        ("doc_up.weight", 4, 64 + facts),
        ("doc_up.bias", 1, 4),
        ("doc_head.weight", 1, 4),
        ("doc_head.bias", 1, 1),
    ];
    for (name, rows, cols) in shapes {
        tensor(&mut writer, name, rows, cols, TensorType::I8);
    }
    block(&mut writer, "blk.0.", 32, TensorType::Q8_0);
    writer.finish()
}

/// A header alone.
fn header(value: Value) -> Vec<u8> {
    let mut writer = GgufWriter::new();
    writer.metadata("k", value);
    writer.finish()
}

/// Counts beyond the file, at every place that has one.
fn claims() -> Vec<u8> {
    let mut bytes = header(Value::Strings(vec![String::new(); 9]));
    let at = bytes.len() - 9 * 8 - 8;
    bytes[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
    bytes
}
