import assert from 'node:assert/strict';
import { parseExposition } from '../../src/hosting/exposition.ts';

describe("the text of a container's metrics", () => {
  const families = (text: string) => {
    const { families: found, mistakes } = parseExposition(text);
    assert.deepEqual(mistakes, []);
    return found;
  };
  const mistakes = (text: string) => parseExposition(text).mistakes.map(({ line, why }) => [line, why]);

  it('is read family by family', () => {
    const found = families(`# HELP requests_total How many.
# TYPE requests_total counter
requests_total{method="post",code="200"} 1027 1395066363000
requests_total{method="post",code="400"}    3

# a comment, and TYPE is a word in it
plain 12.47
# TYPE took histogram
took_bucket{le="0.5"} 1
took_bucket{le="+Inf"} 2
took_sum 1.5e-3
took_count 2
# TYPE size summary
size{quantile="0.5",} NaN
size_sum +Inf
size_count 0
# HELP unused Nothing.
`);
    assert.deepEqual(
      found.map(({ name, type, help, samples }) => [name, type, help, samples.length]),
      [
        ['requests_total', 'counter', 'How many.', 2],
        ['plain', 'untyped', undefined, 1],
        ['took', 'histogram', undefined, 4],
        ['size', 'summary', undefined, 3],
      ],
    );
    assert.deepEqual(found[0]?.samples[0], {
      name: 'requests_total',
      labels: [
        ['method', 'post'],
        ['code', '200'],
      ],
      value: '1027 1395066363000',
    });
  });

  it('may have blanks wherever the format lets them be, escapes, and families in pieces', () => {
    const found = families(' # \tTYPE\ta   gauge \n\ta { x = "1" , y="\\"\\\\\\n}," }\t-.5 \nb 1\na 2\n');
    assert.deepEqual(
      found.map(({ name, samples }) => [name, samples.map(({ labels, value }) => [labels, value])]),
      [
        [
          'a',
          [
            [
              [
                ['x', '1'],
                ['y', '\\"\\\\\\n},'],
              ],
              '-.5',
            ],
            [[], '2'],
          ],
        ],
        ['b', [[[], '1']]],
      ],
    );
  });

  it('may be empty, or end without a line end', () => {
    assert.deepEqual(families(''), []);
    assert.equal(families('a 1')[0]?.samples[0]?.value, '1');
  });

  for (const [what, text, wrong] of [
    ['a name that is none', '1a 1\n', [[1, 'is no sample']]],
    ['no value', 'a\nb{} \nc{x="1"} one\n', [1, 2, 3].map((line) => [line, 'has no value'])],
    ['a time that is none', 'a 1 now\n', [[1, 'has no value']]],
    [
      'labels that are none',
      'a{x} 1\na{x=1} 1\na{x="1} 1\na{x="\\t"} 1\na{x="1" y="2"} 1\n',
      [1, 2, 3, 4, 5].map((line) => [line, 'has labels that cannot be read']),
    ],
    ['a label twice', 'a{x="1",x="2"} 1\n', [[1, 'has the label x twice']]],
    ['a sample twice', 'a{x="1",y="2"} 1\na{y="2",x="1"} 2\n', [[2, 'is there twice']]],
    ['a type there is not', '# TYPE a info\na 1\n', [[1, 'names no type']]],
    ['two types', '# TYPE a gauge\n# TYPE a counter\na 1\n', [[2, 'names a second type']]],
    ['a type after samples', 'a 1\n# TYPE a gauge\n', [[2, 'comes after samples']]],
    ['a type of nothing', '# TYPE\na 1\n', [[1, 'names no metric']]],
    ['a histogram with a value of its own', '# TYPE a histogram\na 1\na_count 1\n', [[2, 'is no part of a histogram']]],
    ["a name of sm-local's", 'sm_local_x 1\n', [[1, "begins with sm_local_, as sm-local's own metrics do"]]],
    ['a page', '<html>\n<body>\n', [1, 2].map((line) => [line, 'is no sample'])],
  ] as const) {
    it(`with ${what} has mistakes, which cost their lines alone`, () => {
      assert.deepEqual(mistakes(text), wrong);
      assert.equal(families('fine 1\n')[0]?.name, 'fine');
      const { families: rest } = parseExposition(`${text}fine 1\n`);
      assert.equal(rest.at(-1)?.name, 'fine');
    });
  }

  it('is shown by its beginning where a line is wrong', () => {
    const [mistake] = parseExposition(`${'<'.repeat(200)}\n`).mistakes;
    assert.equal(mistake?.text, `"${'<'.repeat(80)}"`);
  });
});
