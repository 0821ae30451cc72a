import { basename, extname } from 'node:path/posix';
import { isOfOthers } from './origins.ts';

/** What the kernel makes of a file that is to be executed. */
export type Program =
  /** `interpreter`: the loader that it names; none when it is linked statically. */
  | { readonly form: 'elf'; readonly architecture: string; readonly interpreter?: string }
  /** `line`: what follows `#!`, a carriage return at its end included. */
  | { readonly form: 'script'; readonly line: string }
  /** "exec format error". */
  | { readonly form: 'unknown' };

/** How much text is kept of one image. */
export class TextBudget {
  /** Characters that are left. */
  #left = 64 * 1024 * 1024;
  /** How many texts there was no room for. */
  unread = 0;

  take(text: string): string | undefined {
    if (text.length > this.#left) {
      this.unread += 1;
      return undefined;
    }
    this.#left -= text.length;
    return text;
  }
}

/** Bytes: enough for the headers of a program and for the first line of a script. */
const programSize = 4096;
/** Bytes of settings and scripts. */
const textSize = 256 * 1024;

/** Reads as much of a file as a check may want to know. What is not asked for stays in `content`. */
export async function beginningOf(
  path: string,
  { mode, size }: { readonly mode: number; readonly size: number },
  content: AsyncIterable<Buffer>,
  budget: TextBudget,
): Promise<{ readonly text?: string; readonly program?: Program }> {
  const isExecutable = (mode & 0o111) !== 0;
  const isText = mayHoldSecret(path) || (isScriptName(path) && !isOfOthers(path));
  const mayBeScript = isExecutable || (extname(path) === '' && !isOfOthers(path));
  if (!isText && !mayBeScript) return {};
  const pieces = content[Symbol.asyncIterator](); // never ended early, which would end the archive
  const bytes = await upTo(pieces, Buffer.alloc(0), Math.min(size, isText ? textSize : programSize));
  const isScript = bytes.subarray(0, 2).toString('latin1') === '#!';
  const program = isExecutable || isScript ? programIn(bytes) : undefined;
  const whole = isScript && !isText && !isOfOthers(path) ? await upTo(pieces, bytes, Math.min(size, textSize)) : bytes;
  const text = isText || isScript ? budget.take(whole.toString()) : undefined;
  return { ...(text !== undefined && { text }), ...(program && { program }) };
}

async function upTo(pieces: AsyncIterator<Buffer>, begun: Buffer, size: number): Promise<Buffer> {
  const parts = [begun];
  let length = begun.length;
  while (length < size) {
    const { done, value } = await pieces.next();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  return Buffer.from(Buffer.concat(parts).subarray(0, Math.max(size, begun.length))); // not a view that keeps the stream's whole piece
}

const isScriptName = (path: string): boolean => /\.(?:py|sh|bash|R|r|js|mjs|cjs|ts|jl|pl|rb)$/.test(path);

/** Files that exist to hold secrets, or often do. */
export function mayHoldSecret(path: string): boolean {
  const name = basename(path);
  return (
    /^(?:\.env(?:\..+)?|\.netrc|_netrc|\.npmrc|\.yarnrc(?:\.yml)?|\.pypirc|pip\.conf|\.git-credentials|\.Renviron|\.pgpass|\.dockercfg)$/.test(
      name,
    ) ||
    /^id_(?:rsa|dsa|ecdsa|ed25519)$|^authorized_keys$|\.pub$|\.pem$|\.key$|\.ppk$/.test(name) ||
    /\/(?:\.aws\/(?:credentials|config)|\.docker\/config\.json|\.git\/config|\.kube\/config)$/.test(path) ||
    /(?:credential|service[-_]?account|client[-_]?secret)[^/]*\.json$/i.test(name)
  );
}

function programIn(bytes: Buffer): Program {
  if (bytes.subarray(0, 2).toString('latin1') === '#!') {
    const line = bytes.subarray(2, 258).toString().split('\n', 1)[0] ?? '';
    return { form: 'script', line };
  }
  return bytes.length >= 64 && bytes.readUInt32BE(0) === 0x7f454c46 ? elfIn(bytes) : { form: 'unknown' };
}

/** Go's names, as images have them. Source: the e_machine values of the ELF specification. */
const machines: Readonly<Record<number, string>> = {
  3: '386',
  40: 'arm',
  62: 'amd64',
  183: 'arm64',
  21: 'ppc64le',
  22: 's390x',
  243: 'riscv64',
};

/** Source: the ELF specification, "ELF Header" and "Program Header". */
function elfIn(bytes: Buffer): Program {
  const is64 = bytes[4] === 2;
  const isLittle = bytes[5] === 1;
  const u16 = (at: number): number => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (at: number): number => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const word = (at: number): number => (is64 ? Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at)) : u32(at));
  const architecture = machines[u16(18)] ?? `machine ${u16(18)}`;
  const [first, size, count] = is64 ? [word(32), u16(54), u16(56)] : [word(28), u16(42), u16(44)];
  for (let at = first; at < first + size * count && at + size <= bytes.length; at += size) {
    if (u32(at) !== 3) continue; // PT_INTERP
    const [offset, length] = is64 ? [word(at + 8), word(at + 32)] : [word(at + 4), word(at + 16)];
    if (offset + length > bytes.length) break;
    return {
      form: 'elf',
      architecture,
      interpreter: bytes
        .subarray(offset, offset + length)
        .toString()
        .replace(/\0.*$/s, ''),
    };
  }
  return { form: 'elf', architecture };
}
