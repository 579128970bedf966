// Each row divided by its root mean square, times the weights; a workgroup a row.

struct Shape {
    width: u32,
    eps: f32,
}

@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read> x: array<f32>; // (rows, width)
@group(0) @binding(3) var<storage, read> weight: array<f32>; // (width)
@group(0) @binding(4) var<storage, read_write> out: array<f32>; // (rows, width)

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) id: u32) {
    let start = group.y * shape.width;
    var sum = 0.0;
    for (var i = id; i < shape.width; i += 64u) {
        let value = x[start + i];
        sum += value * value;
    }
    sums[id] = sum;
    for (var half = 32u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if id < half {
            sums[id] += sums[id + half];
        }
    }
    workgroupBarrier();
    let scale = 1.0 / sqrt(sums[0] / f32(shape.width) + shape.eps);
    for (var i = id; i < shape.width; i += 64u) {
        out[start + i] = x[start + i] * scale * weight[i];
    }
}
