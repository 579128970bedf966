// What is known of some logits: the highest of those that may be chosen, its token (the lowest of equals), the sum of all of
// them in terms of it, and how many logits are no numbers, chosen or not.
struct Part {
    logit: f32,
    token: f32, // exact below 2^24
    sum: f32,
    odd: f32,
}

// Nothing to choose from.
const NOTHING = Part(-0x1.fffffep+127, 0.0, 0.0, 0.0);

fn merged(a: Part, b: Part) -> Part {
    var best = a;
    if a.sum == 0.0 || (b.sum > 0.0 && (b.logit > a.logit || (b.logit == a.logit && b.token < a.token))) {
        best = b;
    }
    best.sum = a.sum * exp(a.logit - best.logit) + b.sum * exp(b.logit - best.logit);
    best.odd = a.odd + b.odd;
    return best;
}
