/** The SHA-256 of the bundled model, `model/prox-nano.gguf`; a test compares them. */
export const BUNDLED_SHA256 = '99a0573fd0249b74a38a1af08f960df615000e73918b63a9d022edbbfe96291c';
