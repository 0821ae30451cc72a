import { readFile } from 'node:fs/promises';
import { validateHeaderValue } from 'node:http';
import { resolve } from 'node:path';
import { instancePlatform } from '../contract/instance-types.ts';
import { wantedPlatform } from '../engine/platform.ts';
import { imageSource } from '../engine/resolve-image.ts';
import { fail, reasonOf } from '../errors.ts';
import type { CheckValues } from '../options/check-options.ts';
import { buildArguments } from '../options/common-flags.ts';
import type { OptionName } from '../options/options.ts';
import { orInit } from '../options/or-init.ts';
import type { Surroundings } from '../options/surroundings.ts';
import type { GivenOptions } from '../options/values.ts';
import { checkInputs } from './asked-inputs.ts';
import type { CheckRequest, Part, Payload } from './request.ts';

/**
 * What the options ask to be checked. `readInput`: reads standard input, where there is one for this. Errors: WrongUsage, InputUnreadable,
 * those of `checkInputs`.
 */
export async function checkRequest(
  image: string | undefined,
  values: CheckValues,
  surroundings: Surroundings,
  readInput?: () => Promise<Buffer>,
): Promise<CheckRequest> {
  if (!image) {
    throw fail('WrongUsage', {
      message: 'There is no image to check.',
      remedy: `Name one, or a directory with a Dockerfile: sm-local check <image|dir>, or image in sm-local.yaml. ${orInit}`,
    });
  }
  const { env, cwd } = surroundings;
  const inputs = {
    train: { ...givenOf(values, trainNames), 'content-type': values['content-type'].filter(isOfChannel) },
    serve: givenOf(values, serveNames),
    surroundings,
  };
  await checkInputs(inputs);
  const parts: readonly Part[] = (['train', 'serve', 'multi-model'] as const).filter((part) => values[part]);
  return {
    source: imageSource(image, cwd),
    imageName: image,
    buildArguments: buildArguments(values['build-arg'], env),
    parts,
    platform: (values['instance-type'] && instancePlatform(values['instance-type'])) ?? wantedPlatform(env).platform,
    payload: await payloadOf(values, (body) => bytesOf(body, cwd, readInput)),
    ...inputs,
  };
}

const shared = ['env', 'limit', 'instance-type', 'gpus', 'workspace', 'credentials'] as const satisfies readonly OptionName[];
const trainNames = [...shared, 'input', 'input-mode', 'hp', 'hyperparameters', 'max-run'] as const satisfies readonly OptionName[];
const serveNames = [...shared, 'model'] as const satisfies readonly OptionName[];

const givenOf = (values: CheckValues, names: readonly (keyof CheckValues)[]): GivenOptions =>
  Object.fromEntries(names.map((name) => [name, values[name]]));

/** `validation=text/csv`, which is a channel's; parameters of a type come behind a slash: `text/csv; charset=utf-8`. */
const isOfChannel = (text: string): boolean => /^[A-Za-z0-9._-]+=/.test(text);

async function payloadOf(
  { body, accept, 'content-type': types }: CheckValues,
  read: (body: string) => Promise<Buffer>,
): Promise<Payload | undefined> {
  const contentType = types.findLast((text) => !isOfChannel(text));
  if (body === undefined) {
    if (contentType === undefined) return undefined;
    throw fail('WrongUsage', {
      message: `--content-type ${contentType}: there is no --body of that type.`,
      remedy: 'Give the sample that the image understands as well: --body @sample.json.',
    });
  }
  if (contentType === undefined) {
    throw fail('WrongUsage', {
      message: '--body without --content-type: nobody knows what it is.',
      remedy: 'Say it: --content-type application/json.',
    });
  }
  refuseHeader('--content-type', contentType);
  if (accept !== undefined) refuseHeader('--accept', accept);
  return { body: await read(body), contentType, ...(accept !== undefined && { accept }) };
}

function refuseHeader(flag: string, value: string): void {
  try {
    validateHeaderValue('x', value);
  } catch (error) {
    const remedy = 'Give printable ASCII characters: they become a header of the request.';
    throw fail('WrongUsage', { message: `${flag} ${JSON.stringify(value)} cannot be sent.`, remedy }, error);
  }
}

async function bytesOf(body: string, cwd: string, readInput: (() => Promise<Buffer>) | undefined): Promise<Buffer> {
  if (body === '-') {
    const read = await readInput?.();
    if (read?.length) return read;
    throw fail('WrongUsage', {
      message: read ? '--body -: standard input was empty.' : '--body -: there is no standard input here.',
      remedy: 'Give the text, or @FILE.',
    });
  }
  if (!body.startsWith('@')) return Buffer.from(body);
  const path = resolve(cwd, body.slice(1));
  return await readFile(path).catch((error) => {
    throw fail('InputUnreadable', { what: '--body', path, why: reasonOf(error) }, error);
  });
}
