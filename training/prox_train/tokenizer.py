"""Byte-level BPE in the GPT-2 manner, digits apart (the pre-tokenizer llama.cpp calls "smollm"), trained on folded lines."""

from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from .hashing import bucket, mix
from .text import abridge, fold

UNKNOWN_SPECIAL = "<|endoftext|>"
HEAD_TOKENS, TAIL_TOKENS = 96, 32
PAIR_BITS = 14


def train(lines, vocab_size: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[UNKNOWN_SPECIAL],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
        max_token_length=24,
    )
    tokenizer.train_from_iterator((fold(line) for line in lines), trainer)
    return tokenizer


def load(path: Path) -> Tokenizer:
    return Tokenizer.from_file(str(path))


def encode_lines(tokenizer: Tokenizer, lines: list[str], pair_bits: int = PAIR_BITS):
    """Per line: token ids (head then tail) and rows of the pair table, the ends of each part included."""
    parts, owners = [], []
    for i, line in enumerate(lines):
        head, tail = abridge(line)
        parts.append(fold(head)); owners.append((i, HEAD_TOKENS))
        if tail:
            parts.append(fold(tail)); owners.append((i, TAIL_TOKENS))
    vocab = tokenizer.get_vocab_size()
    ids: list[list[int]] = [[] for _ in lines]
    pairs: list[list[int]] = [[] for _ in lines]
    for (i, limit), encoding in zip(owners, tokenizer.encode_batch(parts, add_special_tokens=False)):
        tokens = encoding.ids[:limit]
        ids[i] += tokens
        previous = vocab
        for token in tokens + [vocab + 1]:
            pairs[i].append(bucket(mix(previous, token), pair_bits))
            previous = token
    return ids, pairs
