@group(0) @binding(2) var<storage, read> x: array<vec4f>; // (rows, quads)

// Four elements of a row, zeros where there is none.
fn x4(row: u32, quad: u32) -> vec4f {
    if row >= step.rows || quad >= shape.quads {
        return vec4f();
    }
    return x[row * shape.quads + quad];
}
