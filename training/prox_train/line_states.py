"""What SmolLM2's first layers make of each line, read apart from all others between two line feeds: the mean of its tokens'
states, and the state at the line feed that ends it.

Menus repeat, so each distinct line is read once; the states lie in a float16 file that is written in order and goes on
where it was left.
"""

import json
import time
from pathlib import Path

import numpy as np
import torch

from . import smollm
from .features import BULLETS
from .text import abridge

FEED = "\n"


def bare(line: str) -> str:
    """The line without its bullet, which the features show already: it would only double the distinct lines."""
    return line.lstrip(BULLETS + " ") or line


def line_tokens(tokenizer, lines, head_tokens: int, tail_tokens: int):
    """Token ids of each line: its first and its last ones, between line feeds."""
    (feed,) = tokenizer.encode(FEED, add_special_tokens=False).ids
    parts = [abridge(bare(line)) for line in lines]
    heads = tokenizer.encode_batch([head for head, _ in parts], add_special_tokens=False)
    tails = tokenizer.encode_batch([tail for _, tail in parts], add_special_tokens=False)
    out = []
    for (_, tail), h, t in zip(parts, heads, tails):
        h, t = h.ids, t.ids
        if not tail:
            h, t = h[:head_tokens], h[head_tokens:]
        out.append([feed] + h[:head_tokens] + (t[-tail_tokens:] if tail_tokens else []) + [feed])
    return out


def states_of(lm, ids, tokens_a_batch=4096):
    """[lines, 2 x width]: mean state of a line's tokens, state at the line feed after it."""
    out = np.zeros((len(ids), 2 * lm.config.width), np.float32)
    by_length: dict[int, list[int]] = {}
    for i, line in enumerate(ids):
        by_length.setdefault(len(line), []).append(i)
    with torch.inference_mode():
        for length, members in sorted(by_length.items()):
            size = max(1, tokens_a_batch // length)
            for at in range(0, len(members), size):
                rows = members[at : at + size]
                x = lm(torch.tensor([ids[i] for i in rows]))
                out[rows] = torch.cat([x[:, 1:-1].sum(1) / max(1, length - 2), x[:, -1]], -1).numpy()
    return out


class LineStates:
    """States of distinct lines on disk: `lines.txt` names the rows of `states.f16`; lines not yet asked for are appended."""

    CHUNK = 8192

    def __init__(self, folder: Path, settings: dict):
        """`settings`: what the states depend on, checked against the folder's."""
        folder.mkdir(parents=True, exist_ok=True)
        self.settings, self.width = settings, 2 * smollm.LmConfig.width
        stamp = folder / "settings.json"
        if stamp.exists() and json.loads(stamp.read_text()) != settings:
            raise ValueError(f"{folder} holds states of an LM with other settings")
        stamp.write_text(json.dumps(settings))
        self.names, self.file = folder / "lines.txt", folder / "states.f16"
        raw = self.names.read_bytes().decode("utf-8", "surrogatepass") if self.names.exists() else ""
        self.row = {line: i for i, line in enumerate(raw.split("\n")[:-1])}

    def missing(self, lines):
        """By length, so that a batch holds lines of one length."""
        return sorted({bare(line) for line in lines} - self.row.keys(), key=lambda line: (len(line), line))

    def fill(self, lines, lm, tokenizer, log=print):
        """Reads the lines that have not been read yet; goes on where it was stopped."""
        todo, began = self.missing(lines), time.time()
        for start in range(0, len(todo), self.CHUNK):
            part = todo[start : start + self.CHUNK]
            ids = line_tokens(tokenizer, part, self.settings["head_tokens"], self.settings["tail_tokens"])
            states = states_of(lm, ids).astype(np.float16)
            with open(self.file, "r+b" if self.file.exists() else "w+b") as f:
                f.seek(len(self.row) * states[0].nbytes)  # over what a run that was stopped may have left
                f.write(states.tobytes())
            with open(self.names, "ab") as f:
                f.write("".join(line + "\n" for line in part).encode("utf-8", "surrogatepass"))
            self.row |= {line: len(self.row) + i for i, line in enumerate(part)}
            done = start + len(part)
            log(f"states of {done:,} of {len(todo):,} lines, {(len(todo) - done) * (time.time() - began) / done:.0f} s left")

    def open(self):
        return np.memmap(self.file, np.float16, "r", shape=(len(self.row), self.width))

    def give(self, pages):
        """Each page learns where its lines stand."""
        states = self.open()
        for p in pages:
            p.lm = states, np.array([self.row[bare(line)] for line in p.lines])


def read_all(folder: Path, settings: dict, weights: Path | None, pages) -> LineStates:
    """States of all lines of these pages; those that are not in the folder yet are read with the LM of `weights`."""
    states = LineStates(folder, {k: settings[k] for k in ("blocks", "vocab_size", "head_tokens", "tail_tokens")})
    lines = (line for p in pages for line in p.lines)
    if weights is not None:
        reader = smollm.open_weights(weights)
        lm = smollm.load(reader, settings["blocks"], settings["vocab_size"]).matrices_to(torch.bfloat16)
        states.fill(lines, lm, smollm.tokenizer(reader, settings["vocab_size"])[0], lambda line: print(line, flush=True))
    states.give(pages)
    return states
