import { randomBytes, randomUUID } from 'node:crypto';
import { newAccessKeyId } from '../contract/access-keys.ts';
import type { Keys } from '../contract/container-credentials.ts';

/** What a job or an endpoint is given of its own: secret ids that its credentials and its metadata are found under, and keys. */
export interface Issued {
  readonly id: string;
  readonly metadataId: string;
  readonly keys: Keys;
}

/**
 * New ones each time. AWS itself takes them nowhere; they look like its temporary keys, so that whoever checks the form is content, and say to
 * an API of this machine whose account they are of.
 */
export const issue = (account: string): Issued => ({ id: randomUUID(), metadataId: randomUUID(), keys: issueKeys(account) });

const issueKeys = (account: string): Keys => ({
  AccessKeyId: newAccessKeyId(account),
  SecretAccessKey: randomBytes(30).toString('base64'), // 40 characters
  Token: `IQoJb3JpZ2luX2Vj${randomBytes(270).toString('base64')}`, // every token of STS begins so
});
