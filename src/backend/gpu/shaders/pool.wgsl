// Sums over rows: plain, then weighted; an invocation a column.

struct Shape {
    width: u32,
}

@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read> x: array<f32>; // (rows, width)
@group(0) @binding(3) var<storage, read> weights: array<f32>; // (rows)
@group(0) @binding(4) var<storage, read_write> out: array<f32>; // (2, width)

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let column = id.x;
    if column >= shape.width {
        return;
    }
    var plain = 0.0;
    var weighted = 0.0;
    for (var row = 0u; row < step.rows; row++) {
        let value = x[row * shape.width + column];
        plain += value;
        weighted += value * weights[row];
    }
    out[column] = plain;
    out[shape.width + column] = weighted;
}
