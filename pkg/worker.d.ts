// The script that a browser's worker runs; nothing is imported from it.
export {};
