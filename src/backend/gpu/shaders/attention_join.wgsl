// The means of a head's values from what its shares left; a workgroup a head.

struct Shape {
    heads: u32,
}

@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read> parts: array<f32>; // (shares, heads, HEAD + 2): highest, total, sums
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // (heads, HEAD)

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) id: u32) {
    let head = group.x;
    let stride = shape.heads * (HEAD + 2u);
    let start = head * (HEAD + 2u);
    let shares = step.position / 64u + 1u;
    var highest = parts[start];
    for (var i = 1u; i < shares; i++) {
        highest = max(highest, parts[start + i * stride]);
    }
    for (var d = id; d < HEAD; d += 64u) {
        var total = 0.0;
        var sum = 0.0;
        for (var i = 0u; i < shares; i++) {
            let at = start + i * stride;
            let weight = exp(parts[at] - highest);
            total += weight * parts[at + 1u];
            sum += weight * parts[at + 2u + d];
        }
        out[head * HEAD + d] = sum / total;
    }
}
