// One part of all parts.

struct Shape {
    count: u32,
}

@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read> parts: array<Part>; // (count)
@group(0) @binding(3) var<storage, read_write> out: array<Part>; // (1)

@compute @workgroup_size(64)
fn main(place: Place) {
    let id = place.id;
    var part = NOTHING;
    for (var i = id; i < shape.count; i += 64u) {
        part = merged(part, parts[i]);
    }
    let all = merged_by_all(part, place);
    if id == 0u {
        out[0] = all;
    }
}
