import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { projectRoot } from '../support/real-engine.ts';
import { pages, textOf } from '../support/snippets.ts';

describe('the links of the pages', () => {
  for (const page of pages) {
    it(`lead somewhere: ${page}`, () => {
      assert.deepEqual(
        linksOf(page).filter((link) => !isAlive(page, link)),
        [],
      );
    });
  }

  it('lead from docs/README.md to every page', () => {
    const listed = new Set(linksOf('docs/README.md').map((link) => normalize(join('docs', link))));
    const own = pages.filter((page) => page.startsWith('docs/') && !/^docs\/(?:checks|decisions)\/|^docs\/README\.md$/.test(page));
    const isListed = (page: string): boolean =>
      listed.has(page) || listed.has(dirname(page)) || (page.startsWith('docs/clients/') && listed.has('docs/clients/README.md'));
    assert.deepEqual(
      own.filter((page) => !isListed(page)),
      [],
    );
  });

  it('are told from what only looks like one', () => {
    assert.deepEqual(linksIn('[a](b.md) `[c](d.md)` ![e](f.svg)\n```\n[g](h.md)\n```\n'), ['b.md', 'f.svg']);
  });
});

const prose = (text: string): string => text.replaceAll(/^( *)```.*?^ *```$/gms, '').replaceAll(/`[^`\n]*`/g, '`code`');
/** Relative ones. */
const linksIn = (text: string): readonly string[] =>
  [...prose(text).matchAll(/\]\(([^()\s]+)\)/g), ...text.matchAll(/\b(?:src|srcset|href)="([^"]+)"/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link));
const linksOf = (page: string): readonly string[] => linksIn(textOf(page));

function isAlive(page: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? page : normalize(join(dirname(page), file));
  const path = join(projectRoot, target);
  if (!existsSync(path)) return false;
  return anchor === undefined || (statSync(path).isFile() && anchorsOf(textOf(target)).has(anchor));
}

/** As GitHub makes them of headings; the second of a name gets `-1`. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.replaceAll(/^( *)```.*?^ *```$/gms, '').matchAll(/^#+ (.*)$/gm)) {
    const plain = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = plain;
    for (let again = 1; anchors.has(anchor); again += 1) anchor = `${plain}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}
