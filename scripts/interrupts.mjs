import os from 'node:os';

/**
 * A signal makes `work` fail, so that its own clean-up runs, and then ends the process as it would have done at once. So does a reader of what is
 * printed that has gone (`| head`), by the signal that other programs end by then.
 */
export async function untilInterrupted(work) {
  const controller = new AbortController();
  const interrupt = (name) => controller.abort(new Interrupted(name));
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const name of names) process.on(name, interrupt);
  // For good: the clean-up and the last word are printed to nobody too.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (error.code !== 'EPIPE') throw error;
      interrupt('SIGPIPE');
    });
  }
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
