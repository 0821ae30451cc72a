import { isTrainingOver } from '../contract/status.ts';
import { openEmulator } from '../emulator.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import type { StatusValues } from '../options/up-options.ts';
import { duration } from '../units.ts';
import { servingProcess } from '../up/api-process.ts';
import { type Io, style } from './io.ts';
import { jsonLine } from './json-lines.ts';

/** `sm-local status`: whether `sm-local up` runs for this home, and where. Returns the exit code: 0 when it does, 1 when not. */
export async function status(values: StatusValues, io: Io): Promise<number> {
  await using emulator = await openEmulator(emulatorOptions(values, io));
  const home = emulator.root.home.path;
  const serving = await servingProcess(emulator);
  if (!serving) {
    if (values.json) await jsonLine(io, { event: 'result', isRunning: false, home });
    else await io.out.write(`sm-local up does not run for ${home}.\n`);
    return 1;
  }
  const scopes = await emulator.everywhere();
  const jobs = await Promise.all(scopes.map(async ({ trainingJobs }) => (await trainingJobs.list()).records));
  const endpoints = await Promise.all(scopes.map(async (scope) => (await scope.endpoints.list()).records));
  const counts = {
    trainingJobs: jobs.flat().filter(({ value }) => !isTrainingOver(value.status)).length,
    endpoints: endpoints.flat().length,
  };
  const { url, pid, startTime, account, region, s3Endpoint, log } = serving;
  if (values.json) {
    const told = { isRunning: true, url, pid, startTime, home, account, region, s3Endpoint, log, ...counts };
    await jsonLine(io, { event: 'result', ...told });
    return 0;
  }
  const { bold, dim } = style(io.color);
  const lines = [
    `sm-local up runs at ${bold(url ?? '(it is starting)')}`,
    `${dim('Process')}   ${pid}, for ${duration((io.now().getTime() - Date.parse(startTime)) / 1000)}`,
    `${dim('Home')}      ${home}`,
    `${dim('Account')}   ${account} in ${region}`,
    ...(s3Endpoint === undefined ? [] : [`${dim('Objects')}   ${s3Endpoint}`]),
    ...(log === undefined ? [] : [`${dim('Output')}    ${log}`]),
    `${dim('Running')}   ${counts.trainingJobs} training jobs, ${counts.endpoints} endpoints`,
  ];
  await io.out.write(`${lines.join('\n')}\n`);
  return 0;
}
