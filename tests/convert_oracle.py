"""`prox convert`: a random model in Hugging Face's form, its logits by their formulas and by the converted file.

    python tests/convert_oracle.py PROX LLAMA_LOGITS                     # small shapes against numpy; runs in CI
    python tests/convert_oracle.py PROX LLAMA_LOGITS --transformers      # the same against transformers
    python tests/convert_oracle.py PROX LLAMA_LOGITS --released          # the released refiners' shape, 1.4 GB, transformers

PROX is the command line, LLAMA_LOGITS `examples/llama_logits`.
"""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

import gguf
import numpy as np
import tokenizers
from safetensors.numpy import save_file

TEXT = "The mill was rebuilt in 1987; caf\u00e9s, \u6f22\u5b57 and  two spaces.\n[001]Share on Facebook\n" * 2
KINDS = ["f32", "f16", "q8_0", "q5_0", "q4_0", "q4_1"]
# Largest difference to the formulas with the same rounded weights, relative to the largest logit.
LIMIT = 1e-3

SHAPES = [
    dict(hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=1, tie_word_embeddings=False),
    dict(hidden_size=96, intermediate_size=64, num_hidden_layers=1, num_attention_heads=3, num_key_value_heads=3, tie_word_embeddings=True),
    dict(hidden_size=64, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1, head_dim=48, tie_word_embeddings=False),
]
RELEASED = dict(hidden_size=1280, intermediate_size=2048, num_hidden_layers=24, num_attention_heads=16, num_key_value_heads=1, tie_word_embeddings=False, vocab_size=32000)


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out + bytes([n]))


def sentencepiece_model(size):
    """A model of bytes and made-up pieces, written by hand as protocol buffers have it."""
    pieces = [("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3)] + [(f"<0x{b:02X}>", 0.0, 6) for b in range(256)]
    words = [chr(c) for c in range(33, 127)] + ["\u2581", "th", "\u2581th", "\u2581the", "in", "er"]
    pieces += [(w, -float(i), 1) for i, w in enumerate(words)]
    pieces += [(f"x{i}x", -1e6 - i, 1) for i in range(size - len(pieces))]
    out = b""
    for token, score, kind in pieces[:size]:
        raw = token.encode()
        body = b"\x0a" + varint(len(raw)) + raw + b"\x15" + struct.pack("<f", score) + b"\x18" + varint(kind)
        out += b"\x0a" + varint(len(body)) + body
    return out + b"\x12\x02\x18\x02"


def write_folder(folder, shape, seed):
    rng = np.random.default_rng(seed)
    released = "vocab_size" in shape
    c = dict(model_type="llama", architectures=["LlamaForCausalLM"], vocab_size=300, max_position_embeddings=2048, rms_norm_eps=1e-5, rope_theta=10000.0,
             hidden_act="silu", bos_token_id=1, eos_token_id=2) | shape
    (folder / "config.json").write_text(json.dumps(c))
    if released:
        (folder / "tokenizer.model").write_bytes(sentencepiece_model(c["vocab_size"]))
    else:
        tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
        tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
        alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
        trainer = tokenizers.trainers.BpeTrainer(vocab_size=290, special_tokens=["<unk>", "<s>", "</s>"], initial_alphabet=alphabet, show_progress=False)
        tokenizer.train_from_iterator([TEXT], trainer)
        tokenizer.save(str(folder / "tokenizer.json"))
    d, heads = c["hidden_size"], c["num_attention_heads"]
    hd = c.get("head_dim", d // heads)
    kv = c["num_key_value_heads"] * hd
    w = {}
    def put(name, *dims):
        x = rng.standard_normal(dims, dtype=np.float32)
        w[name + ".weight"] = 1 + 0.1 * x if len(dims) == 1 else x * np.float32(1.2 / np.sqrt(dims[1]))
    put("model.embed_tokens", c["vocab_size"], d)
    put("model.norm", d)
    if not c["tie_word_embeddings"]:
        put("lm_head", c["vocab_size"], d)
    for i in range(c["num_hidden_layers"]):
        p = f"model.layers.{i}."
        put(p + "input_layernorm", d); put(p + "post_attention_layernorm", d)
        put(p + "self_attn.q_proj", heads * hd, d); put(p + "self_attn.k_proj", kv, d); put(p + "self_attn.v_proj", kv, d)
        put(p + "self_attn.o_proj", d, heads * hd)
        put(p + "mlp.gate_proj", c["intermediate_size"], d); put(p + "mlp.up_proj", c["intermediate_size"], d); put(p + "mlp.down_proj", d, c["intermediate_size"])
    # in two files, as large models come
    names = sorted(w)
    save_file({n: w[n] for n in names[: len(names) // 2]}, folder / "model-00001-of-00002.safetensors", metadata={"format": "pt"})
    save_file({n: w[n] for n in names[len(names) // 2 :]}, folder / "model-00002-of-00002.safetensors", metadata={"format": "pt"})
    files = {n: f"model-0000{1 + (i >= len(names) // 2)}-of-00002.safetensors" for i, n in enumerate(names)}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": files}))
    return c, w


def numpy_logits(c, w, ids):
    """The formulas of transformers' modeling_llama, halves of heads turned against each other."""
    d, heads, kv_heads = c["hidden_size"], c["num_attention_heads"], c["num_key_value_heads"]
    hd, n = c.get("head_dim", d // heads), len(ids)
    norm = lambda x, g: x / np.sqrt((x * x).mean(-1, keepdims=True) + c["rms_norm_eps"]) * g
    angle = np.arange(n)[:, None] / c["rope_theta"] ** (np.arange(0, hd, 2) / hd)[None]
    cos, sin = np.cos(np.concatenate([angle, angle], 1)), np.sin(np.concatenate([angle, angle], 1))
    turn = lambda x: x * cos[:, None] + np.concatenate([-x[..., hd // 2 :], x[..., : hd // 2]], -1) * sin[:, None]
    x = w["model.embed_tokens.weight"][ids].astype(np.float64)
    for i in range(c["num_hidden_layers"]):
        p = lambda name: w[f"model.layers.{i}.{name}.weight"].astype(np.float64)
        h = norm(x, p("input_layernorm"))
        q = turn((h @ p("self_attn.q_proj").T).reshape(n, heads, hd))
        k = turn((h @ p("self_attn.k_proj").T).reshape(n, kv_heads, hd))
        v = (h @ p("self_attn.v_proj").T).reshape(n, kv_heads, hd)
        out = np.zeros((n, heads, hd))
        for a in range(heads):
            b = a // (heads // kv_heads)
            s = q[:, a] @ k[:, b].T / np.sqrt(hd) + np.triu(np.full((n, n), -np.inf), 1)
            s = np.exp(s - s.max(-1, keepdims=True))
            out[:, a] = s / s.sum(-1, keepdims=True) @ v[:, b]
        x = x + out.reshape(n, -1) @ p("self_attn.o_proj").T
        h = norm(x, p("post_attention_layernorm"))
        gate = h @ p("mlp.gate_proj").T
        x = x + (gate / (1 + np.exp(-gate)) * (h @ p("mlp.up_proj").T)) @ p("mlp.down_proj").T
    head = w["model.embed_tokens.weight" if c["tie_word_embeddings"] else "lm_head.weight"]
    return norm(x, w["model.norm.weight"]) @ head.T


def rounded(name, x, kind):
    """Weights as the file should hold them: vectors as floats, tables of tokens with eight bits at least."""
    if x.ndim == 1 or kind == "f32":
        return x
    if kind[1] in "45" and ("embed_tokens" in name or "lm_head" in name):
        kind = "q8_0"
    ty = gguf.GGMLQuantizationType[kind.upper() if x.shape[1] % 32 == 0 else "F16"]
    return gguf.quants.dequantize(gguf.quants.quantize(x, ty), ty)


def transformers_logits(folder, ids):
    import torch
    import transformers
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0].numpy()


def check(prox, binary, shape, seed, kinds, by_transformers):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        c, w = write_folder(folder, shape, seed)
        text = folder / "text.txt"
        text.write_text(TEXT)
        wanted = None
        for kind in kinds:
            out = folder / f"{kind}.gguf"
            subprocess.run([prox, "convert", folder, "--quantize", kind, "--stage", "chunk", "-o", out], check=True, stderr=subprocess.DEVNULL)
            began = time.time()
            ids = json.loads(subprocess.run([binary, out, text, folder / "logits"], check=True, stdout=subprocess.PIPE).stdout)
            seconds = time.time() - began
            if "vocab_size" not in shape:
                assert ids == tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json")).encode(TEXT).ids
            if not by_transformers:
                wanted = numpy_logits(c, {name: rounded(name, x, kind) for name, x in w.items()}, ids)
            elif wanted is None:
                wanted = transformers_logits(folder, ids)
            found = np.fromfile(folder / "logits", np.float32).reshape(len(ids), -1)
            assert found.shape == wanted.shape, (found.shape, wanted.shape)
            error = np.abs(found - wanted).max() / np.abs(wanted).max()
            same = (found.argmax(1) == wanted.argmax(1)).mean()
            print(f"{c['num_hidden_layers']} x {c['hidden_size']}, {kind}: {out.stat().st_size:,} bytes, {len(ids)} tokens in {seconds:.1f} s with loading, "
                  f"largest error {error:.2e} of the largest logit, {100 * same:.1f} % of the first choices equal", flush=True)
            # transformers has the weights before rounding, so that only floats can be held against it
            assert error < LIMIT or by_transformers and kind != "f32", f"{kind}: {error} is over {LIMIT}"
            out.unlink()


def main():
    prox, binary, *flags = sys.argv[1:]
    by_transformers = "--transformers" in flags or "--released" in flags
    if "--released" in flags:
        check(prox, binary, RELEASED, 1, ["f32", "q8_0", "q4_0"], True)
    else:
        for seed, shape in enumerate(SHAPES):
            check(prox, binary, shape, seed, KINDS, by_transformers)


main()
