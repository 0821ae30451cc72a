import { randomBytes, randomUUID } from 'node:crypto';
import type { Keys } from '../contract/container-credentials.ts';

/** What a job or an endpoint is given of its own: secret ids that its credentials and its metadata are found under, and keys. */
export interface Issued {
  readonly id: string;
  readonly metadataId: string;
  readonly keys: Keys;
}

/** New ones each time. AWS itself takes them nowhere; they look like its temporary keys, so that whoever checks the form is content. */
export const issue = (): Issued => ({ id: randomUUID(), metadataId: randomUUID(), keys: issueKeys() });

const issueKeys = (): Keys => ({
  AccessKeyId: `ASIA${characters(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}`,
  SecretAccessKey: randomBytes(30).toString('base64'), // 40 characters
  Token: `IQoJb3JpZ2luX2Vj${randomBytes(270).toString('base64')}`, // every token of STS begins so
});

/** The alphabet's length divides 256, so that each of its characters is as likely as the next. */
const characters = (count: number, alphabet: string): string =>
  Array.from(randomBytes(count), (byte) => alphabet[byte % alphabet.length]).join('');
