import { Worker } from 'node:worker_threads';

/** Threads that predict: while they compute, the main one answers /ping. */
export class Predictors {
  #threads;
  #waiting = new Map();
  #asked = 0;

  constructor(count) {
    this.#threads = Array.from({ length: count }, () => this.#start());
    this.ready = Promise.all(this.#threads.map(({ ready }) => ready));
  }

  /** The answer to a request as `predict.js` makes it. */
  ask(request) {
    const thread = this.#threads.reduce((least, other) => (other.underWay < least.underWay ? other : least));
    const id = this.#asked++;
    thread.underWay += 1;
    thread.worker.postMessage({ id, request });
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
    }).finally(() => {
      thread.underWay -= 1;
    });
  }

  #start() {
    const worker = new Worker(new URL('./predict.js', import.meta.url));
    const ready = new Promise((resolve) => {
      worker.on('message', (message) => {
        if (message === 'ready') return resolve();
        this.#waiting.get(message.id)(message.answer);
        this.#waiting.delete(message.id);
      });
    });
    // Without its model, or out of memory: SageMaker starts the container again.
    worker.on('error', (error) => {
      console.error(error.message);
      process.exit(1);
    });
    return { worker, ready, underWay: 0 };
  }
}
