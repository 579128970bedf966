@group(0) @binding(2) var<storage, read> x: array<f32>; // (rows, inner), inner no multiple of four

fn element(row: u32, column: u32) -> f32 {
    if column >= shape.inner {
        return 0.0;
    }
    return x[row * shape.inner + column];
}

// Four elements of a row, zeros where there is none.
fn x4(row: u32, quad: u32) -> vec4f {
    if row >= step.rows {
        return vec4f();
    }
    let at = 4u * quad;
    return vec4f(element(row, at), element(row, at + 1u), element(row, at + 2u), element(row, at + 3u));
}
