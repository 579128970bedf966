// Four quants of a row, from column 4 quad on, as signed bytes; ZERO is not subtracted yet.
fn quants4(row: u32, quad: u32) -> u32 {
    let at = row * shape.quads + quad;
    let half = words[at / 2u] >> (16u * (at % 2u));
    return (half & 0xfu) | ((half & 0xf0u) << 4u) | ((half & 0xf00u) << 8u) | ((half & 0xf000u) << 12u);
}
