"""The token LM's part of a prox-small file, and the LM again from that part. README.md has the layout."""

from dataclasses import dataclass

import gguf
import numpy as np
from tokenizers import Tokenizer

from . import line_states, lm_score, smollm

PREFIX = "proxline.lm"
# Blocks keep the 4-bit matrices they were published with, bit for bit; the table is quantised anew to fit the file.
TABLE = gguf.GGMLQuantizationType.Q5_1


def folded(layer, mean, rstd):
    """Weight and bias of a layer with the normalisation of its inputs worked in."""
    weight = layer.weight.detach() * rstd
    bias = layer.bias.detach() - weight @ mean
    return weight.numpy().astype(np.float16), bias.numpy().astype(np.float32)


def add(writer: gguf.GGUFWriter, reader: gguf.GGUFReader, settings: dict, model, score: lm_score.LineScore):
    c = smollm.config_of(reader, settings["blocks"], settings["vocab_size"])
    _, tokens, merges = smollm.tokenizer(reader, c.vocab_size)
    for key, value in (("context_length", c.context), ("score.hidden_length", score.up.out_features), ("block_count", c.blocks), ("embedding_length", c.width),
                       ("feed_forward_length", c.ffn), ("attention.head_count", c.heads),
                       ("attention.head_count_kv", c.heads_kv), ("head_tokens", settings["head_tokens"]),
                       ("tail_tokens", settings["tail_tokens"])):
        writer.add_uint32(f"{PREFIX}.{key}", value)
    writer.add_float32(f"{PREFIX}.rope.freq_base", c.rope_base)
    writer.add_float32(f"{PREFIX}.attention.layer_norm_rms_epsilon", c.norm_eps)
    writer.add_string(f"{PREFIX}.tokenizer.pre", "smollm")
    writer.add_array(f"{PREFIX}.tokenizer.tokens", tokens)
    writer.add_array(f"{PREFIX}.tokenizer.merges", merges)
    tensors = {t.name: t for t in reader.tensors}
    table = smollm.dequantise(tensors["token_embd.weight"])[: c.vocab_size].numpy()
    writer.add_tensor("lm.token_embd.weight", gguf.quants.quantize(table, TABLE), raw_dtype=TABLE)
    for i in range(c.blocks):
        for name in ("attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down"):
            t = tensors[f"blk.{i}.{name}.weight"]
            writer.add_tensor(f"lm.{t.name}", np.array(t.data), raw_dtype=t.tensor_type)
    layers = (("lm_proj", folded(model.lm_proj, model.lm_mean, model.lm_rstd)),
              ("lm_score_up", folded(score.up, score.mean, score.rstd)),
              ("lm_score_down", (score.down.weight.detach().numpy(), score.down.bias.detach().numpy())))
    for name, (weight, bias) in layers:
        writer.add_tensor(f"{name}.weight", weight)
        writer.add_tensor(f"{name}.bias", bias)


@dataclass
class LineReader:
    """Reads lines as a model file's user does: states and LM score, without those kept for training."""

    lm: smollm.Lm
    tokenizer: Tokenizer
    head_tokens: int
    tail_tokens: int
    score: lm_score.LineScore

    def give(self, pages):
        """Each page learns the states of its lines and takes the LM score into its features."""
        lines = sorted({line_states.bare(line) for p in pages for line in p.lines})
        row = {line: i for i, line in enumerate(lines)}
        states = line_states.states_of(self.lm, self.tokens(lines))
        scores = lm_score.scores_of(self.score, states)
        for p in pages:
            p.lm = states, np.array([row[line_states.bare(line)] for line in p.lines])
            lm_score.give(p, scores[p.lm[1]])

    def tokens(self, lines):
        return line_states.line_tokens(self.tokenizer, lines, self.head_tokens, self.tail_tokens)


def stored(reader: gguf.GGUFReader) -> LineReader:
    """As the file holds it."""
    field = lambda key: reader.fields[f"{PREFIX}.{key}"].contents()
    tensors = {t.name.removeprefix("lm."): t for t in reader.tensors if t.name.startswith("lm.")}
    lm = smollm.from_tensors(smollm.LmConfig(
        vocab_size=len(field("tokenizer.tokens")), blocks=field("block_count"), width=field("embedding_length"),
        heads=field("attention.head_count"), heads_kv=field("attention.head_count_kv"), ffn=field("feed_forward_length"),
        rope_base=field("rope.freq_base"), norm_eps=field("attention.layer_norm_rms_epsilon")), tensors)
    tokenizer = smollm.build_tokenizer(field("tokenizer.tokens"), [tuple(m.split(" ")) for m in field("tokenizer.merges")])
    layers = {t.name: smollm.dequantise(t) for t in reader.tensors if t.name.startswith("lm_score")}
    hidden, width = layers["lm_score_up.weight"].shape
    score = lm_score.LineScore(width, hidden, 0.0).eval().requires_grad_(False)
    for layer in ("up", "down"):
        for part in ("weight", "bias"):
            own = getattr(getattr(score, layer), part)
            own.data = layers[f"lm_score_{layer}.{part}"].reshape(own.shape)
    return LineReader(lm, tokenizer, field("head_tokens"), field("tail_tokens"), score)


def original(reader: gguf.GGUFReader, settings: dict, score: lm_score.LineScore) -> LineReader:
    """As it was published, before the table was quantised anew."""
    vocab_size = settings["vocab_size"]
    lm, (tokenizer, _, _) = smollm.load(reader, settings["blocks"], vocab_size), smollm.tokenizer(reader, vocab_size)
    return LineReader(lm, tokenizer, settings["head_tokens"], settings["tail_tokens"], score.eval().requires_grad_(False))
