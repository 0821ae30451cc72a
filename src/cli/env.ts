import { join } from 'node:path';
import {
  clientVariables,
  defaultUrl,
  type SettingFormat,
  sagemakerConfig,
  settingFormats,
  writeSettings,
} from '../contract/client-settings.ts';
import { openEmulator } from '../emulator.ts';
import { fail } from '../errors.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import type { EnvValues } from '../options/up-options.ts';
import { writeAtomically } from '../store/atomic.ts';
import { diskTrouble } from '../store/disk-trouble.ts';
import { servingProcess } from '../up/api-process.ts';
import { type Io, style } from './io.ts';

/** `sm-local env`: the settings that lead AWS's clients to `sm-local up`, on stdout for a shell to read. */
export async function env(values: EnvValues, io: Io): Promise<number> {
  const format = formatOf(values.format ?? 'bash');
  await using emulator = await openEmulator(emulatorOptions(values, io));
  const serving = await servingProcess(emulator);
  const of = {
    region: values.region ?? serving?.region ?? emulator.region,
    account: values.account ?? serving?.account ?? emulator.account,
  };
  const path = join(emulator.root.home.path, `sagemaker-config-${of.account}-${of.region}.yaml`);
  const isForContainer = format === 'docker';
  const { url = defaultUrl, containerUrl, s3Endpoint } = serving ?? {};
  if (!isForContainer) await writeConfig(path, sagemakerConfig(of));
  const place = {
    url: isForContainer ? (containerUrl ?? url.replace('127.0.0.1', 'host.docker.internal')) : url,
    ...of,
    ...(s3Endpoint !== undefined && { s3Endpoint }),
    ...(!isForContainer && { sagemakerConfig: path }),
  };
  await io.out.write(writeSettings(clientVariables(place), format));
  await tell(serving !== undefined, io);
  return 0;
}

/** What a reader of the settings should know; the shell does not see it. */
async function tell(isServing: boolean, io: Io): Promise<void> {
  const { yellow } = style(io.color);
  const notes = [
    ...(isServing ? [] : ['sm-local up does not run for this home: start it. These settings are for its usual port.']),
    ...(io.env.AWS_SESSION_TOKEN === undefined ? [] : ['AWS_SESSION_TOKEN is set, of other credentials; it does no harm here.']),
    ...(io.env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === 'true'
      ? ['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is set, so that clients ignore AWS_ENDPOINT_URL: unset it.']
      : []),
  ];
  for (const note of notes) await io.err.write(`${yellow(note)}\n`);
}

function formatOf(text: string): SettingFormat {
  const format = settingFormats.find((each) => each === text);
  if (format) return format;
  throw fail('WrongUsage', { message: `--format ${text}: there is no such format.`, remedy: `Use one of: ${settingFormats.join(', ')}.` });
}

async function writeConfig(path: string, text: string): Promise<void> {
  await writeAtomically(path, text).catch((error: unknown) => {
    throw diskTrouble('write', path, error);
  });
}
