// The part of docs/troubleshooting.md that goes by code: what is printed and the way out are the catalogue's own functions, the cause is what
// docs/errors.md says of the code.
import { errorCodes, fail } from '../../dist/src/errors.js';

const exitCodes = { caller: 2, image: 1, host: 3, us: 3 };
const chapters = {
  caller: 'What you asked for',
  image: 'The image',
  host: 'The machine and its engine',
  us: 'sm-local itself',
};

/** @param {string} errorsPage docs/errors.md */
export function troubleByCode(errorsPage) {
  const causes = new Map([...errorsPage.matchAll(/^\| `(\w+)` \| \w+ \| (.+) \|$/gm)].map(([, code, when]) => [code, when]));
  const errors = errorCodes.map((code) => fail(code, sample()));
  return Object.entries(chapters)
    .map(([blame, title]) => {
      const entries = errors.filter((error) => error.blame === blame).map((error) => entryOf(error, causes.get(error.code)));
      return `### ${title}: exit code ${exitCodes[blame]}\n\n${entries.join('\n\n')}`;
    })
    .join('\n\n');
}

function entryOf({ code, message, remedy = '<remedy>', aws }, cause = 'docs/errors.md does not say') {
  const printed = isOwn(message) ? 'a sentence that fits the case.' : `\`${oneLine(message)}\``;
  const wayOut = isOwn(remedy) ? 'it is printed with the message, and fits the case.' : oneLine(remedy).replaceAll('<', '\\<');
  return [
    `#### ${code}`,
    '',
    `- printed: ${printed}`,
    `- cause: ${cause}`,
    `- way out: ${wayOut}`,
    `- as AWS's clients see it: \`${aws.type}\`, status ${aws.status}`,
  ].join('\n');
}

/** Nothing but what was handed in. */
const isOwn = (text) => /^<\w+>$/.test(text.trim());
const oneLine = (text) => text.trim().replaceAll(/\s*\n\s*/g, ' ');

/** A detail that has every field, each of which reads `<name>`; where a message takes a list, it is a list of that one. */
function sample() {
  class Placeholder extends String {
    *[Symbol.iterator]() {
      yield this.valueOf();
    }
  }
  const get = (_target, name) => (absent.has(name) ? undefined : new Placeholder(`<${String(name)}>`));
  return new Proxy({}, { get });
}

/** What is there in some cases only; the message then says more than usual. */
const absent = new Set(['near', 'trouble', 'hadLogin', 'remedy', 'unexecutable', 'exit']);
