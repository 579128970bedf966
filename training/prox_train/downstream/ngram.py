"""The other end of the scale from a transformer: an interpolated Kneser-Ney model over the same tokens, which learns in seconds and
whose spread is that of the pages drawn (Kneser and Ney 1995; Chen and Goodman 1999, section 3). Run in training/:
python -m prox_train.downstream.ngram configs/downstream.json --data DATA --prox ../target/release/prox --split dev --tokens 450000
"""

import json
import math

import numpy as np

from . import corpus, run, tokens

ORDER = 5
SHARES = (0.125, 0.25, 0.5, 1.0)


class Ngram:
    """An n-gram is one integer, its last token in the lowest bits."""

    def __init__(self, stream, vocab: int):
        self.bits = (vocab - 1).bit_length()
        if self.bits * ORDER > 63:
            raise ValueError(f"{ORDER} tokens of a vocabulary of {vocab} do not fit into 63 bits")
        self.vocab = vocab
        self.levels = []
        keys, counts = np.unique(self.grams(stream, ORDER), return_counts=True)
        for n in range(ORDER, 0, -1):
            contexts, first = np.unique(keys >> self.bits, return_index=True)
            singles, doubles = (counts == 1).sum(), (counts == 2).sum()
            discount = singles / (singles + 2 * doubles) if singles else 0.5
            self.levels.append((keys, counts, contexts, np.add.reduceat(counts, first), np.diff([*first, len(keys)]), discount))
            # shorter n-grams count by how many different tokens they follow
            keys, counts = np.unique(keys & ((1 << self.bits * (n - 1)) - 1), return_counts=True)
        self.levels.reverse()

    def grams(self, stream, n):
        """All n-grams of a stream, which is begun with marks of an end so that each token has one."""
        padded = np.concatenate([np.full(n - 1, tokens.END), stream]).astype(np.int64)
        out = np.zeros(len(stream), np.int64)
        for i in range(n):
            out = (out << self.bits) | padded[i : i + len(stream)]
        return out

    def nats(self, stream):
        """What the stream costs."""
        p = np.full(len(stream), 1 / self.vocab)
        for n, (keys, counts, contexts, totals, types, discount) in enumerate(self.levels, 1):
            grams = self.grams(stream, n)
            context, known = find(contexts, grams >> self.bits)
            count = np.where(*found(counts, find(keys, grams)))
            own = np.maximum(count - discount, 0) + discount * types[context] * p
            p = np.where(known, own / totals[context], p)
        return -np.log(p).sum()


def find(sorted_keys, keys):
    at = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    return at, sorted_keys[at] == keys


def found(values, places):
    at, known = places
    return known, values[at], 0


def main():
    args, c, work = run.arguments(__doc__)
    c["arms"] = list(corpus.ARMS)
    prepared = run.prepare(args, c, work)
    least = min(sum(map(len, prepared["arms"][arm])) for arm in c["arms"])
    if args.tokens > least:
        raise SystemExit(f"{args.tokens:,} tokens are asked and the smallest arm has {least:,}; counts gain nothing by repetition")
    out = work / "ngram"
    out.mkdir(exist_ok=True)
    run.describe(args, c, prepared, "Kneser-Ney", out)
    for arm in c["arms"]:
        documents = prepared["arms"][arm]
        for seed in c["seeds"]:
            stream = np.concatenate([documents[i] for i in np.random.default_rng(seed).permutation(len(documents))])
            history = []
            for size in (int(share * args.tokens) for share in SHARES):
                model = Ngram(stream[:size], c["vocab"])
                bits = {name: model.nats(ids) / math.log(2) / length for name, (ids, length) in prepared["held_out"].items()}
                history.append({"tokens": size, "bits": bits})
            (out / f"{arm}-{seed}.json").write_text(json.dumps(history))
            print(f"{arm} seed {seed}: bits per byte {sum(bits.values()) / len(bits):.4f}", flush=True)


if __name__ == "__main__":
    main()
