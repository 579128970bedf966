// The table's row of each item; items of other slabs are left to their dispatches. A workgroup a row.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) id: u32) {
    // wraps, and so is too large, for items of slabs before
    let item = items[group.y] - shape.first;
    if item >= shape.outer {
        return;
    }
    for (var quad = id; quad < shape.quads; quad += 64u) {
        put4(group.y, 0u, quad, weights4(item, quad));
    }
}
