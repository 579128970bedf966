// Asks the service that PROX_URL names, with the token in PROX_TOKEN.
const { PROX_URL = 'http://localhost:8787', PROX_TOKEN = '' } = process.env;

/**
 * @param {string} path
 * @param {RequestInit} [init]
 */
export async function ask(path, init) {
  const response = await fetch(PROX_URL + path, { ...init, headers: { authorization: `Bearer ${PROX_TOKEN}` } });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response;
}
