"""The word score of a document, which is added to the verdict of the line transformer: python -m prox_train.document_words MODEL OUT

A hashed linear model over the distinct words of the whole document. The states that the transformer pools say how a page is built and
how it is written; what fluent spam is about only its words say. A word weighs as much as the likeliest line it stands in is likely to
stay, so that menus and banners say nothing about an article. Both are weighed against each other, and calibrated, on the dev documents;
`src/model/line/document_words.rs` is the other side.
"""

import argparse
import json
from pathlib import Path

import gguf
import numpy as np
import torch
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from . import data, evaluate, export, features, tokenizer as tok
from .augment import build
from .hashing import bucket, word_hash
from .model import LineModel, LineModelConfig
from .span_gguf import copy, finish
from .text import fold, words

BITS = 14
# What a paragraph is about its first words say; wrapped mails and menus are read whole.
MAX_WORDS = 64
STRENGTH = 5.0
# Words of content that an invented page must have to be worth keeping, and how much it counts beside a document.
LEAST_CONTENT, SHORT_WEIGHT = 60, 0.3
ARCH = export.ARCH
TENSOR, HEAD = "doc_words.weight", "doc_up.weight"
KEYS = {f"{ARCH}.document.{name}" for name in ("scale", "shift", "words.bits")}
# A page in another language with less text than this may be what it is dropped for.
LEAST_TEXT = {"words": 100, "letters": 200}
WITHOUT_SPACES = ("zh", "ja", "ko", "th")


def weighted(lines, keep, bits=BITS):
    """Table rows of the distinct words, with the probability that the word stays; of long lines only those at the beginning."""
    found: dict[int, float] = {}
    for line, probability in zip(lines, keep):
        for word in words(fold(line))[:MAX_WORDS]:
            row = bucket(word_hash(word), bits)
            found[row] = max(found.get(row, 0.0), float(probability))
    return found


def matrix(documents, keep, bits=BITS):
    """Rows of unit length at most, with such an entry for each word."""
    found = [weighted(lines, probabilities, bits) for lines, probabilities in zip(documents, keep)]
    starts = np.concatenate([[0], np.cumsum([len(f) for f in found])])
    columns = np.concatenate([np.fromiter(f.keys(), np.int32, len(f)) for f in found])
    values = [np.fromiter(f.values(), np.float64, len(f)) for f in found]
    values = np.concatenate([v / np.sqrt(max(1.0, (v * v).sum())) for v in values]).astype(np.float32)
    return sparse.csr_matrix((values, columns, starts), (len(found), 1 << bits))


def stored(reader):
    """What the words of a document add to its logit by the table of a file, if it has one: a function of its lines and their logits."""
    table = next((tensor for tensor in reader.tensors if tensor.name == TENSOR), None)
    if table is None:
        return lambda lines, logits: 0.0
    weights = gguf.quants.dequantize(table.data, table.tensor_type).reshape(-1).astype(np.float64)
    bits = weights.size.bit_length() - 1
    return lambda lines, logits: (matrix([lines], [sigmoid(logits)], bits).astype(np.float64) @ weights).item()


def sigmoid(z):
    return 1 / (1 + np.exp(-np.asarray(z, np.float64)))


def foreign_pages(pages):
    """Pages with text worth keeping in other languages than English, as documents: of those, the labelled ones are nearly all to drop."""
    for page in pages:
        if page.meta["lang"] == "en" or page.meta["variant"]:
            continue
        kept = [line for line, keep in zip(page.lines, page.keep) if keep]
        spaced = page.meta["lang"] not in WITHOUT_SPACES
        size = sum(len(line.split()) for line in kept) if spaced else sum(map(len, kept))
        if size >= LEAST_TEXT["words" if spaced else "letters"]:
            yield page


def short_texts(pages):
    """Invented pages, most of them with little content among the menus of other pages."""
    return [page for page in pages if page.page.words[page.keep].sum() >= LEAST_CONTENT]


def fit(sets, read):
    """Weights of the table and a bias. `read`: the matrix of pages."""
    labelled = sets["docs_train"] + sets["docs_invented"]
    foreign, short = list(foreign_pages(sets["lines_train"])), short_texts(sets["mixed_train"])
    y = [document.doc for document in labelled] + [True] * (len(foreign) + len(short))
    weight = [1.0] * (len(labelled) + len(foreign)) + [SHORT_WEIGHT] * len(short)
    x = read(labelled + foreign + short)
    model = LogisticRegression(C=STRENGTH, max_iter=500, solver="liblinear").fit(x, y, sample_weight=weight)
    print(f"{len(labelled)} documents, {len(foreign)} pages in other languages, {len(short)} short texts")
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def read(model: Path, config: dict, vocabulary: int):
    """The line transformer of a file, with the weights the file holds."""
    sizes = {k: config[k] for k in ("embedding", "width", "blocks", "heads", "ffn", "feature_hidden", "doc_hidden", "context")}
    empty = LineModel(LineModelConfig(
        vocab_size=vocabulary, pair_rows=1 << tok.PAIR_BITS, features=len(features.NAMES), doc_features=len(features.DOC_NAMES), **sizes))
    return export.dequantised(model, empty)[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=export.ROOT.parents[1] / "shared" / "data")
    parser.add_argument("--config", type=Path, default=export.ROOT / "configs" / "nano.json", help="with which the model was trained")
    args = parser.parse_args()
    config, work = json.loads(args.config.read_text()), export.ROOT / "work"
    sets = data.prepare(args.data, work, config["vocab_size"], seed=17)
    sets |= build.build(sets, work, seed=23)
    model = read(args.model, config, tok.load(work / "tokenizer.json").get_vocab_size())
    fields = gguf.GGUFReader(args.model).fields
    line_scale, line_shift = (float(fields[f"{ARCH}.line.{name}"].contents()) for name in ("scale", "shift"))

    def words_of(pages):
        logits, _ = evaluate.line_logits(model, pages, "cpu")
        return matrix([page.lines for page in pages], [sigmoid(line_scale * z + line_shift) for z in logits])

    coef, bias = fit(sets, words_of)
    dev = sets["docs_dev"]
    _, head = evaluate.line_logits(model, dev, "cpu")
    score = words_of(dev) @ coef + bias
    gold = np.array([document.doc for document in dev])
    # hardly any penalty: three numbers from hundreds of documents
    weighed = LogisticRegression(C=1e3).fit(np.stack([head, score], 1), gold)
    (scale, weight), shift = map(float, weighed.coef_[0]), float(weighed.intercept_[0])
    logits = scale * head + weight * score + shift + np.array([evaluate.document_lenience(document) for document in dev])
    print("dev, before quantising: drop F1 {:.4f}, accuracy {:.4f}".format(*evaluate.doc_scores(dev, logits)))
    write(args.model, args.out, weight * coef, (scale, shift + weight * bias))
    print(f"{args.out}: {args.out.stat().st_size:,} bytes, head times {scale:.3f}, words times {weight:.3f}")


def write(model: Path, out: Path, coef, calibration):
    """`model` with this table, and its head in half precision, which makes room for it."""
    own = gguf.GGUFReader(model)
    head = next(tensor for tensor in own.tensors if tensor.name == HEAD)
    head = gguf.quants.dequantize(head.data, head.tensor_type).astype(np.float16)
    unfinished = out.with_suffix(".part")
    writer = gguf.GGUFWriter(unfinished, ARCH)
    copy(writer, own, lambda name: name not in KEYS and name not in (TENSOR, HEAD))
    writer.add_uint32(f"{ARCH}.document.words.bits", BITS)
    for name, value in zip(("scale", "shift"), calibration):
        writer.add_float32(f"{ARCH}.document.{name}", value)
    writer.add_tensor(HEAD, head)
    writer.add_tensor(TENSOR, gguf.quants.quantize(coef.astype(np.float32), export.Q8), raw_dtype=export.Q8)
    finish(writer)
    unfinished.replace(out)


if __name__ == "__main__":
    main()
