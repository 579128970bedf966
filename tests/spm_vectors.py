"""Test vectors of SentencePiece's BPE: a small vocabulary trained on the repository's own texts, and what the `sentencepiece`
package makes of varied strings with it.

    python tests/spm_vectors.py tests/data/spm_vectors.json
"""

import io
import json
import pathlib
import random
import sys

import sentencepiece

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEXTS = ["README.md", "docs/language.md", "models/README.md", "benches/README.md"]
VARIED = [
    "", " ", "  ", "a", " a", "a ", "\n", "\t\ttabs\r\n", "The program removes lines 0 to 4.", "two  spaces   three", "12,345.67 and 2024-11-24",
    "naïve café ÆØÅ ß ſ", "Привет, мир!", "你好，世界。こんにちは", "مرحبا", "🇳🇱👩‍👩‍👧 😀", "x² + y² = z²", "\u00a0\u2003end", "a\u0301 \u200b\ufeff\u00ad",
    "▁already▁escaped", "<s>", "</s> <unk> <0x0A>", "remove_lines(line_start=0, line_end=4)", "lllllllllllllll", "\x01\x7f\x85", "aaaa" * 20, "= = = =", "----",
]


def main():
    sentences = [line for name in TEXTS for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if line]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences), model_writer=model, model_type="bpe", vocab_size=700, byte_fallback=True,
        normalization_rule_name="identity", remove_extra_whitespaces=False, split_digits=True, character_coverage=0.999,
        allow_whitespace_only_pieces=True, num_threads=1, minloglevel=2,
    )
    spm = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    ids = range(spm.get_piece_size())
    kind = lambda i: 6 if spm.is_byte(i) else 3 if spm.is_control(i) else 2 if spm.is_unknown(i) else 1
    choice = random.Random(20240917)
    letters = "abcdefghij klmnop_qrstuvwxyz=(,).0123456789 \n-éß▁中😀"
    texts = VARIED + ["".join(choice.choices(letters, k=choice.randint(1, 40))) for _ in range(60)]
    texts += [choice.choice(sentences)[: choice.randint(1, 90)] for _ in range(60)]
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump({
            "tokens": [spm.id_to_piece(i) for i in ids],
            "scores": [spm.get_score(i) for i in ids],
            "types": [kind(i) for i in ids],
            "cases": [{"text": text, "ids": spm.encode(text)} for text in texts],
        }, file, ensure_ascii=True, separators=(",", ":"))
        file.write("\n")


main()
