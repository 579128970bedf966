"""The part of a model file that judges spans: writes it alone, and adds it to a model.

The part is tensors `span.*` and metadata `proxline.span.*`; a model without it proposes no normalisations.
"""

from pathlib import Path

import gguf
import numpy as np

ARCH = "proxline"
Q8 = gguf.GGMLQuantizationType.Q8_0
PREFIXES = ("span.", f"{ARCH}.span.")


def write_part(path: Path, bits: int, lexicon, weight, scale, shift):
    writer = gguf.GGUFWriter(path, ARCH)
    writer.add_uint32(f"{ARCH}.span.bits", bits)
    count_of, entries = lexicon
    writer.add_tensor("span.lexicon.count", count_of)
    writer.add_tensor("span.lexicon.entry", entries)
    writer.add_tensor("span.weight", gguf.quants.quantize(weight.astype(np.float32), Q8), raw_dtype=Q8)
    writer.add_tensor("span.scale", np.asarray(scale, np.float32))
    writer.add_tensor("span.shift", np.asarray(shift, np.float32))
    finish(writer)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def copy(writer, reader, wanted):
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture" or not wanted(field.name):
            continue
        sub_type = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), field.types[0], sub_type=sub_type)
    for tensor in reader.tensors:
        if wanted(tensor.name):
            writer.add_tensor(tensor.name, np.array(tensor.data), raw_dtype=tensor.tensor_type)


def add(model: Path, part: Path, out: Path):
    """`model` with the spans of `part`, whatever it had of them before."""
    own, spans = gguf.GGUFReader(model), gguf.GGUFReader(part)
    unfinished = out.with_suffix(".part")
    writer = gguf.GGUFWriter(unfinished, ARCH)
    copy(writer, own, lambda name: not name.startswith(PREFIXES))
    copy(writer, spans, lambda name: name.startswith(PREFIXES))
    finish(writer)
    unfinished.replace(out)
