import assert from 'node:assert/strict';
import { type ErrorCode, isError } from '../../src/errors.ts';

/** Checks code and message of a failure: `assert.rejects(promise, failure('NoGpu', /none/))`. */
export const failure =
  (code: ErrorCode, message: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(isError(error, code), `${code} expected, not ${error}`);
    assert.match(error.message, message);
    return true;
  };
