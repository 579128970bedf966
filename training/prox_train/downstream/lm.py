"""A small causal transformer (RMSNorm, RoPE, SwiGLU, tied embeddings)."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class LmConfig:
    vocab: int
    width: int
    blocks: int
    heads: int
    ffn: int
    context: int


class Block(nn.Module):
    def __init__(self, c: LmConfig):
        super().__init__()
        self.heads = c.heads
        self.norm_a, self.norm_f = nn.RMSNorm(c.width), nn.RMSNorm(c.width)
        self.qkv = nn.Linear(c.width, 3 * c.width, bias=False)
        self.out = nn.Linear(c.width, c.width, bias=False)
        self.up = nn.Linear(c.width, 2 * c.ffn, bias=False)
        self.down = nn.Linear(c.ffn, c.width, bias=False)

    def forward(self, x, turn):
        b, n, d = x.shape
        q, k, v = self.qkv(self.norm_a(x)).view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        a = F.scaled_dot_product_attention(rotate(q, turn), rotate(k, turn), v, is_causal=True)
        x = x + self.out(a.transpose(1, 2).reshape(b, n, d))
        gate, value = self.up(self.norm_f(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * value)


def rotate(x, turn):
    cos, sin = turn
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


class Lm(nn.Module):
    def __init__(self, c: LmConfig):
        super().__init__()
        self.embed = nn.Embedding(c.vocab, c.width)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.blocks))
        self.norm = nn.RMSNorm(c.width)
        half = c.width // c.heads // 2
        angle = torch.outer(torch.arange(c.context).float(), 10000.0 ** (-torch.arange(half).float() / half))
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)
        for name, p in self.named_parameters():
            if p.dim() == 2:
                nn.init.normal_(p, std=0.02 / (2 * c.blocks) ** 0.5 if name.endswith(("out.weight", "down.weight")) else 0.02)

    def forward(self, ids):
        x = self.embed(ids)
        n = ids.shape[1]
        for block in self.blocks:
            x = block(x, (self.cos[:n], self.sin[:n]))
        return self.norm(x) @ self.embed.weight.T

    def loss(self, ids):
        """Mean loss in nats of predicting each token but the first from those before it."""
        logits = self(ids[:, :-1])
        return F.cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten())
