import assert from 'node:assert/strict';
import { S3Error } from '../../../src/api/s3/errors.ts';
import { childrenOf, readXml, textIn } from '../../../src/api/s3/xml-reader.ts';
import { Random } from '../../store/random.ts';

describe('S3: the reader of documents', () => {
  const read = (text: string) => readXml(Buffer.from(text), 'a');

  it('reads elements, text, entities, CDATA, and passes over the rest', () => {
    const found = read(
      '\ufeff<?xml version="1.0"?><!-- x --><n:a xmlns:n="y" z=\'1\'>' +
        '<b> 1&lt;&#x41;&#66;&amp;<![CDATA[<&]]>é🙂 </b><!-- <c/> --><?pi?><b/><c attribute="x" ><d/></c ></n:a>\n',
    );
    assert.equal(found.name, 'a');
    assert.deepEqual(
      childrenOf(found, 'b').map(({ text }) => text),
      [' 1<AB&<&é🙂 ', ''],
    );
    assert.equal(childrenOf(found, 'c')[0]?.children[0]?.name, 'd');
    assert.equal(textIn(read('<a><b>x</b></a>'), 'b'), 'x');
    assert.equal(textIn(read('<a/>'), 'b'), undefined);
  });

  it('refuses what is no XML, is another document, or could do harm', () => {
    for (const text of [
      '',
      'a',
      '<a>',
      '<a></b>',
      '<a/><a/>',
      '<b/>',
      '<a x=1/>',
      '<a>&nbsp;</a>',
      '<a>&#xd800;</a>',
      '<a>&#x110000;</a>',
      '<a>& </a>',
      '<!DOCTYPE a><a/>',
      '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
      `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`,
      '<a><![CDATA[</a>',
      '<a><!-- </a>',
    ]) {
      assert.throws(() => read(text), { code: 'MalformedXML' }, text);
    }
    assert.throws(() => readXml(Buffer.from('3c613eff3c2f613e', 'hex'), 'a'), { code: 'MalformedXML' });
    assert.throws(() => textIn(read('<a><b/><b/></a>'), 'b'), { code: 'MalformedXML' });
  });

  it('never fails in another way, and not slowly', () => {
    const pieces = [
      '<a>',
      '</a>',
      '<b',
      '/>',
      '>',
      '<',
      '&',
      ';',
      '&lt;',
      '&#',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '?>',
      ' x="1"',
      'text',
      '\n',
      '\0',
    ];
    for (let seed = 0; seed < 3000; seed += 1) {
      const random = new Random(seed);
      const text = `<a>${Array.from({ length: random.integer(12) }, () => random.pick(pieces)).join('')}</a>`;
      try {
        read(text);
      } catch (error) {
        assert.ok(error instanceof S3Error, `${text}: ${error}`);
      }
    }
    for (const long of [
      `<a${' x="1"'.repeat(50_000)}`,
      `<a>${'&lt;'.repeat(500_000)}</a>`,
      `<a>${'<b>'.repeat(200_000)}`,
      `<a${' '.repeat(500_000)}`,
      `<a ${'x'.repeat(500_000)}`,
    ]) {
      const start = performance.now();
      try {
        read(long);
      } catch (error) {
        assert.ok(error instanceof S3Error);
      }
      assert.ok(performance.now() - start < 2000, long.slice(0, 20));
    }
  });
});
