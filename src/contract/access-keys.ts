import { createHash, randomBytes } from 'node:crypto';

/**
 * What an access key id says of its account. Keys of twelve digits name it, a convention of AWS emulators that lets a client be in several
 * accounts; keys that were handed to containers here hold it, as AWS's own do, with a check so that nobody's real key is taken for one.
 * Undefined for all others, which are as good as any.
 */
export function accountOfKey(accessKeyId: string): string | undefined {
  if (/^\d{12}$/.test(accessKeyId)) return accessKeyId;
  if (!/^ASIA[A-Z2-7]{16}$/.test(accessKeyId)) return undefined;
  const bytes = fromBase32(accessKeyId.slice(4));
  const head = bytes.subarray(0, headSize);
  const account = head.readUIntBE(0, accountSize).toString().padStart(12, '0');
  return bytes.subarray(headSize).equals(checkOf(head)) && account.length === 12 ? account : undefined;
}

/** A new temporary access key id of an account: `ASIA` and sixteen characters. */
export function newAccessKeyId(account: string): string {
  const head = Buffer.concat([Buffer.alloc(accountSize), randomBytes(headSize - accountSize)]);
  head.writeUIntBE(Number(account), 0, accountSize);
  return `ASIA${toBase32(Buffer.concat([head, checkOf(head)]))}`;
}

/** Bytes: of the account, of it with what is random, of everything. */
const accountSize = 5;
const headSize = 8;
const wholeSize = 10;

const checkOf = (head: Buffer): Buffer =>
  createHash('sha256')
    .update('sm-local access key')
    .update(head)
    .digest()
    .subarray(0, wholeSize - headSize);

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Ten bytes are sixteen characters of five bits each. */
const toBase32 = (bytes: Buffer): string => {
  const bits = BigInt(`0x${bytes.toString('hex')}`);
  return Array.from({ length: 16 }, (_, index) => alphabet[Number((bits >> BigInt(75 - 5 * index)) & 31n)]).join('');
};

const fromBase32 = (text: string): Buffer => {
  let bits = 0n;
  for (const character of text) bits = (bits << 5n) | BigInt(alphabet.indexOf(character));
  return Buffer.from(bits.toString(16).padStart(2 * wholeSize, '0'), 'hex');
};
