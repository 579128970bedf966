/** The SHA-256 of the bundled model, `model/prox-nano.gguf`; a test compares them. */
export const BUNDLED_SHA256 = '2d988defc8e0401056e4e484407423309d4378848161d3533a48367aba43ed34';
