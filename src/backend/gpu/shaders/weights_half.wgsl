// Four weights of a row, from column 4 quad on; two in a word, which needs no 16-bit arithmetic.
fn weights4(row: u32, quad: u32) -> vec4f {
    let at = 2u * (row * shape.quads + quad);
    return vec4f(unpack2x16float(words[at]), unpack2x16float(words[at + 1u]));
}
