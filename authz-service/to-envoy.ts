/** Our verdict as Envoy's CheckResponse, with the signed hand-off in dynamic metadata: on refusals too. */

import { headerOptions } from '@countersign/adapters/grpc/headers.ts';
import { grpcStatus } from '@countersign/adapters/grpc/server.ts';
import type { WireCheckResponse } from '@countersign/adapters/grpc/wire.ts';
import type { CheckOutput } from '@countersign/core/exchange/authorize.ts';
import { problemOf } from '@countersign/core/exchange/problem.ts';

export function toEnvoy(output: CheckOutput, sign: (text: string) => string): WireCheckResponse {
  const text = JSON.stringify(output.handOff);
  const dynamic_metadata = {
    // `session` alone is for Envoy's access log; proc-service believes the signed text only.
    fields: {
      session: { stringValue: output.handOff.session },
      hand_off: { stringValue: text },
      mac: { stringValue: sign(text) },
    },
  };
  if (output.refusal === undefined) {
    return {
      status: { code: grpcStatus.OK },
      ok_response: { headers: [], headers_to_remove: output.remove },
      dynamic_metadata,
    };
  }
  const problem = problemOf(output.refusal.why, output.handOff.session, output.refusal.shape);
  return {
    status: { code: grpcStatus.PERMISSION_DENIED },
    denied_response: { status: { code: problem.status }, headers: headerOptions(problem.headers), body: problem.body },
    dynamic_metadata,
  };
}
