// Four quants of a row, from column 4 quad on, as signed bytes.
fn quants4(row: u32, quad: u32) -> u32 {
    return words[row * shape.quads + quad];
}
