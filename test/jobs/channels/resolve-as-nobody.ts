import { resolveChannel } from '../../../src/jobs/channels/resolve.ts';

/** Looks through a directory as an ordinary user, and prints what is wrong with it. */
process.setgid?.(65534);
process.setuid?.(65534);
const S3DataSource = { S3DataType: 'S3Prefix', S3Uri: process.argv[2] } as const;
const sources = { region: 'us-east-1', roleArn: 'arn:aws:iam::000000000000:role/r' };
await resolveChannel({ ChannelName: 'train', DataSource: { S3DataSource } }, 'File', sources).then(
  () => process.stdout.write('nothing\n'),
  (error: Error) => process.stdout.write(`${error.message}\n`),
);
