import { basename, dirname } from 'node:path/posix';
import { secretIn, secretInVariable } from '../../secrets.ts';
import type { FileEntry } from '../evidence/layer.ts';
import { isOfOthers } from '../evidence/origins.ts';
import { assignments } from './secrets.ts';

/** What kind of secret a file holds; its content decides, not its name. `neighbours`: the other files of its layer. */
export function secretInFile(path: string, { text }: FileEntry, neighbours: ReadonlyMap<string, FileEntry>): string | undefined {
  if (text === undefined) return undefined;
  const name = basename(path);
  if (/\.(?:pem|key|ppk)$|^id_(?:rsa|dsa|ecdsa|ed25519)$/.test(name)) {
    const isKey = secretIn(text) === 'a private key' && !isOfOthers(path) && !isTestData(path) && !leadsOnlyHere(path, neighbours);
    return isKey ? 'a private key' : undefined;
  }
  if (/\.pub$|^authorized_keys$/.test(name)) return undefined;
  if (isOfOthers(path) && !isSetting(path)) return undefined;
  if (isTestData(path) || /\.(?:example|sample|template|dist|tmpl)$/.test(name)) return undefined;
  return inSetting(path, text) ?? secretIn(text);
}

const isSetting = (path: string): boolean => /^\/etc\/(?:pip\.conf|npmrc|netrc)$|\/\.git\/config$/.test(path);

const isTestData = (path: string): boolean => /\/(?:tests?|testdata|test[-_]data|__tests__|fixtures|examples?|docs?)\//i.test(path);

/** A key by which the containers of a job reach each other, as images for MPI have it: the image itself admits it, and nothing else is known to. */
function leadsOnlyHere(path: string, neighbours: ReadonlyMap<string, FileEntry>): boolean {
  const [, body] = neighbours.get(`${path}.pub`)?.text?.split(/\s+/) ?? [];
  const admitted = neighbours.get(`${dirname(path)}/authorized_keys`)?.text ?? '';
  return body !== undefined && admitted.includes(body);
}

/** Files whose format says where the secret is. */
function inSetting(path: string, text: string): string | undefined {
  const has = (pattern: RegExp): boolean => pattern.test(text);
  if (/\/\.aws\/(?:credentials|config)$/.test(path)) {
    return has(/^\s*aws_secret_access_key\s*=\s*(?!.*EXAMPLE)[A-Za-z0-9/+=]{20,}/m) ? 'AWS credentials' : undefined;
  }
  switch (basename(path)) {
    case '.netrc':
    case '_netrc':
      return has(/\bpassword\s+[^\s$]{4,}/) ? 'a password' : undefined;
    case '.npmrc':
      return has(/_(?:authToken|auth|password)\s*=\s*["']?[^\s"'$]{8,}/) ? 'a token of a registry' : undefined;
    case '.yarnrc.yml':
      return has(/npmAuth(?:Token|Ident):\s*["']?[^\s"'$]{8,}/) ? 'a token of a registry' : undefined;
    case '.pypirc':
      return has(/^\s*password\s*[=:]\s*[^\s$]{4,}/m) ? 'a password of a package index' : undefined;
    case '.git-credentials':
      return has(/:\/\/[^\s:@]*:[^\s@]+@/) ? 'a password' : undefined;
    case '.pgpass':
      return has(/^(?:[^:#\n]*:){4}\S+/m) ? 'a password' : undefined;
    case '.dockercfg':
    case 'config.json':
      return has(/"(?:auth|identitytoken)"\s*:\s*"[^"]{8,}"/) ? 'credentials of a registry' : undefined;
    case 'config':
      return has(/extraheader\s*=\s*AUTHORIZATION|client-key-data:\s*\S{40,}|^\s*token:\s*\S{20,}/im) ? 'credentials' : undefined;
  }
  return /^\.(?:env(?:\..+)?|Renviron)$/.test(basename(path)) ? inVariables(text) : inJson(path, text);
}

function inVariables(text: string): string | undefined {
  const found = assignments(text.replaceAll(/^\s*#.*$/gm, '')).find(({ name, value }) => secretInVariable(name, value) !== undefined);
  return found && `a secret, ${found.name}`;
}

const inJson = (path: string, text: string): string | undefined =>
  path.endsWith('.json') && /"client_secret"\s*:\s*"[^"]{8,}"/.test(text) ? 'a secret of a client' : undefined;
