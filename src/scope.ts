import { reasonOf } from './errors.ts';

/**
 * Ownership of things to undo. Undos run last first, all of them run, and what went wrong comes out together.
 * Stands in for `AsyncDisposableStack`, which Node 20 lacks.
 */
export class Scope implements AsyncDisposable {
  readonly #undos: (() => unknown)[] = [];

  /** Registers an undo; write it on the line after the creation it belongs to. */
  defer(undo: () => unknown): void {
    this.#undos.push(undo);
  }

  /** Takes ownership of a disposable and hands it back. */
  use<T extends AsyncDisposable>(resource: T): T {
    this.defer(() => resource[Symbol.asyncDispose]());
    return resource;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (let undo = this.#undos.pop(); undo; undo = this.#undos.pop()) {
      try {
        await undo();
      } catch (error) {
        failures.push(error);
      }
    }
    throwTogether(failures);
  }
}

/** Throws what went wrong, all of it as one, unless there is nothing. */
export function throwTogether(failures: readonly unknown[]): void {
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, failures.map(reasonOf).join('\n'));
}
