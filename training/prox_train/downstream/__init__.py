"""Does a small language model learn more from refined text? Pages → arms (raw, by rules, refined) → tokens → training → bits per byte."""
