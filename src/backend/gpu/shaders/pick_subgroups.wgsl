struct Place {
    @builtin(workgroup_id) group: vec3u,
    @builtin(local_invocation_index) id: u32,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(num_subgroups) subgroups: u32,
    @builtin(subgroup_invocation_id) lane: u32,
}

var<workgroup> shared_parts: array<Part, 64>; // one of each subgroup

// What is known of the parts of all invocations.
fn merged_by_all(mine: Part, place: Place) -> Part {
    let logit = subgroupMax(mine.logit);
    let is_best = mine.sum > 0.0 && mine.logit == logit;
    let token = subgroupMin(select(0x1p24, mine.token, is_best));
    let part = Part(logit, token, subgroupAdd(mine.sum * exp(mine.logit - logit)), subgroupAdd(mine.odd));
    if place.lane == 0u {
        shared_parts[place.subgroup] = part;
    }
    workgroupBarrier();
    var all = shared_parts[0];
    for (var i = 1u; i < place.subgroups; i++) {
        all = merged(all, shared_parts[i]);
    }
    return all;
}
