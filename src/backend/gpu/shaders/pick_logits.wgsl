// One part of 1,024 logits, of which those whose bit is set may be chosen.

struct Shape {
    count: u32,
}

@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read> logits: array<f32>; // (count)
@group(0) @binding(3) var<storage, read> allowed: array<u32>; // (count / 32): a bit each, the lowest first
@group(0) @binding(4) var<storage, read_write> parts: array<Part>; // (count / 1024)

@compute @workgroup_size(64)
fn main(place: Place) {
    let id = place.id;
    let group = place.group;
    var part = NOTHING;
    for (var i = 0u; i < 16u; i++) {
        let token = 1024u * group.x + 64u * i + id;
        if token < shape.count {
            let logit = logits[token];
            // an infinity or no number: drivers may compute as if there were none, so that comparing does not tell
            let is_odd = (bitcast<u32>(logit) & 0x7f800000u) == 0x7f800000u;
            if is_odd {
                part.odd += 1.0;
            } else if ((allowed[token / 32u] >> (token % 32u)) & 1u) == 1u {
                part = merged(part, Part(logit, f32(token), 1.0, 0.0));
            }
        }
    }
    let all = merged_by_all(part, place);
    if id == 0u {
        parts[group.x] = all;
    }
}
