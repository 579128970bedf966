struct Step {
    rows: u32,
    // of the first row; rows before it lie in the cache
    position: u32,
}

@group(0) @binding(0) var<uniform> step: Step;

