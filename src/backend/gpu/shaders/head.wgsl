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

@compute @workgroup_size(64)
fn main(place: Place) {
    let start = gathered[place.group.y] * shape.width;
    var sum = 0.0;
    for (var i = place.id; i < shape.width; i += 64u) {
        sum += x[start + i] * weight[i];
    }
    let all = sum_of_all(sum, place);
    if place.id == 0u {
        out[place.group.y] = (all + shape.bias) * shape.scale + shape.shift;
    }
}
