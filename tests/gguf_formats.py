"""Test vectors of ggml's block formats, made with the `gguf` package, an independent implementation.

    python tests/gguf_formats.py tests/data/gguf_formats.json          writes them
    python tests/gguf_formats.py --check tests/data/gguf_formats.json  fails where the installed package gives others
"""

import json
import sys

import gguf
import numpy as np

READ = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"]
WRITTEN = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q8_0"]
# where the f16 scales of a block stand
SCALES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}


def bits(values):
    return np.asarray(values, dtype=np.float32).reshape(-1).view(np.uint32).tolist()


def stored(name, random):
    """Bytes of 256 elements: any bits but for the scales, which are finite numbers."""
    block_len, block_bytes = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]]
    if name not in SCALES:
        floats = random.normal(size=256).astype(np.float32)
        return gguf.quants.quantize(floats, gguf.GGMLQuantizationType[name]).view(np.uint8).reshape(-1)
    blocks = random.integers(0, 256, size=(256 // block_len, block_bytes), dtype=np.uint8)
    for block in blocks:
        for at in SCALES[name]:
            block[at : at + 2] = np.array([random.normal() / 16], dtype=np.float16).view(np.uint8)
    return blocks.reshape(-1)


def awkward(random):
    """Values that show how a format rounds: ties, zeros, one sign, equal extremes, very small, very large."""
    rows = [random.normal(size=32), np.zeros(32), np.arange(32) - 15.5, np.arange(32) / 31, -np.arange(32) / 7]
    rows += [np.where(np.arange(32) % 2 == 0, 1.0, -1.0), random.normal(size=32) * 1e-6, random.normal(size=32) * 1e3]
    return np.concatenate(rows).astype(np.float32)


def vectors():
    random = np.random.default_rng(20240917)
    out = {"dequantized": [], "quantized": []}
    for name in READ:
        data = stored(name, random)
        ty = gguf.GGMLQuantizationType[name]
        values = gguf.quants.dequantize(data.view(np.float32 if name == "F32" else np.float16 if name == "F16" else np.uint8), ty)
        out["dequantized"].append({"type": int(ty), "bytes": bytes(data).hex(), "bits": bits(values)})
    values = awkward(random)
    for name in WRITTEN:
        ty = gguf.GGMLQuantizationType[name]
        data = np.ascontiguousarray(gguf.quants.quantize(values, ty)).view(np.uint8).reshape(-1)
        out["quantized"].append({"type": int(ty), "bits": bits(values), "bytes": bytes(data).hex()})
    return out


path = sys.argv[-1]
found = vectors()
if sys.argv[1] == "--check":
    with open(path, encoding="utf-8") as file:
        assert json.load(file) == found, f"{path} holds other vectors than gguf gives"
    print(f"{path}: {len(READ)} types read, {len(WRITTEN)} written as the gguf package does")
else:
    with open(path, "w", encoding="utf-8") as file:
        json.dump(found, file, separators=(",", ":"))
        file.write("\n")
