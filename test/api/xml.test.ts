import assert from 'node:assert/strict';
import { xmlDocument } from '../../src/api/xml.ts';

describe('an XML document', () => {
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n';

  it('has its elements in order; lists repeat theirs, and what is undefined is not there', () => {
    const content = { A: 1, B: { C: ['x', 'y'], D: undefined }, E: true, F: '', G: [], H: [{ I: 0 }, { I: 2 }] };
    assert.equal(
      xmlDocument('R', content, 'urn:x'),
      `${head}<R xmlns="urn:x"><A>1</A><B><C>x</C><C>y</C></B><E>true</E><F></F><H><I>0</I></H><H><I>2</I></H></R>`,
    );
    assert.equal(xmlDocument('R', undefined), `${head}<R></R>`);
  });

  it('holds any text', () => {
    assert.equal(
      xmlDocument('R', '<&>"\' é 😀 \t\n\r\u0000\u0085\ud800x\uffff'),
      `${head}<R>&lt;&amp;&gt;&quot;' é 😀 \t\n&#xd;&#x0;&#x85;\ufffdx&#xffff;</R>`,
    );
  });
});
