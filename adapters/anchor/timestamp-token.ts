/** RFC 3161 on the wire. Everything in an answer is read by a library and believed only where the signature covers it. */
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { Integer, Null, OctetString } from 'asn1js';
import {
  AlgorithmIdentifier,
  Certificate,
  CryptoEngine,
  ExtKeyUsage,
  MessageImprint,
  SignedData,
  TimeStampReq,
  TimeStampResp,
  TSTInfo,
} from 'pkijs';

const sha256 = '2.16.840.1.101.3.4.2.1';
const signedData = '1.2.840.113549.1.7.2';
const tstInfo = '1.2.840.113549.1.9.16.1.4';
const extendedKeyUsage = '2.5.29.37';
const timeStamping = '1.3.6.1.5.5.7.3.8';
const granted = 0;
const grantedWithMods = 1;
const nonceBytes = 8;

const engine = new CryptoEngine({ name: 'node', crypto: webcrypto });

/** Why an answer is no time stamp of ours, for logs. */
export class TimestampError extends Error {}

export interface TimestampRequest {
  /** DER. */
  readonly query: Uint8Array;
  readonly nonce: Uint8Array;
}

/** Asks for a stamp over a SHA-256, with the authority's certificate in it: it is read years later. */
export function timestampRequest(stamped: Uint8Array): TimestampRequest {
  const nonce = randomBytes(nonceBytes);
  nonce[0] = 0x40 | ((nonce[0] ?? 0) & 0x3f); // positive, and DER's shortest spelling
  const request = new TimeStampReq({
    version: 1,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: sha256, algorithmParams: new Null() }),
      hashedMessage: new OctetString({ valueHex: digestOf(stamped) }),
    }),
    nonce: new Integer({ valueHex: nonce }),
    certReq: true,
  });
  return { query: new Uint8Array(request.toSchema().toBER()), nonce };
}

/** Certificates of a PEM file. @throws TimestampError when there is none in it */
export function readAuthorities(pem: string): readonly Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new TimestampError('no certificate of an authority');
  return blocks.map((block) => Certificate.fromBER(Buffer.from(block.replace(/-----[^-]+-----|\s/g, ''), 'base64')));
}

export interface ExpectedTimestamp {
  /** The bytes whose SHA-256 was asked about. */
  readonly stamped: Uint8Array;
  readonly nonce: Uint8Array;
  readonly authorities: readonly Certificate[];
}

/** @returns when the authority says it was. @throws TimestampError, or what the library throws for bytes that are none */
export async function verifyTimestamp(answer: Uint8Array, expected: ExpectedTimestamp): Promise<Date> {
  const { status, timeStampToken } = TimeStampResp.fromBER(answer);
  if (status.status !== granted && status.status !== grantedWithMods) {
    throw new TimestampError(`the authority refuses: status ${status.status}`);
  }
  if (timeStampToken?.contentType !== signedData) throw new TimestampError('an answer without a token');
  const token = new SignedData({ schema: timeStampToken.content });
  const { eContent, eContentType } = token.encapContentInfo;
  if (eContentType !== tstInfo || eContent === undefined) throw new TimestampError('a token of something else');
  const content = eContent.getValue();
  const { messageImprint, nonce, genTime } = TSTInfo.fromBER(content);
  if (
    messageImprint.hashAlgorithm.algorithmId !== sha256 ||
    !isSame(messageImprint.hashedMessage, digestOf(expected.stamped))
  ) {
    throw new TimestampError('a token of another digest');
  }
  if (nonce === undefined || !isSame(nonce, expected.nonce)) throw new TimestampError('a token for another question');
  await verifySignature(token, genTime, expected);
  return genTime;
}

async function verifySignature(token: SignedData, time: Date, { stamped, authorities }: ExpectedTimestamp) {
  if (token.signerInfos.length !== 1) throw new TimestampError('a token with more than one signature');
  const { signatureVerified, signerCertificateVerified, signerCertificate } = await token.verify(
    {
      signer: 0,
      data: Uint8Array.from(stamped).buffer,
      trustedCerts: [...authorities],
      checkDate: time,
      checkChain: true,
      extendedMode: true,
    },
    engine,
  );
  if (signatureVerified !== true || signerCertificateVerified !== true) throw new TimestampError('a bad signature');
  const usage = signerCertificate?.extensions?.find(({ extnID }) => extnID === extendedKeyUsage)?.parsedValue;
  if (!(usage instanceof ExtKeyUsage) || !usage.keyPurposes.includes(timeStamping)) {
    throw new TimestampError('a certificate that is not for time stamps');
  }
}

function isSame(found: OctetString | Integer, expected: Uint8Array): boolean {
  return Buffer.from(found.valueBlock.valueHexView).equals(expected);
}

const digestOf = (stamped: Uint8Array): Buffer => createHash('sha256').update(stamped).digest();
