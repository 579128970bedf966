"""Opens a model with the `gguf` package, an independent reader, and dequantises every tensor."""

import sys

import gguf
import numpy as np

reader = gguf.GGUFReader(sys.argv[1])
architecture = reader.fields["general.architecture"].contents()
assert architecture == "proxline", architecture
blocks = reader.fields["proxline.block_count"].contents()
names = {tensor.name for tensor in reader.tensors}
wanted = {"token_embd.weight", "pair_embd.weight", "ngram.weight", "line_head.weight", "doc_head.weight", "output_norm.weight"}
wanted |= {f"blk.{i}.attn_q.weight" for i in range(blocks)}
assert wanted <= names, f"missing: {wanted - names}"
values = 0
for tensor in reader.tensors:
    # bytes of a lookup table are no weights
    is_table = tensor.tensor_type == gguf.GGMLQuantizationType.I8
    array = tensor.data if is_table else gguf.quants.dequantize(tensor.data, tensor.tensor_type)
    assert np.isfinite(array).all(), f"{tensor.name} holds values that are not finite"
    values += array.size
tokens = reader.fields["tokenizer.ggml.tokens"].contents()
print(f"{sys.argv[1]}: {architecture}, {blocks} blocks, {len(reader.tensors)} tensors, {values:,} weights, {len(tokens):,} tokens")
