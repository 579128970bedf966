// A logit for each gathered row: its product with one row of weights, calibrated. A workgroup a logit.

struct Shape {
    width: u32,
    bias: f32,
    // of the calibration
    scale: f32,
    shift: f32,
}

@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read> x: array<f32>; // (_, width)
@group(0) @binding(3) var<storage, read> gathered: array<u32>; // (rows): rows of x
@group(0) @binding(4) var<storage, read> weight: array<f32>; // (width)
@group(0) @binding(5) var<storage, read_write> out: array<f32>; // (rows)

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) id: u32) {
    let start = gathered[group.y] * shape.width;
    var sum = 0.0;
    for (var i = id; i < shape.width; i += 64u) {
        sum += x[start + i] * weight[i];
    }
    sums[id] = sum;
    for (var half = 32u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if id < half {
            sums[id] += sums[id + half];
        }
    }
    if id == 0u {
        out[group.y] = (sums[0] + shape.bias) * shape.scale + shape.shift;
    }
}
