// Where the tests connect, as their environment says, and what both clients' tests need.
import assert from 'node:assert/strict';

export const host = '127.0.0.1';
export const port = Number(process.env.REDIS_PORT);
// Another Redis, that asks for a password.
export const lockedPort = Number(process.env.REDIS_LOCKED_PORT);
export const password = process.env.REDIS_PASSWORD;

assert.ok(port && lockedPort && password, 'REDIS_PORT, REDIS_LOCKED_PORT and REDIS_PASSWORD have to be set');

const patienceMs = 20_000;

// Waits for what another connection is about to cause.
export async function eventually(what, condition) {
  const deadline = Date.now() + patienceMs;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `not within ${patienceMs} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

export function numbers(count) {
  return Array.from({ length: count }, (_, i) => i);
}
