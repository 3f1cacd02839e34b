/** Our verdict as Envoy's CheckResponse, with the signed hand-off in dynamic metadata: on refusals too. */
import { encodeCheckResponse } from '@countersign/adapters/grpc/check-codec.ts';
import { grpcStatus } from '@countersign/adapters/grpc/server.ts';
import type { CheckOutput } from '@countersign/core/exchange/authorize.ts';
import { problemOf } from '@countersign/core/exchange/problem.ts';

export function toEnvoy(output: CheckOutput, sign: (text: string) => string): Buffer {
  const text = JSON.stringify(output.handOff);
  const dynamic_metadata = [
    // `session` alone is for Envoy's access log; proc-service believes the signed text only.
    ['session', output.handOff.session],
    ['hand_off', text],
    ['mac', sign(text)],
  ] as const;
  if (output.refusal === undefined) {
    const ok_response = { headers_to_remove: output.remove };
    return encodeCheckResponse({ status: grpcStatus.OK, ok_response, dynamic_metadata });
  }
  const { why, shape } = output.refusal;
  const denied_response = problemOf(why, output.handOff.session, shape);
  return encodeCheckResponse({ status: grpcStatus.PERMISSION_DENIED, denied_response, dynamic_metadata });
}
