"""Texts → tokens → batches."""

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

END = 0


def train_tokenizer(texts, vocab: int) -> Tokenizer:
    """Byte-level BPE. It is the same for all arms and learnt from the raw pages, so if it favours one, then that one."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=vocab, special_tokens=["<end>"], initial_alphabet=alphabet, show_progress=False))
    return tokenizer


def encode(tokenizer: Tokenizer, texts):
    return [np.array([*e.ids, END], np.uint16) for e in tokenizer.encode_batch(list(texts))]


class Batches:
    """Batch number n of a corpus and a seed, whatever came before: runs can be resumed anywhere."""

    def __init__(self, documents, seed: int, context: int, batch: int):
        self.documents, self.seed, self.context, self.batch = documents, seed, context, batch
        self.windows = (sum(map(len, documents)) - 1) // context
        self.epoch, self.stream, self.order = None, None, None

    def window(self, index: int):
        """Windows of an epoch: the documents joined in a random order, cut, and shuffled again."""
        epoch, at = divmod(index, self.windows)
        if epoch != self.epoch:
            rng = np.random.default_rng([self.seed, epoch])
            self.stream = np.concatenate([self.documents[i] for i in rng.permutation(len(self.documents))])
            self.order = rng.permutation(self.windows)
            self.epoch = epoch
        start = self.order[at] * self.context
        return self.stream[start : start + self.context + 1]

    def __getitem__(self, number: int):
        first = number * self.batch
        rows = np.stack([self.window(first + i) for i in range(self.batch)])
        return torch.from_numpy(rows.astype(np.int64))
