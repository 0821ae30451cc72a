import os from 'node:os';

/** A signal makes `work` fail, so that its own clean-up runs, and then ends the process as it would have done at once. */
export async function untilInterrupted(work) {
  const controller = new AbortController();
  const interrupt = (name) => controller.abort(new Interrupted(name));
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const name of names) process.on(name, interrupt);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    for (const name of names) process.off(name, interrupt);
  }
}

export class Interrupted extends Error {
  constructor(name) {
    super(`interrupted by ${name}`);
    this.exitCode = 128 + os.constants.signals[name];
  }
}
