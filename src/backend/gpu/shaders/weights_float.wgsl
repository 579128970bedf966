// Four weights of a row, from column 4 quad on. Rows are padded to whole quads.
fn weights4(row: u32, quad: u32) -> vec4f {
    let at = 4u * (row * shape.quads + quad);
    return vec4f(
        bitcast<f32>(words[at]),
        bitcast<f32>(words[at + 1u]),
        bitcast<f32>(words[at + 2u]),
        bitcast<f32>(words[at + 3u]),
    );
}
