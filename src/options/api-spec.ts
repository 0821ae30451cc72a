import { parseFaults } from '../contract/faults.ts';
import { limitsOf, parseLimits } from '../contract/limits.ts';
import { parseDuration } from '../contract/quantities.ts';
import { fail } from '../errors.ts';
import type { UpSpec } from '../up/up.ts';
import { gpus, portOf, speedOf } from './common-flags.ts';
import type { Surroundings } from './surroundings.ts';
import { logVariable, type UpValues } from './up-options.ts';

/** How the options ask AWS's API to be served. Errors: WrongUsage. */
export function apiSpec(values: UpValues, { env }: Surroundings): UpSpec {
  const limits = parseLimits(values.limit);
  if (values.keep && values.ephemeral) {
    throw fail('WrongUsage', {
      message: '--keep and --ephemeral contradict each other.',
      remedy: 'Leave one of them out: what is kept needs a home that stays.',
    });
  }
  if (values.detach && values.ephemeral) {
    throw fail('WrongUsage', {
      message: '--detach and --ephemeral do not go together: nobody would know how to end it.',
      remedy: 'Give it a home of its own instead (--home DIR --detach), and remove that with sm-local down and sm-local reset.',
    });
  }
  const { callback = 'on' } = values;
  if (callback !== 'on' && callback !== 'off')
    throw fail('WrongUsage', { message: `--callback ${callback}: that is neither on nor off.`, remedy: 'Use on or off.' });
  const speed = speedOf(values.speed);
  const training = limitsOf('training', limits, { speed });
  return {
    port: portOf(values.port ?? '4570'),
    keeps: values.keep,
    isEphemeral: values.ephemeral,
    hasCallback: callback === 'on',
    hosting: {
      limits,
      ...(speed !== undefined && { speed }),
      startAttempts: values['fast-fail'] ? 1 : 3,
      hasInstanceLimits: values['instance-limits'],
      ...(values.gpus !== undefined && { gpus: gpus(values.gpus) }),
    },
    training: {
      ...(speed !== undefined && { speed }),
      stopGrace: training['stop-grace'],
      ...(limits.run !== undefined && { maxRuntime: training.run }),
      ...(values['instance-limits'] && { instanceLimits: true }),
      ...(values.gpus !== undefined && { gpus: gpus(values.gpus) }),
    },
    ...(values['long-poll'] !== undefined && { longPoll: parseDuration(values['long-poll'], '--long-poll') }),
    ...(values.fault.length > 0 && { faults: parseFaults(values.fault) }),
    ...(env[logVariable] !== undefined && { log: env[logVariable] }),
  };
}
