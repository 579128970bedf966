// Each row divided by its root mean square, times the weights; a workgroup a row.

struct Shape {
    width: u32,
    eps: f32,
}

@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read> x: array<f32>; // (rows, width)
@group(0) @binding(3) var<storage, read> weight: array<f32>; // (width)
@group(0) @binding(4) var<storage, read_write> out: array<f32>; // (rows, width)

@compute @workgroup_size(64)
fn main(place: Place) {
    let start = place.group.y * shape.width;
    var sum = 0.0;
    for (var i = place.id; i < shape.width; i += 64u) {
        let value = x[start + i];
        sum += value * value;
    }
    let all = sum_of_all(sum, place);
    let scale = 1.0 / sqrt(all / f32(shape.width) + shape.eps);
    for (var i = place.id; i < shape.width; i += 64u) {
        out[start + i] = x[start + i] * scale * weight[i];
    }
}
