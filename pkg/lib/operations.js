/** The operations as the Rust side numbers them in `src/web/program.rs`. @type {Map<unknown, number>} */
export const OPERATIONS = new Map(
  ['drop_doc', 'keep_doc', 'keep_chunk', 'remove_lines', 'normalize'].map((op, number) => [op, number]),
);

/** Operations that an edit can have. */
export const EDIT_OPERATIONS = ['drop_doc', 'remove_lines', 'normalize'];
