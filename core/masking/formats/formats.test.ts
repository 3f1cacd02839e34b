import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bankProfile } from '../profile.ts';
import { decoder, encoder, engine, eventBytes, mask } from './formats.testing.ts';

describe('NDJSON', () => {
  const ndjson = (body: string | Uint8Array, contentType = 'application/x-ndjson') => mask('ndjson', contentType, body);

  it('each line is masked by itself; CRLF, empty lines and a last line without an end are kept', () => {
    const { text, counts, faults } = ndjson('{"a":"123-45-6789"}\r\n\r\n[4111111111111111]\n\n"b@ex.org"');
    assert.equal(text, '{"a":"***-**-****"}\r\n\r\n[9999999999991111]\n\n"*@******"');
    assert.deepEqual(counts, { us_ssn: 1, credit_card: 1, email: 1 });
    assert.deepEqual(faults, []);
  });
  it('a line goes out when it is whole, and not before', () => {
    const masker = engine.masker({ api: 'ndjson', contentType: '', direction: 'response', path: '' }, bankProfile, {
      eventBytes,
    });
    assert.equal(masker.push(encoder.encode('{"a":1')).length, 0);
    assert.equal(decoder.decode(masker.push(encoder.encode('}\n{"b"'))), '{"a":1}\n');
  });
  it('a quote too many in one line says nothing of the next one', () =>
    assert.equal(ndjson('{"a":"x"y"}\n[4111111111111111]\n').text, '{"a":"x"y"}\n[9999999999991111]\n'));
  it('a line that does not begin like JSON is not legible', () => {
    const { text, faults } = ndjson('data: 5\n{"a":1}\nevent: 6\n');
    assert.equal(text, '****: *\n{"a":1}\n*****: *\n');
    assert.deepEqual(faults, ['ndjson_line_not_json']);
  });
  it('an over-long line ends the output', () => {
    const { text, failure } = ndjson(`{"a":1}\n"${'x'.repeat(eventBytes)}"\n{"b":2}\n`);
    assert.equal(text, '{"a":1}\n');
    assert.equal(failure, 'ndjson_line_too_long');
  });
  it('bad UTF-8 and NUL blind their line only', () => {
    const bytes = new Uint8Array([...encoder.encode('["ab'), 0xff, ...encoder.encode('cd"]\n["ef"]\n')]);
    assert.deepEqual(ndjson(bytes), {
      text: '["*****"]\n["ef"]\n',
      faults: ['bad_utf8'],
      counts: {},
      failure: undefined,
    });
  });
  it('a byte order mark in front changes nothing', () =>
    assert.equal(ndjson('\ufeff{"a":"b@ex.org"}\n').text, '\ufeff{"a":"*@******"}\n'));
  it('an event stream is withheld', () =>
    assert.equal(ndjson('data: 1\n\n', 'text/event-stream').failure, 'unexpected_event_stream'));
  it('an answer in JSON is JSON', () =>
    assert.equal(ndjson('{\n  "error": "b@ex.org"\n}', 'application/json').text, '{\n  "error": "*@******"\n}'));
});

describe('CSV', () => {
  const csv = (body: string | Uint8Array, contentType = 'text/csv') => mask('csv', contentType, body);

  it('stays the same CSV: quotes, doubled quotes, line ends inside fields, CRLF, empty lines', () => {
    const body = '\ufeff"id",note,"mail"\r\n1,"say ""hi"",\r\n123-45-6789",b@ex.org\r\n\r\n2,,"x;y"\n3';
    const masked = '\ufeff"id",note,"mail"\r\n1,"say ""hi"",\r\n***-**-****",*@******\r\n\r\n2,,"x;y"\n3';
    assert.deepEqual(csv(body), { text: masked, faults: [], counts: { us_ssn: 1, email: 1 }, failure: undefined });
  });
  it('a record goes out when it is whole, and not before', () => {
    const masker = engine.masker(
      { api: 'csv', contentType: 'text/csv', direction: 'response', path: '' },
      bankProfile,
      { eventBytes },
    );
    const push = (text: string): string => decoder.decode(masker.push(encoder.encode(text)));
    assert.equal(push('id,ssn,note\n1,536228726,'), 'id,ssn,note\n');
    assert.equal(push('"call 415-555-2671"\n2'), '1,*********,"call ***-***-****"\n');
    assert.equal(push(',,MTIzLTQ1LTY3ODk\n'), '2,,MTIzLTQ1LTY3ODk\n');
  });
  it('is the input, byte for byte, where nothing matches', () => {
    for (const body of ['', '\n', ',', '""', 'a;b\r\r\n', '"a"\t"b"\n', 'é,漢\n😀,"\n"', 'a"b,c\n1"2,3\n']) {
      assert.equal(csv(body).text, body);
    }
  });
  it('a value does not reach over a separator, whichever of the three it is', () => {
    for (const separator of [',', ';', '\t']) {
      const body = `${['a', 'b', 'c'].join(separator)}\n${['123', '45', '6789'].join(separator)}\n`;
      assert.equal(csv(body).text, body);
    }
  });
  it('a quote that never closes: its record is not legible', () => {
    const { text, faults } = csv('a,b\n1,"x 2\n3,4');
    assert.equal(text, 'a,b\n*,"* *\n*,*');
    assert.deepEqual(faults, ['csv_quote_not_closed']);
  });
  it('text behind a closing quote: its record is not legible, the next one is', () => {
    const { text, faults } = csv('a,b\n1,"x"2\n3,4\n');
    assert.equal(text, 'a,b\n*,"*"*\n3,4\n');
    assert.deepEqual(faults, ['csv_text_behind_quote']);
  });
  it('a header that cannot be read ends the output: without names nothing is hidden for its column', () =>
    assert.deepEqual(csv('"a"b,c\n1,2\n'), {
      text: '',
      faults: ['csv_text_behind_quote'],
      counts: {},
      failure: 'csv_text_behind_quote',
    }));
  it('an over-long record ends the output', () => {
    const { text, failure } = csv(`a,b\n1,"${'x'.repeat(eventBytes)}"\n3,4\n`);
    assert.equal(text, 'a,b\n');
    assert.equal(failure, 'csv_record_too_long');
  });
  it('nothing is legible from the record with the first bad byte on', () => {
    const bytes = new Uint8Array([...encoder.encode('a,b\n1,2\n3,x'), 0xff, ...encoder.encode('4\n5,6\n')]);
    const { text, faults } = csv(bytes);
    assert.equal(text, 'a,b\n1,2\n*,***\n*,*\n');
    assert.deepEqual(faults, ['bad_utf8']);
  });
  it('another charset is withheld', () =>
    assert.equal(csv('a,b\n', 'text/csv; charset=iso-8859-1').failure, 'charset_not_utf8'));
});

describe('forms', () => {
  const form = (body: string) => mask('text', 'application/x-www-form-urlencoded', body);

  it('values are read decoded, and only what changes is written anew', () => {
    const { text, counts } = form('a=1%202&mail=b%40ex.org&note=pay+123%2D45%2D6789+now&e=%C3%A9&b%40ex.org=1&&x=');
    assert.equal(text, 'a=1%202&mail=*%40******&note=pay+***-**-****+now&e=%C3%A9&*%40******=1&&x=');
    assert.deepEqual(counts, { us_ssn: 1, email: 2 });
  });
  it('for one who reads it as text it is masked as well', () =>
    assert.equal(form('call=+14155552671').text, 'call=+***********'));
  it('a plus between digits is a space, as readers of forms take it', () =>
    assert.equal(form('a=4111+1111+1111+1111&b=536+22+8726').text, 'a=****+****+****+1111&b=***+**+****'));
  it('what is no UTF-8 when decoded is not legible', () => {
    const { text, faults } = form('a=%ff12&b=3');
    assert.equal(text, 'a=%****&b=3');
    assert.deepEqual(faults, ['form_not_utf8']);
  });
  it('an over-long pair ends the output', () =>
    assert.equal(form(`a=1&b=${'x'.repeat(eventBytes)}`).failure, 'form_pair_too_long'));
});

describe('multipart', () => {
  const multipart = (body: string | Uint8Array, profile = bankProfile) =>
    mask('multipart', 'multipart/form-data; boundary="b-1"', body, profile);
  const part = (headers: string, content: string) => `--b-1\r\n${headers}\r\n\r\n${content}\r\n`;
  const named = (name: string, more = '') => `Content-Disposition: form-data; name="${name}"${more}`;

  it('each part is read by its own content type, and everything else keeps its bytes', () => {
    const body =
      part(named('note'), 'line\r\n-- 123-45-6789') +
      part(`${named('doc')}\r\nContent-Type: application/json`, '{"a":4111111111111111}') +
      part(`${named('f', '; filename="b@ex.org.csv"')}\r\nContent-Type: text/csv`, 'a,b\r\n1,b@ex.org\r\n') +
      part(`${named('l')}\r\nContent-Type: application/x-ndjson`, '{"a":"123-45-6789"}\n') +
      '--b-1--\r\n';
    const masked = body
      .replaceAll('123-45-6789', '***-**-****')
      .replace('4111111111111111', '9999999999991111')
      .replace('b@ex.org.csv', '*@**********')
      .replace('b@ex.org', '*@******');
    assert.deepEqual(multipart(body), {
      text: masked,
      faults: [],
      counts: { us_ssn: 2, credit_card: 1, email: 2 },
      failure: undefined,
    });
  });
  it('an empty part, a part without headers, blanks behind a boundary, text around the parts', () => {
    const body = 'to b@ex.org\r\n--b-1 \t\r\n\r\n--b-1\r\n\r\nx\r\n--b-1--\r\nfrom b@ex.org';
    assert.equal(multipart(body).text, body.replaceAll('b@ex.org', '*@******'));
  });
  it('the length that a client wrote into a part is left out: masking may change it', () =>
    assert.equal(
      multipart(`${part(`${named('a')}\r\nContent-Length: 1`, 'x')}--b-1--\r\n`).text,
      `${part(named('a'), 'x')}--b-1--\r\n`,
    ));
  it('the name of a header is masked too, alone', () =>
    assert.equal(
      multipart(`${part('X-536-22-8726: 1', 'x')}--b-1--\r\n`).text,
      `${part('X-***-**-****: 1', 'x')}--b-1--\r\n`,
    ));
  const refused: Readonly<Record<string, readonly [content: string, reason: string]>> = {
    'an image': [part(`${named('i')}\r\nContent-Type: image/png`, '\u0089PNG'), 'multipart_part_not_readable'],
    'parts in parts': [part('Content-Type: multipart/mixed; boundary=c', ''), 'multipart_nested'],
    'a part in base64': [
      part(`${named('a')}\r\nContent-Transfer-Encoding: base64`, 'eA=='),
      'multipart_transfer_encoding',
    ],
    'a coded part': [part(`${named('a')}\r\nContent-Encoding: gzip`, 'x'), 'multipart_part_coded'],
    'a part in another charset': [part('Content-Type: text/plain; charset=utf-16', 'x'), 'charset_not_utf8'],
    'a field that names the charset': [part(named('_charset_'), 'iso-8859-1'), 'multipart_charset_field'],
    'a header that is folded': [part(`${named('a')}\r\n folded`, 'x'), 'multipart_header_unreadable'],
    'a header twice': [part(`${named('a')}\r\n${named('b')}`, 'x'), 'multipart_header_repeated'],
    'headers without end': [`--b-1\r\n${'a: b\r\n'.repeat(5000)}`, 'multipart_headers_too_long'],
    'a line that only begins like a boundary': [part(named('a'), 'x\r\n--b-1x'), 'multipart_boundary_ambiguous'],
    'events in a part': [part('Content-Type: text/event-stream', 'data: 1'), 'unexpected_event_stream'],
  };
  for (const [name, [content, reason]] of Object.entries(refused)) {
    it(`${name} ends the output`, () => {
      const { failure, faults } = multipart(`${content}--b-1--\r\n`);
      assert.equal(failure, reason);
      assert.deepEqual(faults, [reason]);
    });
  }
  it('a body without its last boundary is cut', () =>
    assert.equal(multipart(part(named('a'), 'x')).failure, 'multipart_not_closed'));
  it('where the profile keeps binary parts an image passes as it is, and text that says it is one is masked', () => {
    const keeping = { ...bankProfile, name: 'keeping', binaryParts: 'keep' } as const;
    const image = `${part(`${named('i')}\r\nContent-Type: image/png`, '\0 123-45-6789')}--b-1--\r\n`;
    assert.equal(multipart(image, keeping).text, image);
    assert.match(multipart(image.replace('\0', '0'), keeping).text, /\*\*\*-\*\*-\*\*\*\*/);
  });
});
