import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fail, reasonOf } from '../errors.ts';
import type { CheckValues } from '../options/check-options.ts';
import { writeAtomically } from '../store/atomic.ts';
import { codeOf, diskTrouble } from '../store/disk-trouble.ts';
import { isWorse, type Severity, severities } from './check.ts';
import type { Examined } from './examine.ts';
import { fileToWrite } from './file-to-write.ts';

/** A finding that somebody has decided to live with. */
export interface KnownFinding {
  readonly check: string;
  readonly state: 'failed' | 'untested';
  /** A finding that is worse is a new one. */
  readonly severity: Severity;
  /** What it was found on; a finding on anything else is a new one. */
  readonly items?: readonly string[];
  /** As it was told when it was written down. Where it is on nothing in particular, one that says something else is new; figures do not count. */
  readonly text: string;
  /** For people: why it is lived with. */
  readonly reason?: string;
}

/** The findings that are known, and do not fail the whole check. */
export interface Baseline {
  knows(finding: Examined): boolean;
  /** What is known and has not been found, though it was looked for. */
  stale(findings: readonly Examined[]): readonly KnownFinding[];
}

/** Of `--baseline`. Errors: WrongUsage, InputNotFound, InputUnreadable. */
export async function openBaseline(values: Pick<CheckValues, 'baseline' | 'write-baseline'>, cwd: string): Promise<Baseline> {
  const { baseline: file, 'write-baseline': isWritten } = values;
  if (file !== undefined && isWritten) await fileToWrite('--baseline', file, cwd);
  if (file !== undefined) return baselineOf(await knownIn(resolve(cwd, file), isWritten));
  if (!isWritten) return baselineOf([]);
  throw fail('WrongUsage', {
    message: '--write-baseline without --baseline: there is no file to write into.',
    remedy: 'Name it: --baseline sm-local-baseline.json --write-baseline.',
  });
}

export const baselineOf = (known: readonly KnownFinding[]): Baseline => ({
  knows: (finding) => known.some((entry) => covers(entry, finding)),
  stale: (findings) => known.filter((entry) => isGone(entry, findings)),
});

function covers({ check, state, severity, items = [], text }: KnownFinding, finding: Examined): boolean {
  if (check !== finding.check.name || state !== finding.state || isWorse(finding.severity, severity)) return false;
  if (finding.state === 'failed' && finding.items) return finding.items.every((item) => items.includes(item));
  return gist(finding.text) === gist(text);
}

/** What is the same each time that the same is found: codes and ports are, times, sizes and counts are not. */
const gist = (text: string): string =>
  text.replaceAll(/(exit code |status |port )?\d+(?:[.,]\d+)*( (?:ms|s|min|[kKMGT]?B)\b)?/g, (all, code?: string) =>
    code === undefined ? '#' : all,
  );

/** One that could not be tested may still be there. */
function isGone(entry: KnownFinding, findings: readonly Examined[]): boolean {
  const found = findings.find(({ check }) => check.name === entry.check);
  return found !== undefined && (found.state === 'passed' || found.state === 'inapplicable');
}

/** Writes what was found, and keeps what is known of checks that were not made. Returns how many findings stand in it. Errors: DiskTrouble. */
export async function writeBaseline(file: string, cwd: string, findings: readonly Examined[]): Promise<number> {
  const path = resolve(cwd, file);
  const old = await knownIn(path, true);
  const made = new Set(findings.map(({ check }) => check.name));
  const kept = old.filter(({ check }) => !made.has(check));
  const found = findings.flatMap((finding) => knownOf(finding, old));
  const entries = [...kept, ...found].sort((a, b) => (a.check < b.check ? -1 : 1));
  try {
    await writeAtomically(path, `${JSON.stringify({ version: 1, findings: entries }, null, 2)}\n`);
  } catch (error) {
    throw diskTrouble('write', path, error);
  }
  return entries.length;
}

function knownOf(finding: Examined, old: readonly KnownFinding[]): readonly KnownFinding[] {
  if (finding.state !== 'failed' && finding.state !== 'untested') return [];
  const { check, state, severity, text } = finding;
  const items = finding.state === 'failed' ? finding.items : undefined;
  const reason = old.find((entry) => entry.check === check.name && entry.state === state)?.reason;
  return [{ check: check.name, state, severity, ...(items && { items }), text, ...(reason !== undefined && { reason }) }];
}

async function knownIn(path: string, mayBeMissing: boolean): Promise<readonly KnownFinding[]> {
  const text = await readFile(path, 'utf8').catch((error) => {
    if (codeOf(error) !== 'ENOENT') throw fail('InputUnreadable', { what: '--baseline', path, why: reasonOf(error) }, error);
    if (!mayBeMissing) throw fail('InputNotFound', { what: '--baseline', path });
    return undefined;
  });
  return text === undefined ? [] : parsed(text, path);
}

function parsed(text: string, path: string): readonly KnownFinding[] {
  const remedy = 'Mend it, or write it anew: remove it, then --write-baseline.';
  const refuse = (why: string, cause?: unknown): Error => fail('InputUnreadable', { what: '--baseline', path, why, remedy }, cause);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw refuse(`it is no JSON: ${reasonOf(error)}`, error);
  }
  const { version, findings } = (content ?? {}) as { readonly version?: unknown; readonly findings?: unknown };
  if (version !== 1) throw refuse(`its version is ${JSON.stringify(version)}, and only 1 is known`);
  if (!Array.isArray(findings)) throw refuse('its findings are no list');
  const broken = findings.findIndex((entry) => !isKnownFinding(entry));
  if (broken >= 0)
    throw refuse(
      `findings[${broken}] lacks a check, a state (failed or untested) or a severity (error, warning or note), or has items that are no texts`,
    );
  return findings;
}

function isKnownFinding(entry: unknown): entry is KnownFinding {
  const { check, state, severity, items = [] } = (entry ?? {}) as Partial<Record<keyof KnownFinding, unknown>>;
  const areTexts = Array.isArray(items) && items.every((item) => typeof item === 'string');
  const isSeverity = (severities as readonly unknown[]).includes(severity);
  return typeof check === 'string' && (state === 'failed' || state === 'untested') && isSeverity && areTexts;
}
