// The mean of the table's rows of each bag and, if ENDS, those of its first and its last item. Items without a row count as
// zeros, as an empty bag does. A workgroup a bag.

@group(0) @binding(6) var<storage, read> ends: array<u32>; // (rows): where each bag ends in items

fn embedding(at: u32, quad: u32) -> vec4f {
    let item = items[at];
    if item >= shape.outer {
        return vec4f();
    }
    return weights4(item, quad);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) id: u32) {
    let row = group.y;
    var start = 0u;
    if row > 0u {
        start = ends[row - 1u];
    }
    let end = ends[row];
    for (var quad = id; quad < shape.quads; quad += 64u) {
        var sum = vec4f();
        for (var at = start; at < end; at++) {
            sum += embedding(at, quad);
        }
        put4(row, shape.mean_at, quad, sum / f32(max(end - start, 1u)));
        if ENDS {
            var first = vec4f();
            var last = vec4f();
            if end > start {
                first = embedding(start, quad);
                last = embedding(end - 1u, quad);
            }
            put4(row, shape.first_at, quad, first);
            put4(row, shape.last_at, quad, last);
        }
    }
}
