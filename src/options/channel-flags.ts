import type { Channel, TrainingInputMode } from '@aws-sdk/client-sagemaker';
import { closest } from '../contract/closest.ts';
import { fail } from '../errors.ts';
import { toUri } from '../store/location.ts';
import { pair } from './pair.ts';
import type { TrainValues } from './train-options.ts';

type ChannelValues = Pick<TrainValues, 'input' | 'content-type' | 'input-mode'>;

/**
 * The channels of a request with what the flags say of them. `--input` gives a channel another source and leaves the rest of it as it is,
 * or adds one; `--content-type` and `--input-mode` are about channels that are there. Errors: WrongUsage.
 */
export function channelsWith(channels: readonly Channel[], values: ChannelValues, cwd: string): readonly Channel[] {
  const sources = named('--input', values.input);
  const known = channels.map((channel) => {
    const source = sources.get(channel.ChannelName ?? '');
    return source === undefined ? channel : withSource(channel, toUri(source, cwd));
  });
  const added = [...sources]
    .filter(([name]) => !channels.some(({ ChannelName }) => ChannelName === name))
    .map(([ChannelName, source]) => withSource({ ChannelName, DataSource: {} }, toUri(source, cwd)));
  const all = [...known, ...added];
  const names = all.map(({ ChannelName = '' }) => ChannelName);
  const types = named('--content-type', values['content-type'], names);
  const modes = inputModes(values['input-mode'], names);
  return all.map((channel) => withMode(withType(channel, types.get(channel.ChannelName ?? '')), modes));
}

/** The mode for all channels that `--input-mode MODE` asks for. */
export const inputModeForAll = (texts: readonly string[]): TrainingInputMode | undefined =>
  texts.filter((text) => !text.includes('=')).at(-1) as TrainingInputMode | undefined;

interface InputModes {
  readonly forAll: TrainingInputMode | undefined;
  readonly byName: ReadonlyMap<string, string>;
}

const inputModes = (texts: readonly string[], names: readonly string[]): InputModes => ({
  forAll: inputModeForAll(texts),
  byName: named(
    '--input-mode',
    texts.filter((text) => text.includes('=')),
    names,
  ),
});

/** A mode for all of them wins over the mode that a channel of the file has, and gives way to one for the channel by name. */
function withMode(channel: Channel, { forAll, byName }: InputModes): Channel {
  const own = byName.get(channel.ChannelName ?? '') as TrainingInputMode | undefined;
  if (own !== undefined) return { ...channel, InputMode: own };
  if (forAll === undefined) return channel;
  const { InputMode: _, ...rest } = channel;
  return rest;
}

const withType = (channel: Channel, type: string | undefined): Channel =>
  type === undefined ? channel : { ...channel, ContentType: type };

/** Who gets how much of it stays; what was only about the old source goes. */
function withSource(channel: Channel, S3Uri: string): Channel {
  const { S3DataDistributionType = 'FullyReplicated', InstanceGroupNames } = channel.DataSource?.S3DataSource ?? {};
  const S3DataSource = {
    S3DataType: 'S3Prefix',
    S3Uri,
    S3DataDistributionType,
    ...(InstanceGroupNames && { InstanceGroupNames }),
  } as const;
  return { ...channel, DataSource: { S3DataSource } };
}

/** `NAME=VALUE` each, a name once; where `names` are given, only they may be named. */
function named(flag: string, texts: readonly string[], names?: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of texts.map((text) => pair(flag, text))) {
    if (values.has(name)) throw fail('WrongUsage', { message: `${flag} ${name}=… is given twice.`, remedy: 'Give it once.' });
    if (names && !names.includes(name)) throw unknownChannel(flag, name, names);
    values.set(name, value);
  }
  return values;
}

function unknownChannel(flag: string, name: string, names: readonly string[]): Error {
  const near = closest(name, names);
  const known = names.length === 0 ? 'There are no channels; add one with --input.' : `There are: ${names.join(', ')}.`;
  return fail('WrongUsage', {
    message: `${flag} ${name}=…: there is no channel "${name}".`,
    remedy: `${near === undefined ? '' : `Did you mean ${near}? `}${known}`,
  });
}
