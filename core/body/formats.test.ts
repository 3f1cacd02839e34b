/** What rules may know of the bodies of plain formats, and what is refused because two readers could see two things in it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ReadApi } from '../policy/policy.ts';
import { CsvFraming, fieldsOf, fieldValue } from './csv.ts';
import { readFacts } from './facts.ts';
import { forwardedType } from './forwarded-type.ts';
import { isJsonLines, parseMediaType } from './media-type.ts';
import { parsePartHeaders } from './multipart-part.ts';

const encoder = new TextEncoder();

function read(api: ReadApi, body: string | Uint8Array, contentType = '', path = '/') {
  const bytes = typeof body === 'string' ? encoder.encode(body) : body;
  const result = readFacts({ api, path, direction: 'request', contentType }, bytes);
  return result.ok ? Number(result.value.facts.rows) : `${result.error.code} ${result.error.reason}`;
}

describe('NDJSON', () => {
  it('rows are the lines that hold something', () => {
    for (const [body, rows] of [
      ['', 0],
      ['{}', 1],
      ['{}\n', 1],
      ['1\r\n\r\n\n "x" \n[\t]', 3],
    ] as const) {
      assert.equal(read('ndjson', body), rows, body);
    }
  });
  it('each line is strict I-JSON, and the reason says which one is not', () => {
    assert.equal(read('ndjson', '{}\n{"a":1,"a":2}\n'), 'ERR_BODY_JSON duplicate_key_in_line_2');
    assert.equal(read('ndjson', '{"a":\n1}'), 'ERR_BODY_JSON not_json_in_line_1');
    assert.equal(read('ndjson', '{} {}'), 'ERR_BODY_JSON not_json_in_line_1');
    assert.equal(read('ndjson', '\ufeff{}'), 'ERR_BODY_JSON not_json_in_line_1');
    assert.equal(read('ndjson', new Uint8Array([0x22, 0xff, 0x22])), 'ERR_BODY_UTF8 not_utf8');
  });
  it('many small lines cannot hold up other calls, and neither can many members over many lines', () => {
    assert.equal(read('ndjson', '1\n'.repeat(250_001)), 'ERR_BODY_JSON too_many_lines');
    assert.equal(read('ndjson', '{"a":1}\n'.repeat(100_001)), 'ERR_BODY_JSON too_many_members');
  });
});

describe('CSV', () => {
  it('rows are the records that hold something, without the header', () => {
    for (const [body, rows] of [
      ['', 0],
      ['a,b\n', 0],
      ['\ufeffa,b\r\n1,2\r\n\r\n"3\n3",4', 2],
      ['1,2\n3,4\n', 2],
      ['name;ssn\rx;1\ry;2\r', 2],
      ['a\tb\n"x""y"\t\n', 1],
      ['a,a\n1,2\n', 2],
    ] as const) {
      assert.equal(read('csv', body), rows, body);
    }
  });
  it('the content type may say whether there is a header', () => {
    assert.equal(read('csv', 'a,b\n1,2\n', 'text/csv; header=absent'), 2);
    assert.equal(read('csv', '1,2\n3,4\n', 'text/csv; header=present'), 1);
  });
  it('what one reader takes for the end of a record and another does not is refused', () => {
    assert.equal(read('csv', 'a,b\n1,"2\n'), 'ERR_BODY_SHAPE csv_quote_not_closed');
    assert.equal(read('csv', 'a,b\n1,2"\n3,4"\n'), 'ERR_BODY_SHAPE csv_quote_in_bare_field');
    assert.equal(read('csv', 'a,b\n1,"2"3\n'), 'ERR_BODY_SHAPE csv_text_behind_quote');
    assert.equal(read('csv', new Uint8Array([0x61, 0xff])), 'ERR_BODY_UTF8 not_utf8');
  });
  it('what was written as CSV is read back, whatever is in the fields and however it is cut', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '1', ' ', ',', ';', '"', '\n', '\r', 'é', '😀') });
    const written = (value: string) => (/[",\r\n]|^$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
    fc.assert(
      fc.property(
        fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1 }),
        fc.nat(7),
        (rows, size) => {
          const text = rows.map((row) => `${row.map(written).join(',')}\n`).join('');
          const framing = new CsvFraming(10_000);
          framing.separateBy(',');
          const records = (text.match(new RegExp(`[^]{1,${size + 1}}`, 'g')) ?? []).flatMap((piece) => [
            ...framing.push(piece),
          ]);
          const back = records.map((record) => {
            if (record === 'too_long') return [];
            assert.equal(record.flaw, undefined);
            return fieldsOf(record.text, ',').map(fieldValue);
          });
          assert.deepEqual(back, rows);
          assert.equal(framing.end(), undefined);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('multipart', () => {
  const type = 'multipart/form-data; boundary=b';
  const part = (headers: string, content: string) => `--b\r\n${headers}\r\n\r\n${content}\r\n`;
  const named = 'Content-Disposition: form-data; name="a"';

  it('rows are parts', () => {
    assert.equal(read('multipart', `${part(named, 'x')}${part(named, '')}--b--\r\n`, type), 2);
    assert.equal(read('multipart', '--b--', type), 0);
  });
  it('parts are read by their content type', () => {
    const json = (content: string) => `${part(`${named}\r\nContent-Type: application/json`, content)}--b--`;
    assert.equal(read('multipart', json('{"a":1}'), type), 1);
    assert.equal(read('multipart', json('{"a":1,"a":2}'), type), 'ERR_BODY_JSON duplicate_key');
  });
  const refused: readonly (readonly [name: string, body: string, reason: string, contentType?: string])[] = [
    ['no boundary', '--b--', 'multipart_without_boundary', 'multipart/form-data'],
    ['two boundaries', '--b--', 'not_multipart', 'multipart/form-data; boundary=b; boundary=c'],
    [
      'a boundary that is too long',
      '--b--',
      'multipart_without_boundary',
      `multipart/form-data; boundary=${'b'.repeat(71)}`,
    ],
    ['another type', '--b--', 'not_multipart', 'multipart/related; boundary=b'],
    ['no end', part(named, 'x'), 'multipart_not_closed'],
    ['text in front', `x${'\r\n'}--b--`, 'multipart_text_outside'],
    ['text behind', '--b--\r\nx', 'multipart_text_outside'],
    ['a part without a name', `${part('Content-Type: text/plain', 'x')}--b--`, 'multipart_part_without_name'],
    ['a line feed alone in front of a boundary', `${part(named, 'x\n--b--\n')}--b--`, 'multipart_text_outside'],
    ['a line feed alone behind a boundary', `--b\n${named}\r\n\r\nx\r\n--b--`, 'multipart_bare_line_feed'],
    ['a line feed alone in headers', `--b\r\n${named}\nX: y\r\n\r\nx\r\n--b--`, 'multipart_bare_line_feed'],
    ['a line that only begins like a boundary', `${part(named, 'x\r\n--bx')}--b--`, 'multipart_boundary_ambiguous'],
  ];
  for (const [name, body, reason, contentType = type] of refused) {
    it(`refused: ${name}`, () => assert.equal(read('multipart', body, contentType), `ERR_BODY_SHAPE ${reason}`));
  }
});

describe('rows of KServe V1 and TensorFlow Serving', () => {
  const predict = '/v1/models/m/versions/1:predict';
  it('are instances, examples, or the largest first dimension of the inputs', () => {
    for (const [body, rows] of [
      ['{"instances":[1,2,3]}', 3],
      ['{"signature_name":"s","inputs":{"a":[[1],[2]],"b":1}}', 2],
      ['{"inputs":[1,2]}', 2],
      ['{"inputs":"x"}', 1],
      ['{"inputs":{"b64":"eA=="}}', 1],
      ['{"examples":[{},{}]}', 2],
    ] as const) {
      assert.equal(read('tf-serving', body, '', predict), rows, body);
    }
    assert.equal(read('kserve-v1', '{"instances":[]}', '', '/v1/models/m:explain'), 0);
  });
  it('refused: other verbs, rows twice, none, a spelling that a lenient server takes', () => {
    const refused = (body: string, path = predict) => read('tf-serving', body, '', path);
    assert.equal(refused('{"instances":[]}', '/v1/models/m:train'), 'ERR_BODY_OPERATION verb_not_known');
    assert.equal(refused('{"instances":[],"inputs":[]}'), 'ERR_BODY_SHAPE rows_given_twice');
    assert.equal(refused('{}'), 'ERR_BODY_SHAPE no_rows');
    assert.equal(refused('{"instances":{}}'), 'ERR_BODY_SHAPE instances_not_a_list');
    assert.equal(refused('{"instances":[],"Inputs":[]}'), 'ERR_BODY_SHAPE member_spelled_otherwise');
    assert.equal(refused('[]'), 'ERR_BODY_SHAPE body_not_an_object');
  });
});

describe('what was read as one thing here is not read as another there', () => {
  for (const [api, received, forwarded] of [
    ['json', 'text/csv', 'application/json'],
    ['kserve-v1', '', 'application/json'],
    ['ndjson', 'application/jsonlines; charset=utf-8', undefined],
    ['ndjson', 'application/json', 'application/x-ndjson'],
    ['csv', 'Text/CSV; header=absent', undefined],
    ['csv', 'multipart/form-data; boundary=b', 'text/csv'],
    ['multipart', 'multipart/form-data; boundary=b', undefined],
    ['text', 'text/html', undefined],
  ] as const) {
    it(`${api}, sent as "${received}"`, () => assert.equal(forwardedType(api, received), forwarded));
  }
});

describe('a media type', () => {
  it('has a word and parameters, quoted or not', () => {
    assert.deepEqual(parseMediaType('Text/CSV ; Header=absent;x="a;\\"b"; '), {
      essence: 'text/csv',
      parameters: new Map([
        ['header', 'absent'],
        ['x', 'a;"b'],
      ]),
    });
  });
  it('of lines is one to the body, to a part of it and to the server behind', () => {
    for (const type of [
      'application/x-ndjson',
      'application/jsonl',
      'application/json-lines',
      'Application/X-JSONLines',
    ]) {
      const part = parsePartHeaders(encoder.encode(`content-type: ${type}\r\n\r\n`));
      assert.deepEqual([isJsonLines(type), part.ok && part.value.kind], [true, 'ndjson'], type);
      assert.equal(forwardedType('ndjson', type), undefined, type);
    }
    assert.equal(forwardedType('ndjson', 'application/json-seq'), 'application/x-ndjson');
  });
  it('is none with a parameter twice, or with what is no parameter', () => {
    for (const wrong of ['a/b; c=1; C=2', 'a/b; c', 'a/b; c="x', 'a/b; c=d e']) {
      assert.equal(parseMediaType(wrong), undefined, wrong);
    }
  });
});
