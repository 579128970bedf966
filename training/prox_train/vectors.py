"""Test vectors for the Rust side: python -m prox_train.vectors ../models/prox-nano.gguf ../tests/data/nano_vectors.json.gz work/nano/epoch{2,3,4,5}.pt

Twenty invented pages that look like web pages (no text of anybody's), with features, token ids, n-gram scores and the
logits PyTorch gives with the file's weights and with the weights before quantising.
"""

import argparse
import gzip
import json
import random
from pathlib import Path

import numpy as np
import torch

from . import data, document_words, evaluate, export, export_lm, features, ngrams, tokenizer as tok

MENU = ["Home", "About us", "Contact", "Products", "Blog", "Sign in", "Register", "Search", "News", "Careers", "FAQ", "Support",
        "Privacy Policy", "Terms of Service", "Cookie settings", "Sitemap", "Shop", "Cart (0)", "EN | DE | FR", "Skip to content"]
FOOT = ["© 2024 Example Press. All rights reserved.", "Follow us on Facebook", "Subscribe to our newsletter", "Share this:",
        "Tweet", "Views: 1,204", "Read more »", "Leave a reply", "Your email address will not be published.", "Tags: rivers, mills",
        "Previous post", "Next post", "Advertisement", ">>> Read more <<<", "Posted by admin at 10:42", "$ 19.99 Add to basket"]
SUBJECT = ["The old mill", "Our survey team", "A small library", "The river committee", "Every gardener", "The new bridge", "Her teacher"]
VERB = ["was rebuilt", "kept a careful record", "opened its doors", "measured the water", "planted oak trees", "changed the plan", "wrote a letter"]
REST = ["in the spring of 1987, when the valley was still quiet", "because nobody else in the town wanted to do it",
        "and the neighbours, who had waited for years, came to help", "with tools that had been made by hand",
        "so that the children could learn how it works", "although the weather was against them for most of the year"]
TITLES = ["How the mill came back", "A year at the river", "Notes from the library", "What we learned: part 2", "Key features"]
OTHER = ["您的邮箱地址不会被公开。 必填项已用 * 标注", "河边的旧磨坊在一九八七年春天重新开放，孩子们可以在这里学习它是怎样工作的。", "発表回复 コメントを残す",
         "Der alte Mühlenverein hat im Frühjahr die Türen wieder geöffnet, und viele Nachbarn kamen, um zu helfen.", "Datenschutz • Impressum",
         "Старая мельница снова открылась весной, и дети могут увидеть, как она работает.", "โรงสีเก่าเปิดอีกครั้งในฤดูใบไม้ผลิ",
         "x = [i**2 for i in range(10)]; print(x)  # {'a': 1}", "1. First step", "(b) second step", "   ", "", "\ttabbed\u00a0line ",
         "ﬁne ＡＢＣ Ünïcödé İstanbul ΣΑΣ", "😀 emoji 👩‍💻 line", "ALL CAPS TITLE", "https://www.example.org/a?b=1 info@example.org", "a"]


def sentence(r):
    return f"{r.choice(SUBJECT)} {r.choice(VERB)} {r.choice(REST)}."


def page(seed: int) -> list[str]:
    r = random.Random(seed)
    bullet = "• " if r.random() < 0.6 else ""
    lines = [bullet + r.choice(MENU) for _ in range(r.randrange(3, 25))]
    for _ in range(r.randrange(1, 5)):
        lines.append(r.choice(TITLES))
        lines += [" ".join(sentence(r) for _ in range(r.randrange(1, 6))) for _ in range(r.randrange(1, 5))]
        lines += r.sample(OTHER, r.randrange(0, 4))
    lines += r.sample(FOOT, r.randrange(3, 12))
    if seed % 5 == 0:
        lines.append(" ".join(sentence(r) for _ in range(25)))  # longer than what is read of a line
    if seed % 10 == 3:
        lines = [line for i in range(10) for line in [f"Part {i}"] + lines]  # several windows
    return lines


def vectors(file: Path, trained, tokenizer, before=None, seeds=range(20)):
    """What `file` must give for invented pages; `before`: the token LM before its table was quantised, where there is one."""
    stored, table = export.dequantised(file, trained)
    reader = export.gguf.GGUFReader(file)
    field = lambda key: float(reader.fields[f"{export.ARCH}.{key}"].contents())
    after = export_lm.stored(reader) if before else None
    word_score = document_words.stored(reader)
    out = []
    for seed in seeds:
        lines = page(seed)
        p = data.PreparedPage(lines)
        p.tokenize(tokenizer)
        score = ngrams.matrix(p.lines).astype(np.float64) @ table.astype(np.float64) + field("ngram.bias")
        read = {}
        for name, model, lm in (("before", trained, before), ("after", stored, after)):
            p.set_score(score)
            if lm:
                lm.give([p])
            with torch.no_grad():
                (logits,), document = evaluate.line_logits(model, [p], "cpu")
            line = logits * field("line.scale") + field("line.shift")
            read[name] = line, document[0] * field("document.scale") + field("document.shift") + word_score(p.lines, line)
        shown = range(len(p.lines)) if len(p.lines) < 100 else range(0)  # features and tokens of the short pages only
        out.append({
            "text": "\n".join(lines),
            "features": [[round(float(x), 6) for x in p.features[i, : len(features.NAMES)]] for i in shown],
            "document_features": [float(x) for x in p.doc_features],
            "tokens": [p.ids[i].tolist() for i in shown],
            "pairs": [p.pairs[i].tolist() for i in shown],
            "logits": read["after"][0].tolist(),
            "logits_before_quantising": read["before"][0].tolist(),
            "document": float(read["after"][1]),
            "document_before_quantising": float(read["before"][1]),
        })
        if after:
            out[-1]["lm_tokens"] = after.tokens([p.lines[i] for i in shown])
            out[-1]["lm_features"] = [[round(float(x), 6) for x in p.features[i, len(features.NAMES) :]] for i in shown]
    return out


def write(path: Path, out):
    with gzip.GzipFile(path, "wb", mtime=0) as f:
        f.write(json.dumps(out, ensure_ascii=False).encode("utf-8"))
    print(f"{path}: {len(out)} pages, {path.stat().st_size:,} bytes")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("runs", type=Path, nargs="+", help="the epochs the model was exported from")
    args = parser.parse_args()
    trained, _ = export.load_run(args.runs)
    write(args.out, vectors(args.model, trained, tok.load(export.ROOT / "work" / "tokenizer.json")))


if __name__ == "__main__":
    main()
