/** The SHA-256 of the bundled model, `model/prox-nano.gguf`; a test compares them. */
export const BUNDLED_SHA256 = '548915267da7979cbdf025d35d3b7c7cc9eecb43eccf7dada05f022997a37905';
