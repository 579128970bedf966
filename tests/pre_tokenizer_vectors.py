"""Writes tests/data/pieces.json: into which pieces the `tokenizers` package cuts strings, for each pre-tokenizer by its name in GGUF.

    python tests/pre_tokenizer_vectors.py > tests/data/pieces.json
    python tests/pre_tokenizer_vectors.py 100000 > /tmp/pieces.json     # then PIECES=/tmp/pieces.json cargo test --test pieces
"""

import json
import random
import sys

from tokenizers import Regex, pre_tokenizers as pre

LLAMA_3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
gpt2 = pre.ByteLevel(add_prefix_space=False, use_regex=True)
KINDS = {
    "gpt2": gpt2,
    "smollm": pre.Sequence([pre.Digits(individual_digits=True), gpt2]),
    "llama-bpe": pre.Sequence([pre.Split(Regex(LLAMA_3), "isolated"), pre.ByteLevel(add_prefix_space=False, use_regex=False)]),
}
PARTS = [" ", "  ", "\t", "\n", "\r\n", "\n\n", "a", "Word", "don", "'s", "'S", "'\u017f", "'re", "'LL", "'d", "'", "1", "23", "4567", "\u0663", "\u00bd", "\u2167",
         ".", ",", "...", "(", "$", "_", "-", "\u2014", "\u00e9", "e\u0301", "\u6f22\u5b57", "\u0939\u093f", "\U0001f600", "\u00a0", "\u3000", "\u2028", "\u0085", "\u200b", "\ufeff", "\x00", "\x1c"]


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    random.seed(7)
    texts = ["".join(random.choices(PARTS, k=random.randrange(1, 12))) for _ in range(count)]
    # where pieces begin, in characters
    cut = lambda kind, text: [begin for _, (begin, _) in kind.pre_tokenize_str(text)]
    cases = [{"text": text} | {name: cut(kind, text) for name, kind in KINDS.items()} for text in texts]
    json.dump(cases, sys.stdout, separators=(",", ":"))


main()
