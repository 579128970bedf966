// Four weights of a row, from column 4 quad on: the signed bytes of a word.
fn weights4(row: u32, quad: u32) -> vec4f {
    let at = row * shape.quads + quad;
    let quants = vec4f(unpack4xI8(words[at]));
    // rows hold whole groups
    let group = at / GROUP_QUADS;
    if OFFSETS {
        return quants * scales[2u * group] + scales[2u * group + 1u];
    }
    return quants * scales[group];
}
