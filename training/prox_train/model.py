"""The line transformer: each line of a page becomes one vector, llama-style blocks attend over all lines both ways."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class LineModelConfig:
    vocab_size: int
    pair_rows: int
    features: int
    doc_features: int
    embedding: int = 48
    width: int = 192
    blocks: int = 4
    heads: int = 6
    ffn: int = 384
    feature_hidden: int = 128
    doc_hidden: int = 64
    rope_base: float = 10000.0
    norm_eps: float = 1e-5
    context: int = 256
    # width of what a token LM gives for each line; 0: the model has none (prox-nano)
    lm_states: int = 0


class RMSNorm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


def rope_tables(length, head_width, base):
    inverse = base ** (-torch.arange(0, head_width, 2, dtype=torch.float64) / head_width)
    angle = torch.arange(length, dtype=torch.float64)[:, None] * inverse[None]
    return angle.cos().float(), angle.sin().float()


def rope(x, cos, sin):
    """Rotates neighbouring pairs (2i, 2i+1), the order GGUF's llama architecture stores."""
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


class Block(nn.Module):
    def __init__(self, c: LineModelConfig):
        super().__init__()
        self.heads = c.heads
        self.attn_norm = RMSNorm(c.width, c.norm_eps)
        self.attn_q = nn.Linear(c.width, c.width, bias=False)
        self.attn_k = nn.Linear(c.width, c.width, bias=False)
        self.attn_v = nn.Linear(c.width, c.width, bias=False)
        self.attn_output = nn.Linear(c.width, c.width, bias=False)
        self.ffn_norm = RMSNorm(c.width, c.norm_eps)
        self.ffn_gate = nn.Linear(c.width, c.ffn, bias=False)
        self.ffn_up = nn.Linear(c.width, c.ffn, bias=False)
        self.ffn_down = nn.Linear(c.ffn, c.width, bias=False)

    def forward(self, x, cos, sin, mask, drop):
        n, t, d = x.shape
        h = self.attn_norm(x)
        q, k, v = (p(h).view(n, t, self.heads, -1).transpose(1, 2) for p in (self.attn_q, self.attn_k, self.attn_v))
        a = F.scaled_dot_product_attention(rope(q, cos, sin), rope(k, cos, sin), v, attn_mask=mask)
        x = x + F.dropout(self.attn_output(a.transpose(1, 2).reshape(n, t, d)), drop, self.training)
        h = self.ffn_norm(x)
        return x + F.dropout(self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h)), drop, self.training)


class LineModel(nn.Module):
    def __init__(self, c: LineModelConfig, dropout=0.2, lm_dropout=0.2):
        super().__init__()
        self.config, self.dropout, self.lm_dropout = c, dropout, lm_dropout
        self.token_embd = nn.EmbeddingBag(c.vocab_size, c.embedding, mode="mean")
        self.pair_embd = nn.EmbeddingBag(c.pair_rows, c.embedding, mode="mean")
        nn.init.normal_(self.token_embd.weight, std=0.1)
        nn.init.normal_(self.pair_embd.weight, std=0.1)
        self.register_buffer("feature_mean", torch.zeros(c.features))
        self.register_buffer("feature_rstd", torch.ones(c.features))
        self.register_buffer("doc_mean", torch.zeros(c.doc_features))
        self.register_buffer("doc_rstd", torch.ones(c.doc_features))
        self.bag_proj = nn.Linear(4 * c.embedding, c.width, bias=False)
        self.feature_up = nn.Linear(c.features, c.feature_hidden)
        self.feature_down = nn.Linear(c.feature_hidden, c.width)
        if c.lm_states:
            self.register_buffer("lm_mean", torch.zeros(c.lm_states))
            self.register_buffer("lm_rstd", torch.ones(c.lm_states))
            self.lm_proj = nn.Linear(c.lm_states, c.width)
        self.blk = nn.ModuleList(Block(c) for _ in range(c.blocks))
        self.output_norm = RMSNorm(c.width, c.norm_eps)
        self.line_head = nn.Linear(c.width, 1)
        self.doc_up = nn.Linear(2 * c.width + c.doc_features, c.doc_hidden)
        self.doc_head = nn.Linear(c.doc_hidden, 1)
        cos, sin = rope_tables(c.context, c.width // c.heads, c.rope_base)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def embed(self, batch):
        """Line vectors [lines, width] of a ragged batch: ids/offsets of tokens and pairs, first and last token, features."""
        p = self.dropout
        tokens = self.token_embd(batch["ids"], batch["offsets"])
        pairs = self.pair_embd(batch["pairs"], batch["pair_offsets"])
        first = F.embedding(batch["first"], self.token_embd.weight)
        last = F.embedding(batch["last"], self.token_embd.weight)
        bags = F.dropout(torch.cat([tokens, pairs, first, last], -1), p, self.training)
        features = ((batch["features"] - self.feature_mean) * self.feature_rstd).clamp(-6.0, 6.0)
        features = F.dropout(features, p * 0.5, self.training)
        x = self.bag_proj(bags) + self.feature_down(F.silu(self.feature_up(features)))
        if self.config.lm_states:
            states = (batch["lm"] - self.lm_mean) * self.lm_rstd
            x = x + self.lm_proj(F.dropout(states, self.lm_dropout, self.training))
        return x

    def states(self, x, mask):
        """x [pages, lines, width], mask [pages, lines] true where a line stands → states after the last norm."""
        t = x.shape[1]
        cos, sin = self.cos[:t], self.sin[:t]
        attend = mask[:, None, None, :]
        for block in self.blk:
            x = block(x, cos, sin, attend, self.dropout)
        return self.output_norm(x)

    def line_logits(self, states):
        """Positive: keep the line."""
        return self.line_head(states).squeeze(-1)

    def doc_logits(self, pooled, doc_features):
        """pooled [docs, 2 x width]: mean state, mean state weighted by words. Positive: keep the document."""
        f = ((doc_features - self.doc_mean) * self.doc_rstd).clamp(-6.0, 6.0)
        h = F.dropout(torch.cat([pooled, f], -1), self.dropout, self.training)
        return self.doc_head(F.silu(self.doc_up(h))).squeeze(-1)
