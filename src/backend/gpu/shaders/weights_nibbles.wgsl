// Four weights of a row, from column 4 quad on: a half of the eight nibbles of a word, the lowest first.
fn weights4(row: u32, quad: u32) -> vec4f {
    let at = row * shape.quads + quad;
    let half = words[at / 2u] >> (16u * (at % 2u));
    let nibbles = (vec4u(half) >> vec4u(0u, 4u, 8u, 12u)) & vec4u(15u);
    let quants = vec4f(vec4i(nibbles) - i32(ZERO));
    // rows hold whole groups
    let group = at / GROUP_QUADS;
    if OFFSETS {
        return quants * scales[2u * group] + scales[2u * group + 1u];
    }
    return quants * scales[group];
}
