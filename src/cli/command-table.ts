import { buildOptions } from '../options/build-options.ts';
import { checkOptions } from '../options/check-options.ts';
import { cleanOptions } from '../options/clean-options.ts';
import { doctorOptions } from '../options/doctor-options.ts';
import { initOptions } from '../options/init-options.ts';
import { invokeOptions } from '../options/invoke-options.ts';
import { pushOptions } from '../options/push-options.ts';
import { describeOptions, logsOptions, lsOptions, stopOptions } from '../options/resource-options.ts';
import { serveCommandOptions } from '../options/serve-options.ts';
import { trainOptions } from '../options/train-options.ts';
import { downOptions, envOptions, resetOptions, statusOptions, upOptions } from '../options/up-options.ts';
import { valuesOf } from '../options/values.ts';
import type { CommandEntry } from './command-entry.ts';
import { withLevel } from './with-level.ts';
import { withProject } from './with-project.ts';

/** Every command: what it takes and where its code is, which is loaded only when it runs. */
const own = {
  train: {
    options: trainOptions,
    words: [0, 1],
    run: async ([image], given, io) => (await import('./train.ts')).train(image, valuesOf(trainOptions, given, io.env), io),
  },
  serve: {
    options: serveCommandOptions,
    words: [0, 1],
    run: async ([image], given, io) => (await import('./serve.ts')).serve(image, valuesOf(serveCommandOptions, given, io.env), io),
  },
  invoke: {
    options: invokeOptions,
    words: [0, 1],
    run: async ([endpoint], given, io) => (await import('./invoke.ts')).invoke(endpoint, valuesOf(invokeOptions, given, io.env), io),
  },
  check: {
    options: checkOptions,
    words: [0, 1],
    run: async ([image], given, io) => (await import('./check.ts')).check(image, valuesOf(checkOptions, given, io.env), io),
  },
  build: {
    options: buildOptions,
    words: [0, 1],
    run: async ([directory], given, io) => (await import('./build.ts')).build(directory, valuesOf(buildOptions, given, io.env), io),
  },
  push: {
    options: pushOptions,
    words: [2, 2],
    run: async (words, given, io) => (await import('./push.ts')).push(words, valuesOf(pushOptions, given, io.env), io),
  },
  ls: {
    options: lsOptions,
    words: [0, 1],
    run: async ([kind], given, io) => (await import('./ls.ts')).ls(kind, valuesOf(lsOptions, given, io.env), io),
  },
  describe: {
    options: describeOptions,
    words: [1, 2],
    run: async (words, given, io) => (await import('./describe.ts')).describe(words, valuesOf(describeOptions, given, io.env), io),
  },
  logs: {
    options: logsOptions,
    words: [1, 2],
    run: async (words, given, io) => (await import('./logs.ts')).logs(words, valuesOf(logsOptions, given, io.env), io),
  },
  stop: {
    options: stopOptions,
    words: [1, 2],
    run: async (words, given, io) => (await import('./stop.ts')).stop(words, valuesOf(stopOptions, given, io.env), io),
  },
  clean: {
    options: cleanOptions,
    words: [0, 0],
    run: async (_words, given, io) => (await import('./clean.ts')).clean(valuesOf(cleanOptions, given, io.env), io),
  },
  up: {
    options: upOptions,
    words: [0, 0],
    run: async (_words, given, io) => (await import('./up.ts')).up(valuesOf(upOptions, given, io.env), io),
  },
  status: {
    options: statusOptions,
    words: [0, 0],
    run: async (_words, given, io) => (await import('./status.ts')).status(valuesOf(statusOptions, given, io.env), io),
  },
  down: {
    options: downOptions,
    words: [0, 0],
    run: async (_words, given, io) => (await import('./down.ts')).down(valuesOf(downOptions, given, io.env), io),
  },
  reset: {
    options: resetOptions,
    words: [0, 0],
    run: async (_words, given, io) => (await import('./reset.ts')).reset(valuesOf(resetOptions, given, io.env), io),
  },
  env: {
    options: envOptions,
    words: [0, 0],
    run: async (_words, given, io) => (await import('./env.ts')).env(valuesOf(envOptions, given, io.env), io),
  },
  init: {
    options: initOptions,
    words: [0, 1],
    standsAlone: true,
    run: async ([directory], given, io) => (await import('./init.ts')).init(directory, valuesOf(initOptions, given, io.env), io),
  },
  doctor: {
    options: doctorOptions,
    words: [0, 0],
    run: async (_words, given, io) => (await import('./doctor.ts')).doctor(valuesOf(doctorOptions, given, io.env), io),
  },
  completion: {
    options: [],
    words: [0, 1],
    standsAlone: true,
    run: async ([shell], _given, io) => (await import('./completion.ts')).completion(shell, io),
  },
} satisfies Record<string, CommandEntry>;

export type CommandName = keyof typeof own;
export const commandNames = Object.keys(own) as readonly CommandName[];

/** The same, each with what a project file says, but for those that have nothing to do with one. */
const asRun = (name: string, entry: CommandEntry): CommandEntry => withLevel(entry.standsAlone ? entry : withProject(name, entry));
export const commands = Object.fromEntries(Object.entries(own).map(([name, entry]) => [name, asRun(name, entry)])) as Readonly<
  Record<CommandName, CommandEntry>
>;
